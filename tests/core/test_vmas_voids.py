"""VMAS: what makes a test void, and readings that come later than what they show."""

import pytest

from lanectl.core.second import LegalSecond
from lanectl.core.vmas_trial import NEEDS
from tests.core.vmas_rollers import DELAYS, DF, KH, STEADY, Decisive, Rollers, Values, delayed, restless, told

# -- what makes a test void


@pytest.mark.parametrize("name", NEEDS)
@pytest.mark.parametrize("second", [0, 15, 29])
def test_no_second_of_the_cycle_may_lack_a_reading(short_rollers: Rollers, name: str, second: int) -> None:
    verdict = short_rollers.judge(short_rollers.drive(([second], {name: None})))
    assert told(verdict) == ("invalid", "value_missing_in_window")
    assert (verdict.values["co_g_per_km"], verdict.judgements) == (None, ())


@pytest.mark.parametrize("second", [0, 15, 29])
def test_no_second_of_the_cycle_may_be_a_gap(short_rollers: Rollers, second: int) -> None:
    rows = short_rollers.drive()
    rows[second] = None
    assert told(short_rollers.judge(rows)) == ("invalid", "gap_in_window")


def test_three_seconds_without_exhaust_gas_are_void(short_rollers: Rollers, decisive: Decisive) -> None:
    low = {"co_pct": 0.1, "co2_pct": 5.899999}
    two = short_rollers.judge(short_rollers.drive((range(10, 12), low), (range(13, 15), low)))
    assert (two.outcome, two.reasons) == ("pass", ("co_plus_co2_low_noted",))
    assert decisive(two) == ["co_plus_co2_low_s", "co_plus_co2_low_total_s"]
    three = short_rollers.judge(short_rollers.drive((range(10, 13), low)))
    assert (three.outcome, three.reasons, decisive(three)) == ("invalid", ("co_plus_co2_low",), [])
    assert short_rollers.judge(short_rollers.drive((range(10, 13), {"co_pct": 0.1, "co2_pct": 5.9}))).outcome == "pass"


def test_ten_seconds_without_exhaust_gas_in_all_are_void(short_rollers: Rollers, decisive: Decisive) -> None:
    low = {"co_pct": 0.1, "co2_pct": 5.8}
    two_of_three = [second for second in range(30) if second % 3]
    assert short_rollers.judge(short_rollers.drive((two_of_three[:9], low))).outcome == "pass"
    void = short_rollers.judge(short_rollers.drive((two_of_three[:10], low)))
    assert (void.outcome, void.reasons) == ("invalid", ("co_plus_co2_low",))
    assert decisive(void) == ["co_plus_co2_low_total_s"]
    assert short_rollers.judge(short_rollers.drive((two_of_three, low)), co_plus_co2_low_total_s=21).judgements


# -- what would take from the sum, or never came to the meter


@pytest.mark.parametrize(
    ("name", "least", "void", "figure"),
    [
        ("co_pct", -0.06, -0.060001, "co_least_pct"),
        ("hc_ppm", -12.0, -12.001, "hc_least_ppm"),
        ("nox_ppm", -25.0, -25.001, "no_least_ppm"),
    ],
)
def test_a_gas_may_read_below_zero_as_far_as_an_analyzer_errs(
    short_rollers: Rollers, decisive: Decisive, name: str, least: float, void: float, figure: str
) -> None:
    for second in (0, 15, 29):
        borne = short_rollers.judge(short_rollers.drive(([second], {name: least})))
        assert (borne.outcome, decisive(borne)) == ("pass", [figure])
        one = short_rollers.judge(short_rollers.drive(([second], {name: void})))
        assert (one.outcome, one.reasons, decisive(one)) == ("invalid", ("reading_below_zero",), [figure])


def test_no_far_below_zero_is_not_hidden_by_no2(short_rollers: Rollers) -> None:
    for no, no2, outcome in ((-26.0, 300.0, "invalid"), (300.0, -26.0, "invalid"), (-25.0, 300.0, "pass")):
        rows = short_rollers.drive(([9], {"no_ppm": no, "no2_ppm": no2}), nox_ppm=None, no_ppm=200.0, no2_ppm=5.0)
        assert short_rollers.judge(rows).outcome == outcome, (no, no2)


