"""VMAS: what makes a test void, and readings that come later than what they show."""

import pytest

from lanectl.core.second import LegalSecond
from lanectl.core.vmas_trial import NEEDS
from tests.core.vmas_rollers import DELAYS, DF, KH, STEADY, Decisive, Rollers, Values, delayed, restless, told

# -- what makes a test void


@pytest.mark.parametrize("name", NEEDS)
@pytest.mark.parametrize("second", [0, 97, 194])
def test_no_second_of_the_cycle_may_lack_a_reading(rollers: Rollers, name: str, second: int) -> None:
    verdict = rollers.judge(rollers.drive(([second], {name: None})))
    assert told(verdict) == ("invalid", "value_missing_in_window")
    assert (verdict.values["co_g_per_km"], verdict.judgements) == (None, ())


@pytest.mark.parametrize("second", [0, 97, 194])
def test_no_second_of_the_cycle_may_be_a_gap(rollers: Rollers, second: int) -> None:
    rows = rollers.drive()
    rows[second] = None
    assert told(rollers.judge(rows)) == ("invalid", "gap_in_window")


def test_three_seconds_without_exhaust_gas_are_void(rollers: Rollers, decisive: Decisive) -> None:
    low = {"co_pct": 0.1, "co2_pct": 5.899999}
    two = rollers.judge(rollers.drive((range(30, 32), low), (range(33, 35), low)))
    assert (two.outcome, "co_plus_co2_low_s" in decisive(two)) == ("pass", True)
    three = rollers.judge(rollers.drive((range(30, 33), low)))
    assert told(three) == ("invalid", "co_plus_co2_low")
    assert rollers.judge(rollers.drive((range(30, 33), {"co_pct": 0.1, "co2_pct": 5.9}))).outcome == "pass"


def test_a_second_without_any_co2_is_void_at_once(rollers: Rollers) -> None:
    rows = rollers.drive(([30], {"co_pct": 0.1, "co2_pct": 0.0}))
    assert told(rollers.judge(rows)) == ("invalid", "co_plus_co2_low")


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
        ({"hc_ppm": -9e9}, "value_missing_in_window"),
    ],
)
def test_one_second_that_cannot_be_voids_the_test(
    rollers: Rollers, readings: dict[str, float | None], reason: str
) -> None:
    for second in (0, 100, 194):
        assert told(rollers.judge(rollers.drive(([second], readings)))) == ("invalid", reason)


@pytest.mark.parametrize(
    "readings", [{"dilute_o2_pct": 1.0}, {"ambient_o2_pct": 19.8}, {"ambient_o2_pct": 21.8}, {"flow_l_s": 11.8}]
)
def test_what_is_on_the_edge_is_borne(rollers: Rollers, readings: dict[str, float | None]) -> None:
    assert rollers.judge(rollers.drive(([100], readings))).outcome == "pass"


def test_the_verdict_tells_the_ratios_and_the_air_it_was_made_with(rollers: Rollers) -> None:
    verdict = rollers.judge(
        rollers.drive(([50], {"dilute_o2_pct": 1.0}), ([60], {"dilute_o2_pct": 20.6}), ([70], {"ambient_o2_pct": 21.0}))
    )
    names = ("dilution_ratio_lowest", "dilution_ratio_highest", "ambient_o2_lowest_pct", "ambient_o2_highest_pct")
    assert [verdict.values[name] for name in names] == pytest.approx([0.2 / 19.8, 1.0, 20.8, 21.0])
    verdict = rollers.judge(rollers.drive(([50], {"ambient_o2_pct": 20.4})))
    assert verdict.values["ambient_o2_lowest_pct"] == 20.4


@pytest.mark.parametrize("air", [20.2, 21.4])
def test_air_outside_the_narrower_window_is_a_choice_that_decides(
    rollers: Rollers, decisive: Decisive, air: float
) -> None:
    beside = rollers.judge(rollers.drive(([100], {"ambient_o2_pct": air})))
    assert (beside.outcome, decisive(beside)) == ("pass", ["ambient_o2_from_pct", "ambient_o2_to_pct"])
    outside = rollers.judge(rollers.drive(([0], {"ambient_o2_pct": 19.0})))
    assert decisive(outside) == ["ambient_o2_from_pct", "ambient_o2_to_pct"]


