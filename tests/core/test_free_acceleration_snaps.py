"""Free acceleration, the snaps themselves: where one ends and the next begins, and what was before each at any pace."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.trial import Guidance
from lanectl.core.verdict import Verdict

METHOD = "free_acceleration"
K30, K40, K60 = (round(-math.log(1 - n / 100) / 0.430, 9) for n in (30, 40, 60))

Decisive = Callable[[Verdict], list[str]]


def numbered_from(rows: list[Any], place: int, number: float) -> list[Any]:
    """Return the rows with another number of the snap from a place on."""
    return [{**row, "snap_no": number} if i >= place else row for i, row in enumerate(rows)]


# -- one snap or two


def test_a_pedal_pressed_again_before_the_engine_has_settled_goes_on_with_its_snap(diesel: Any) -> None:
    snap = diesel.snap(30)
    twice = [*snap[:120], *diesel.snap(60)[70:]]  # 1.6 s at idle between the two
    verdict = diesel.smoke([*twice, *diesel.snaps(30, 30)])
    assert (verdict.outcome, verdict.values["snaps_counted"]) == ("fail", 3)
    assert [verdict.values[f"snap{i}_k_per_m_raw"] for i in (1, 2, 3)] == [K60, K30, K30]


def test_a_number_that_changes_while_the_engine_is_up_makes_no_good_snap_of_either(diesel: Any) -> None:
    rows = [*diesel.snap(40, number=1.0), *diesel.snap(30, number=2.0)]
    torn = numbered_from(rows, 144 + 90, 3.0)
    whole = [row for number in (4.0, 5.0, 6.0) for row in diesel.snap(30, number=number)]
    verdict = diesel.smoke([*torn, *whole])
    assert verdict.outcome == "pass"
    assert (verdict.values["snaps_counted"], verdict.values["snaps_repeated"]) == (4, 2)
    assert {"snap_repeated", "opacity_not_settled", "snap_not_from_idle"} <= set(verdict.reasons)
    assert [verdict.values[f"snap{i}_no"] for i in (1, 2, 3)] == [4, 5, 6]


def test_a_number_under_which_the_engine_never_went_up_is_no_snap(diesel: Any) -> None:
    idling = [{**row, "snap_no": 2.0} for row in diesel.snap(30)[:60]]
    rows = [*diesel.snap(30, number=1.0), *idling, *diesel.snap(40, number=3.0), *diesel.snap(30, number=4.0)]
    verdict = diesel.smoke(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    assert [verdict.values[f"snap{i}_no"] for i in (1, 2, 3)] == [1, 3, 4]
    assert verdict.values["snap2_k_per_m_raw"] == K40


def test_the_last_number_too_may_be_one_repeat_too_many(diesel: Any, decisive: Decisive) -> None:
    """The last snap of a numbered trace is over only at the end of the trace; it is bounded there like any other."""
    good = [row for number in (1.0, 2.0, 3.0) for row in diesel.snap(30, number=number)]
    short = [row for number in (4.0, 5.0, 6.0, 7.0) for row in diesel.snap(30, number=number, top=2300.0)]
    assert diesel.smoke([*good, *short[: 144 * 3]]).outcome == "pass"
    verdict = diesel.smoke([*good, *short])
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "too_many_retries")
    assert "repeats_at_most" in decisive(verdict)


def test_a_repeated_snap_without_any_opacity_discards_no_peak(diesel: Any) -> None:
    blind = [{**row, "opacity_n_pct": None} for row in diesel.snap(30, top=2300.0)]
    verdict = diesel.smoke([*blind, *diesel.snaps(30, 30, 30)])
    assert (verdict.outcome, verdict.values["snaps_repeated"]) == ("pass", 1)
    assert verdict.values["highest_discarded_k_per_m"] is None
    assert "discarded_over_limit" not in verdict.reasons


def test_a_discarded_snap_beyond_measure_is_said_without_a_peak(diesel: Any) -> None:
    dark = [{**row, "opacity_n_pct": 100.0} if row["engine_rpm"] > 1200 else row for row in diesel.snap(30, top=2300.0)]
    verdict = diesel.smoke([*dark, *diesel.snaps(30, 30, 30)])
    assert verdict.outcome == "pass"
    assert {"snap_repeated", "discarded_over_limit"} <= set(verdict.reasons)


# -- what was before a snap, however fast the opacimeter reads


@pytest.mark.parametrize("pace_ms", [100, 50, 20])
def test_smoke_on_the_way_up_is_the_snaps_own_at_any_pace(diesel: Any, pace_ms: int) -> None:
    """At fifty readings a second more samples lie at idle than are kept; the last two seconds are what counts."""
    per_tenth = 100 // pace_ms
    snap = diesel.snap(30)
    creeping = [{**snap[0], "engine_rpm": 760.0 + 43.0 * i, "opacity_n_pct": 1.0 + 5.9 * i} for i in range(1, 11)]
    rows = [row for row in (*snap[:70], *creeping, *snap[73:]) for _ in range(per_tenth)]
    verdict = diesel.smoke(rows * 3, pace_ms=pace_ms)
    k60 = round(-math.log(1 - 0.60) / 0.430, 9)
    assert verdict.values["snap1_k_per_m_raw"] == pytest.approx(k60, abs=1e-9)
    assert "opacity_not_settled" not in verdict.reasons


@pytest.mark.parametrize("pace_ms", [100, 20])
def test_smoke_left_over_is_seen_at_any_pace(diesel: Any, pace_ms: int) -> None:
    snap = [{**row, "opacity_n_pct": 25.0} if i < 72 else row for i, row in enumerate(diesel.snap(30))]
    rows = [row for row in [*diesel.snaps(30, 30), *snap] for _ in range(100 // pace_ms)]
    verdict = diesel.smoke(rows, pace_ms=pace_ms)
    assert verdict.reasons == ("incomplete", "snap_repeated", "opacity_not_settled")


# -- what a lane is told


def test_a_lane_is_told_when_the_next_snap_may_begin_and_how_many_count(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD)
    assert trial.guidance() == Guidance(settled=False, counted=0)
    rows = diesel.snaps(30, 30)
    seconds = diesel.seconds([(i * 100, row) for i, row in enumerate(rows)])
    told = [trial.push(second) and trial.guidance() for second in seconds]
    assert told[5] == Guidance(settled=True, counted=0)
    assert told[8] == Guidance(settled=False, counted=0)
    assert told[-1] == Guidance(settled=True, counted=2)
    assert (trial.total_force_n(), trial.target_kmh()) == (None, None)


def test_a_trial_that_is_over_stays_as_it_ended(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD)
    trial.end()
    ended = trial.verdict()
    for second in diesel.seconds([(i * 100, row) for i, row in enumerate(diesel.snaps(30, 30, 30))]):
        trial.push(second)
    trial.end()
    assert trial.verdict() == ended
    assert ended.reasons[0] == "incomplete"
