"""ASM, rule by rule: hold, timer, resets, windows, quick check, decision, and what makes a test void."""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.methods import LimitsMissing, StartPhaseError, VehicleFactMissing
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict

Decisive = Callable[[Verdict], list[str]]
CLEAN = {"hc_ppm": 30.0, "no_ppm": 300.0, "co_pct": 0.2}
DIRTY = {"no_ppm": 900.0}
WORST = {"no_ppm": 4000.0}


def test_a_clean_car_passes_the_quick_check_when_second_nineteen_is_in(bench: Any) -> None:
    assert bench.run(bench.at_25(19, **CLEAN)).reasons == ("incomplete",)
    verdict = bench.run(bench.at_25(20, **CLEAN))
    assert (verdict.outcome, verdict.reasons) == ("pass", ("quick_check_passed",))
    assert (verdict.values["asm5025_window_first_row"], verdict.values["asm5025_window_last_row"]) == (11, 20)
    assert verdict.values["asm2540_no_ppm"] is None


def test_just_over_half_a_limit_is_no_quick_pass_but_passes_at_ninety(bench: Any) -> None:
    rows = bench.at_25(90, hc_ppm=30.0, co_pct=0.2, no_ppm=370.0)
    assert bench.run(rows[:20]).reasons == ("incomplete",)
    verdict = bench.run(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    assert verdict.values["asm5025_window_last_row"] == 90
    assert 350 < (verdict.values["asm5025_no_ppm_raw"] or 0) < 700


def test_eighty_nine_seconds_are_no_mode(bench: Any) -> None:
    verdict = bench.run(bench.at_25(89))
    assert (verdict.outcome, verdict.reasons, verdict.judgements) == ("invalid", ("incomplete",), ())


def test_a_failed_5025_goes_on_to_2540_which_can_still_pass(bench: Any) -> None:
    rows = bench.at_25(90, **DIRTY) + bench.at_25(7, speed_kmh=33.0) + bench.at_40(5 + 90)
    verdict = bench.run(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("asm5025_failed",))
    assert {j.quantity for j in verdict.judgements} == {"asm2540_co_pct", "asm2540_hc_ppm", "asm2540_no_ppm"}
    assert (verdict.values["asm5025_no_ppm"] or 0) > 700


def test_2540_has_its_own_quick_check(bench: Any) -> None:
    verdict = bench.run(bench.at_25(90, **DIRTY) + bench.at_40(25, hc_ppm=20.0, co_pct=0.1, no_ppm=300.0))
    assert verdict.outcome == "pass"
    assert set(verdict.reasons) == {"asm5025_failed", "quick_check_passed"}


def test_failing_both_modes_fails_the_car(bench: Any) -> None:
    verdict = bench.run(bench.at_25(90, **DIRTY) + bench.at_40(95, **DIRTY))
    assert (verdict.outcome, verdict.reasons) == ("fail", ("over_limit", "asm5025_failed"))
    assert [j.quantity for j in verdict.judgements if not j.ok] == ["asm2540_no_ppm"]


def test_a_trace_that_ends_while_2540_is_awaited_is_incomplete(bench: Any) -> None:
    assert bench.run(bench.at_25(90, **DIRTY) + bench.at_40(40)).reasons == ("incomplete", "asm5025_failed")


def test_the_hold_wants_five_seconds_inside_the_band_without_a_break(bench: Any) -> None:
    held = bench.at_25(4, speed_kmh=23.0) + bench.at_25(1, speed_kmh=22.99) + bench.at_25(5, speed_kmh=27.0)
    trial = bench.open(start="asm5025_hold")
    phases = []
    for second, values in enumerate(bench.at_25(10, speed_kmh=12.0) + held):
        phases.append(trial.push(LegalSecond(second * 1000, values)))
    assert [status.phase for status in phases[:19]] == ["asm5025_hold"] * 19
    assert [status.elapsed_s for status in phases[10:19]] == [1, 2, 3, 4, 0, 1, 2, 3, 4]
    assert (phases[19].phase, phases[19].elapsed_s, phases[19].remaining_s) == ("asm5025", 0, 90)
    assert (
        bench.run(bench.at_25(10, speed_kmh=12.0) + held + bench.at_25(20, **CLEAN), start="asm5025_hold").outcome
        == "pass"
    )


@pytest.mark.parametrize(
    ("changes", "restarts"),
    [
        ({"speed_kmh": 27.0}, 0), ({"speed_kmh": 27.01}, 1), ({"speed_kmh": 22.99}, 1), ({"speed_kmh": None}, 1),
        ({"force_n": 1512.0}, 0), ({"force_n": 1512.1}, 1), ({"force_n": 1367.9}, 1), ({"force_n": None}, 1),
    ],
)  # fmt: skip
def test_three_seconds_in_a_row_outside_return_the_timer_to_zero(
    bench: Any, changes: dict[str, float | None], restarts: int
) -> None:
    trial = bench.open()
    for second, values in enumerate(bench.at_25(12) + bench.at_25(3, **changes)):
        status = trial.push(LegalSecond(second * 1000, values))
    assert (status.restarts, status.elapsed_s) == (restarts, 0 if restarts else 15)


def test_two_seconds_in_a_row_outside_are_forgiven_until_they_add_up_to_more_than_five(bench: Any) -> None:
    once = bench.at_25(2, speed_kmh=28.0) + bench.at_25(3)
    trial = bench.open()
    restarts = [trial.push(LegalSecond(0, values)).restarts for values in once * 3]
    assert restarts == [0] * 11 + [1] * 4


def test_speed_and_force_are_counted_apart(bench: Any) -> None:
    out = bench.at_25(2, speed_kmh=28.0) + bench.at_25(2, force_n=1000.0)
    trial = bench.open()
    statuses = [trial.push(LegalSecond(0, values)) for values in bench.at_25(3) + out + bench.at_25(1)]
    assert statuses[-1].restarts == 0


def test_after_a_reset_the_windows_are_empty_and_the_timer_waits_for_the_band(bench: Any, decisive: Decisive) -> None:
    broken = bench.at_25(15, **CLEAN) + bench.at_25(3, force_n=900.0) + bench.at_25(10, speed_kmh=20.0)
    assert bench.run(broken + bench.at_25(19, **CLEAN)).reasons == ("incomplete",)
    verdict = bench.run(broken + bench.at_25(20, **CLEAN))
    assert verdict.outcome == "pass"
    assert decisive(verdict) == ["force_tolerance_fraction"]


def test_a_restart_that_still_fits_into_the_total_may_finish(bench: Any) -> None:
    late = bench.at_25(52) + bench.at_25(3, speed_kmh=30.0)
    assert bench.run(late + bench.at_25(90)).outcome == "pass"


def test_more_than_the_total_is_too_many_retries(bench: Any, decisive: Decisive) -> None:
    late = bench.at_25(53) + bench.at_25(3, speed_kmh=30.0)
    verdict = bench.run(late + bench.at_25(90))
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("too_many_retries",))
    assert decisive(verdict) == ["mode_total_s"]


