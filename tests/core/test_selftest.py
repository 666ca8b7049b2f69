"""The self-test at start must notice a core that was damaged."""

from collections.abc import Callable

import pytest

from lanectl.core import selftest
from lanectl.core.selftest import CoreDamaged, known_answers
from lanectl.core.verdict import PASS, Verdict


def test_the_core_as_it_is_gives_all_known_answers() -> None:
    known_answers()


@pytest.mark.parametrize("name", [name for name, _, _ in selftest.FORMULAS])
def test_a_formula_that_is_off_by_little_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def off(ask: Callable[[], float]) -> Callable[[], float]:
        return lambda: ask() * (1.0 + 1e-6)

    damaged = [(one, off(ask) if one == name else ask, answer) for one, ask, answer in selftest.FORMULAS]
    monkeypatch.setattr(selftest, "FORMULAS", damaged)
    with pytest.raises(CoreDamaged, match=name):
        known_answers()


@pytest.mark.parametrize("outcome", ["fail", PASS])
def test_a_method_that_decides_otherwise_is_named(outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told pass for another reason than known, or fail: the first small test notices either."""
    monkeypatch.setattr(selftest, "_small_test", lambda *_: Verdict(outcome, "asm", "a", {}))
    with pytest.raises(CoreDamaged, match=f"quick check: {outcome}"):
        known_answers()
