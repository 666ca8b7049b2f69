"""Efficiency of an NO2-to-NO converter: what of the NO2 that goes in comes out as NO.

Two ways: with a bottle of NO2, and by titration with ozone. Knows no analyser.
"""

from collections.abc import Mapping

from lanectl.core.equipment.result import AT_LEAST, CheckResult, compared, is_number
from lanectl.core.equipment.sheet import Findings, Sheet, judge

CHECK = "nox_converter"


def efficiency_from_bottle(no2_label_ppm: float, converted_ppm: float, bypassed_ppm: float) -> float | None:
    """Return the share of a bottle's NO2 that the converter adds to the NO of the bypass; None without NO2."""
    if not (no2_label_ppm > 0.0):
        return None
    share = (converted_ppm - bypassed_ppm) / no2_label_ppm
    return share if is_number(share) else None


def efficiency_by_titration(a_ppm: float, b_ppm: float, c_ppm: float, d_ppm: float) -> float | None:
    """Return 1 + (a - b) / (c - d), by titration of NO with ozone; None where no ozone acted (c not above d).

    Readings: a converter, ozone on; b converter, ozone off; c bypass, ozone off; d bypass, ozone on.
    """
    made = c_ppm - d_ppm
    if not (made > 0.0):
        return None
    share = 1.0 + (a_ppm - b_ppm) / made
    return share if is_number(share) else None


def check_converter(efficiency: float | None, equipment: Mapping[str, object]) -> CheckResult:
    """Judge an efficiency (a share of 1): at least the figure on which sources differ, 0.90 or 0.95 [C]."""

    def find(sheet: Sheet) -> Findings:
        return Findings(
            (compared("efficiency", sheet.number("least_efficiency"), efficiency, kind=AT_LEAST),), "converter_weak"
        )

    return judge(CHECK, Sheet.of(equipment, "nox_converter"), find)
