"""VMAS: grams a kilometre, what is asked of a drive, and the trial from outside."""

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from lanectl.core.figures import LimitsMissing
from lanectl.core.methods import StartPhaseError, VehicleFactMissing, open_trial
from lanectl.core.second import LegalSecond
from tests.core.vmas_rollers import DELAYS, DF, G_PER_KM, GASES, KH, STEADY, Decisive, Rollers, Values, told, with_hc

# -- the result


def test_a_clean_car_passes_with_grams_over_the_way_it_drove(rollers: Rollers) -> None:
    verdict = rollers.judge(rollers.drive())
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    for gas in GASES:
        assert verdict.values[f"{gas}_g_per_km_raw"] == pytest.approx(G_PER_KM[gas], rel=1e-9)
        assert verdict.values[f"{gas}_g_per_km"] == round(G_PER_KM[gas], 2)
        assert verdict.values[f"{gas}_g"] == pytest.approx(G_PER_KM[gas] * 1.0145833333333334, rel=1e-9)
    assert verdict.values["distance_km"] == verdict.values["distance_km_raw"] == pytest.approx(1.0145833333, rel=1e-9)
    assert verdict.values["exhaust_l"] == pytest.approx(195 * 12.052030222732574, rel=1e-7)
    assert (verdict.values["mean_df"], verdict.values["mean_kh"]) == pytest.approx((DF, KH), abs=1e-9)
    assert [(row.quantity, row.limit, row.ok) for row in verdict.judgements] == [
        ("co_g_per_km", 8.0, True),
        ("hc_g_per_km", 1.6, True),
        ("nox_g_per_km", 1.3, True),
    ]


@pytest.mark.parametrize(
    ("channel", "value", "gas"), [("co_pct", 0.3, "co"), ("hc_ppm", 250.0, "hc"), ("nox_ppm", 400.0, "nox")]
)
def test_one_pollutant_over_its_limit_fails(rollers: Rollers, channel: str, value: Any, gas: str) -> None:
    verdict = rollers.judge(rollers.drive(**{channel: value}))
    assert told(verdict) == ("fail", "over_limit")
    assert [row.quantity for row in verdict.judgements if not row.ok] == [f"{gas}_g_per_km"]


def test_grams_may_be_put_over_the_nominal_way(rollers: Rollers) -> None:
    verdict = rollers.judge(rollers.drive(), distance_by="nominal")
    assert verdict.values["co_g_per_km_raw"] == pytest.approx(G_PER_KM["co"] * 1.0145833333333334 / 1.013, rel=1e-9)
    assert verdict.values["distance_km"] == pytest.approx(1.0145833333, rel=1e-9)


def test_the_sample_of_the_analyzer_is_added_to_the_exhaust(rollers: Rollers) -> None:
    verdict = rollers.judge(rollers.drive(), sample_flow_l_s=0.1)
    assert verdict.values["exhaust_l"] == pytest.approx(195 * 12.152030222732574, rel=1e-7)


def test_the_stricter_set_judges_more_strictly_and_says_what_it_hangs_on(rollers: Rollers, decisive: Decisive) -> None:
    verdict = rollers.judge(rollers.drive(), limit_set="b")
    assert told(verdict) == ("fail", "over_limit")
    assert "b" in decisive(verdict)
    both = rollers.judge(rollers.drive(co_pct=0.4), limit_set="b")
    assert (both.outcome, "b" in decisive(both)) == ("fail", False)


def test_half_a_hundredth_is_rounded_away_before_it_is_compared(rollers: Rollers, decisive: Decisive) -> None:
    # 1.604 g/km of HC: the limit is 1.6.
    verdict = rollers.judge(with_hc(rollers, 1.604))
    assert (verdict.outcome, verdict.values["hc_g_per_km"]) == ("pass", 1.6)
    assert verdict.values["hc_g_per_km_raw"] == pytest.approx(1.604, rel=1e-9)
    assert "rounding_decides" in verdict.reasons
    assert "compare" in decisive(verdict)
    full = rollers.judge(with_hc(rollers, 1.604), compare="full")
    assert told(full) == ("fail", "over_limit")
    assert full.values["hc_g_per_km"] == full.values["hc_g_per_km_raw"]
    assert "rounding_decides" in full.reasons


