"""Base inertia of the rollers (DIW): out of two loaded coast-downs, and whether it is what it should be.

    DIW = (F2 - F1) t1 t2 / ((t1 - t2) dv)        F in N, t in s, dv the width of the window in m/s

The bench's own friction acts in both and cancels out. Knows no dynamometer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lanectl.core.equipment.result import CheckResult, compared, is_number
from lanectl.core.equipment.sheet import Findings, Sheet, judge

CHECK = "base_inertia"
LIGHT, HEAVY = "light", "heavy"


@dataclass(frozen=True, slots=True)
class LoadedTime:
    """A coast-down through a window under a constant force of the brake."""

    force_n: float
    time_s: float


def base_inertia_kg(one: LoadedTime, other: LoadedTime, window_kmh: float) -> float | None:
    """Return the base inertia; None unless more force made the rollers slow down in less time."""
    quicker = one.time_s - other.time_s
    width = window_kmh / 3.6
    if quicker == 0.0 or not (width > 0.0 and one.time_s > 0.0 and other.time_s > 0.0):
        return None
    inertia = (other.force_n - one.force_n) * one.time_s * other.time_s / (quicker * width)
    return inertia if inertia > 0.0 and is_number(inertia) else None


def check_base_inertia(
    duty: str, measured_kg: float | None, plate_kg: float, equipment: Mapping[str, object]
) -> CheckResult:
    """Judge a measured base inertia: inside the band of a light or heavy bench, and near the bench's own plate."""
    if duty not in (LIGHT, HEAVY):
        raise ValueError(f"{duty!r} is neither {LIGHT} nor {HEAVY}")
    return judge(CHECK, Sheet.of(equipment, "inertia", duty), lambda sheet: _find(measured_kg, plate_kg, sheet))


def _find(measured_kg: float | None, plate_kg: float, sheet: Sheet) -> Findings:
    band = compared("base_inertia_kg", sheet.number("base_kg"), measured_kg, sheet.tolerance("band"))
    plate = compared("plate_inertia_kg", plate_kg, measured_kg, sheet.tolerance("plate"))
    return Findings((band, plate), "inertia_off")
