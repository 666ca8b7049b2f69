"""The faces take every golden frame that a host sends, and say the golden frames that a device says."""

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"
FILES = {"nanhua-nha-506i": "dialect_503.json", "xincheng-bntd": "bntd.json", "elm327": "elm327.json"}
WIRES = {"nanhua-nha-506i": "gas", "xincheng-bntd": "dyno", "elm327": "obd"}


def frames(device: str, direction: str) -> list[bytes]:
    vectors = json.loads((VECTORS / FILES[device]).read_text())
    return [
        bytes.fromhex(each["hex"]) for each in vectors if device in each["devices"] and each["direction"] == direction
    ]


def from_host() -> list[Any]:
    return [
        pytest.param(device, frame, id=f"{device}-{frame.hex()}")
        for device in FILES
        for frame in frames(device, "to_device")
    ]


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize(("device", "frame"), from_host())
def test_each_golden_request_is_understood_in_any_chunking(host: Any, device: str, frame: bytes, size: int) -> None:
    host.car("clean_petrol")
    wire = host.lane.wires[WIRES[device]]
    wire.take()
    for at in range(0, len(frame), size):
        wire.receive(frame[at : at + size])
    if device == "xincheng-bntd":
        assert host.lane.dyno_face._framer._pending == b"", "the command was taken whole"
        return
    if device == "elm327":
        host.wait(1.0)
    said = wire.take()
    assert said
    assert not said.endswith((b"?\r\r>", b"\x15"))


def test_the_scan_tool_says_the_golden_answers(host: Any) -> None:
    golden = frames("elm327", "from_device")
    host.car("clean_petrol")
    spoken = [host.type(line) for line in ("ATE0", "ATZ", "ATE0", "ATL0", "ATH1", "ATS0", "ATSP0", "0100", "0902")]
    host.type("ATS1")
    spoken += [host.type("ATH0"), host.type("0902")]
    host.lane.turn_key("off")
    spoken += [host.type("010C"), host.type("ATSP0"), host.type("0100").removeprefix("SEARCHING...\r")]
    said = {text.encode() for text in spoken}
    unsaid = [frame for frame in golden if frame not in said]
    # What is left shows one given engine speed; its digits are compared in the next test.
    assert all(b"0C26C0" in frame.replace(b" ", b"") for frame in unsaid)
    assert len(said & set(golden)) >= 7


def test_engine_speed_is_written_as_in_the_golden_answer(host: Any) -> None:
    car = host.car("clean_petrol")
    for line in ("ATE0", "ATH1", "ATSP6"):
        host.type(line)
    car.engine_rpm = 2480.0
    wire = host.lane.wires["obd"]
    wire.receive(b"010C\r")
    assert wire.take() == b"7E8 04 41 0C 26 C0 \r"
