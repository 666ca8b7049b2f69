"""Check of an opacimeter with filters of known opacity, with clear path and closed shutter, and of its response.

Knows tolerances as data, and both ways of judging a filter: by N in %, or by k in 1/m. Knows no opacimeter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanectl.core.diesel import smoke_density_per_m
from lanectl.core.equipment.crossing import crossing
from lanectl.core.equipment.result import CheckResult, NominalsMissing, Quantity, compared, is_number
from lanectl.core.equipment.sheet import Findings, Sheet, judge

FILTERS, ENDS, RESPONSE = "opacimeter", "opacity_ends", "opacity_response"
BY_N, BY_K = "opacity_pct", "density_per_m"


@dataclass(frozen=True, slots=True)
class FilterReading:
    """A filter as its certificate says, and what the opacimeter reads with it, both N in %."""

    label_n_pct: float
    read_n_pct: float | None


def density_of(n_pct: float | None, path_m: float) -> float | None:
    """Return k in 1/m of an opacity in %; None where it has none: full opacity, no reading."""
    density = None if n_pct is None else smoke_density_per_m(n_pct, path_m)
    return density if density is not None and is_number(density) else None


def check_filters(readings: Sequence[FilterReading], equipment: Mapping[str, object]) -> CheckResult:
    """Judge a set of filters: near each of the opacities that the data names there has to be one."""
    return judge(FILTERS, Sheet.of(equipment, "opacimeter"), lambda sheet: _find(readings, sheet))


def check_ends(clear_n_pct: float | None, shut_n_pct: float | None, equipment: Mapping[str, object]) -> CheckResult:
    """Judge 0 % with a clear path and 100 % with the shutter closed, before each test."""

    def find(sheet: Sheet) -> Findings:
        tolerance = sheet.tolerance("ends")
        ends = (
            compared("clear_n_pct", 0.0, clear_n_pct, tolerance),
            compared("shut_n_pct", 100.0, shut_n_pct, tolerance),
        )
        return Findings(ends, "opacity_off")

    return judge(ENDS, Sheet.of(equipment, "opacimeter"), find)


def check_response_time(
    times_s: Sequence[float], readings_n_pct: Sequence[float | None], equipment: Mapping[str, object]
) -> CheckResult:
    """Judge the time from 10 to 90 % of a closing shutter: 0.9 to 1.1 s."""

    def find(sheet: Sheet) -> Findings:
        longest = sheet.number("longest_step_s")
        low, high = (crossing(times_s, readings_n_pct, level, True, longest) for level in (10.0, 90.0))
        took = None if low.at_s is None or high.at_s is None else high.at_s - low.at_s
        why = high.why or low.why or "no_reading"
        nominal, tolerance = sheet.number("response_s"), sheet.tolerance("response")
        return Findings((compared("response_s", nominal, took, tolerance, why=why),), "response_off")

    return judge(RESPONSE, Sheet.of(equipment, "opacimeter"), find)


def _find(readings: Sequence[FilterReading], sheet: Sheet) -> Findings:
    by, path_m = sheet.word("judged_by", (BY_N, BY_K)), sheet.number("path_m")
    quantities = tuple(
        _by_n(number, reading, sheet) if by == BY_N else _by_k(number, reading, path_m, sheet)
        for number, reading in enumerate(readings, start=1)
    )
    near = sheet.tolerance("filter_near")
    wanted = sheet.numbers("filters_n_pct")
    there = [
        any(abs(reading.label_n_pct - opacity) <= near.around(opacity) for reading in readings) for opacity in wanted
    ]
    return Findings(quantities, "opacity_off", () if all(there) else ("filter_missing",))


def _by_n(number: int, reading: FilterReading, sheet: Sheet) -> Quantity:
    return compared(f"filter_{number}_n_pct", reading.label_n_pct, reading.read_n_pct, sheet.tolerance("filter_n"))


def _by_k(number: int, reading: FilterReading, path_m: float, sheet: Sheet) -> Quantity:
    label = density_of(reading.label_n_pct, path_m)
    if label is None:
        raise NominalsMissing(f"filter_{number}", f"no density for a label of {reading.label_n_pct} %")
    read = density_of(reading.read_n_pct, path_m)
    return compared(f"filter_{number}_k_per_m", label, read, sheet.tolerance("filter_k"))
