"""Inertia, variable load, force, speed and load of a dynamometer: worked examples, edges, domains."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.equipment.calibration import (
    check_force,
    check_load_accuracy,
    check_speed,
    roller_speed_kmh,
    weight_force_n,
)
from lanectl.core.equipment.coast_down import coast_down_s
from lanectl.core.equipment.inertia import LoadedTime, base_inertia_kg, check_base_inertia
from lanectl.core.equipment.result import NominalsMissing
from lanectl.core.equipment.variable_load import check_variable_load, nominal_s
from lanectl.core.figures import LimitsMissing

Changed = Callable[[str, object], dict[str, Any]]
CURVE = ((80.5, 8.0), (72.4, 16.1), (61.1, 43.4))
FACTORS = (0.028394, 0.01713, 0.0043866)


def test_base_inertia_is_that_of_the_worked_example(equipment: dict[str, Any]) -> None:
    measured = base_inertia_kg(LoadedTime(400, 10.08), LoadedTime(1400, 3.36), 20)
    assert measured == pytest.approx(907.1999999999998, rel=1e-9)
    assert check_base_inertia("light", measured, 907.2, equipment).ok


@settings(max_examples=30)
@given(st.floats(300, 3000), st.floats(0, 300), st.floats(100, 900), st.floats(50, 2000), st.floats(5, 60))
def test_the_benchs_own_friction_cancels_out(
    inertia: float, friction: float, force: float, more: float, width: float
) -> None:
    times = [inertia * (width / 3.6) / (friction + brake) for brake in (force, force + more)]
    one, other = LoadedTime(force, times[0]), LoadedTime(force + more, times[1])
    assert base_inertia_kg(one, other, width) == pytest.approx(inertia, rel=1e-6)
    assert base_inertia_kg(other, one, width) == pytest.approx(inertia, rel=1e-6)


@pytest.mark.parametrize(
    ("one", "other", "width"),
    [
        ((400, 10.0), (1400, 10.0), 20), ((400, 3.0), (1400, 10.0), 20), ((400, 10.0), (400, 3.0), 20),
        ((400, 0.0), (1400, 3.0), 20), ((400, 10.0), (1400, -3.0), 20), ((400, 10.0), (1400, 3.0), 0),
        ((400, 10.0), (math.inf, 3.0), 20), ((math.nan, 10.0), (1400, 3.0), 20),
    ],
)  # fmt: skip
def test_base_inertia_has_no_value_outside_its_domain(
    one: tuple[float, float], other: tuple[float, float], width: float
) -> None:
    assert base_inertia_kg(LoadedTime(*one), LoadedTime(*other), width) is None


@pytest.mark.parametrize(
    ("duty", "measured", "plate", "off"),
    [
        ("light", 911.0, 907.2, []),
        ("light", 925.3, 920.0, []),
        ("light", 925.4, 920.0, ["base_inertia_kg"]),
        ("light", 889.1, 895.0, []),
        ("light", 911.0, 920.1, ["plate_inertia_kg"]),
        ("light", 911.0, 920.0, []),
        ("heavy", 1452.8, 1452.8, []),
        ("heavy", 907.2, 907.2, ["base_inertia_kg"]),
    ],
)
def test_base_inertia_is_in_its_band_and_near_its_plate(
    duty: str, measured: float, plate: float, off: list[str], equipment: dict[str, Any]
) -> None:
    result = check_base_inertia(duty, measured, plate, equipment)
    assert [quantity.name for quantity in result.quantities if not quantity.ok] == off
    assert result.reasons == (("inertia_off",) if off else ())


def test_base_inertia_that_was_not_measured_fails(equipment: dict[str, Any]) -> None:
    assert check_base_inertia("light", None, 907.2, equipment).reasons == ("no_reading",)
    with pytest.raises(NominalsMissing):
        check_base_inertia("light", 907.2, math.nan, equipment)
    with pytest.raises(ValueError, match="medium"):
        check_base_inertia("medium", 907.2, 907.2, equipment)


def test_variable_load_times_are_shares_of_the_inertia(equipment: dict[str, Any]) -> None:
    times = {window: factor * 907.2 for window, factor in zip(CURVE, FACTORS, strict=True)}
    result = check_variable_load(907.2, times, equipment)
    assert result.ok
    assert list(result.nominal.values()) == pytest.approx([25.7590368, 15.540336, 3.97952352], rel=1e-9)
    assert [quantity.relative_error for quantity in result.quantities] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("place", "share"), [(0, 0.04), (1, 0.02), (2, 0.03)])
def test_each_window_of_the_curve_has_its_own_tolerance(place: int, share: float, equipment: dict[str, Any]) -> None:
    for error, good in ((share, True), (share + 0.001, False), (-share, True), (-share - 0.001, False)):
        times = {window: factor * 911 for window, factor in zip(CURVE, FACTORS, strict=True)}
        times[CURVE[place]] *= 1 + error
        assert check_variable_load(911, times, equipment).ok is good


def test_a_window_of_the_curve_that_is_not_there_fails(equipment: dict[str, Any]) -> None:
    result = check_variable_load(911, {CURVE[0]: 0.028394 * 911, CURVE[1]: 0.01713 * 911}, equipment)
    assert result.reasons == ("window_missing", "no_reading")


def test_variable_load_has_no_nominal_time_without_inertia(equipment: dict[str, Any], changed: Changed) -> None:
    assert nominal_s(0.01, 0.0) is None
    assert nominal_s(0.0, 911.0) is None
    assert nominal_s(0.01, math.inf) is None
    with pytest.raises(NominalsMissing):
        check_variable_load(0.0, {}, equipment)
    with pytest.raises(LimitsMissing, match="differ"):
        check_variable_load(911, {}, changed("variable_load.time_share", [0.04]))


def test_weights_on_an_arm_stand_for_a_force_at_the_roller() -> None:
    assert weight_force_n(50.0, 2.0) == pytest.approx(980.665, rel=1e-12)
    assert weight_force_n(0.0, 2.0) == 0.0
    assert weight_force_n(50.0, 2.0, 9.788) == pytest.approx(978.8, rel=1e-12)
    for mass, ratio, gravity in ((-1.0, 2.0, 9.8), (50.0, 0.0, 9.8), (50.0, 2.0, 0.0), (math.nan, 2.0, 9.8)):
        assert weight_force_n(mass, ratio, gravity) is None


def test_a_rollers_surface_moves_with_its_diameter() -> None:
    assert roller_speed_kmh(1000.0, 218.0) == pytest.approx(41.09203, abs=1e-5)
    assert roller_speed_kmh(0.0, 218.0) == 0.0
    for rpm, diameter in ((-1.0, 218.0), (1000.0, 0.0), (math.inf, 218.0)):
        assert roller_speed_kmh(rpm, diameter) is None


@settings(max_examples=30)
@given(st.floats(0, 3000), st.floats(100, 500), st.floats(0.1, 10))
def test_roller_speed_scales_with_revolutions(rpm: float, diameter: float, factor: float) -> None:
    one, other = roller_speed_kmh(rpm, diameter), roller_speed_kmh(rpm * factor, diameter)
    assert one is not None
    assert other == pytest.approx(one * factor, rel=1e-9, abs=1e-12)


def test_force_is_off_by_a_share_of_the_full_range(equipment: dict[str, Any]) -> None:
    good = check_force([(0.0, 50.0), (2500.0, 2450.0), (5000.0, None)][:2], 5000.0, equipment)
    assert (good.ok, good.quantities[1].allowed) == (True, 50.0)
    assert check_force([(0.0, 0.0), (2500.0, 2449.9)], 5000.0, equipment).reasons == ("force_off",)
    assert check_force([(0.0, 0.0), (2500.0, None)], 5000.0, equipment).reasons == ("no_reading",)


@pytest.mark.parametrize("points", [[(0.0, 0.0)], [(0.0, 0.0), (2499.0, 2499.0)], [(4000.0, 4000.0), (4050.0, 4050.0)]])
def test_force_at_one_load_or_far_below_the_range_is_no_check(
    points: list[tuple[float, float]], equipment: dict[str, Any]
) -> None:
    result = check_force(points, 5000.0, equipment)
    assert (result.ok, result.reasons) == (False, ("points_missing",))


def test_force_without_points_or_range_has_no_result(equipment: dict[str, Any], changed: Changed) -> None:
    with pytest.raises(NominalsMissing):
        check_force([], 5000.0, equipment)
    for nothing in (0.0, math.nan, math.inf):
        with pytest.raises(NominalsMissing, match="range"):
            check_force([(100.0, 100.0)], nothing, equipment)
    with pytest.raises(LimitsMissing, match="full range"):
        check_force([(1.0, 1.0)], 5000.0, changed("dynamometer.force_of_full_range", {"absolute": 5}))


def test_speed_is_off_by_more_than_two_tenths(equipment: dict[str, Any]) -> None:
    assert check_speed([(25.0, 25.2), (40.0, 39.8)], equipment).ok
    assert check_speed([(25.0, 25.21), (40.0, 40.0)], equipment).reasons == ("speed_off",)
    for points in ([(25.0, 25.0)], [(0.0, 0.0), (25.0, 25.0)], [(25.0, 25.0), (25.1, 25.1)]):
        assert check_speed(points, equipment).reasons == ("points_missing",)


def test_load_is_off_by_two_tenths_of_a_kilowatt_or_two_per_cent(equipment: dict[str, Any]) -> None:
    assert check_load_accuracy([(4.0, 4.2), (11.0, 11.22), (18.0, 17.64)], equipment).ok
    for points in ([(4.0, 4.21), (11.0, 11.0), (18.0, 18.0)], [(4.0, 4.0), (11.0, 11.23), (18.0, 18.0)]):
        assert check_load_accuracy(points, equipment).reasons == ("load_off",)
    assert check_load_accuracy([(4.0, 4.0), (18.0, 18.0)], equipment).reasons == ("load_missing",)


def test_a_load_may_be_measured_by_a_coast_down(equipment: dict[str, Any]) -> None:
    from lanectl.core.equipment.coast_down import coast_down_power_kw

    points = []
    for load in (4.0, 11.0, 18.0):
        time = coast_down_s(911, 50, 30, load + 0.7)
        assert time is not None
        total = coast_down_power_kw(911, 50, 30, time)
        assert total is not None
        points.append((load, total - 0.7))
    assert check_load_accuracy(points, equipment).ok
