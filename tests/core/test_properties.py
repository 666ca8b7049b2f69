"""What must hold of every method, whatever befalls a trace: tried on random tests, each made from its number."""

import csv
import random
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.columns import Columns
from lanectl.core.formulas import air_ratio_lambda
from lanectl.core.methods import METHODS, Trial
from lanectl.core.second import LegalSecond, SecondMaker
from lanectl.core.verdict import Verdict
from tests.core.interpreted_core import installed_core
from tests.core.random_traces import RandomTest
from tests.core.same_bits import COURSES, make

Values = Mapping[str, float | None]
Worsen = Callable[[RandomTest, Values, float], dict[str, float | None]]
CORE = installed_core()
NUMBERS = st.integers(0, 2**31)
EVERY = pytest.mark.parametrize("method", METHODS)
CAREFULLY = settings(max_examples=40, deadline=None)


def played(test: RandomTest, seconds: Sequence[LegalSecond], limit_set: str | None = None) -> Verdict:
    """Judge these seconds as the test has it."""
    return ended(replace(test, limit_set=limit_set or test.limit_set).open(CORE), seconds)


def ended(trial: Trial, seconds: Sequence[LegalSecond]) -> Verdict:
    for second in seconds:
        trial.push(second)
    trial.end()
    verdict = trial.verdict()
    assert verdict is not None
    return verdict


def seconds_of(test: RandomTest) -> list[LegalSecond]:
    return list(test.legal_seconds(CORE))


def told(verdict: Verdict) -> str:
    """Return all that a verdict says; a NaN is a NaN."""
    return repr(verdict.as_json())


def test_every_method_has_random_tests_of_its_own() -> None:
    assert set(COURSES) == set(METHODS) == set(WORSE) == set(WHOLE)


@EVERY
def test_the_random_tests_end_in_every_way(method: str) -> None:
    ends = Counter(played(test, seconds_of(test)).outcome for test in (make(method, n) for n in range(120)))
    assert min(ends["pass"], ends["fail"], ends["invalid"]) >= 8, ends


# -- more pollutant never turns a fail into a pass, with DF, kH and lambda held


def number_in(values: Values, name: str) -> float | None:
    value = values.get(name)
    return value if value is not None and value - value == 0 else None


def more_of(*names: str) -> Worsen:
    """Return a way to put more of these channels into a second; what is missing stays missing."""

    def worsen(_: RandomTest, values: Values, more: float) -> dict[str, float | None]:
        return {name: value + more for name in names if (value := number_in(values, name)) is not None}

    return worsen


def more_co_with_df_held(test: RandomTest, values: Values, more: float) -> dict[str, float | None]:
    """Put more CO into a second and take so much CO2 out of it that the dilution factor stays: it hangs on
    a (CO2 + CO) + 1.88 CO2 alone.
    """
    co, co2 = number_in(values, "co_pct"), number_in(values, "co2_pct")
    if co is None or co2 is None:
        return {}
    fuel = str(test.course.vehicle["fuel"]).replace("hybrid", "petrol")
    a = figure(test, f"df_a_{fuel}")
    less = more * a / (a + 1.88)
    return {"co_pct": co + more, "co2_pct": co2 - less} if co2 > less else {}


def more_at_idle_with_lambda_held(name: str) -> Worsen:
    """Return a way to put more CO or HC into a second, with so much more O2 that lambda stays as it is."""

    def worsen(test: RandomTest, values: Values, more: float) -> dict[str, float | None]:
        if number_in(values, name) is None:
            return {}
        worse = {**values, name: (values[name] or 0.0) + more}
        before, after = lambda_of(test, values, 0.0), lambda_of(test, worse, 0.0)
        slope = lambda_of(test, worse, 1.0) - after
        o2 = number_in(values, "o2_pct")
        if o2 is None or not slope > 0.0 or before - before != 0.0:
            return {name: worse[name]}
        wanted = lambda_of(test, values, o2)
        return {name: worse[name], "o2_pct": (wanted - after) / slope}

    return worsen


