"""Checks before a test: zero, ambient air, residual hydrocarbons (gb_methods 8.1).

Knows the comparison, takes the thresholds as data. Does not know how the air was drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Outcome of one check: a code when it fails, and the figures that were compared."""

    ok: bool
    code: str | None
    nominal: Mapping[str, float]
    measured: Mapping[str, float | None]


def mean_of(rows: Sequence[Mapping[str, float | None]], name: str) -> float | None:
    """Return the mean of a channel over the rows that have it, or None when none has it."""
    values = [value for row in rows if (value := row.get(name)) is not None]
    return sum(values) / len(values) if values else None


def check_background(rows: Sequence[Mapping[str, float | None]], thresholds: Mapping[str, float]) -> CheckResult:
    """Judge ambient air: HC (ppm), CO (%), NO (ppm) each at most its threshold."""
    measured = {name: mean_of(rows, name) for name in ("hc_ppm", "co_pct", "no_ppm")}
    nominal = {name: thresholds[f"background_{name}"] for name in measured}
    if any(value is None for value in measured.values()):
        return CheckResult(False, "no_reading", nominal, measured)
    high = any(value is not None and value > nominal[name] for name, value in measured.items())
    return CheckResult(not high, "background_high" if high else None, nominal, measured)


def check_residue(
    rows: Sequence[Mapping[str, float | None]], background_hc_ppm: float, thresholds: Mapping[str, float]
) -> CheckResult:
    """Judge HC residue: HC through the probe less HC of ambient air, at most its threshold (ppm)."""
    through_probe = mean_of(rows, "hc_ppm")
    nominal = {"residue_hc_ppm": thresholds["residue_hc_ppm"]}
    if through_probe is None:
        return CheckResult(False, "no_reading", nominal, {"residue_hc_ppm": None})
    residue = through_probe - background_hc_ppm
    high = residue > nominal["residue_hc_ppm"]
    return CheckResult(not high, "residue_high" if high else None, nominal, {"residue_hc_ppm": residue})


def check_zero(rows: Sequence[Mapping[str, float | None]], nominal: Mapping[str, float]) -> CheckResult:
    """Judge what a device shows of clean air after its zero: no channel further from nothing than its threshold.

    A row without a value counts against the zero: a device that was zeroed over exhaust shows less than nothing
    afterwards, and its driver calls that no value.
    """
    measured = {name: mean_of(rows, name) for name in nominal}
    complete = all(row.get(name) is not None for row in rows for name in nominal)
    off = any(value is not None and abs(value) > nominal[name] for name, value in measured.items())
    ok = bool(rows) and complete and not off
    return CheckResult(ok, None if ok else "zero_drifted", dict(nominal), measured)
