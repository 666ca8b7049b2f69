"""Short ways to drive VMAS: the cycle exactly, with a car whose exhaust never changes, but where a test wants it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lanectl.core.methods import open_trial
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Trial
from lanectl.core.verdict import Verdict
from lanectl.core.vmas_cycle import read_cycle, reference_kmh

Values = dict[str, float | None]
Decisive = Callable[[Verdict], list[str]]
Change = tuple[Iterable[int], Mapping[str, float | None]]
GASES = ("co", "hc", "nox")
STEADY: Values = {
    "engine_rpm": 1500.0, "co_pct": 0.2, "co2_pct": 14.8, "hc_ppm": 50.0, "nox_ppm": 200.0, "o2_pct": 1.0,
    "flow_l_s": 100.0, "flow_temp_c": 40.0, "flow_pressure_kpa": 99.0, "dilute_o2_pct": 18.0, "ambient_o2_pct": 20.8,
    "ambient_temp_c": 25.0, "humidity_pct": 50.0, "pressure_kpa": 101.3,
}  # fmt: skip
# One such second has the masses of the worked example times these; the way is 1.01458333 km.
DF, KH = 1.0258093635878710, 0.9729623402523351
G_PER_KM = {
    "co": 195 * 0.030130075556831434 * DF / 1.0145833333333334,
    "hc": 195 * 0.0022380620123614386 * DF / 1.0145833333333334,
    "nox": 195 * 0.004941332391320354 * DF * KH / 1.0145833333333334,
}
DELAYS = {
    "delay_co_hc_co2_s": ("co_pct", "co2_pct", "hc_ppm"),
    "delay_no_s": ("nox_ppm",),
    "delay_o2_s": ("o2_pct",),
    "delay_flow_s": ("flow_l_s", "flow_temp_c", "flow_pressure_kpa"),
    "delay_dilute_o2_s": ("dilute_o2_pct",),
}


SHORT = [["idle", 3, 0], ["accelerate", 9, 32], ["gear_change", 11, 32], ["steady", 22, 32], ["decelerate", 28, 0],
         ["idle", 30, 0]]  # fmt: skip
SHORT_KM = (6 * 16 + 13 * 32 + 6 * 16) / 3600


def shortened(section: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules with a cycle of 30 s, for tests in which its length does not matter."""
    nominal = {**section["rules"]["distance_nominal_km"], "value": SHORT_KM}
    error = {**section["rules"]["distance_max_error_km"], "value": SHORT_KM / 5}
    rules = {**section["rules"], "distance_nominal_km": nominal, "distance_max_error_km": error}
    return {**section, "rules": rules, "cycle": {"falls_to_32": {"value": SHORT, "conf": "A", "clause": "a test"}}}


class Rollers:
    """Drives the cycle with a car whose exhaust never changes, but where a test wants it otherwise."""

    def __init__(self, section: Mapping[str, Any]) -> None:
        self.section = section
        self.operations = read_cycle(section, "falls_to_32")
        self.speeds = reference_kmh(self.operations)[:-1]

    def drive(self, *changes: Change, after: int = 0, **always: float | None) -> list[Values | None]:
        rows: list[Values | None] = [{**STEADY, "speed_kmh": speed, **always} for speed in self.speeds]
        rows += [{**STEADY, "speed_kmh": 0.0, **always} for _ in range(after)]
        for seconds, change in changes:
            for second in seconds:
                rows[second] = {**(rows[second] or {}), **change}
        return rows

    def open(
        self,
        start: str | None = None,
        limit_set: str = "a",
        car: Mapping[str, object] | None = None,
        **rules: object,
    ) -> Trial:
        changed = {name: {**self.section["rules"][name], "value": value} for name, value in rules.items()}
        section = {**self.section, "rules": {**self.section["rules"], **changed}}
        return open_trial(
            "vmas", {"fuel": "petrol", "reference_mass_kg": 1480.0, **(car or {})}, section, limit_set, start
        )

    def judge(self, rows: Iterable[Values | None], **how: Any) -> Verdict:
        trial = self.open(**how)
        for second, values in enumerate(rows):
            if trial.push(LegalSecond(second * 1000, values or {}, 0 if values is None else 1)).decided:
                break
        trial.end()
        verdict = trial.verdict()
        assert verdict is not None
        return verdict


def told(verdict: Verdict) -> tuple[str, str]:
    """Return the outcome and the first reason."""
    return verdict.outcome, verdict.reasons[0] if verdict.reasons else ""


def with_hc(rollers: Rollers, g_per_km: float) -> list[Values | None]:
    """Return a drive whose HC comes to this: it weighs in proportion to its reading."""
    return rollers.drive(hc_ppm=50.0 * g_per_km / G_PER_KM["hc"])


def restless(rollers: Rollers, after: int) -> list[Values | None]:
    """Return a drive in which every second is its own."""
    rows = rollers.drive(after=after)
    for second, row in enumerate(rows):
        for place, (name, value) in enumerate(sorted((row or {}).items())):
            if row is not None and value is not None and name not in ("speed_kmh", "engine_rpm"):
                row[name] = value * (1 + ((second * 7 + place * 13) % 31) / 2000)
    return rows


def delayed(rows: list[Values | None], delays: Mapping[str, int]) -> list[Values | None]:
    """Return the rows as devices show them that are late by their delays."""
    longest = max(delays.values())
    made: list[Values | None] = []
    for second in range(len(rows) + longest):
        row = dict(rows[min(second, len(rows) - 1)] or {})
        for rule, names in DELAYS.items():
            source = rows[min(max(0, second - delays.get(rule, 0)), len(rows) - 1)] or {}
            row |= {name: source[name] for name in names}
        made.append(row)
    return made
