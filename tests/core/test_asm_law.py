"""The figures of ASM as its machine takes them: refused where they make no sense, and sums that stand for limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.asm_law import AsmLaw, largest_sum
from lanectl.core.figures import LimitsMissing, with_rule
from lanectl.core.formulas import half_even

UNITS = st.sampled_from([1, 10**6, 10**7, 7, 2])


@given(st.integers(0, 10**12), UNITS, st.integers(1, 60), st.integers(-3, 3))
def test_a_sum_is_within_exactly_when_its_rounded_mean_is(bound: int, unit: int, seconds: int, beside: int) -> None:
    total = largest_sum(bound, unit, seconds) + beside
    assert (half_even(total, unit * seconds) * unit <= bound) == (beside <= 0)


def test_a_mean_half_way_rounds_to_the_even_step() -> None:
    assert largest_sum(4_000_000, 10**6, 10) == 45_000_000  # 4.5 rounds to 4
    assert largest_sum(5_000_000, 10**6, 10) == 54_999_999  # 5.5 rounds to 6


@pytest.mark.parametrize("rule", ["power_divisor_5025", "speed_2540_kmh"])
def test_a_figure_that_makes_no_force_is_refused(limits: dict[str, Any], rule: str) -> None:
    law = AsmLaw({"fuel": "petrol"}, with_rule(limits["asm"], rule, 0.0), "a")
    with pytest.raises(LimitsMissing, match=rule):
        [law.force_counts(mode, 1480.0) for mode in range(2)]