def test_an_engine_that_stalls_voids_the_test(rollers: Rollers, decisive: Decisive) -> None:
    stalled = rollers.judge(rollers.drive(([100], {"engine_rpm": 299.0})))
    assert told(stalled) == ("invalid", "engine_stall")
    assert decisive(stalled) == ["engine_stall_below_rpm"]
    assert rollers.judge(rollers.drive(([100], {"engine_rpm": 300.0}))).outcome == "pass"
    assert told(rollers.judge(rollers.drive(engine_rpm=0.0))) == ("invalid", "no_engine_speed")
    unknown = rollers.judge(rollers.drive(engine_rpm=None))
    assert (unknown.outcome, "vmas.rules.engine_stall_below_rpm" in {row.figure for row in unknown.uncertain}) == (
        "pass",
        False,
    )


def test_an_engine_that_stalls_while_idling_before_voids_it_too(rollers: Rollers) -> None:
    rows: list[Values | None] = [{**STEADY, "speed_kmh": 0.0}, {**STEADY, "speed_kmh": 0.0, "engine_rpm": 0.0}]
    assert told(rollers.judge(rows, start="idle")) == ("invalid", "engine_stall")


def test_three_seconds_of_low_sample_flow_in_a_row_are_void(rollers: Rollers, decisive: Decisive) -> None:
    two = rollers.judge(rollers.drive(([30, 31, 33, 34], {"low_flow": 1.0}), ([32], {"low_flow": 0.0})))
    assert (two.outcome, decisive(two)) == ("pass", ["low_flow_s"])
    unsaid = rollers.judge(rollers.drive(([30, 31, 33], {"low_flow": 1.0})))
    assert told(unsaid) == ("invalid", "low_flow")


# -- delays


@pytest.mark.parametrize(
    "delays",
    [{name: 6} for name in DELAYS] + [dict(zip(DELAYS, (7, 9, 12, 1, 4), strict=True)), dict.fromkeys(DELAYS, 60)],
)
def test_readings_that_come_later_are_put_to_the_second_they_belong_to(
    rollers: Rollers, delays: dict[str, int]
) -> None:
    prompt = restless(rollers, 0)
    late = delayed(prompt, delays)
    assert rollers.judge(late, **delays).values == rollers.judge(prompt).values
    assert rollers.judge(prompt + restless(rollers, 60)[195:], **delays).values != rollers.judge(prompt).values


def test_a_trace_goes_on_until_the_last_reading_has_come(rollers: Rollers) -> None:
    rows = rollers.drive(after=9)
    assert told(rollers.judge(rows[:-1], delay_no_s=9, delay_o2_s=4)) == ("invalid", "incomplete")
    assert rollers.judge(rows, delay_no_s=9, delay_o2_s=4).outcome == "pass"


def test_after_the_cycle_only_readings_count(rollers: Rollers) -> None:
    rows = rollers.drive((range(195, 204), {"speed_kmh": 40.0, "engine_rpm": 0.0, "flow_l_s": None}), after=9)
    assert rollers.judge(rows, delay_no_s=9).outcome == "pass"
    late_flow = rollers.drive(([204], {"flow_l_s": None}), after=10)
    assert told(rollers.judge(late_flow, delay_flow_s=9)) == ("pass", "")
    assert told(rollers.judge(late_flow, delay_flow_s=10)) == ("invalid", "value_missing_in_window")


def test_before_its_delay_a_reading_is_not_asked_for(rollers: Rollers) -> None:
    rows = rollers.drive((range(9), {"nox_ppm": None}), after=9)
    assert rollers.judge(rows, delay_no_s=9).outcome == "pass"


def test_the_second_measured_last_lies_behind_by_the_longest_delay(rollers: Rollers) -> None:
    trial = rollers.open(delay_o2_s=3)
    rows = rollers.drive(after=3)
    for second in range(3):
        trial.push(LegalSecond(second * 1000, rows[second] or {}))
        assert trial.measured() is None  # type: ignore[attr-defined]  # of this method alone
    for second in range(3, 20):
        trial.push(LegalSecond(second * 1000, rows[second] or {}))
    row = trial.measured()  # type: ignore[attr-defined]  # of this method alone
    assert (row.cycle_s, row.reference_kmh) == (16, 15.0)
    assert (row.share, row.exhaust_l_s, row.df, row.kh) == pytest.approx((0.141414141, 12.0520302227, DF, KH))
    assert (row.co_g, row.standard_l_s) == pytest.approx((0.030130075556831434 * DF, 85.22507086))
