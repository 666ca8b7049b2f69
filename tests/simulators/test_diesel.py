"""A diesel on the lane: snaps, full throttle against the brake, and the verdict that each preset promises."""

from math import log
from typing import Any

import pytest

from protocols.bntd import Order
from protocols.nht import NHT_6, decode_reply, encode_request
from protocols.smoke import Action, Maxima, Smoke
from simulators.lane_faults import CannotDoError
from simulators.presets import PRESETS
from simulators.snaps import Snap
from simulators.station import DIESEL_LANE, STEP_S, SimulatedLane
from simulators.vehicle import Vehicle

K_LIMIT_PER_M, NOX_LIMIT_PPM, POWER_SHARE = 1.2, 1500.0, 0.40
"""GB 3847-2018, limit set a."""
LAST_BLOW_OUT, SNAPS = 3, 6


class Scene:
    """A lane with everything, one diesel, and a host that asks the opacimeter."""

    def __init__(self, preset: str) -> None:
        self.lane = SimulatedLane(5, DIESEL_LANE)
        self.lane.drive_on(preset)
        self.wait(4.0)
        self.lane.hold_probe(True, "opacity")
        assert self.lane.vehicle is not None
        self.car: Vehicle = self.lane.vehicle

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.lane.step()

    def ask(self, action: Action) -> Any:
        wire = self.lane.wires["opacity"]
        wire.take()
        wire.receive(encode_request(NHT_6, action))
        return decode_reply(NHT_6, action, wire.take())

    def k_per_m(self) -> float:
        reply = self.ask(Action.READ)
        assert isinstance(reply, Smoke)
        return -log(1.0 - reply.opacity_n_pct / 100.0) / 0.430

    def snap(self, **options: float) -> Maxima:
        self.ask(Action.CLEAR_MAXIMA)
        self.lane.snap(**options)
        self.wait(12.0)
        maxima = self.ask(Action.READ_MAXIMA)
        assert isinstance(maxima, Maxima)
        return maxima

    def order(self, order: Order, value: float = 0.0) -> None:
        from protocols.bntd import encode_command

        self.lane.wires["dyno"].receive(encode_command(order, value))

    def floor(self) -> None:
        """Lower the lift and go to full throttle in the gear for it."""
        self.order(Order.LIFT_DOWN)
        self.wait(3.0)
        self.lane.full_throttle()
        self.wait(45.0)

    def scan(self, kmh_per_s: float) -> tuple[float, float]:
        """Slow the rollers by the brake until power is past its best; return that power and its speed."""
        bench, best_kw, best_kmh = self.lane.bench, 0.0, 0.0
        goal = bench.speed_kmh
        self.order(Order.SET_SPEED_KMH, goal)
        self.order(Order.START_SPEED)
        while bench.speed_kmh > 0.8 * best_kmh or not best_kmh:
            goal -= kmh_per_s * 0.1
            self.order(Order.SET_SPEED_KMH, goal)
            self.wait(0.1)
            if bench.total_power_kw > best_kw:
                best_kw, best_kmh = bench.total_power_kw, bench.speed_kmh
        return best_kw, best_kmh

    def hold(self, speed_kmh: float) -> tuple[float, float]:
        """Hold a speed with the brake; return mean k and NOx of nine seconds after it has settled."""
        self.order(Order.SET_SPEED_KMH, speed_kmh)
        self.wait(9.0)
        ks, nox = [], []
        for _ in range(90):
            self.wait(0.1)
            assert abs(self.lane.bench.speed_kmh - speed_kmh) < 0.5
            ks.append(self.k_per_m())
            nox.append(self.car.nox_ppm)
        return sum(ks) / len(ks), sum(nox) / len(nox)


# --- free acceleration ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("preset", "passes"), [("clean_diesel", True), ("smoky_diesel", False), ("weak_diesel", True)])
def test_free_acceleration_ends_as_the_preset_promises(preset: str, passes: bool) -> None:
    scene = Scene(preset)
    peaks = [scene.snap() for _ in range(SNAPS)]
    measured = [-log(1.0 - peak.opacity_n_pct / 100.0) / 0.430 for peak in peaks[LAST_BLOW_OUT:]]
    mean = sum(measured) / len(measured)
    assert mean < 0.8 * K_LIMIT_PER_M if passes else mean > 1.5 * K_LIMIT_PER_M
    assert max(measured) - min(measured) < 0.1
    assert all(peak.engine_rpm > 0.93 * scene.car.top_rpm for peak in peaks)


