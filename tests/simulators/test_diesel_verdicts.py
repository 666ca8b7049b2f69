"""Each diesel preset ends in the verdict that its name promises: judged by the core from what the wires say.

The driver does what a screen would ask for, from the highest engine speed in neutral to the last second at 80 %.
"""

import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from lanectl.core.methods import open_trial
from lanectl.core.second import SecondMaker
from lanectl.core.trial import Trial
from lanectl.core.verdict import Verdict
from protocols.bntd import Order, Status, StatusFramer, encode_command
from protocols.nht import NHT_6, decode_reply, encode_request
from protocols.smoke import Action, Smoke
from simulators.bench import parasitic_n
from simulators.presets import PRESETS, VehicleData
from simulators.station import DIESEL_LANE, STEP_S, SimulatedLane

PERIOD_S = 0.06
"""Three steps of the lane: about seventeen readings a second."""
LONGEST_S = 180.0
"""From the pedal on the floor to a decision."""
SCAN_KMH_S = 1.5
HEAVY = replace(PRESETS["smoky_diesel"], idle_rpm=620.0)
assert HEAVY.diesel is not None
HEAVY = replace(HEAVY, diesel=replace(HEAVY.diesel, inertia_kgm2=1.0))
"""A sooty truck: on its way from idle to 1200 r/min it smokes more than three times what counts as settled."""


def strong(rated_power_kw: float) -> VehicleData:
    """Return a clean light truck of this power."""
    van = PRESETS["clean_diesel"]
    assert van.diesel is not None
    engine = replace(van.diesel, rated_power_kw=rated_power_kw, inertia_kgm2=0.7)
    return replace(van, reference_mass_kg=2800.0, gross_mass_kg=4490.0, displacement_l=3.0, diesel=engine)


