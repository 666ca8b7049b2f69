"""One second of VMAS: the worked examples, and where a formula has no value."""

import math
from typing import Any

import pytest

from lanectl.core.vmas_formulas import (
    count_between,
    exhaust_flow_l_s,
    exhaust_share,
    gas_mass_g,
    molar_density_g_l,
    standard_flow_l_s,
)

MISSING = math.nan
ECE = (1.25, 3.714, 2.05)
MOLAR = tuple(molar_density_g_l(mass, 22.414) for mass in (28.01, 86.18, 46.006))


def test_the_exhaust_of_the_worked_second() -> None:
    share = exhaust_share(20.8, 18.0, 1.0)
    flow = standard_flow_l_s(100.0, 40.0, 99.0)
    assert share == near(0.14141414141414144)
    assert flow == near(85.22507086075176)
    assert exhaust_flow_l_s(flow, share, 0.0) == near(12.052030222732574)
    assert exhaust_flow_l_s(flow, share, 0.1) == near(12.152030222732574)


@pytest.mark.parametrize(
    ("densities", "masses"),
    [
        (ECE, (0.030130075556831434, 0.0022380620123614386, 0.004941332391320354)),
        (MOLAR, (0.03012201004182559, 0.0023169536106788014, 0.004947494444784819)),
    ],
)
def test_the_masses_of_the_worked_second(densities: tuple[float, ...], masses: tuple[float, ...]) -> None:
    exhaust = exhaust_flow_l_s(standard_flow_l_s(100.0, 40.0, 99.0), exhaust_share(20.8, 18.0, 1.0), 0.0)
    found = [
        gas_mass_g(part, exhaust, density, 1.0)
        for part, density in zip((0.2 / 100, 50e-6, 200e-6), densities, strict=True)
    ]
    assert found == [near(mass) for mass in masses]


def test_the_humidity_factor_scales_the_mass_of_nox() -> None:
    exhaust = exhaust_flow_l_s(standard_flow_l_s(100.0, 40.0, 99.0), exhaust_share(20.8, 18.0, 1.0), 0.0)
    assert gas_mass_g(200e-6, exhaust, MOLAR[2], 0.9) == near(0.0044527450003063376)


def test_densities_from_molar_masses() -> None:
    assert list(MOLAR) == [near(value) for value in (1.2496653877041135, 3.8449183545998036, 2.0525564379405727)]


def test_no_exhaust_in_the_stream_is_a_ratio_of_zero() -> None:
    assert exhaust_share(20.8, 20.8, 1.0) == 0.0


def test_a_ratio_outside_zero_and_one_is_kept_as_computed() -> None:
    assert exhaust_share(20.0, 21.0, 10.0) == pytest.approx(-0.1)
    assert exhaust_share(20.0, 9.0, 10.0) == pytest.approx(1.1)


@pytest.mark.parametrize(
    "readings",
    [(20.8, 18.0, 20.8), (MISSING, 18.0, 1.0), (20.8, MISSING, 1.0), (20.8, 18.0, MISSING), (math.inf, 18.0, 1.0)],
)
def test_there_is_no_ratio_without_a_difference_of_oxygen_or_without_a_reading(readings: tuple[float, ...]) -> None:
    assert math.isnan(exhaust_share(*readings))


@pytest.mark.parametrize("temp_c", [-273.15, -300.0, MISSING])
def test_there_is_no_standard_flow_without_a_temperature(temp_c: float) -> None:
    assert math.isnan(standard_flow_l_s(100.0, temp_c, 99.0))


def test_there_is_no_density_without_a_volume() -> None:
    assert math.isnan(molar_density_g_l(28.01, 0.0))


def test_counts_between_two_speeds_lie_on_the_straight_way() -> None:
    assert [count_between(0, 15, part, 4) for part in range(5)] == [0, 4, 8, 11, 15]
    assert [count_between(10, 0, part, 4) for part in range(5)] == [10, 8, 5, 2, 0]


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=0)
