"""The wire faces of opacimeter, tachometer and panel, and their faults."""

from typing import Any

import pytest

from protocols import led_nanhua, rpm_digits
from protocols.nht import NHT_1L, NHT_6, Model, decode_reply, encode_request
from protocols.smoke import Action, Alarms, Done, Refused, Smoke, State
from simulators.devices import DEVICE_IDS
from simulators.lane_faults import CannotDoError
from simulators.station import DIESEL_LANE, PETROL_LANE, STEP_S, SimulatedLane


def wait(lane: SimulatedLane, seconds: float) -> None:
    for _ in range(round(seconds / STEP_S)):
        lane.step()


def ask(lane: SimulatedLane, action: Action, state: str | None = None, model: Model = NHT_6) -> Any:
    wire = lane.wires["opacity"]
    wire.take()
    wire.receive(encode_request(model, action, state))
    return decode_reply(model, action, wire.take())


@pytest.fixture
def lane() -> SimulatedLane:
    made = SimulatedLane(3, DIESEL_LANE)
    made.drive_on("smoky_diesel")
    wait(made, 4.0)
    made.hold_probe(True)
    return made


# --- opacimeter -------------------------------------------------------------------------------------------------


def test_it_answers_with_smoke_revolutions_and_oil(lane: SimulatedLane) -> None:
    reply = ask(lane, Action.READ)
    assert isinstance(reply, Smoke)
    assert reply.engine_rpm == pytest.approx(780.0, abs=25.0)
    lane.fault("opacity", "no_oil_probe")
    assert ask(lane, Action.READ).oil_temp_c is None


def test_states_are_set_and_read(lane: SimulatedLane) -> None:
    assert ask(lane, Action.SET_STATE, "menu") == Done(Action.SET_STATE)
    assert ask(lane, Action.READ_STATE) == State("menu")
    assert ask(lane, Action.SET_STATE, "snap_in_use") == Refused(3), "it runs no sequences of its own"
    assert ask(lane, Action.READ_RESULTS) == Refused(3)


def test_after_a_power_cut_it_warms_up_and_refuses_meanwhile(lane: SimulatedLane) -> None:
    lane.fault("opacity", "power_cut")
    assert ask(lane, Action.READ_STATE) == State("warming")
    assert isinstance(ask(lane, Action.READ), Refused)
    wait(lane, 301.0)
    assert ask(lane, Action.READ_STATE) == State("measuring")
    lane.fault("opacity", "power_cut")
    assert ask(lane, Action.ABORT_WARM_UP) == Done(Action.ABORT_WARM_UP)
    assert isinstance(ask(lane, Action.READ), Smoke)


def test_while_it_sets_zero_one_model_says_so_and_the_others_refuse() -> None:
    for device, model, said in (("nanhua-nht-6", NHT_6, Refused(2)), ("nanhua-nht-1l", NHT_1L, State("zeroing"))):
        lane = SimulatedLane(3, [device])
        assert ask(lane, Action.ZERO, model=model) == Done(Action.ZERO)
        assert ask(lane, Action.READ_STATE, model=model) == said
        assert ask(lane, Action.READ, model=model) == Refused(2)
        wait(lane, 3.5)
        assert ask(lane, Action.READ_STATE, model=model) == State("measuring")


def test_a_damaged_or_unknown_request_is_refused_and_half_of_one_forgotten(lane: SimulatedLane) -> None:
    wire = lane.wires["opacity"]
    for request in (b"\xa5\xb5", b"\xee\x12"):
        wire.receive(request)
        assert wire.take()[:1] == b"\x15"
    wire.receive(b"\xa5")
    wait(lane, 0.2)
    wire.receive(b"\xa1\x5f")
    assert wire.take() == bytes.fromhex("A1 01 5E")


