"""Seconds made of whole columns are those that a SecondMaker makes of the same samples, bit for bit."""

import math
import random
from array import array
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.channels import from_count, to_count
from lanectl.core.columns import LONGEST_MS, Columns
from lanectl.core.second import NO_VALUE, LegalSecond, SecondMaker, TimeError
from lanectl.core.second_sums import nearest_count

Rows = list[tuple[int, dict[str, float | None]]]
NAMES = ("co_pct", "hc_ppm", "obd_rpm")

number = st.none() | st.sampled_from([0.0, -0.0, 0.0000005, 1.5e-9, math.inf, math.nan, 5e-324]) | st.floats(-9e5, 9e5)
step = st.sampled_from([0, 1, 100, 100, 100, 499, 1000, 7300])
trace = st.lists(st.tuples(step, st.tuples(number, number, number)), max_size=60)


def rows_of(steps: list[tuple[int, tuple[float | None, ...]]]) -> Rows:
    rows, t_ms = [], 0
    for ahead, values in steps:
        t_ms += ahead
        rows.append((t_ms, dict(zip(NAMES, values, strict=True))))
    return rows


def columns_of(rows: Rows) -> Columns:
    names = list(dict.fromkeys(name for _, values in rows for name in values))
    values = {n: array("d", [NO_VALUE if v.get(n) is None else float(v[n] or 0.0) for _, v in rows]) for n in names}
    return Columns(array("q", [t_ms for t_ms, _ in rows]), array("i", [1]) * len(rows), values)


def seconds_of(rows: Rows) -> list[LegalSecond]:
    maker = SecondMaker()
    return [second for t_ms, values in rows for second in maker.push(t_ms, values)] + maker.close()


def bits(values: Mapping[str, float | None]) -> dict[str, str]:
    return {name: float(value).hex() for name, value in values.items() if value is not None}


@given(trace)
def test_columns_give_the_seconds_of_the_maker(steps: list[tuple[int, tuple[float | None, ...]]]) -> None:
    rows = rows_of(steps)
    one_by_one, at_once = seconds_of(rows), list(columns_of(rows).legal_seconds().seconds(columns_of(rows)))
    assert [(s.t_ms, s.rows, bits(s.values)) for s in at_once] == [(s.t_ms, s.rows, bits(s.values)) for s in one_by_one]
    assert [[t for t, _ in s.samples] for s in at_once] == [[t for t, _ in s.samples] for s in one_by_one]


def test_a_long_uneven_trace_with_gaps_gives_the_same_seconds() -> None:
    chance, rows, t_ms = random.Random(4), [], 0
    for _ in range(4000):
        t_ms += chance.choice([20, 100, 100, 100, 130, 1000, 4200] if chance.random() < 0.1 else [100])
        given = {name: chance.choice([None, chance.uniform(-5, 9000), chance.gauss(0, 1e-7)]) for name in NAMES}
        rows.append((t_ms, {name: given[name] for name in NAMES if chance.random() < 0.9}))
    again = list(columns_of(rows).legal_seconds().seconds())
    assert [(s.t_ms, s.rows, bits(s.values)) for s in again] == [
        (s.t_ms, s.rows, bits(s.values)) for s in seconds_of(rows)
    ]
    assert any(second.rows == 0 for second in again)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from([0.0, 0.25, 0.5, -0.5, 0.75]))
def test_a_count_is_rounded_as_python_rounds(whole: int, part: float) -> None:
    scaled = min(max(whole + part, -1e15 + 1), 1e15 - 1)
    assert nearest_count(scaled) == round(scaled)
    assert nearest_count(whole % 1000 + part) == round(whole % 1000 + part)


@pytest.mark.parametrize("name", ["co_pct", "hc_ppm"])
@given(value=st.floats(-9e5, 9e5))
def test_the_mean_of_one_row_is_that_row_as_it_is_kept(name: str, value: float) -> None:
    [second] = seconds_of([(0, {name: value})])
    assert second.values[name] == from_count(name, to_count(name, value))


@pytest.mark.parametrize(
    ("times", "what"),
    [
        ([0, 100, 99], "time goes back from 100 ms to 99 ms"),
        ([-1], "time goes back from 0 ms to -1 ms"),
        ([5, 3_600_006], "time jumps from 5 ms to 3600006 ms"),
        ([7] * 9001, "too many rows in the second"),
    ],
)
def test_times_that_no_test_has_are_refused_alike(times: list[int], what: str) -> None:
    rows: Rows = [(t_ms, {}) for t_ms in times]
    for make in (seconds_of, lambda given: columns_of(given).legal_seconds()):
        with pytest.raises(TimeError, match=what):
            make(rows)


def test_samples_that_reach_over_days_make_no_seconds() -> None:
    with pytest.raises(TimeError, match="24 hours"):
        columns_of([(t_ms, {}) for t_ms in range(0, LONGEST_MS + 1, 3_600_000)]).legal_seconds()


def test_a_number_that_no_trace_can_hold_is_refused_alike() -> None:
    rows: Rows = [(0, {"hc_ppm": 1.0}), (100, {"hc_ppm": 1e9})]
    for make in (seconds_of, lambda given: columns_of(given).legal_seconds()):
        with pytest.raises(ValueError, match=r"hc_ppm: 1000000000.0 cannot be kept"):
            make(rows)


def test_the_largest_numbers_of_a_full_second_do_not_overflow() -> None:
    rows: Rows = [(0, {"hc_ppm": 999_999_999.999999}) for _ in range(9000)]
    [second] = seconds_of(rows)
    assert second.values == {"hc_ppm": 999_999_999.999999}
    assert list(columns_of(rows).legal_seconds().seconds()) == [second]


def test_columns_begin_where_sampling_begins() -> None:
    rows: Rows = [(t_ms, {"hc_ppm": float(t_ms)}) for t_ms in range(0, 5000, 100)]
    later = columns_of(rows).since(3000)
    assert (list(later.t_ms), len(later.rows)) == (list(range(0, 2000, 100)), 20)
    assert later.values["hc_ppm"][0] == 3000.0
    assert not columns_of(rows).since(5000).t_ms
    assert columns_of(rows).since(5000).legal_seconds() == Columns()
    with pytest.raises(TimeError, match="goes back"):
        columns_of([*rows, rows[7]]).since(3000)


def test_no_samples_make_no_seconds() -> None:
    nothing: Any = Columns().legal_seconds()
    assert list(nothing.seconds()) == []
