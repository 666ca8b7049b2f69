"""The wires of small devices, all by one table: golden frames both ways, any chunking, noise, and damaged frames."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from protocols import (
    ak,
    amb,
    fasm_5000,
    fga_4100,
    flb100,
    flow,
    flow_binary,
    flow_flv,
    flow_mql,
    fth2,
    fty100,
    gas,
    gas_simple,
    led_rows,
    mqw_50,
    nhf1,
    nht,
    nt_frame,
    para_nanhua,
    rpm_text,
    vmt2000,
    xce_text,
)
from protocols.errors import FrameError
from protocols.smoke import Action, Dialect, Request

VECTORS = Path(__file__).parents[1] / "vectors"
CHUNKS = [1, 2, 3, 7, 1000]
ROUNDS = 3000
NAK = 0x15


@dataclass(frozen=True)
class Wire:
    """One device's codec. A way that it does not speak has no functions."""

    vectors: str
    longest: int
    """Bytes of the longest frame: no more is ever kept."""
    read_request: Callable[[bytes], Any] | None = None
    write_request: Callable[[Any], bytes] | None = None
    requests: Callable[[], Any] | None = None
    read_reply: Callable[[bytes], Any] | None = None
    write_reply: Callable[[Any], bytes] | None = None
    replies: Callable[[bytes], Any] | None = None
    """Makes the framer for the answer to this request, or for the stream."""
    noise: bytes = b"\xff\x00"
    """What stands before a reply and belongs to none."""
    write_other: Callable[[Any], bytes] | None = None
    """Where a request has a second form."""
    write_answer: Callable[[bytes, Any], bytes] | None = None
    """Where a reply cannot be written without knowing what it answers."""


def opacimeter(vectors: str, longest: int, dialect: Dialect, noise: bytes, other: Dialect | None = None) -> Wire:
    def write(form: Dialect, request: Request) -> bytes:
        assert request.action is not None
        return form.encode_request(request.action, request.state)

    return Wire(
        vectors,
        longest,
        dialect.decode_request,
        partial(write, dialect),
        dialect.request_framer,
        partial(dialect.decode_reply, None),
        dialect.encode_reply,
        lambda asked: dialect.reply_framer(dialect.decode_request(asked).action or Action.READ),
        noise,
        partial(write, other) if other else None,
    )


def flow_meter(vectors: str, longest: int, dialect: flow.Dialect, noise: bytes) -> Wire:
    def action_of(asked: bytes) -> flow.Action:
        return dialect.decode_request(asked).action or flow.Action.READ

    return Wire(
        vectors,
        longest,
        dialect.decode_request,
        lambda request: dialect.encode_request(request.action),
        dialect.request_framer,
        partial(dialect.decode_reply, None),
        None,
        lambda asked: dialect.reply_framer(action_of(asked)),
        noise,
        write_answer=lambda asked, reply: dialect.encode_reply(action_of(asked), reply),
    )


def gas_analyzer(vectors: str, longest: int, dialect: gas.Dialect, noise: bytes) -> Wire:
    def action_of(asked: bytes) -> gas.Action:
        return (dialect.decode_request(asked).action if asked else None) or gas.Action.READ

    return Wire(
        vectors,
        longest,
        dialect.decode_request,
        lambda request: dialect.encode_request(request.action),
        dialect.request_framer,
        partial(dialect.decode_reply, None),
        None,
        lambda asked: dialect.reply_framer(action_of(asked)),
        noise,
        write_answer=lambda asked, reply: dialect.encode_reply(action_of(asked), reply),
    )


