"""The uncertain figures of a lug-down: which of those marked [C] a verdict consulted, and which of them decided it.

Knows which figure is consulted when. Knows no comparison of its own: those are lug_down_decision.py's.
"""

from lanectl.core.lug_down_decision import WINDOW, Decision, passes_under
from lanectl.core.lug_down_figures import ALTITUDE_READINGS, FINE, METHOD
from lanectl.core.lug_down_values import WHEEL_POWER, K, LugDownValues
from lanectl.core.verdict import FAIL, INVALID, Uncertain

VOIDING_RULES = {
    "engine_stall_below_rpm": ("engine_stall", "no_engine_speed"),
    "sampling_restarts_at_most": ("too_many_retries",),
    "power_confirm_share": ("power_not_confirmed",),
    "power_not_confirmed": ("power_not_confirmed",),
    "steady_power_below_limit": ("power_decided_by_inertia",),
    "co2_low_pct": ("probe_out",),
    "nox_low_ppm": ("probe_out",),
    "probe_out_s": ("probe_out",),
    "low_nox_alone": ("probe_out",),
    "low_flow_s": ("low_flow",),
    "pedal_reference": ("pedal_released",),
    "pedal_down_share": ("pedal_released",),
    "pedal_least_pct": ("pedal_released",),
    "pedal_released": ("pedal_released",),
    "engine_speed_off_obd_share": ("engine_speed_implausible",),
    "engine_speed_off_obd": ("engine_speed_implausible",),
    "weather_at_most_s": ("no_power_correction",),
}
"""Figures that can void a test, and the causes they do it by."""

Consulted = tuple[bool, str, bool]
"""Whether the test consulted the figure, its name, and whether it was decisive."""


def uncertain_of(values: LugDownValues, decision: Decision) -> tuple[Uncertain, ...]:
    """Return the figures marked [C] that this verdict consulted."""
    figures, outcome = values.figures, decision.outcome
    found = [
        Uncertain(f"{METHOD}.rules.{name}", decisive)
        for used, name, decisive in _consulted(values, decision)
        if used and figures.of.is_uncertain(name)
    ]
    if figures.of.limits_are_uncertain() and outcome != INVALID:
        decisive = outcome == FAIL and passes_under(values, decision, "a")
        found.append(Uncertain(f"{METHOD}.sets.{figures.limit_set}", decisive))
    return tuple(found)


def _consulted(values: LugDownValues, decision: Decision) -> tuple[Consulted, ...]:
    machine, cause = values.machine, decision.cause
    pointed, judged = values.total(0, K) is not None, decision.outcome != INVALID
    others = [judgement for judgement in decision.judgements if judgement.quantity != WINDOW]
    outside = decision.outside_window and all(judgement.ok for judgement in others)
    return (
        (values.has_scanned, "settle_tolerance_kmh", False),
        (values.has_scanned, "point_exit", machine.sampling_restarts > 0),
        (values.has_scanned, "max_power_from", _power_reading_decides(values)),
        (pointed, "engine_speed_tolerance", outside),
        (pointed, "engine_speed_window", outside),
        (values.total(1, K) is not None, "near_zero_k_per_m", False),
        (machine.scan.max_rpm > 0, "max_rpm_least_share", False),
        (True, "full_throttle_at_most_s", cause == "full_throttle_too_long"),
        *((used, name, cause in VOIDING_RULES[name]) for name, used in _voiding_consulted(values, cause).items()),
        (judged, "compare", decision.rounding),
        (judged, "round_power_decimals", False),
        *_altitude_consulted(values, decision),
    )


def _voiding_consulted(values: LugDownValues, cause: str | None) -> dict[str, bool]:
    """Tell of each figure that can void a test whether this test consulted it."""
    machine, watch = values.machine, values.machine.watch
    felt = bool(watch.knows_lowest)
    return {
        "engine_stall_below_rpm": bool(machine.saw_rpm),
        "sampling_restarts_at_most": machine.sampling_restarts > 0,
        "power_confirm_share": values.total(0, WHEEL_POWER) is not None,
        "power_not_confirmed": bool(machine.saw_not_confirmed),
        "steady_power_below_limit": bool(machine.saw_by_inertia),
        "co2_low_pct": watch.co2_s > 0,
        "nox_low_ppm": bool(watch.saw_low_nox_alone) or watch.co2_s < watch.sampled_s,
        "probe_out_s": watch.sampled_s > 0,
        "low_nox_alone": bool(watch.saw_low_nox_alone),
        "low_flow_s": watch.pinched_s > 0,
        "pedal_reference": felt,
        "pedal_down_share": felt,
        "pedal_least_pct": felt,
        "pedal_released": bool(watch.saw_released),
        "engine_speed_off_obd_share": watch.obd_s >= watch.compared_s,
        "engine_speed_off_obd": bool(watch.saw_implausible),
        "weather_at_most_s": values.has_scanned or cause == "no_power_correction",
    }


def _altitude_consulted(values: LugDownValues, decision: Decision) -> tuple[Consulted, ...]:
    f = values.figures.of
    sampled = decision.outcome != INVALID and not decision.is_low_power
    if not sampled or f.rule("station_altitude_m") <= f.rule("altitude_above_m"):
        return ()
    decisive = _altitude_decides(values, decision)
    return ((True, "altitude_allowance", decisive), (True, "altitude_add_k_per_m", decisive))


def _power_reading_decides(values: LugDownValues) -> bool:
    """Tell whether the scan and the point stand on different sides of the least power."""
    if not values.has_scanned or values.total(0, WHEEL_POWER) is None:
        return False
    power = values.machine.power
    return len({values.figures.is_enough_power(kw / FINE) for kw in (power.corrected, power.corrected_100)}) == 2


def _altitude_decides(values: LugDownValues, decision: Decision) -> bool:
    """Tell whether another reading of the altitude rule would change a comparison of k."""
    for judgement in decision.judgements:
        if not judgement.quantity.startswith("k") or judgement.value is None:
            continue
        limit = values.figures.of.limit(judgement.quantity)
        for reading in ALTITUDE_READINGS:
            if (judgement.value <= limit + values.figures.allowance(reading)) != judgement.ok:
                return True
    return False
