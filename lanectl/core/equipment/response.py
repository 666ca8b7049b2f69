"""How fast an analyser follows a step of gas: T90 up, T10 down, and the whole delay of the line.

T90: from the switch of the gas until the reading has covered nine tenths of its way; T10: from the switch to zero gas
until a tenth of the way is left. Knows records of times and readings. Knows no valve and no clock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lanectl.core.equipment.content import asked_of
from lanectl.core.equipment.crossing import Crossing, crossing
from lanectl.core.equipment.result import AT_MOST, CheckResult, Quantity, compared, is_number
from lanectl.core.equipment.sheet import Findings, Sheet, judge

RESPONSE, DELAY = "response_time", "sample_delay"
T90, T10 = "t90", "t10"
SHARE = 0.9
KNOWN = ("hc_ppm", "co_pct", "co2_pct", "no_ppm", "no2_ppm", "o2_pct")
USUAL = ("hc_ppm", "co_pct", "co2_pct", "no_ppm", "o2_pct")
"""The channels of an analyser of five gases, each of which is to be timed."""


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


def check_response(
    steps: Mapping[str, Mapping[str, Step]],
    equipment: Mapping[str, object],
    channels: Collection[str] | None = None,
) -> CheckResult:
    """Judge response times by channel and kind: ``{"co_pct": {"t90": step, "t10": step}}``, each at most its limit.

    Both kinds of each channel have to be there (``channel_missing``): those of an analyser of five gases, or of the
    ``channels`` that the caller says it has.
    """
    asked = asked_of(USUAL, channels, KNOWN)
    missing = tuple(
        f"{kind}_{name}_s" for name in asked.channels for kind in (T90, T10) if kind not in steps.get(name, {})
    )
    sheet = Sheet.of(equipment, "response")

    def find(figures: Sheet) -> Findings:
        quantities = tuple(
            _timed(f"{kind}_{channel}_s", step, figures.number(f"{kind}_{channel}_s"), figures)
            for channel, kinds in steps.items()
            for kind, step in kinds.items()
        )
        reasons = ("channel_missing",) if missing else ()
        lacking = (name for name in asked.lacking if name not in steps)
        return Findings(quantities, "too_slow", reasons, asked.notes, not_checked=(*missing, *lacking))

    return judge(RESPONSE, sheet, find)


def check_delay(
    steps: Mapping[str, Step], equipment: Mapping[str, object], channels: Collection[str] | None = None
) -> CheckResult:
    """Judge the whole delay from the probe to nine tenths of the reading, line and analyser together, by channel.

    Every channel has to be there, as for check_response.
    """
    asked = asked_of(USUAL, channels, KNOWN)
    missing = tuple(name for name in asked.channels if name not in steps)
    sheet = Sheet.of(equipment, "response")

    def find(figures: Sheet) -> Findings:
        quantities = tuple(
            _timed(f"delay_{channel}_s", step, figures.number(f"delay_{channel}_s"), figures)
            for channel, step in steps.items()
        )
        reasons = ("channel_missing",) if missing else ()
        lacking = (name for name in asked.lacking if name not in steps)
        return Findings(quantities, "too_slow", reasons, asked.notes, not_checked=(*missing, *lacking))

    return judge(DELAY, sheet, find)


def _timed(name: str, step: Step, limit_s: float, sheet: Sheet) -> Quantity:
    found = response_s(step, sheet.number("longest_step_s"))
    return compared(name, limit_s, found.at_s, kind=AT_MOST, why=found.why or "no_reading")