WIRES = {
    "fuli-fla-501": gas_analyzer("amb", 24, amb.dialect(amb.fla_501()), b"\xff\x02\x15\x01"),
    "foshan-fasm-5000": gas_analyzer("fasm_5000", 49, fasm_5000.DIALECT, b"\xff\xa5\xa5\x02\x5a\x5a"),
    **{
        name: Wire(
            "ak",
            ak.LONGEST + 1,
            ak.decode_command,
            ak.encode_command,
            ak.Commands,
            partial(ak.decode_answer, None),
            ak.encode_answer,
            lambda asked: ak.AnswerFramer(ak.decode_command(asked).code),
            b"\xff\x03\x02 AK",
        )
        for name in ("ak-gas", "ak-nox")
    },
    "foshan-fga-4100": gas_analyzer("fga_4100", 52, fga_4100.DIALECT, b"\xff\x7e\x01\xc6"),
    "horiba-mexa-584l": gas_analyzer("amb", 29, amb.dialect(amb.MEXA_584L), b"\xff\x02\x15\x01"),
    "nanhua-nha-506": gas_analyzer("gas_simple", 21, gas_simple.dialect(gas_simple.NHA_506), b"\xff\x15\x06\x00"),
    "mingquan-mqw-511": gas_analyzer("gas_simple", 19, gas_simple.dialect(gas_simple.MQW_511), b"\xff\x15\x06\x00"),
    "mingquan-mqw-50a": gas_analyzer("mqw_50", 28, mqw_50.dialect(mqw_50.MQW_50A), b"\xff\x15\x06\x60\x00"),
    "mingquan-mqw-50b": gas_analyzer("mqw_50", 24, mqw_50.dialect(mqw_50.MQW_50B), b"\xff\x15\x06\xa3\x00"),
    "nanhua-nhf-1": flow_meter("nhf1", nhf1.LONGEST + 1, nhf1.DIALECT, b"\xff:0103:01"),
    "vmas-flow-binary": flow_meter("flow_binary", 70, flow_binary.DIALECT, b"\xff\x37\x37"),
    "mingquan-mql-100": flow_meter("flow_mql", 14, flow_mql.DIALECT, b"\xff\x15\x06\x86\x00"),
    "fuli-flv-1000": flow_meter("flow_flv", 12, flow_flv.DIALECT, b""),
    "chida-cdf-5000-smoke": opacimeter("cdf5000_smoke", 10, nht.dialect(nht.CDF_5000), b"\xff\x15\xa5\x00"),
    "mingquan-mqy-200": opacimeter("mqy200", 16, nht.dialect(nht.MQY_200), b"\xff\x15\xa6\x00"),
    "fuli-flb-100": opacimeter("flb100", 13, flb100.dialect(oil_in_tenths=True), b"\xff\x15\x06\x02"),
    "foshan-fty-100": opacimeter(
        "fty100", 10, fty100.dialect(lettered=True), b"\xff\x01\x02\x01", fty100.dialect(lettered=False)
    ),
    "fuli-fth-2": Wire(
        "fth2",
        41,
        nt_frame.decode,
        nt_frame.encode,
        nt_frame.NtRequests,
        lambda frame: fth2.read_frame(nt_frame.decode(frame)),
        lambda reply: nt_frame.encode(fth2.frame_of(reply)),
        lambda asked: nt_frame.NtReply(fth2.READ, fth2.read_frame),
        b"\xffNTN",
    ),
    "fuli-vmt-2000": Wire(
        "vmt2000",
        41,
        nt_frame.decode,
        nt_frame.encode,
        nt_frame.NtRequests,
        lambda frame: vmt2000.read_frame(nt_frame.decode(frame)),
        lambda reply: nt_frame.encode(vmt2000.frame_of(reply)),
        lambda asked: nt_frame.NtReply(nt_frame.decode(asked), vmt2000.read_frame),
        b"\xffNTN",
    ),
    "vtet-1000": Wire(
        "rpm_text",
        14,
        read_reply=rpm_text.decode,
        write_reply=rpm_text.encode,
        replies=lambda asked: rpm_text.StreamFramer(),
        noise=b"2480rpmfdjzsj:24fdj",
    ),
    **{
        name: Wire(
            "led_rows",
            led_rows.LONGEST_FRAME + 1,
            partial(led_rows.decode, panel),
            partial(led_rows.encode, panel),
            partial(led_rows.RowFramer, panel),
        )
        for name, panel in (("tongji-led", led_rows.TONGJI), ("antong-led", led_rows.ANTONG))
    },
    "nanhua-para": Wire(
        "para_nanhua",
        39,
        para_nanhua.decode_request,
        para_nanhua.encode_request,
        para_nanhua.Requests,
        para_nanhua.decode_reply,
        para_nanhua.encode_reply,
        lambda asked: para_nanhua.Reply(para_nanhua.decode_request(asked)),
        b"\xff\x02\x02",
    ),
    "xincheng-xce-100": Wire(
        "xce_text",
        26,
        lambda frame: xce_text.decode_request(xce_text.XCE_100, frame),
        xce_text.encode_request,
        lambda: xce_text.Questions(xce_text.XCE_100),
        xce_text.decode,
        xce_text.encode,
        lambda asked: xce_text.ReadingText(),
        b"5.3ET25.",
    ),
    "xincheng-xce-101": Wire(
        "xce_text",
        26,
        lambda frame: xce_text.decode_request(xce_text.XCE_101, frame),
        xce_text.encode_request,
        lambda: xce_text.Questions(xce_text.XCE_101),
        xce_text.decode,
        xce_text.encode,
        lambda asked: xce_text.Texts(),
        b"5.3ET25.",
    ),
}


