"""The simulated Modbus devices: what they answer, what they refuse, and when they are silent."""

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.modbus import (
    Function,
    Refusal,
    Request,
    Values,
    Written,
    decode_reply,
    encode_request,
    unwrap_rtu,
    unwrap_tcp,
    wrap_rtu,
    wrap_tcp,
)
from protocols.numbers import decode_number
from simulators.sample_line import Air
from simulators.station import SimulatedLane

VECTORS = Path(__file__).parents[1] / "vectors"
DEVICES = ("nanhua-nha-506i", "generic-modbus-dyno", "elm327", "generic-modbus-io", "rz-1")


@pytest.fixture
def lane() -> SimulatedLane:
    return SimulatedLane(seed=5, devices=DEVICES)


def ask(lane: SimulatedLane, wire: str, request: Request, unit: int = 1) -> Any:
    lane.wires[wire].take()
    lane.wires[wire].receive(wrap_rtu(unit, encode_request(request)))
    said = lane.wires[wire].take()
    return decode_reply(unwrap_rtu(said)[1]) if said else None


def write(lane: SimulatedLane, address: int, *words: int) -> Any:
    function = Function.WRITE_REGISTERS if len(words) > 1 else Function.WRITE_REGISTER
    return ask(lane, "dyno", Request(function, address, len(words), words))


def switch(lane: SimulatedLane, address: int, on: bool) -> Any:
    return ask(lane, "io", Request(Function.WRITE_COIL, address, 1, (int(on),)))


def wait(lane: SimulatedLane, seconds: float) -> None:
    for _ in range(round(seconds / 0.02)):
        lane.step()


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_weather_station_says_the_golden_answer_in_any_chunking(lane: SimulatedLane, size: int) -> None:
    golden = [each for each in json.loads((VECTORS / "weather_modbus.json").read_text()) if each["devices"] == ["rz-1"]]
    question, answer = (bytes.fromhex(each["hex"]) for each in golden[:2])
    lane.weather_face.air = Air(25.0, 50.0, 101.2)
    wire = lane.wires["weather"]
    for at in range(0, len(question), size):
        wire.receive(question[at : at + size])
    assert wire.take() == answer


def test_other_units_get_no_answer_and_other_registers_a_refusal(lane: SimulatedLane) -> None:
    assert ask(lane, "weather", Request(Function.READ_INPUT, 0, 4), unit=2) is None
    assert ask(lane, "weather", Request(Function.READ_INPUT, 0, 5)) == Refusal(4, 2)
    assert ask(lane, "weather", Request(Function.READ_HOLDING, 0, 4)) == Refusal(3, 2)
    assert isinstance(ask(lane, "weather", Request(Function.READ_INPUT, 0, 4)), Values)


def test_half_a_question_is_forgotten_after_a_silence(lane: SimulatedLane) -> None:
    question = wrap_rtu(1, encode_request(Request(Function.READ_INPUT, 0, 4)))
    lane.wires["weather"].receive(question[:5])
    wait(lane, 0.1)
    lane.wires["weather"].receive(question)
    assert unwrap_rtu(lane.wires["weather"].take())[0] == 1


def test_over_tcp_the_answer_bears_the_number_of_its_question(lane: SimulatedLane) -> None:
    lane.modbus_dyno_face.speak("tcp")
    asked = wrap_tcp(0xBEEF, 1, encode_request(Request(Function.READ_INPUT, 0, 8)))
    lane.wires["dyno"].receive(asked)
    transaction, unit, pdu = unwrap_tcp(lane.wires["dyno"].take())
    assert (transaction, unit) == (0xBEEF, 1)
    assert isinstance(decode_reply(pdu), Values)


