"""Two-speed idle, rule by rule: phases, restarts, means, lambda, and what makes a test void."""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.methods import VehicleFactMissing
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict

METHOD = {"method": "two_speed_idle"}


def whole(
    bench: Any, high: dict[str, float | None] | None = None, low: dict[str, float | None] | None = None
) -> list[Any]:
    rows: list[Any] = bench.high_idle(45, **(high or {})) + bench.idle(45, **(low or {}))
    return rows


def test_ninety_rows_are_a_whole_test(bench: Any) -> None:
    verdict = bench.run(whole(bench), **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    assert [j.quantity for j in verdict.judgements] == [
        "high_idle_co_pct", "high_idle_hc_ppm", "idle_co_pct", "idle_hc_ppm", "high_idle_lambda",
    ]  # fmt: skip
    assert bench.run(whole(bench)[:89], **METHOD).reasons == ("incomplete",)


def test_only_the_sampled_rows_count(bench: Any) -> None:
    high, low = {"hc_ppm": 999.0, "co_pct": 3.0}, {"hc_ppm": 999.0}
    rows = bench.high_idle(15, **high) + bench.high_idle(30, engine_rpm=2492.0)
    rows += bench.idle(15, **low) + bench.idle(30, engine_rpm=737.0)
    verdict = bench.run(rows, **METHOD)
    assert verdict.outcome == "pass"
    assert (verdict.values["high_idle_rpm"], verdict.values["idle_rpm"]) == (2492.0, 737.0)
    assert (verdict.values["high_idle_hc_ppm"], verdict.values["idle_hc_ppm"]) == (30.0, 30.0)


def test_the_worked_car_fails_for_its_idle_carbon_monoxide_alone(bench: Any) -> None:
    rows = whole(bench, {"co_pct": 0.25, "hc_ppm": 45.0, "o2_pct": 0.9}, {"co_pct": 0.61, "hc_ppm": 70.0})
    verdict = bench.run(rows, **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("fail", ("over_limit",))
    assert [j.quantity for j in verdict.judgements if not j.ok] == ["idle_co_pct"]


def test_the_drop_to_idle_is_not_timed(bench: Any) -> None:
    drop = bench.high_idle(7, engine_rpm=1600.0)
    trial = bench.open(**METHOD)
    phases = [
        trial.push(LegalSecond(0, v)).phase for v in bench.high_idle(45) + drop + bench.idle(45, engine_rpm=1200.0)
    ]
    assert phases[44:53] == ["drop_to_idle"] * 8 + ["idle_settle"]
    assert (phases[-1], trial.verdict().outcome) == ("done", "pass")


@pytest.mark.parametrize("rpm", [2299.9, 2700.1, None])
def test_leaving_the_band_while_sampling_starts_the_sampling_again(bench: Any, rpm: float | None) -> None:
    rows = bench.high_idle(30) + bench.high_idle(4, engine_rpm=rpm) + bench.high_idle(29)
    trial = bench.open(**METHOD)
    statuses = [trial.push(LegalSecond(0, values)) for values in rows]
    assert (statuses[-1].phase, statuses[-1].elapsed_s, statuses[-1].restarts) == ("high_idle", 29, 1)
    assert trial.push(LegalSecond(0, rows[0])).phase == "drop_to_idle"


def test_by_a_switch_the_settling_starts_again_too(bench: Any) -> None:
    rows = bench.high_idle(30) + bench.high_idle(2, engine_rpm=2000.0) + bench.high_idle(44)
    trial = bench.open(**METHOD, switches={"band_exit_restarts": "high_idle_settle"})
    statuses = [trial.push(LegalSecond(0, values)) for values in rows]
    assert (statuses[-1].phase, statuses[-1].elapsed_s) == ("high_idle", 29)


@pytest.mark.parametrize("rpm", [2300.0, 2700.0])
def test_the_edges_of_the_band_belong_to_it(bench: Any, rpm: float) -> None:
    assert bench.run(whole(bench, {"engine_rpm": rpm}), **METHOD).outcome == "pass"


def test_revving_up_at_idle_starts_the_idle_sampling_again(bench: Any) -> None:
    rows = whole(bench)[:80] + bench.idle(1, engine_rpm=1500.0) + bench.idle(29)
    assert bench.run(rows, **METHOD).reasons == ("incomplete", "sampling_restarted")
    assert bench.run(rows + bench.idle(1), **METHOD).outcome == "pass"


def test_a_heavy_vehicle_is_held_at_its_own_speed(bench: Any) -> None:
    heavy = {"gross_mass_kg": 3500.1}
    assert bench.open(**METHOD, car=heavy).target_rpm() == (1800.0, 200.0)
    assert bench.open(**METHOD, car={"gross_mass_kg": 3500.0}).target_rpm() == (2500.0, 200.0)
    assert bench.run(whole(bench, {"engine_rpm": 1800.0}), **METHOD, car=heavy).outcome == "pass"
    assert bench.run(whole(bench), **METHOD, car=heavy).reasons == ("incomplete",)


@pytest.mark.parametrize(("o2", "ok"), [(0.3, True), (1.6, False)])
def test_lambda_is_judged_where_the_vehicle_is_closed_loop(bench: Any, o2: float, ok: bool) -> None:
    rows = whole(bench, {"o2_pct": o2})
    assert (bench.run(rows, **METHOD).outcome == "pass") == ok
    verdict = bench.run(rows, **METHOD, car={"closed_loop": False})
    assert (verdict.outcome, verdict.reasons) == ("pass", ("lambda_not_judged",))
    assert verdict.values["high_idle_lambda"] is not None


def test_a_lambda_judgement_carries_both_limits(bench: Any) -> None:
    verdict = bench.run(whole(bench, {"o2_pct": 0.0, "co_pct": 0.3, "co2_pct": 14.0}), **METHOD)
    judgement = verdict.judgements[-1]
    assert (judgement.limit_min, judgement.limit) == (0.95, 1.05)
    assert judgement.value == round(judgement.value_raw or 0, 2)


def test_a_closed_loop_that_nobody_stated_is_said(bench: Any) -> None:
    assert "closed_loop_unknown" in bench.run(whole(bench), **METHOD, car={"closed_loop": None}).reasons


def test_without_an_nitric_oxide_reading_lambda_is_a_little_lower_and_says_so(bench: Any) -> None:
    with_no = bench.run(whole(bench), **METHOD)
    without = bench.run([{**row, "no_ppm": None} for row in whole(bench)], **METHOD)
    assert without.reasons == ("lambda_without_no",)
    difference = (with_no.values["high_idle_lambda_raw"] or 0) - (without.values["high_idle_lambda_raw"] or 0)
    assert 0 < difference < 0.002


@pytest.mark.parametrize("place", [20, 70])
def test_too_little_co_and_co2_while_sampling_voids_the_test(bench: Any, place: int) -> None:
    rows = whole(bench)
    rows[place : place + 3] = [{**row, "co2_pct": 5.5} for row in rows[place : place + 3]]
    assert bench.run(rows, **METHOD).reasons == ("co_plus_co2_low",)


@pytest.mark.parametrize("place", [3, 50])
def test_too_little_co_and_co2_while_settling_says_nothing(bench: Any, place: int) -> None:
    rows = whole(bench)
    rows[place : place + 5] = [{**row, "co2_pct": 5.5} for row in rows[place : place + 5]]
    assert bench.run(rows, **METHOD).outcome == "pass"


@pytest.mark.parametrize(("place", "reason"), [(20, "gap_in_window"), (80, "gap_in_window")])
def test_a_missing_second_while_sampling_voids_the_test(bench: Any, place: int, reason: str) -> None:
    rows = whole(bench)
    rows[place] = None
    assert bench.run(rows, **METHOD).reasons == (reason,)


def test_a_missing_second_while_settling_is_a_note(bench: Any) -> None:
    rows = whole(bench)
    rows[5] = None
    verdict = bench.run(rows + bench.idle(1), **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("incomplete", "gap_outside_window", "sampling_restarted"))
    rows.insert(5, None)
    verdict = bench.run(bench.high_idle(2) + rows[1:], **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("gap_outside_window",))


@pytest.mark.parametrize("gas", ["co_pct", "hc_ppm", "co2_pct", "o2_pct"])
def test_a_missing_value_while_sampling_voids_the_test(bench: Any, gas: str) -> None:
    rows = whole(bench)
    rows[20] = {**rows[20], gas: None}
    assert bench.run(rows, **METHOD).reasons == ("value_missing_in_window",)


def test_a_stalled_engine_and_a_low_flow_void_the_test(bench: Any) -> None:
    rows = whole(bench)
    assert bench.run(rows[:50] + bench.idle(1, engine_rpm=90.0), **METHOD).reasons == ("engine_stall",)
    flow = [{**row, "low_flow": float(20 <= i < 23)} for i, row in enumerate(rows)]
    assert bench.run(flow, **METHOD).reasons == ("low_flow",)


def test_rounding_decides_is_said_here_too(bench: Any, decisive: Callable[[Verdict], list[str]]) -> None:
    verdict = bench.run(whole(bench, {}, {"hc_ppm": 80.4}), **METHOD)
    assert (verdict.outcome, verdict.values["idle_hc_ppm"]) == ("pass", 80.0)
    assert "rounding_decides" in verdict.reasons
    assert "compare" in decisive(verdict)
    full = bench.run(whole(bench, {}, {"hc_ppm": 80.4}), **METHOD, switches={"compare": "full"})
    assert full.outcome == "fail"
    assert "rounding_decides" in full.reasons


def test_limit_set_b_is_stricter_and_named_as_uncertain(bench: Any, decisive: Callable[[Verdict], list[str]]) -> None:
    rows = whole(bench, {}, {"hc_ppm": 60.0})
    assert bench.run(rows, **METHOD).outcome == "pass"
    verdict = bench.run(rows, **METHOD, limit_set="b")
    assert verdict.outcome == "fail"
    assert "b" in decisive(verdict)


def test_the_precondition_wants_thirty_seconds_near_seventy_per_cent_of_rated_speed(bench: Any) -> None:
    rows = bench.high_idle(5, engine_rpm=900.0) + bench.high_idle(30, engine_rpm=3850.0)
    rows += bench.idle(8) + whole(bench)
    verdict = bench.run(rows, **METHOD, start="precondition", car={"rated_rpm": 5500.0})
    assert verdict.outcome == "pass"
    with pytest.raises(VehicleFactMissing, match="rated_rpm"):
        bench.open(**METHOD, start="precondition")


def test_a_trace_that_begins_at_idle_says_that_high_idle_is_not_in_it(bench: Any) -> None:
    verdict = bench.run(bench.idle(45), **METHOD, start="idle_settle")
    assert verdict.outcome == "pass"
    assert "high_idle_not_in_trace" in verdict.reasons
    assert verdict.values["high_idle_co_pct"] is None


@pytest.mark.parametrize("rpm", [2299.0, 2701.0])
@pytest.mark.parametrize("second", [0, 6, 14])
def test_leaving_the_band_while_settling_starts_the_settling_again(bench: Any, rpm: float, second: int) -> None:
    rows = whole(bench)
    rows[second] = {**rows[second], "engine_rpm": rpm}
    assert bench.run(rows, **METHOD).reasons == ("incomplete", "sampling_restarted")
    more = bench.high_idle(second) + rows[second : second + 1] + whole(bench)
    assert bench.run(more, **METHOD).outcome == "pass"


def test_revving_up_while_settling_at_idle_starts_the_settling_again(bench: Any) -> None:
    rows = bench.high_idle(45) + bench.idle(5) + bench.idle(1, engine_rpm=1201.0) + bench.idle(44)
    assert bench.run(rows, **METHOD).reasons == ("incomplete",)
    assert bench.run(rows + bench.idle(1), **METHOD).outcome == "pass"


@pytest.mark.parametrize("row", [None, {"engine_rpm": None}])
@pytest.mark.parametrize("place", [5, 50])
def test_while_the_engine_speed_is_not_known_no_settling_time_runs(bench: Any, row: Any, place: int) -> None:
    rows = whole(bench)
    unknown = None if row is None else {**rows[place], **row}
    trial = bench.open(**METHOD)
    rows[place:place] = [unknown] * 14
    statuses = [trial.push(LegalSecond(0, values or {}, 0 if values is None else 1)) for values in rows]
    assert {status.elapsed_s for status in statuses[place - 1 : place + 14]} == {5}
    assert (statuses[-1].phase, statuses[-1].restarts, trial.verdict().outcome) == ("done", 0, "pass")


def test_a_lambda_that_cannot_be_formed_is_no_fail(bench: Any) -> None:
    rows = whole(bench)
    rows[40] = {**rows[40], "co_pct": 0.0, "co2_pct": 0.0}
    verdict = bench.run(rows, **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("value_missing_in_window",))
    assert bench.run(rows, **METHOD, car={"closed_loop": False}).outcome == "pass"
    rows[41] = rows[42] = rows[40]
    assert bench.run(rows, **METHOD).reasons == ("co_plus_co2_low",)


def test_which_phase_starts_again_is_decisive_once_the_sampling_did(bench: Any, decisive: Any) -> None:
    assert "band_exit_restarts" not in decisive(bench.run(whole(bench), **METHOD))
    rows = bench.high_idle(30) + bench.high_idle(1, engine_rpm=2000.0) + bench.high_idle(30) + bench.idle(45)
    verdict = bench.run(rows, **METHOD)
    assert (verdict.outcome, decisive(verdict)) == ("pass", ["band_exit_restarts"])
    other = bench.run(rows, **METHOD, switches={"band_exit_restarts": "high_idle_settle"})
    assert (other.outcome, "band_exit_restarts" in decisive(other)) == ("invalid", True)


REVS = {"rated_rpm": 5500.0}


def before_the_probe(bench: Any, probe_in: float | None) -> list[Any]:
    return [{**row, "probe_in": probe_in} for row in bench.high_idle(30, engine_rpm=3850.0)]


def test_after_the_precondition_nothing_is_judged_until_the_probe_is_in(bench: Any) -> None:
    trial = bench.open(**METHOD, start="precondition", car=REVS)
    waiting = [{**row, "probe_in": 0.0} for row in bench.high_idle(50, co_pct=9.0)]
    waiting[7] = {**waiting[7], "probe_in": None}
    rows = before_the_probe(bench, 0.0) + waiting + [{**row, "probe_in": 1.0} for row in whole(bench)]
    statuses = [trial.push(LegalSecond(0, row)) for row in rows]
    assert [status.phase for status in statuses[28:31]] == ["precondition", "probe", "probe"]
    assert {(s.phase, s.elapsed_s, s.remaining_s) for s in statuses[29:80]} == {("probe", 0, None)}
    assert (statuses[80].phase, statuses[80].elapsed_s, statuses[-1].phase) == ("high_idle_settle", 1, "done")
    verdict = trial.verdict()
    assert (verdict.outcome, verdict.reasons) == ("pass", ())


def test_half_a_second_of_a_probe_is_not_yet_a_probe(bench: Any) -> None:
    trial = bench.open(**METHOD, start="precondition", car=REVS)
    for row in before_the_probe(bench, 0.0):
        trial.push(LegalSecond(0, row))
    assert trial.push(LegalSecond(0, {**bench.high_idle(1)[0], "probe_in": 0.5})).phase == "probe"


def test_a_trace_that_says_nothing_of_the_probe_is_judged_and_says_so(bench: Any) -> None:
    trial = bench.open(**METHOD, start="precondition", car=REVS)
    phases = [trial.push(LegalSecond(0, row)).phase for row in before_the_probe(bench, None) + whole(bench)]
    assert "probe" not in phases
    assert (trial.verdict().outcome, trial.verdict().reasons) == ("pass", ("probe_unconfirmed",))
    assert bench.run(whole(bench), **METHOD).reasons == (), "where the trace begins later, the probe was in"


def test_a_probe_that_is_in_during_the_precondition_is_said(bench: Any) -> None:
    rows = before_the_probe(bench, 1.0) + whole(bench)
    verdict = bench.run(rows, **METHOD, start="precondition", car=REVS)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("probe_in_early",))


def broken_off(bench: Any, times: int, **changes: float | None) -> list[Any]:
    """Return a test whose high idle is broken off by a touch of the pedal at second 28, again and again."""
    rows = bench.high_idle(15)
    for _ in range(times):
        rows += bench.high_idle(28, **changes) + bench.high_idle(1, engine_rpm=2900.0)
    return [*rows, *bench.high_idle(30), *bench.idle(45)]


def test_a_sampling_is_not_broken_off_until_its_seconds_are_good(
    bench: Any, decisive: Callable[[Verdict], list[str]]
) -> None:
    twice = bench.run(broken_off(bench, 2, co_pct=0.9), **METHOD)
    assert (twice.outcome, twice.reasons) == ("pass", ("sampling_restarted", "discarded_over_limit"))
    assert twice.values["sampling_restarts"] == 2
    assert twice.values["highest_discarded_high_idle_co_pct"] == 0.9
    assert twice.values["highest_discarded_idle_co_pct"] is None
    verdict = bench.run(broken_off(bench, 3, co_pct=0.9), **METHOD)
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "too_many_retries")
    assert "sampling_restarts_at_most" in decisive(verdict)
    assert bench.run(broken_off(bench, 12), **METHOD, switches={"sampling_restarts_at_most": 12}).outcome == "pass"


