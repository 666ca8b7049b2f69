"""What an ASM test is judged: the verdict from the numbers that its state machine tells when it is over.

Knows how sums become means, comparisons, reasons and doubts. Knows no timer and no trace: a test may have been told by
a machine in a lane, or be a line of a table of many (batch.py).
"""

from collections.abc import Sequence
from typing import NamedTuple

from lanectl.core.asm_law import GASES, HC, METHOD, MODES, SCALES, AsmLaw
from lanectl.core.figures import Figures
from lanectl.core.formulas import half_even
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Uncertain, Verdict

OUTCOMES = (None, PASS, FAIL, INVALID)
CAUSES = (
    None,
    "incomplete",
    "too_many_retries",
    "co_plus_co2_low",
    "engine_stall",
    "no_valid_window",
    "gap_in_window",
    "low_flow",
    "quick_check_passed",
    "immediate_fail_500_percent",
)
QUICK_CHECK = "quick_check_passed"
IMMEDIATE_FAIL = "immediate_fail_500_percent"
BESIDE = (
    ("co2_pct", 3, 16, 10**9),
    ("o2_pct", 4, 32, 10**9),
    ("rpm", 5, 64, 10**6),
    ("lambda", 6, 128, 10**9),
    ("power_kw", 7, 256, 10**6),
)
"""What is told beside the gases: quantity, channel, the bit that says it is lacking, counts a unit."""
TOLD = 36
"""How many numbers a machine tells of a test: 16 of the test, then the windows' ends, lacks and eight sums a mode."""


class AsmTold(NamedTuple):
    """What the machine tells of a test before its windows, in its order; ``saw`` and ``matters`` are 1 where so."""

    outcome: int
    cause: int
    mode: int
    went_on: int
    force_restarts: int
    rounding_matters: int
    quick_otherwise: int
    deciding_matters: int
    preset_matters: int
    saw_gap: int
    saw_gap_in_hold: int
    saw_rpm: int
    saw_no_kh: int
    saw_missing: int
    saw_low_gas: int
    saw_low_flow: int


class AsmVerdict:
    """One test's verdict; ``told`` are the TOLD numbers of its machine."""

    def __init__(self, law: AsmLaw, told: Sequence[int]) -> None:
        self._law = law
        self._told = AsmTold._make(told[:16])
        self._ends, self._lacks, self._sums = told[16:18], told[18:20], told[20:TOLD]
        self._window_s = law.figures.whole("window_s")
        self._outcome = OUTCOMES[self._told.outcome] or INVALID
        self._cause = CAUSES[self._told.cause]

    def verdict(self) -> Verdict:
        """Return the verdict; a test that was never ended is invalid."""
        judgements = () if self._outcome == INVALID else self._judgements(self._told.mode)
        said = (self._values(), judgements, self._reasons(), self._uncertain())
        return Verdict(self._outcome, METHOD, self._law.limit_set, *said)

    def _mean(self, mode: int, channel: int, scale: int) -> float:
        return self._sums[mode * 8 + channel] / (scale * self._window_s)

    def _judged(self, mode: int, gas: int) -> float:
        if self._law.compares_full:
            return self._mean(mode, gas, SCALES[gas])
        unit = self._law.units[gas]
        return half_even(self._sums[mode * 8 + gas], unit * self._window_s) * unit / SCALES[gas]

    def _has(self, mode: int, bit: int) -> bool:
        return self._ends[mode] > 0 and not self._lacks[mode] & bit

    def _values(self) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        for mode, name in enumerate(MODES):
            for gas, quantity in enumerate(GASES):
                has = self._has(mode, 1 << gas)
                values[f"{name}_{quantity}"] = self._judged(mode, gas) if has else None
                values[f"{name}_{quantity}_raw"] = self._mean(mode, gas, SCALES[gas]) if has else None
            for quantity, channel, bit, scale in BESIDE:
                values[f"{name}_{quantity}"] = self._mean(mode, channel, scale) if self._has(mode, bit) else None
            end = self._ends[mode]
            values[f"{name}_window_first_row"] = float(end - self._window_s + 1) if end else None
            values[f"{name}_window_last_row"] = float(end) if end else None
        return values

    def _judgements(self, mode: int) -> tuple[Judgement, ...]:
        """Return the comparisons of the mode that decided; what is only recorded is not among them."""
        judgements = []
        for gas, quantity in enumerate(GASES):
            if not self._has(mode, 1 << gas) or (gas == HC and not self._law.hc_judged):
                continue
            judged, raw, limit = self._judged(mode, gas), self._mean(mode, gas, SCALES[gas]), self._law.limit(mode, gas)
            judgements.append(Judgement(f"{MODES[mode]}_{quantity}", judged, raw, limit, judged <= limit))
        return tuple(judgements)

    def _reasons(self) -> tuple[str, ...]:
        told, cause = self._told, self._cause
        found = (
            (cause is not None, cause or ""),
            (self._outcome == FAIL and cause is None, "over_limit"),
            (bool(told.went_on), "asm5025_failed"),
            (self._rounding_decides(), "rounding_decides"),
            (bool((told.saw_gap and cause != "gap_in_window") or told.saw_gap_in_hold), "gap_outside_window"),
            (bool(told.saw_no_kh), "no_humidity_factor"),
            (bool(told.saw_missing), "value_missing"),
            (not self._law.hc_judged, "hc_recorded_only"),
            (self._law.fuel == "hybrid", "hybrid_as_petrol"),
        )
        return tuple(code for holds, code in found if holds)

    def _rounding_decides(self) -> bool:
        told = self._told
        return self._outcome != INVALID and bool(
            told.rounding_matters or (told.quick_otherwise and self._outcome == FAIL)
        )

    def _uncertain(self) -> tuple[Uncertain, ...]:
        told, cause, outcome, figures = self._told, self._cause, self._outcome, self._law.figures
        judged_at_end = any(self._ends) and (cause not in (QUICK_CHECK, IMMEDIATE_FAIL) or bool(told.went_on))
        consulted = (
            (True, "mode_total_s", cause == "too_many_retries"),
            (True, "force_tolerance_fraction", told.force_restarts > 0),
            (judged_at_end, "deciding_window", bool(told.deciding_matters)),
            (judged_at_end or outcome != INVALID, "compare", self._rounding_decides()),
            (True, "immediate_fail_after_preset", bool(told.preset_matters) and outcome != FAIL),
            (True, "co_plus_co2_low_s", bool(told.saw_low_gas) and cause != "co_plus_co2_low"),
            (bool(told.saw_low_flow), "low_flow_s", cause != "low_flow"),
            (bool(told.saw_rpm), "engine_stall_below_rpm", cause == "engine_stall"),
        )
        rules = [
            Uncertain(f"{METHOD}.rules.{name}", decisive)
            for used, name, decisive in consulted
            if used and figures.is_uncertain(name)
        ]
        if figures.limits_are_uncertain() and outcome != INVALID:
            rules.append(Uncertain(f"{METHOD}.sets.{self._law.limit_set}", outcome == FAIL and self._passes_under("a")))
        return tuple(rules)

    def _passes_under(self, limit_set: str) -> bool:
        """Tell whether a judged mode would have passed under another limit set."""
        other = Figures(METHOD, self._law.section, limit_set)
        for mode in range(2):
            gases = [gas for gas in range(3) if gas != HC or self._law.hc_judged]
            if self._ends[mode] and all(
                self._judged(mode, gas) <= other.limit(f"{MODES[mode]}_{GASES[gas]}") for gas in gases
            ):
                return True
        return False
