"""The wire faces of the NOx analysers: golden frames, a diesel's exhaust, work that lasts, and faults."""

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.mqw_510x import (
    MQW_5101,
    MQW_5102,
    Action,
    DataAndStatus,
    Done,
    Model,
    Refused,
    Status,
    decode_reply,
    decode_request,
    encode_request,
)
from protocols.values_mqw_510x import Data5101, Data5102
from simulators.diesel import NO_SHARE
from simulators.station import STEP_S, SimulatedLane

MODELS = {"mingquan-mqw-5101": MQW_5101, "mingquan-mqw-5102": MQW_5102}
VECTORS = json.loads((Path(__file__).parents[1] / "vectors/mqw_510x.json").read_text(encoding="utf-8"))
NO_NOISE_PPM = 6.0


def frames(device: str, direction: str) -> list[bytes]:
    return [bytes.fromhex(v["hex"]) for v in VECTORS if device in v["devices"] and v["direction"] == direction]


def wait(lane: SimulatedLane, seconds: float) -> None:
    for _ in range(round(seconds / STEP_S)):
        lane.step()


def ask(lane: SimulatedLane, action: Action, model: Model = MQW_5102) -> Any:
    wire = lane.wires["nox"]
    wire.take()
    wire.receive(encode_request(model, action))
    return decode_reply(model, action, wire.take())


def words(lane: SimulatedLane) -> frozenset[str]:
    reply = ask(lane, Action.READ_STATUS, MQW_5101)
    assert isinstance(reply, Status)
    return MQW_5101.words(reply)


def diesel(device: str) -> SimulatedLane:
    lane = SimulatedLane(3, [device])
    lane.drive_on("smoky_diesel")
    wait(lane, 4.0)
    lane.hold_probe(True, "nox")
    return lane


@pytest.fixture
def older() -> SimulatedLane:
    return diesel("mingquan-mqw-5101")


@pytest.fixture
def newer() -> SimulatedLane:
    return diesel("mingquan-mqw-5102")


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("device", MODELS)
def test_each_golden_question_is_answered_in_any_chunking(device: str, size: int) -> None:
    asked = frames(device, "to_device")
    for frame in asked:
        wire = SimulatedLane(2, [device]).wires["nox"]
        for at in range(0, len(frame), size):
            wire.receive(frame[at : at + size])
        action = decode_request(MODELS[device], frame).action
        assert not isinstance(decode_reply(MODELS[device], action, wire.take()), Refused)
    assert len(asked) >= 20


@pytest.mark.parametrize("device", MODELS)
def test_a_face_says_the_golden_words_of_its_state(device: str) -> None:
    model, lane, said = MODELS[device], SimulatedLane(2, [device]), set()

    def hear(action: Action) -> None:
        lane.wires["nox"].receive(encode_request(model, action))
        said.add(lane.wires["nox"].take())

    hear(Action.PUMP_SAMPLE)
    for action in (Action.ZERO, Action.READ_STATUS, Action.ZERO):
        hear(action)
    hear(Action.STOP)
    hear(Action.READ_STATUS)
    hear(Action.LEAK_CHECK)
    hear(Action.READ_STATUS)
    lane.nox_line.power_cut()
    hear(Action.READ_STATUS)
    golden = set(frames(device, "from_device"))
    assert len(said & golden) >= (6 if device == "mingquan-mqw-5101" else 5)


def test_behind_a_converter_it_shows_all_nitrogen_oxides_and_carbon_dioxide(newer: SimulatedLane) -> None:
    assert ask(newer, Action.PUMP_SAMPLE) == Done(Action.PUMP_SAMPLE)
    wait(newer, 15.0)
    car, data = newer.vehicle, ask(newer, Action.READ_DATA)
    assert car is not None
    assert isinstance(data, Data5102)
    assert data.no_ppm == pytest.approx(car.nox_ppm, abs=NO_NOISE_PPM)
    assert data.co2_pct == pytest.approx(car.exhaust.co2_pct, abs=0.1)
    assert data.engine_rpm == pytest.approx(car.engine_rpm, abs=30.0)
    assert newer.state()["nox_pump"] == "sample"


def test_without_one_it_shows_the_part_that_is_no(older: SimulatedLane) -> None:
    ask(older, Action.PUMP_SAMPLE, MQW_5101)
    wait(older, 15.0)
    both = ask(older, Action.READ_DATA_AND_STATUS, MQW_5101)
    assert isinstance(both, DataAndStatus)
    assert older.vehicle is not None
    assert both.data.no_ppm == pytest.approx(NO_SHARE * older.vehicle.nox_ppm, abs=NO_NOISE_PPM)
    assert MQW_5101.words(both.status) == {"pumping_sample"}
    assert both.data.pressure_kpa == older.line.air.pressure_kpa
    assert both.data.line_pressure_kpa < both.data.pressure_kpa