@pytest.mark.parametrize(("name", "reading"), [("co_pct", -0.01), ("hc_ppm", -1.0), ("nox_ppm", -1.0)])
def test_a_sum_below_zero_is_no_pass(short_rollers: Rollers, decisive: Decisive, name: str, reading: float) -> None:
    verdict = short_rollers.judge(short_rollers.drive((range(30), {name: reading})))
    assert (verdict.outcome, verdict.reasons, decisive(verdict)) == ("invalid", ("reading_below_zero",), [])
    assert short_rollers.judge(short_rollers.drive((range(30), {name: 0.0}))).outcome == "pass"


def test_a_sum_of_hc_below_zero_matters_only_where_hc_is_judged(short_rollers: Rollers) -> None:
    rows = short_rollers.drive(hc_ppm=-1.0)
    assert short_rollers.judge(rows, car={"fuel": "cng"}).outcome == "pass"
    assert short_rollers.judge(rows, car={"fuel": "cng"}, natural_gas_hc_judged="yes").outcome == "invalid"


def test_exhaust_that_never_reaches_the_flow_meter_is_no_pass(short_rollers: Rollers, decisive: Decisive) -> None:
    # 85.225 l/s of mixture at standard state; 1.5 l/s of them is a share of 0.0176.
    for share, sample, outcome in (
        (0.00005, 0.0, "invalid"), (0.0175, 0.0, "invalid"), (0.0177, 0.0, "pass"), (0.00005, 5.0, "invalid"),
    ):  # fmt: skip
        rows = short_rollers.drive(dilute_o2_pct=20.8 - share * 19.8)
        verdict = short_rollers.judge(rows, sample_flow_l_s=sample)
        assert verdict.outcome == outcome, share
        if outcome == "invalid":
            assert (verdict.reasons, decisive(verdict)) == (("exhaust_not_captured",), ["exhaust_least_l_s"])
            assert (verdict.judgements, verdict.values["co_g_per_km"]) == ((), None)


def test_the_least_exhaust_is_a_mean_over_the_cycle(short_rollers: Rollers) -> None:
    little = {"dilute_o2_pct": 20.79}
    assert short_rollers.judge(short_rollers.drive((range(25), little))).outcome == "pass"
    assert told(short_rollers.judge(short_rollers.drive((range(28), little)))) == ("invalid", "exhaust_not_captured")


def test_a_second_without_any_co2_is_void_at_once(short_rollers: Rollers) -> None:
    rows = short_rollers.drive(([10], {"co_pct": 0.1, "co2_pct": 0.0}))
    assert told(short_rollers.judge(rows)) == ("invalid", "co_plus_co2_low")


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        ({"dilute_o2_pct": 20.8}, "dilution_ratio_outside"),
        ({"dilute_o2_pct": 20.9}, "dilution_ratio_outside"),
        ({"dilute_o2_pct": 0.9}, "dilution_ratio_outside"),
        ({"o2_pct": 21.0}, "dilution_ratio_outside"),
        ({"o2_pct": 20.8}, "exhaust_o2_as_in_air"),
        ({"ambient_o2_pct": 19.799999}, "ambient_o2_outside"),
        ({"ambient_o2_pct": 21.800001}, "ambient_o2_outside"),
        ({"flow_l_s": 0.0}, "flow_meter_low"),
        ({"flow_l_s": 11.7}, "flow_meter_low"),
        ({"flow_temp_c": -280.0}, "value_missing_in_window"),
        ({"humidity_pct": 101.0}, "no_humidity_factor"),
        ({"ambient_temp_c": -0.1}, "no_humidity_factor"),
        ({"flow_l_s": 1e7}, "value_missing_in_window"),
        ({"hc_ppm": 9e9}, "value_missing_in_window"),
        ({"hc_ppm": -9e9}, "reading_below_zero"),
    ],
)
def test_one_second_that_cannot_be_voids_the_test(
    short_rollers: Rollers, readings: dict[str, float | None], reason: str
) -> None:
    for second in (0, 15, 29):
        assert told(short_rollers.judge(short_rollers.drive(([second], readings)))) == ("invalid", reason)