def lambda_of(test: RandomTest, values: Values, o2_pct: float) -> float:
    fuel = str(test.course.vehicle["fuel"]).replace("hybrid", "petrol")
    co, co2, hc, no = (number_in(values, name) or 0.0 for name in ("co_pct", "co2_pct", "hc_ppm", "no_ppm"))
    hcv, ocv = (figure(test, f"lambda_{part}_{fuel}") for part in ("hcv", "ocv"))
    return air_ratio_lambda(co, co2, o2_pct, hc, no, hcv, ocv)


def figure(test: RandomTest, name: str) -> float:
    rules: Any = test.section["rules"]
    return float(rules[name]["value"])


def more_smoke_under_way(_: RandomTest, values: Values, more: float) -> dict[str, float | None]:
    """Put more smoke into a sample while the engine is up: at idle, more smoke makes a snap be repeated."""
    opacity, rpm = number_in(values, "opacity_n_pct"), number_in(values, "engine_rpm")
    return {"opacity_n_pct": opacity + more} if opacity is not None and rpm is not None and rpm > 1200.0 else {}


WORSE: dict[str, dict[str, tuple[Worsen, float]]] = {
    "asm": {
        "CO": (more_co_with_df_held, 2.0),
        "HC": (more_of("hc_ppm"), 300.0),
        "NO": (more_of("no_ppm"), 3000.0),
    },
    "two_speed_idle": {
        "CO": (more_at_idle_with_lambda_held("co_pct"), 1.0),
        "HC": (more_at_idle_with_lambda_held("hc_ppm"), 300.0),
    },
    "vmas": {
        "CO": (more_co_with_df_held, 2.0),
        "HC": (more_of("hc_ppm"), 300.0),
        "NOx": (more_of("nox_ppm", "no_ppm", "no2_ppm"), 3000.0),
    },
    "free_acceleration": {"smoke": (more_smoke_under_way, 40.0)},
    "lug_down": {"smoke": (more_of("opacity_n_pct"), 40.0), "NOx": (more_of("nox_ppm", "no_ppm", "no2_ppm"), 900.0)},
}
"""How more of each pollutant that a method judges gets into a second, and how much of it at most."""


