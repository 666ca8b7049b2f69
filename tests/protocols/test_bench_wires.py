"""The wires of benches: golden frames both ways, any chunking, noise, damaged frames, and numbers that come back."""

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import asm_p, igbt_text, nhc03
from protocols.bench_letters import LOOK, STATUS, Ask, Dialect, Look, Order, Read, Status, Value, Word, Write
from protocols.captured import Captured
from protocols.errors import ChecksumError, FrameError, FrameLengthError, UnknownFrameError, ValueRangeError

VECTORS = Path(__file__).parents[1] / "vectors"
CHUNKS = [1, 2, 3, 7, 1000]
ROUNDS = 3000
LETTERED = {"nhc03": nhc03.DIALECT, "asm_p": asm_p.DIALECT}
LONGEST = {"nhc03": 9, "asm_p": 51}

dialects = pytest.mark.parametrize("dialect", LETTERED.values(), ids=LETTERED)


def golden(name: str, direction: str) -> list[tuple[bytes, bytes]]:
    """Return frames of this way, each with what it answers."""
    vectors = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return [
        (bytes.fromhex(each["hex"]), bytes.fromhex(each.get("request", "")))
        for each in vectors
        if each["direction"] == direction
    ]


def cases(direction: str) -> list[Any]:
    return [
        pytest.param(dialect, frame, asked, id=f"{name}-{frame.hex()}")
        for name, dialect in LETTERED.items()
        for frame, asked in golden(name, direction)
    ]


def cut(stream: bytes, size: int) -> Iterable[bytes]:
    return (stream[at : at + size] for at in range(0, len(stream), size))


def damaged(frames: list[bytes], random: Random) -> Iterable[bytes]:
    """Flip, drop, double, insert or cut: what a bad cable does."""
    for n in range(ROUNDS):
        data = bytearray(frames[n % len(frames)])
        for _ in range(random.randrange(1, 4)):
            at, kind = random.randrange(len(data) + 1), random.randrange(5)
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
        yield bytes(data)


@pytest.mark.parametrize(("dialect", "frame", "asked"), cases("to_device"))
def test_a_golden_request_is_written_back_and_found_in_any_chunking(
    dialect: Dialect, frame: bytes, asked: bytes
) -> None:
    request = dialect.decode_request(frame)
    assert dialect.encode_request(request) == frame
    for size in CHUNKS:
        framer = dialect.request_framer()
        assert [one for chunk in cut(b"\xff\x08" + frame * 2, size) for one in framer.feed(chunk)] == [request] * 2


@pytest.mark.parametrize(("dialect", "frame", "asked"), cases("from_device"))
def test_a_golden_reply_is_written_back_and_found_behind_noise_in_any_chunking(
    dialect: Dialect, frame: bytes, asked: bytes
) -> None:
    question = dialect.decode_request(asked)
    reply = dialect.decode_reply(question, frame)
    assert dialect.encode_reply(question, reply) == frame
    noise = b"" if len(frame) == 1 else b"\xff\x06\x02\x06"
    for size in CHUNKS:
        framer = dialect.reply_framer(question)
        assert framer.feed(b"") == []
        assert [one for chunk in cut(noise + frame, size) for one in framer.feed(chunk)] == [reply]
        assert framer.surplus == 0


@dialects
def test_a_single_byte_is_believed_as_the_very_first_alone(dialect: Dialect) -> None:
    framer = dialect.reply_framer(Order("0"))
    assert framer.feed(b"\xff\x06\x15") == []
    framer = dialect.reply_framer(LOOK)
    assert framer.feed(b"\xff\x15") == []
    assert dialect.reply_framer(Order("0")).feed(b"\x06") == [Word.TAKEN]
    assert dialect.reply_framer(LOOK).feed(b"\x15") == [Word.REFUSED]


@pytest.mark.parametrize("way", ["to_device", "from_device"])
@pytest.mark.parametrize("name", LETTERED)
def test_damaged_frames_end_in_a_value_or_a_named_error_and_memory_stays_bounded(name: str, way: str) -> None:
    dialect, random, frames = LETTERED[name], Random(name + way), golden(name, way)
    wrong = list(damaged([frame for frame, _ in frames], random))
    for n, frame in enumerate(wrong):
        try:
            if way == "to_device":
                dialect.decode_request(frame)
            else:
                dialect.decode_reply(dialect.decode_request(frames[n % len(frames)][1]), frame)
        except FrameError:
            continue
    framers: list[Any] = [dialect.request_framer()]
    if way == "from_device":
        framers = [dialect.reply_framer(asked) for asked in (LOOK, STATUS, Read(6), Order("0"), Write(200, 1.0))]
    for framer in framers:
        for chunk in cut(b"".join(wrong), 50):
            framer.feed(chunk)
            assert len(framer._pending) <= LONGEST[name]


