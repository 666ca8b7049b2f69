"""Each preset ends in the verdict that its name promises: judged by the core on the simulated lane."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from lanectl.core.methods import open_trial
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Trial
from protocols.bntd import Order
from protocols.dialect_503 import Action, Ambient
from simulators.bench import parasitic_n

LONGEST_TEST_S = 400


def one_second(host: Any, index: int) -> LegalSecond:
    """Wait a second and tell what the devices said in it."""
    host.lane.wires["dyno"].take()
    host.wait(1.0)
    statuses = host.statuses()
    gas, air = host.read_gas(), host.gas(Action.READ_AMBIENT)
    assert isinstance(air, Ambient)
    speed = sum(status.numbers[0] for status in statuses) / len(statuses)
    brake = sum(status.numbers[1] for status in statuses) / len(statuses)
    force = brake + parasitic_n(speed)
    values = {
        "speed_kmh": speed,
        "force_n": force,
        "power_total_kw": force * speed / 3600.0,
        "engine_rpm": gas.engine_rpm,
        "hc_ppm": gas.hc_ppm,
        "co_pct": gas.co_pct,
        "co2_pct": gas.co2_pct,
        "o2_pct": gas.o2_pct,
        "no_ppm": gas.no_ppm,
        "ambient_temp_c": air.ambient_temp_c,
        "humidity_pct": air.humidity_pct,
        "pressure_kpa": air.pressure_kpa,
    }
    return LegalSecond(index * 1000, values, rows=10)


def take_up_speed_and_load(host: Any, trial: Trial) -> None:
    wanted, force_n = trial.target_kmh(), trial.total_force_n()
    assert wanted is not None
    assert force_n is not None
    host.order(Order.STOP)
    host.lane.set_target(wanted[0])
    host.wait(10.0)
    host.hold_total_force(force_n, wanted[0])
    host.wait(6.0)


def drive(host: Any, trial: Trial) -> int:
    """Do what the trial wants until it has decided; return how many seconds that took."""
    phase = ""
    for index in range(LONGEST_TEST_S):
        if trial.status().phase != phase and trial.status().phase.endswith("_hold"):
            take_up_speed_and_load(host, trial)
        phase = trial.status().phase
        if trial.push(one_second(host, index)).decided:
            return index + 1
    raise AssertionError("the trial never ends")


@pytest.mark.parametrize(
    ("preset", "outcome", "reason", "at_least_s", "at_most_s"),
    [
        ("clean_petrol", "pass", "quick_check_passed", 25, 28),
        ("repaired", "pass", "quick_check_passed", 25, 28),
        ("worn_catalyst", "fail", "asm5025_failed", 185, 200),
        ("gross_emitter", "fail", "immediate_fail_500_percent", 10, 40),
    ],
)
@pytest.mark.parametrize("limit_set", ["a", "b"])
def test_a_preset_ends_as_promised(
    host: Any, preset: str, outcome: str, reason: str, at_least_s: int, at_most_s: int, limit_set: str
) -> None:
    limits = tomllib.loads((files("config") / "limits" / "gb18285-2018.toml").read_text(encoding="utf-8"))["asm"]
    car = host.car(preset)
    vehicle = {"fuel": "petrol", "reference_mass_kg": car.data.reference_mass_kg, "plate": "x", "vin": car.data.vin}
    trial = open_trial("asm", vehicle, limits, limit_set, "asm5025_hold")
    host.gas(Action.PUMP_SAMPLE)
    seconds = drive(host, trial)
    verdict = trial.verdict()
    assert verdict is not None
    assert verdict.outcome == outcome, verdict
    assert reason in verdict.reasons
    assert at_least_s <= seconds <= at_most_s
    assert trial.status().restarts == 0
