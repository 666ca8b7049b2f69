"""Force, speed and load of the dynamometer against what they should be.

Nominal values come from outside the bench: weights on an arm of known length, a stroboscope, set loads. Nothing here
changes a reading: a bench that is off is adjusted, and checked again.
"""

from collections.abc import Mapping, Sequence

from lanectl.core.equipment.content import different
from lanectl.core.equipment.result import CheckResult, NominalsMissing, Quantity, Tolerance, compared, is_number
from lanectl.core.equipment.sheet import Findings, Sheet, judge
from lanectl.core.figures import LimitsMissing

FORCE, SPEED, LOAD = "force_calibration", "speed_calibration", "load_accuracy"
STANDARD_GRAVITY = 9.80665
PI = 3.141592653589793
Points = Sequence[tuple[float, float | None]]
"""Nominal and measured values, in the order in which they were taken."""


def weight_force_n(mass_kg: float, arm_ratio: float, gravity_m_s2: float = STANDARD_GRAVITY) -> float | None:
    """Return the roller force that weights stand for: F = m g r, r the arm's length over the roller's radius.

    ``gravity_m_s2`` is that of the place, where it is known. None unless all are positive numbers, 0 kg allowed.
    """
    force = mass_kg * gravity_m_s2 * arm_ratio
    inside = mass_kg >= 0.0 and arm_ratio > 0.0 and gravity_m_s2 > 0.0
    return force if inside and is_number(force) else None


def roller_speed_kmh(roller_rpm: float, diameter_mm: float) -> float | None:
    """Return the speed of the roller's surface, v = pi d n; None outside the domain."""
    speed = PI * diameter_mm * roller_rpm * 60.0 / 1.0e6
    return speed if roller_rpm >= 0.0 and diameter_mm > 0.0 and is_number(speed) else None


def check_force(points: Points, full_range_n: float, equipment: Mapping[str, object]) -> CheckResult:
    """Judge force readings in N: the tolerance is a share of the sensor's full range [B].

    Loads that differ have to be among them, as many as the data asks for, and one that is a good share of the full
    range (``points_missing``): nothing on the arm says nothing about the sensor.
    """
    if not (full_range_n > 0.0 and is_number(full_range_n)):
        raise NominalsMissing("full_range_n", f"{full_range_n} is no range")

    def find(sheet: Sheet) -> Findings:
        share = sheet.tolerance("force_of_full_range").relative
        if share is None:
            raise LimitsMissing(sheet.path("force_of_full_range"), "it is relative to the full range")
        tolerance, loads = Tolerance(absolute=share * full_range_n), [load for load, _ in points]
        far = sheet.number("force_reach_of_full_range") * full_range_n
        enough = different(loads, tolerance) >= sheet.number("force_points") and any(load >= far for load in loads)
        return Findings(_all("force_n", points, tolerance), "force_off", () if enough else ("points_missing",))

    return judge(FORCE, _sheet(equipment), find)


def check_speed(points: Points, equipment: Mapping[str, object]) -> CheckResult:
    """Judge speed readings in km/h [B]; of turning rollers, at speeds that differ (``points_missing``)."""

    def find(sheet: Sheet) -> Findings:
        tolerance, turning = sheet.tolerance("speed"), [speed for speed, _ in points if speed > 0.0]
        enough = different(turning, tolerance) >= sheet.number("speed_points")
        return Findings(_all("speed_kmh", points, tolerance), "speed_off", () if enough else ("points_missing",))

    return judge(SPEED, _sheet(equipment), find)


def check_load_accuracy(points: Points, equipment: Mapping[str, object]) -> CheckResult:
    """Judge absorbed power in kW against the load that was set; every load that the data names has to be there [B].

    The power absorbed may be that of a coast-down: coast_down.coast_down_power_kw less the parasitic loss.
    """

    def find(sheet: Sheet) -> Findings:
        lacking = [load for load in sheet.numbers("load_points_kw") if load not in [nominal for nominal, _ in points]]
        reasons = ("load_missing",) if lacking else ()
        return Findings(_all("power_kw", points, sheet.tolerance("power")), "load_off", reasons)

    return judge(LOAD, _sheet(equipment), find)


def _sheet(equipment: Mapping[str, object]) -> Sheet:
    return Sheet.of(equipment, "dynamometer")


def _all(name: str, points: Points, tolerance: Tolerance) -> tuple[Quantity, ...]:
    return tuple(
        compared(f"{name}_{number}", nominal, measured, tolerance)
        for number, (nominal, measured) in enumerate(points, start=1)
    )
