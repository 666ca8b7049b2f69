"""Variable-load coast-down: the brake follows a load curve, and each window has to take its share of the inertia.

    nominal time = factor * DIW        factor in s/kg, one a window, with a tolerance of its own

Knows windows and factors as data. Knows no dynamometer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lanectl.core.equipment.result import CheckResult, NominalsMissing, Tolerance, compared, is_number
from lanectl.core.equipment.sheet import Findings, Pair, Sheet, judge
from lanectl.core.figures import LimitsMissing

CHECK = "variable_load_coast_down"


@dataclass(frozen=True, slots=True)
class CurveWindow:
    """A window of the curve, what it takes for each kg, and the share by which it may be off."""

    window_kmh: Pair
    seconds_per_kg: float
    tolerance: Tolerance


def nominal_s(seconds_per_kg: float, inertia_kg: float) -> float | None:
    """Return the nominal time of a window; None unless both are positive numbers."""
    nominal = seconds_per_kg * inertia_kg
    return nominal if seconds_per_kg > 0.0 and inertia_kg > 0.0 and is_number(nominal) else None


def check_variable_load(
    inertia_kg: float, times_s: Mapping[Pair, float | None], equipment: Mapping[str, object]
) -> CheckResult:
    """Judge the times by window (upper, lower end in km/h); every window of the curve in use has to be there."""
    sheet = Sheet.of(equipment, "variable_load")
    return judge(CHECK, sheet, lambda figures: _find(inertia_kg, times_s, figures))


def curve_of(sheet: Sheet) -> tuple[CurveWindow, ...]:
    """Return the windows of the curve in use: window ends, factors and tolerances, place by place."""
    windows = sheet.pairs("windows_kmh")
    factors, shares = sheet.numbers("seconds_per_kg"), sheet.numbers("time_share")
    if not len(windows) == len(factors) == len(shares):
        raise LimitsMissing(sheet.path("windows_kmh"), "windows, factors and tolerances differ in number")
    return tuple(
        CurveWindow(window, factor, Tolerance(relative=share))
        for window, factor, share in zip(windows, factors, shares, strict=True)
    )


def _find(inertia_kg: float, times_s: Mapping[Pair, float | None], sheet: Sheet) -> Findings:
    quantities, reasons = [], []
    for part in curve_of(sheet):
        name = f"{part.window_kmh[0]:g}_{part.window_kmh[1]:g}"
        nominal = nominal_s(part.seconds_per_kg, inertia_kg)
        if nominal is None:
            raise NominalsMissing(name, f"no nominal time for {inertia_kg} kg")
        if part.window_kmh not in times_s:
            reasons.append("window_missing")
        quantities.append(compared(f"{name}_s", nominal, times_s.get(part.window_kmh), part.tolerance))
    return Findings(tuple(quantities), "coast_down_off", tuple(reasons), values={"base_inertia_kg": inertia_kg})
