"""Coast-down of the rollers: nominal time, parasitic loss, and whether the measured times agree.

    CCDT = DIW (v1^2 - v2^2) / (2 * 3.6^2 * 1000 * (IHP + PLHP))
    PLHP = DIW (v1^2 - v2^2) / (2 * 3.6^2 * 1000 * t)

DIW base inertia in kg, v in km/h, powers in kW, times in s. Knows windows and loads as data. Knows no dynamometer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lanectl.core.equipment.crossing import first_crossing
from lanectl.core.equipment.result import CheckResult, NominalsMissing, compared, is_number
from lanectl.core.equipment.sheet import Findings, Pair, Sheet, judge

CHECK = "loaded_coast_down"
PETROL, DIESEL = "petrol", "diesel"
MIXED_UNITS = 2.0 * 3.6 * 3.6 * 1000.0
"""Half the square of a speed in km/h times kg, over kW s."""
AFTER_A_FAILURE = ("parasitic_loss", "force_calibration", CHECK)
"""What follows a coast-down that failed, in this order."""


def coast_down_s(inertia_kg: float, from_kmh: float, to_kmh: float, total_kw: float) -> float | None:
    """Return the nominal time from one speed to a lower one at this total power; None outside the domain."""
    energy = _kinetic_kws(inertia_kg, from_kmh, to_kmh)
    if energy is None or not (total_kw > 0.0 and is_number(total_kw)):
        return None
    return energy / total_kw


def coast_down_power_kw(inertia_kg: float, from_kmh: float, to_kmh: float, time_s: float) -> float | None:
    """Return the total power that a coast-down of this time means; unloaded it is the parasitic loss PLHP."""
    energy = _kinetic_kws(inertia_kg, from_kmh, to_kmh)
    if energy is None or not (time_s > 0.0 and is_number(time_s)):
        return None
    return energy / time_s


def window_time_s(
    times_s: Sequence[float], speeds_kmh: Sequence[float | None], window: Pair, longest_step_s: float
) -> float | None:
    """Return how long a record of speeds takes from the upper to the lower end of a window; None where it does not say.

    Between samples by the straight line; samples further apart than ``longest_step_s`` around an end say nothing.
    """
    started = first_crossing(times_s, speeds_kmh, window[0], longest_step_s).at_s
    ended = first_crossing(times_s, speeds_kmh, window[1], longest_step_s).at_s
    return None if started is None or ended is None or ended <= started else ended - started


@dataclass(frozen=True, slots=True)
class CoastDown:
    """One coast-down through one window under one load."""

    from_kmh: float
    to_kmh: float
    indicated_kw: float
    """Power set at the brake (IHP)."""
    parasitic_kw: float | None
    """Loss of the bench at the middle of the window (PLHP), from the last parasitic loss check."""
    measured_s: float | None
    """Actual time (ACDT); None where none was measured."""

    @property
    def window(self) -> Pair:
        """Both ends of the window in km/h."""
        return self.from_kmh, self.to_kmh


def check_coast_down(
    fuel: str, inertia_kg: float, runs: Sequence[CoastDown], spun_to_kmh: float | None, equipment: Mapping[str, object]
) -> CheckResult:
    """Judge a loaded coast-down check of a petrol or diesel bench: every window, under every load, |error| of the time.

    ``spun_to_kmh`` is the speed from which the rollers were let go (None: not told). ``equipment`` is the equipment
    data. Raises NominalsMissing where a nominal time cannot be worked out: no runs, no parasitic loss, no inertia.
    """
    sheet = Sheet.of(equipment, "coast_down", _known(fuel))
    return judge(CHECK, sheet, lambda figures: _find(inertia_kg, runs, spun_to_kmh, figures))


def _find(inertia_kg: float, runs: Sequence[CoastDown], spun_to_kmh: float | None, sheet: Sheet) -> Findings:
    tolerance = sheet.tolerance("time")
    quantities = []
    for name, run in _named(runs):
        quantities.append(compared(f"{name}_s", _nominal_s(name, inertia_kg, run), run.measured_s, tolerance))
    reasons = [*_windows_lacking(runs, sheet), *_loads_outside(runs, sheet)]
    if spun_to_kmh is not None and not spun_to_kmh >= sheet.number("spin_up_to_kmh"):
        reasons.append("not_spun_up")
    notes = ("spin_up_unknown",) if spun_to_kmh is None else ()
    return Findings(tuple(quantities), "coast_down_off", tuple(reasons), notes, _values(inertia_kg, runs))


def _nominal_s(name: str, inertia_kg: float, run: CoastDown) -> float:
    if run.parasitic_kw is None:
        raise NominalsMissing(name, "no nominal time without the parasitic loss")
    nominal = coast_down_s(inertia_kg, run.from_kmh, run.to_kmh, run.indicated_kw + run.parasitic_kw)
    if nominal is None:
        raise NominalsMissing(name, f"no nominal time for {inertia_kg} kg and {run}")
    return nominal


def _named(runs: Iterable[CoastDown]) -> list[tuple[str, CoastDown]]:
    """Give each run a name; a repeated one is not left out, it gets a number."""
    named: dict[str, CoastDown] = {}
    for run in runs:
        stem = f"{run.from_kmh:g}_{run.to_kmh:g}_at_{run.indicated_kw:g}_kw"
        name, count = stem, 2
        while name in named:
            name, count = f"{stem}_{count}", count + 1
        named[name] = run
    return list(named.items())


def windows_of(sheet: Sheet) -> tuple[Pair, ...]:
    """Return the windows in use: the data names one of its sets."""
    sets = sorted(name.removeprefix("windows_") for name in sheet.names() if name.startswith("windows_"))
    return sheet.pairs(f"windows_{sheet.word('windows', sets)}")


def _windows_lacking(runs: Iterable[CoastDown], sheet: Sheet) -> list[str]:
    made = {(run.window, run.indicated_kw) for run in runs}
    needed = windows_of(sheet)
    if not sheet.has("loads_kw"):
        there = {window for window, _ in made}
        return ["window_missing"] if any(window not in there for window in needed) else []
    loads = sheet.numbers("loads_kw")
    return ["window_missing"] if any((window, load) not in made for window in needed for load in loads) else []


def _loads_outside(runs: Iterable[CoastDown], sheet: Sheet) -> list[str]:
    if not sheet.has("load_range_kw"):
        return []
    low, high = sheet.pairs("load_range_kw")[0]
    return [] if all(low <= run.indicated_kw <= high for run in runs) else ["load_outside_range"]


def _values(inertia_kg: float, runs: Sequence[CoastDown]) -> dict[str, float | None]:
    values: dict[str, float | None] = {"base_inertia_kg": inertia_kg}
    for name, run in _named(runs):
        values[f"{name}_indicated_kw"] = run.indicated_kw
        values[f"{name}_parasitic_kw"] = run.parasitic_kw
    return values


@dataclass(frozen=True, slots=True)
class ParasiticLoss:
    """What an unloaded coast-down measured: no verdict, for nothing is nominal, but points for the loss curve."""

    points: tuple[Pair, ...]
    """(km/h in the middle of a window, kW), ascending by speed, as core.parasitic takes them."""
    inertia_kg: float
    reasons: tuple[str, ...]
    """Why it is not whole; empty: every window was measured."""

    @property
    def ok(self) -> bool:
        """Whether it is whole, so that it may take the place of the one before."""
        return not self.reasons


def measure_parasitic_loss(
    fuel: str, inertia_kg: float, times_s: Mapping[Pair, float | None], equipment: Mapping[str, object]
) -> ParasiticLoss:
    """Work out the parasitic loss from unloaded times by window (upper, lower end in km/h).

    Every window that the data names has to be there; others are taken too.
    """
    sheet = Sheet.of(equipment, "parasitic_loss", _known(fuel))
    needed, points, reasons = windows_of(sheet), [], []
    if any(window not in times_s for window in needed):
        reasons.append("window_missing")
    for window, time_s in sorted(times_s.items()):
        power = None if time_s is None else coast_down_power_kw(inertia_kg, *window, time_s)
        if power is None:
            reasons.append("no_reading" if time_s is None else "outside_domain")
        else:
            points.append(((window[0] + window[1]) / 2.0, power))
    if not points and not reasons:
        reasons.append("window_missing")
    return ParasiticLoss(tuple(sorted(points)), inertia_kg, tuple(dict.fromkeys(reasons)))


def _kinetic_kws(inertia_kg: float, from_kmh: float, to_kmh: float) -> float | None:
    energy = inertia_kg * (from_kmh * from_kmh - to_kmh * to_kmh) / MIXED_UNITS
    inside = inertia_kg > 0.0 and to_kmh >= 0.0 and from_kmh > to_kmh
    return energy if inside and is_number(energy) else None


def _known(fuel: str) -> str:
    if fuel not in (PETROL, DIESEL):
        raise ValueError(f"{fuel!r} is neither {PETROL} nor {DIESEL}")
    return fuel
