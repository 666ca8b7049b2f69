"""Lug-down, rule by rule: scan, two points, power, decision, and what makes a test void."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.methods import VehicleFactMissing
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict

METHOD = "lug_down"
K30 = -math.log(0.7) / 0.430


def test_scan_and_two_points_are_a_whole_test(diesel: Any) -> None:
    verdict = diesel.lug_down(diesel.lug())
    assert (verdict.outcome, verdict.reasons, verdict.method) == ("pass", (), METHOD)
    values = verdict.values
    assert values["vel_max_hp_kmh"] == pytest.approx(66.0)
    assert (values["max_power_kw"], values["corrected_max_power_kw"], values["power_factor"]) == (71.0, 71.0, 1.0)
    assert (values["k100_per_m"], values["k80_per_m"], values["nox80_ppm"]) == (0.83, 0.83, 800.0)
    assert values["k80_per_m_raw"] == pytest.approx(K30, abs=1e-9)
    assert values["nox100_ppm"] == 800.0
    assert [(j.quantity, j.limit) for j in verdict.judgements] == [
        ("corrected_max_power_kw", pytest.approx(47.2)), ("k100_per_m", 1.2), ("k80_per_m", 1.2), ("nox80_ppm", 1500),
    ]  # fmt: skip
    assert diesel.lug_down(diesel.lug()[:-1]).reasons == ("incomplete",)


@pytest.mark.parametrize(
    ("first", "second", "failed"),
    [
        ({"opacity_n_pct": 42.0}, {}, ["k100_per_m"]),
        ({}, {"opacity_n_pct": 42.0}, ["k80_per_m"]),
        ({}, {"nox_ppm": 1500.6}, ["nox80_ppm"]),
        ({"nox_ppm": 5000.0}, {}, []),
    ],
)
def test_each_limit_fails_at_its_own_point(
    diesel: Any, first: dict[str, float], second: dict[str, float], failed: list[str]
) -> None:
    verdict = diesel.lug_down(diesel.lug(first, second))
    assert [j.quantity for j in verdict.judgements if not j.ok] == failed
    assert (verdict.outcome, verdict.reasons) == (("fail", ("over_limit",)) if failed else ("pass", ()))


def test_only_nine_seconds_after_three_of_settling_count(diesel: Any) -> None:
    smoky = diesel.point(66.0, 3, opacity_n_pct=90.0)
    rows = diesel.scan() + smoky + diesel.point(66.0, 9) + diesel.point(60.0, 4, opacity_n_pct=90.0)
    rows += diesel.point(52.8, 3, opacity_n_pct=90.0) + diesel.point(52.8, 9, opacity_n_pct=40.0)
    values = diesel.lug_down(rows).values
    assert (values["k100_per_m"], values["k80_per_m"]) == (0.83, 1.19)


def test_k_of_a_point_is_the_mean_of_the_k_of_its_seconds(diesel: Any) -> None:
    rows = diesel.lug()
    for i in range(25, 34):
        rows[i] = {**rows[i], "opacity_n_pct": 10.0 * (i - 24)}
    expected = sum(-math.log(1 - i / 10) / 0.430 for i in range(1, 10)) / 9
    assert diesel.lug_down(rows).values["k100_per_m_raw"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("most", "t_c", "p_kpa", "corrected", "ok"),
    [(46.0, 20.0, 80.0, 53.366442, True), (46.0, 25.0, 99.0, 46.0, False)],
)
def test_the_worked_engines_pass_and_fail_by_their_corrected_power(
    diesel: Any, most: float, t_c: float, p_kpa: float, corrected: float, ok: bool
) -> None:
    rows = [
        {**row, "force_n": (row["force_n"] or 0) * most / 71.0, "ambient_temp_c": t_c}
        for row in diesel.lug(pressure_kpa=p_kpa)
    ]
    verdict = diesel.lug_down(rows)
    assert verdict.values["corrected_max_power_kw_raw"] == pytest.approx(corrected, abs=2e-6)
    assert verdict.judgements[0].ok is ok
    assert verdict.outcome == ("pass" if ok else "fail")


def test_too_little_power_fails_at_the_end_of_the_scan(diesel: Any) -> None:
    weak = [diesel.second(78.0 - 1.2 * i, power=40.0 - 0.01 * i) for i in range(22)]
    verdict = diesel.lug_down(weak + diesel.point(66.0))
    assert (verdict.outcome, verdict.reasons) == ("fail", ("power_below_limit",))
    assert [j.quantity for j in verdict.judgements] == ["corrected_max_power_kw"]
    assert (verdict.judgements[0].limit_min, verdict.values["k100_per_m"]) == (verdict.judgements[0].limit, None)


def test_the_exponent_of_the_correction_is_applied_once_and_the_engine_counts(diesel: Any) -> None:
    turbo = diesel.lug_down(diesel.lug(ambient_temp_c=12.3, pressure_kpa=95.8))
    assert turbo.values["power_factor"] == pytest.approx(0.9504744555335931, rel=1e-9)
    natural = diesel.lug_down(diesel.lug(ambient_temp_c=20.0, pressure_kpa=80.0), car={"aspiration": "natural"})
    assert natural.values["power_factor"] == pytest.approx(1.2731553178769757, rel=1e-9)


def test_the_speed_of_the_power_maximum_moves_while_the_scan_goes_on(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD)
    targets = [trial.push(LegalSecond(0, row)) and trial.target_kmh() for row in diesel.scan()]
    assert targets[:-1] == [None] * 21
    assert targets[-1] == (pytest.approx(66.0), 0.5)
    late = diesel.scan()
    late[18] = diesel.second(56.4, power=80.0)
    verdict = diesel.lug_down(late)
    assert verdict.values["vel_max_hp_kmh"] == pytest.approx(56.4)
    assert verdict.values["corrected_max_power_kw"] is None


def test_the_expected_maximum_lies_at_the_rated_engine_speed(diesel: Any) -> None:
    rows = [diesel.second(72.0 - i, engine_rpm=3400.0 - 20 * i) for i in range(19)]
    verdict = diesel.lug_down(rows, car={"rated_rpm": 3000.0})
    assert verdict.values["calculated_vel_max_hp_kmh"] == pytest.approx(72 * 3000 / 3400)
    assert verdict.values["max_rpm"] == 3400.0


def test_a_trace_may_begin_with_the_highest_engine_speed_in_neutral(diesel: Any) -> None:
    still = {"speed_kmh": 0.0, "force_n": 0.0, "ambient_temp_c": 25.0, "pressure_kpa": 99.0}
    revving = [{**still, "engine_rpm": rpm} for rpm in (800.0, 2500.0, 3400.0, 3350.0, 900.0)]
    faster = [diesel.second(v, power=2.0) for v in (20.0, 50.0, 70.0, 76.0, 78.0, 78.2, 78.0, 78.1)]
    trial = diesel.open_diesel(METHOD, start="max_rpm")
    phases = [trial.push(LegalSecond(0, row)).phase for row in [*revving, *faster]]
    assert phases == ["max_rpm"] * 4 + ["accelerate"] * 8 + ["scan"]
    for row in diesel.lug()[1:]:
        trial.push(LegalSecond(0, row))
    values = trial.verdict().values
    assert (trial.verdict().outcome, values["max_rpm"]) == ("pass", 3400.0)
    assert values["calculated_vel_max_hp_kmh"] == pytest.approx(78.2 * 2600 / 3400)


@pytest.mark.parametrize(("speed", "inside"), [(66.49, True), (65.51, True), (66.51, False), (65.49, False)])
def test_a_point_is_settled_inside_half_a_kilometre_an_hour(diesel: Any, speed: float, inside: bool) -> None:
    trial = diesel.open_diesel(METHOD)
    for row in [*diesel.scan(), *diesel.point(speed, 3)]:
        trial.push(LegalSecond(0, row))
    assert trial.status().phase == ("sample_100" if inside else "to_100")


def test_leaving_the_band_while_settling_starts_the_settling_again(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD)
    rows = [*diesel.scan(), *diesel.point(66.0, 2), *diesel.point(67.0, 1), *diesel.point(66.0, 2)]
    status = [trial.push(LegalSecond(0, row)) for row in rows][-1]
    assert (status.phase, status.elapsed_s, status.remaining_s, status.restarts) == ("settle_100", 2, 1, 1)


@pytest.mark.parametrize(("switch", "phase", "elapsed"), [("settle", "to_80", 0), ("sample", "sample_80", 0)])
def test_leaving_the_band_while_sampling_starts_again_as_the_switch_says(
    diesel: Any, switch: str, phase: str, elapsed: int
) -> None:
    trial = diesel.open_diesel(METHOD, switches={"point_exit": switch})
    for row in [*diesel.lug()[:-1], *diesel.point(54.0, 1)]:
        trial.push(LegalSecond(0, row))
    assert (trial.status().phase, trial.status().elapsed_s) == (phase, elapsed)
    for row in diesel.point(52.8, 12):
        trial.push(LegalSecond(0, row))
    assert trial.verdict().outcome == "pass"


def test_by_a_switch_leaving_the_band_while_sampling_does_not_matter(
    diesel: Any, decisive: Callable[[Verdict], list[str]]
) -> None:
    rows = [*diesel.lug()[:-1], *diesel.point(54.0, 1)]
    assert diesel.lug_down(rows, switches={"point_exit": "keep"}).outcome == "pass"
    verdict = diesel.lug_down(rows)
    assert verdict.reasons == ("incomplete", "sampling_restarted")
    assert decisive(verdict) == ["point_exit"]


def test_more_than_three_minutes_at_full_throttle_void_the_test(
    diesel: Any, decisive: Callable[[Verdict], list[str]]
) -> None:
    rows = diesel.scan() + diesel.point(70.0, 140) + diesel.point(66.0) + diesel.point(52.8)
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("full_throttle_too_long",))
    assert decisive(verdict) == ["full_throttle_at_most_s"]
    assert diesel.lug_down(rows, switches={"full_throttle_at_most_s": 300}).outcome == "pass"


def test_hot_air_voids_the_test(diesel: Any) -> None:
    assert diesel.lug_down(diesel.lug(ambient_temp_c=40.0)).outcome == "pass"
    verdict = diesel.lug_down(diesel.lug(ambient_temp_c=40.1))
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("ambient_too_hot",))


def test_an_engine_that_stalls_voids_the_test(diesel: Any) -> None:
    assert diesel.lug_down(diesel.lug({"engine_rpm": 250.0})).reasons == ("engine_stall",)


def test_a_gap_voids_the_scan_and_the_sampling_and_is_a_note_between(diesel: Any) -> None:
    for place in (5, 30, 44):
        rows = diesel.lug()
        rows[place] = None
        assert diesel.lug_down(rows).reasons == ("gap_in_window",)
    rows = diesel.lug()
    verdict = diesel.lug_down([*rows[:22], None, *rows[22:]])
    assert (verdict.outcome, verdict.reasons) == ("pass", ("gap_outside_window",))


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({"opacity_n_pct": None}, {}, "value_missing_in_window"),
        ({}, {"opacity_n_pct": None}, "value_missing_in_window"),
        ({}, {"nox_ppm": None}, "value_missing_in_window"),
        ({"opacity_n_pct": 100.0}, {}, "opacity_full_scale"),
        ({}, {"opacity_n_pct": 100.0}, "opacity_full_scale"),
    ],
)
def test_what_a_point_needs_is_never_made_up(
    diesel: Any, first: dict[str, float | None], second: dict[str, float | None], reason: str
) -> None:
    verdict = diesel.lug_down(diesel.lug(first, second))
    assert (verdict.outcome, verdict.reasons) == ("invalid", (reason,))
    assert verdict.values["k100_per_m" if first else "k80_per_m"] is None or "nox_ppm" in second


def test_nox_is_not_needed_at_the_first_point(diesel: Any) -> None:
    verdict = diesel.lug_down(diesel.lug({"nox_ppm": None}))
    assert (verdict.outcome, verdict.values["nox100_ppm"]) == ("pass", None)


def test_without_nox_the_sum_of_its_parts_is_taken(diesel: Any) -> None:
    rows = [{**row, "nox_ppm": None, "no_ppm": 291.0, "no2_ppm": 29.0} for row in diesel.lug()]
    verdict = diesel.lug_down(rows)
    assert (verdict.values["nox80_ppm"], verdict.reasons) == (320.0, ("nox_is_no_plus_no2",))
    alone = [{**row, "no2_ppm": None} for row in rows]
    assert diesel.lug_down(alone).reasons == ("value_missing_in_window",)


def test_without_weather_the_power_cannot_be_corrected(diesel: Any) -> None:
    rows = [{**row, "pressure_kpa": None} for row in diesel.lug()]
    assert diesel.lug_down(rows).reasons == ("no_power_correction",)


def test_a_second_of_the_scan_without_force_is_left_out_and_said(diesel: Any) -> None:
    rows = diesel.lug()
    rows[3] = {**rows[3], "force_n": None}
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("value_missing_in_scan",))


def test_a_scan_that_slows_down_too_fast_or_begins_too_fast_is_said(diesel: Any) -> None:
    rows = diesel.lug()
    assert diesel.lug_down(rows[:4] + rows[6:]).reasons == ("scan_too_fast",)
    quick = [diesel.second(102.0 - 2.0 * i, power=5.0 + i) for i in range(13)]
    assert diesel.lug_down(quick + rows).reasons == ("gear_too_high",)


def test_an_engine_speed_far_from_the_rated_one_is_said_or_by_a_switch_fails(
    diesel: Any, decisive: Callable[[Verdict], list[str]]
) -> None:
    rows = diesel.lug({"engine_rpm": 2300.0})
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("engine_speed_outside_window",))
    assert "engine_speed_window" in decisive(verdict)
    strict = diesel.lug_down(rows, switches={"engine_speed_window": "fail"})
    assert (strict.outcome, [j.quantity for j in strict.judgements if not j.ok]) == ("fail", ["engine_speed_100_rpm"])
    assert diesel.lug_down(diesel.lug({"engine_rpm": 2341.0})).reasons == ()


def test_humidity_is_recorded_and_corrects_nox_only_by_a_switch(diesel: Any) -> None:
    verdict = diesel.lug_down(diesel.lug())
    kh = verdict.values["kh80"]
    assert kh is not None
    applied = diesel.lug_down(diesel.lug(), switches={"nox_humidity_correction": "apply"})
    assert applied.values["nox80_ppm_raw"] == pytest.approx(800.0 * kh, abs=1e-5)
    assert verdict.values["nox80_ppm_raw"] == 800.0
    dry = [{**row, "humidity_pct": None} for row in diesel.lug()]
    assert diesel.lug_down(dry).outcome == "pass"
    assert diesel.lug_down(dry, switches={"nox_humidity_correction": "apply"}).reasons == ("no_humidity_factor",)
    assert "humidity_pct" in diesel.open_diesel(METHOD, switches={"nox_humidity_correction": "apply"}).needs


def test_altitude_raises_the_limit_of_k_and_says_so(diesel: Any, decisive: Callable[[Verdict], list[str]]) -> None:
    smoky = {"opacity_n_pct": 42.0}  # k 1.27
    high = {"station_altitude_m": 1900}
    verdict = diesel.lug_down(diesel.lug(smoky, smoky), switches=high)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("altitude_allowance",))
    assert verdict.judgements[1].limit == pytest.approx(1.3)
    assert {"altitude_allowance", "altitude_add_k_per_m"} <= set(decisive(verdict))
    for reading in ("stepped", "none"):
        switches = {**high, "altitude_allowance": reading}
        assert diesel.lug_down(diesel.lug(smoky, smoky), switches=switches).outcome == "fail"


def test_rounding_that_decides_is_said(diesel: Any) -> None:
    rows = diesel.lug({}, {"nox_ppm": 1500.4})
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("rounding_decides",))
    full = diesel.lug_down(rows, switches={"compare": "full"})
    assert (full.outcome, full.reasons) == ("fail", ("over_limit", "rounding_decides"))


def test_the_stricter_set_names_its_unconfirmed_limits(diesel: Any, decisive: Callable[[Verdict], list[str]]) -> None:
    verdict = diesel.lug_down(diesel.lug(), limit_set="b")
    assert (verdict.outcome, [j.limit for j in verdict.judgements][1:]) == ("fail", [0.7, 0.7, 900])
    assert "b" in decisive(verdict)


@pytest.mark.parametrize("missing", ["rated_power_kw", "rated_rpm", "aspiration", "fuel"])
def test_a_missing_fact_of_the_vehicle_is_named(diesel: Any, missing: str) -> None:
    with pytest.raises(VehicleFactMissing, match=missing):
        diesel.open_diesel(METHOD, car={missing: None})
    with pytest.raises(VehicleFactMissing, match=missing):
        diesel.open_diesel(METHOD, car={missing: "steam"})