def test_the_limit_itself_is_kept(rollers: Rollers) -> None:
    assert rollers.judge(with_hc(rollers, 1.6049)).outcome == "pass"
    assert rollers.judge(with_hc(rollers, 1.6051)).outcome == "fail"
    assert rollers.judge(with_hc(rollers, 1.5999999), compare="full").outcome == "pass"
    assert rollers.judge(with_hc(rollers, 1.6000001), compare="full").outcome == "fail"
    assert rollers.judge(with_hc(rollers, 1.60004), round_g_per_km_decimals=4).outcome == "pass"
    assert rollers.judge(with_hc(rollers, 1.60006), round_g_per_km_decimals=4).outcome == "fail"


def test_the_other_densities_weigh_hc_heavier(rollers: Rollers, decisive: Decisive) -> None:
    molar = rollers.judge(rollers.drive(), density_set="molar")
    assert molar.values["hc_g_per_km_raw"] == pytest.approx(G_PER_KM["hc"] * 3.8449183545998036 / 3.714, rel=1e-9)
    assert molar.values["nox_g_per_km_raw"] == pytest.approx(G_PER_KM["nox"] * 2.0525564379405727 / 2.05, rel=1e-9)
    between = rollers.drive(hc_ppm=50.0 * 1.57 / G_PER_KM["hc"])
    for density_set, outcome in (("ece", "pass"), ("molar", "fail")):
        verdict = rollers.judge(between, density_set=density_set)
        assert (verdict.outcome, "density_set" in decisive(verdict)) == (outcome, True)
    assert "density_set" not in decisive(molar)


def test_hc_of_natural_gas_is_recorded_and_not_judged(rollers: Rollers) -> None:
    verdict = rollers.judge(rollers.drive(hc_ppm=900.0), car={"fuel": "cng"})
    assert (verdict.outcome, verdict.reasons) == ("pass", ("hc_recorded_only",))
    assert (verdict.values["hc_g_per_km"] or 0) > 1.6
    assert [row.quantity for row in verdict.judgements] == ["co_g_per_km", "nox_g_per_km"]
    assert (
        rollers.judge(rollers.drive(hc_ppm=900.0), car={"fuel": "cng"}, natural_gas_hc_judged="yes").outcome == "fail"
    )


def test_natural_gas_passes_without_hc_and_shows_none(rollers: Rollers) -> None:
    verdict = rollers.judge(rollers.drive(([9], {"hc_ppm": None})), car={"fuel": "cng"})
    assert (verdict.outcome, verdict.values["hc_g_per_km"], verdict.values["hc_g"]) == ("pass", None, None)


def test_a_hybrid_is_corrected_as_petrol_and_says_so(rollers: Rollers) -> None:
    verdict = rollers.judge(rollers.drive(), car={"fuel": "hybrid"})
    assert verdict.reasons == ("hybrid_as_petrol",)
    assert verdict.values == rollers.judge(rollers.drive()).values


# -- NOx


@pytest.mark.parametrize(
    ("readings", "ppm", "reasons"),
    [
        ({"nox_ppm": 200.0, "no_ppm": 100.0, "no2_ppm": 3.0}, 200.0, ()),
        ({"nox_ppm": None, "no_ppm": 180.0, "no2_ppm": 20.0}, 200.0, ("nox_is_no_plus_no2",)),
        ({"nox_ppm": None, "no_ppm": 200.0}, 200.0, ("nox_is_no_alone",)),
    ],
)
def test_nox_is_the_best_word_that_there_is(
    rollers: Rollers, readings: dict[str, Any], ppm: float, reasons: tuple[str, ...]
) -> None:
    verdict = rollers.judge(rollers.drive(**readings))
    assert verdict.values["nox_g_per_km_raw"] == pytest.approx(G_PER_KM["nox"] * ppm / 200.0, rel=1e-9)
    assert verdict.reasons == reasons


@pytest.mark.parametrize("spell", [{"nox_ppm": None}, {"nox_ppm": None, "no2_ppm": None}])
def test_nox_of_another_kind_in_between_is_no_nox(rollers: Rollers, spell: dict[str, float | None]) -> None:
    rows = rollers.drive(([100], spell), no_ppm=180.0, no2_ppm=20.0)
    assert told(rollers.judge(rows)) == ("invalid", "value_missing_in_window")


# -- what has to be driven