@pytest.mark.parametrize(
    "readings", [{"dilute_o2_pct": 1.0}, {"ambient_o2_pct": 19.8}, {"ambient_o2_pct": 21.8}, {"flow_l_s": 11.8}]
)
def test_what_is_on_the_edge_is_borne(short_rollers: Rollers, readings: dict[str, float | None]) -> None:
    assert short_rollers.judge(short_rollers.drive(([15], readings))).outcome == "pass"


@pytest.mark.parametrize("gas", [("hc_ppm", 3.714 * DF), ("nox_ppm", 2.05 * DF * KH)])
def test_a_second_of_200_g_is_no_reading(short_rollers: Rollers, gas: tuple[str, float]) -> None:
    name, density = gas
    for mass_g, outcome in ((199.5, "fail"), (200.5, "invalid")):
        reading = mass_g / (12.052030222732574 * density) * 1e6
        assert short_rollers.judge(short_rollers.drive(([15], {name: reading}))).outcome == outcome, mass_g


def test_the_verdict_tells_the_ratios_and_the_air_it_was_made_with(short_rollers: Rollers) -> None:
    verdict = short_rollers.judge(
        short_rollers.drive(
            ([5], {"dilute_o2_pct": 1.0}), ([16], {"dilute_o2_pct": 20.6}), ([17], {"ambient_o2_pct": 21.0})
        )
    )
    names = ("dilution_ratio_lowest", "dilution_ratio_highest", "ambient_o2_lowest_pct", "ambient_o2_highest_pct")
    assert [verdict.values[name] for name in names] == pytest.approx([0.2 / 19.8, 1.0, 20.8, 21.0])
    verdict = short_rollers.judge(short_rollers.drive(([5], {"ambient_o2_pct": 20.4})))
    assert verdict.values["ambient_o2_lowest_pct"] == 20.4


def test_what_was_not_measured_is_not_told(short_rollers: Rollers) -> None:
    for second, measured in ((0, False), (1, True)):
        verdict = short_rollers.judge(short_rollers.drive(([second], {"humidity_pct": None})))
        told_of = {row.figure.removeprefix("vmas.rules.") for row in verdict.uncertain}
        assert {"delay_no_s", "sample_flow_l_s", "flow_meter_least_l_s"} <= told_of or not measured
        assert not {"delay_no_s", "sample_flow_l_s", "density_set", "compare"} & told_of or measured
        for name in (
            "dilution_ratio_lowest",
            "dilution_ratio_highest",
            "ambient_o2_lowest_pct",
            "ambient_o2_highest_pct",
        ):
            assert (verdict.values[name] is not None) is measured
        assert [verdict.values[name] for name in ("exhaust_l", "mean_df", "mean_kh", "distance_km")] == [None] * 4


@pytest.mark.parametrize("air", [20.2, 21.4])
def test_air_outside_the_narrower_window_is_a_choice_that_decides(
    short_rollers: Rollers, decisive: Decisive, air: float
) -> None:
    beside = short_rollers.judge(short_rollers.drive(([15], {"ambient_o2_pct": air})))
    assert (beside.outcome, decisive(beside)) == ("pass", ["ambient_o2_from_pct", "ambient_o2_to_pct"])
    outside = short_rollers.judge(short_rollers.drive(([0], {"ambient_o2_pct": 19.0})))
    assert decisive(outside) == ["ambient_o2_from_pct", "ambient_o2_to_pct"]


def test_an_engine_that_stalls_voids_the_test(short_rollers: Rollers, decisive: Decisive) -> None:
    stalled = short_rollers.judge(short_rollers.drive(([15], {"engine_rpm": 299.0})))
    assert told(stalled) == ("invalid", "engine_stall")
    assert decisive(stalled) == ["engine_stall_below_rpm"]
    assert short_rollers.judge(short_rollers.drive(([15], {"engine_rpm": 300.0}))).outcome == "pass"
    assert told(short_rollers.judge(short_rollers.drive(engine_rpm=0.0))) == ("invalid", "no_engine_speed")
    unknown = short_rollers.judge(short_rollers.drive(engine_rpm=None))
    assert (unknown.outcome, "vmas.rules.engine_stall_below_rpm" in {row.figure for row in unknown.uncertain}) == (
        "pass",
        False,
    )


def test_an_engine_that_stalls_while_idling_before_voids_it_too(short_rollers: Rollers) -> None:
    rows: list[Values | None] = [{**STEADY, "speed_kmh": 0.0}, {**STEADY, "speed_kmh": 0.0, "engine_rpm": 0.0}]
    assert told(short_rollers.judge(rows, start="idle")) == ("invalid", "engine_stall")


