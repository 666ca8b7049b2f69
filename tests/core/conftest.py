"""Short ways to put a trace before the core: seconds of a steady car, changed where a test wants it otherwise."""

import copy
import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any

import pytest

from lanectl.core.methods import Trial, open_trial
from lanectl.core.second import LegalSecond, SecondMaker
from lanectl.core.verdict import Verdict
from tests.core.vmas_rollers import Rollers, shortened

Values = dict[str, float | None]
CAR = {"fuel": "petrol", "reference_mass_kg": 1480.0, "gross_mass_kg": 1900.0, "closed_loop": True}

# RM 1480 kg makes 10 kW at 25 km/h (1440 N) and 8 kW at 40 km/h (720 N).
AT_25: Values = {
    "speed_kmh": 25.0, "force_n": 1440.0, "engine_rpm": 1800.0, "hc_ppm": 60.0, "co_pct": 0.3, "co2_pct": 14.8,
    "o2_pct": 0.5, "no_ppm": 400.0, "ambient_temp_c": 25.0, "humidity_pct": 50.0, "pressure_kpa": 101.3,
}  # fmt: skip
DIESEL = {"fuel": "diesel", "rated_power_kw": 118.0, "rated_rpm": 2600.0, "aspiration": "turbo"}
HIGH_IDLE: Values = {
    "engine_rpm": 2500.0,
    "hc_ppm": 30.0,
    "co_pct": 0.1,
    "co2_pct": 15.0,
    "o2_pct": 0.3,
    "no_ppm": 50.0,
    "oil_temp_c": 90.0,
}


def _two_speed(changes: Mapping[str, float | None]) -> Values:
    """Return a second of a car whose control unit tells the engine speed that is counted."""
    row = {**HIGH_IDLE, **changes}
    return {"obd_rpm": row["engine_rpm"], **row}


class Bench:
    """Puts seconds before a method and returns what it says."""

    def __init__(self, limits: dict[str, Any]) -> None:
        self.limits = limits

    def at_25(self, seconds: int, **changes: float | None) -> list[Values]:
        return [{**AT_25, **changes} for _ in range(seconds)]

    def at_40(self, seconds: int, **changes: float | None) -> list[Values]:
        return [{**AT_25, "speed_kmh": 40.0, "force_n": 720.0, **changes} for _ in range(seconds)]

    def high_idle(self, seconds: int, **changes: float | None) -> list[Values]:
        return [_two_speed(changes) for _ in range(seconds)]

    def idle(self, seconds: int, **changes: float | None) -> list[Values]:
        return [_two_speed({"engine_rpm": 800.0, **changes}) for _ in range(seconds)]

    def second_of(self, number: int, values: Values | None) -> LegalSecond:
        return LegalSecond(number * 1000, values or {}, 0 if values is None else 1)

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


