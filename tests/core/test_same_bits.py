"""The interpreted and the compiled core must give the same bits, whatever the trace holds."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core import same_bits
from tests.core.interpreted_core import Core, all_names, compiled_core, compiled_names, interpreted_core
from tests.core.same_bits import (
    COURSES,
    Told,
    arguments,
    bits,
    fed,
    first_difference,
    formulas,
    make,
    seconds_told,
    told,
)

TRACES = 10_000 if os.environ.get("FULL") == "1" else 2_000
ROUNDS = 3_000
AT_ONCE = 250
LOOKED_AT = 400
LEAST_OF_EACH_END = 20
LEAST_REASONS = {"asm": 16, "two_speed_idle": 20, "free_acceleration": 25, "lug_down": 28, "vmas": 22}
"""How many different reasons the first random tests of a method must lead to: else they no longer try it."""


@pytest.fixture(scope="module")
def interpreted() -> Core:
    return interpreted_core()


@pytest.fixture(scope="module")
def compiled() -> Core:
    return compiled_core()


@pytest.fixture(scope="module")
def looked_at() -> dict[tuple[str, int], Told]:
    """Return what the first random tests of each method came to, as far as they have been played."""
    return {}


def test_both_cores_are_what_they_are_called(interpreted: Core, compiled: Core) -> None:
    assert {Path(str(module.__file__)).suffix for module in interpreted.values()} == {".py"}
    assert {Path(str(compiled[name].__file__)).suffix for name in compiled_names()} == {".so"}
    assert not set(map(id, interpreted.values())) & set(map(id, compiled.values()))
    assert {"asm", "formulas"} < {*compiled_names()} < {*all_names()}


def test_the_interpreted_core_knows_only_its_own_modules(interpreted: Core) -> None:
    for name, module in interpreted.items():
        for value in vars(module).values():
            home = getattr(value, "__module__", None)
            if isinstance(value, type) and isinstance(home, str) and home.startswith("lanectl.core."):
                own = getattr(interpreted[home.removeprefix("lanectl.core.")], value.__name__)
                assert value is own, f"{name} uses {value.__name__} of the other core"


def test_the_interpreted_core_needs_no_compiler_at_run_time(interpreted: Core) -> None:
    interpreted["selftest"].known_answers()
    assert "cython" not in {name.lower() for module in interpreted.values() for name in vars(module)}


def test_every_method_has_random_tests(compiled: Core) -> None:
    assert set(COURSES) == set(compiled["methods"].METHODS) == set(LEAST_REASONS)


@pytest.mark.parametrize(("module", "name", "types"), [(m, n, t) for m, found in formulas().items() for n, t in found])
def test_a_formula_gives_the_same_bits(
    interpreted: Core, compiled: Core, module: str, name: str, types: list[str]
) -> None:
    chance = random.Random(f"{module}.{name}")
    one, other = getattr(interpreted[module], name), getattr(compiled[module], name)
    for _ in range(ROUNDS):
        given = arguments(chance, name, types)
        assert bits(one(*given)) == bits(other(*given)), given


def test_legal_seconds_have_the_same_bits(interpreted: Core, compiled: Core) -> None:
    for seed in range(TRACES):
        assert seconds_told(interpreted, seed) == seconds_told(compiled, seed), seed


@pytest.mark.parametrize("method", COURSES)
@pytest.mark.parametrize("first", range(0, TRACES, AT_ONCE))
def test_whole_tests_give_the_same_bits(
    interpreted: Core, compiled: Core, looked_at: dict[tuple[str, int], Told], method: str, first: int
) -> None:
    for seed in range(first, first + AT_ONCE):
        test = make(method, seed)
        found = told(compiled, test)
        if seed < LOOKED_AT:
            looked_at[method, seed] = found
        assert told(interpreted, test).digest == found.digest, first_difference(interpreted, compiled, test)
        if not test.has_nan:
            assert fed(compiled, test) == found.verdict, f"{method} {seed}: pushed and fed are not the same"


@pytest.mark.parametrize("method", COURSES)
def test_the_random_tests_reach_every_kind_of_end_for_many_reasons(
    compiled: Core, looked_at: dict[tuple[str, int], Told], method: str
) -> None:
    found = [looked_at.get((method, seed)) or told(compiled, make(method, seed)) for seed in range(LOOKED_AT)]
    ends = Counter(one.outcome for one in found)
    assert set(ends) == {"pass", "fail", "invalid"}
    assert min(ends.values()) >= LEAST_OF_EACH_END, ends
    reasons = Counter(reason for one in found for reason in one.reasons)
    assert len(reasons) >= LEAST_REASONS[method], reasons


def test_a_difference_is_told_by_method_number_and_second(compiled: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    test, plain, cores = make("asm", 0), same_bits.played, iter((False, True))

    def played(*given: Any) -> Iterator[tuple[object, ...]]:
        differs = next(cores)
        for second, status in enumerate(plain(*given)):
            yield (*status, "other") if differs and second >= 7 else status

    monkeypatch.setattr(same_bits, "played", played)
    assert first_difference(compiled, compiled, test).startswith("asm 0: after second 7 (")