def worse_seconds(test: RandomTest, worsen: Worsen, most: float, chance: random.Random) -> list[LegalSecond]:
    """Return the test with more of a pollutant in any of its seconds and samples, more here and less there."""
    share = chance.choice((0.2, 1.0))
    pour = [most * chance.random() ** 4 * (chance.random() < share) for _ in range(64)]

    def worse(values: Values, place: int) -> dict[str, float | None]:
        return {**values, **worsen(test, values, pour[place % 64])}

    return [
        LegalSecond(
            second.t_ms,
            worse(second.values, place),
            second.rows,
            tuple((t_ms, worse(values, t_ms // 100)) for t_ms, values in second.samples),
        )
        for place, second in enumerate(seconds_of(test))
    ]


@pytest.mark.parametrize(("method", "pollutant"), [(m, p) for m, found in WORSE.items() for p in found])
@CAREFULLY
@given(number=NUMBERS)
def test_more_pollutant_never_turns_a_fail_into_a_pass(method: str, pollutant: str, number: int) -> None:
    test, (worsen, most) = make(method, number), WORSE[method][pollutant]
    if played(test, seconds_of(test)).outcome == "fail":
        worse = worse_seconds(test, worsen, most, random.Random(number))
        assert played(test, worse).outcome != "pass"


# -- when a test was made changes nothing


@EVERY
@CAREFULLY
@given(number=NUMBERS, shift_ms=st.integers(-(10**12), 10**12))
def test_a_shift_of_all_times_changes_nothing(method: str, number: int, shift_ms: int) -> None:
    test = make(method, number)
    moved = [
        LegalSecond(s.t_ms + shift_ms, s.values, s.rows, tuple((t + shift_ms, values) for t, values in s.samples))
        for s in seconds_of(test)
    ]
    assert told(played(test, moved)) == told(played(test, seconds_of(test)))


# -- how a trace arrives changes nothing


@EVERY
@CAREFULLY
@given(
    number=NUMBERS, cuts=st.lists(st.integers(0, 400), max_size=6), fed=st.lists(st.booleans(), min_size=7, max_size=7)
)
def test_seconds_one_by_one_or_columns_in_any_parts_give_the_same(
    method: str, number: int, cuts: list[int], fed: list[bool]
) -> None:
    test = make(method, number)
    seconds, trial = seconds_of(test), test.open(CORE)
    places = sorted(min(cut, len(seconds)) for cut in cuts)
    for (first, last), whole in zip(zip([0, *places], [*places, len(seconds)], strict=True), fed, strict=False):
        if whole and last > first:
            trial.feed(*columns_of(seconds[first:last]))
        else:
            for second in seconds[first:last]:
                trial.push(second)
    assert told(ended(trial, ())) == told(played(test, seconds))


def columns_of(seconds: Sequence[LegalSecond]) -> tuple[Columns, Columns]:
    samples = [sample for second in seconds for sample in second.samples]
    frame = [(second.t_ms, second.values) for second in seconds]
    return columned(frame, [second.rows for second in seconds]), columned(samples, [1] * len(samples))


def columned(rows: Sequence[tuple[int, Values]], counts: Sequence[int]) -> Columns:
    names = dict.fromkeys(name for _, values in rows for name in values)
    nan = float("nan")
    made = {name: array("d", [nan if (v := row.get(name)) is None else v for _, row in rows]) for name in names}
    return Columns(array("q", [t_ms for t_ms, _ in rows]), array("i", counts), made)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "free_acceleration"])
@CAREFULLY
@given(number=NUMBERS, pace=st.integers(1, 10))
def test_the_same_values_sampled_faster_give_the_same(method: str, number: int, pace: int) -> None:
    test = make(method, number)
    begin = test.course.seconds.t_ms[0]
    rows = [(s.t_ms, s.values) for s in seconds_of(test) if s.rows and all(fits(v) for v in s.values.values())]
    slow = through_seconds(rows, begin)
    fast = through_seconds([(t + 1000 * i // pace, values) for t, values in rows for i in range(pace)], begin)
    assert told(played(test, fast)) == told(played(test, slow))


def through_seconds(rows: Sequence[tuple[int, Values]], begin_ms: int) -> list[LegalSecond]:
    maker = SecondMaker(begin_ms)
    return [second for t_ms, values in rows for second in maker.push(t_ms, values)] + maker.close()


def fits(value: float | None) -> bool:
    return value is None or (value - value == 0 and abs(value) < 9e5)


@CAREFULLY
@given(number=NUMBERS, size=st.integers(1, 40))
def test_how_samples_are_parted_into_seconds_does_not_move_a_peak(diesel: Any, number: int, size: int) -> None:
    chance = random.Random(number)
    peaks = [chance.uniform(36, 44) for _ in range(chance.randrange(3, 5))]
    rows = diesel.snaps(*peaks, numbered=chance.random() < 0.5)
    rows = [{**row, "opacity_n_pct": row["opacity_n_pct"] + chance.uniform(0, 0.5)} for row in rows]
    assert diesel.smoke(rows, chunk=size) == diesel.smoke(rows)


# -- what passes the stricter limits passes the others


@EVERY
@CAREFULLY
@given(number=NUMBERS)
def test_every_pass_under_b_passes_under_a(method: str, number: int) -> None:
    test = make(method, number)
    if played(test, seconds_of(test), "b").outcome == "pass":
        assert played(test, seconds_of(test), "a").outcome == "pass"


# -- nothing passes on an incomplete window


@EVERY
@CAREFULLY
@given(number=NUMBERS, end=st.integers(0, 10**6))
def test_a_trace_that_breaks_off_passes_only_what_was_decided_by_then(method: str, number: int, end: int) -> None:
    test = make(method, number)
    seconds = seconds_of(test)
    cut = end % (len(seconds) + 1)
    trial = test.open(CORE)
    for second in seconds[:cut]:
        trial.push(second)
    decided = trial.status().decided
    broken = ended(trial, ())
    if decided:
        assert told(broken) == told(played(test, seconds))
    elif not has_numbered_snaps(seconds):  # of these the last three whole ones count, whenever the trace ends
        assert broken.outcome != "pass"


def has_numbered_snaps(seconds: Sequence[LegalSecond]) -> bool:
    return any(values.get("snap_no") is not None for second in seconds for _, values in second.samples)


def asm_whole(bench: Any) -> list[Values]:
    rows: list[Values] = bench.at_25(20, hc_ppm=30.0, co_pct=0.1, no_ppm=200.0)
    return rows


def two_speed_whole(bench: Any) -> list[Values]:
    rows: list[Values] = bench.high_idle(45) + bench.idle(45)
    return rows


def cycle_whole(_: Any) -> Sequence[Values]:
    example = Path(__file__).parents[2] / "docs" / "examples" / "vmas.csv"
    with example.open(encoding="utf-8", newline="") as stream:
        return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(stream)][:195]


def lug_whole(diesel: Any) -> list[Values]:
    rows: list[Values] = diesel.lug()
    return rows


def puffs_whole(diesel: Any) -> list[Values]:
    rows: list[Values] = diesel.snaps(30.0, 30.0, 30.0)
    return rows


WHOLE: dict[str, tuple[Callable[[Any], Sequence[Values]], tuple[tuple[int, int], ...], tuple[str, ...]]] = {
    "asm": (asm_whole, ((10, 20),), ("co_pct", "hc_ppm", "no_ppm", "co2_pct", "speed_kmh", "humidity_pct")),
    "two_speed_idle": (two_speed_whole, ((15, 45), (60, 90)), ("co_pct", "hc_ppm", "co2_pct")),
    "vmas": (cycle_whole, ((0, 195),), ("co_pct", "hc_ppm", "no_ppm", "co2_pct", "o2_pct", "flow_l_s", "speed_kmh")),
    "free_acceleration": (puffs_whole, ((70, 114), (214, 258), (358, 402)), ("opacity_n_pct",)),
    "lug_down": (lug_whole, ((25, 34), (37, 46)), ("opacity_n_pct", "speed_kmh", "force_n")),
}
"""A test that is just long enough to pass, the rows of its windows, and the channels that each of them needs."""


@EVERY
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_nothing_passes_whose_window_has_a_hole(bench: Any, diesel: Any, method: str, data: st.DataObject) -> None:
    shape, windows, channels = WHOLE[method]
    first, last = data.draw(st.sampled_from(windows))
    hole = data.draw(st.integers(first, last - 1))
    channel = data.draw(st.sampled_from([None, *channels]))
    of_diesel = method in ("free_acceleration", "lug_down")
    rows = shape(diesel if of_diesel else bench)
    assert outcome_of(bench, diesel, method, rows) == "pass"
    # Smoke comes ten times a second, and may be missing for three tenths.
    length = min(5, last - hole) if method == "free_acceleration" else 1
    if length < 5 and method == "free_acceleration":
        hole, length = last - 5, 5
    holed: list[Values | None] = list(rows)
    for place in range(hole, hole + length):
        holed[place] = None if channel is None else {**rows[place], channel: None}
    assert outcome_of(bench, diesel, method, holed) != "pass"
    assert outcome_of(bench, diesel, method, rows[:hole]) != "pass"


def outcome_of(bench: Any, diesel: Any, method: str, rows: Sequence[Values | None]) -> str:
    if method == "free_acceleration":
        return str(diesel.smoke(rows).outcome)
    if method == "lug_down":
        return str(diesel.lug_down(rows).outcome)
    return str(bench.run(rows, method=method).outcome)


# -- no numbers whatever upset a method


NAMES = (
    "speed_kmh", "force_n", "co_pct", "co2_pct", "o2_pct", "hc_ppm", "no_ppm", "nox_ppm", "engine_rpm", "opacity_n_pct",
    "snap_no", "ambient_temp_c", "humidity_pct", "pressure_kpa", "flow_l_s", "dilute_o2_pct", "ambient_o2_pct",
    "low_flow",
)  # fmt: skip


@EVERY
@CAREFULLY
@given(
    number=NUMBERS,
    rows=st.lists(st.dictionaries(st.sampled_from(NAMES), st.floats()), max_size=30),
    paces_ms=st.integers(0, 5000),
)
def test_no_numbers_whatever_upset_a_method(
    method: str, number: int, rows: list[dict[str, float | None]], paces_ms: int
) -> None:
    test = make(method, number)
    seconds = [LegalSecond(i * paces_ms, row, samples=((i * paces_ms, row),)) for i, row in enumerate(rows)]
    assert played(test, seconds).outcome in ("pass", "fail", "invalid")
