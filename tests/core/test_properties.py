"""What must hold for every trace, tried on random ones."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.second import LegalSecond, SecondMaker
from lanectl.core.selftest import CoreDamaged, known_answers

Values = dict[str, float | None]
SEEDS = st.integers(0, 2**32)


def restless(bench: Any, seed: int) -> list[Values]:
    """Return a whole test of a car that wanders about its limits, in both modes."""
    chance = random.Random(seed)
    no_ppm, spread = chance.choice([330.0, 600.0, 690.0, 720.0, 3600.0]), chance.choice([0.05, 0.4])
    rows: list[Values] = bench.at_25(90) + bench.at_40(95)
    return [
        {
            **row,
            "no_ppm": no_ppm + chance.gauss(0, 30),
            "hc_ppm": 40 + chance.gauss(0, 5),
            "co_pct": 0.2 + chance.gauss(0, 0.02),
            "speed_kmh": (row["speed_kmh"] or 0) + max(-1.9, min(1.9, chance.gauss(0, spread))),
        }
        for row in rows
    ]


def through_seconds(bench: Any, rows: list[tuple[int, Values]], t0_ms: int) -> Any:
    trial, maker = bench.open(), SecondMaker(t0_ms)
    for t_ms, values in rows:
        for second in maker.push(t_ms, values):
            trial.push(second)
    for second in maker.close():
        trial.push(second)
    trial.end()
    return trial.verdict()


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(-(10**12), 10**12))
def test_shifting_all_times_changes_nothing(bench: Any, seed: int, shift: int) -> None:
    rows = [(second * 1000, values) for second, values in enumerate(restless(bench, seed))]
    moved = [(t_ms + shift, values) for t_ms, values in rows]
    assert through_seconds(bench, moved, shift) == through_seconds(bench, rows, 0)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(1, 10))
def test_sampling_the_same_values_faster_changes_nothing(bench: Any, seed: int, pace: int) -> None:
    rows = restless(bench, seed)
    slow = [(second * 1000, values) for second, values in enumerate(rows)]
    fast = [(t_ms + 1000 * i // pace, values) for t_ms, values in slow for i in range(pace)]
    assert through_seconds(bench, fast, 0) == through_seconds(bench, slow, 0)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(0, 184))
def test_no_trace_without_a_whole_window_passes(bench: Any, seed: int, cut: int) -> None:
    rows = restless(bench, seed)[:cut]
    verdict = bench.run(rows)
    if verdict.outcome == "pass":
        mode = "asm2540" if verdict.values["asm2540_co_pct"] is not None else "asm5025"
        first, last = (verdict.values[f"{mode}_window_{end}_row"] or 0 for end in ("first", "last"))
        assert (last - first, first > 10) == (9, True)
        assert last <= len(rows)
    if cut < 20:
        assert verdict.outcome == "invalid"


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(0, 89), st.sampled_from(["co_pct", "hc_ppm", "no_ppm", "speed_kmh"]))
def test_a_window_with_a_missing_value_is_never_the_one_that_judges(
    bench: Any, seed: int, hole: int, name: str
) -> None:
    rows = restless(bench, seed)
    rows[hole] = {**rows[hole], name: None}
    verdict = bench.run(rows)
    first, last = verdict.values["asm5025_window_first_row"], verdict.values["asm5025_window_last_row"]
    if verdict.outcome == "pass" and first is not None and last is not None:
        assert not first <= hole + 1 <= last


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.floats(0, 400), st.sampled_from(["hc_ppm", "no_ppm"]))
def test_more_pollutant_never_turns_a_fail_into_a_pass(bench: Any, seed: int, more: float, name: str) -> None:
    # HC and NO enter neither DF nor kH, so that the corrections stay as they are.
    rows = restless(bench, seed)
    worse = [{**row, name: (row[name] or 0) + more} for row in rows]
    if bench.run(rows).outcome == "fail":
        assert bench.run(worse).outcome != "pass"


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_the_stricter_limit_set_never_passes_what_the_other_fails(bench: Any, seed: int) -> None:
    rows = restless(bench, seed)
    if bench.run(rows).outcome == "fail":
        assert bench.run(rows, limit_set="b").outcome != "pass"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["speed_kmh", "force_n", "co_pct", "co2_pct", "engine_rpm"]), st.floats()))
)
def test_no_numbers_whatever_upset_a_method(bench: Any, rows: list[Values]) -> None:
    for method in ("asm", "two_speed_idle"):
        trial = bench.open(method)
        for values in rows:
            trial.push(LegalSecond(0, values))
        trial.end()
        assert trial.verdict().outcome in ("invalid", "pass", "fail")


def test_the_core_knows_its_answers() -> None:
    known_answers()


def test_a_wrong_answer_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = (("dilution factor", lambda: 1.8991, 1.899104382373273),)
    monkeypatch.setattr("lanectl.core.selftest.FORMULAS", wrong)
    with pytest.raises(CoreDamaged, match="dilution factor"):
        known_answers()