@dialects
@settings(max_examples=60)
@given(power=st.floats(0, 150), force=st.floats(0, 4000), speed=st.floats(0, 130))
def test_a_look_comes_back_as_near_as_its_digits_say(
    dialect: Dialect, power: float, force: float, speed: float
) -> None:
    frame = dialect.encode_reply(LOOK, Look(power, force, speed))
    found = dialect.decode_reply(LOOK, frame)
    assert isinstance(found, Look)
    assert found.power_kw == pytest.approx(power, abs=0.006)
    assert found.force_n == pytest.approx(force, abs=0.25)
    assert found.speed_kmh == pytest.approx(speed, abs=0.009)
    assert dialect.encode_reply(LOOK, found) == frame


@dialects
@settings(max_examples=60)
@given(force=st.floats(0, 4400), speed=st.floats(0.1, 160))
def test_a_setpoint_comes_back_as_near_as_its_digits_say(dialect: Dialect, force: float, speed: float) -> None:
    held = {write.number: write.value for write in (*dialect.force(force), *dialect.speed(speed))}
    for write in (*dialect.force(force), *dialect.speed(speed)):
        assert dialect.decode_request(dialect.encode_request(write)) == write
    assert dialect.setpoint("force_setpoint_n", held) == pytest.approx(force, abs=0.25)
    assert dialect.setpoint("speed_setpoint_kmh", held) == pytest.approx(speed, abs=0.09)


@dialects
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e9])
def test_a_setpoint_that_does_not_fit_is_refused_never_clipped(dialect: Dialect, value: float) -> None:
    for setpoint in (dialect.force, dialect.speed):
        with pytest.raises(ValueRangeError):
            setpoint(value)


@dialects
def test_a_speed_of_nothing_is_no_set_point(dialect: Dialect) -> None:
    with pytest.raises(ValueRangeError, match="whole brake"):
        dialect.speed(0.004)


@dialects
def test_what_no_bench_shows_is_no_look(dialect: Dialect) -> None:
    with pytest.raises(ValueRangeError):
        dialect.encode_reply(LOOK, Look(1.0, 70_000.0, 10.0))
    with pytest.raises(ValueRangeError):
        dialect.encode_reply(LOOK, Look(float("nan"), 0.0, 10.0))
    with pytest.raises(ValueRangeError):
        dialect.encode_request(Order("##"))
    with pytest.raises(ValueRangeError):
        dialect.encode_request(Read(256))


@pytest.mark.parametrize(
    ("asked", "text", "error"),
    [
        (LOOK, "06 04 3D 03 D0 0A 0F A2 D5", ValueRangeError),  # ten tenths
        (LOOK, "06 04 3D 03 D0 04 0F A2 CE", ChecksumError),
        (STATUS, "06 04 3D 03 D0 04 0F A2 CF", FrameLengthError),
        (LOOK, "07 04 3D 03 D0 04 0F A2 D0", UnknownFrameError),
    ],
)
def test_damage_of_an_nhc_03_has_a_name(asked: Ask, text: str, error: type[FrameError]) -> None:
    with pytest.raises(error):
        nhc03.decode_reply(asked, bytes.fromhex(text))


@pytest.mark.parametrize(
    "text", ["08 46 07 C8 09 C4 EB", "08 AA 07 00 00 00 B9", "08 30 07 01 00 00 40", "08 43 07 52"]
)
def test_what_is_no_request_to_an_nhc_03_has_a_name(text: str) -> None:
    with pytest.raises(FrameError):
        nhc03.decode_request(bytes.fromhex(text))


def closed(body: bytes) -> bytes:
    return asm_p._closed(body)


@pytest.mark.parametrize(
    ("asked", "frame"),
    [
        (STATUS, closed(b"\x0201000000000000X0\x17")),
        (LOOK, closed(b"\x02" + b" " * 47)),  # three empty fields
        (LOOK, closed(b"\x02" + b"1 2" * 16)[:51]),
        (Read(237), closed(b"\x02237=nought\r\x17")),
        (STATUS, closed(b"\x02237=0 \r\x17")),
        (Read(237), b"\x06"),
        (Order("0"), b"\x07"),
    ],
)
def test_what_is_no_answer_of_an_asm_p_has_a_name(asked: Any, frame: bytes) -> None:
    with pytest.raises(FrameError):
        asm_p.decode_reply(asked, frame)


@pytest.mark.parametrize(
    "frame",
    [b"\xb4\x11E999\x05", b"\xb4\x11C\x06", b"\xb4\x11EXYZ\x05", b"\xb4\x11F300=1\r\x17", b"\xb4\x12C\x05", b"\xb4"],
)
def test_what_is_no_request_to_an_asm_p_has_a_name(frame: bytes) -> None:
    with pytest.raises(FrameError):
        asm_p.decode_request(frame)