def test_the_trace_needs_every_second_of_the_cycle_and_no_more(rollers: Rollers) -> None:
    assert told(rollers.judge(rollers.drive()[:194])) == ("invalid", "incomplete")
    longer: list[Values | None] = [*rollers.drive(), {**STEADY, "speed_kmh": 90.0, "engine_rpm": 0.0}, None]
    assert rollers.judge(longer) == rollers.judge(rollers.drive())
    assert told(rollers.judge([])) == ("invalid", "incomplete")


def test_forty_seconds_of_idling_may_come_before(rollers: Rollers) -> None:
    idle: list[Values | None] = [{**STEADY, "speed_kmh": 0.0, "co_pct": 5.0} for _ in range(40)]
    assert rollers.judge([*idle, *rollers.drive()], start="idle") == rollers.judge(rollers.drive())
    assert told(rollers.judge([*idle[1:], *rollers.drive()], start="idle"))[0] == "invalid"
    assert rollers.judge(rollers.drive(), start="idle", idle_s=0).outcome == "pass"


def test_a_gap_while_idling_is_noted(rollers: Rollers) -> None:
    idle: list[Values | None] = [None, *({**STEADY, "speed_kmh": 0.0} for _ in range(39))]
    verdict = rollers.judge([*idle, *rollers.drive()], start="idle")
    assert (verdict.outcome, verdict.reasons) == ("pass", ("gap_outside_window",))


@pytest.mark.parametrize(
    ("second", "edge", "out"),
    [(70, 35.0, 35.000001), (70, 29.0, 28.999999), (84, 29.0, 28.9), (85, 26.25, 26.2), (11, 6.75, 6.8), (0, 3.0, 3.1)],
)
def test_a_speed_counts_within_3_kmh_and_one_second_of_the_cycle(
    rollers: Rollers, second: int, edge: float, out: float
) -> None:
    kept = rollers.judge(rollers.drive(([second], {"speed_kmh": edge})))
    assert (kept.outcome, kept.values["speed_out_s"], kept.reasons) == ("pass", 0.0, ())
    left = rollers.judge(rollers.drive(([second], {"speed_kmh": out})))
    assert (left.outcome, left.values["speed_out_s"], left.reasons) == ("pass", 1.0, ("speed_out_noted",))


def test_without_its_second_of_shift_the_envelope_is_narrower(rollers: Rollers) -> None:
    early = ([85], {"speed_kmh": 26.25})
    assert rollers.judge(rollers.drive(early), envelope_shift_s=0).values["speed_out_s"] == 1.0


def test_three_seconds_outside_in_a_row_are_borne_and_four_are_not(rollers: Rollers, decisive: Decisive) -> None:
    three = rollers.judge(rollers.drive((range(70, 73), {"speed_kmh": 36.0})))
    assert (three.outcome, three.reasons) == ("pass", ("speed_out_noted",))
    assert [three.values[f"speed_out_{name}"] for name in ("times", "s", "longest_s")] == [1.0, 3.0, 3.0]
    assert "out_in_a_row_s" in decisive(three)
    four = rollers.judge(rollers.drive((range(70, 74), {"speed_kmh": 36.0})))
    assert told(four) == ("invalid", "speed_out_too_long")
    assert {"out_in_a_row_s", "speed_tolerance_kmh"} <= set(decisive(four))
    assert "speed_out_noted" not in four.reasons
    two = rollers.judge(rollers.drive((range(70, 72), {"speed_kmh": 36.0})))
    assert decisive(two) == []


def test_fifteen_seconds_outside_in_all_are_borne_and_sixteen_are_not(rollers: Rollers) -> None:
    outside = [second for start in range(63, 83, 4) for second in range(start, start + 3)]
    verdict = rollers.judge(rollers.drive((outside, {"speed_kmh": 36.0})))
    assert (verdict.outcome, verdict.values["speed_out_s"], verdict.values["speed_out_times"]) == ("pass", 15.0, 5.0)
    one_more = rollers.judge(rollers.drive(([*outside, 150], {"speed_kmh": 37.0})))
    assert told(one_more) == ("invalid", "speed_out_in_total")


def test_seconds_outside_count_from_the_first_one(rollers: Rollers, decisive: Decisive) -> None:
    void = rollers.judge(rollers.drive((range(4), {"speed_kmh": 3.5})))
    assert told(void) == ("invalid", "speed_out_too_long")
    assert "gear_change_seconds" not in decisive(void)
    assert "speed_tolerance_kmh" in decisive(rollers.judge(rollers.drive((range(4), {"speed_kmh": 2.5}))))
    borne = rollers.judge(rollers.drive((range(3), {"speed_kmh": 3.5})))
    assert [borne.values[f"speed_out_{name}"] for name in ("times", "s", "longest_s")] == [1.0, 3.0, 3.0]


