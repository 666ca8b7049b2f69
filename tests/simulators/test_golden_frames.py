"""The faces take every golden frame that a host sends, and say the golden frames that a device says."""

import json
from pathlib import Path
from typing import Any

import pytest

from protocols import nht, smoke
from simulators.devices import DEVICE_IDS
from simulators.station import SimulatedLane

VECTORS = Path(__file__).parents[1] / "vectors"
FILES = {"nanhua-nha-506i": "dialect_503.json", "xincheng-bntd": "bntd.json", "elm327": "elm327.json"}
WIRES = {"nanhua-nha-506i": "gas", "xincheng-bntd": "dyno", "elm327": "obd"}
OPACIMETERS = {"nanhua-nht-6": nht.NHT_6, "nanhua-nht-1": nht.NHT_1, "nanhua-nht-1l": nht.NHT_1L}
FILES |= dict.fromkeys(OPACIMETERS, "nht.json")
TACHOMETERS = ("nanhua-rpm-5300", "mingquan-mqz-3")
FILES |= dict.fromkeys(TACHOMETERS, "rpm_digits.json") | {"nanhua-led": "led_nanhua.json"}


def frames(device: str, direction: str) -> list[bytes]:
    vectors = json.loads((VECTORS / FILES[device]).read_text())
    return [
        bytes.fromhex(each["hex"]) for each in vectors if device in each["devices"] and each["direction"] == direction
    ]


def from_host() -> list[Any]:
    return [
        pytest.param(device, frame, id=f"{device}-{frame.hex()}")
        for device in WIRES
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


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("device", OPACIMETERS)
def test_each_golden_question_to_an_opacimeter_is_answered_in_any_chunking(device: str, size: int) -> None:
    model, asked = OPACIMETERS[device], frames(device, "to_device")
    for frame in asked:
        wire = SimulatedLane(2, [device]).wires["opacity"]
        for at in range(0, len(frame), size):
            wire.receive(frame[at : at + size])
        request = nht.decode_request(model, frame)
        reply = nht.decode_reply(model, request.action, wire.take())
        # Its own acceleration results are the one thing that this simulation does not have.
        assert isinstance(reply, smoke.Refused) == (request.action is smoke.Action.READ_RESULTS)
    assert len(asked) >= 8


@pytest.mark.parametrize("device", OPACIMETERS)
def test_an_opacimeter_says_the_golden_answers(device: str) -> None:
    model, golden, said = OPACIMETERS[device], frames(device, "from_device"), set()
    lane = SimulatedLane(2, [device])
    lane.smoke.n_pct, lane.smoke.k_per_m, lane.smoke.engine_rpm = 35.2, 1.01, 2480.0
    lane.smoke.n_max_pct, lane.smoke.k_max_per_m, lane.smoke.rpm_max = 61.2, 2.2, 3650.0
    lane.opacity_face._engine = lambda: (2480.0, 85.0)

    def ask(action: smoke.Action, state: str | None = None) -> None:
        wire = lane.wires["opacity"]
        wire.receive(nht.encode_request(model, action, state))
        said.add(wire.take())

    for action in (smoke.Action.READ, smoke.Action.READ_MAXIMA, smoke.Action.CLEAR_MAXIMA, smoke.Action.READ_ALARMS):
        ask(action)
    ask(smoke.Action.SET_STATE, "measuring")
    lane.smoke.power_cut()
    ask(smoke.Action.READ_STATE)
    ask(smoke.Action.READ)
    ask(smoke.Action.ABORT_WARM_UP)
    ask(smoke.Action.ZERO)
    ask(smoke.Action.READ_STATE)
    assert len(said & set(golden)) >= 8


def _still(mu: float = 0.0, sigma: float = 1.0) -> float:
    return mu


@pytest.mark.parametrize("device", TACHOMETERS)
def test_a_tachometer_says_the_golden_counts(device: str) -> None:
    lane = SimulatedLane(2, [device])
    lane.rpm_face._random.gauss = _still  # type: ignore[method-assign]
    said = set()
    for rpm in (850.0, 2480.0, 0.0, 12_000.0):
        lane.rpm_face._engine_rpm = lambda rpm=rpm: rpm  # type: ignore[misc]
        for _ in range(5):
            lane.step()
        said.add(lane.wires[DEVICE_IDS[device]].take())
    assert said == set(frames(device, "from_device"))


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_panel_shows_the_golden_lines_in_any_chunking(size: int) -> None:
    lane = SimulatedLane(2, ["nanhua-led"])
    shown = []
    for frame in frames("nanhua-led", "to_device"):
        for at in range(0, len(frame), size):
            lane.wires["led"].receive(frame[at : at + size])
        shown.append([text for text in lane.led_face.lines if text])
    assert shown == [["京A12345"], ["加速至 25km/h"], ["加速至 25km/h"], ["京A12345", "检测中"]]
