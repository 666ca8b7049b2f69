"""The five gases belong together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.formulas import air_ratio_lambda
from simulators.exhaust import AIR, HYDROGEN_PER_CARBON, OXYGEN_PER_CARBON, Gas, air_ratio, burnt, mix


@given(st.floats(1.01, 1.4), st.floats(0.0, 1.0), st.floats(0.0, 400.0), st.floats(0.0, 3000.0))
def test_lambda_of_the_gases_is_the_air_ratio_that_they_were_burnt_with(
    ratio: float, co: float, hc: float, no: float
) -> None:
    gas = burnt(ratio, co, hc, no)
    shown = air_ratio(gas)
    assert shown is not None
    assert shown == pytest.approx(ratio, abs=0.012)
    by_law = air_ratio_lambda(
        gas.co_pct, gas.co2_pct, gas.o2_pct, gas.hc_ppm, gas.no_ppm, HYDROGEN_PER_CARBON, OXYGEN_PER_CARBON
    )
    assert shown == pytest.approx(by_law, abs=1e-9)


@given(st.floats(1.0, 1.06), st.floats(0.0, 1.0))
def test_petrol_near_lambda_one_gives_fourteen_to_sixteen_percent_of_burnt_carbon(ratio: float, co: float) -> None:
    gas = burnt(ratio, co, 50.0, 500.0)
    assert 14.0 < gas.co_pct + gas.co2_pct < 16.1
    assert gas.o2_pct >= 0.0


def test_a_rich_mixture_that_was_badly_burnt_keeps_carbon_monoxide_and_oxygen_together() -> None:
    gas = burnt(0.88, 5.8, 1000.0, 300.0)
    assert 9.0 < gas.co2_pct < 12.0
    assert gas.o2_pct > 0.5


def test_hall_air_has_no_lambda() -> None:
    assert air_ratio(AIR) is None


def test_a_mixture_lies_between_its_parts() -> None:
    assert mix(Gas(0, 0, 0, 0, 0), Gas(100, 2, 14, 20, 1000), 0.25) == Gas(25, 0.5, 3.5, 5, 250)
