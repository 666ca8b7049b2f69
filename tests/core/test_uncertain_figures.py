"""Which figures a verdict names as uncertain, in every method: those marked [C] that it stands on, and no others."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from lanectl.core.verdict import Verdict
from tests.core.conftest import Bench, DieselBench
from tests.core.vmas_rollers import Rollers, shortened

Limits = Mapping[str, Any]
JUDGES: dict[str, Callable[..., Verdict]] = {
    "asm": lambda limits, **how: _petrol(limits, "asm", **how),
    "two_speed_idle": lambda limits, **how: _petrol(limits, "two_speed_idle", **how),
    "vmas": lambda limits, **how: _vmas(limits, **how),
    "free_acceleration": lambda limits, **how: _smoke(limits, **how),
    "lug_down": lambda limits, **how: _lug_down(limits, **how),
}


def _petrol(limits: Limits, method: str, broken_off: bool = False, **how: Any) -> Verdict:
    bench = Bench(dict(limits))
    clean = {"hc_ppm": 20.0, "co_pct": 0.1, "no_ppm": 50.0}
    rows = bench.at_25(90, **clean) if method == "asm" else bench.high_idle(45) + bench.idle(45)
    return bench.run(rows[: 8 if broken_off else None], method=method, **how)


def _vmas(limits: Limits, broken_off: bool = False, **how: Any) -> Verdict:
    rollers = Rollers(shortened(limits["vmas"]))
    return rollers.judge(rollers.drive()[: 8 if broken_off else None], **how)


def _smoke(limits: Limits, broken_off: bool = False, **how: Any) -> Verdict:
    diesel = DieselBench(dict(limits))
    return diesel.smoke(diesel.snaps(30.0, 30.0, 30.0)[: 150 if broken_off else None], **how)


def _lug_down(limits: Limits, broken_off: bool = False, **how: Any) -> Verdict:
    diesel = DieselBench(dict(limits))
    return diesel.lug_down(diesel.lug()[: 30 if broken_off else None], **how)


def _marked(limits: Limits, method: str, mark: str) -> dict[str, Any]:
    """Return limits whose every figure of a method has this mark."""
    section = copy.deepcopy(limits[method])
    for table in (section["rules"], *section["sets"].values()):
        for entry in table.values():
            entry["conf"] = mark
    return {**limits, method: section}


def _sets(verdict: Verdict) -> list[str]:
    return [one.figure for one in verdict.uncertain if ".sets." in one.figure]


@pytest.mark.parametrize("method", JUDGES)
def test_a_test_judged_by_an_uncertain_set_names_it_and_one_that_was_not_judged_does_not(
    limits: Limits, method: str
) -> None:
    judged, broken_off = (JUDGES[method](limits, limit_set="b", broken_off=early) for early in (False, True))
    assert (judged.outcome == "invalid", _sets(judged)) == (False, [f"{method}.sets.b"])
    assert (broken_off.outcome, _sets(broken_off)) == ("invalid", [])


@pytest.mark.parametrize("method", JUDGES)
def test_a_certain_set_is_never_named(limits: Limits, method: str) -> None:
    for broken_off in (False, True):
        assert _sets(JUDGES[method](limits, limit_set="a", broken_off=broken_off)) == []


@pytest.mark.parametrize("method", JUDGES)
def test_where_no_figure_is_marked_none_is_uncertain(limits: Limits, method: str) -> None:
    for limit_set in "ab":
        verdict = JUDGES[method](_marked(limits, method, "A"), limit_set=limit_set)
        assert [one for one in verdict.uncertain if ".load." not in one.figure] == []


@pytest.mark.parametrize("method", JUDGES)
def test_what_a_test_did_not_come_to_is_not_named_however_uncertain(limits: Limits, method: str) -> None:
    """With every figure marked, a test broken off early names fewer of them than one that was judged."""
    marked = _marked(limits, method, "C")
    judged, broken_off = (
        {one.figure for one in JUDGES[method](marked, broken_off=early).uncertain} for early in (False, True)
    )
    assert f"{method}.rules.compare" in judged - broken_off
    assert broken_off < judged