def test_the_answer_without_its_question_is_told_by_its_form() -> None:
    assert nhc03.decode_reply(None, bytes.fromhex("06 00 02 08")) == Status(2)
    assert [Status(bits).lift for bits in (0, 1, 2)] == ["moving", "up", "down"]
    assert asm_p.decode_reply(None, closed(b"\x02237=0 \r\x17")) == Value(0.0)
    assert asm_p.decode_reply(None, b"\x06") is Word.TAKEN


# --- the old ASCII board ----------------------------------------------------------------------------------------


def statuses() -> list[bytes]:
    return [frame for frame, _ in golden("igbt_text", "from_device")]


@pytest.mark.parametrize("size", CHUNKS)
def test_the_texts_of_the_old_board_are_cut_alike_in_any_chunking(size: int) -> None:
    frames, commands = statuses(), [frame for frame, _ in golden("igbt_text", "to_device")]
    stream = b"\x00*00" + frames[0] + b"@hello?\r" + frames[1][:20] + frames[2] + b"*" + frames[1]
    framer = igbt_text.Statuses()
    found = [one for chunk in cut(stream, size) for one in framer.feed(chunk)]
    assert [igbt_text.encode_status(one) for one in found] == [frames[0], frames[2], frames[1]]
    assert framer.skipped == len(stream) - 3 * igbt_text.STATUS_BYTES

    host = igbt_text.Commands()
    told = [one for chunk in cut(b"**X" + b"*".join(commands), size) for one in host.feed(chunk)]
    assert [igbt_text.encode_command(one.order, one.value) for one in told] == commands


def test_damaged_texts_of_the_old_board_end_in_a_value_or_a_named_error_and_memory_stays_bounded() -> None:
    random, commands = Random(5), [frame for frame, _ in golden("igbt_text", "to_device")]
    wrong = list(damaged([*statuses(), *commands], random))
    for decode in (igbt_text.decode_status, igbt_text.decode_command):
        for frame in wrong:
            try:
                decode(frame)
            except FrameError:
                continue
    for framer in (igbt_text.Statuses(), igbt_text.Statuses(summed=False), igbt_text.Commands()):
        for chunk in cut(b"".join(wrong), 50):
            framer.feed(chunk)
            assert len(framer._pending) < igbt_text.STATUS_BYTES


def test_a_status_whose_sum_is_none_is_read_only_where_it_is_said_so() -> None:
    frame = bytearray(statuses()[0])
    frame[-2] ^= 1
    with pytest.raises(ChecksumError):
        igbt_text.decode_status(bytes(frame))
    assert igbt_text.decode_status(bytes(frame), summed=False).speed_kmh == 25.6
    assert igbt_text.explain(Captured(bytes(frame))).flags == ("sum_differs",)
    frame[3] = ord("x")
    with pytest.raises(UnknownFrameError):
        igbt_text.decode_status(bytes(frame), summed=False)


@settings(max_examples=60)
@given(force=st.floats(0, 99_999), speed=st.floats(0.1, 400))
def test_a_set_point_of_the_old_board_comes_back(force: float, speed: float) -> None:
    for order, value, within in (
        (igbt_text.Order.SET_FORCE_N, force, 0.5),
        (igbt_text.Order.SET_SPEED_KMH, speed, 0.051),
    ):
        assert igbt_text.decode_command(igbt_text.encode_command(order, value)).value == pytest.approx(
            value, abs=within
        )


@pytest.mark.parametrize(
    ("order", "value"),
    [
        (igbt_text.Order.SET_FORCE_N, -1.0),
        (igbt_text.Order.SET_FORCE_N, 100_000.0),
        (igbt_text.Order.SET_FORCE_N, None),
        (igbt_text.Order.SET_SPEED_KMH, float("nan")),
        (igbt_text.Order.SET_SPEED_KMH, 0.04),
        (igbt_text.Order.SET_SPEED_KMH, float("inf")),
    ],
)
def test_the_old_board_is_told_no_number_that_does_not_fit(order: igbt_text.Order, value: float | None) -> None:
    with pytest.raises(ValueRangeError):
        igbt_text.encode_command(order, value)


def test_no_status_is_written_whose_numbers_do_not_fit() -> None:
    with pytest.raises(ValueRangeError):
        igbt_text.encode_status(igbt_text.Status(25.0, 200_000.0, 1.0, 0.0, 0.0))
    with pytest.raises(ValueRangeError):
        igbt_text.encode_status(igbt_text.Status(float("nan"), 0.0, 1.0, 0.0, 0.0))
