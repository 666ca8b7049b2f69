"""ISO 27145: its questions and answers both ways, and that nothing damaged or unknown reads as a clean sheet."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import iso_tp, j1979
from protocols.errors import FrameError, ValueRangeError
from protocols.obd_dialects import J1979Dialect, WwhDialect, belongs, live_items, refusal
from protocols.wwh_obd import (
    CONFIRMED,
    J1939_73,
    LIVE_BASE,
    Codes,
    CodesAsked,
    Identifier,
    Record,
    SpokenHere,
    decode_request,
    decode_response,
    encode_by_identifier,
    encode_request,
    encode_response,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/obd_wwh.json").read_text("utf-8"))
letters = st.sampled_from("PCBU")
digits = st.integers(0, 0x3FFF)
codes = st.builds(lambda letter, n, kind: f"{letter}{n:04X}-{kind:02X}", letters, digits, st.integers(0, 255))
records = st.builds(Record, codes, st.integers(0, 255), st.integers(0, 255))


def from_hex(text: str) -> bytes:
    return bytes.fromhex(text)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["meaning"])
def test_a_frame_writes_back_to_the_same_bytes(vector: dict[str, Any]) -> None:
    raw = from_hex(vector["hex"])
    frame = iso_tp.decode_frame(raw)
    assert iso_tp.encode_frame(frame) == raw
    if not isinstance(frame, iso_tp.SingleFrame):
        return
    if vector["direction"] == "to_device":
        assert encode_request(decode_request(frame.data)) == frame.data
        return
    match decode_response(frame.data):
        case Codes() | SpokenHere() as response:
            assert encode_response(response) == frame.data
        case j1979.Live(values):
            assert encode_by_identifier(LIVE_BASE, j1979.encode_live(frame.data[2], values)[1:]) == frame.data
        case response:
            written = j1979.encode_response(response)
            if not isinstance(response, j1979.Refusal):
                written = encode_by_identifier(LIVE_BASE, written[1:])
            assert written == frame.data


@given(st.booleans(), st.lists(records, max_size=20))
def test_codes_come_back_as_they_were_sent(permanent: bool, found: list[Record]) -> None:
    plain = tuple(Record(r.code, r.status, None if permanent else r.severity) for r in found)
    sent = Codes(permanent, plain)
    assert decode_response(encode_response(sent)) == sent


@given(st.binary(max_size=40))
@settings(max_examples=300)
def test_any_bytes_are_an_answer_or_a_named_error(data: bytes) -> None:
    for begin in (b"", b"\x62\xf4", b"\x62\xf8", b"\x59\x42\x33", b"\x59\x55\x33"):
        try:
            decode_response(begin + data)
        except FrameError:
            continue


@pytest.mark.parametrize(
    "damaged",
    [
        "59 42 33 FF 1E 04 02 20 EE 13",  # a code without its status
        "59 42 33 FF 1E 03 02 20 EE 13 08",  # in the format of trailers
        "59 42 01 FF 1E 04 02 20 EE 13 08",  # of another group of functions
        "59 42 33",
        "59 02 33 FF 1E 04",
        "62 F8 02 4C 53 56",
        "62 F8 04 4C 53 56",
        "62 F1 90 4C",
        "62 F8 10 01 02",
        "62 F4 0C 1A",
    ],
)
def test_what_is_damaged_or_not_known_is_refused(damaged: str) -> None:
    with pytest.raises(FrameError):
        decode_response(from_hex(damaged))


def test_codes_of_j1939_are_read_but_not_written() -> None:
    found = decode_response(from_hex("59 42 33 FF 1E 02 02 90 0C 04 08"))
    assert found == Codes(False, (Record("SPN3216 FMI4", 8, 2),), J1939_73)
    with pytest.raises(ValueRangeError):
        encode_response(found)


def test_vehicle_information_bears_no_count() -> None:
    assert decode_response(b"\x62\xf8\x02LSVAA4182E2123456") == j1979.Information(2, ("LSVAA4182E2123456",))
    two = decode_response(b"\x62\xf8\x04" + b"CAL-1".ljust(16, b"\0") + b"CAL-2".ljust(16, b"\0"))
    assert two == j1979.Information(4, ("CAL-1", "CAL-2"))
    assert decode_response(from_hex("62 F8 06 01 02 03 04")) == j1979.Information(6, ("01020304",))
    counters = decode_response(from_hex("62 F8 0B 00 07 00 09"))
    assert isinstance(counters, j1979.Counters)
    assert counters.counts == {"obdcond": 7, "igncntr": 9}
    mask = decode_response(from_hex("62 F8 00 55 40 00 00"))
    assert mask == j1979.decode_response(from_hex("49 00 55 40 00 00"))
    assert mask == j1979.decode_response(from_hex("49 00 01 55 40 00 00"))  # as an older bus numbers its one line


def test_a_question_is_one_of_an_inspection() -> None:
    assert encode_request(CodesAsked(CONFIRMED)) == from_hex("19 42 33 08 1E")
    assert encode_request(Identifier(0xF802)) == from_hex("22 F8 02")
    for other in ("14 FF FF 33", "19 02 08", "19 42 33 08 FF", "22 F8", "22 F8 02 F8 04", "2E F1 90 00", ""):
        with pytest.raises(FrameError):
            decode_request(from_hex(other))


def test_each_dialect_knows_its_answers() -> None:
    plain, wwh = J1979Dialect(can=True), WwhDialect()
    assert live_items(plain.live((0x0C, 0x0D))) == (0x0C, 0x0D)
    assert live_items(wwh.live((0x0C,))) == (0x0C,)
    assert live_items(plain.codes("stored")) == live_items(wwh.information(2)) == ()
    assert belongs(from_hex("41 0D 00 0C 00 00"), plain.live((0x0C, 0x0D)))
    assert not belongs(from_hex("41 05 00"), plain.live((0x0C, 0x0D)))
    assert not belongs(from_hex("41"), plain.live((0x0C,)))
    assert belongs(from_hex("62 F4 0C 00 00"), wwh.live((0x0C,)))
    assert not belongs(from_hex("62 F4 0D 00"), wwh.live((0x0C,)))
    assert belongs(from_hex("59 55 33 FF 04"), wwh.codes("permanent"))
    assert not belongs(from_hex("59 42 33 FF 1E 04"), wwh.codes("permanent"))
    assert refusal(from_hex("7F 22 78"), wwh.live((0x0C,))) == 0x78
    assert refusal(from_hex("7F 01 12"), wwh.live((0x0C,))) is None
