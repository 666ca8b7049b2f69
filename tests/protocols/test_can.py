"""CAN frames, adapters' text, ISO-TP on its way, and what a tester hears: all damage ends in a value or a name."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import iso_tp, slcan, socketcand
from protocols.can_frame import CanFrame
from protocols.errors import FrameError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.obd_can import LONGEST_MS, P2_MS, P2_PROMISED_MS, Heard, Hearing, request_frame

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/slcan.json").read_text("utf-8"))
ROUNDS = 50_000
ENGINE, GEARBOX = 0x7E8, 0x7E9

data_bytes = st.binary(max_size=8)
frames = st.one_of(
    st.builds(CanFrame, st.integers(0, 0x7FF), data_bytes),
    st.builds(CanFrame, st.integers(0, 0x1FFFFFFF), data_bytes, st.just(True)),
)
words = st.one_of(
    st.just(slcan.Done()),
    st.just(slcan.Refused()),
    st.builds(slcan.Told, st.sampled_from("VN"), st.text("0123456789ABCDEF", min_size=1, max_size=8)),
    st.builds(slcan.Told, st.just("F"), st.text("0123456789ABCDEF", min_size=2, max_size=2)),
)


# --- text ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.one_of(frames, words)), st.integers(1, 40))
def test_what_an_adapter_says_comes_back_in_any_chunking(said: list[CanFrame | slcan.Told], size: int) -> None:
    stream = b"".join(slcan.encode_frame(one) if isinstance(one, CanFrame) else slcan.encode_word(one) for one in said)
    framer = slcan.LineFramer()
    lines = [line for at in range(0, len(stream), size) for line in framer.feed(stream[at : at + size])]
    assert [slcan.decode_line(line) for line in lines] == said


@given(frames)
def test_a_frame_is_written_alike_by_host_and_adapter(frame: CanFrame) -> None:
    assert slcan.decode_command(slcan.encode_frame(frame).rstrip(b"\r")) == frame


@given(frames, st.floats(0, 1e6), st.integers(1, 40))
def test_a_socketcand_frame_comes_back_both_ways_in_any_chunking(frame: CanFrame, at_s: float, size: int) -> None:
    stream = b"noise > " + socketcand.encode_frame(frame, at_s) + b"< cut < hi >" + socketcand.encode_send(frame)
    framer = socketcand.WordFramer()
    found = [word for at in range(0, len(stream), size) for word in framer.feed(stream[at : at + size])]
    assert (socketcand.decode_frame(found[0]), found[1], socketcand.decode_send(found[2])) == (frame, "hi", frame)


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["direction"] == "to_device"], ids=lambda v: v["meaning"])
def test_a_golden_command_writes_back_to_the_same_bytes(vector: dict[str, str]) -> None:
    line = bytes.fromhex(vector["hex"])
    command = slcan.decode_command(line.rstrip(b"\r"))
    if isinstance(command, CanFrame):
        assert slcan.encode_frame(command) == line
    else:
        assert isinstance(command, slcan.Command)
        assert slcan.encode_command(command.letter + command.argument) == line
        if command.bitrate_kbit is not None:
            assert slcan.encode_bitrate(command.bitrate_kbit) == line


def test_a_time_stamp_that_an_adapter_adds_is_read_over() -> None:
    assert slcan.decode_line(b"t7E880641" + b"00BE3FA81300" + b"1F2A") == CanFrame(
        ENGINE, bytes.fromhex("064100BE3FA81300")
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"t7E8", FrameLengthError),
        (b"t7E88064100BE3FA813", FrameLengthError),
        (b"t7E89064100BE3FA8130000", FrameLengthError),
        (b"tXYZ0", UnknownFrameError),
        (b"t8000", ValueRangeError),
        (b"T200000000", ValueRangeError),
        (b"t7E81G0", UnknownFrameError),
        (b"FZZ", UnknownFrameError),
        (b"ELM327 v1.5", UnknownFrameError),
        (b"\xff\xfe", UnknownFrameError),
        (b"t" * 33, FrameLengthError),
    ],
)
def test_a_line_that_is_none_is_named(line: bytes, error: type[FrameError]) -> None:
    with pytest.raises(error):
        slcan.decode_line(line)


def test_what_no_adapter_can_carry_is_refused() -> None:
    for make in (
        lambda: CanFrame(0x800, b""),
        lambda: CanFrame(-1, b""),
        lambda: CanFrame(1, bytes(9)),
        lambda: slcan.encode_bitrate(300),
        lambda: slcan.encode_command("S6\rO"),
        lambda: socketcand.encode_word("a > b"),
        lambda: socketcand.encode_word(""),
    ):
        with pytest.raises(ValueRangeError):
            make()


def mutants(originals: list[bytes], seed: int) -> list[bytes]:
    random, found = Random(seed), []
    for n in range(ROUNDS):
        data = bytearray(originals[n % len(originals)])
        for _ in range(random.randrange(1, 4)):
            at = random.randrange(len(data) + 1)
            kind = random.randrange(4)
            if kind == 0 and at < len(data):
                data[at] ^= 1 << random.randrange(8)
            elif kind == 1:
                del data[at : at + 1]
            elif kind == 2:
                data.insert(at, random.randrange(256))
            else:
                del data[at:]
        found.append(bytes(data))
    return found


def outcomes(decode: Callable[[bytes], object], damaged: list[bytes]) -> set[str]:
    found = set()
    for line in damaged:
        try:
            decode(line)
        except FrameError as error:
            found.add(type(error).__name__)
        else:
            found.add("value")
    return found


def test_damaged_lines_end_in_a_value_or_a_named_error() -> None:
    lines = [bytes.fromhex(vector["hex"]).rstrip(b"\r") for vector in VECTORS]
    named = {"value", "FrameLengthError", "UnknownFrameError", "ValueRangeError"}
    assert outcomes(slcan.decode_line, mutants(lines, 1)) == named
    assert outcomes(slcan.decode_command, mutants(lines, 2)) == named
    texts = [b"frame 7E8 12.5 064100BE3FA81300", b"send 18DB33F1 8 2 1 0 0 0 0 0 0", b"send 7DF 2 1 c"]
    damaged = mutants(texts, 3)
    assert outcomes(lambda line: socketcand.decode_frame(line.decode("latin-1")), damaged) == named
    assert outcomes(lambda line: socketcand.decode_send(line.decode("latin-1")), damaged) == named


def test_the_framers_survive_a_flood_with_bounded_memory() -> None:
    noise = Random(4).randbytes(200_000).replace(b"\r", b"x").replace(b"\x07", b"x").replace(b">", b"x")
    lines, heard = slcan.LineFramer(), socketcand.WordFramer()
    assert lines.feed(noise) == []
    assert heard.feed(noise + b"<" + bytes(5000)) == []
    assert len(lines._pending) <= slcan.LONGEST_LINE + 1
    assert heard._pending is not None
    assert len(heard._pending) <= socketcand.LONGEST_WORD + 1
    assert lines.feed(b"\rV1013\r")[1:] == [b"V1013"]


# --- a message on its way -----------------------------------------------------------------------------------------


def carried(message: bytes, block_size: int, separation: int) -> tuple[bytes | None, list[tuple[float, bytes]]]:
    """Send a message to a receiver that gives leave by blocks; return what it got and every frame with its time."""
    sending, assembler, now_ms, got = iso_tp.Sending(message, 0.0), iso_tp.Assembler(), 0.0, None
    sent: list[tuple[float, bytes]] = []
    while not sending.done:
        for data in sending.take(now_ms):
            sent.append((now_ms, data))
            got = assembler.feed(data)
        if assembler.busy and (len(sent) == 1 or (block_size and (len(sent) - 1) % block_size == 0)):
            sending.give_leave(iso_tp.FlowControl(iso_tp.CONTINUE, block_size, separation), now_ms)
        now_ms += 0.5
    return got, sent


@given(st.binary(min_size=1, max_size=400), st.integers(0, 15), st.sampled_from([0, 1, 5, 0xF5]))
def test_a_message_arrives_whole_at_any_pace(message: bytes, block_size: int, separation: int) -> None:
    got, sent = carried(message, block_size, separation)
    assert got == message
    assert [data for _, data in sent] == iso_tp.segment(message)
    size = block_size or len(sent)
    for begin in range(1, len(sent), size):
        times = [at_ms for at_ms, _ in sent[begin : begin + size]]
        pause_ms = iso_tp.FlowControl(0, 0, separation).separation_ms
        assert all(later - earlier >= pause_ms for earlier, later in itertools.pairwise(times))


def test_without_leave_the_rest_of_a_message_never_goes() -> None:
    sending = iso_tp.Sending(bytes(20), 0.0)
    assert len(sending.take(0.0)) == 1
    assert sending.take(999.0) == []
    assert not sending.done
    assert sending.take(1000.0) == []
    assert (sending.done, sending.failed) == (True, "no_leave")


def test_a_receiver_that_overflows_or_always_says_wait_ends_the_message() -> None:
    sending = iso_tp.Sending(bytes(20), 0.0)
    sending.take(0.0)
    sending.give_leave(iso_tp.FlowControl(iso_tp.OVERFLOW), 1.0)
    assert (sending.take(1.0), sending.failed) == ([], "overflow")

    sending, now_ms = iso_tp.Sending(bytes(20), 0.0), 0.0
    sending.take(0.0)
    while not sending.done:
        now_ms += 900.0
        sending.give_leave(iso_tp.FlowControl(iso_tp.WAIT), now_ms)
        assert sending.take(now_ms) == []
    assert (sending.failed, now_ms) == ("too_many_waits", 17 * 900.0)


def test_leave_that_nobody_waits_for_changes_nothing() -> None:
    sending = iso_tp.Sending(bytes(5), 0.0)
    sending.give_leave(iso_tp.FlowControl(iso_tp.OVERFLOW), 0.0)
    assert len(sending.take(0.0)) == 1
    sending.give_leave(iso_tp.FlowControl(iso_tp.OVERFLOW), 0.0)
    assert (sending.done, sending.failed) == (True, None)


# --- what a tester hears ------------------------------------------------------------------------------------------


def heard(request: str, **expected: frozenset[int]) -> Hearing:
    return Hearing(bytes.fromhex(request), 0.0, extended=False, **expected)


def say(hearing: Hearing, can_id: int, text: str, now_ms: float = 10.0) -> CanFrame | None:
    return hearing.hear(CanFrame(can_id, bytes.fromhex(text)), now_ms)


def test_a_question_goes_to_everybody_in_one_padded_frame() -> None:
    assert str(request_frame(b"\x01\x00", extended=False)) == "7DF#0201000000000000"
    assert str(request_frame(b"\x09\x02", extended=True)) == "18DB33F1#0209020000000000"


def test_two_units_that_answer_at_once_are_told_apart_and_each_gets_leave() -> None:
    hearing = heard("09 04")
    assert str(say(hearing, ENGINE, "10 13 49 04 01 41 42 43")) == "7E0#3000000000000000"
    assert str(say(hearing, GEARBOX, "10 13 49 04 01 61 62 63")) == "7E1#3000000000000000"
    for can_id, letter in ((ENGINE, "44"), (GEARBOX, "64")):
        assert say(hearing, can_id, "21" + letter * 7) is None
    for can_id, letter in ((GEARBOX, "65"), (ENGINE, "45")):
        assert say(hearing, can_id, "22" + letter * 6 + "AA") is None
    assert [(one.can_id, one.message[3:]) for one in hearing.answers] == [
        (GEARBOX, b"abc" + b"d" * 7 + b"e" * 6), (ENGINE, b"ABC" + b"D" * 7 + b"E" * 6),
    ]  # fmt: skip


def test_a_hearing_ends_when_all_who_promised_have_answered() -> None:
    both = frozenset({ENGINE, GEARBOX})
    hearing = heard("01 0D", promised=both)
    assert hearing.left_ms(0.0) == P2_PROMISED_MS
    say(hearing, ENGINE, "03 41 0D 19")
    assert (hearing.missing, hearing.left_ms(10.0)) == (frozenset({GEARBOX}), P2_PROMISED_MS - 10.0)
    say(hearing, GEARBOX, "03 7F 01 12")
    assert (hearing.missing, hearing.left_ms(11.0), hearing.refusals) == (frozenset(), 0.0, {GEARBOX: 0x12})


def test_those_who_may_answer_end_the_hearing_but_never_lengthen_it() -> None:
    hearing = heard("03", hoped=frozenset({ENGINE}))
    assert hearing.left_ms(0.0) == P2_MS
    say(hearing, ENGINE, "02 43 00")
    assert hearing.left_ms(10.0) == 0.0
    assert heard("03").left_ms(P2_MS) == 0.0


def test_wait_lengthens_the_time_again_and_again_but_not_for_ever() -> None:
    hearing, now_ms = heard("09 06"), 0.0
    say(hearing, ENGINE, "03 7F 09 78", now_ms)
    assert hearing.left_ms(now_ms) == 5000.0
    while hearing.left_ms(now_ms) > 0:
        now_ms += 400.0
        say(hearing, ENGINE, "03 7F 09 78", now_ms)
    assert now_ms == LONGEST_MS
    assert hearing.nobody


def test_an_answer_to_another_question_is_a_stray() -> None:
    hearing = heard("01 0C")
    say(hearing, ENGINE, "03 41 0D 19")
    say(hearing, ENGINE, "03 7F 09 11")
    assert hearing.nobody
    assert hearing.strays == [
        Heard(ENGINE, bytes.fromhex("41 0D 19")), Heard(ENGINE, bytes.fromhex("7F 09 11"))
    ]  # fmt: skip


@pytest.mark.parametrize(
    "texts",
    [
        ["10 14 49 02 01 4C 53 56"],
        ["10 14 49 02 01 4C 53 56", "22 41 41 41 41 41 41 41"],
        ["10 14 49 02 01 4C 53 56", "10 14 49 02 01 4C 53 56"],
        ["10 05 49 02 01 4C 53 56"],
        ["00"],
        ["70 11"],
    ],
)
def test_a_message_that_does_not_come_whole_is_damage(texts: list[str]) -> None:
    hearing = heard("09 02")
    for text in texts:
        say(hearing, ENGINE, text)
    hearing.close()
    assert hearing.damage
    assert not hearing.answers


def test_the_tail_of_something_older_and_the_traffic_of_others_are_passed_over() -> None:
    hearing = heard("01 0C")
    for can_id, text in ((ENGINE, "23 41 41"), (0x2C4, "FF FF"), (0x7E0, "30 00 00"), (ENGINE, "30 00 00")):
        say(hearing, can_id, text)
    hearing.hear(CanFrame(0x18DAF110, bytes.fromhex("04 41 0C 0B B8"), extended=True), 10.0)
    say(hearing, ENGINE, "04 41 0C 26 C0")
    hearing.close()
    assert (hearing.answers, hearing.damage) == ([Heard(ENGINE, bytes.fromhex("41 0C 26 C0"))], [])


@given(
    st.lists(st.tuples(st.sampled_from([ENGINE, GEARBOX, 0x7EF, 0x123]), data_bytes, st.integers(0, 300))),
    st.sampled_from(["01 0C", "03", "09 02", "22 F8 10"]),
)
def test_whatever_comes_a_hearing_ends_in_time_with_whole_messages_or_named_damage(
    traffic: list[tuple[int, bytes, int]], request: str
) -> None:
    hearing, now_ms = heard(request), 0.0
    for can_id, data, pause_ms in traffic:
        now_ms += pause_ms
        if hearing.left_ms(now_ms) <= 0:
            break
        leave = hearing.hear(CanFrame(can_id, data), now_ms)
        assert leave is None or leave.can_id == can_id - 8
    assert hearing.left_ms(LONGEST_MS) <= 0
    hearing.close()
    service = int(request[:2], 16)
    assert all(one.message[0] == service + 0x40 for one in hearing.answers)
    assert all(hearing.damage)
