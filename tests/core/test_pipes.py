"""Several exhaust pipes: the mean over all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.pipes import mean_of_pipes


def test_what_counts_is_the_mean_over_the_pipes() -> None:
    pipes: list[dict[str, float | None]] = [{"co_pct": 0.1, "hc_ppm": 30.0}, {"co_pct": 0.3, "hc_ppm": 50.0}]
    assert mean_of_pipes(pipes) == {"co_pct": 0.2, "hc_ppm": 40.0}
    assert mean_of_pipes([{"co_pct": 0.1}] * 3) == {"co_pct": 0.1}


def test_a_pipe_without_a_value_leaves_no_mean() -> None:
    assert mean_of_pipes([{"co_pct": 0.1, "hc_ppm": None}, {"hc_ppm": 5.0}]) == {"co_pct": None, "hc_ppm": None}


def test_ties_go_to_the_even_count() -> None:
    assert mean_of_pipes([{"hc_ppm": 1e-6}, {"hc_ppm": 2e-6}]) == {"hc_ppm": 2e-6}
    assert mean_of_pipes([{"hc_ppm": 0.0}, {"hc_ppm": 1e-6}]) == {"hc_ppm": 0.0}


def test_no_pipe_and_no_number_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        mean_of_pipes([])
    with pytest.raises(ValueError, match="hc_ppm"):
        mean_of_pipes([{"hc_ppm": float("nan")}])


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=6))
def test_the_order_of_the_pipes_does_not_matter(values: list[float]) -> None:
    found = mean_of_pipes([{"hc_ppm": value} for value in values])["hc_ppm"]
    assert mean_of_pipes([{"hc_ppm": value} for value in sorted(values)])["hc_ppm"] == found
    assert found is not None
    assert min(values) - 1e-6 <= found <= max(values) + 1e-6
