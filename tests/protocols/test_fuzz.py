"""Damaged frames by codec: which errors they end in, and what each framer keeps. tests/fuzz damages every protocol."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from protocols import bntd, dialect_503, elm327, iso_tp, j1979, led_nanhua, mqw_510x, nht, rpm_digits, smoke
from protocols.captured import Captured
from protocols.errors import FrameError
from protocols.explain_obd import explain_can, explain_elm

VECTORS = Path(__file__).parents[1] / "vectors"
ROUNDS = 8_000
FLOOD = 10_000
CHUNK = 50
"""Mutants are fed to the stream framers in one piece of this many."""


def frames(name: str, direction: str) -> list[bytes]:
    vectors = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return [bytes.fromhex(vector["hex"]) for vector in vectors if vector["direction"] == direction]


def mutate(frame: bytes, random: Random) -> bytes:
    """Flip, drop, double, insert, cut or overwrite: what a bad cable and a bad device do."""
    data = bytearray(frame)
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(data) + 1)
        kind = random.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            del data[at : at + 1]
        elif kind == 2:
            data[at:at] = data[at : at + 4]
        elif kind == 3:
            data.insert(at, random.randrange(256))
        elif kind == 4:
            del data[at:]
        elif at < len(data):
            data[at] = random.choice((0x00, 0xFF, 0x15, 0x41, 0x43, 0x44, 0x3E))
    return bytes(data)


def mutants(name: str, direction: str, count: int, seed: int) -> list[bytes]:
    random, originals = Random(seed), frames(name, direction)
    return [mutate(originals[n % len(originals)], random) for n in range(count)]


def outcome(decode: Callable[[bytes], object], frame: bytes) -> str:
    try:
        decode(frame)
    except FrameError as error:
        return type(error).__name__
    return "value"


def outcomes(decode: Callable[[bytes], object], damaged: list[bytes]) -> set[str]:
    return {outcome(decode, frame) for frame in damaged}


@pytest.mark.parametrize("action", [None, dialect_503.Action.READ_DATA, dialect_503.Action.ZERO])
def test_damaged_503_replies_end_in_a_value_or_a_named_error(action: dialect_503.Action | None) -> None:
    damaged = mutants("dialect_503", "from_device", ROUNDS // 3, seed=503)

    ends = outcomes(lambda frame: dialect_503.decode_reply(dialect_503.NHA_506I, action, frame), damaged)

    assert ends <= {"value", "ChecksumError", "FrameLengthError", "UnknownFrameError"}
    assert "FrameLengthError" in ends


def test_damaged_503_requests_end_in_a_value_or_a_named_error() -> None:
    damaged = mutants("dialect_503", "to_device", ROUNDS // 4, seed=504)

    ends = outcomes(lambda frame: dialect_503.decode_request(dialect_503.NHA_506I, frame), damaged)

    assert ends == {"value", "ChecksumError", "FrameLengthError"}


def test_a_503_framer_survives_a_flood() -> None:
    random, stream = Random(505), b"".join(mutants("dialect_503", "from_device", 4000, seed=505))
    framer = dialect_503.ReplyFramer(dialect_503.NHA_506I, dialect_503.Action.READ_DATA)
    answers = [reply for at in range(0, len(stream), CHUNK) for reply in framer.feed(stream[at : at + CHUNK])]
    assert len(answers) == 1

    requests = dialect_503.RequestFramer(dialect_503.NHA_506I)
    assert sum(len(requests.feed(random.randbytes(CHUNK))) for _ in range(1000)) > 1000


def test_damaged_bench_frames_end_in_a_value_or_a_named_error() -> None:
    statuses = mutants("bntd", "from_device", ROUNDS // 2, seed=1)
    commands = mutants("bntd", "to_device", ROUNDS // 2, seed=2)

    ends = outcomes(bntd.decode_status, statuses) | outcomes(bntd.decode_note, statuses)
    assert ends == {"value", "FrameLengthError", "UnknownFrameError", "ValueRangeError"}
    ends = outcomes(bntd.decode_command, commands)
    assert ends <= {"value", "ChecksumError", "FrameLengthError", "UnknownFrameError", "ValueRangeError"}
    assert "ChecksumError" in ends


def test_the_bench_framers_survive_a_flood_with_bounded_memory() -> None:
    stream = b"".join(mutants("bntd", "from_device", FLOOD, seed=3))
    framer = bntd.StatusFramer()
    found = 0
    for at in range(0, len(stream), CHUNK):
        found += len(framer.feed(stream[at : at + CHUNK]))
        assert len(framer._pending) <= bntd.LONGEST_NOTE + 8
    assert found
    assert framer.skipped

    commands = bntd.CommandFramer()
    stream = b"".join(mutants("bntd", "to_device", FLOOD, seed=4))
    assert sum(len(commands.feed(stream[at : at + CHUNK])) for at in range(0, len(stream), CHUNK))
    assert len(commands._pending) < bntd.COMMAND_LENGTH


def test_damaged_can_frames_end_in_a_value_or_a_named_error() -> None:
    answers = mutants("obd_iso_tp", "from_device", ROUNDS // 2, seed=5)
    questions = mutants("obd_iso_tp", "to_device", ROUNDS // 2, seed=6)

    named = {"value", "FrameLengthError", "UnknownFrameError", "ValueRangeError"}
    assert outcomes(lambda frame: explain_can(Captured(frame)), answers) <= named
    assert outcomes(lambda frame: explain_can(Captured(frame, to_device=True)), questions) <= named


def test_damaged_messages_and_sequences_end_in_a_value_or_a_named_error() -> None:
    assembler, random = iso_tp.Assembler(), Random(7)
    ends = outcomes(assembler.feed, mutants("obd_iso_tp", "from_device", ROUNDS // 2, seed=7))
    assert {"value", "SequenceError"} <= ends

    messages = [bytes([random.choice((0x41, 0x43, 0x47, 0x49, 0x4A, 0x7F))]) + random.randbytes(9) for _ in range(9)]
    damaged = [mutate(messages[n % 9], random) for n in range(ROUNDS // 2)]
    assert outcomes(j1979.decode_response, damaged) <= {"value", "FrameLengthError", "UnknownFrameError"}


def test_damaged_scan_tool_text_ends_in_a_value_or_a_named_error() -> None:
    answers = mutants("elm327", "from_device", ROUNDS * 3 // 4, seed=8)
    commands = mutants("elm327", "to_device", ROUNDS // 4, seed=9)

    named = {"value", "FrameLengthError", "UnknownFrameError", "SequenceError", "ValueRangeError"}
    assert outcomes(lambda frame: elm327.decode_answer(frame, command="0902"), answers) <= named
    assert outcomes(lambda frame: explain_elm(Captured(frame)), answers[: ROUNDS // 8]) <= named
    assert outcomes(elm327.decode_command, commands) <= named


def test_the_scan_tool_framers_survive_a_flood_with_bounded_memory() -> None:
    random, answers, commands = Random(10), elm327.AnswerFramer(), elm327.CommandFramer()
    for _ in range(200):
        answers.feed(random.randbytes(1000).replace(b">", b""))
        commands.feed(random.randbytes(1000).replace(b"\r", b""))
    assert len(answers._pending) <= elm327.LONGEST_ANSWER
    assert len(commands._pending) <= elm327.LONGEST_COMMAND + 1


@pytest.mark.parametrize("model", [nht.NHT_6, nht.NHT_1L], ids=lambda model: model.name)
def test_damaged_opacimeter_frames_end_in_a_value_or_a_named_error(model: nht.Model) -> None:
    replies = mutants("nht", "from_device", ROUNDS // 2, seed=11)
    requests = mutants("nht", "to_device", ROUNDS // 2, seed=12)
    named = {"value", "ChecksumError", "FrameLengthError", "UnknownFrameError"}

    assert outcomes(lambda frame: nht.decode_reply(model, None, frame), replies) == named
    assert outcomes(lambda frame: nht.decode_reply(model, smoke.Action.READ, frame), replies[: ROUNDS // 8]) == named
    assert outcomes(lambda frame: nht.decode_request(model, frame), requests) >= {"value", "ChecksumError"}
    assert outcomes(lambda frame: nht.decode_request(model, frame), requests) <= named


def test_the_opacimeter_framers_survive_a_flood_with_bounded_memory() -> None:
    stream = b"".join(mutants("nht", "from_device", FLOOD, seed=13))
    for action in nht.NHT_6.codes:
        replies = nht.ReplyFramer(nht.NHT_6, action)
        assert sum(len(replies.feed(stream[at : at + CHUNK])) for at in range(0, len(stream), CHUNK)) == 1
        assert len(replies._pending) < 12

    requests = nht.RequestFramer(nht.NHT_6)
    assert sum(len(requests.feed(stream[at : at + CHUNK])) for at in range(0, len(stream), CHUNK)) > 1000
    assert len(requests._pending) < 3


@pytest.mark.parametrize("model", [mqw_510x.MQW_5101, mqw_510x.MQW_5102], ids=lambda model: model.name)
def test_damaged_nox_analyzer_frames_end_in_a_value_or_a_named_error(model: mqw_510x.Model) -> None:
    replies = mutants("mqw_510x", "from_device", ROUNDS // 2, seed=17)
    requests = mutants("mqw_510x", "to_device", ROUNDS // 2, seed=18)
    named = {"value", "ChecksumError", "FrameLengthError", "UnknownFrameError"}

    assert outcomes(lambda frame: mqw_510x.decode_reply(model, None, frame), replies) == named
    asked = mqw_510x.Action.READ_DATA
    assert outcomes(lambda frame: mqw_510x.decode_reply(model, asked, frame), replies[: ROUNDS // 8]) == named
    assert outcomes(lambda frame: mqw_510x.decode_request(model, frame), requests) == named


@pytest.mark.parametrize("model", [mqw_510x.MQW_5101, mqw_510x.MQW_5102], ids=lambda model: model.name)
def test_the_nox_analyzer_framers_survive_a_flood_with_bounded_memory(model: mqw_510x.Model) -> None:
    stream = b"".join(mutants("mqw_510x", "from_device", FLOOD // 2, seed=19))
    for action in (mqw_510x.Action.READ_DATA, mqw_510x.Action.READ_STATUS, mqw_510x.Action.ZERO):
        replies = mqw_510x.ReplyFramer(model, action)
        assert sum(len(replies.feed(stream[at : at + CHUNK])) for at in range(0, len(stream), CHUNK)) == 1
        lost = mqw_510x.ReplyFramer(model, action)
        for at in range(0, len(stream), CHUNK):
            assert lost.feed(stream[at : at + CHUNK].replace(b"\x06", b"\x07").replace(b"\x15", b"")) == []
            assert len(lost._pending) < model.reply_length(action)

    requests, stream = mqw_510x.RequestFramer(model), b"".join(mutants("mqw_510x", "to_device", FLOOD // 2, seed=20))
    assert sum(len(requests.feed(stream[at : at + CHUNK])) for at in range(0, len(stream), CHUNK)) > 1000
    assert len(requests._pending) < 16


def test_damaged_tachometer_streams_end_in_four_digits_or_a_named_error() -> None:
    damaged = mutants("rpm_digits", "from_device", ROUNDS, seed=14)
    assert outcomes(rpm_digits.decode, damaged) == {"value", "FrameLengthError", "UnknownFrameError"}

    framer, stream = rpm_digits.StreamFramer(), b"".join(damaged)
    found = [item for at in range(0, len(stream), CHUNK) for item in framer.feed(stream[at : at + CHUNK])]
    assert found
    assert framer.skipped + 5 * len(found) + len(framer._pending) + framer._overlong == len(stream)
    assert len(framer._pending) <= 4


def test_damaged_panel_lines_end_in_text_or_a_named_error() -> None:
    damaged = mutants("led_nanhua", "to_device", ROUNDS, seed=15)
    assert outcomes(led_nanhua.decode, damaged) == {"value", "FrameLengthError", "UnknownFrameError"}
    named = {"value", "FrameLengthError", "UnknownFrameError"}
    assert outcomes(lambda frame: led_nanhua.explain(Captured(frame, to_device=True)), damaged[: ROUNDS // 4]) == named

    framer, random = led_nanhua.LineFramer(), Random(16)
    for _ in range(200):
        framer.feed(random.randbytes(1000).replace(b"\r", b"").replace(b"\0", b""))
        assert len(framer._pending) <= led_nanhua.LONGEST_FRAME
    assert framer.feed(b"".join(damaged))
