"""What holds of VMAS whatever is driven: time, chunks, more of a pollutant, stricter limits, missing seconds."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.methods import open_trial
from lanectl.core.second import LegalSecond, SecondMaker
from lanectl.core.verdict import Verdict
from lanectl.core.vmas_trial import DELAYS, NEEDS
from tests.core.interpreted_core import Core, compiled_core, interpreted_core
from tests.core.same_bits import make, told
from tests.core.traces_vmas import vmas

Values = dict[str, float | None]
DELAYED_TESTS = 60
SEEDS = st.integers(0, 10**6)


@pytest.fixture(scope="module")
def section(limits: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(limits["vmas"])


def trace(seed: int) -> tuple[Mapping[str, object], str | None, list[Values]]:
    course = vmas(random.Random(seed))
    return course.vehicle, course.start, course.seconds.values()


def judge(section: Mapping[str, Any], seed: int, rows: Sequence[Values] | None = None, limit_set: str = "a") -> Verdict:
    vehicle, start, own = trace(seed)
    trial = open_trial("vmas", vehicle, section, limit_set, start)
    for second, values in enumerate(own if rows is None else rows):
        trial.push(LegalSecond(second * 1000, values))
    trial.end()
    verdict = trial.verdict()
    assert verdict is not None
    return verdict


def through_seconds(section: Mapping[str, Any], seed: int, t0_ms: int, pace: int) -> Verdict:
    vehicle, start, rows = trace(seed)
    trial, maker = open_trial("vmas", vehicle, section, "a", start), SecondMaker(t0_ms)
    for second, values in enumerate(rows):
        for part in range(pace):
            for whole in maker.push(t0_ms + second * 1000 + 1000 * part // pace, values):
                trial.push(whole)
    for whole in maker.close():
        trial.push(whole)
    trial.end()
    verdict = trial.verdict()
    assert verdict is not None
    return verdict


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(-(10**12), 10**12), st.integers(1, 4))
def test_neither_a_shift_of_all_times_nor_a_faster_pace_changes_anything(
    section: Mapping[str, Any], seed: int, shift: int, pace: int
) -> None:
    assert through_seconds(section, seed, shift, pace) == through_seconds(section, seed, 0, 1)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.floats(0, 4000), st.sampled_from(["hc_ppm", "nox_ppm", "no_ppm"]))
def test_more_pollutant_never_turns_a_fail_into_a_pass(
    section: Mapping[str, Any], seed: int, more: float, name: str
) -> None:
    # HC and NOx enter neither DF nor kH nor K, so that the corrections stay as they are.
    rows = trace(seed)[2]
    worse = [{**row, name: None if row[name] is None else (row[name] or 0.0) + more} for row in rows]
    if judge(section, seed).outcome == "fail":
        assert judge(section, seed, worse).outcome != "pass"


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_every_pass_under_b_passes_under_a(section: Mapping[str, Any], seed: int) -> None:
    if judge(section, seed, limit_set="b").outcome == "pass":
        assert judge(section, seed).outcome == "pass"


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(0, 194), st.sampled_from(NEEDS), st.booleans())
def test_no_trace_with_a_hole_in_its_cycle_is_judged(
    section: Mapping[str, Any], seed: int, hole: int, name: str, whole_second: bool
) -> None:
    vehicle, start, rows = trace(seed)
    place = hole + (40 if start == "idle" else 0)
    if place < len(rows) and not (name == "hc_ppm" and vehicle["fuel"] == "cng" and not whole_second):
        hidden = list(rows[place]) if whole_second else ["no_ppm", "no2_ppm", name] if name == "nox_ppm" else [name]
        rows[place] = {**rows[place], **dict.fromkeys(hidden)}
        assert judge(section, seed, rows).outcome == "invalid"


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(0, 194))
def test_no_trace_that_ends_within_its_cycle_is_judged(section: Mapping[str, Any], seed: int, length: int) -> None:
    assert judge(section, seed, trace(seed)[2][:length]).outcome == "invalid"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([*NEEDS, "engine_rpm", "low_flow"]), st.floats()), max_size=8))
def test_no_numbers_whatever_upset_it(section: Mapping[str, Any], rows: list[Values]) -> None:
    assert judge(section, 1, rows).outcome == "invalid"


@pytest.fixture(scope="module")
def cores() -> tuple[Core, Core]:
    return interpreted_core(), compiled_core()


def test_delayed_readings_give_the_same_bits_interpreted_and_compiled(cores: tuple[Core, Core]) -> None:
    ends: Counter[str] = Counter()
    for seed in range(DELAYED_TESTS):
        chance, plain = random.Random(seed), make("vmas", seed)
        rules: dict[str, Any] = dict(plain.section["rules"])  # type: ignore[call-overload]  # a table of the limits data
        for name in DELAYS:
            rules[name] = {**rules[name], "value": chance.choice([0, 1, 3, 8, 15])}
        test = replace(plain, section={**plain.section, "rules": rules})
        interpreted, compiled = (told(core, test) for core in cores)
        assert interpreted == compiled, seed
        ends[compiled.outcome] += 1
    assert set(ends) == {"pass", "fail", "invalid"}
