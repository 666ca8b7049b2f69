"""The frozen result of a check: it cannot be without nominals, cannot lie, and forgives only what binary numbers do."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.equipment.result import AT_LEAST, AT_MOST, CheckResult, NominalsMissing, Quantity, Tolerance, compared
from lanectl.core.equipment.sheet import Findings, Sheet, judge
from lanectl.core.figures import LimitsMissing

NUMBERS = st.floats(-1e6, 1e6)


def test_a_result_without_a_nominal_value_is_refused() -> None:
    with pytest.raises(NominalsMissing, match="no quantity"):
        CheckResult("leak", ())
    for nothing in (math.nan, math.inf, -math.inf):
        with pytest.raises(NominalsMissing) as refused:
            compared("speed_kmh", nothing, 25.0)
        assert refused.value.quantity == "speed_kmh"


def test_a_result_cannot_be_told_that_it_is_good() -> None:
    off = compared("speed_kmh", 25.0, 25.3, Tolerance(absolute=0.2))
    with pytest.raises((AttributeError, TypeError)):
        off.ok = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        CheckResult("speed", (off,), ok=True)  # type: ignore[call-arg]
    assert not CheckResult("speed", (off,)).ok


def test_a_quantity_stands_once_in_a_result() -> None:
    twice = compared("speed_kmh", 25.0, 25.0)
    with pytest.raises(ValueError, match="twice"):
        CheckResult("speed", (twice, twice))


def test_a_missing_value_is_none_with_a_reason_and_never_holds() -> None:
    for measured, why in ((None, "no_reading"), (math.nan, "no_number"), (math.inf, "no_number")):
        quantity = compared("o2_pct", 0.0, measured, Tolerance(absolute=1e300))
        assert (quantity.measured, quantity.error, quantity.relative_error) == (None, None, None)
        assert (quantity.why, quantity.ok) == (why, False)
    with pytest.raises(ValueError, match="None"):
        Quantity("o2_pct", 20.8, math.nan)


def test_the_larger_of_absolute_and_relative_tolerance_holds() -> None:
    both = Tolerance(absolute=0.02, relative=0.03)
    assert (both.around(0.5), both.around(5.0), both.around(-5.0)) == (0.02, 0.15, 0.15)
    assert Tolerance(relative=0.03).around(100.0) == 3.0
    assert Tolerance().around(100.0) == 0.0


def test_a_value_exactly_on_its_tolerance_holds_in_spite_of_binary_numbers() -> None:
    assert 0.55 - 0.53 > 0.02
    assert compared("co_pct", 0.55, 0.53, Tolerance(absolute=0.02)).ok
    assert not compared("co_pct", 0.55, 0.5299, Tolerance(absolute=0.02)).ok
    assert compared("t", 0.3, 0.1 + 0.2, kind=AT_MOST).ok
    assert compared("t", 0.1 + 0.2, 0.3, kind=AT_LEAST).ok


@settings(max_examples=30)
@given(NUMBERS, NUMBERS, st.floats(0, 100))
def test_error_and_verdict_follow_from_the_figures(nominal: float, measured: float, tolerance: float) -> None:
    quantity = compared("x", nominal, measured, Tolerance(absolute=tolerance))
    assert quantity.error == measured - nominal
    assert quantity.allowed == tolerance
    assert compared("x", nominal, nominal, Tolerance()).ok
    if abs(measured - nominal) > tolerance + 1e-2:
        assert not quantity.ok
    if abs(measured - nominal) <= tolerance:
        assert quantity.ok


@settings(max_examples=30)
@given(NUMBERS, NUMBERS)
def test_a_limit_holds_on_its_own_side(limit: float, measured: float) -> None:
    most, least = compared("x", limit, measured, kind=AT_MOST), compared("x", limit, measured, kind=AT_LEAST)
    assert most.ok or least.ok
    if abs(limit - measured) > 1e-2:
        assert (most.ok, least.ok) == (measured < limit, measured > limit)
    assert most.allowed is None


def test_the_relative_error_has_no_value_at_zero() -> None:
    assert compared("x", 0.0, 1.0).relative_error is None
    assert compared("x", -2.0, -1.0).relative_error == 0.5


def test_a_result_tells_all_that_was_compared(equipment: dict[str, Any]) -> None:
    def find(sheet: Sheet) -> Findings:
        good = compared("speed_kmh", 25.0, 25.1, sheet.tolerance("speed"))
        return Findings((good, compared("power_kw", 4.0, None, sheet.tolerance("power"))), "off", values={"n": 1.0})

    result = judge("some", Sheet.of(equipment, "dynamometer"), find)
    told = json.loads(json.dumps(result.as_json()))
    assert (told["check"], told["ok"], told["code"], told["reasons"]) == ("some", False, "no_reading", ["no_reading"])
    assert told["nominal"] == {"speed_kmh": 25.0, "power_kw": 4.0}
    assert told["measured"] == {"speed_kmh": 25.1, "power_kw": None}
    assert told["quantities"][1] == {
        "quantity": "power_kw", "kind": "within", "nominal": 4.0, "measured": None, "why": "no_reading", "error": None,
        "relative_error": None, "tolerance": {"absolute": 0.2, "relative": 0.02}, "allowed": 0.2, "ok": False,
    }  # fmt: skip
    assert (told["values"], told["uncertain"], told["notes"]) == ({"n": 1.0}, [], [])
    assert result.quantity("speed_kmh").ok
    with pytest.raises(KeyError):
        result.quantity("force_n")


def test_reasons_are_told_once_each_what_is_missing_before_what_is_off() -> None:
    off, missing = compared("a", 1.0, 2.0), compared("b", 1.0, None)
    again = compared("c", 1.0, 3.0)
    found = Findings((off, missing, again), "off", ("given",))
    assert found.all_reasons() == ("given", "no_reading", "off")


SHEET = {
    "plain": {"value": 2, "conf": "B"},
    "doubtful": {"value": 1.0, "conf": "C", "readings": [1.0, 0.1]},
    "settled": {"value": 1.0, "conf": "A", "readings": [1.0, 3.0]},
    "unread": {"value": 9.0, "conf": "C"},
}


def test_a_result_names_the_uncertain_figures_and_whether_another_reading_decides() -> None:
    def find(sheet: Sheet) -> Findings:
        width = min(sheet.number("doubtful"), sheet.number("settled")) * sheet.number("plain")
        return Findings((compared("x", 0.0, 1.0, Tolerance(absolute=width)),), "off")

    result = judge("some", Sheet("here", SHEET), find)
    assert result.ok
    assert [(one.figure, one.decisive) for one in result.uncertain] == [
        ("here.doubtful", True),
        ("here.settled", False),
    ]


def test_a_reading_that_gives_no_nominal_value_decides_nothing() -> None:
    def find(sheet: Sheet) -> Findings:
        nominal = math.nan if sheet.number("doubtful") == 0.1 else 1.0
        return Findings((compared("x", nominal, 1.0),), "off")

    result = judge("some", Sheet("here", SHEET), find)
    assert [(one.figure, one.decisive) for one in result.uncertain] == [("here.doubtful", False)]


@pytest.mark.parametrize(
    ("ask", "entry"),
    [
        (lambda sheet: sheet.number("x"), None),
        (lambda sheet: sheet.number("x"), 3.0),
        (lambda sheet: sheet.number("x"), {"value": "3"}),
        (lambda sheet: sheet.number("x"), {"value": True}),
        (lambda sheet: sheet.number("x"), {"value": math.nan}),
        (lambda sheet: sheet.numbers("x"), {"value": 3}),
        (lambda sheet: sheet.numbers("x"), {"value": [3, "4"]}),
        (lambda sheet: sheet.pairs("x"), {"value": [[1, 2, 3]]}),
        (lambda sheet: sheet.pairs("x"), {"value": [1]}),
        (lambda sheet: sheet.tolerance("x"), {"value": 0.1}),
        (lambda sheet: sheet.tolerance("x"), {"value": {}}),
        (lambda sheet: sheet.tolerance("x"), {"value": {"absolut": 1}}),
        (lambda sheet: sheet.tolerance("x"), {"value": {"absolute": -1}}),
        (lambda sheet: sheet.word("x", ("a",)), {"value": "b"}),
        (lambda sheet: sheet.word("x", ("a",)), {"value": 1}),
        (lambda sheet: sheet.words("x", ("a",)), {"value": ["a", "b"]}),
        (lambda sheet: sheet.tables("x"), {"value": [{}, 1]}),
    ],
)
def test_a_figure_that_is_missing_or_something_else_is_named(ask: Any, entry: object) -> None:
    with pytest.raises(LimitsMissing) as wrong:
        ask(Sheet("here", {} if entry is None else {"x": entry}))
    assert wrong.value.figure == "here.x"


def test_a_section_that_is_missing_is_named() -> None:
    with pytest.raises(LimitsMissing, match=r"coast_down\.steam"):
        Sheet.of({"coast_down": {"petrol": {}}}, "coast_down", "steam")
    with pytest.raises(LimitsMissing):
        Sheet.of({"coast_down": 3}, "coast_down", "petrol")


def test_what_is_no_number_is_told_beside_the_tolerance_that_it_was_to_be_held_to() -> None:
    tolerance = Tolerance(absolute=0.5)
    for measured, why in ((None, "no_reading"), (float("nan"), "no_number"), (float("inf"), "no_number")):
        quantity = compared("co_pct", 3.5, measured, tolerance)
        assert (quantity.measured, quantity.tolerance, quantity.why) == (None, tolerance, why)
        assert compared("co_pct", 3.5, measured).tolerance == Tolerance()
