"""Free acceleration, rule by rule: what a snap is, which count, and what makes a test void."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.methods import StartPhaseError, VehicleFactMissing
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict

METHOD = "free_acceleration"
PATH_M = 0.430
K30, K40, K45 = (round(-math.log(1 - n / 100) / PATH_M, 9) for n in (30, 40, 45))


def test_three_snaps_are_a_whole_test(diesel: Any) -> None:
    verdict = diesel.smoke(diesel.snaps(30, 40, 30))
    assert (verdict.outcome, verdict.reasons, verdict.method) == ("pass", (), METHOD)
    values = verdict.values
    assert [values[f"snap{i}_k_per_m_raw"] for i in (1, 2, 3)] == [K30, K40, K30]
    assert [values[f"snap{i}_rpm"] for i in (1, 2, 3)] == [2700.0] * 3
    assert values["opacity_k_per_m_raw"] == pytest.approx((2 * K30 + K40) / 3, abs=1e-9)
    assert values["opacity_k_per_m"] == 0.95


def test_the_worked_mean_of_three_peaks(diesel: Any) -> None:
    peaks = [100 * (1 - math.exp(-k * PATH_M)) for k in (0.86, 0.93, 0.90)]
    values = diesel.smoke(diesel.snaps(*peaks)).values
    assert values["opacity_k_per_m_raw"] == pytest.approx(0.8966666666666666, abs=1e-9)
    assert values["opacity_k_per_m"] == 0.90


def test_a_mean_above_the_limit_fails(diesel: Any) -> None:
    verdict = diesel.smoke(diesel.snaps(45, 40, 40))
    assert (verdict.outcome, verdict.reasons) == ("fail", ("over_limit",))
    assert [(j.quantity, j.value, j.limit, j.ok) for j in verdict.judgements] == [("opacity_k_per_m", 1.26, 1.2, False)]


def test_the_peak_is_one_sample_and_not_the_mean_of_a_second(diesel: Any) -> None:
    rows = diesel.snaps(45, 45, 45)
    assert diesel.smoke(rows).values["snap1_k_per_m_raw"] == K45
    assert sum(row["opacity_n_pct"] == 45 for row in rows) == 3


def test_the_third_good_snap_ends_the_test(diesel: Any) -> None:
    assert diesel.smoke(diesel.snaps(30, 30, 30, 60)) == diesel.smoke(diesel.snaps(30, 30, 30))


def test_of_numbered_snaps_the_last_three_count(diesel: Any) -> None:
    verdict = diesel.smoke(diesel.snaps(60, 60, 30, 30, 30, numbered=True))
    assert (verdict.outcome, verdict.reasons) == ("pass", ("last_three_snaps", "discarded_over_limit"))
    assert [verdict.values[f"snap{i}_no"] for i in (1, 2, 3)] == [3.0, 4.0, 5.0]
    assert diesel.smoke(diesel.snaps(30, 30, 30, 60, 60, numbered=True)).outcome == "fail"


def test_a_number_may_change_with_the_first_sample_above_idle(diesel: Any) -> None:
    rows = diesel.snaps(30, 40, 30)
    number = 0
    for before, row in zip([rows[0], *rows], rows, strict=False):
        number += before["engine_rpm"] <= 1200 < row["engine_rpm"]
        row["snap_no"] = float(number) or None
    verdict = diesel.smoke(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    assert verdict.values["snap2_k_per_m_raw"] == K40


def test_two_snaps_are_too_few(diesel: Any) -> None:
    for numbered in (False, True):
        verdict = diesel.smoke(diesel.snaps(30, 30, numbered=numbered))
        assert (verdict.outcome, verdict.reasons) == ("invalid", ("incomplete",))
        assert verdict.values["opacity_k_per_m"] is None
        assert verdict.values["snap2_k_per_m"] == 0.83
        assert verdict.values["snap3_k_per_m"] is None


def test_a_snap_that_has_not_come_back_to_idle_does_not_count(diesel: Any) -> None:
    for numbered in (False, True):
        rows = diesel.snaps(30, 30, 30, numbered=numbered)
        assert diesel.smoke(rows[:-40]).reasons == ("incomplete",)
        assert diesel.smoke(rows[:-5]).outcome == "pass"


def test_a_snap_short_of_the_governed_speed_is_repeated(diesel: Any) -> None:
    rows = diesel.snaps(30, 30) + diesel.snap(60, top=2300.0)
    verdict = diesel.smoke(rows)
    assert (verdict.outcome, verdict.reasons) == (
        "invalid", ("incomplete", "snap_repeated", "snap_short_of_speed", "discarded_over_limit"),
    )  # fmt: skip
    again = diesel.smoke(rows + diesel.snap(30))
    assert (again.outcome, again.values["snap3_k_per_m_raw"]) == ("pass", K30)
    assert again.reasons == ("snap_repeated", "snap_short_of_speed", "discarded_over_limit")


def test_by_a_switch_a_short_snap_is_kept_and_said(diesel: Any) -> None:
    rows = diesel.snaps(30, 30) + diesel.snap(30, top=2300.0)
    verdict = diesel.smoke(rows, switches={"short_of_speed": "note"})
    assert (verdict.outcome, verdict.reasons) == ("pass", ("snap_short_of_speed",))


def test_without_a_rated_speed_the_governed_speed_is_not_checked_and_that_is_said(diesel: Any) -> None:
    rows = diesel.snaps(30, 30, 30, top=1500.0)
    verdict = diesel.smoke(rows, car={"rated_rpm": None})
    assert (verdict.outcome, verdict.reasons) == ("pass", ("governed_speed_unknown",))


def test_a_snap_begun_before_the_opacimeter_settled_is_repeated(
    diesel: Any, decisive: Callable[[Verdict], list[str]]
) -> None:
    rows = diesel.snaps(30, 30) + diesel.snap(30, idle_n=25.0)
    verdict = diesel.smoke(rows)
    assert verdict.reasons == ("incomplete", "snap_repeated", "opacity_not_settled")
    assert {"settled_k_per_m", "not_settled"} <= set(decisive(verdict))
    assert diesel.smoke(rows + diesel.snap(30)).outcome == "pass"


def creeping(seconds: float, smoke_n: float, from_n: float = 1.0) -> list[dict[str, float | None]]:
    """Return an engine that takes its time from idle to 1200 r/min, and what it smokes on the way."""
    rows = round(seconds * 10)
    return [
        {"engine_rpm": 760.0 + 440.0 * i / rows, "opacity_n_pct": from_n + (smoke_n - from_n) * i / rows}
        for i in range(1, rows + 1)
    ]


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.5])
def test_smoke_of_a_heavy_engine_on_its_way_up_is_smoke_of_its_own_snap(
    diesel: Any, decisive: Callable[[Verdict], list[str]], seconds: float
) -> None:
    snap = diesel.snap(50)
    heavy = (snap[:70] + creeping(seconds, 45.0) + snap[72:]) * 3
    verdict = diesel.smoke(heavy)
    assert (verdict.outcome, verdict.reasons) == ("fail", ("over_limit",))
    assert "settled_look_back_s" not in decisive(verdict)
    brief = diesel.smoke(heavy, switches={"settled_look_back_s": 0.1})
    assert "opacity_not_settled" in brief.reasons, "read later, it is taken for smoke of the snap before"
    assert "settled_look_back_s" in decisive(brief)


@pytest.mark.parametrize(("last_n", "settled"), [(25.0, False), (15.0, True)])
def test_smoke_that_still_falls_when_the_pedal_goes_down_is_told_by_its_lowest(
    diesel: Any, last_n: float, settled: bool
) -> None:
    falling = [{**row, "opacity_n_pct": last_n + 0.5 * (69 - i)} for i, row in enumerate(diesel.snap(30)[:70])]
    up = creeping(1.0, 30.0, from_n=last_n)
    verdict = diesel.smoke(diesel.snaps(30, 30) + falling + up + diesel.snap(30)[72:])
    assert ("opacity_not_settled" in verdict.reasons) != settled
    assert verdict.outcome == ("pass" if settled else "invalid")


def test_a_clear_beam_long_before_the_pedal_goes_down_settles_nothing(diesel: Any) -> None:
    idle = [{**row, "opacity_n_pct": 1.0 if i < 45 else 25.0} for i, row in enumerate(diesel.snap(30)[:70])]
    up = creeping(0.3, 30.0, from_n=25.0)
    verdict = diesel.smoke(diesel.snaps(30, 30) + idle + up + diesel.snap(30)[73:])
    assert verdict.reasons == ("incomplete", "snap_repeated", "opacity_not_settled")


def test_a_clear_beam_above_idle_settles_nothing(diesel: Any) -> None:
    sooty = [{**row, "opacity_n_pct": 25.0} if row["engine_rpm"] <= 1200 else row for row in diesel.snaps(30, 30, 30)]
    verdict = diesel.smoke(sooty, switches={"settled_look_back_s": 12})
    assert verdict.reasons == ("incomplete", "snap_repeated", "opacity_not_settled")
    assert verdict.values["snaps_repeated"] == 3


def test_a_trace_that_begins_above_idle_has_no_first_snap(diesel: Any) -> None:
    rows = diesel.snaps(30, 30, 30)
    verdict = diesel.smoke(rows[80:])
    assert verdict.reasons == ("incomplete", "snap_repeated", "snap_not_from_idle")


def test_the_governed_speed_held_too_briefly_is_said(diesel: Any) -> None:
    short = [row for place, row in enumerate(diesel.snap(30)) if place not in range(88, 100)]
    verdict = diesel.smoke(diesel.snaps(30, 30) + short)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("short_hold",))
    again = diesel.smoke(diesel.snaps(30, 30) + short, switches={"short_hold": "repeat"})
    assert again.reasons == ("incomplete", "snap_repeated", "short_hold")


def test_a_slow_pedal_is_said_where_the_engine_tells_its_pedal(diesel: Any) -> None:
    rows = diesel.snaps(30, 30, 30)
    quick = [{**row, "obd_pedal_d_pct": 100.0 if row["engine_rpm"] > 800 else 0.0} for row in rows]
    slow = [{**row, "obd_pedal_d_pct": min(80.0, (row["engine_rpm"] - 760) / 20)} for row in rows]
    assert diesel.smoke(quick).reasons == ()
    assert diesel.smoke(slow).reasons == ("slow_pedal",)


def test_too_little_idling_between_two_snaps_is_said(diesel: Any) -> None:
    rows = diesel.snaps(30, 30) + diesel.snap(30)[40:]
    assert diesel.smoke(rows).reasons == ()
    assert diesel.smoke(diesel.snaps(30, 30) + diesel.snap(30)[55:]).reasons == ("short_idle",)


def test_smoke_that_hardly_rises_is_said_but_judged(diesel: Any) -> None:
    verdict = diesel.smoke(diesel.snaps(3, 3, 3))
    assert (verdict.outcome, verdict.reasons) == ("pass", ("flat_opacity",))


def test_opacity_below_ten_readings_a_second_is_not_judged(diesel: Any) -> None:
    rows = diesel.snaps(30, 30, 30)[::2]
    verdict = diesel.smoke(rows, pace_ms=200)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("opacity_below_10_hz",))
    assert verdict.values["opacity_k_per_m"] is None


def test_slow_opacity_is_judged_where_it_is_allowed_and_that_is_said(diesel: Any) -> None:
    rows = diesel.snaps(30, 30, 30)[5::10]
    verdict = diesel.smoke(rows, pace_ms=1000, switches={"slow_opacity": "judge", "hold_s": 0})
    assert (verdict.outcome, verdict.reasons) == ("pass", ("slow_opacity_allowed",))


def test_seconds_that_bring_no_samples_are_samples_of_one_a_second(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD, switches={"slow_opacity": "judge"})
    rows = diesel.snaps(30, 30, 30)[5::10]
    verdict = diesel.judge(trial, [LegalSecond(i * 1000, row) for i, row in enumerate(rows)])
    assert verdict.values["snap1_k_per_m_raw"] == K30


@pytest.mark.parametrize(("first", "reason"), [(82, "gap_in_window"), (20, None)])
def test_a_hole_in_a_snap_voids_the_test_and_elsewhere_it_does_not_matter(
    diesel: Any, first: int, reason: str | None
) -> None:
    rows: list[Any] = diesel.snaps(30, 30, 30)
    for place in range(first, first + 4):
        rows[place] = None
    verdict = diesel.smoke(rows)
    assert (verdict.outcome, verdict.reasons) == (("invalid", (reason,)) if reason else ("pass", ()))


def test_a_whole_second_without_samples_outside_the_snaps_is_a_note(diesel: Any) -> None:
    rows: list[Any] = diesel.snaps(30, 30, 30)
    rows[20:45] = [None] * 25
    assert diesel.smoke(rows).reasons == ("gap_outside_window",)


def test_opacity_that_is_missing_all_through_a_snap_voids_the_test(diesel: Any) -> None:
    rows = diesel.snaps(30, 30) + [{**row, "opacity_n_pct": None} for row in diesel.snap(30)]
    assert diesel.smoke(rows).reasons[0] in ("gap_in_window", "value_missing_in_window")
    assert diesel.smoke(rows).outcome == "invalid"


def test_full_opacity_has_no_peak_and_is_never_clipped(diesel: Any) -> None:
    verdict = diesel.smoke(diesel.snaps(30, 100.0, 30))
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("opacity_full_scale",))
    assert (verdict.values["snap2_k_per_m"], verdict.values["opacity_k_per_m"]) == (None, None)


def test_an_engine_that_stalls_voids_the_test(diesel: Any) -> None:
    rows = [*diesel.snaps(30, 30), {"engine_rpm": 200.0, "opacity_n_pct": 1.0}, *diesel.snap(30)]
    assert diesel.smoke(rows).reasons == ("engine_stall",)


def test_blow_outs_come_first_where_the_trace_holds_them_and_do_not_count(diesel: Any) -> None:
    rows = diesel.snaps(70, 70, 70, 30, 30, 30)
    verdict = diesel.smoke(rows, start="blow_outs")
    assert (verdict.outcome, verdict.values["opacity_k_per_m_raw"]) == ("pass", K30)
    assert diesel.smoke(rows).outcome == "fail"


def test_a_lane_sees_phases_and_when_the_next_snap_may_begin(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD, start="blow_outs")
    phases, settled = [trial.status().phase], []
    for i, row in enumerate(diesel.snaps(70, 70, 70, 40, 40, 40)):
        status = trial.push(LegalSecond(i * 100, {}, 1, ((i * 100, row),)))
        settled.append(trial.is_settled())
        if status.phase != phases[-1]:
            phases.append(status.phase)
    blow_outs = ["blow_out_idle", "blow_out"] * 3
    assert phases == [*blow_outs, *["snap_idle", "snap", "snap_settle"] * 3, "done"]
    assert (trial.status().decided, trial.snaps_counted()) == (True, 3)
    assert set(settled) == {True, False}
    assert (trial.total_force_n(), trial.target_kmh()) == (None, None)


def test_rounding_that_decides_is_said(diesel: Any) -> None:
    rows = diesel.snaps(40.35, 40.35, 40.35)
    verdict = diesel.smoke(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("rounding_decides",))
    assert diesel.smoke(rows, switches={"compare": "full"}).outcome == "fail"


def test_the_stricter_set_names_its_unconfirmed_limit(diesel: Any, decisive: Callable[[Verdict], list[str]]) -> None:
    verdict = diesel.smoke(diesel.snaps(30, 30, 30), limit_set="b")
    assert (verdict.outcome, verdict.judgements[0].limit) == ("fail", 0.7)
    assert "b" in decisive(verdict)


def test_only_a_diesel_is_tested_so_and_only_from_known_phases(diesel: Any) -> None:
    with pytest.raises(VehicleFactMissing, match="petrol"):
        diesel.open_diesel(METHOD, car={"fuel": "petrol"})
    with pytest.raises(VehicleFactMissing, match="rated_rpm"):
        diesel.open_diesel(METHOD, car={"rated_rpm": -1})
    with pytest.raises(StartPhaseError):
        diesel.open_diesel(METHOD, start="scan")
    assert diesel.open(METHOD, car={"fuel": "diesel"}).needs == ("engine_rpm", "opacity_n_pct")


def with_probe(rows: list[Any], probe_in: float | None) -> list[Any]:
    return [{**row, "probe_in": probe_in} for row in rows]


def test_after_the_blow_outs_nothing_is_judged_until_the_probe_is_in(diesel: Any) -> None:
    blown, waiting, smoked = diesel.snaps(70, 70, 70), diesel.snaps(90, 90), diesel.snaps(30, 30, 30)
    waiting[9]["probe_in"] = None
    rows = with_probe(blown, 0.0) + with_probe(waiting[:9], 0.0) + waiting[9:10] + with_probe(waiting[10:], 0.0)
    trial = diesel.open_diesel(METHOD, start="blow_outs")
    statuses = [
        trial.push(LegalSecond(i * 100, {}, 1, ((i * 100, row),)))
        for i, row in enumerate(rows + with_probe(smoked, 1.0))
    ]
    after = len(blown) - 25
    assert {status.phase for status in statuses[after : len(rows)]} == {"probe"}
    assert [statuses[len(rows) + i].phase for i in (-1, 0)] == ["probe", "snap_idle"]
    assert (statuses[len(rows) - 1].elapsed_s, statuses[len(rows) - 1].remaining_s) == (32, None)
    verdict = trial.verdict()
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    assert verdict.values["opacity_k_per_m_raw"] == K30


def test_a_probe_confirmed_while_the_engine_is_up_waits_for_idle(diesel: Any) -> None:
    waiting = diesel.snap(90)
    place = next(i for i, row in enumerate(waiting) if row["engine_rpm"] > 2600)
    rows = with_probe(diesel.snaps(70, 70, 70) + waiting[:place], 0.0)
    verdict = diesel.smoke(rows + with_probe(waiting[place:] + diesel.snaps(30, 30, 30), 1.0), start="blow_outs")
    assert (verdict.outcome, verdict.reasons, verdict.values["snaps_repeated"]) == ("pass", (), 0)


@pytest.mark.parametrize(("probe_in", "reason"), [(None, "probe_unconfirmed"), (1.0, "probe_in_early")])
def test_a_probe_of_which_nothing_is_said_or_that_is_in_too_early_is_said_and_judged(
    diesel: Any, probe_in: float | None, reason: str
) -> None:
    rows = with_probe(diesel.snaps(70, 70, 70, 30, 30, 30), probe_in)
    trial_phases = diesel.open_diesel(METHOD, start="blow_outs")
    phases = {trial_phases.push(LegalSecond(i * 100, {}, 1, ((i * 100, row),))).phase for i, row in enumerate(rows)}
    assert "probe" not in phases
    verdict = diesel.smoke(rows, start="blow_outs")
    assert (verdict.outcome, verdict.reasons) == ("pass", (reason,))
    assert diesel.smoke(diesel.snaps(30, 30, 30)).reasons == ()


def heavy(diesel: Any, peak_n: float) -> list[Any]:
    """Return three snaps of an engine that smokes most on its way from idle to 1200 r/min."""
    snap = diesel.snap(30)
    return [*snap[:70], *creeping(1.0, peak_n), *snap[72:]] * 3


def test_a_peak_before_the_engine_has_left_idle_is_the_peak_of_its_snap(
    diesel: Any, decisive: Callable[[Verdict], list[str]]
) -> None:
    verdict = diesel.smoke(heavy(diesel, 45.0))
    assert [verdict.values[f"snap{i}_k_per_m_raw"] for i in (1, 2, 3)] == [K45] * 3
    assert verdict.outcome == "fail"
    assert "settled_look_back_s" in decisive(verdict)
    full = diesel.smoke(heavy(diesel, 100.0))
    assert (full.outcome, full.reasons[0]) == ("invalid", "opacity_full_scale")


def test_smoke_of_the_snap_before_is_no_peak_of_the_next_one(diesel: Any) -> None:
    falling = [{**row, "opacity_n_pct": 60.0 - 0.85 * i} for i, row in enumerate(diesel.snap(30)[:70])]
    verdict = diesel.smoke(diesel.snaps(30, 30) + falling + diesel.snap(30)[70:])
    assert (verdict.outcome, verdict.values["snap3_k_per_m_raw"]) == ("pass", K30)


def clamped_off(rows: list[Any], first: int, last: int) -> list[Any]:
    return [{**row, "engine_rpm": None} if first <= i < last else row for i, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("first", "last"),
    [(5, 20), (65, 84), (82, 100), (104, 118), (140 + 20, 140 + 24)],
    ids=["idle", "rise", "top", "fall", "idle-between"],
)
def test_an_engine_speed_that_is_not_known_hides_no_smoke(diesel: Any, first: int, last: int) -> None:
    verdict = diesel.smoke(clamped_off(diesel.snaps(30, 30, 30), first, last))
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "gap_in_window")


@pytest.mark.parametrize("first", [5, 85])
def test_an_engine_speed_that_misses_a_beat_is_known(diesel: Any, first: int) -> None:
    assert diesel.smoke(clamped_off(diesel.snaps(30, 30, 30), first, first + 2)).reasons == ()


def test_nothing_is_hidden_before_the_engine_speed_is_known_at_all(diesel: Any) -> None:
    assert diesel.smoke(clamped_off(diesel.snaps(30, 30, 30), 0, 20)).outcome == "pass"


def told(rows: list[Any], share: float, from_rpm: float = 0.0) -> list[Any]:
    """Return rows whose control unit tells another engine speed than the counter."""
    return [{**row, "obd_rpm": row["engine_rpm"] * (share if row["engine_rpm"] >= from_rpm else 1.0)} for row in rows]


@pytest.mark.parametrize(
    ("share", "from_rpm"), [(1 / 1.45, 0.0), (0.89, 2340.0), (1.12, 0.0)], ids=["all", "top", "more"]
)
def test_an_engine_speed_that_is_not_the_control_units_voids_the_test(
    diesel: Any, decisive: Callable[[Verdict], list[str]], share: float, from_rpm: float
) -> None:
    rows = told(diesel.snaps(30, 30, 30), share, from_rpm)
    verdict = diesel.smoke(rows)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("engine_speed_implausible",))
    assert "engine_speed_off_obd_share" in decisive(verdict)
    top = (verdict.values["top_rpm"] or 0) * share
    assert verdict.values["top_obd_rpm"] == pytest.approx(top)
    noted = diesel.smoke(rows, switches={"engine_speed_off_obd": "note"})
    assert (noted.outcome, noted.reasons) == ("pass", ("engine_speed_implausible",))


def test_a_control_unit_that_lags_is_no_other_engine(diesel: Any) -> None:
    rows = told(diesel.snaps(30, 30, 30), 0.95)
    lagging = [{**row, "obd_rpm": rows[max(0, (i - 6) // 8 * 8)]["obd_rpm"]} for i, row in enumerate(rows)]
    assert diesel.smoke(lagging).reasons == ()


def test_a_control_unit_that_fell_silent_on_the_way_up_confirms_no_top_speed(diesel: Any) -> None:
    rows = diesel.snaps(30, 30, 30)
    stuck = [{**row, "obd_rpm": 760.0} for row in rows]
    verdict = diesel.smoke(stuck)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("engine_speed_unconfirmed",))


def test_without_a_control_unit_and_a_temperature_that_is_said_and_judged(diesel: Any) -> None:
    rows = [{**row, "obd_rpm": None, "oil_temp_c": None} for row in diesel.snaps(30, 30, 30)]
    verdict = diesel.smoke(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("engine_speed_unconfirmed", "temperature_unknown"))


@pytest.mark.parametrize(
    ("oil", "coolant", "reasons"),
    [(79.9, None, ("engine_cold",)), (80.0, None, ()), (20.0, 88.0, ()), (None, 60.0, ("engine_cold",))],
)
def test_a_cold_engine_is_said(diesel: Any, oil: float | None, coolant: float | None, reasons: tuple[str]) -> None:
    rows = [{**row, "oil_temp_c": oil, "obd_coolant_c": coolant} for row in diesel.snaps(30, 30, 30)]
    rows[300:] = [{**row, "oil_temp_c": oil and 95.0} for row in rows[300:]]
    verdict = diesel.smoke(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", reasons)
    assert verdict.values["engine_temp_c"] == max(value for value in (oil, coolant) if value is not None)


def test_snaps_are_not_repeated_until_three_are_good(diesel: Any, decisive: Callable[[Verdict], list[str]]) -> None:
    bad = diesel.snap(60, top=2300.0)
    thrice = diesel.smoke(bad * 3 + diesel.snaps(30, 30, 30))
    assert (thrice.outcome, thrice.values["snaps_repeated"]) == ("pass", 3)
    assert thrice.values["highest_discarded_k_per_m_raw"] == pytest.approx(2.1309, abs=1e-4)
    assert "discarded_over_limit" in thrice.reasons
    verdict = diesel.smoke(bad * 4 + diesel.snaps(30, 30, 30))
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "too_many_retries")
    assert "repeats_at_most" in decisive(verdict)
    assert diesel.smoke(bad * 4 + diesel.snaps(30, 30, 30), switches={"repeats_at_most": 12}).outcome == "pass"
    numbered = [{**row, "snap_no": 1.0 + i // 144} for i, row in enumerate(bad * 4 + diesel.snaps(30, 30, 30))]
    assert diesel.smoke(numbered).reasons[0] == "too_many_retries"


def test_a_discarded_snap_within_the_limit_is_kept_too(diesel: Any) -> None:
    verdict = diesel.smoke(diesel.snap(40, top=2300.0) + diesel.snap(30, top=2300.0) + diesel.snaps(30, 30, 30))
    assert verdict.reasons == ("snap_repeated", "snap_short_of_speed")
    assert verdict.values["highest_discarded_k_per_m_raw"] == K40
    assert diesel.smoke(diesel.snaps(30, 30, 30)).values["highest_discarded_k_per_m"] is None
    black = diesel.smoke(diesel.snap(100, top=2300.0) + diesel.snaps(30, 30, 30))
    assert (black.outcome, "discarded_over_limit" in black.reasons) == ("pass", True)


def test_a_touch_of_the_pedal_is_no_blow_out(diesel: Any, decisive: Callable[[Verdict], list[str]]) -> None:
    touches = diesel.snap(30, top=1300.0) * 3
    rows = with_probe(touches + diesel.snaps(70, 70, 70), 0.0) + with_probe(diesel.snaps(30, 30, 30), 1.0)
    verdict = diesel.smoke(rows, start="blow_outs")
    assert (verdict.outcome, verdict.reasons) == ("pass", ("blow_out_short_of_speed",))
    assert verdict.values["opacity_k_per_m_raw"] == K30
    assert "blow_out_short_of_speed" in decisive(verdict)
    few = with_probe(touches, 0.0) + with_probe(diesel.snaps(30, 30, 30), 1.0)
    assert diesel.smoke(few, start="blow_outs").reasons[0] == "incomplete"
    noted = diesel.smoke(few, start="blow_outs", switches={"blow_out_short_of_speed": "note"})
    assert (noted.outcome, noted.reasons) == ("pass", ("blow_out_short_of_speed",))
    assert diesel.smoke(few, start="blow_outs", car={"rated_rpm": None}).outcome == "pass"


def test_a_counter_that_never_counted_is_no_stalled_engine(diesel: Any) -> None:
    rows = [{**row, "engine_rpm": 0.0} for row in diesel.snap(30)]
    assert diesel.smoke(rows).reasons == ("no_engine_speed",)
    assert diesel.smoke(diesel.snap(30) + rows).reasons == ("engine_stall",)


def test_a_control_unit_that_stays_at_the_top_for_a_while_is_not_compared_at_idle(diesel: Any) -> None:
    rows = diesel.snaps(30, 30, 30)
    up = [i for i, row in enumerate(rows) if row["engine_rpm"] > 1200]
    falls = [i + 1 for i in up if rows[i + 1]["engine_rpm"] <= 1200]
    for place in falls:
        rows[place : place + 29] = [{**row, "obd_rpm": 2700.0} for row in rows[place : place + 29]]
    assert diesel.smoke(rows).reasons == ()
    for place in falls:
        rows[place : place + 45] = [{**row, "obd_rpm": 2700.0} for row in rows[place : place + 45]]
    assert diesel.smoke(rows).reasons == ("engine_speed_implausible",)


def test_a_gap_after_the_decision_changes_nothing(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD)
    for second in diesel.seconds([(i * 100, row) for i, row in enumerate(diesel.snaps(40.0, 40.0, 40.0))]):
        trial.push(second)
    decided = trial.verdict()
    trial.push(LegalSecond(60_000, {}, 0))
    assert trial.verdict() == decided
    assert decided.reasons == ()


@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize("first", [67, 69, 71])
def test_smoke_that_nobody_saw_on_the_way_up_voids_the_snap(diesel: Any, gone: bool, first: int) -> None:
    # The hole begins at idle and ends above the speed at which a snap begins.
    rows: list[Any] = diesel.snaps(30.0, 30.0, 30.0)
    for place in range(first, first + 8):
        rows[place] = None if gone else {**rows[place], "opacity_n_pct": None}
    verdict = diesel.smoke(rows)
    assert verdict.outcome == "invalid"
    assert {"gap_in_window", "opacity_below_10_hz"} & set(verdict.reasons)