def test_the_first_snap_blows_out_what_lies_in_the_pipe() -> None:
    scene = Scene("smoky_diesel")
    peaks = [scene.snap().opacity_k_per_m for _ in range(3)]
    assert peaks[0] > peaks[1] + 0.1
    assert peaks[1] == pytest.approx(peaks[2], abs=0.1)


def test_between_snaps_engine_and_smoke_come_back_to_idle() -> None:
    scene = Scene("smoky_diesel")
    scene.snap()
    assert scene.car.engine_rpm == pytest.approx(scene.car.data.idle_rpm, abs=25.0)
    assert scene.k_per_m() < 0.2
    assert not scene.lane.state()["snapping"]


def test_a_snap_is_up_in_about_a_second_and_held_until_the_governor_cuts_off() -> None:
    scene = Scene("clean_diesel")
    scene.lane.snap(hold_s=2.0)
    speeds, pedals = [], []
    while scene.lane.driver is not None and scene.lane.driver.snap is not None:
        scene.lane.step()
        speeds.append(scene.car.engine_rpm)
        pedals.append(scene.car.throttle)
    assert pedals[round(0.5 / STEP_S)] == 1.0
    assert 0.6 < next(n for n, rpm in enumerate(speeds) if rpm > 3300.0) * STEP_S < 1.5
    assert sum(rpm > 3300.0 for rpm in speeds) * STEP_S == pytest.approx(2.1, abs=0.3)
    assert max(speeds) < scene.car.top_rpm


@pytest.mark.parametrize("options", [{"until_rpm": 2000.0, "hold_s": 0.0}, {"press_s": 6.0}])
def test_a_lazy_foot_shows_less_smoke_or_less_speed(options: dict[str, float]) -> None:
    scene = Scene("smoky_diesel")
    whole = scene.snap()
    lazy = scene.snap(**options)
    assert lazy.opacity_k_per_m < 0.8 * whole.opacity_k_per_m
    if "until_rpm" in options:
        assert lazy.engine_rpm < 2800.0


def test_an_engine_that_dies_ends_the_snap() -> None:
    scene = Scene("clean_diesel")
    scene.lane.snap()
    scene.wait(0.5)
    scene.lane.stall()
    scene.wait(1.0)
    assert scene.lane.driver is not None
    assert scene.lane.driver.snap is None
    assert scene.car.smoke_k_per_m == 0.0


def test_nobody_snaps_while_the_rollers_turn() -> None:
    scene = Scene("clean_diesel")
    scene.floor()
    with pytest.raises(CannotDoError, match="rollers turn"):
        scene.lane.snap()


def test_a_petrol_car_can_be_trodden_too() -> None:
    car = Vehicle(PRESETS["clean_petrol"])
    car.turn_key("running")
    snap, highest = Snap(hold_s=0.5), 0.0
    while not snap.over:
        snap.step(STEP_S, car)
        car.step(STEP_S, 0.0)
        highest = max(highest, car.engine_rpm)
    assert highest > 0.9 * car.data.rated_rpm
    assert car.smoke_k_per_m == 0.0


# --- lug-down ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "strong", "clean"),
    [("clean_diesel", True, True), ("smoky_diesel", True, False), ("weak_diesel", False, True)],
)
@pytest.mark.parametrize("kmh_per_s", [1.0, 2.0])
def test_lug_down_ends_as_the_preset_promises(preset: str, strong: bool, clean: bool, kmh_per_s: float) -> None:
    scene = Scene(preset)
    scene.floor()
    diesel = scene.car.data.diesel
    assert diesel is not None
    power_kw, speed_kmh = scene.scan(kmh_per_s)
    share = power_kw / diesel.rated_power_kw
    assert 0.6 < share < 1.1 if strong else share < 0.9 * POWER_SHARE
    k100, _ = scene.hold(speed_kmh)
    k80, nox80 = scene.hold(0.8 * speed_kmh)
    for k in (k100, k80):
        assert k < 0.5 * K_LIMIT_PER_M if clean else k > 1.5 * K_LIMIT_PER_M
    assert 300.0 < nox80 < 0.7 * NOX_LIMIT_PPM