def test_the_highest_of_what_was_thrown_away_is_kept_at_each_point(bench: Any) -> None:
    rows = whole(bench)[:70] + bench.idle(1, engine_rpm=1500.0) + bench.idle(5, hc_ppm=79.0)
    rows += bench.idle(1, engine_rpm=1500.0) + bench.idle(30)
    verdict = bench.run(rows, **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("sampling_restarted",))
    assert verdict.values["highest_discarded_idle_hc_ppm"] == 79.0
    assert verdict.values["highest_discarded_idle_co_pct"] == 0.1
    assert bench.run(whole(bench), **METHOD).values["highest_discarded_idle_hc_ppm"] is None


def test_staying_out_of_the_band_throws_nothing_away(bench: Any) -> None:
    rows = bench.high_idle(15) + bench.high_idle(40, engine_rpm=2900.0) + bench.high_idle(30) + bench.idle(45)
    verdict = bench.run(rows, **METHOD)
    assert (verdict.outcome, verdict.reasons, verdict.values["sampling_restarts"]) == ("pass", (), 0)


@pytest.mark.parametrize(
    ("high", "low", "seconds"),
    [({"obd_rpm": 2500.0 / 1.45}, {}, 45), ({}, {"obd_rpm": 720.0}, 90), ({}, {"obd_rpm": 0.0}, 90)],
)
def test_an_engine_speed_that_is_not_the_control_units_voids_the_test(
    bench: Any, decisive: Callable[[Verdict], list[str]], high: Any, low: Any, seconds: int
) -> None:
    trial = bench.open(**METHOD)
    rows = whole(bench, high, low)
    decided = [trial.push(LegalSecond(0, row)).decided for row in rows]
    assert decided.index(True) == seconds - 1
    verdict = trial.verdict()
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("engine_speed_implausible",))
    assert "engine_speed_off_obd_share" in decisive(verdict)
    noted = bench.run(rows, **METHOD, switches={"engine_speed_off_obd": "note"})
    assert (noted.outcome, noted.reasons) == ("pass", ("engine_speed_implausible",))


