"""What the core makes of each second of a trace: the table that `evaluate --rows` writes, and the comparisons.

Knows which columns belong to petrol, to diesel and to VMAS. A recorded column of a computed quantity is compared, never
used.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from lanectl.core.figures import Figures
from lanectl.core.formulas import power_from_force
from lanectl.core.methods import VmasTrial, corrected_row, diesel_row
from lanectl.core.second import LegalSecond

TIME_NAMES = ("t_s", "phase", "elapsed_s")
PETROL_NAMES = ("kh", "df", "lambda", "co_pct_corrected", "hc_ppm_corrected", "no_ppm_corrected")
DIESEL_NAMES = ("k_per_m", "power_kw", "kh")
VMAS_NAMES = (
    "cycle_s", "reference_kmh", "dilution_ratio", "flow_std_l_s", "exhaust_l_s", "df", "kh", "co_g", "hc_g", "nox_g",
)  # fmt: skip
DIESEL_METHODS = ("free_acceleration", "lug_down")


@dataclass(slots=True)
class Comparison:
    """The largest difference between a recorded column and what the core makes of the row."""

    largest: float = 0.0
    rows: int = 0

    def add(self, recorded: float | None, computed: float | None) -> None:
        """Take one row; nothing is compared where one of the two is missing."""
        if recorded is not None and computed is not None:
            self.largest = max(self.largest, abs(recorded - computed))
            self.rows += 1


@dataclass(frozen=True, slots=True)
class RowMath:
    """The computed columns of a method, and which recorded column each of some is compared with."""

    names: tuple[str, ...]
    compared: Mapping[str, str]
    compute: Callable[[LegalSecond], tuple[float | None, ...]]


def petrol_rows(fuel: str, asm_limits: Mapping[str, object]) -> RowMath:
    """Correct seconds as the ASM method does."""

    def compute(second: LegalSecond) -> tuple[float | None, ...]:
        row = corrected_row(second, fuel, asm_limits)
        return (row.kh, row.df, row.lambda_, row.co_pct, row.hc_ppm, row.no_ppm)

    return RowMath(PETROL_NAMES, {"lambda": "lambda"}, compute)


def diesel_rows(method: str, limits: Mapping[str, object], limit_set: str) -> RowMath:
    """Work out smoke density and wheel power of seconds."""
    path_m = Figures(method, limits, limit_set).rule("path_m")

    def compute(second: LegalSecond) -> tuple[float | None, ...]:
        row = diesel_row(second, path_m)
        return (row.k_per_m, row.power_kw, row.kh)

    return RowMath(DIESEL_NAMES, {"opacity_k_per_m": "k_per_m"}, compute)


def vmas_rows(trial: VmasTrial) -> RowMath:
    """Measure seconds as VMAS does; ``trial`` is one of their own, that takes every second of the trace in order.

    A row tells of the second ``cycle_s`` of the cycle: the one whose last reading has come with it.
    """

    def compute(second: LegalSecond) -> tuple[float | None, ...]:
        before = trial.measured()
        trial.push(second)
        row = trial.measured()
        if row is None or (before is not None and row.cycle_s == before.cycle_s):
            return (None,) * len(VMAS_NAMES)
        flows = (row.share, row.standard_l_s, row.exhaust_l_s)
        return (row.cycle_s, row.reference_kmh, *flows, row.df, row.kh, row.co_g, row.hc_g, row.nox_g)

    return RowMath(VMAS_NAMES, {}, compute)


class RowTable:
    """Takes second after second; writes them where a table is wanted, and compares."""

    def __init__(self, math: RowMath, stream: TextIO | None) -> None:
        self.comparisons = {name: Comparison() for name in (*math.compared, "power_total_kw")}
        self._math = math
        self._table = csv.writer(stream) if stream is not None else None
        if self._table is not None:
            self._table.writerow((*TIME_NAMES, *math.names))

    def add(self, second: LegalSecond, phase: str, elapsed_s: int) -> None:
        """Take one second with the phase that it fell into."""
        found = dict(zip(self._math.names, self._math.compute(second), strict=True))
        v = second.values
        for recorded, computed in self._math.compared.items():
            self.comparisons[recorded].add(v.get(recorded), found[computed])
        force, speed = v.get("force_n"), v.get("speed_kmh")
        power = None if force is None or speed is None else power_from_force(force, speed)
        self.comparisons["power_total_kw"].add(v.get("power_total_kw"), power)
        if self._table is not None:
            cells = ["" if value is None else f"{value:.6f}" for value in found.values()]
            self._table.writerow([second.t_ms / 1000, phase, elapsed_s, *cells])