def golden(direction: str) -> list[Any]:
    """Return device, wire, frame and what it answers, for each golden frame of that way."""
    return [
        pytest.param(
            wire, bytes.fromhex(each["hex"]), bytes.fromhex(each.get("request", "")), id=f"{name}-{each['hex']}"
        )
        for name, wire in WIRES.items()
        for each in json.loads((VECTORS / f"{wire.vectors}.json").read_text(encoding="utf-8"))
        if name in each["devices"] and each["direction"] == direction and "never sent" not in each["meaning"]
    ]


def cut(stream: bytes, size: int) -> Iterable[bytes]:
    return (stream[at : at + size] for at in range(0, len(stream), size))


@pytest.mark.parametrize(("wire", "frame", "asked"), golden("to_device"))
def test_a_golden_request_is_written_back_and_found_in_any_chunking(wire: Wire, frame: bytes, asked: bytes) -> None:
    assert wire.read_request is not None
    assert wire.write_request is not None
    assert wire.requests is not None
    request = wire.read_request(frame)
    assert frame in (wire.write_request(request), wire.write_other and wire.write_other(request))
    for size in CHUNKS:
        framer = wire.requests()
        assert [item for chunk in cut(frame * 2, size) for item in framer.feed(chunk)] == [request] * 2


@pytest.mark.parametrize(("wire", "frame", "asked"), golden("from_device"))
def test_a_golden_reply_is_written_back_and_found_behind_noise_in_any_chunking(
    wire: Wire, frame: bytes, asked: bytes
) -> None:
    assert wire.read_reply is not None
    assert wire.replies is not None
    reply = wire.read_reply(frame)
    written = wire.write_answer(asked, reply) if wire.write_answer else wire.write_reply and wire.write_reply(reply)
    assert written == frame
    noise = (
        b"" if frame[0] == NAK else wire.noise
    )  # a refusal without checksum is believed as the very first byte alone
    for size in CHUNKS:
        framer = wire.replies(asked)
        assert framer.feed(b"") == []
        assert [item for chunk in cut(noise + frame, size) for item in framer.feed(chunk)] == [reply]
        assert not getattr(framer, "surplus", 0)


def spoken(wire: Wire, way: str) -> tuple[Any, Any]:
    """Return what reads this way's frames, and what makes its framer for what is answered."""
    if way == "from_device":
        return wire.read_reply, wire.replies
    return wire.read_request, lambda asked: wire.requests and wire.requests()


def mutate(frame: bytes, random: Random) -> bytes:
    """Flip, drop, double, insert or cut: what a bad cable does."""
    data = bytearray(frame)
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(data) + 1)
        kind = random.randrange(5)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            del data[at : at + 1]
        elif kind == 2:
            data[at:at] = data[at : at + 4]
        elif kind == 3:
            data.insert(at, random.randrange(256))
        else:
            del data[at:]
    return bytes(data)


SPOKEN = [(name, way) for name in WIRES for way in ("to_device", "from_device") if spoken(WIRES[name], way)[0]]


@pytest.mark.parametrize(("name", "way"), SPOKEN)
def test_damaged_frames_end_in_a_value_or_a_named_error_and_memory_stays_bounded(name: str, way: str) -> None:
    wire, random = WIRES[name], Random(name + way)
    read, make = spoken(wire, way)
    frames = [param.values for param in golden(way) if param.values[0] is wire]
    damaged = [mutate(bytes(frames[n % len(frames)][1]), random) for n in range(ROUNDS)]
    for frame in damaged:
        try:
            read(frame)
        except FrameError:
            continue
    framer = make(frames[0][2])
    for chunk in cut(b"".join(damaged), 50):
        framer.feed(chunk)
        assert len(framer._pending) < wire.longest