def test_never_finding_the_band_again_ends_in_too_many_retries(bench: Any) -> None:
    assert bench.run(bench.at_25(10) + bench.at_25(200, speed_kmh=5.0)).reasons == ("too_many_retries",)


@pytest.mark.parametrize("gas", ["co_pct", "hc_ppm", "no_ppm"])
def test_ten_corrected_seconds_in_a_row_above_five_limits_fail_at_once(bench: Any, gas: str) -> None:
    worst = {gas: {"co_pct": 3.2, "hc_ppm": 455.0, "no_ppm": 3700.0}[gas]}
    assert bench.run(bench.at_25(10) + bench.at_25(9, **worst) + bench.at_25(5)).reasons == ("incomplete",)
    verdict = bench.run(bench.at_25(10) + bench.at_25(10, **worst))
    assert verdict.outcome == "fail"
    assert verdict.reasons[0] == "immediate_fail_500_percent"
    assert [j.quantity for j in verdict.judgements if not j.ok] == [f"asm5025_{gas}"]


def test_the_preset_does_not_count_towards_the_immediate_fail(bench: Any, decisive: Decisive) -> None:
    verdict = bench.run(bench.at_25(15, **WORST) + bench.at_25(75))
    assert verdict.outcome == "pass"
    assert "immediate_fail_after_preset" in decisive(verdict)


