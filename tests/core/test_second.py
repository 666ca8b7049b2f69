"""The legal second: one rule from samples to seconds."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.channels import fits, from_count, to_count
from lanectl.core.second import LegalSecond, SecondMaker, TimeError

Rows = list[tuple[int, dict[str, float | None]]]


def seconds_of(rows: Rows, t0_ms: int = 0) -> list[LegalSecond]:
    maker = SecondMaker(t0_ms)
    return [second for t_ms, values in rows for second in maker.push(t_ms, values)] + maker.close()


def test_a_second_is_the_mean_of_its_rows() -> None:
    rows: Rows = [(0, {"hc_ppm": 10.0}), (500, {"hc_ppm": 20.0}), (999, {"hc_ppm": 30.0}), (1000, {"hc_ppm": 99.0})]
    assert seconds_of(rows) == [LegalSecond(0, {"hc_ppm": 20.0}, 3), LegalSecond(1000, {"hc_ppm": 99.0}, 1)]


def test_rows_without_the_value_do_not_count_in_its_mean() -> None:
    rows: Rows = [(0, {"co_pct": None}), (300, {"co_pct": 0.2}), (500, {"co_pct": 0.4}), (600, {"co_pct": math.nan})]
    assert seconds_of(rows) == [LegalSecond(0, {"co_pct": 0.3}, 4)]


@pytest.mark.parametrize("rows", [1, 2, 3, 10, 17])
def test_a_second_has_a_value_only_where_half_of_its_rows_have_it(rows: int) -> None:
    for having in range(rows + 1):
        beats: Rows = [(i * 50, {"nox_ppm": 700.0 if i < having else None, "co2_pct": 9.0}) for i in range(rows)]
        [second] = seconds_of(beats)
        assert second.values == {"nox_ppm": 700.0 if having and 2 * having >= rows else None, "co2_pct": 9.0}
        assert second.rows == rows


def test_a_second_without_rows_comes_out_empty_and_is_not_left_out() -> None:
    seconds = seconds_of([(0, {"hc_ppm": 1.0}), (3200, {"hc_ppm": 2.0})])
    assert [(s.t_ms, s.rows, s.values["hc_ppm"]) for s in seconds] == [
        (0, 1, 1.0), (1000, 0, None), (2000, 0, None), (3000, 1, 2.0),
    ]  # fmt: skip


def test_a_mean_is_rounded_to_the_stored_count() -> None:
    seconds = seconds_of([(0, {"hc_ppm": 1.0}), (1, {"hc_ppm": 1.0}), (2, {"hc_ppm": 2.0})])
    assert seconds[0].values["hc_ppm"] == 1.333333


def test_time_that_goes_back_or_jumps_is_refused() -> None:
    maker = SecondMaker(0)
    maker.push(5000, {})
    with pytest.raises(TimeError, match="goes back"):
        maker.push(4000, {})
    with pytest.raises(TimeError, match="jumps"):
        maker.push(10**12, {})


@given(st.lists(st.floats(0, 5000), min_size=1, max_size=40), st.integers(0, 2**32))
def test_the_order_of_the_rows_within_a_second_does_not_matter(values: list[float], seed: int) -> None:
    shuffled = values[:]
    random.Random(seed).shuffle(shuffled)
    first = seconds_of([(i * 20, {"hc_ppm": v}) for i, v in enumerate(values)])
    second = seconds_of([(i * 20, {"hc_ppm": v}) for i, v in enumerate(shuffled)])
    assert first == second


@given(st.lists(st.tuples(st.integers(1, 2500), st.floats(0, 100)), max_size=30), st.integers(-(10**9), 10**9))
def test_shifting_all_times_shifts_the_seconds_and_nothing_else(steps: list[tuple[int, float]], shift: int) -> None:
    t_ms = 0
    rows: Rows = []
    for step, value in steps:
        rows.append((t_ms, {"co_pct": value}))
        t_ms += step
    moved = seconds_of([(t + shift, v) for t, v in rows], shift)
    assert [(s.t_ms - shift, s.values, s.rows) for s in moved] == [(s.t_ms, s.values, s.rows) for s in seconds_of(rows)]


@pytest.mark.parametrize("name", ["hc_ppm", "co_pct", "obd_rpm"])
@given(value=st.floats(-9e5, 9e5))
def test_a_stored_value_survives_being_stored_again(name: str, value: float) -> None:
    kept = from_count(name, to_count(name, value))
    assert abs(kept - value) <= 1e-6
    assert from_count(name, to_count(name, kept)) == kept


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_what_is_no_measured_value_cannot_be_stored(value: float) -> None:
    assert not fits("co_pct", value)
    with pytest.raises(ValueError, match="co_pct"):
        to_count("co_pct", value)
