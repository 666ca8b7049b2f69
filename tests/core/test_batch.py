"""Many tests in one loop give what each gives alone: in both cores, whole or in parts, side by side in threads."""

import sys
import threading
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from lanectl.core import asm_verdict, batch
from lanectl.core.asm_batch import AsmBatch, judge_many
from lanectl.core.asm_law import AsmLaw
from lanectl.core.columns import Columns
from lanectl.core.trial import VehicleFactMissing
from lanectl.core.verdict import Verdict
from tests.core.interpreted_core import Core, compiled_core, installed_core, interpreted_core
from tests.core.random_traces import RandomTest
from tests.core.same_bits import LIMITS, make

STARTS = ("asm5025", "asm5025_hold", "asm2540_hold", "asm2540")
TESTS = 240
SECTION: Any = LIMITS["asm"]


@pytest.fixture(scope="module")
def compiled() -> Core:
    return compiled_core()


@pytest.fixture(scope="module")
def installed() -> Core:
    return installed_core()


@pytest.fixture(scope="module")
def tests() -> list[RandomTest]:
    return [make("asm", seed) for seed in range(TESTS)]


@pytest.mark.parametrize("start", STARTS)
def test_every_verdict_is_the_one_that_a_trial_gives(installed: Core, tests: list[RandomTest], start: str) -> None:
    chosen = tests[STARTS.index(start) :: 2]
    found = judge_many(vehicles(chosen), traces(installed, chosen), SECTION, "b", start)
    assert [str(verdict.as_json()) for verdict in found] == [
        str(alone(installed, test, start, "b").as_json()) for test in chosen
    ]
    assert {verdict.outcome for verdict in found} == {"pass", "fail", "invalid"}


def test_where_no_start_is_named_tests_begin_where_a_trial_does(installed: Core, tests: list[RandomTest]) -> None:
    chosen = tests[:30]
    found = judge_many(vehicles(chosen), traces(installed, chosen), SECTION, "a")
    assert found == judge_many(vehicles(chosen), traces(installed, chosen), SECTION, "a", "asm5025")
    assert found != judge_many(vehicles(chosen), traces(installed, chosen), SECTION, "a", "asm2540")


def test_both_cores_tell_the_same_of_every_test(compiled: Core, tests: list[RandomTest]) -> None:
    both = []
    for core in (compiled, interpreted_core()):
        law = core["asm_law"].AsmLaw({"fuel": "petrol"}, SECTION, "a")
        made = core["asm_batch"].AsmBatch(law, "asm5025", masses(tests), traces(core, tests))
        made.judge()
        both.append([list(made.told(test)) for test in range(len(made))])
    assert both[0] == both[1]


def test_parts_in_any_order_give_the_whole(installed: Core, tests: list[RandomTest]) -> None:
    whole, parts = two_alike(installed, tests)
    whole.judge()
    for first, end in ((200, TESTS), (0, 1), (1, 120), (120, 200)):
        parts.judge(first, end)
    assert told(parts) == told(whole)


