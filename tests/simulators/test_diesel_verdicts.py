"""Each diesel preset ends in the verdict that its name promises: judged by the core from what the wires say."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from lanectl.core.methods import open_trial
from lanectl.core.second import SecondMaker
from lanectl.core.trial import Trial
from lanectl.core.verdict import Verdict
from protocols.bntd import Order, Status, StatusFramer, encode_command
from protocols.nht import NHT_6, Action, Smoke, decode_reply, encode_request
from simulators.bench import parasitic_n
from simulators.station import DIESEL_LANE, STEP_S, SimulatedLane

PERIOD_S = 0.06
"""Three steps of the lane: about seventeen readings a second."""
LONGEST_S = 400.0


class Play:
    """A lane with one diesel, and a host that reads its wires and feeds a trial."""

    def __init__(self, preset: str, method: str, limit_set: str, start_phase: str | None = None) -> None:
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
            "pressure_kpa": air.pressure_kpa,
        }  # fmt: skip

    def decided(self) -> bool:
        return self.trial.status().decided

    def verdict(self) -> Verdict:
        found = self.trial.verdict()
        assert found is not None, self.trial.status()
        return found


def free_acceleration(preset: str, limit_set: str, **foot: Any) -> Verdict:
    play = Play(preset, "free_acceleration", limit_set)
    for _ in range(3):
        play.lane.snap()
        play.step(14.0)
    for _ in range(6):
        if not play.decided():
            play.measure(8.0)
            play.lane.snap(**foot)
            play.measure(12.0)
    return play.verdict()


def lug_down(preset: str, limit_set: str) -> Verdict:
    play = Play(preset, "lug_down", limit_set, "scan")
    play.order(Order.LIFT_DOWN)
    play.step(3.0)
    play.lane.full_throttle()
    play.step(45.0)
    play.lane.wires["dyno"].take()
    goal = play.lane.bench.speed_kmh
    play.order(Order.SET_SPEED_KMH, goal)
    play.order(Order.START_SPEED)
    for _ in range(round(LONGEST_S / PERIOD_S)):
        wanted = play.trial.target_kmh()
        slower = goal - 1.0 * PERIOD_S
        goal = slower if wanted is None else wanted[0]
        play.order(Order.SET_SPEED_KMH, goal)
        play.measure(PERIOD_S)
        if play.decided():
            break
    return play.verdict()


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
    verdict = lug_down(preset, limit_set)
    assert verdict.outcome == outcome, verdict
    assert {each.quantity for each in verdict.judgements if not each.ok} == wrong, verdict