def test_a_narrower_tolerance_would_have_decided_otherwise(rollers: Rollers, decisive: Decisive) -> None:
    assert "speed_tolerance_kmh" in decisive(rollers.judge(rollers.drive((range(70, 74), {"speed_kmh": 34.5}))))
    assert "speed_tolerance_kmh" not in decisive(rollers.judge(rollers.drive((range(70, 73), {"speed_kmh": 34.5}))))


def test_seconds_of_gear_changes_count_unless_the_data_skips_them(rollers: Rollers, decisive: Decisive) -> None:
    rows = rollers.drive((range(174, 178), {"speed_kmh": 25.0}))
    counted = rollers.judge(rows)
    assert told(counted) == ("invalid", "speed_out_too_long")
    assert "gear_change_seconds" in decisive(counted)
    skipped = rollers.judge(rows, gear_change_seconds="skip")
    assert (skipped.outcome, skipped.values["speed_out_s"]) == ("pass", 2.0)
    assert "gear_change_seconds" in decisive(skipped)
    elsewhere = rollers.judge(rollers.drive((range(70, 74), {"speed_kmh": 36.0})))
    assert "gear_change_seconds" not in decisive(elsewhere)


def test_the_last_gear_change_can_be_read_in_two_ways(rollers: Rollers) -> None:
    slow = ([178], {"speed_kmh": 26.0})
    assert rollers.judge(rollers.drive(slow)).values["speed_out_s"] == 0.0
    assert rollers.judge(rollers.drive(slow), last_gear_change="holds_35").values["speed_out_s"] == 1.0


@pytest.mark.parametrize(("more", "outcome"), [(0.0, "pass"), (-0.000001, "invalid")])
def test_a_way_more_than_200_m_short_is_void(rollers: Rollers, more: float, outcome: str) -> None:
    # 0.813 km in all, standing but for one second.
    rows = rollers.drive((range(195), {"speed_kmh": 0.0}), ([100], {"speed_kmh": 0.813 * 3600 + more}))
    verdict = rollers.judge(rows, speed_tolerance_kmh=5000)
    assert verdict.outcome == outcome
    assert verdict.values["distance_km"] == pytest.approx(0.813)
    assert told(verdict)[1] == ("" if outcome == "pass" else "distance_off")


def test_a_way_more_than_200_m_long_is_void(rollers: Rollers) -> None:
    rows = rollers.drive((range(195), {"speed_kmh": 0.0}), ([100], {"speed_kmh": 1.213 * 3600 + 0.001}))
    assert told(rollers.judge(rows, speed_tolerance_kmh=5000)) == ("invalid", "distance_off")


# -- the trial from outside


def test_the_driver_is_told_the_speed_of_the_second_that_begins(rollers: Rollers) -> None:
    trial = rollers.open("idle", idle_s=2)
    assert trial.target_kmh() == (0.0, 3.0)
    assert (trial.status().phase, trial.status().remaining_s) == ("idle", 2)
    rows: Sequence[Values | None] = [{**STEADY, "speed_kmh": 0.0}] * 2 + rollers.drive()[:14]
    for second, values in enumerate(rows):
        trial.push(LegalSecond(second * 1000, values or {}))
    assert (trial.status().phase, trial.status().elapsed_s, trial.status().remaining_s) == ("cycle", 14, 181)
    assert trial.target_kmh() == (11.25, 3.0)
    assert (trial.guidance().target_kmh, trial.guidance().tolerance_kmh) == (11.25, 3.0)
    assert trial.verdict() is None


def test_the_road_load_follows_the_speed_of_the_cycle(rollers: Rollers) -> None:
    trial = rollers.open()
    assert trial.total_force_n() == 0.0
    for second, values in enumerate(rollers.drive()[:15]):
        trial.push(LegalSecond(second * 1000, values or {}))
    # 2.0 kW at 50 km/h for 1480 kg are 144 N there, and 9 % of it at 15 km/h
    assert trial.total_force_n() == pytest.approx(144.0 * 0.09)