def test_threads_may_judge_a_part_each(installed: Core, tests: list[RandomTest]) -> None:
    whole, parts = two_alike(installed, tests)
    whole.judge()
    threads = [threading.Thread(target=parts.judge, args=(first, first + 60)) for first in range(0, TESTS, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(parts) == told(whole)


def test_the_loop_lets_other_threads_run(compiled: Core, tests: list[RandomTest]) -> None:
    """With the interpreter's lock kept, this thread would find either no test judged or all of them."""
    waiting = sys.getswitchinterval()
    sys.setswitchinterval(60.0)  # nobody is asked to give the lock away: who has it must let go of it
    try:
        assert any(seen_half_way(compiled, tests) for _ in range(30))
    finally:
        sys.setswitchinterval(waiting)


def test_a_judged_test_may_be_judged_again(installed: Core, tests: list[RandomTest]) -> None:
    once, twice = two_alike(installed, tests)
    once.judge()
    twice.judge()
    twice.judge(50, 90)
    assert told(twice) == told(once)


def test_a_trace_without_a_second_is_incomplete() -> None:
    found = judge_many([{"fuel": "petrol", "reference_mass_kg": 1480.0}], [Columns()], SECTION, "a")
    assert [(verdict.outcome, verdict.reasons) for verdict in found] == [("invalid", ("incomplete",))]


@pytest.mark.parametrize(("first", "end"), [(-1, 1), (0, TESTS + 1), (2, 1)])
def test_tests_that_are_not_there_are_refused_before_the_loop(
    compiled: Core, tests: list[RandomTest], first: int, end: int
) -> None:
    whole, _ = two_alike(compiled, tests)
    with pytest.raises(IndexError, match="tests"):
        whole.judge(first, end)


def test_no_test_at_all_has_no_verdict() -> None:
    assert judge_many([], [], SECTION, "a") == []


def test_a_vehicle_without_a_mass_is_refused() -> None:
    with pytest.raises(VehicleFactMissing, match="reference_mass_kg"):
        judge_many([{"fuel": "petrol"}], [Columns()], SECTION, "a")


def test_the_loop_and_the_verdict_count_the_same_numbers(compiled: Core) -> None:
    machine = AsmLaw({"fuel": "petrol"}, SECTION, "a").machine(0)
    numbers = array("q", [-1] * (asm_verdict.TOLD + 1))
    machine.tell(numbers, 0)
    assert -1 not in numbers[:-1]
    assert numbers[-1] == -1
    assert interpreted_core()["batch"].TOLD == asm_verdict.TOLD
    assert str(batch.__file__).endswith(".so")


def test_interpreted_the_loop_needs_no_compiler(monkeypatch: pytest.MonkeyPatch, tests: list[RandomTest]) -> None:
    monkeypatch.setitem(sys.modules, "cython", None)  # as if it were not installed
    core = interpreted_core()
    found = core["asm_batch"].judge_many(vehicles(tests[:3]), traces(core, tests[:3]), SECTION, "a")
    assert [verdict.outcome for verdict in found] == [alone(core, test, "asm5025", "a").outcome for test in tests[:3]]


def seen_half_way(core: Core, tests: Sequence[RandomTest]) -> bool:
    """Tell whether this thread ran while another was judging: the first test was told of, the last was not."""
    made = AsmBatch(AsmLaw({"fuel": "petrol"}, SECTION, "a"), "asm5025", masses(tests) * 20, traces(core, tests) * 20)
    last = len(made) - 1
    thread = threading.Thread(target=made.judge)
    thread.start()
    seen = any(made.told(0)[0] and not made.told(last)[0] for _ in until_over(thread))
    thread.join()
    return seen


def until_over(thread: threading.Thread) -> Iterator[None]:
    while thread.is_alive():
        yield
        thread.join(0.0001)  # lets go of the lock


def two_alike(core: Core, tests: Sequence[RandomTest]) -> tuple[AsmBatch, AsmBatch]:
    law = AsmLaw({"fuel": "petrol"}, SECTION, "a")
    one, other = (AsmBatch(law, "asm5025", masses(tests), traces(core, tests)) for _ in range(2))
    return one, other


def told(made: AsmBatch) -> list[list[int]]:
    return [list(made.told(test)) for test in range(len(made))]


def traces(core: Core, tests: Sequence[RandomTest]) -> list[Columns]:
    return [test.columns(core)[0] for test in tests]


def vehicles(tests: Sequence[RandomTest]) -> list[Any]:
    return [test.course.vehicle for test in tests]


def masses(tests: Sequence[RandomTest]) -> list[float]:
    return [vehicle["reference_mass_kg"] for vehicle in vehicles(tests)]


def alone(core: Core, test: RandomTest, start: str, limit_set: str) -> Verdict:
    trial = core["methods"].open_trial("asm", test.course.vehicle, SECTION, limit_set, start)
    for second in test.legal_seconds(core):
        trial.push(second)
    trial.end()
    verdict: Verdict = trial.verdict()
    return verdict