def test_a_tenth_more_or_less_is_the_same_engine(bench: Any) -> None:
    verdict = bench.run(whole(bench, {"obd_rpm": 2272.8}, {"obd_rpm": 880.0}), **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    assert (verdict.values["high_idle_obd_rpm"], verdict.values["idle_obd_rpm"]) == (2272.8, 880.0)


def test_only_sampled_seconds_are_compared_and_too_few_confirm_nothing(bench: Any) -> None:
    rows = whole(bench)
    for place in range(90):
        rows[place] = {**rows[place], "obd_rpm": None if place >= 24 else 4000.0 if place < 15 else 2500.0}
    assert bench.run(rows, **METHOD).reasons == ("engine_speed_unconfirmed",)
    for place in range(15, 24):
        rows[place]["obd_rpm"] = 4000.0
    assert bench.run(rows, **METHOD).outcome == "pass"
    rows[24]["obd_rpm"] = 4000.0
    assert bench.run(rows, **METHOD).reasons == ("engine_speed_implausible",)


def test_a_broken_off_sampling_takes_its_engine_speeds_with_it(bench: Any) -> None:
    rows = bench.high_idle(43, obd_rpm=4000.0) + bench.high_idle(1, engine_rpm=2900.0) + bench.high_idle(30)
    assert bench.run(rows + bench.idle(45), **METHOD).reasons == ("sampling_restarted",)


def test_without_control_unit_and_temperature_that_is_said_and_judged(bench: Any) -> None:
    rows = [{**row, "obd_rpm": None, "oil_temp_c": None} for row in whole(bench)]
    verdict = bench.run(rows, **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("engine_speed_unconfirmed", "temperature_unknown"))


@pytest.mark.parametrize(("oil", "coolant", "cold"), [(79.0, None, True), (80.0, None, False), (15.0, 90.0, False)])
def test_a_cold_engine_is_said(bench: Any, oil: float, coolant: float | None, cold: bool) -> None:
    rows = [{**row, "oil_temp_c": oil, "obd_coolant_c": coolant} for row in whole(bench)]
    rows[50:] = [{**row, "oil_temp_c": 99.0} for row in rows[50:]]
    verdict = bench.run(rows, **METHOD)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("engine_cold",) if cold else ())
    assert verdict.values["engine_temp_c"] == max(oil, coolant or 0.0)


def test_a_counter_that_never_counted_is_no_stalled_engine(bench: Any) -> None:
    assert bench.run(bench.idle(5, engine_rpm=0.0), **METHOD).reasons == ("no_engine_speed",)
    assert bench.run(bench.idle(1) + bench.idle(5, engine_rpm=0.0), **METHOD).reasons == ("engine_stall",)
