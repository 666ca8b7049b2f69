"""Checks with air before and between tests: zero, ambient, background, HC residue, oxygen, leak, flow.

Knows the comparisons, takes the thresholds as data. Does not know how the air was drawn.
"""

from collections.abc import Mapping, Sequence

from lanectl.core.equipment.result import AT_MOST, CheckResult, Tolerance, compared
from lanectl.core.equipment.sheet import Findings, Sheet, judge

Rows = Sequence[Mapping[str, float | None]]
GASES = ("hc_ppm", "co_pct", "no_ppm")
PRETEST = "pretest"


def mean_of(rows: Rows, name: str) -> float | None:
    """Return the mean of a channel over the rows that have it, or None when none has it."""
    values = [value for row in rows if (value := row.get(name)) is not None]
    return sum(values) / len(values) if values else None


def check_background(rows: Rows, thresholds: Mapping[str, object]) -> CheckResult:
    """Judge background air: HC (ppm), CO (%), NO (ppm) each at most its threshold; section [pretest] of the limits."""
    return _air("check_background", "background", rows, Sheet(PRETEST, thresholds))


def check_ambient(rows: Rows, equipment: Mapping[str, object]) -> CheckResult:
    """Judge ambient air, drawn through the clean port and not the probe, in the same way."""
    return _air("check_ambient", "ambient", rows, Sheet.of(equipment, "air"))


def check_residue(rows: Rows, ambient_hc_ppm: float | None, thresholds: Mapping[str, object]) -> CheckResult:
    """Judge HC residue: HC through the probe less HC of ambient air, at most its threshold (ppm)."""
    through_probe = mean_of(rows, "hc_ppm")
    known = through_probe is not None and ambient_hc_ppm is not None
    residue = through_probe - ambient_hc_ppm if through_probe is not None and ambient_hc_ppm is not None else None
    values = {"probe_hc_ppm": through_probe, "ambient_hc_ppm": ambient_hc_ppm} if known else {}

    def find(sheet: Sheet) -> Findings:
        limit = sheet.number("residue_hc_ppm")
        return Findings((compared("residue_hc_ppm", limit, residue, kind=AT_MOST),), "residue_high", values=values)

    return judge("check_residue", Sheet(PRETEST, thresholds), find)


def check_zero(check: str, rows: Rows, names: Mapping[str, str], thresholds: Mapping[str, object]) -> CheckResult:
    """Judge what a device shows of clean air after its zero: no channel further from nothing than its threshold.

    ``names``: the threshold's name in [pretest] by channel. A row without a value counts against the zero: a device
    that was zeroed over exhaust shows less than nothing afterwards, and its driver calls that no value.
    """
    complete = bool(rows) and all(row.get(name) is not None for row in rows for name in names)

    def find(sheet: Sheet) -> Findings:
        quantities = tuple(
            compared(name, 0.0, mean_of(rows, name), Tolerance(absolute=sheet.number(figure)), why="zero_drifted")
            for name, figure in names.items()
        )
        return Findings(quantities, "zero_drifted", () if complete else ("zero_drifted",))

    return judge(check, Sheet(PRETEST, thresholds), find)


def check_oxygen(o2_pct: float | None, equipment: Mapping[str, object]) -> CheckResult:
    """Judge the analyser's oxygen in ambient air: 20.8 % and a tolerance on which sources differ [C]."""

    def find(sheet: Sheet) -> Findings:
        nominal, tolerance = sheet.number("ambient_o2_pct"), sheet.tolerance("analyser_o2")
        return Findings((compared("o2_pct", nominal, o2_pct, tolerance),), "oxygen_off")

    return judge("check_oxygen", Sheet.of(equipment, "air"), find)


def check_leak(tight: bool | None) -> CheckResult:
    """Judge a leak check that the analyser did itself: it says tight (1) or not (0); no answer is no pass."""
    return _said("leak", "tight", 1.0, tight, "leaking")


def check_low_flow(low: bool | None) -> CheckResult:
    """Judge the sample flow before a test by the analyser's own word: low (1) or not (0)."""
    return _said("low_flow", "low_flow", 0.0, low, "low_flow")


def _air(check: str, kind: str, rows: Rows, thresholds: Sheet) -> CheckResult:
    def find(sheet: Sheet) -> Findings:
        quantities = tuple(
            compared(name, sheet.number(f"{kind}_{name}"), mean_of(rows, name), kind=AT_MOST) for name in GASES
        )
        return Findings(quantities, f"{kind}_high")

    return judge(check, thresholds, find)


def _said(check: str, quantity: str, nominal: float, word: bool | None, off: str) -> CheckResult:
    measured = None if word is None else float(word)
    return judge(check, Sheet(check, {}), lambda _: Findings((compared(quantity, nominal, measured),), off))