def test_full_throttle_is_held_in_the_gear_nearest_to_seventy() -> None:
    scene = Scene("clean_diesel")
    scene.floor()
    state = scene.lane.state()
    assert (state["pedal"], state["full_throttle_gear"]) == (1.0, 4)
    assert scene.car.gear == 4
    assert 65.0 < scene.lane.bench.speed_kmh < 75.0
    scene.lane.full_throttle(on=False)
    scene.wait(1.0)
    assert scene.car.throttle == 0.0
    with pytest.raises(CannotDoError, match="gears 1 to 5"):
        scene.lane.full_throttle(gear=9)


def test_the_governor_gives_nothing_at_the_top_and_all_at_rated_speed() -> None:
    scene = Scene("clean_diesel")
    scene.floor()
    idle_kw = scene.lane.bench.total_power_kw
    scene.order(Order.SET_SPEED_KMH, 64.0)
    scene.order(Order.START_SPEED)
    scene.wait(12.0)
    assert scene.lane.bench.total_power_kw > 10.0 * idle_kw
    assert scene.lane.bench.speed_kmh == pytest.approx(64.0, abs=0.3)
    assert scene.car.engine_rpm == pytest.approx(3136.0, abs=30.0)


@pytest.mark.parametrize(
    ("setpoint", "start", "value"),
    [(Order.SET_POWER_KW, Order.START_POWER, 25.0), (Order.SET_FORCE_N, Order.START_FORCE, 900.0)],
)
def test_power_and_force_control_find_their_balance_at_full_throttle(
    setpoint: Order, start: Order, value: float
) -> None:
    scene = Scene("clean_diesel")
    scene.floor()
    scene.order(setpoint, value)
    scene.order(start)
    scene.wait(15.0)
    bench = scene.lane.bench
    brake_kw = bench.brake.force_n * bench.speed_kmh / 3600.0
    assert (brake_kw if setpoint is Order.SET_POWER_KW else bench.brake.force_n) == pytest.approx(value, rel=0.02)
    assert bench.speed_kmh > 60.0


def test_a_brake_that_asks_too_much_power_lugs_the_engine_until_it_dies() -> None:
    scene = Scene("weak_diesel")
    scene.floor()
    scene.order(Order.SET_FORCE_N, 2500.0)
    scene.order(Order.START_FORCE)
    scene.wait(30.0)
    assert not scene.car.running
    assert scene.lane.bench.speed_kmh < 5.0


# --- what the other devices see ---------------------------------------------------------------------------------


def test_every_wire_tells_of_the_same_engine() -> None:
    scene = Scene("clean_diesel")
    scene.lane.rev(2500.0)
    scene.wait(6.0)
    smoke = scene.ask(Action.READ)
    scene.lane.wires["rpm"].take()
    scene.wait(0.1)
    counted = float(scene.lane.wires["rpm"].take()[:4])
    assert smoke.engine_rpm == pytest.approx(2500.0, abs=60.0)
    assert counted == pytest.approx(smoke.engine_rpm, abs=30.0)
    assert smoke.oil_temp_c > 80.0


def test_diesel_exhaust_has_air_left_and_more_nox_under_load() -> None:
    scene = Scene("clean_diesel")
    idle = scene.car.exhaust
    idle_nox = scene.car.nox_ppm
    scene.floor()
    scene.order(Order.SET_SPEED_KMH, 60.0)
    scene.order(Order.START_SPEED)
    scene.wait(15.0)
    full = scene.car.exhaust
    assert 2.0 < idle.co2_pct < 5.0
    assert 8.0 < full.co2_pct < 12.0
    assert full.o2_pct > 4.0
    assert scene.car.nox_ppm > 3.0 * idle_nox
    assert full.no_ppm == pytest.approx(0.92 * scene.car.nox_ppm)


def test_its_control_unit_watches_what_a_diesel_has() -> None:
    from protocols.j1979 import MonitorStatus, decode_response
    from simulators.ecu import ControlUnits

    scene = Scene("clean_diesel")
    units = ControlUnits(scene.car)
    status = decode_response(units.ask(b"\x01\x01")[0].message)
    assert isinstance(status, MonitorStatus)
    assert status.ignition == "compression"
    assert status.monitors["pm_filter"] is True
    assert units.ask(b"\x01\x14") == units.ask(b"\x01\x44") == []
    assert units.ask(b"\x01\x51")[0].message == b"\x41\x51\x04"
