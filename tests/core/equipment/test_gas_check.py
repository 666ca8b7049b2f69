"""Gas checks: labels, tolerances and their upper range, low, high and five points, and what follows a failure."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.equipment.gas_check import (
    EXACT,
    POINTS,
    WHOLE,
    Bottle,
    check_five_points,
    check_gas,
    hc_label_ppm,
    labels_of,
    next_step,
    tolerance_of,
)
from lanectl.core.equipment.result import NominalsMissing
from lanectl.core.equipment.sheet import Sheet
from lanectl.core.figures import LimitsMissing

Changed = Callable[[str, object], dict[str, Any]]
LOW = Bottle("L-1", {"c3h8_ppm": 52, "co_pct": 0.55, "co2_pct": 12.88, "no_ppm": 300})
HIGH = Bottle("H-1", {"c3h8_ppm": 495, "co_pct": 4.98, "co2_pct": 15.82, "no_ppm": 1980})
READ = {"hc_ppm": 23.0, "co_pct": 0.53, "co2_pct": 12.94, "no_ppm": 320.0}


def test_the_low_gas_of_a_working_lane_is_good(equipment: dict[str, Any]) -> None:
    result = check_gas("low", "loaded", LOW, 0.497, READ, equipment)
    assert hc_label_ppm(52, 0.497) == 26.0
    errors = {quantity.name: quantity.error for quantity in result.quantities}
    assert errors == pytest.approx({"hc_ppm": -3.0, "co_pct": -0.02, "co2_pct": 0.06, "no_ppm": 20.0}, rel=1e-9)
    assert (result.ok, result.check, result.notes) == (True, "low_gas", ())
    assert result.values["bottle_c3h8_ppm"] == 52


def test_the_label_may_be_taken_unrounded_and_the_result_says_whether_that_matters(
    equipment: dict[str, Any], changed: Changed
) -> None:
    assert hc_label_ppm(52, 0.497, "exact") == pytest.approx(25.844, rel=1e-12)
    exact = changed("gas.hc_label", "exact")
    for read, decisive in ((23.0, False), (21.9, True)):
        whole = check_gas("low", "loaded", LOW, 0.497, {**READ, "hc_ppm": read}, equipment)
        assert {one.figure: one.decisive for one in whole.uncertain}["gas.hc_label"] is decisive
        assert check_gas("low", "loaded", LOW, 0.497, {**READ, "hc_ppm": read}, exact).ok
    assert whole.reasons == ("gas_off",)


@pytest.mark.parametrize(
    ("channel", "value"), [("hc_ppm", 21.7), ("co_pct", 0.5299), ("co2_pct", 13.3), ("no_ppm", 326.0)]
)
def test_each_channel_can_fail_the_check(channel: str, value: float, equipment: dict[str, Any]) -> None:
    result = check_gas("low", "loaded", LOW, 0.497, {**READ, channel: value}, equipment)
    assert [quantity.name for quantity in result.quantities if not quantity.ok] == [channel]
    assert (result.ok, result.reasons) == (False, ("gas_off",))


def test_a_channel_without_a_reading_fails(equipment: dict[str, Any]) -> None:
    result = check_gas("low", "loaded", LOW, 0.497, {**READ, "no_ppm": None}, equipment)
    assert result.reasons == ("no_reading",)
    assert check_gas("low", "loaded", LOW, 0.497, {}, equipment).measured["co_pct"] is None


def test_the_relative_tolerance_rules_where_it_is_larger(equipment: dict[str, Any]) -> None:
    high = {"hc_ppm": 246 * 1.03, "co_pct": 4.98 * 0.97, "co2_pct": 15.82 * 1.03, "no_ppm": 1980 * 0.96}
    assert check_gas("high", "loaded", HIGH, 0.497, high, equipment).ok
    assert not check_gas("high", "loaded", HIGH, 0.497, {**high, "no_ppm": 1980 * 0.959}, equipment).ok


@pytest.mark.parametrize(
    ("name", "label", "allowed"),
    [
        ("hc_ppm", 1400, 42), ("hc_ppm", 1500, 75), ("co_pct", 10.0, 0.3), ("co_pct", 12.0, 0.6),
        ("co2_pct", 16.0, 0.48), ("co2_pct", 17.0, 0.85), ("no_ppm", 4000, 160), ("no_ppm", 4500, 360),
        ("no2_ppm", 5000, 200), ("o2_pct", 20.0, 1.0), ("o2_pct", 1.0, 0.1),
    ],
)  # fmt: skip
def test_above_the_upper_range_another_share_holds(
    name: str, label: float, allowed: float, equipment: dict[str, Any]
) -> None:
    tolerance = tolerance_of(name, label, "loaded", Sheet.of(equipment, "gas"))
    assert tolerance.around(label) == pytest.approx(allowed, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "label", "allowed"),
    [("hc_ppm", 26, 12), ("hc_ppm", 1000, 50), ("co_pct", 0.5, 0.06), ("co2_pct", 12, 0.6), ("no_ppm", 300, 25)],
)
def test_an_analyser_of_two_speed_idle_alone_is_allowed_more(
    name: str, label: float, allowed: float, equipment: dict[str, Any]
) -> None:
    tolerance = tolerance_of(name, label, "two_speed_idle", Sheet.of(equipment, "gas"))
    assert tolerance.around(label) == pytest.approx(allowed, rel=1e-12)


def test_where_sources_differ_on_no_the_result_says_whether_it_matters(equipment: dict[str, Any]) -> None:
    bottle = Bottle("N-1", {"no_ppm": 1000})
    for read, decisive in ((1040.0, False), (1060.0, True), (1090.0, False)):
        result = check_gas("mid_low", "two_speed_idle", bottle, None, {"no_ppm": read}, equipment, ["no_ppm"])
        named = {figure.figure: figure.decisive for figure in result.uncertain}
        assert named["gas.two_speed_idle_no_ppm"] is decisive


def test_a_bottle_that_says_hexane_or_nothing_is_refused() -> None:
    with pytest.raises(NominalsMissing, match="propane"):
        labels_of(Bottle("X", {"hc_ppm": 26.0}), 0.5, WHOLE)
    with pytest.raises(NominalsMissing, match="no gas"):
        labels_of(Bottle("X", {"n2_pct": 80.0}), 0.5, WHOLE)
    for pef in (None, 0.0, -0.5, math.nan):
        with pytest.raises(NominalsMissing, match="PEF"):
            labels_of(LOW, pef, WHOLE)
    with pytest.raises(NominalsMissing):
        labels_of(Bottle("X", {"c3h8_ppm": -1.0}), 0.5, WHOLE)


def test_a_bottle_without_propane_needs_no_pef() -> None:
    assert labels_of(Bottle("O", {"o2_pct": 20.9}), None, WHOLE) == {"o2_pct": 20.9}


@settings(max_examples=30)
@given(st.floats(0, 3000), st.floats(0.3, 0.7), st.floats(0.1, 10))
def test_the_hexane_label_scales_with_the_propane(propane: float, pef: float, factor: float) -> None:
    one, whole = hc_label_ppm(propane, pef, EXACT), hc_label_ppm(propane, pef)
    assert one is not None
    assert whole is not None
    assert abs(whole - one) <= 0.5
    assert hc_label_ppm(propane * factor, pef, EXACT) == pytest.approx(one * factor, rel=1e-9, abs=1e-12)


def test_the_wrong_bottle_is_noted(equipment: dict[str, Any]) -> None:
    read = {"hc_ppm": 495 * 0.497, "co_pct": 4.98, "co2_pct": 15.82, "no_ppm": 1980.0}
    swapped = check_gas("low", "loaded", HIGH, 0.497, read, equipment)
    assert (swapped.ok, swapped.notes) == (True, ("bottle_far_from_recipe",))
    assert check_gas("high", "loaded", HIGH, 0.497, read, equipment).notes == ()


def test_zero_gas_is_judged_by_the_absolute_tolerance(equipment: dict[str, Any]) -> None:
    zero = Bottle("Z", {"c3h8_ppm": 0.0, "co_pct": 0.0, "co2_pct": 0.0, "no_ppm": 0.0})
    read = {"hc_ppm": -4.0, "co_pct": 0.02, "co2_pct": 0.3, "no_ppm": 25.0}
    assert check_gas("zero", "loaded", zero, 0.5, read, equipment).ok
    assert check_gas("zero", "loaded", zero, 0.5, {**read, "hc_ppm": 4.1}, equipment).reasons == ("gas_off",)


def test_a_bottle_that_lacks_a_gas_checks_nothing_of_that_channel_and_is_no_pass(equipment: dict[str, Any]) -> None:
    alone = check_gas("low", "loaded", Bottle("C", {"co_pct": 0.5}), None, {"co_pct": 0.5}, equipment)
    assert (alone.ok, alone.reasons) == (False, ("gas_missing",))
    assert alone.not_checked == ("hc_ppm", "co2_pct", "no_ppm")
    without_no = Bottle("W", {name: value for name, value in LOW.gases.items() if name != "no_ppm"})
    assert check_gas("low", "loaded", without_no, 0.497, READ, equipment).not_checked == ("no_ppm",)
    assert check_gas("low", "two_speed_idle", without_no, 0.497, READ, equipment).ok


def test_zero_gas_is_no_low_gas_and_low_gas_no_zero_gas(equipment: dict[str, Any]) -> None:
    zero, read = Bottle("Z", dict.fromkeys(LOW.gases, 0.0)), dict.fromkeys(READ, 0.0)
    assert check_gas("zero", "loaded", zero, 0.497, read, equipment).ok
    assert check_gas("low", "loaded", zero, 0.497, read, equipment).reasons == ("gas_missing",)
    assert check_gas("zero", "loaded", LOW, 0.497, READ, equipment).reasons == ("gas_missing",)


def test_an_analyser_without_no_is_checked_without_it_where_the_caller_says_so(equipment: dict[str, Any]) -> None:
    has = ["hc_ppm", "co_pct", "co2_pct"]
    result = check_gas("low", "loaded", LOW, 0.497, {**READ, "no_ppm": None}, equipment, has)
    assert (result.ok, result.notes, result.not_checked) == (True, ("channels_not_fitted",), ("no_ppm",))
    assert "no_ppm" not in result.nominal
    for nonsense in ([], ["smoke"]):
        with pytest.raises(ValueError, match="channels of the device"):
            check_gas("low", "loaded", LOW, 0.497, READ, equipment, nonsense)


def test_an_unknown_point_or_class_is_refused(equipment: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="middle"):
        check_gas("middle", "loaded", LOW, 0.5, READ, equipment)
    with pytest.raises(ValueError, match="best"):
        check_gas("low", "best", LOW, 0.5, READ, equipment)
    with pytest.raises(LimitsMissing, match="two_speed_idle_no2_ppm"):
        check_gas("low", "two_speed_idle", Bottle("N", {"no2_ppm": 100.0}), 0.5, {}, equipment)


CO = ("co_pct",)


def five(share: float = 0.0) -> dict[str, tuple[Bottle, dict[str, float]]]:
    gases = {"zero": 0.0, "low": 0.5, "mid_low": 1.5, "mid_high": 3.0, "high": 5.0}
    return {
        point: (Bottle(point, {"co_pct": label}), {"co_pct": label * (1 + share)}) for point, label in gases.items()
    }


def test_five_points_are_judged_each_on_its_own(equipment: dict[str, Any]) -> None:
    result = check_five_points("loaded", five(0.03), None, equipment, CO)
    assert result.ok
    assert list(result.nominal) == [f"{point}_co_pct" for point in POINTS]
    assert result.values["mid_low_bottle_co_pct"] == 1.5
    assert check_five_points("loaded", five(0.05), None, equipment, CO).reasons == ("gas_off",)


def test_a_point_that_is_missing_fails_the_five(equipment: dict[str, Any]) -> None:
    four = {point: taken for point, taken in five().items() if point != "mid_high"}
    assert check_five_points("loaded", four, None, equipment, CO).reasons == ("point_missing",)
    with pytest.raises(NominalsMissing):
        check_five_points("loaded", {}, None, equipment, CO)
    with pytest.raises(ValueError, match="sixth"):
        check_five_points("loaded", {**five(), "sixth": five()["low"]}, None, equipment, CO)


def test_five_times_one_bottle_are_no_five_points(equipment: dict[str, Any]) -> None:
    zero = (Bottle("Z", {"co_pct": 0.0}), {"co_pct": 0.0})
    same = check_five_points("loaded", dict.fromkeys(POINTS, zero), None, equipment, CO)
    assert (same.ok, same.reasons) == (False, ("gas_missing", "points_not_rising"))
    taken = five()
    swapped = {**taken, "mid_low": taken["mid_high"], "mid_high": taken["mid_low"]}
    assert check_five_points("loaded", swapped, None, equipment, CO).reasons == ("points_not_rising",)
    assert check_five_points("loaded", five(), None, equipment).reasons == ("gas_missing",)


def test_a_wrong_bottle_among_the_five_is_noted(equipment: dict[str, Any]) -> None:
    taken = five()
    taken["low"] = (Bottle("wrong", {"co_pct": 0.8}), {"co_pct": 0.8})
    assert check_five_points("loaded", taken, None, equipment, CO).notes == (
        "channels_not_fitted",
        "bottle_far_from_recipe",
    )


@pytest.mark.parametrize(
    ("done", "following"),
    [
        ([], "check_low"),
        ([("check_low", True)], "passed"),
        ([("check_low", False)], "calibrate_high"),
        ([("check_low", False), ("calibrate_high", False)], "lock"),
        ([("check_low", False), ("calibrate_high", True)], "check_high"),
        ([("check_low", False), ("calibrate_high", True), ("check_high", True)], "check_low"),
        ([("check_low", False), ("calibrate_high", True), ("check_high", False)], "lock"),
        ([("check_low", False), ("calibrate_high", True), ("check_high", True), ("check_low", True)], "passed"),
        ([("check_low", False), ("calibrate_high", True), ("check_high", True), ("check_low", False)], "lock"),
    ],
)
def test_a_failed_check_is_followed_by_calibration_and_both_gases(done: list[tuple[str, bool]], following: str) -> None:
    assert next_step(done) == following


@pytest.mark.parametrize(
    "done",
    [
        [("check_high", True)],
        [("check_low", True), ("check_low", True)],
        [("check_low", False), ("check_low", True)],
        [("calibrate_high", True), ("check_low", True)],
    ],
)
def test_a_step_out_of_turn_is_refused(done: list[tuple[str, bool]]) -> None:
    with pytest.raises(ValueError, match="not the step"):
        next_step(done)