class DieselBench(Bench):
    """Puts whole diesel tests before the two diesel methods."""

    def snap(self, peak_n: float = 40.0, **how: Any) -> list[Values]:
        """Return one acceleration at 10 Hz: 7 s idle, 1 s up, 2.4 s at the governed speed, 1 s down, 3 s idle."""
        number, top, idle_n = how.get("number"), how.get("top", 2700.0), how.get("idle_n", 1.0)
        shape = (
            [0.0] * 70 + [i / 10 for i in range(1, 11)] + [1.0] * 24 + [i / 10 for i in range(9, -1, -1)] + [0.0] * 30
        )
        return [
            {
                "engine_rpm": 760.0 + part * (top - 760.0),
                "obd_rpm": 760.0 + part * (top - 760.0),
                "oil_temp_c": 90.0,
                "opacity_n_pct": peak_n if place == 85 else idle_n + part * (min(20.0, peak_n) - idle_n),
                "snap_no": number,
            }
            for place, part in enumerate(shape)
        ]

    def snaps(self, *peaks: float, numbered: bool = False, **how: Any) -> list[Values]:
        found = []
        for number, peak in enumerate(peaks, start=1):
            found += self.snap(peak, **how, number=float(number) if numbered else None)
        return found

    def smoke(
        self, rows: Iterable[Values | None], pace_ms: int = 100, t0_ms: int = 0, chunk: int | None = None, **how: Any
    ) -> Verdict:
        """Judge samples as free acceleration, through legal seconds (or samples by ``chunk`` in one second)."""
        trial = self.open_diesel("free_acceleration", **how)
        samples = [(t0_ms + i * pace_ms, values) for i, values in enumerate(rows) if values is not None]
        if chunk is None:
            seconds = self.seconds(samples, t0_ms)
        else:
            parts = [tuple(samples[i : i + chunk]) for i in range(0, len(samples), chunk)]
            seconds = [LegalSecond(part[0][0], {}, len(part), part) for part in parts]
        return self.judge(trial, seconds)

    def seconds(self, samples: Iterable[tuple[int, Values]], t0_ms: int = 0) -> list[LegalSecond]:
        maker = SecondMaker(t0_ms)
        return [second for t_ms, values in samples for second in maker.push(t_ms, values)] + maker.close()

    def open_diesel(self, method: str, car: Mapping[str, object] | None = None, **how: Any) -> Trial:
        return self.open(method, car={**DIESEL, **(car or {})}, **how)

    def judge(self, trial: Trial, seconds: Iterable[LegalSecond]) -> Verdict:
        for second in seconds:
            trial.push(second)
        trial.end()
        verdict = trial.verdict()
        assert verdict is not None
        return verdict

    def second(self, speed: float, power: float | None = None, **changes: float | None) -> Values:
        """Return a second on the rollers; the power is greatest at 66 km/h (71 kW)."""
        power = 71.0 - 0.05 * (speed - 66.0) ** 2 if power is None else power
        rpm = changes.get("engine_rpm", speed * 2600.0 / 66.0)
        return {
            "speed_kmh": speed, "force_n": power * 3600.0 / speed, "engine_rpm": rpm, "obd_rpm": rpm,
            "obd_pedal_d_pct": 100.0, "obd_coolant_c": 88.0, "opacity_n_pct": 30.0,
            "nox_ppm": 800.0, "co2_pct": 9.0, "ambient_temp_c": 25.0, "humidity_pct": 50.0, "pressure_kpa": 99.0,
            **changes,
        }  # fmt: skip

    def scan(self, **changes: float | None) -> list[Values]:
        """Return a scan from 78 km/h down, ending with the second that reaches 52.8 km/h."""
        return [self.second(78.0 - 1.2 * i, **changes) for i in range(22)]

    def point(self, speed: float, seconds: int = 12, **changes: float | None) -> list[Values]:
        return [self.second(speed, **changes) for _ in range(seconds)]

    def lug(
        self, first: dict[str, float | None] | None = None, second: dict[str, float | None] | None = None, **scan: Any
    ) -> list[Values | None]:
        """Return a whole lug-down of 46 seconds with changes at either point, or throughout the scan."""
        return [*self.scan(**scan), *self.point(66.0, 12, **(first or {})), *self.point(52.8, 12, **(second or {}))]

    def lug_down(self, rows: Iterable[Values | None], t0_ms: int = 0, **how: Any) -> Verdict:
        trial = self.open_diesel("lug_down", **how)
        return self.judge(
            trial,
            [LegalSecond(t0_ms + i * 1000, values or {}, 0 if values is None else 1) for i, values in enumerate(rows)],
        )


@pytest.fixture(scope="session")
def papers() -> dict[str, dict[str, Any]]:
    """The limits files by name, whole: both have an OBD check and marks of their own."""
    files = resources.files("config")
    return {
        name: tomllib.loads(files.joinpath(f"limits/{name}.toml").read_text(encoding="utf-8"))
        for name in ("gb3847-2018", "gb18285-2018")
    }


@pytest.fixture(scope="session")
def limits(papers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for paper in papers.values():
        found |= paper
    return found


@pytest.fixture(scope="session")
def bench(limits: dict[str, Any]) -> Bench:
    return Bench(limits)


@pytest.fixture(scope="session")
def diesel(limits: dict[str, Any]) -> DieselBench:
    return DieselBench(limits)


@pytest.fixture(scope="session")
def decisive() -> Callable[[Verdict], list[str]]:
    return lambda verdict: [figure.figure.split(".")[-1] for figure in verdict.uncertain if figure.decisive]


@pytest.fixture(scope="session")
def rollers(limits: dict[str, Any]) -> Rollers:
    return Rollers(limits["vmas"])


@pytest.fixture(scope="session")
def short_rollers(limits: dict[str, Any]) -> Rollers:
    return Rollers(shortened(limits["vmas"]))