def test_the_immediate_fail_in_2540_uses_its_own_limits(bench: Any) -> None:
    rows = bench.at_25(90, **DIRTY) + bench.at_40(5 + 20, no_ppm=3400.0)
    assert bench.run(rows).reasons[0] == "immediate_fail_500_percent"


@pytest.mark.parametrize(("change", "last"), [(0.999999, 90), (1.0, 81), (-1.08, 81)])
def test_a_window_counts_only_if_its_speed_changes_by_less_than_one(bench: Any, change: float, last: int) -> None:
    rows = bench.at_25(81) + bench.at_25(9, speed_kmh=25.0 + change)
    assert bench.run(rows).values["asm5025_window_last_row"] == last


def test_the_other_reading_of_steadiness_compares_each_second_with_the_first(bench: Any) -> None:
    rows = bench.at_25(90)
    rows[85] = {**rows[85], "speed_kmh": 26.2}
    assert bench.run(rows).values["asm5025_window_last_row"] == 90
    other = bench.run(rows, switches={"steadiness": "each_to_first"})
    assert other.values["asm5025_window_last_row"] == 85


def test_a_quick_check_window_that_is_not_steady_does_not_pass(bench: Any) -> None:
    rows = bench.at_25(19, **CLEAN) + bench.at_25(1, speed_kmh=26.0, **CLEAN)
    assert bench.run(rows).reasons == ("incomplete",)


def test_no_steady_window_in_the_whole_mode_is_invalid_and_not_a_fail(bench: Any) -> None:
    rows = [{**row, "speed_kmh": 24.0 + (second // 9 % 2) * 2.0} for second, row in enumerate(bench.at_25(90, **DIRTY))]
    verdict = bench.run(rows)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("no_valid_window",))


@pytest.mark.parametrize(
    ("switch", "outcome", "row"), [("last_valid", "pass", 90), ("any_passing", "pass", 90), ("any_failing", None, 20)]
)
def test_which_window_decides_is_a_switch_and_said_when_it_matters(
    bench: Any, decisive: Decisive, switch: str, outcome: str | None, row: int
) -> None:
    rows = bench.at_25(40, **DIRTY) + bench.at_25(50)
    trial = bench.open(switches={"deciding_window": switch})
    for second, values in enumerate(rows):
        status = trial.push(LegalSecond(second * 1000, values))
    verdict = trial.verdict()
    if outcome is None:
        assert status.phase == "asm2540_hold"
        return
    assert (verdict.outcome, verdict.values["asm5025_window_last_row"]) == (outcome, row)
    assert "deciding_window" in decisive(verdict)


def test_any_passing_lets_an_earlier_window_pass(bench: Any) -> None:
    rows = bench.at_25(40) + bench.at_25(50, **DIRTY)
    assert bench.run(rows).reasons == ("incomplete", "asm5025_failed")
    verdict = bench.run(rows, switches={"deciding_window": "any_passing"})
    assert verdict.outcome == "pass"
    assert 40 <= (verdict.values["asm5025_window_last_row"] or 0) < 50


def test_rounding_decides_is_said_when_the_two_verdicts_differ(bench: Any, decisive: Decisive) -> None:
    # DF 1.0209.., so that the corrected CO mean lies between 0.500 and 0.505.
    rows = bench.at_25(90, co_pct=0.4985, co2_pct=14.78)
    verdict = bench.run(rows)
    raw = verdict.values["asm5025_co_pct_raw"]
    assert raw is not None
    assert 0.5 < raw < 0.505
    assert (verdict.outcome, verdict.values["asm5025_co_pct"]) == ("pass", 0.5)
    assert "rounding_decides" in verdict.reasons
    assert "compare" in decisive(verdict)
    full = bench.run(rows, switches={"compare": "full"})
    assert full.reasons == ("incomplete", "asm5025_failed")
    assert full.values["asm5025_co_pct"] == raw


@pytest.mark.parametrize(("low", "outcome"), [(2, "pass"), (3, "invalid")])
def test_too_little_co_and_co2_for_three_seconds_voids_the_test(
    bench: Any, decisive: Decisive, low: int, outcome: str
) -> None:
    rows = bench.at_25(30) + bench.at_25(low, co_pct=0.1, co2_pct=5.8) + bench.at_25(60 - low)
    verdict = bench.run(rows)
    assert verdict.outcome == outcome
    assert ("co_plus_co2_low" in verdict.reasons) == (outcome == "invalid")
    assert ("co_plus_co2_low_s" in decisive(verdict)) == (outcome == "pass")


def test_six_per_cent_exactly_is_enough(bench: Any) -> None:
    assert bench.run(bench.at_25(90, co_pct=0.1, co2_pct=5.9, hc_ppm=9.0, no_ppm=9.0)).outcome == "pass"


@pytest.mark.parametrize("start", ["asm5025", "asm5025_hold"])
def test_a_stalled_engine_voids_the_test_in_any_phase(bench: Any, start: str) -> None:
    verdict = bench.run(bench.at_25(3) + bench.at_25(1, engine_rpm=120.0) + bench.at_25(90), start=start)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("engine_stall",))


def test_without_an_engine_speed_nothing_is_said_about_a_stall(bench: Any) -> None:
    verdict = bench.run(bench.at_25(90, engine_rpm=None))
    assert verdict.outcome == "pass"
    assert verdict.values["asm5025_rpm"] is None


@pytest.mark.parametrize(("low", "outcome"), [(2, "pass"), (3, "invalid")])
def test_low_sample_flow_for_three_seconds_voids_the_test(bench: Any, low: int, outcome: str) -> None:
    rows = bench.at_25(30, low_flow=0.0) + bench.at_25(low, low_flow=1.0) + bench.at_25(60 - low, low_flow=0.0)
    verdict = bench.run(rows)
    assert verdict.outcome == outcome
    assert ("low_flow" in verdict.reasons) == (outcome == "invalid")


def test_a_missing_second_while_windows_are_sampled_voids_the_test(bench: Any) -> None:
    verdict = bench.run(bench.at_25(40) + bench.gap(1) + bench.at_25(60))
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("gap_in_window",))


