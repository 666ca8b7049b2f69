"""How fast an analyser follows a step of gas: T90 up, T10 down, and the whole delay of the line.

T90: from the switch of the gas until the reading has covered nine tenths of its way; T10: from the switch to zero gas
until a tenth of the way is left. Knows records of times and readings. Knows no valve and no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanectl.core.equipment.crossing import Crossing, crossing
from lanectl.core.equipment.result import AT_MOST, CheckResult, Quantity, compared, is_number
from lanectl.core.equipment.sheet import Findings, Sheet, judge

RESPONSE, DELAY = "response_time", "sample_delay"
T90, T10 = "t90", "t10"
SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Step:
    """A recorded step: readings of one channel around the switch of the gas."""

    times_s: Sequence[float]
    readings: Sequence[float | None]
    switched_s: float
    """When the gas was switched, on the same clock; a reading before it says nothing about the answer."""
    before: float
    """The settled reading before the switch."""
    after: float
    """The settled reading after it, or the label of the bottle."""


def response_s(step: Step, longest_step_s: float) -> Crossing:
    """Return how long a step took to nine tenths of its way, up (T90) or down (T10), and to stay beyond.

    The seconds are None with a reason where the record does not reach so far, is there from the beginning, has a hole
    at the crossing, or where there was no step at all.
    """
    way = step.after - step.before
    if way == 0.0 or not is_number(way):
        return Crossing(None, "no_step")
    level = step.before + SHARE * way
    later = [(time, value) for time, value in zip(step.times_s, step.readings, strict=True) if time >= step.switched_s]
    found = crossing([time for time, _ in later], [value for _, value in later], level, way > 0.0, longest_step_s)
    return found if found.at_s is None else Crossing(found.at_s - step.switched_s)


def check_response(steps: Mapping[str, Mapping[str, Step]], equipment: Mapping[str, object]) -> CheckResult:
    """Judge response times by channel and kind: ``{"co_pct": {"t90": step, "t10": step}}``, each at most its limit."""
    sheet = Sheet.of(equipment, "response")

    def find(figures: Sheet) -> Findings:
        quantities = tuple(
            _timed(f"{kind}_{channel}_s", step, figures.number(f"{kind}_{channel}_s"), figures)
            for channel, kinds in steps.items()
            for kind, step in kinds.items()
        )
        return Findings(quantities, "too_slow")

    return judge(RESPONSE, sheet, find)


def check_delay(steps: Mapping[str, Step], equipment: Mapping[str, object]) -> CheckResult:
    """Judge the whole delay from the probe to nine tenths of the reading, line and analyser together, by channel."""
    sheet = Sheet.of(equipment, "response")

    def find(figures: Sheet) -> Findings:
        quantities = tuple(
            _timed(f"delay_{channel}_s", step, figures.number(f"delay_{channel}_s"), figures)
            for channel, step in steps.items()
        )
        return Findings(quantities, "too_slow")

    return judge(DELAY, sheet, find)


def _timed(name: str, step: Step, limit_s: float, sheet: Sheet) -> Quantity:
    found = response_s(step, sheet.number("longest_step_s"))
    return compared(name, limit_s, found.at_s, kind=AT_MOST, why=found.why or "no_reading")