def test_the_dynamometer_holds_the_force_that_was_written(lane: SimulatedLane) -> None:
    lane.drive_on("clean_petrol")
    wait(lane, 4.0)
    assert write(lane, 19, 2) == Written(Function.WRITE_REGISTER, 19, 1, (2,))
    wait(lane, 3.0)
    lane.press_estop(False)
    lane.set_target(25.0)
    wait(lane, 15.0)
    write(lane, 16, 0x43FA, 0)  # 500 N
    write(lane, 18, 2)
    for _ in range(40):
        switch(lane, 0, True)
        wait(lane, 0.1)
    words = ask(lane, "dyno", Request(Function.READ_INPUT, 0, 8)).values
    assert decode_number("f32", "ABCD", words[0:2]) == pytest.approx(25.0, abs=2.0)
    assert decode_number("f32", "ABCD", words[2:4]) == pytest.approx(500.0, abs=15.0)
    assert words[7] == 2
    assert write(lane, 19, 1) == Refusal(6, 6), "the lift does not move over turning rollers"

    wait(lane, 0.5)  # nobody refreshes
    assert not lane.bench.brake.enabled
    assert lane.bench.brake.mode == "force", "the controller still wants to"
    wait(lane, 1.0)
    assert lane.bench.brake.force_n < 10.0


def test_the_dynamometer_holds_the_speed_that_was_written(lane: SimulatedLane) -> None:
    lane.drive_on("clean_diesel")
    wait(lane, 4.0)
    write(lane, 19, 2)
    wait(lane, 3.0)
    lane.full_throttle()
    wait(lane, 40.0)
    write(lane, 20, 0x4270, 0)  # 60 km/h
    write(lane, 18, 1)
    for _ in range(150):
        switch(lane, 0, True)
        wait(lane, 0.1)
    words = ask(lane, "dyno", Request(Function.READ_INPUT, 0, 8)).values
    assert decode_number("f32", "ABCD", words[0:2]) == pytest.approx(60.0, abs=0.5)
    assert words[7] == 1


@pytest.mark.parametrize(("address", "words", "code"), [(18, (9,), 3), (40, (1,), 2), (16, (0x7FC0, 0), 3)])
def test_what_the_dynamometer_cannot_take_is_refused_and_changes_nothing(
    lane: SimulatedLane, address: int, words: tuple[int, ...], code: int
) -> None:
    assert write(lane, address, *words).code == code
    assert (lane.bench.brake.mode, lane.bench.brake.force_setpoint_n) == ("off", 0.0)


def test_the_watchdog_falls_by_its_own_time(lane: SimulatedLane) -> None:
    assert not lane.bench.brake.enabled
    switch(lane, 0, True)
    assert lane.bench.brake.enabled
    wait(lane, 0.28)
    assert lane.bench.brake.enabled
    wait(lane, 0.04)
    assert not lane.bench.brake.enabled
    switch(lane, 0, True)
    switch(lane, 0, False)
    assert not lane.bench.brake.enabled


def test_the_emergency_stop_opens_the_circuit_by_wire(lane: SimulatedLane) -> None:
    switch(lane, 0, True)
    lane.press_estop(True)
    lane.step()
    assert not lane.bench.brake.enabled
    assert ask(lane, "io", Request(Function.READ_INPUT_BITS, 0, 3)).values[:3] == (0, 0, 0)


def test_a_lane_without_the_module_has_its_circuit_bridged() -> None:
    lane = SimulatedLane(seed=5)
    lane.step()
    assert lane.bench.brake.enabled


def test_barriers_are_seen_while_a_car_drives_on(lane: SimulatedLane) -> None:
    lane.drive_on("clean_petrol")
    lane.step()
    assert ask(lane, "io", Request(Function.READ_INPUT_BITS, 0, 3)).values[:3] == (1, 1, 1)
    wait(lane, 4.0)
    assert ask(lane, "io", Request(Function.READ_INPUT_BITS, 0, 3)).values[:3] == (1, 0, 0)


def test_the_module_moves_the_lift_and_the_fan(lane: SimulatedLane) -> None:
    switch(lane, 1, False)
    wait(lane, 3.0)
    assert lane.bench.lift == "down"
    switch(lane, 2, True)
    assert lane.state()["outputs"] == {"watchdog": False, "lift": False, "fan": True}