def test_three_seconds_of_low_sample_flow_in_a_row_are_void(short_rollers: Rollers, decisive: Decisive) -> None:
    two = short_rollers.judge(short_rollers.drive(([10, 11, 13, 14], {"low_flow": 1.0}), ([12], {"low_flow": 0.0})))
    assert (two.outcome, two.reasons) == ("pass", ("low_flow_noted",))
    assert decisive(two) == ["low_flow_s", "low_flow_total_s"]
    unsaid = short_rollers.judge(short_rollers.drive(([10, 11, 13], {"low_flow": 1.0})))
    assert told(unsaid) == ("invalid", "low_flow")


def test_ten_seconds_of_low_sample_flow_in_all_are_void(short_rollers: Rollers, decisive: Decisive) -> None:
    two_of_three = [second for second in range(30) if second % 3]
    for seconds, outcome in ((9, "pass"), (10, "invalid")):
        rows = short_rollers.drive((two_of_three[:seconds], {"low_flow": 1.0}), low_flow=0.0)
        assert short_rollers.judge(rows).outcome == outcome
    assert decisive(short_rollers.judge(rows)) == ["low_flow_total_s"]


# -- delays


@pytest.mark.parametrize(
    "delays",
    [{name: 6} for name in DELAYS] + [dict(zip(DELAYS, (7, 9, 12, 1, 4), strict=True)), dict.fromkeys(DELAYS, 60)],
)
def test_readings_that_come_later_are_put_to_the_second_they_belong_to(
    short_rollers: Rollers, delays: dict[str, int]
) -> None:
    prompt = restless(short_rollers, 0)
    late = delayed(prompt, delays)
    assert short_rollers.judge(late, **delays).values == short_rollers.judge(prompt).values
    assert (
        short_rollers.judge(prompt + restless(short_rollers, 60)[30:], **delays).values
        != short_rollers.judge(prompt).values
    )


def test_a_trace_goes_on_until_the_last_reading_has_come(short_rollers: Rollers) -> None:
    rows = short_rollers.drive(after=9)
    assert told(short_rollers.judge(rows[:-1], delay_no_s=9, delay_o2_s=4)) == ("invalid", "incomplete")
    assert short_rollers.judge(rows, delay_no_s=9, delay_o2_s=4).outcome == "pass"


def test_after_the_cycle_only_readings_count(short_rollers: Rollers) -> None:
    rows = short_rollers.drive((range(30, 39), {"speed_kmh": 40.0, "engine_rpm": 0.0, "flow_l_s": None}), after=9)
    assert short_rollers.judge(rows, delay_no_s=9).outcome == "pass"
    late_flow = short_rollers.drive(([39], {"flow_l_s": None}), after=10)
    assert told(short_rollers.judge(late_flow, delay_flow_s=9)) == ("pass", "")
    assert told(short_rollers.judge(late_flow, delay_flow_s=10)) == ("invalid", "value_missing_in_window")


def test_before_its_delay_a_reading_is_not_asked_for(short_rollers: Rollers) -> None:
    rows = short_rollers.drive((range(9), {"nox_ppm": None}), after=9)
    assert short_rollers.judge(rows, delay_no_s=9).outcome == "pass"


def test_the_second_measured_last_lies_behind_by_the_longest_delay(short_rollers: Rollers) -> None:
    trial = short_rollers.open(delay_o2_s=3)
    rows = short_rollers.drive(after=3)
    for second in range(3):
        trial.push(LegalSecond(second * 1000, rows[second] or {}))
        assert trial.measured() is None  # type: ignore[attr-defined]  # of this method alone
    for second in range(3, 20):
        trial.push(LegalSecond(second * 1000, rows[second] or {}))
    row = trial.measured()  # type: ignore[attr-defined]  # of this method alone
    assert (row.cycle_s, row.reference_kmh) == (16, 32.0)
    assert (row.share, row.exhaust_l_s, row.df, row.kh) == pytest.approx((0.141414141, 12.0520302227, DF, KH))
    assert (row.co_g, row.standard_l_s) == pytest.approx((0.030130075556831434 * DF, 85.22507086))
