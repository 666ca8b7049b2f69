"""The verdict of a lug-down: the decision, and what has to be said of the test beside it.

Knows the reasons. Knows no second and no timer: those are lug_down.py's. The comparisons are lug_down_decision.py's,
the uncertain figures lug_down_uncertain.py's.
"""

from lanectl.core.lug_down import LugDown
from lanectl.core.lug_down_decision import Decision, decide
from lanectl.core.lug_down_figures import FINE, METHOD, PERCENT, LugDownFigures
from lanectl.core.lug_down_uncertain import uncertain_of
from lanectl.core.lug_down_values import JUDGED_VALUES, K, LugDownValues
from lanectl.core.verdict import INVALID, Verdict

FULL_PEDAL = 100 * PERCENT

Found = tuple[bool, str]


def verdict_of(machine: LugDown, figures: LugDownFigures) -> Verdict:
    """Return the verdict of a test that is over."""
    values = LugDownValues(machine, figures)
    decision = decide(values)
    reasons, uncertain = _reasons(values, decision), uncertain_of(values, decision)
    return Verdict(
        decision.outcome, METHOD, figures.limit_set, values.as_mapping(), decision.judgements, reasons, uncertain
    )


def _reasons(values: LugDownValues, decision: Decision) -> tuple[str, ...]:
    machine, scan, cause = values.machine, values.machine.scan, decision.cause
    limited = {key for key, _point, _channel, _name in JUDGED_VALUES}
    over = any(not judgement.ok and judgement.quantity in limited for judgement in decision.judgements)
    allowed = values.has_scanned and decision.outcome != INVALID and _allows_altitude(values.figures)
    found: tuple[Found, ...] = (
        (cause is not None, cause or ""),
        (over, "over_limit"),
        (decision.rounding, "rounding_decides"),
        (decision.outside_window, "engine_speed_outside_window"),
        (bool(machine.saw_gap) and cause != "gap_in_window", "gap_outside_window"),
        (bool(scan.saw_missing), "value_missing_in_scan"),
        (bool(scan.saw_fast_scan), "scan_too_fast"),
        (bool(scan.saw_100_kmh), "gear_too_high"),
        (machine.sampling_restarts > 0, "sampling_restarted"),
        (_is_discarded_over(values), "discarded_over_limit"),
        (bool(machine.nox_is_sum), "nox_is_no_plus_no2"),
        (allowed, "altitude_allowance"),
        *_remarks(values),
        *(_unconfirmed(machine) if decision.outcome != INVALID else ()),
    )
    return tuple(dict.fromkeys(code for holds, code in found if holds))


def _remarks(values: LugDownValues) -> tuple[Found, ...]:
    """Say what does not look right though it voids nothing."""
    machine, watch, figures = values.machine, values.machine.watch, values.figures
    low_rpm = 0 < machine.scan.max_rpm < figures.of.rule("max_rpm_least_share") * figures.rated_rpm * FINE
    short = bool(watch.knows_pedal) and watch.pedal_highest < watch.pedal_share * FULL_PEDAL
    return (
        (bool(machine.saw_not_confirmed), "power_not_confirmed"),
        (bool(machine.saw_by_inertia), "power_decided_by_inertia"),
        (bool(watch.saw_released), "pedal_released"),
        (bool(watch.saw_low_nox_alone), "nox_near_zero"),
        (_is_opacity_near_zero(values), "opacity_near_zero"),
        (values.has_scanned and low_rpm, "max_rpm_low"),
        (bool(watch.saw_implausible), "engine_speed_implausible"),
        (watch.warmth.is_cold, "engine_cold"),
        (short, "pedal_short_of_full_scale"),
    )


def _unconfirmed(machine: LugDown) -> tuple[Found, ...]:
    """Say what nobody could confirm, because the trace does not have it."""
    watch = machine.watch
    sampled = watch.sampled_s > 0
    return (
        (sampled and watch.co2_s < watch.sampled_s, "probe_without_co2"),
        (sampled and watch.pedal_s < watch.sampled_s, "pedal_unconfirmed"),
        (sampled and watch.obd_s < watch.compared_s, "engine_speed_unconfirmed"),
        (sampled and watch.warmth.engine_temp_c is None, "temperature_unknown"),
    )


def _is_discarded_over(values: LugDownValues) -> bool:
    found = ((key, values.discarded(point, channel)) for key, point, channel, _name in JUDGED_VALUES)
    return any(value is not None and value > values.figures.limit(key) for key, value in found)


def _is_opacity_near_zero(values: LugDownValues) -> bool:
    means = [values.mean(point, K) for point in range(2)]
    return all(k is not None and k < values.figures.of.rule("near_zero_k_per_m") for k in means)


def _allows_altitude(figures: LugDownFigures) -> bool:
    return figures.limit("k100_per_m") > figures.of.limit("k100_per_m")