def test_a_missing_second_in_the_preset_is_a_note(bench: Any) -> None:
    verdict = bench.run(bench.at_25(4) + bench.gap(1) + bench.at_25(85))
    assert (verdict.outcome, verdict.reasons) == ("pass", ("gap_outside_window",))


def test_a_missing_second_in_the_hold_starts_the_hold_again(bench: Any) -> None:
    rows = bench.at_25(4) + bench.gap(1) + bench.at_25(4) + bench.at_25(20, **CLEAN)
    assert bench.run(rows, start="asm5025_hold").reasons == ("incomplete", "gap_outside_window")


@pytest.mark.parametrize("gas", ["hc_ppm", "co_pct", "no_ppm", "co2_pct"])
def test_a_window_with_a_missing_value_does_not_count(bench: Any, gas: str) -> None:
    rows = bench.at_25(80) + bench.at_25(1, **{gas: None}) + bench.at_25(9)
    verdict = bench.run(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("value_missing",))
    assert verdict.values["asm5025_window_last_row"] == 80


def test_without_a_humidity_factor_there_is_no_window_and_it_says_why(bench: Any) -> None:
    verdict = bench.run(bench.at_25(90, ambient_temp_c=-0.5))
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("no_valid_window", "no_humidity_factor"))


def test_natural_gas_has_its_hydrocarbons_recorded_and_not_judged(bench: Any) -> None:
    rows = bench.at_25(90, hc_ppm=800.0, co_pct=0.1, co2_pct=11.0, no_ppm=100.0)
    verdict = bench.run(rows, car={"fuel": "cng"})
    assert verdict.outcome == "pass"
    assert "hc_recorded_only" in verdict.reasons
    assert (verdict.values["asm5025_hc_ppm"] or 0) > 700
    assert "asm5025_hc_ppm" not in {j.quantity for j in verdict.judgements}
    assert bench.run(rows).outcome != "pass"


@pytest.mark.parametrize(("fuel", "factor"), [("petrol", 1.3), ("cng", 1.1), ("lpg", 1.3)])
def test_each_fuel_has_its_own_dilution_constant(bench: Any, fuel: str, factor: float) -> None:
    verdict = bench.run(bench.at_25(20, hc_ppm=10.0, co_pct=0.1, co2_pct=10.5, no_ppm=9.0), car={"fuel": fuel})
    raw = verdict.values["asm5025_hc_ppm_raw"]
    assert raw is not None
    a = {"petrol": 4.644, "cng": 6.64, "lpg": 5.39}[fuel]
    share = 10.5 / 10.6
    assert raw == pytest.approx(10.0 * 100 * share / (a + 1.88 * share) / 10.5, abs=1e-6)
    assert raw / 10 == pytest.approx(factor, abs=0.2)


