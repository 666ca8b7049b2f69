"""The formulas against figures worked out independently of this program."""

import math

import pytest

from lanectl.core.formulas import (
    air_ratio_lambda,
    asm_total_power_kw,
    dilution_factor,
    force_from_power,
    half_even,
    humidity_grains_per_lb,
    no_humidity_factor,
    saturation_pressure_kpa,
    to_nearest,
    total_force_n,
)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("co", "co2", "a", "expected"),
    [
        (0.1, 8.0, 4.644, 1.899104382373273),
        (0.1, 4.0, 4.644, 3.0),
        (3.0, 11.0, 4.644, 1.1669156086631813),
        (0.1, 10.5, 5.39, 1.300829929495018),
    ],
)
def test_dilution_factor_gives_the_worked_figures(co: float, co2: float, a: float, expected: float) -> None:
    assert dilution_factor(co, co2, a, 3.0) == near(expected)


def test_a_dilution_factor_below_one_is_kept() -> None:
    assert dilution_factor(0.05, 16.5, 4.644, 3.0) < 1.0


@pytest.mark.parametrize(("co", "co2"), [(0.0, 0.0), (-1.0, 0.5), (math.nan, 14.0), (0.1, math.inf), (0.1, -1.0)])
def test_dilution_factor_has_no_value_outside_its_domain(co: float, co2: float) -> None:
    assert math.isnan(dilution_factor(co, co2, 4.644, 3.0))


@pytest.mark.parametrize(
    ("t", "rh", "p", "pressure", "grains", "factor"),
    [
        (3.8, 14.9, 96.2, 0.802498, 5.410842059827109, 0.7535402967826611),
        (25.0, 50.0, 101.3, 3.169, 69.08744478040025, 0.9729623402523351),
        (36.0, 60.0, 100.0, 4.2455, 113.64642477837968, 1.2219534143361908),
        (20.0, 73.0, 101.325, 2.3388, 74.51592513762317, 0.9977300127126124),
    ],
)
def test_humidity_gives_the_worked_figures(
    t: float, rh: float, p: float, pressure: float, grains: float, factor: float
) -> None:
    assert saturation_pressure_kpa(t) == near(pressure)
    assert humidity_grains_per_lb(t, rh, p) == near(grains)
    assert no_humidity_factor(t, rh, p) == near(factor)


@pytest.mark.parametrize(
    ("t", "rh", "p"),
    [
        (-0.1, 50, 100),
        (math.nan, 50, 100),
        (20, 101, 100),
        (20, -1, 100),
        (20, 50, 0),
        (20, 50, math.inf),
        (30, 100, 14),
    ],
)
def test_the_humidity_factor_has_no_value_outside_its_domain(t: float, rh: float, p: float) -> None:
    assert math.isnan(no_humidity_factor(t, rh, p))


@pytest.mark.parametrize(
    ("co", "co2", "o2", "hc", "no", "expected"),
    [
        (0.14, 13.8, 1.93, 18, 165, 1.0924770657875507),
        (0.03, 15.44, 0.11, 6, 152, 1.0042596251286657),
        (3.5, 12.6, 0.4, 250, 100, 0.9104964303970561),
        (0.05, 12.0, 4.0, 300, 300, 1.2142380588934012),
    ],
)
def test_lambda_gives_the_worked_figures(
    co: float, co2: float, o2: float, hc: float, no: float, expected: float
) -> None:
    assert air_ratio_lambda(co, co2, o2, hc, no, 1.7261, 0.0176) == near(expected)


def test_lambda_has_no_value_without_carbon_dioxide() -> None:
    assert math.isnan(air_ratio_lambda(0.1, 0.0, 20.8, 5, 0, 1.7261, 0.0176))


@pytest.mark.parametrize(
    ("mass", "p25", "p40", "f25", "f40"),
    [
        (1020, 6.891891891891892, 5.513513513513513, 992.4324324324324, 496.21621621621614),
        (1270, 8.58108108108108, 6.864864864864865, 1235.6756756756756, 617.8378378378378),
        (2100, 14.18918918918919, 11.35135135135135, 2043.2432432432431, 1021.6216216216214),
    ],
)
def test_asm_load_gives_the_worked_figures(mass: float, p25: float, p40: float, f25: float, f40: float) -> None:
    assert asm_total_power_kw(mass, 148) == near(p25)
    assert asm_total_power_kw(mass, 185) == near(p40)
    assert force_from_power(p25, 25) == near(f25)
    assert force_from_power(p40, 40) == near(f40)


def test_brake_and_parasitic_loss_add_up_to_the_total_force() -> None:
    brake = force_from_power(6.201891891891892, 25.0)
    assert total_force_n(brake, 0.69, 25.0) == near(992.4324324324324)
    assert math.isnan(total_force_n(10.0, 0.69, 0.0))


@pytest.mark.parametrize(
    ("total", "unit", "expected"),
    [
        (25, 10, 2),
        (35, 10, 4),
        (26, 10, 3),
        (24, 10, 2),
        (-25, 10, -2),
        (-35, 10, -4),
        (0, 10, 0),
        (15, 10, 2),
        (7, 2, 4),
    ],
)
def test_rounding_takes_the_even_neighbour_on_a_tie(total: int, unit: int, expected: int) -> None:
    assert half_even(total, unit) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2.5, 2), (-2.5, -2), (3.5, 4), (2.4, 2), (math.nan, 0), (math.inf, 10**15), (-1e300, -(10**15)), (1e300, 10**15)],
)
def test_counts_are_held_within_what_an_integer_can_hold(value: float, expected: int) -> None:
    assert to_nearest(value) == expected


def test_a_count_is_held_within_a_thousand_million_millions() -> None:
    assert [to_nearest(value) for value in (9.99e14, 1.0e15, 1.5e15, math.inf)] == [999 * 10**12, *[10**15] * 3]
    assert [to_nearest(value) for value in (-9.99e14, -1.0e15, -1.5e15, -math.inf)] == [-999 * 10**12, *[-(10**15)] * 3]


def test_air_without_any_water_has_a_humidity_of_nothing() -> None:
    assert humidity_grains_per_lb(25.0, 0.0, 101.3) == 0.0
    assert humidity_grains_per_lb(25.0, 0.5, 101.3) == near(43.478 * 0.5 * 3.169 / (101.3 - 3.169 * 0.005))


@pytest.mark.parametrize(("co", "hc"), [(-14.0, 0.0), (-20.0, 0.0), (0.0, -1.0e6), (math.nan, 60.0), (0.3, math.inf)])
def test_lambda_has_no_value_without_anything_to_burn(co: float, hc: float) -> None:
    assert math.isnan(air_ratio_lambda(co, 14.0, 0.5, hc, 400.0, 1.7261, 0.0176))
