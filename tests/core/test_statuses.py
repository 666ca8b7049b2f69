"""What a status says while a random test goes on, whatever befalls it."""

import pytest

from tests.core.interpreted_core import Core, installed_core
from tests.core.same_bits import COURSES, make

SEEDS = range(40)


@pytest.fixture(scope="module")
def installed() -> Core:
    return installed_core()


@pytest.mark.parametrize("method", COURSES)
def test_time_is_never_negative_and_none_remains_after_the_decision(installed: Core, method: str) -> None:
    decided = 0
    for seed in SEEDS:
        test = make(method, seed)
        trial = test.open(installed)
        for second in test.legal_seconds(installed):
            status = trial.push(second)
            assert status.elapsed_s >= 0
            assert status.restarts >= 0
            if status.decided:
                decided += 1
                assert status.remaining_s in (0, None)
                assert status.phase == "done" or method == "vmas"
                break
            assert status.remaining_s is None or status.remaining_s >= 0
    assert decided > len(SEEDS) / 4


@pytest.mark.parametrize("method", COURSES)
def test_restarts_and_the_decision_are_never_taken_back(installed: Core, method: str) -> None:
    for seed in SEEDS:
        test = make(method, seed)
        trial, restarts, decided = test.open(installed), 0, False
        for second in test.legal_seconds(installed):
            status = trial.push(second)
            assert status.restarts >= restarts
            assert status.decided or not decided
            restarts, decided = status.restarts, status.decided
        before = trial.verdict()
        trial.end()
        assert trial.verdict() is not None
        assert before is None or trial.verdict() == before