def test_limit_set_b_is_stricter_and_named_as_uncertain(bench: Any, decisive: Decisive) -> None:
    rows = bench.at_25(90, no_ppm=500.0) + bench.at_40(95, no_ppm=500.0)
    assert bench.run(rows[:90]).outcome == "pass"
    verdict = bench.run(rows, limit_set="b")
    assert (verdict.outcome, verdict.limits) == ("fail", "b")
    assert "b" in decisive(verdict)


def test_starting_in_2540_judges_2540_alone(bench: Any) -> None:
    verdict = bench.run(bench.at_40(90), start="asm2540")
    assert verdict.outcome == "pass"
    assert verdict.values["asm5025_co_pct"] is None
    assert bench.run(bench.at_40(90, **DIRTY), start="asm2540").reasons == ("over_limit",)


def test_force_and_speed_to_drive_follow_the_phase(bench: Any) -> None:
    trial = bench.open(start="asm5025_hold")
    assert (trial.total_force_n(), trial.target_kmh()) == (1440.0, (25.0, 2.0))
    for values in bench.at_25(95, **DIRTY):
        trial.push(LegalSecond(0, values))
    assert (trial.status().phase, trial.total_force_n(), trial.target_kmh()) == ("asm2540_hold", 720.0, (40.0, 2.0))
    trial.end()
    assert (trial.total_force_n(), trial.target_kmh()) == (None, None)


def test_after_the_decision_nothing_changes_any_more(bench: Any) -> None:
    trial = bench.open()
    for values in bench.at_25(20, **CLEAN):
        trial.push(LegalSecond(0, values))
    before = trial.verdict()
    for values in bench.at_25(100, **WORST):
        trial.push(LegalSecond(0, values))
    trial.end()
    assert trial.verdict() == before


def test_the_judged_window_also_tells_speed_power_and_lambda(bench: Any) -> None:
    values = bench.run(bench.at_25(20, **CLEAN)).values
    assert values["asm5025_rpm"] == 1800.0
    assert values["asm5025_power_kw"] == pytest.approx(10.0)
    assert values["asm5025_o2_pct"] == 0.5
    assert values["asm5025_lambda"] == pytest.approx(1.014, abs=0.01)


@pytest.mark.parametrize(
    ("car", "field"),
    [({"fuel": None}, "fuel"), ({"fuel": "diesel"}, "fuel"), ({"reference_mass_kg": None}, "reference_mass_kg")],
)
def test_a_missing_or_unsuited_fact_of_the_vehicle_is_named(bench: Any, car: dict[str, object], field: str) -> None:
    with pytest.raises(VehicleFactMissing) as refusal:
        bench.open(car=car)
    assert refusal.value.field == field


def test_an_unknown_limit_set_or_phase_or_switch_is_refused(bench: Any) -> None:
    with pytest.raises(LimitsMissing, match=r"asm\.sets\.c"):
        bench.open(limit_set="c")
    with pytest.raises(StartPhaseError):
        bench.open(start="idle")
    with pytest.raises(LimitsMissing, match="deciding_window"):
        bench.open(switches={"deciding_window": "best"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("window_s", 0), ("window_s", 10.5), ("mode_s", 301), ("preset_s", -1), ("preset_s", 85), ("round_hc_decimals", 7),
     ("immediate_fail_s", 5), ("hold_s", 1e12), ("df_cap", "three"), ("mode_total_s", True)],
)  # fmt: skip
def test_limits_data_that_cannot_be_meant_is_refused_by_name(bench: Any, name: str, value: object) -> None:
    with pytest.raises(LimitsMissing, match=r"asm\.rules\."):
        bench.open(switches={name: value})


def test_a_second_lost_while_waiting_for_the_band_is_noted(bench: Any) -> None:
    rows = bench.at_25(12) + bench.at_25(3, speed_kmh=30.0) + bench.gap(1) + bench.at_25(90)
    verdict = bench.run(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("gap_outside_window",))