def test_the_hose_delays_what_the_engine_does(newer: SimulatedLane) -> None:
    ask(newer, Action.PUMP_SAMPLE)
    wait(newer, 15.0)
    idle = ask(newer, Action.READ_DATA).no_ppm
    newer.snap(hold_s=4.0)
    wait(newer, 3.0)
    assert newer.vehicle is not None
    assert ask(newer, Action.READ_DATA).no_ppm == pytest.approx(idle, abs=2 * NO_NOISE_PPM)
    wait(newer, 5.0)
    assert ask(newer, Action.READ_DATA).no_ppm > idle + 30.0


def test_a_lost_probe_shows_in_the_carbon_dioxide(newer: SimulatedLane) -> None:
    ask(newer, Action.PUMP_SAMPLE)
    wait(newer, 15.0)
    assert ask(newer, Action.READ_DATA).co2_pct > 1.0
    newer.hold_probe(False, "nox")
    wait(newer, 15.0)
    assert ask(newer, Action.READ_DATA).co2_pct < 0.2
    newer.leave()
    assert newer.state()["nox_probe_in"] is False


def test_work_shows_in_the_status_until_it_ends(older: SimulatedLane) -> None:
    assert ask(older, Action.ZERO, MQW_5101) == Done(Action.ZERO)
    assert words(older) == {"zeroing", "busy"}
    assert ask(older, Action.PUMP_SAMPLE, MQW_5101) == Refused(0x10)
    wait(older, 7.0)
    assert words(older) == set()
    assert abs(ask(older, Action.READ_DATA, MQW_5101).no_ppm) < NO_NOISE_PPM


def test_a_leak_check_tells_its_result_and_forgets_the_last_one(older: SimulatedLane) -> None:
    ask(older, Action.LEAK_CHECK, MQW_5101)
    assert words(older) == {"leak_check", "busy"}
    wait(older, 9.0)
    assert words(older) == {"leak_tight"}
    older.fault("nox", "leak")
    ask(older, Action.LEAK_CHECK, MQW_5101)
    assert words(older) == {"leak_check", "busy"}
    wait(older, 9.0)
    assert words(older) == set()


def test_a_stop_ends_what_is_going_on(older: SimulatedLane) -> None:
    ask(older, Action.LEAK_CHECK, MQW_5101)
    assert ask(older, Action.STOP, MQW_5101) == Done(Action.STOP)
    wait(older, 9.0)
    assert words(older) == set()


def test_after_a_power_cut_it_warms_up_and_refuses_meanwhile(newer: SimulatedLane) -> None:
    newer.fault("nox", "power_cut")
    status = ask(newer, Action.READ_STATUS)
    assert MQW_5102.words(status) == {"warming"}
    assert ask(newer, Action.PUMP_SAMPLE) == Refused(0x10)
    assert ask(newer, Action.SKIP_WARM_UP) == Done(Action.SKIP_WARM_UP)
    assert ask(newer, Action.PUMP_SAMPLE) == Done(Action.PUMP_SAMPLE)


def test_faults_of_pump_and_cell_show(older: SimulatedLane) -> None:
    older.fault("nox", "low_flow")
    assert words(older) == {"low_flow"}
    older.clear()
    older.fault("nox", "stuck")
    ask(older, Action.PUMP_SAMPLE, MQW_5101)
    shown = ask(older, Action.READ_DATA, MQW_5101)
    wait(older, 15.0)
    assert isinstance(shown, Data5101)
    assert ask(older, Action.READ_DATA, MQW_5101).no_ppm == shown.no_ppm
    older.clear()
    older.fault("nox", "busy")
    ask(older, Action.STOP, MQW_5101)
    ask(older, Action.ZERO, MQW_5101)
    wait(older, 30.0)
    assert "zeroing" in words(older)
    older.clear()
    wait(older, 7.0)
    assert words(older) == set()


def test_a_damaged_request_gets_no_answer_and_half_of_one_is_forgotten(newer: SimulatedLane) -> None:
    wire = newer.wires["nox"]
    wire.receive(bytes.fromhex("05 10 03 E9"))
    assert wire.take() == b""
    wire.receive(bytes.fromhex("05 58 03 A0"))
    assert wire.take() == bytes.fromhex("15 58 03 90"), "what it does not do, it refuses"
    wire.receive(b"\x05\x10")
    wait(newer, 0.6)
    wire.receive(bytes.fromhex("05 16 03 E2"))
    assert wire.take() == bytes.fromhex("06 16 03 E1")
