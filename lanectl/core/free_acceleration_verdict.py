"""The verdict of free acceleration: the decision, its values, and what has to be said of the test beside it.

Knows the words for what the state machine marked, and which uncertain figures a verdict stands on. Knows no sample and
no timer: those are free_acceleration.py's. The comparison is free_acceleration_decision.py's.
"""

from lanectl.core.free_acceleration import FreeAcceleration
from lanectl.core.free_acceleration_decision import IMPLAUSIBLE, SLOW, Decision
from lanectl.core.free_acceleration_figures import (
    K_SCALE,
    LIMIT,
    METHOD,
    NOT_FROM_IDLE,
    SNAPS,
    SPEED_SCALE,
    FreeAccelerationFigures,
)
from lanectl.core.verdict import FAIL, INVALID, Uncertain, Verdict

NOTES = {
    8: "short_hold", 16: "slow_pedal", 32: "short_idle", 128: "snap_short_of_speed", 256: "opacity_not_settled",
}  # fmt: skip
REPEATS = {**NOTES, NOT_FROM_IDLE: "snap_not_from_idle"}
FIGURES_OF = {
    8: ("hold_s", "short_hold"),
    16: ("pedal_up_pct", "pedal_down_pct", "slow_pedal"),
    32: ("idle_between_s", "short_idle"),
    128: ("governed_fraction_of_rated",),
    256: ("settled_k_per_m", "settled_look_back_s", "not_settled"),
    2048: ("settled_look_back_s",),
}
OF_PEDAL, OF_GOVERNED_SPEED = (16,), (8, 128)
OFF_OBD = ("engine_speed_off_obd_share", "engine_speed_off_obd", "obd_speed_after_idle_s", "obd_speed_after_top_s")
FLAT = 64
WITHOUT_PEAK = 4 | 1024

Values = dict[str, float | None]


def verdict_of(machine: FreeAcceleration, figures: FreeAccelerationFigures) -> Verdict:
    """Return the verdict of a test that is over."""
    decision = Decision(machine, figures)
    return Verdict(
        decision.outcome,
        METHOD,
        figures.limit_set,
        _values(decision),
        decision.judgements,
        _reasons(decision),
        _uncertain(decision),
    )


def _values(decision: Decision) -> Values:
    machine, total = decision.machine, decision.total
    values: Values = {
        LIMIT: None if total is None else decision.figures.judged(total, SNAPS),
        f"{LIMIT}_raw": None if total is None else total / (SNAPS * K_SCALE),
    }
    for number in range(1, SNAPS + 1):
        place = decision.places[number - 1] if number <= len(decision.places) else None
        values |= _values_of_snap(decision, number, place)
    values |= {"snaps_counted": float(machine.kept.counted), "snaps_repeated": float(machine.kept.repeats)}
    return values | _values_beside(decision)


def _values_of_snap(decision: Decision, number: int, place: int | None) -> Values:
    kept = decision.machine.kept
    peak = speed = told = None
    if place is not None:
        speed = kept.speed_of(place) / SPEED_SCALE
        told = float(kept.number_of(place)) or None
        peak = None if kept.marks_of(place) & WITHOUT_PEAK else kept.peak_of(place)
    return {
        f"snap{number}_k_per_m": None if peak is None else decision.figures.judged(peak, 1),
        f"snap{number}_k_per_m_raw": None if peak is None else peak / K_SCALE,
        f"snap{number}_rpm": speed,
        f"snap{number}_no": told,
    }


def _values_beside(decision: Decision) -> Values:
    """Return what the verdict does not rest on: the highest peak that did not count, and how the engine was."""
    kept, watch = decision.machine.kept, decision.machine.watch
    discarded = kept.discarded_k if kept.has_discarded else None
    return {
        "highest_discarded_k_per_m": None if discarded is None else decision.figures.judged(discarded, 1),
        "highest_discarded_k_per_m_raw": None if discarded is None else discarded / K_SCALE,
        "idle_rpm": _mean(watch.idle_counted, watch.idle_pairs),
        "idle_obd_rpm": _mean(watch.idle_told, watch.idle_pairs),
        "top_rpm": _mean(watch.top_counted, watch.top_pairs),
        "top_obd_rpm": _mean(watch.top_told, watch.top_pairs),
        "engine_temp_c": watch.warmth.engine_temp_c,
    }