class Play:
    """A lane with one diesel, and a host that reads its wires and feeds a trial."""

    def __init__(self, preset: str | VehicleData, method: str, limit_set: str, start_phase: str | None = None) -> None:
        self.lane = SimulatedLane(11, DIESEL_LANE)
        self.lane.drive_on(preset)
        self.step(4.0)
        self.lane.hold_probe(True, "opacity")
        assert self.lane.vehicle is not None
        self.car = self.lane.vehicle
        diesel = self.car.data.diesel
        assert diesel is not None
        vehicle = {
            "fuel": "diesel", "rated_power_kw": diesel.rated_power_kw, "rated_rpm": self.car.data.rated_rpm,
            "aspiration": "turbo",
        }  # fmt: skip
        limits = tomllib.loads((files("config") / "limits" / "gb3847-2018.toml").read_text(encoding="utf-8"))[method]
        self.trial: Trial = open_trial(method, vehicle, limits, limit_set, start_phase)
        self._statuses, self._seconds = StatusFramer(), SecondMaker(0)
        self._now_ms = 0

    def step(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.lane.step()

    def order(self, order: Order, value: float = 0.0) -> None:
        self.lane.wires["dyno"].receive(encode_command(order, value))

    def measure(self, seconds: float) -> None:
        """Read all wires for this long, for the trial to judge."""
        for _ in range(round(seconds / PERIOD_S)):
            self.step(PERIOD_S)
            for second in self._seconds.push(self._now_ms, self._row()):
                self.trial.push(second)
            self._now_ms += round(PERIOD_S * 1000)

    def _row(self) -> dict[str, float | None]:
        wire = self.lane.wires["opacity"]
        wire.receive(encode_request(NHT_6, Action.READ))
        smoke = decode_reply(NHT_6, Action.READ, wire.take())
        assert isinstance(smoke, Smoke)
        told = [each for each in self._statuses.feed(self.lane.wires["dyno"].take()) if isinstance(each, Status)]
        speed, brake, _ = told[-1].numbers
        air = self.lane.line.air
        return {
            "opacity_n_pct": smoke.opacity_n_pct, "engine_rpm": smoke.engine_rpm, "speed_kmh": speed,
            "force_n": brake + (parasitic_n(speed) if speed else 0.0), "nox_ppm": self.car.nox_ppm,
            "co2_pct": self.car.exhaust.co2_pct, "ambient_temp_c": air.temp_c, "humidity_pct": air.humidity_pct,
            "pressure_kpa": air.pressure_kpa, "obd_rpm": self.car.engine_rpm, "obd_coolant_c": self.car.coolant_c,
            "obd_pedal_d_pct": 100.0 * self.car.throttle,
        }  # fmt: skip

    def decided(self) -> bool:
        return self.trial.status().decided

    def verdict(self) -> Verdict:
        found = self.trial.verdict()
        assert found is not None, self.trial.status()
        return found


def free_acceleration(preset: str | VehicleData, limit_set: str, **foot: Any) -> Verdict:
    play = Play(preset, "free_acceleration", limit_set)
    for _ in range(3):
        play.lane.snap()
        play.step(14.0)
    for _ in range(6):
        if not play.decided():
            play.measure(8.0)
            play.lane.snap(**foot)
            play.measure(12.0)
    assert play.lane.bench.lift == "up", "nothing of this happens on the rollers"
    return play.verdict()


class LugDown:
    """A whole lug-down, led as a lane leads it; keeps how far the rollers were from each point while it was sampled."""

    def __init__(self, preset: str | VehicleData, limit_set: str = "a", scan_kmh_s: float = SCAN_KMH_S) -> None:
        self.play = Play(preset, "lug_down", limit_set, "max_rpm")
        self.off_kmh = 0.0
        self.floored_s = 0.0
        self._goal_kmh: float | None = None
        self._scan_kmh_s = scan_kmh_s
        self.play.order(Order.LIFT_DOWN)
        self.play.step(3.0)
        self.play.lane.wires["dyno"].take()
        self._rev()
        self._floor()

    def _rev(self) -> None:
        self.play.lane.snap(hold_s=None)
        self.play.measure(5.0)
        self.play.lane.let_go()
        for _ in range(100):
            if self._phase() == "accelerate":
                return
            self.play.measure(PERIOD_S)
        raise AssertionError("the engine does not come back to idle")

    def _floor(self) -> None:
        self.play.lane.full_throttle()
        while not self.play.decided() and self.floored_s < LONGEST_S:
            if self._phase() != "accelerate":
                self._hold()
            self.play.measure(PERIOD_S)
            self.floored_s += PERIOD_S
            if self._phase().startswith("sample") and self._goal_kmh is not None:
                self.off_kmh = max(self.off_kmh, abs(self.play.lane.bench.speed_kmh - self._goal_kmh))

    def _hold(self) -> None:
        """Lower the rollers' speed evenly, and hold the speed of a point once there is one."""
        order, wanted = self.play.order, self.play.trial.target_kmh()
        if self._goal_kmh is None:
            self._goal_kmh = self.play.lane.bench.speed_kmh
            order(Order.SET_SPEED_KMH, self._goal_kmh)
            order(Order.START_SPEED)
        self._goal_kmh = self._goal_kmh - self._scan_kmh_s * PERIOD_S if wanted is None else wanted[0]
        order(Order.SET_SPEED_KMH, self._goal_kmh)

    def _phase(self) -> str:
        return self.play.trial.status().phase

    def verdict(self) -> Verdict:
        return self.play.verdict()


@pytest.mark.parametrize("limit_set", ["a", "b"])
@pytest.mark.parametrize(
    ("preset", "outcome"), [("clean_diesel", "pass"), ("smoky_diesel", "fail"), ("weak_diesel", "pass")]
)
def test_free_acceleration_is_judged_as_promised(preset: str, outcome: str, limit_set: str) -> None:
    verdict = free_acceleration(preset, limit_set)
    assert verdict.outcome == outcome, verdict
    assert not {"snap_short_of_speed", "short_hold", "opacity_below_10_hz", "gap_in_window"} & set(verdict.reasons)


def test_a_foot_that_lets_go_early_is_told_to_do_it_again() -> None:
    play = Play("clean_diesel", "free_acceleration", "a")
    for until_rpm in (2000.0, 2000.0, None):
        play.measure(8.0)
        play.lane.snap(hold_s=2.0 if until_rpm is None else 0.0, until_rpm=until_rpm)
        play.measure(10.0)
    assert play.trial.status().restarts == 2
    assert not play.decided()


def test_a_heavy_sooty_engine_is_failed_and_not_told_to_repeat_for_ever() -> None:
    verdict = free_acceleration(HEAVY, "a")
    assert (verdict.outcome, verdict.reasons) == ("fail", ("over_limit",))
    assert verdict.values["snaps_repeated"] == 0


@pytest.mark.parametrize("limit_set", ["a", "b"])
@pytest.mark.parametrize(
    ("preset", "outcome", "wrong"),
    [
        ("clean_diesel", "pass", set()),
        ("smoky_diesel", "fail", {"k100_per_m", "k80_per_m"}),
        ("weak_diesel", "fail", {"corrected_max_power_kw"}),
    ],
)
def test_lug_down_is_judged_as_promised(preset: str, outcome: str, wrong: set[str], limit_set: str) -> None:
    whole = LugDown(preset, limit_set)
    verdict = whole.verdict()
    assert verdict.outcome == outcome, verdict
    assert {each.quantity for each in verdict.judgements if not each.ok} == wrong, verdict
    assert (
        verdict.reasons
        == {"pass": (), "fail": ("power_below_limit" if preset == "weak_diesel" else "over_limit",)}[outcome]
    )
    assert whole.floored_s < 90.0
    assert whole.off_kmh < 0.5
    assert whole.play.trial.status().restarts == 0


@pytest.mark.parametrize("rated_power_kw", [40.0, 80.0, 120.0])
def test_the_bench_holds_engines_from_a_small_van_to_a_light_truck_at_both_points(rated_power_kw: float) -> None:
    whole = LugDown(strong(rated_power_kw))
    verdict = whole.verdict()
    assert (verdict.outcome, verdict.reasons) == ("pass", ()), verdict
    values = verdict.values
    power_kw, at_kmh, expected_kmh = (
        values[name] for name in ("corrected_max_power_kw", "vel_max_hp_kmh", "calculated_vel_max_hp_kmh")
    )
    assert power_kw is not None
    assert at_kmh is not None
    assert expected_kmh is not None
    assert 0.8 < power_kw / rated_power_kw < 1.05
    assert at_kmh == pytest.approx(expected_kmh, rel=0.05), "the power is highest near the rated engine speed"
    assert whole.off_kmh < 0.5
    assert whole.play.trial.status().restarts == 0


def test_a_scan_near_the_fastest_allowed_pace_ends_in_the_same_verdict() -> None:
    slow, fast = (LugDown("clean_diesel", scan_kmh_s=pace).verdict() for pace in (1.0, 1.9))
    assert slow.outcome == fast.outcome == "pass"
    speeds = [verdict.values["vel_max_hp_kmh"] for verdict in (slow, fast)]
    assert speeds[0] == pytest.approx(speeds[1], rel=0.04)