def test_the_load_has_to_be_in_the_data(rollers: Rollers) -> None:
    section = {name: part for name, part in rollers.section.items() if name != "load"}
    with pytest.raises(LimitsMissing, match=r"vmas\.load"):
        open_trial("vmas", {"fuel": "petrol", "reference_mass_kg": 1480.0}, section, "a")


def test_a_decision_stands(rollers: Rollers) -> None:
    trial = rollers.open()
    for second, values in enumerate(rollers.drive()):
        trial.push(LegalSecond(second * 1000, values or {}))
    verdict = trial.verdict()
    assert trial.status().decided
    assert (trial.status().phase, trial.status().remaining_s) == ("done", 0)
    assert (trial.target_kmh(), trial.guidance().target_kmh, trial.total_force_n()) == (None, None, None)
    trial.push(LegalSecond(195_000, {**STEADY, "co_pct": 9.0, "speed_kmh": 90.0}))
    trial.end()
    assert trial.verdict() == verdict


def test_it_needs_fuel_and_reference_mass_of_the_vehicle(rollers: Rollers) -> None:
    for car in ({"reference_mass_kg": None}, {"fuel": None}, {"fuel": "diesel"}):
        with pytest.raises(VehicleFactMissing):
            rollers.open(car=car)
    with pytest.raises(StartPhaseError):
        rollers.open("scan")


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("delay_no_s", 61), ("delay_no_s", -1), ("delay_no_s", 2.5), ("envelope_shift_s", 61),
        ("round_g_per_km_decimals", 5),
        ("distance_max_error_km", 1.013), ("distance_max_error_km", -0.1), ("distance_nominal_km", 101),
        ("density_hc_g_l", 0.0), ("density_co_g_l", 100.0), ("density_nox_g_l", 1e-3),
        ("molar_mass_hc_g", 1e5), ("molar_volume_l", 1e-5), ("sample_flow_l_s", -0.1), ("sample_flow_l_s", 10.1),
        ("exhaust_least_l_s", -1.0), ("co_least_pct", 0.01), ("hc_least_ppm", 1.0), ("no_least_ppm", 1.0),
        ("last_gear_change", "jumps"), ("density_set", "oil"), ("compare", "guess"),
    ],
)  # fmt: skip
def test_figures_that_cannot_be_are_refused(rollers: Rollers, rule: str, value: Any) -> None:
    with pytest.raises(LimitsMissing):
        rollers.open(**{rule: value})


def test_densities_far_apart_upset_nothing(rollers: Rollers, decisive: Decisive) -> None:
    far = {"density_co_g_l": 0.01, "molar_mass_co_g": 99.9, "molar_volume_l": 1.0}
    verdict = rollers.judge(rollers.drive(co_pct=60.0), **far)
    assert (verdict.outcome, "density_set" in decisive(verdict)) == ("pass", True)


def test_densities_of_the_other_set_have_to_be_there_too(rollers: Rollers) -> None:
    for density_set in ("molar", "ece"):
        with pytest.raises(LimitsMissing, match="density_set"):
            rollers.open(density_set=density_set, molar_volume_l=0.0)


@pytest.mark.parametrize("limit", [-1.0, 1000.1])
def test_a_limit_that_cannot_be_is_refused(rollers: Rollers, limit: float) -> None:
    section = copy.deepcopy(dict(rollers.section))
    section["sets"]["a"]["co_g_per_km"]["value"] = limit
    with pytest.raises(LimitsMissing, match=r"vmas\.sets\.a\.co_g_per_km"):
        open_trial("vmas", {"fuel": "petrol", "reference_mass_kg": 1480.0}, section, "a")


def test_every_figure_marked_c_that_was_consulted_is_named(rollers: Rollers) -> None:
    figures = [row.figure.split(".", 2)[1:] for row in rollers.judge(rollers.drive()).uncertain]
    assert {name for part, name in figures if part == "load"} == {
        "absorbed_power_50_kw",
        "shape",
        "inertia_from",
        "inertia_kg",
    }
    assert {name for part, name in figures if part == "rules"} == {
        "speed_tolerance_kmh", "out_in_a_row_s", "gear_change_seconds", *DELAYS, "sample_flow_l_s", "density_set",
        "compare", "co_plus_co2_low_s", "engine_stall_below_rpm", "ambient_o2_from_pct", "ambient_o2_to_pct",
        "flow_meter_least_l_s", "co_plus_co2_low_total_s", "co_least_pct", "hc_least_ppm", "no_least_ppm",
        "exhaust_least_l_s",
    }  # fmt: skip
