"""Every golden frame reads as its source says, writes back to the same bytes, and survives any chunking."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.registry import DECODERS
from protocols import bntd, dialect_503, elm327, iso_tp, j1979, led_nanhua, mqw_510x, nht, rpm_digits, smoke
from protocols.captured import Captured

VECTORS = Path(__file__).parents[1] / "vectors"
MODELS = {
    "nanhua-nha-503": dialect_503.NHA_503,
    "nanhua-nha-503v": dialect_503.NHA_503V,
    "nanhua-nha-506i": dialect_503.NHA_506I,
    "fuli-fla-502": dialect_503.FLA_502,
    "fuli-fla-502-hex": dialect_503.FLA_502_HEX,
    "chida-cdf-5000": dialect_503.CDF_5000,
}
OPACIMETERS = {"nanhua-nht-6": nht.NHT_6, "nanhua-nht-1": nht.NHT_1, "nanhua-nht-1l": nht.NHT_1L}
NOX_ANALYZERS = {"mingquan-mqw-5101": mqw_510x.MQW_5101, "mingquan-mqw-5102": mqw_510x.MQW_5102}
CHUNKS = [1, 2, 3, 7, 1000]


def load(name: str) -> list[Any]:
    return [
        pytest.param(device, vector, id=f"{device}-{vector['meaning']}")
        for vector in json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
        for device in vector["devices"]
    ]


def cut(stream: bytes, size: int) -> Iterable[bytes]:
    return (stream[at : at + size] for at in range(0, len(stream), size))


def captured(vector: dict[str, Any]) -> Captured:
    return Captured(
        bytes.fromhex(vector["hex"]),
        to_device=vector["direction"] == "to_device",
        request=bytes.fromhex(vector["request"]) if "request" in vector else None,
        can_id=int(vector["can_id"], 16) if "can_id" in vector else None,
    )


@pytest.mark.parametrize(
    ("device", "vector"),
    [param for path in sorted(VECTORS.glob("*.json")) for param in load(path.stem)],
)
def test_a_golden_frame_reads_as_its_source_says(device: str, vector: dict[str, Any]) -> None:
    explained = DECODERS[device].explain(captured(vector))

    expected = vector["decoded"]
    assert {name: explained.values.get(name, "absent") for name in expected["values"]} == expected["values"]
    assert set(expected["flags"]) <= set(explained.flags)
    assert {name: explained.texts.get(name, "absent") for name in expected["texts"]} == expected["texts"]


@pytest.mark.parametrize(("device", "vector"), load("dialect_503"))
def test_a_503_frame_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    model, asked = MODELS[device], captured(vector)
    if asked.to_device:
        request = dialect_503.decode_request(model, asked.frame)
        assert request.action is not None
        written = dialect_503.encode_request(model, request.action, request.gas)
    else:
        action = dialect_503.decode_request(model, asked.request).action if asked.request else None
        written = dialect_503.encode_reply(model, dialect_503.decode_reply(model, action, asked.frame))
    # Where models differ in the byte that asks for gases, either byte means the same.
    same = {b"\x81": b"\x01"}
    assert asked.frame in (written, same.get(written))


@pytest.mark.parametrize(("device", "vector"), load("bntd"))
def test_a_bench_frame_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    asked = captured(vector)
    if asked.to_device:
        command = bntd.decode_command(asked.frame)
        written = bntd.encode_command(command.order, command.value)
    elif asked.frame[:1] == b"D":
        written = bntd.encode_note(bntd.decode_note(asked.frame))
    else:
        written = bntd.encode_status(bntd.decode_status(asked.frame))
    assert written == asked.frame


@pytest.mark.parametrize(("device", "vector"), load("obd_iso_tp"))
def test_a_can_frame_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    asked = captured(vector)
    frame = iso_tp.decode_frame(asked.frame)
    assert iso_tp.encode_frame(frame) == asked.frame
    if isinstance(frame, iso_tp.SingleFrame):
        if asked.to_device:
            assert j1979.encode_request(j1979.decode_request(frame.data)) == frame.data
        else:
            assert j1979.encode_response(j1979.decode_response(frame.data)) == frame.data


@pytest.mark.parametrize(("device", "vector"), load("elm327"))
def test_scan_tool_text_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    asked = captured(vector)
    if asked.to_device:
        assert elm327.encode_command(elm327.decode_command(asked.frame).text) == asked.frame
        return_to = elm327.CommandFramer().feed(asked.frame)
        assert return_to == [asked.frame[:-1]]
    else:
        assert elm327.encode_lines(asked.frame.decode().split("\r")[:-2]) == asked.frame


@pytest.mark.parametrize(("device", "vector"), load("nht"))
def test_an_opacimeter_frame_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    model, asked = OPACIMETERS[device], captured(vector)
    if asked.to_device:
        request = nht.decode_request(model, asked.frame)
        assert request.action is not None
        written = nht.encode_request(model, request.action, request.state)
    else:
        written = nht.encode_reply(model, nht.decode_reply(model, None, asked.frame))
    # Newer firmware says F1 where older says 01; either byte means the same.
    same = {bytes.fromhex("A1 01 5E"): bytes.fromhex("A1 F1 6E")}
    assert same.get(written, written) == asked.frame


@pytest.mark.parametrize(("device", "vector"), load("mqw_510x"))
def test_a_nox_analyzer_frame_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    model, asked = NOX_ANALYZERS[device], captured(vector)
    if asked.to_device:
        request = mqw_510x.decode_request(model, asked.frame)
        assert request.action is not None
        written = mqw_510x.encode_request(model, request.action)
    else:
        written = mqw_510x.encode_reply(model, mqw_510x.decode_reply(model, None, asked.frame))
    assert written == asked.frame


@pytest.mark.parametrize(("device", "vector"), load("rpm_digits"))
def test_a_tachometer_frame_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    frame = captured(vector).frame
    assert rpm_digits.encode(rpm_digits.decode(frame)) == frame


@pytest.mark.parametrize(("device", "vector"), load("led_nanhua"))
def test_a_panel_frame_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    frame = captured(vector).frame
    assert b"".join(led_nanhua.encode(line) for line in led_nanhua.LineFramer().feed(frame)) == frame


# --- any chunking -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", CHUNKS)
@pytest.mark.parametrize(("device", "vector"), load("dialect_503"))
def test_a_503_frame_is_found_in_any_chunking(device: str, vector: dict[str, Any], size: int) -> None:
    model, asked = MODELS[device], captured(vector)
    if asked.to_device:
        requests = dialect_503.RequestFramer(model)
        found = [item for chunk in cut(asked.frame, size) for item in requests.feed(chunk)]
        assert found == [dialect_503.decode_request(model, asked.frame)]
    else:
        request = asked.request or ASKED_BY_LENGTH[len(asked.frame)]
        action = dialect_503.decode_request(model, request).action
        assert action is not None
        fitting = replace(model, data_length=len(asked.frame)) if len(asked.frame) in (19, 21) else model
        replies = dialect_503.ReplyFramer(fitting, action)
        assert replies.feed(b"") == []
        answers = [item for chunk in cut(asked.frame, size) for item in replies.feed(chunk)]
        assert answers == [dialect_503.decode_reply(model, action, asked.frame)]
        assert replies.surplus == 0


ASKED_BY_LENGTH = {1: b"\x08", 8: b"\x02", 19: b"\x01", 21: b"\x01", 23: b"\x2c"}


@pytest.mark.parametrize("size", CHUNKS)
def test_a_block_is_found_behind_noise_in_any_chunking(size: int) -> None:
    block = bytes.fromhex("06 00 7B 00 2D 05 8C 00 50 00 EA 09 C4 03 57 00 00 00 00 65 05")
    framer = dialect_503.ReplyFramer(dialect_503.NHA_503V, dialect_503.Action.READ_DATA)

    found = [item for chunk in cut(b"\xff\x06\x00" + block, size) for item in framer.feed(chunk)]

    assert found == [dialect_503.decode_reply(dialect_503.NHA_503V, None, block)]


@pytest.mark.parametrize("size", CHUNKS)
@pytest.mark.parametrize(("device", "vector"), load("nht"))
def test_an_opacimeter_frame_is_found_in_any_chunking(device: str, vector: dict[str, Any], size: int) -> None:
    model, asked = OPACIMETERS[device], captured(vector)
    if asked.to_device:
        requests = nht.RequestFramer(model)
        found = [item for chunk in cut(asked.frame * 2, size) for item in requests.feed(chunk)]
        assert found == [nht.decode_request(model, asked.frame)] * 2
    else:
        reply = nht.decode_reply(model, None, asked.frame)
        action = model.action(asked.frame[0]) or smoke.Action.READ
        noise = b"" if isinstance(reply, smoke.Refused) else b"\xff\x15" + asked.frame[:1] + b"\x00"
        replies = nht.ReplyFramer(model, action)
        assert replies.feed(b"") == []
        assert [item for chunk in cut(noise + asked.frame, size) for item in replies.feed(chunk)] == [reply]
        assert replies.surplus == 0


@pytest.mark.parametrize("size", CHUNKS)
@pytest.mark.parametrize(("device", "vector"), load("mqw_510x"))
def test_a_nox_analyzer_frame_is_found_in_any_chunking(device: str, vector: dict[str, Any], size: int) -> None:
    model, asked = NOX_ANALYZERS[device], captured(vector)
    if asked.to_device:
        requests = mqw_510x.RequestFramer(model)
        stream = b"\xff\x05\x10\x01" + asked.frame * 2
        found = [item for chunk in cut(stream, size) for item in requests.feed(chunk)]
        assert found == [mqw_510x.decode_request(model, asked.frame)] * 2
    else:
        action = model.action(asked.frame[1])
        assert action is not None
        noise = b"\xff\x15\x06" + asked.frame[:2] + asked.frame[:1]
        replies = mqw_510x.ReplyFramer(model, action)
        assert replies.feed(b"") == []
        found_replies = [item for chunk in cut(noise + asked.frame, size) for item in replies.feed(chunk)]
        assert found_replies == [mqw_510x.decode_reply(model, action, asked.frame)]
        assert replies.surplus == 0


@pytest.mark.parametrize("size", CHUNKS)
def test_a_tachometer_finds_its_digits_again_after_lost_bytes_in_any_chunking(size: int) -> None:
    frames = [captured(p.values[1]).frame for p in load("rpm_digits") if p.values[0] == "nanhua-rpm-5300"]
    torn = b"50\r" + frames[0] + b"24" + frames[1] + frames[2][:4] + frames[0] + b"\r08 0\r" + frames[2]
    framer = rpm_digits.StreamFramer()

    found = [item.engine_rpm for chunk in cut(torn + frames[3], size) for item in framer.feed(chunk)]

    assert found == [850, 0, 9999]
    assert framer.skipped == len(torn) - 10


@pytest.mark.parametrize("size", CHUNKS)
def test_panel_lines_are_cut_alike_in_any_chunking(size: int) -> None:
    frames = [captured(p.values[1]).frame for p in load("led_nanhua")]
    framer = led_nanhua.LineFramer()

    found = [line for chunk in cut(b"\r\xff" + frames[0][:6] + b"".join(frames), size) for line in framer.feed(chunk)]

    assert [line.text for line in found] == ["京A12345", "加速至 25km/h", "", "京A12345", "检测中"]


@pytest.mark.parametrize("size", CHUNKS)
def test_the_bench_stream_is_cut_alike_in_any_chunking(size: int) -> None:
    stream, expected = bench_stream()
    framer = bntd.StatusFramer()

    assert [item for chunk in cut(stream, size) for item in framer.feed(chunk)] == expected


def bench_stream() -> tuple[bytes, list[bntd.Status | bntd.Note]]:
    frames = [bytes.fromhex(p.values[1]["hex"]) for p in load("bntd") if p.values[1]["direction"] == "from_device"]
    with_keys = [frame for frame in frames if len(frame) == 17]
    note = next(frame for frame in frames if frame[:1] == b"D")
    torn = with_keys[1][:9]
    stream = b"\x00AC" + with_keys[0] + torn + with_keys[1] + note + with_keys[0] + with_keys[1] + b"CAD" + with_keys[0]
    stream += with_keys[1][:3]  # the frame after lost bytes is believed once another one begins
    status = [bntd.decode_status(frame) for frame in with_keys]
    return stream, [status[0], status[1], bntd.decode_note(note), status[0], status[1], status[0]]


@pytest.mark.parametrize("size", CHUNKS)
def test_bench_commands_are_cut_alike_in_any_chunking(size: int) -> None:
    frames = [bytes.fromhex(p.values[1]["hex"]) for p in load("bntd") if p.values[1]["direction"] == "to_device"]
    damaged = frames[0][:7] + b"\x00C"
    framer = bntd.CommandFramer()

    found = [item for chunk in cut(b"XX" + damaged + b"\x00".join(frames), size) for item in framer.feed(chunk)]

    assert found == [bntd.decode_command(frame) for frame in frames]


@pytest.mark.parametrize("size", CHUNKS)
@pytest.mark.parametrize(("device", "vector"), [p for p in load("elm327") if p.values[1]["direction"] == "from_device"])
def test_a_scan_tools_answer_is_cut_at_its_prompt_in_any_chunking(
    device: str, vector: dict[str, Any], size: int
) -> None:
    asked = captured(vector)
    framer = elm327.AnswerFramer()

    found = [item for chunk in cut(asked.frame, size) for item in framer.feed(chunk)]

    assert found == [asked.frame[:-1]]
    assert framer.surplus == 0


def test_a_vin_comes_together_from_its_three_frames() -> None:
    assembler = iso_tp.Assembler()
    frames = ["10 14 49 02 01 4C 53 56", "21 41 41 34 31 38 32 45", "22 32 31 32 33 34 35 36"]

    messages = [assembler.feed(bytes.fromhex(frame)) for frame in frames]

    assert messages[:2] == [None, None]
    assert messages[2] is not None
    assert j1979.decode_response(messages[2]) == j1979.Information(j1979.INFO_VIN, ("LSVAA4182E2123456",))
    assert iso_tp.segment(messages[2]) == [bytes.fromhex(frame) for frame in frames]


def test_every_vector_names_its_source_and_grade() -> None:
    vectors = [vector for path in VECTORS.glob("*.json") for vector in json.loads(path.read_text(encoding="utf-8"))]
    assert vectors
    assert all(vector["source"] and vector["grade"] in ("A", "B", "C") for vector in vectors)
