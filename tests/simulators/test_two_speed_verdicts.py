"""Petrol cars at two-speed idle, off the rollers: judged by the core from what analyser and tachometer say."""

import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from lanectl.core.methods import open_trial
from lanectl.core.second import SecondMaker
from lanectl.core.trial import Trial
from lanectl.core.verdict import Verdict
from protocols.dialect_503 import NHA_506I, Action, Data, decode_reply, encode_request
from protocols.rpm_digits import StreamFramer
from simulators.presets import PRESETS, VehicleData
from simulators.station import STEP_S, SimulatedLane

BEAT_MS = 100
LONGEST_MS = 200_000


class Play:
    """A car on its own wheels, a driver who holds what the screen says, and a host that reads the wires."""

    def __init__(self, car: VehicleData, limit_set: str = "a") -> None:
        self.lane = SimulatedLane(5, ("nanhua-nha-506i", "nanhua-rpm-5300"))
        self.lane.drive_on(car)
        self.step(4000)
        self.lane.hold_probe(True, "gas")
        self.ask(Action.PUMP_SAMPLE)
        limits = tomllib.loads((files("config") / "limits" / "gb18285-2018.toml").read_text(encoding="utf-8"))
        vehicle = {
            "fuel": "petrol",
            "rated_rpm": car.rated_rpm,
            "gross_mass_kg": car.gross_mass_kg,
            "closed_loop": True,
        }
        self.trial: Trial = open_trial("two_speed_idle", vehicle, limits["two_speed_idle"], limit_set, "precondition")
        self._framer, self._seconds, self._now_ms = StreamFramer(), SecondMaker(0), 0
        self._rpm: float | None = None

    def step(self, ms: int) -> None:
        for _ in range(round(ms / 1000 / STEP_S)):
            self.lane.step()

    def ask(self, action: Action) -> Any:
        wire = self.lane.wires["gas"]
        wire.take()
        wire.receive(encode_request(NHA_506I, action))
        return decode_reply(NHA_506I, action, wire.take())

    def beat(self) -> None:
        self.step(BEAT_MS)
        for counted in self._framer.feed(self.lane.wires["rpm"].take()):
            self._rpm = float(counted.engine_rpm)
        gas = self.ask(Action.READ_DATA)
        assert isinstance(gas, Data)
        car = self.lane.vehicle
        row = {
            "engine_rpm": self._rpm, "hc_ppm": gas.hc_ppm, "co_pct": gas.co_pct, "co2_pct": gas.co2_pct,
            "o2_pct": gas.o2_pct, "no_ppm": gas.no_ppm, "obd_rpm": car.engine_rpm if car else None,
            "oil_temp_c": gas.oil_temp_c, "probe_in": float(self.trial.status().phase != "precondition"),
        }  # fmt: skip
        for second in self._seconds.push(self._now_ms, row):
            self.trial.push(second)
        self._now_ms += BEAT_MS

    def verdict(self) -> Verdict:
        phase = ""
        while not self.trial.status().decided and self._now_ms < LONGEST_MS:
            if self.trial.status().phase != phase:
                phase = self.trial.status().phase
                self.lane.rev(self.trial.guidance().target_rpm)
            self.beat()
        found = self.trial.verdict()
        assert found is not None, self.trial.status()
        return found


@pytest.mark.parametrize("limit_set", ["a", "b"])
@pytest.mark.parametrize(
    ("preset", "outcome", "wrong"),
    [
        ("clean_petrol", "pass", set()),
        ("repaired", "pass", set()),
        ("worn_catalyst", "fail", {"idle_co_pct", "idle_hc_ppm", "high_idle_co_pct", "high_idle_hc_ppm"}),
        (
            "gross_emitter",
            "fail",
            {"idle_co_pct", "idle_hc_ppm", "high_idle_co_pct", "high_idle_hc_ppm", "high_idle_lambda"},
        ),
    ],
)
def test_a_preset_ends_as_promised(preset: str, outcome: str, wrong: set[str], limit_set: str) -> None:
    play = Play(PRESETS[preset], limit_set)
    verdict = play.verdict()
    assert (verdict.outcome, verdict.reasons) == (outcome, () if outcome == "pass" else ("over_limit",)), verdict
    assert {each.quantity for each in verdict.judgements if not each.ok} == wrong
    assert play.trial.status().restarts == 0
    assert play.lane.bench.lift == "up", "nothing of this happens on the rollers"
    assert verdict.values["high_idle_rpm"] == pytest.approx(2500.0, abs=60.0)
    assert verdict.values["idle_rpm"] == pytest.approx(780.0, abs=30.0)


def test_a_heavy_petrol_vehicle_is_held_at_eighteen_hundred() -> None:
    verdict = Play(replace(PRESETS["clean_petrol"], gross_mass_kg=4200.0)).verdict()
    assert verdict.outcome == "pass", verdict
    assert verdict.values["high_idle_rpm"] == pytest.approx(1800.0, abs=60.0)
