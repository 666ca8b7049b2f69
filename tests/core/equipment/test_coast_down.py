"""Coast-down: nominal time, parasitic loss, windows and loads, the judgement, and times out of a record of speeds."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.equipment.coast_down import (
    CoastDown,
    check_coast_down,
    coast_down_power_kw,
    coast_down_s,
    measure_parasitic_loss,
    window_time_s,
)
from lanectl.core.equipment.crossing import RecordError
from lanectl.core.equipment.result import NominalsMissing, Tolerance, compared
from lanectl.core.parasitic import loss_force_n

INERTIA = st.floats(300, 4000)
POWER = st.floats(0.05, 100)
PETROL = ((50.0, 30.0, 9.0), (35.0, 15.0, 7.3))
DIESEL_TOPS = (100, 90, 80, 70, 60, 50, 40, 30)
Changed = Callable[[str, object], dict[str, Any]]


@pytest.mark.parametrize(
    ("inertia", "v1", "v2", "power", "expected"),
    [
        (911, 50, 30, 10.0, 5.6234567901234565),
        (911, 35, 15, 8.0, 4.393325617283951),
        (907.2, 48, 32, 11.0, 4.072727272727272),
        (907.2, 33, 17, 11.0, 2.5454545454545454),
        (1452, 30, 10, 10.0, 4.481481481481482),
    ],
)
def test_nominal_times_are_those_of_the_worked_examples(
    inertia: float, v1: float, v2: float, power: float, expected: float
) -> None:
    assert coast_down_s(inertia, v1, v2, power) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("v1", "v2", "time", "expected"), [(48, 32, 36.085, 1.2467134355268852), (35, 15, 50.0, 0.7029320987654321)]
)
def test_parasitic_loss_is_that_of_the_worked_examples(v1: float, v2: float, time: float, expected: float) -> None:
    assert coast_down_power_kw(911, v1, v2, time) == pytest.approx(expected, rel=1e-9)


def test_the_older_lower_window_takes_its_true_share_of_the_energy() -> None:
    """Lane software of before 2018 has 0.02963 here."""
    assert coast_down_s(1.0, 33, 17, 1.0) == pytest.approx(0.030864197530864196, rel=1e-12)


@settings(max_examples=30)
@given(INERTIA, st.floats(20, 120), st.floats(1, 19), POWER)
def test_nominal_time_and_power_are_each_others_inverse(inertia: float, v1: float, v2: float, power: float) -> None:
    time = coast_down_s(inertia, v1, v2, power)
    assert time is not None
    assert coast_down_power_kw(inertia, v1, v2, time) == pytest.approx(power, rel=1e-12)


@settings(max_examples=30)
@given(INERTIA, POWER, st.floats(0.1, 10))
def test_time_grows_with_inertia_and_falls_with_power(inertia: float, power: float, factor: float) -> None:
    one = coast_down_s(inertia, 50, 30, power)
    assert one is not None
    assert coast_down_s(inertia * factor, 50, 30, power) == pytest.approx(one * factor, rel=1e-12)
    assert coast_down_s(inertia, 50, 30, power * factor) == pytest.approx(one / factor, rel=1e-12)


@settings(max_examples=30)
@given(INERTIA, st.floats(41, 100), st.floats(0, 39), POWER)
def test_two_windows_end_to_end_take_as_long_as_one(inertia: float, v1: float, v2: float, power: float) -> None:
    parts = (coast_down_s(inertia, v1, 40.0, power), coast_down_s(inertia, 40.0, v2, power))
    assert None not in parts
    assert sum(part or 0.0 for part in parts) == pytest.approx(coast_down_s(inertia, v1, v2, power), rel=1e-9)


@pytest.mark.parametrize(
    "figures",
    [
        (0.0, 50, 30, 10.0), (-1.0, 50, 30, 10.0), (math.nan, 50, 30, 10.0), (math.inf, 50, 30, 10.0),
        (911, 30, 50, 10.0), (911, 50, 50, 10.0), (911, 50, -1, 10.0), (911, math.nan, 30, 10.0),
        (911, 50, 30, 0.0), (911, 50, 30, -2.0), (911, 50, 30, math.nan), (911, 50, 30, math.inf),
    ],
)  # fmt: skip
def test_outside_the_domain_there_is_no_value(figures: tuple[float, float, float, float]) -> None:
    assert coast_down_s(*figures) is None
    assert coast_down_power_kw(*figures) is None


def petrol_runs(error: float = 0.0, loss: float | None = 0.7) -> list[CoastDown]:
    made = []
    for v1, v2, set_kw in PETROL:
        nominal = coast_down_s(911, v1, v2, set_kw + (loss or 0.0))
        assert nominal is not None
        made.append(CoastDown(v1, v2, set_kw, loss, nominal * (1 + error)))
    return made


def diesel_runs(error: float = 0.0, tops: tuple[int, ...] = DIESEL_TOPS) -> list[CoastDown]:
    made = []
    for top in tops:
        for set_kw in (30.0, 20.0, 10.0):
            nominal = coast_down_s(1452.8, top, top - 20, set_kw + 1.0)
            assert nominal is not None
            made.append(CoastDown(float(top), float(top - 20), set_kw, 1.0, nominal * (1 + error)))
    return made


def test_the_worked_coast_down_is_good(equipment: dict[str, Any]) -> None:
    runs = [CoastDown(50.0, 30.0, 9.3, 0.7, 5.665), CoastDown(35.0, 15.0, 7.5, 0.5, 4.400)]
    result = check_coast_down("petrol", 911, runs, 60.0, equipment)
    upper = result.quantity("50_30_at_9.3_kw_s")
    assert upper.nominal == pytest.approx(5.6234567901234565, rel=1e-9)
    assert upper.relative_error == pytest.approx(0.0073880, abs=1e-6)
    assert (result.ok, result.reasons, result.notes) == (True, (), ())
    assert result.values["base_inertia_kg"] == 911
    assert result.values["50_30_at_9.3_kw_parasitic_kw"] == 0.7


def test_the_error_is_that_of_the_worked_example() -> None:
    worked = compared("t", 5.623, 5.665, Tolerance(relative=0.07))
    assert worked.ok
    assert worked.relative_error is not None
    assert worked.relative_error * 100 == pytest.approx(0.7469322425751346, rel=1e-9)


@settings(max_examples=30)
@given(st.floats(-0.2, 0.2))
def test_the_error_of_time_decides_at_seven_per_cent_either_way(error: float) -> None:
    result = check_coast_down("petrol", 911, petrol_runs(error), 60.0, DATA)
    if abs(abs(error) - 0.07) > 1e-6:
        assert result.ok == (abs(error) < 0.07)
        assert result.reasons == (() if result.ok else ("coast_down_off",))
    decisive = [figure.decisive for figure in result.uncertain if figure.figure.endswith("petrol.time")]
    if abs(abs(error) - 0.07) > 1e-6 and abs(abs(error) - 0.04) > 1e-6:
        assert decisive == [0.04 < abs(error) < 0.07]


def test_an_exact_coast_down_has_no_error(equipment: dict[str, Any]) -> None:
    result = check_coast_down("petrol", 911, petrol_runs(), 61.0, equipment)
    assert [quantity.error for quantity in result.quantities] == [0.0, 0.0]
    assert result.quantities[0].error == 0.0


def test_seven_per_cent_exactly_is_still_good(equipment: dict[str, Any]) -> None:
    assert check_coast_down("petrol", 911, petrol_runs(0.07), 60.0, equipment).ok
    assert check_coast_down("petrol", 911, petrol_runs(-0.07), 60.0, equipment).ok


def test_no_nominal_time_no_result(equipment: dict[str, Any]) -> None:
    with pytest.raises(NominalsMissing, match="parasitic"):
        check_coast_down("petrol", 911, petrol_runs(loss=None), 60.0, equipment)
    with pytest.raises(NominalsMissing, match="no quantity"):
        check_coast_down("petrol", 911, [], 60.0, equipment)
    with pytest.raises(NominalsMissing, match="no nominal time"):
        check_coast_down("petrol", 0.0, petrol_runs(), 60.0, equipment)


def test_what_was_not_measured_fails_and_is_none(equipment: dict[str, Any]) -> None:
    runs = [petrol_runs()[0], CoastDown(35.0, 15.0, 7.3, 0.7, None)]
    result = check_coast_down("petrol", 911, runs, 60.0, equipment)
    assert (result.ok, result.reasons) == (False, ("no_reading",))
    assert result.measured["35_15_at_7.3_kw_s"] is None


def test_every_window_of_the_set_in_use_has_to_be_there(equipment: dict[str, Any], changed: Changed) -> None:
    assert check_coast_down("petrol", 911, petrol_runs()[:1], 60.0, equipment).reasons == ("window_missing",)
    older = changed("coast_down.petrol.windows", "older")
    assert check_coast_down("petrol", 911, petrol_runs(), 60.0, older).reasons == ("window_missing",)
    runs = [CoastDown(v1, v1 - 16, 9.0, 1.0, coast_down_s(911, v1, v1 - 16, 10.0)) for v1 in (48.0, 33.0)]
    assert check_coast_down("petrol", 911, runs, 60.0, older).ok


def test_a_petrol_load_outside_its_range_is_named(equipment: dict[str, Any]) -> None:
    for set_kw in (5.9, 13.1):
        run = CoastDown(35.0, 15.0, set_kw, 0.5, coast_down_s(911, 35, 15, set_kw + 0.5))
        result = check_coast_down("petrol", 911, [petrol_runs()[0], run], 60.0, equipment)
        assert result.reasons == ("load_outside_range",)


def test_rollers_let_go_too_early_do_not_count(equipment: dict[str, Any]) -> None:
    assert check_coast_down("petrol", 911, petrol_runs(), 59.9, equipment).reasons == ("not_spun_up",)
    assert check_coast_down("petrol", 911, petrol_runs(), math.nan, equipment).reasons == ("not_spun_up",)
    told = check_coast_down("petrol", 911, petrol_runs(), None, equipment)
    assert (told.ok, told.notes) == (True, ("spin_up_unknown",))
    assert check_coast_down("diesel", 1452.8, diesel_runs(), 99.0, equipment).reasons == ("not_spun_up",)


def test_a_repeated_run_is_not_left_out(equipment: dict[str, Any]) -> None:
    bad = petrol_runs(0.2)[0]
    result = check_coast_down("petrol", 911, [bad, *petrol_runs(), petrol_runs()[0]], 60.0, equipment)
    assert list(result.nominal)[::2] == ["50_30_at_9_kw_s", "35_15_at_7.3_kw_s"]
    assert {"50_30_at_9_kw_2_s", "50_30_at_9_kw_3_s"} <= set(result.nominal)
    assert not result.ok


def test_a_diesel_bench_is_judged_in_eight_windows_under_three_loads(equipment: dict[str, Any]) -> None:
    result = check_coast_down("diesel", 1452.8, diesel_runs(0.05), 101.0, equipment)
    assert (result.ok, len(result.quantities)) == (True, 24)
    assert {"100_80_at_30_kw_s", "30_10_at_10_kw_s"} <= set(result.nominal)
    assert [(one.figure, one.decisive) for one in result.uncertain] == [("coast_down.diesel.time", True)]
    assert check_coast_down("diesel", 1452.8, diesel_runs()[:-1], 101.0, equipment).reasons == ("window_missing",)
    wrong = [*diesel_runs()[:-1], CoastDown(30.0, 10.0, 15.0, 1.0, coast_down_s(1452.8, 30, 10, 16.0))]
    assert check_coast_down("diesel", 1452.8, wrong, 101.0, equipment).reasons == ("window_missing",)


def test_a_light_diesel_bench_may_begin_at_80(changed: Changed) -> None:
    light = changed("coast_down.diesel.windows", "from_80")
    assert check_coast_down("diesel", 1452.8, diesel_runs(tops=DIESEL_TOPS[2:]), 101.0, light).ok


def test_another_fuel_is_no_bench(equipment: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="steam"):
        check_coast_down("steam", 911, petrol_runs(), 60.0, equipment)


def test_parasitic_loss_becomes_points_of_the_loss_curve(equipment: dict[str, Any]) -> None:
    loss = measure_parasitic_loss("petrol", 911, {(50.0, 30.0): 45.0, (35.0, 15.0): 50.0}, equipment)
    assert (loss.ok, loss.reasons, loss.inertia_kg) == (True, (), 911)
    assert [speed for speed, _ in loss.points] == [25.0, 40.0]
    assert loss.points[0][1] == pytest.approx(0.7029320987654321, rel=1e-9)
    assert loss_force_n(loss.points, 25.0) == pytest.approx(0.7029320987654321 * 3600 / 25, rel=1e-9)


def test_loss_rows_of_a_lane_with_five_windows_come_out_again(changed: Changed) -> None:
    data = changed("parasitic_loss.petrol.windows", "five")
    windows = ((54.0, 46.0), (48.0, 32.0), (40.0, 24.0), (33.0, 17.0), (19.0, 13.0))
    times = {(v1, v2): coast_down_s(907, v1, v2, 0.1 + 0.01 * v1) for v1, v2 in windows}
    loss = measure_parasitic_loss("petrol", 907, times, data)
    assert loss.ok
    assert [power for _, power in loss.points] == pytest.approx([0.29, 0.43, 0.5, 0.58, 0.64], rel=1e-9)


@pytest.mark.parametrize(
    ("times", "reasons"),
    [
        ({}, ("window_missing",)),
        ({(50.0, 30.0): 45.0}, ("window_missing",)),
        ({(50.0, 30.0): 45.0, (35.0, 15.0): None}, ("no_reading",)),
        ({(50.0, 30.0): 45.0, (35.0, 15.0): 0.0}, ("outside_domain",)),
        ({(50.0, 30.0): -3.0, (35.0, 15.0): None}, ("no_reading", "outside_domain")),
    ],
)
def test_a_loss_that_is_not_whole_says_why(
    times: dict[tuple[float, float], float | None], reasons: tuple[str, ...], equipment: dict[str, Any]
) -> None:
    loss = measure_parasitic_loss("petrol", 911, times, equipment)
    assert (loss.ok, loss.reasons) == (False, reasons)


def test_a_set_of_windows_with_nothing_in_it_measures_nothing(changed: Changed) -> None:
    assert measure_parasitic_loss("petrol", 911, {}, changed("parasitic_loss.petrol.windows_2018", [])).ok is False


@settings(max_examples=30)
@given(st.floats(0.5, 3.0), st.floats(0.3, 10.0))
def test_a_record_of_speeds_gives_the_time_between_the_ends_of_a_window(slowing: float, start_s: float) -> None:
    times = [start_s + step / 10 for step in range(int(450 / slowing))]
    speeds: list[float | None] = [55.0 - slowing * (time - start_s) for time in times]
    assert window_time_s(times, speeds, (50.0, 30.0), 0.15) == pytest.approx(20.0 / slowing, rel=1e-6)


def test_a_record_that_does_not_say_gives_no_time() -> None:
    times = [0.0, 1.0, 2.0, 3.0, 4.0]
    assert window_time_s(times, [55.0, 45.0, 35.0, 25.0, 15.0], (50.0, 30.0), 1.0) == pytest.approx(2.0)
    assert window_time_s(times, [55.0, 45.0, 35.0, 32.0, 31.0], (50.0, 30.0), 1.0) is None
    assert window_time_s(times, [45.0, 40.0, 35.0, 25.0, 15.0], (50.0, 30.0), 1.0) is None
    assert window_time_s(times, [55.0, 45.0, None, 25.0, 15.0], (50.0, 30.0), 1.0) is None
    assert window_time_s(times, [55.0, 45.0, None, 25.0, 15.0], (50.0, 30.0), 2.0) == pytest.approx(2.0)
    assert window_time_s([0.0], [55.0], (50.0, 30.0), 1.0) is None
    assert window_time_s(times, [35.0, 25.0, 55.0, 45.0, 46.0], (50.0, 30.0), 1.0) is None


def test_a_record_that_is_none_is_named() -> None:
    with pytest.raises(RecordError, match="readings"):
        window_time_s([0.0, 1.0], [55.0], (50.0, 30.0), 1.0)
    for times in ([0.0, 0.0], [1.0, 0.0], [0.0, math.nan]):
        with pytest.raises(RecordError, match="rise"):
            window_time_s(times, [55.0, 25.0], (50.0, 30.0), 1.0)


DATA: dict[str, Any] = {
    "coast_down": {
        "petrol": {
            "time": {"value": {"relative": 0.07}, "conf": "A", "readings": [{"relative": 0.07}, {"relative": 0.04}]},
            "windows": {"value": "2018", "conf": "B"},
            "windows_2018": {"value": [[50, 30], [35, 15]], "conf": "A"},
            "spin_up_to_kmh": {"value": 60, "conf": "A"},
        }
    }
}
