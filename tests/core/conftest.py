"""Short ways to put a trace before the core: seconds of a steady car, changed where a test wants it otherwise."""

import copy
import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any

import pytest

from lanectl.core.methods import Trial, open_trial
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict

Values = dict[str, float | None]
CAR = {"fuel": "petrol", "reference_mass_kg": 1480.0, "gross_mass_kg": 1900.0, "closed_loop": True}

# RM 1480 kg makes 10 kW at 25 km/h (1440 N) and 8 kW at 40 km/h (720 N).
AT_25: Values = {
    "speed_kmh": 25.0, "force_n": 1440.0, "engine_rpm": 1800.0, "hc_ppm": 60.0, "co_pct": 0.3, "co2_pct": 14.8,
    "o2_pct": 0.5, "no_ppm": 400.0, "ambient_temp_c": 25.0, "humidity_pct": 50.0, "pressure_kpa": 101.3,
}  # fmt: skip
HIGH_IDLE: Values = {
    "engine_rpm": 2500.0,
    "hc_ppm": 30.0,
    "co_pct": 0.1,
    "co2_pct": 15.0,
    "o2_pct": 0.3,
    "no_ppm": 50.0,
}


class Bench:
    """Puts seconds before a method and returns what it says."""

    def __init__(self, limits: dict[str, Any]) -> None:
        self.limits = limits

    def at_25(self, seconds: int, **changes: float | None) -> list[Values]:
        return [{**AT_25, **changes} for _ in range(seconds)]

    def at_40(self, seconds: int, **changes: float | None) -> list[Values]:
        return [{**AT_25, "speed_kmh": 40.0, "force_n": 720.0, **changes} for _ in range(seconds)]

    def high_idle(self, seconds: int, **changes: float | None) -> list[Values]:
        return [{**HIGH_IDLE, **changes} for _ in range(seconds)]

    def idle(self, seconds: int, **changes: float | None) -> list[Values]:
        return [{**HIGH_IDLE, "engine_rpm": 800.0, **changes} for _ in range(seconds)]

    def gap(self, seconds: int) -> list[None]:
        return [None] * seconds

    def open(
        self,
        method: str = "asm",
        start: str | None = None,
        limit_set: str = "a",
        car: Mapping[str, object] | None = None,
        switches: Mapping[str, object] | None = None,
    ) -> Trial:
        section = copy.deepcopy(self.limits[method])
        for name, value in (switches or {}).items():
            section["rules"][name]["value"] = value
        return open_trial(method, {**CAR, **(car or {})}, section, limit_set, start)

    def run(self, rows: Iterable[Values | None], **how: Any) -> Verdict:
        trial = self.open(**how)
        for second, values in enumerate(rows):
            trial.push(LegalSecond(second * 1000, values or {}, 0 if values is None else 1))
        trial.end()
        verdict = trial.verdict()
        assert verdict is not None
        return verdict


@pytest.fixture(scope="session")
def limits() -> dict[str, Any]:
    text = resources.files("config").joinpath("limits/gb18285-2018.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@pytest.fixture(scope="session")
def bench(limits: dict[str, Any]) -> Bench:
    return Bench(limits)


@pytest.fixture(scope="session")
def decisive() -> Callable[[Verdict], list[str]]:
    return lambda verdict: [figure.figure.split(".")[-1] for figure in verdict.uncertain if figure.decisive]