def _reasons(decision: Decision) -> tuple[str, ...]:
    machine, kept, watch, marks = decision.machine, decision.machine.kept, decision.machine.watch, decision.marks
    void, outcome = decision.void, decision.outcome
    flat = kept.counted >= SNAPS and all(kept.marks_of(snap) & FLAT for snap in range(SNAPS))
    found = [
        (void is not None, void or ""),
        (outcome == FAIL, "over_limit"),
        (decision.rounding, "rounding_decides"),
        (void is None and bool(marks & SLOW), "slow_opacity_allowed"),
        (kept.repeats > 0, "snap_repeated"),
        *((bool(kept.repeat_marks & bit), code) for bit, code in REPEATS.items()),
        *((bool(marks & ~kept.repeat_marks & bit), code) for bit, code in NOTES.items()),
        (flat, "flat_opacity"),
        (kept.counted > SNAPS, "last_three_snaps"),
        (_is_discarded_over(decision), "discarded_over_limit"),
        (machine.blow_outs_short > 0, "blow_out_short_of_speed"),
        (bool(machine.saw_gap) and void != "gap_in_window", "gap_outside_window"),
        (decision.figures.rated_rpm is None, "governed_speed_unknown"),
        (bool(machine.probe_unasked), "probe_unconfirmed"),
        (bool(machine.probe_early), "probe_in_early"),
        (decision.is_implausible, IMPLAUSIBLE),
        (outcome != INVALID and not _is_confirmed(decision), "engine_speed_unconfirmed"),
        (watch.warmth.is_cold, "engine_cold"),
        (outcome != INVALID and watch.warmth.engine_temp_c is None, "temperature_unknown"),
    ]
    return tuple(dict.fromkeys(code for holds, code in found if holds))


def _is_discarded_over(decision: Decision) -> bool:
    kept, figures = decision.machine.kept, decision.figures
    over = bool(kept.has_discarded) and figures.judged(kept.discarded_k, 1) > figures.limit
    return over or bool(kept.discarded_full)


def _is_confirmed(decision: Decision) -> bool:
    """Tell whether the control unit told the engine's speed at idle, and at the top where there is one."""
    watch = decision.machine.watch
    return watch.idle_pairs > 0 and (watch.top_pairs > 0 or decision.figures.rated_rpm is None)


def _uncertain(decision: Decision) -> tuple[Uncertain, ...]:
    """Return the figures marked [C] that the verdict consulted."""
    figures, outcome = decision.figures, decision.outcome
    named: dict[str, bool] = {}
    for name, decisive in _consulted(decision):
        named[name] = named.get(name, False) or decisive
    found = [
        Uncertain(f"{METHOD}.rules.{name}", decisive)
        for name, decisive in named.items()
        if figures.of.is_uncertain(name)
    ]
    if figures.of.limits_are_uncertain() and outcome != INVALID:
        decisive = outcome == FAIL and decision.passes_under("a")
        found.append(Uncertain(f"{METHOD}.sets.{figures.limit_set}", decisive))
    return tuple(found)


def _consulted(decision: Decision) -> list[tuple[str, bool]]:
    machine, kept, watch, void = decision.machine, decision.machine.kept, decision.machine.watch, decision.void
    has_governed = decision.figures.rated_rpm is not None
    consulted = [
        ("idle_up_to_rpm", bool(kept.repeat_marks & NOT_FROM_IDLE)),
        ("settle_s", False),
        ("opacity_rate_share", void == "opacity_below_10_hz"),
        ("opacity_hole_s", void == "gap_in_window"),
        ("engine_stall_below_rpm", void in ("engine_stall", "no_engine_speed")),
        *((name, decision.is_implausible) for name in OFF_OBD if watch.idle_pairs + watch.top_pairs > 0),
    ]
    if kept.repeats > 0:
        consulted.append(("repeats_at_most", void == "too_many_retries"))
    if machine.blow_outs_done + machine.blow_outs_short > 0 and has_governed:
        consulted.append(("blow_out_short_of_speed", machine.blow_outs_short > 0))
    if watch.warmth.engine_temp_c is not None:
        consulted.append(("warm_from_c", False))
    if decision.outcome != INVALID:
        consulted.append(("compare", decision.rounding))
    marks = decision.marks | kept.repeat_marks
    for bit, names in FIGURES_OF.items():
        looked_at = (bit not in OF_PEDAL or watch.saw_pedal) and (bit not in OF_GOVERNED_SPEED or has_governed)
        consulted += [(name, bool(marks & bit)) for name in names if looked_at]
    return consulted


def _mean(total: int, pairs: int) -> float | None:
    return total / (SPEED_SCALE * pairs) if pairs else None
