"""SAE J1939: identifiers, transport both ways, diagnostic messages and signals, against golden frames and any bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import j1939, j1939_codes, j1939_dm, j1939_signals, j1939_tp
from protocols.can_frame import CanFrame
from protocols.captured import Captured
from protocols.errors import FrameError
from protocols.explain_j1939 import explain_j1939
from protocols.j1939_codes import Code
from protocols.j1939_hearing import ALL_MS, ONE_MS, Hearing
from protocols.j1939_tp import BAM, RTS, T1_MS, Aborted, Announcement, Leave, Message, Receiver, Sending

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/j1939.json").read_text("utf-8"))
ENGINE, TOOL = 0x00, j1939.TOOL
codes = st.builds(Code, st.integers(1, 0x7FFFE), st.integers(0, 31), st.none() | st.integers(0, 126))
lamps = st.fixed_dictionaries({name: st.none() | st.booleans() for name in ("mil", "red", "amber", "protect")})


def from_hex(text: str) -> bytes:
    return bytes.fromhex(text)


def written(pgn: int, data: bytes) -> bytes:
    """Write again what was read."""
    match pgn:
        case j1939.REQUEST:
            return j1939.pgn_bytes(j1939.decode_request(data))
        case j1939.ACKNOWLEDGEMENT:
            return j1939.encode_acknowledgement(j1939.decode_acknowledgement(data))
        case j1939.TRANSPORT:
            return j1939_tp.encode_control(j1939_tp.decode_control(data))
        case j1939.DM5:
            return j1939_dm.encode_readiness(j1939_dm.decode_readiness(data))
        case j1939.DM19:
            return j1939_dm.encode_calibrations(j1939_dm.decode_calibrations(data))
        case j1939.DM20:
            return j1939_dm.encode_performance(j1939_dm.decode_performance(data))
        case j1939.DM21:
            return j1939_dm.encode_since(j1939_dm.decode_since(data))
        case j1939.VIN:
            return j1939_dm.encode_vin(j1939_dm.decode_vin(data))
        case pgn if pgn in j1939_signals.GROUPS:
            return j1939_signals.encode(pgn, j1939_signals.decode(pgn, data))
    return j1939_dm.encode_faults(j1939_dm.decode_faults(data))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["meaning"])
def test_a_golden_frame_writes_back_to_the_same_bytes(vector: dict[str, Any]) -> None:
    can_id, data = int(vector["can_id"], 16), from_hex(vector["hex"])
    header = j1939.decode_id(can_id)
    assert header.can_id == can_id
    if header.pgn == j1939.TRANSPORT_DATA:
        return
    again = written(header.pgn, data)
    # "No code" may stand as zeros or as ones, and unsaid lamps as any of two counts.
    assert again == data or (header.pgn == j1939.DM28 and j1939_dm.decode_faults(again) == j1939_dm.decode_faults(data))


@given(st.integers(0, 0x1FFFFFFF))
def test_every_identifier_reads_and_writes_back(can_id: int) -> None:
    header = j1939.decode_id(can_id)
    assert header.can_id == can_id


@given(lamps, st.lists(codes, max_size=30))
def test_lamps_and_codes_come_back_as_they_were_sent(told: dict[str, bool | None], found: list[Code]) -> None:
    faults = j1939_dm.Faults(told, tuple(found))
    assert j1939_dm.decode_faults(j1939_dm.encode_faults(faults)) == faults


@given(st.binary(max_size=40))
@settings(max_examples=200)
def test_any_bytes_are_explained_or_a_named_error(data: bytes) -> None:
    for pgn in j1939.NAMES:
        header = j1939.Header(pgn, ENGINE)
        try:
            explain_j1939(Captured(data, can_id=header.can_id))
        except FrameError:
            continue


@pytest.mark.parametrize(
    ("pgn", "damaged"),
    [
        (j1939.DM1, "40 FF 90 0C"),
        (j1939.DM1, "40 FF 90 0C 04 03 91 0C"),
        (j1939.DM1, "40 FF 90 0C 04 83 FF FF"),  # packed in one of the three older ways
        (j1939.DM5, "00 00 14 37 E0 1E E0"),
        (j1939.DM19, "96 BF DC 40 50"),
        (j1939.DM20, "FA 05 9C 01 BC 14 1F 84"),
        (j1939.DM21, "E6 00 6E"),
        (j1939.ACKNOWLEDGEMENT, "07 FF FF FF F9 CF FE 00"),
        (j1939.TRANSPORT, "20 12 00 04 FF EC FE 00"),
        (j1939.TRANSPORT, "20 08 00 02 FF EC FE 00"),
        (j1939.REQUEST, "CE FE"),
        (0xFE00, "00 00 00 00 00 00 00 00"),
    ],
)
def test_what_is_damaged_or_not_known_is_refused(pgn: int, damaged: str) -> None:
    with pytest.raises(FrameError):
        explain_j1939(Captured(from_hex(damaged), can_id=j1939.Header(pgn, ENGINE).can_id))


def test_a_frame_without_its_identifier_is_refused() -> None:
    with pytest.raises(FrameError, match="identifier"):
        explain_j1939(Captured(bytes(8)))


@pytest.mark.parametrize("none", ["00 00 00 00", "FF FF FF FF", "00 00 1F 01", "FF FF E4 01"])
def test_there_are_three_ways_to_say_no_code(none: str) -> None:
    assert j1939_codes.decode(from_hex(none)) is None


def test_a_number_that_is_not_available_is_none() -> None:
    told = j1939_signals.decode(j1939.EEC1, from_hex("FF FF FF 00 FB FF FF FF"))
    assert told == {"torque_pct": None, "engine_rpm": None}
    assert j1939_signals.decode(j1939.EEC1, b"\xff") == told
    with pytest.raises(FrameError):
        j1939_signals.encode(j1939.EEC1, {"engine_rpm": 9000.0})


# --- transport --------------------------------------------------------------------------------------------------


def carry(message: bytes, to: int, lost: int | None = None) -> tuple[list[Message], Receiver, Sending]:
    """Let a sender and a receiver talk, time passing; one frame may get lost."""
    sending, receiver, got, sent = Sending(j1939.DM1, message, ENGINE, to, 0.0), Receiver(TOOL), [], 0
    for step in range(4000):
        now_ms = step * 10.0
        for frame in sending.take(now_ms):
            sent += 1
            if sent == lost:
                continue
            found, replies = receiver.hear(frame, now_ms)
            got += [found] if found is not None else []
            for reply in replies:
                sending.hear(j1939_tp.decode_control(reply.data), now_ms)
        if sending.done and not sending._waiting:
            break
    return got, receiver, sending


@given(st.binary(min_size=9, max_size=j1939_tp.LONGEST), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_message_arrives_as_it_was_sent(message: bytes, to_all: bool) -> None:
    to = j1939.GLOBAL if to_all else TOOL
    got, receiver, sending = carry(message, to)
    assert got == [Message(j1939.DM1, ENGINE, to, message)]
    assert (receiver.damage, sending.failed) == ([], None)


@given(st.binary(min_size=9, max_size=200), st.booleans(), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_a_lost_frame_never_makes_a_message(message: bytes, to_all: bool, lost: int) -> None:
    got, receiver, _ = carry(message, j1939.GLOBAL if to_all else TOOL, lost)
    receiver.close()
    frames = len(j1939_tp.packets(message)) + 1
    assert bool(got) == (lost > frames)
    assert lost in (1, *range(frames + 1, 31)) or receiver.damage


@given(st.lists(st.tuples(st.sampled_from([0x1CECFF00, 0x1CEBFF00, 0x1CECF900, 0x1CEBF900]), st.binary(max_size=8))))
@settings(max_examples=100)
def test_any_frames_are_survived(frames: list[tuple[int, bytes]]) -> None:
    receiver = Receiver(TOOL)
    for number, (can_id, data) in enumerate(frames):
        receiver.hear(CanFrame(can_id, data, extended=True), number * 100.0)
    receiver.close()
    assert receiver.until_ms is None


def test_several_units_announce_at_once_and_each_is_put_together() -> None:
    receiver, got = Receiver(TOOL), []
    messages = {source: bytes([source]) * 20 for source in (0x00, 0x3D)}
    streams = [Sending(j1939.DM1, message, source, j1939.GLOBAL, 0.0) for source, message in messages.items()]
    for step in range(40):
        for stream in streams:
            got += [receiver.hear(frame, step * 50.0)[0] for frame in stream.take(step * 50.0)]
    assert {message.source: message.data for message in got if message is not None} == messages


def test_a_transfer_to_another_tool_is_not_ours() -> None:
    receiver = Receiver(TOOL)
    for frame in Sending(j1939.DM19, bytes(20), ENGINE, 0xFA, 0.0).take(0.0):
        assert receiver.hear(frame, 0.0) == (None, [])


def test_leave_is_given_in_blocks_where_the_sender_wants_it() -> None:
    receiver = Receiver(TOOL)
    rts = j1939.frame(j1939.TRANSPORT, j1939_tp.encode_control(Announcement(RTS, 30, j1939.DM19, 2)), ENGINE, TOOL)
    asked = [receiver.hear(rts, 0.0)[1]]
    for data in j1939_tp.packets(bytes(30)):
        asked.append(receiver.hear(j1939.frame(j1939.TRANSPORT_DATA, data, ENGINE, TOOL), 1.0)[1])
    said = [j1939_tp.decode_control(reply.data) for replies in asked for reply in replies]
    assert said[:3] == [Leave(2, 1, j1939.DM19), Leave(2, 3, j1939.DM19), Leave(1, 5, j1939.DM19)]


def test_a_sender_that_gives_up_or_falls_silent_is_noted() -> None:
    receiver = Receiver(TOOL)
    begun = j1939.frame(j1939.TRANSPORT, j1939_tp.encode_control(Announcement(BAM, 20, j1939.DM1)), ENGINE)
    receiver.hear(begun, 0.0)
    assert receiver.until_ms == T1_MS
    receiver.hear(CanFrame(0x18FEF100, bytes(8), extended=True), T1_MS + 1.0)
    rts = j1939.frame(j1939.TRANSPORT, j1939_tp.encode_control(Announcement(RTS, 20, j1939.DM19)), ENGINE, TOOL)
    receiver.hear(rts, 2000.0)
    abort = j1939.frame(j1939.TRANSPORT, j1939_tp.encode_control(Aborted(1, j1939.DM19)), ENGINE, TOOL)
    receiver.hear(abort, 2001.0)
    assert [(pgn, "stops" in why or "gave up" in why) for _, pgn, why in receiver.damage] == [
        (j1939.DM1, True), (j1939.DM19, True),
    ]  # fmt: skip


def test_a_sender_without_leave_or_with_an_abort_stops() -> None:
    for control, why in ((None, "no_leave"), (Aborted(2, j1939.DM19), "aborted")):
        sending = Sending(j1939.DM19, bytes(20), ENGINE, TOOL, 0.0)
        sending.take(0.0)
        if control is not None:
            sending.hear(control, 1.0)
        sending.take(3000.0)
        assert (sending.done, sending.failed) == (True, why)


# --- hearing ----------------------------------------------------------------------------------------------------


def said(pgn: int, data: str, source: int = ENGINE) -> CanFrame:
    return j1939.frame(pgn, from_hex(data), source)


def test_a_hearing_of_one_unit_ends_with_its_answer_or_its_refusal() -> None:
    for last in (said(j1939.DM6, "00 FF 00 00 00 00 FF FF"), said(j1939.ACKNOWLEDGEMENT, "01 FF FF FF F9 CF FE 00")):
        hearing = Hearing(j1939.DM6, 0.0, tool=TOOL, to=ENGINE)
        hearing.hear(said(j1939.EEC1, "FF FF AF 00 4B FF FF FF"), 10.0)
        assert hearing.left_ms(10.0) == ONE_MS - 10.0
        hearing.hear(said(j1939.DM6, "00 FF 00 00 00 00 FF FF", 0x3D), 20.0)
        assert hearing.missing == {ENGINE}
        hearing.hear(last, 30.0)
        assert (hearing.left_ms(30.0), hearing.missing) == (0.0, frozenset())


def test_a_hearing_of_everybody_lasts_its_time_and_notes_who_speaks() -> None:
    hearing = Hearing(j1939.DM5, 0.0, tool=TOOL)
    hearing.hear(said(j1939.DM5, "00 00 14 37 E0 1E E0 1E"), 50.0)
    hearing.hear(said(j1939.EEC1, "FF FF AF 00 4B FF FF FF"), 60.0)
    assert hearing.left_ms(60.0) == ALL_MS - 60.0
    assert hearing.speakers == {ENGINE: {j1939.DM5, j1939.EEC1}}
    hearing.close()
    assert (hearing.damage, list(hearing.answers)) == ([], [ENGINE])


def test_a_refusal_of_another_group_is_no_refusal() -> None:
    hearing = Hearing(j1939.DM6, 0.0, tool=TOOL, to=ENGINE)
    hearing.hear(said(j1939.ACKNOWLEDGEMENT, "01 FF FF FF F9 CE FE 00"), 10.0)
    assert hearing.missing == {ENGINE}
