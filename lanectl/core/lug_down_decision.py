"""The decision of a lug-down: which value is compared with which limit, and how that comes out.

Knows the comparisons, and how they would come out under the other way of rounding or another set. Knows no second and
no timer: those are lug_down.py's.
"""

from dataclasses import dataclass

from lanectl.core.figures import Figures
from lanectl.core.lug_down_figures import METHOD
from lanectl.core.lug_down_values import JUDGED_VALUES, POWER, RPM, K, LugDownValues
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement

JUDGED = 1
LOW_POWER = 10
WINDOW = "engine_speed_100_rpm"
CAUSES = {
    1: "incomplete",
    2: "engine_stall",
    3: "gap_in_window",
    4: "value_missing_in_window",
    5: "opacity_full_scale",
    6: "full_throttle_too_long",
    7: "ambient_too_hot",
    8: "no_power_correction",
    9: "no_humidity_factor",
    10: "power_below_limit",
    11: "no_engine_speed",
    12: "too_many_retries",
    13: "power_not_confirmed",
    14: "power_decided_by_inertia",
    15: "probe_out",
    16: "low_flow",
    17: "pedal_released",
    18: "engine_speed_implausible",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by which comparisons; ``cause`` says why a test ended before its last second."""

    outcome: str
    cause: str | None
    judgements: tuple[Judgement, ...]
    rounding: bool
    """Whether the other way of rounding would turn a comparison."""
    outside_window: bool
    """Whether the engine speed of the first point was too far from the rated one."""

    @property
    def is_low_power(self) -> bool:
        """Tell whether too little power decided, before the points were judged."""
        return self.cause == CAUSES[LOW_POWER]


def decide(values: LugDownValues) -> Decision:
    """Decide a test that is over."""
    machine = values.machine
    window = _judge_window(values)
    judgements: tuple[Judgement, ...] = ()
    outcome = INVALID
    if machine.outcome == JUDGED:
        judgements = _judgements(values, window)
        outcome = PASS if all(judgement.ok for judgement in judgements) else FAIL
    rounding = any(judgement.ok != _holds_otherwise(values, judgement) for judgement in judgements)
    outside = values.total(0, K) is not None and not window.ok
    return Decision(outcome, CAUSES.get(machine.cause), judgements, rounding, outside)


def passes_under(values: LugDownValues, decision: Decision, limit_set: str) -> bool:
    """Tell whether the comparisons would all hold under another set; power and engine speed have no other limit."""
    other = Figures(METHOD, values.figures.section, limit_set)
    for judgement in decision.judgements:
        if judgement.quantity in (POWER, WINDOW):
            if not judgement.ok:
                return False
        elif judgement.value is None or judgement.value > values.figures.limit(judgement.quantity, other):
            return False
    return True


def _judgements(values: LugDownValues, window: Judgement) -> tuple[Judgement, ...]:
    figures = values.figures
    power, least = values.readings[POWER], figures.least_power_kw
    ok = power.judged is not None and figures.is_enough_power(power.judged)
    judgements = [Judgement(POWER, power.judged, power.raw, least, ok, least)]
    if values.machine.cause != LOW_POWER:
        for key, _point, _channel, _name in JUDGED_VALUES:
            value, raw, _other = values.readings[key]
            limit = figures.limit(key)
            judgements.append(Judgement(key, value, raw, limit, value is not None and value <= limit))
        if figures.judges_window:
            judgements.append(window)
    return tuple(judgements)


def _judge_window(values: LugDownValues) -> Judgement:
    rated, share = values.figures.rated_rpm, values.figures.of.rule("engine_speed_tolerance")
    low, high = rated * (1 - share), rated * (1 + share)
    speed = values.mean(0, RPM)
    return Judgement(WINDOW, speed, speed, high, speed is not None and low <= speed <= high, low)


def _holds_otherwise(values: LugDownValues, judgement: Judgement) -> bool:
    """Tell whether a comparison holds under the other way of rounding."""
    if judgement.quantity == POWER:
        return judgement.ok != bool(values.machine.power.full_decides_otherwise)
    if judgement.quantity == WINDOW:
        return judgement.ok
    other = values.readings[judgement.quantity].otherwise
    return other is not None and other <= judgement.limit
