"""The diesel formulas against figures worked out independently of this program."""

import math
import random

import pytest

from lanectl.core.diesel import (
    altitude_allowance_per_m,
    det_exp,
    det_log,
    opacity_over_path_pct,
    opacity_pct,
    power_correction,
    smoke_density_per_m,
)
from lanectl.core.figures import LimitsMissing, as_of, with_rule

PATH_M = 0.430


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-9)


def test_logarithm_and_exponential_are_those_of_the_library_to_the_last_places() -> None:
    chance = random.Random(1)
    for _ in range(3000):
        x = 10.0 ** chance.uniform(-307, 308) if chance.random() < 0.5 else chance.uniform(0.3, 3.0)
        y = chance.uniform(-700, 700) if chance.random() < 0.5 else chance.uniform(-2.0, 2.0)
        assert abs(det_log(x) - math.log(x)) <= 3 * math.ulp(math.log(x))
        assert abs(det_exp(y) - math.exp(y)) <= 3 * math.ulp(math.exp(y))
    assert (det_log(1.0), det_exp(0.0), det_exp(-800.0)) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize("x", [0.0, -1.0, math.nan, math.inf, -math.inf])
def test_a_logarithm_has_no_value_outside_its_domain(x: float) -> None:
    assert math.isnan(det_log(x))
    assert math.isnan(smoke_density_per_m(100.0 - x, PATH_M)) == (not x > 0.0 or math.isinf(x))


@pytest.mark.parametrize("x", [710.0, math.nan, math.inf, -math.inf])
def test_an_exponential_that_is_no_number_has_no_value(x: float) -> None:
    assert math.isnan(det_exp(x))


@pytest.mark.parametrize(
    ("n", "k"),
    [(2.0, 0.04698304027330109), (10.0, 0.24502445501820067), (40.34, 1.2011823416313696), (90.0, 5.354849053474525)],
)
def test_smoke_density_gives_the_worked_figures(n: float, k: float) -> None:
    assert smoke_density_per_m(n, PATH_M) == near(k)
    assert opacity_pct(smoke_density_per_m(n, PATH_M), PATH_M) == near(n)


@pytest.mark.parametrize(
    ("k", "n"), [(0.7, 25.99222272532924), (1.39, 44.9924644422641), (2.5, 65.87022446990063), (3.0, 72.47292169102477)]
)
def test_opacity_gives_the_worked_figures(k: float, n: float) -> None:
    assert opacity_pct(k, PATH_M) == near(n)


def test_an_opacity_can_be_restated_for_another_path() -> None:
    assert opacity_over_path_pct(30.0, 0.215, PATH_M) == near(51.0)


@pytest.mark.parametrize("n", [100.0, 100.1, math.nan, math.inf])
def test_full_opacity_has_no_smoke_density_and_none_is_made_up(n: float) -> None:
    assert math.isnan(smoke_density_per_m(n, PATH_M))
    assert math.isnan(opacity_over_path_pct(n, 0.215, PATH_M))


@pytest.mark.parametrize("n", [99.0, 99.5, 99.99])
def test_opacity_that_is_not_quite_full_is_restated_and_has_a_density(n: float) -> None:
    through = 1.0 - n / 100.0
    assert opacity_over_path_pct(n, 0.215, PATH_M) == near(100.0 * (1.0 - through * through))
    assert smoke_density_per_m(n, PATH_M) == near(-math.log(through) / PATH_M)


def test_an_exponential_is_nothing_below_708_and_something_down_to_it() -> None:
    assert [det_exp(x) for x in (-708.0001, -720.0, -745.0)] == [0.0, 0.0, 0.0]
    for x in (-708.0, -707.5):
        assert det_exp(x) == pytest.approx(math.exp(x), rel=1e-12, abs=0.0)


def test_an_exponential_has_a_value_up_to_709_and_none_above() -> None:
    assert det_exp(709.0) == near(math.exp(709.0))
    assert math.isnan(det_exp(709.0001))


def test_a_zero_that_drifted_below_nothing_is_kept_as_it_is() -> None:
    assert smoke_density_per_m(-0.1, PATH_M) == near(-math.log(1.001) / PATH_M)


@pytest.mark.parametrize(
    ("turbo", "t_c", "p_kpa", "factor"),
    [
        (1, 12.3, 95.8, 0.9504744555335931),
        (0, 35.0, 100.0, 1.0157882235169784),
        (1, 35.0, 100.0, 1.0522903259992107),
        (0, 20.0, 80.0, 1.2731553178769757),
        (1, 20.0, 80.0, 1.1601400394644281),
        (1, 25.0, 99.0, 1.0),
    ],
)
def test_power_correction_gives_the_worked_figures(turbo: int, t_c: float, p_kpa: float, factor: float) -> None:
    assert power_correction(turbo, t_c, p_kpa, 1.2) == near(factor)


def test_the_worked_engine_has_its_corrected_power() -> None:
    assert 46.0 * power_correction(1, 20.0, 80.0, 1.2) == near(53.36644181536369)


@pytest.mark.parametrize(("t_c", "p_kpa"), [(20.0, 0.0), (20.0, math.nan), (-273.0, 99.0), (math.nan, 99.0)])
def test_without_weather_there_is_no_power_correction(t_c: float, p_kpa: float) -> None:
    assert math.isnan(power_correction(1, t_c, p_kpa, 1.2))


@pytest.mark.parametrize(
    ("altitude_m", "proportional", "stepped"),
    [(1500, 1.2, 1.2), (1900, 1.3, 1.2), (2500, 1.45, 1.45), (3700, 1.75, 1.7), (6000, 1.95, 1.95)],
)
def test_altitude_raises_the_limit_by_either_reading(altitude_m: float, proportional: float, stepped: float) -> None:
    for reading, limit in ((0, proportional), (1, stepped)):
        assert 1.2 + altitude_allowance_per_m(altitude_m, 1500.0, 0.25, 0.75, reading) == near(limit)


def test_a_figure_is_as_it_was_on_the_day() -> None:
    section = {"sets": {"b": {"nox": {"value": 900, "conf": "C", "until": {"2020-07-01": 1200}}}}, "schema": "x"}
    assert as_of(section, "2020-06-30")["sets"]["b"]["nox"]["value"] == 1200  # type: ignore[index]
    assert as_of(section, "2020-07-01") == section


def test_only_a_rule_that_is_there_can_be_set_otherwise() -> None:
    section = {"rules": {"slow": {"value": "void", "conf": "B"}}}
    assert with_rule(section, "slow", "judge") == {"rules": {"slow": {"value": "judge", "conf": "B"}}}
    with pytest.raises(LimitsMissing, match="fast"):
        with_rule(section, "fast", "judge")
    assert section["rules"]["slow"]["value"] == "void"


def test_no_path_makes_no_opacity() -> None:
    assert math.isnan(opacity_pct(1.0, 0.0))
    assert math.isnan(opacity_pct(1.0, math.nan))


@pytest.mark.parametrize("reading", [0, 1])
def test_an_unknown_altitude_allows_nothing_that_can_be_said_and_a_great_one_the_most(reading: int) -> None:
    assert math.isnan(altitude_allowance_per_m(math.nan, 1500.0, 0.25, 0.75, reading))
    assert math.isnan(altitude_allowance_per_m(1900.0, math.inf, 0.25, 0.75, reading))
    assert altitude_allowance_per_m(1e300, 1500.0, 0.25, 0.75, reading) == 0.75