def test_its_faults_show_on_the_wire(lane: SimulatedLane) -> None:
    assert ask(lane, Action.READ_ALARMS) == Alarms(0)
    lane.fault("opacity", "alarm")
    assert ask(lane, Action.READ_ALARMS).bits
    lane.fault("opacity", "dirty_windows", for_s=3.0)
    wait(lane, 2.0)
    assert ask(lane, Action.READ).opacity_n_pct > 16.0
    wait(lane, 3.0)
    assert ask(lane, Action.READ).opacity_n_pct < 11.0
    lane.fault("opacity", "stuck")
    stuck = ask(lane, Action.READ)
    lane.snap()
    wait(lane, 2.0)
    assert ask(lane, Action.READ) == stuck
    lane.clear()
    lane.fault("opacity", "busy")
    wait(lane, 30.0)
    assert ask(lane, Action.READ) == Refused(2)
    lane.clear()
    wait(lane, 4.0)
    assert isinstance(ask(lane, Action.READ), Smoke)


# --- tachometer and panel ---------------------------------------------------------------------------------------


def counts(lane: SimulatedLane, seconds: float) -> list[int]:
    lane.wires["rpm"].take()
    wait(lane, seconds)
    framer = rpm_digits.StreamFramer()
    return [each.engine_rpm for each in framer.feed(lane.wires["rpm"].take())]


def test_the_tachometer_speaks_ten_times_a_second_of_the_engine(lane: SimulatedLane) -> None:
    found = counts(lane, 2.0)
    assert len(found) == 20
    assert all(abs(rpm - 780) < 40 for rpm in found)
    assert len(set(found)) > 1


def test_without_signal_or_engine_it_says_nought(lane: SimulatedLane) -> None:
    lane.fault("rpm", "no_signal")
    assert set(counts(lane, 1.0)) == {0}
    lane.clear()
    lane.turn_key("off")
    wait(lane, 3.0)
    assert set(counts(lane, 1.0)) == {0}


def test_a_stuck_tachometer_repeats_itself(lane: SimulatedLane) -> None:
    counts(lane, 1.0)
    lane.fault("rpm", "stuck")
    lane.rev(2500.0)
    assert len(set(counts(lane, 4.0))) == 1


def test_the_panel_shows_what_is_meant_for_it_and_says_nothing(lane: SimulatedLane) -> None:
    wire = lane.wires["led"]
    for panel, line, text in ((0, 1, "京A12345"), (1, 2, "请加速"), (2, 2, "别处")):
        wire.receive(led_nanhua.encode(led_nanhua.Line(panel, line, led_nanhua.Mode.CENTRE, text)))
    assert lane.state()["led"] == ["京A12345", "请加速"]
    wire.receive(led_nanhua.encode(led_nanhua.Line(1, 1, led_nanhua.Mode.CENTRE, "")))
    assert lane.state()["led"] == ["请加速"]
    wait(lane, 1.0)
    assert wire.take() == b""


# --- the lane's choice of devices -------------------------------------------------------------------------------


def test_a_lane_has_the_devices_that_it_is_given() -> None:
    assert list(SimulatedLane().wires) == ["gas", "dyno", "obd"]
    assert list(SimulatedLane(devices=DIESEL_LANE).wires) == ["gas", "dyno", "obd", "opacity", "nox", "rpm", "led"]
    assert list(SimulatedLane(devices=["mingquan-mqz-3"]).wires) == ["rpm"]
    assert set(PETROL_LANE) < set(DIESEL_LANE) <= set(DEVICE_IDS)


def test_a_device_that_is_not_there_or_has_no_place_is_named() -> None:
    with pytest.raises(CannotDoError, match="no simulated 'toaster'"):
        SimulatedLane(devices=["toaster"])
    with pytest.raises(CannotDoError, match="want the same place 'opacity'"):
        SimulatedLane(devices=["nanhua-nht-6", "nanhua-nht-1"])
    with pytest.raises(CannotDoError, match="no fault"):
        SimulatedLane().fault("opacity", "stuck")


def test_the_probes_are_held_together_or_one_by_one_and_leave_with_the_car(lane: SimulatedLane) -> None:
    lane.hold_probe(False, "gas")
    assert (lane.line.probe_in, lane.smoke.probe_in, lane.nox_line.probe_in) == (False, True, True)
    lane.hold_probe(False, "nox")
    assert (lane.smoke.probe_in, lane.nox_line.probe_in) == (True, False)
    with pytest.raises(CannotDoError, match="'oil'"):
        lane.hold_probe(True, "oil")
    lane.leave()
    assert not lane.smoke.probe_in
