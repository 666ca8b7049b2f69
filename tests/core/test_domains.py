"""A formula has no value outside its domain: never an error, an infinity, or a number made of nothing."""

import math

import pytest

from lanectl.core import diesel, formulas
from lanectl.core.trial import VehicleFactMissing, number_of

NO_FORMULA_VALUE = [
    (formulas.asm_total_power_kw, (1480.0, 0.0)),
    (formulas.asm_total_power_kw, (1480.0, -148.0)),
    (formulas.force_from_power, (10.0, 0.0)),
    (formulas.force_from_power, (10.0, -1.0)),
    (formulas.total_force_n, (1400.0, 0.5, 0.0)),
    (formulas.dilution_factor, (0.1, 0.0, 4.644, 3.0)),
    (formulas.dilution_factor, (-9.0, 8.0, 4.644, 3.0)),
    (formulas.dilution_factor, (0.1, 14.0, -1.88, 3.0)),
    (formulas.humidity_grains_per_lb, (25.0, 100.0, 3.0)),
    (formulas.humidity_grains_per_lb, (25.0, 100.1, 101.0)),
    (formulas.humidity_grains_per_lb, (25.0, -0.1, 101.0)),
    (formulas.humidity_grains_per_lb, (25.0, 50.0, math.inf)),
    (formulas.saturation_pressure_kpa, (-0.1,)),
    (diesel.smoke_density_per_m, (40.0, 0.0)),
    (diesel.smoke_density_per_m, (100.0, 0.43)),
    (diesel.opacity_pct, (1.2, 0.0)),
    (diesel.opacity_pct, (1.2, -0.43)),
    (diesel.opacity_over_path_pct, (100.0, 0.2, 0.43)),
    (diesel.opacity_over_path_pct, (40.0, 0.0, 0.43)),
    (diesel.opacity_over_path_pct, (40.0, 0.2, 0.0)),
    (diesel.atmospheric_factor, (0, 25.0, 0.0)),
    (diesel.atmospheric_factor, (1, -273.0, 100.0)),
    (diesel.altitude_allowance_per_m, (math.nan, 1500.0, 0.25, 0.75, 0)),
    (diesel.altitude_allowance_per_m, (2000.0, math.nan, 0.25, 0.75, 0)),
]


@pytest.mark.parametrize(("formula", "given"), NO_FORMULA_VALUE, ids=lambda part: getattr(part, "__name__", str(part)))
def test_outside_its_domain_a_formula_has_no_value(formula: object, given: tuple[float, ...]) -> None:
    assert callable(formula)
    assert math.isnan(formula(*given))


def test_nothing_is_rounded_by_a_step_that_is_none() -> None:
    assert formulas.half_even(7, 0) == formulas.half_even(7, -2) == 0


@pytest.mark.parametrize(("total", "expected"), [(25, 2), (35, 4), (-25, -2), (-35, -4), (26, 3), (-24, -2), (0, 0)])
def test_a_tie_goes_to_the_even_count_on_both_sides_of_nothing(total: int, expected: int) -> None:
    assert formulas.half_even(total, 10) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.5, 0), (-0.5, 0), (0.5000000000000001, 1), (1.5, 2), (-1.5, -2), (2.5, 2), (999999999999999.4, 999999999999999),
     (1e15, 10**15), (9e18, 10**15),
     (-1e16, -(10**15)), (math.inf, 10**15), (-math.inf, -(10**15)), (math.nan, 0)],
)  # fmt: skip
def test_the_nearest_whole_number_is_held_within_what_a_count_can_be(value: float, expected: int) -> None:
    assert formulas.to_nearest(value) == expected


@pytest.mark.parametrize(
    ("altitude_m", "stepped", "expected"),
    [
        (1500.0, 0, 0.0),
        (1500.1, 0, 0.000025),
        (2500.0, 0, 0.25),
        (3300.0, 0, 0.45),
        (3499.0, 1, 0.25),
        (3500.0, 1, 0.5),
        (5400.0, 0, 0.75),
        (9e9, 1, 0.75),
    ],
)
def test_a_high_station_is_allowed_more_smoke_up_to_a_most(altitude_m: float, stepped: int, expected: float) -> None:
    allowance = diesel.altitude_allowance_per_m(altitude_m, 1500.0, 0.25, 0.75, stepped)
    assert allowance == pytest.approx(expected, rel=1e-6)


def test_the_vapour_pressure_above_30_degrees_is_that_at_30() -> None:
    assert formulas.saturation_pressure_kpa(29.5) == pytest.approx((4.0078 + 4.2455) / 2)
    assert formulas.saturation_pressure_kpa(30.0) == formulas.saturation_pressure_kpa(45.0) == 4.2455
    assert formulas.saturation_pressure_kpa(0.0) == 0.61129


@pytest.mark.parametrize("t_c", range(31))
def test_the_vapour_pressures_are_those_of_an_independent_formula(t_c: int) -> None:
    """Buck's equation of 1996 for water, which the standard's table follows to a part in a thousand."""
    buck = 0.61121 * math.exp((18.678 - t_c / 234.5) * (t_c / (257.14 + t_c)))
    assert formulas.saturation_pressure_kpa(float(t_c)) == pytest.approx(buck, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "suits"),
    [(0.5, True), (999_999.9, True), (0.0, False), (-1.0, False), (1e6, False), (True, False), ("7", False)],
)
def test_a_number_of_a_vehicle_is_positive_and_not_absurd(value: object, suits: bool) -> None:
    if suits:
        assert number_of({"rated_power_kw": value}, "rated_power_kw") == value
        return
    with pytest.raises(VehicleFactMissing, match="no positive number"):
        number_of({"rated_power_kw": value}, "rated_power_kw")
