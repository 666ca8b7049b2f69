"""What must hold for every diesel trace, tried on random ones."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.second import LegalSecond

Values = dict[str, float | None]
SEEDS = st.integers(0, 2**32)
METHODS = ("free_acceleration", "lug_down")


def puffs(diesel: Any, seed: int) -> list[Values]:
    chance = random.Random(seed)
    peaks = [chance.uniform(36, 44) for _ in range(chance.randrange(3, 5))]
    rows: list[Values] = diesel.snaps(*peaks, numbered=chance.random() < 0.5)
    return [{**row, "opacity_n_pct": (row["opacity_n_pct"] or 0) + chance.uniform(0, 0.5)} for row in rows]


def pulls(diesel: Any, seed: int) -> list[Values]:
    chance = random.Random(seed)
    rows: list[Values] = diesel.lug()
    smoke = chance.uniform(36, 42)
    return [
        {
            **row,
            "speed_kmh": (row["speed_kmh"] or 0) + max(-0.49, min(0.49, chance.gauss(0, 0.05))),
            "opacity_n_pct": smoke + chance.gauss(0, 1),
            "nox_ppm": 1400 + chance.gauss(0, 50),
        }
        for row in rows
    ]


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(-(10**9), 10**9))
def test_shifting_all_times_changes_nothing(diesel: Any, seed: int, shift: int) -> None:
    shift = abs(shift)
    puffed, pulled = puffs(diesel, seed), pulls(diesel, seed)
    assert diesel.smoke(puffed, t0_ms=shift) == diesel.smoke(puffed)
    assert diesel.lug_down(pulled, t0_ms=shift) == diesel.lug_down(pulled)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(1, 40))
def test_how_samples_are_parted_into_seconds_does_not_move_a_peak(diesel: Any, seed: int, chunk: int) -> None:
    rows = puffs(diesel, seed)
    assert diesel.smoke(rows, chunk=chunk) == diesel.smoke(rows)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(1, 10))
def test_sampling_a_lug_down_faster_changes_nothing(diesel: Any, seed: int, pace: int) -> None:
    rows = pulls(diesel, seed)
    trial = diesel.open_diesel("lug_down")
    maker_rows = [(i * 1000 + 1000 * j // pace, row) for i, row in enumerate(rows) for j in range(pace)]
    assert diesel.judge(trial, diesel.seconds(maker_rows)) == diesel.judge(
        diesel.open_diesel("lug_down"), diesel.seconds([(i * 1000, row) for i, row in enumerate(rows)])
    )


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.floats(0, 30))
def test_more_smoke_never_turns_a_fail_into_a_pass(diesel: Any, seed: int, more: float) -> None:
    # While the engine is up: at idle, more smoke makes a snap be repeated.
    rows = puffs(diesel, seed)
    worse = [
        {**row, "opacity_n_pct": (row["opacity_n_pct"] or 0) + (more if (row["engine_rpm"] or 0) > 1200 else 0)}
        for row in rows
    ]
    if diesel.smoke(rows).outcome == "fail":
        assert diesel.smoke(worse).outcome == "fail"
    assert (diesel.smoke(worse).values["opacity_k_per_m"] or 0) >= (diesel.smoke(rows).values["opacity_k_per_m"] or 0)
    pulled = pulls(diesel, seed)
    darker = [{**row, "opacity_n_pct": (row["opacity_n_pct"] or 0) + more} for row in pulled]
    if diesel.lug_down(pulled).outcome == "fail":
        assert diesel.lug_down(darker).outcome == "fail"


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.floats(0, 400))
def test_more_nitrogen_oxides_never_turn_a_fail_into_a_pass(diesel: Any, seed: int, more: float) -> None:
    rows = pulls(diesel, seed)
    if diesel.lug_down(rows).outcome == "fail":
        assert diesel.lug_down([{**row, "nox_ppm": (row["nox_ppm"] or 0) + more} for row in rows]).outcome == "fail"


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.data())
def test_no_part_of_a_test_passes(diesel: Any, seed: int, data: st.DataObject) -> None:
    rows = pulls(diesel, seed)
    assert diesel.lug_down(rows[: data.draw(st.integers(0, len(rows) - 1))]).outcome != "pass"
    puffed = diesel.snaps(30, 30, 30)
    assert diesel.smoke(puffed[: data.draw(st.integers(0, len(puffed) - 31))]).outcome == "invalid"


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_stricter_limit_set_never_passes_what_the_other_fails(diesel: Any, seed: int) -> None:
    if diesel.smoke(puffs(diesel, seed)).outcome == "fail":
        assert diesel.smoke(puffs(diesel, seed), limit_set="b").outcome == "fail"
    if diesel.lug_down(pulls(diesel, seed)).outcome == "fail":
        assert diesel.lug_down(pulls(diesel, seed), limit_set="b").outcome == "fail"


NAMES = ["speed_kmh", "force_n", "opacity_n_pct", "engine_rpm", "nox_ppm", "ambient_temp_c", "pressure_kpa", "snap_no"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), st.floats())), st.sampled_from([None, 1, 0]))
def test_no_numbers_whatever_upset_a_method(diesel: Any, rows: list[Values], start: int | None) -> None:
    for method in METHODS:
        trial = diesel.open_diesel(method)
        if start is not None:
            trial = diesel.open_diesel(method, start=trial.start_phases[start])
        for i, values in enumerate(rows):
            trial.push(LegalSecond(i * 1000, values))
        trial.end()
        assert trial.verdict().outcome in ("invalid", "fail")
