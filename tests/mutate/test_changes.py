"""Which small wrong changes are made to a source, and which are not, because they would change nothing."""

import ast

import pytest

from tests.mutate.operators import changes
from tests.mutate.sample import all_mutants, sample


def made(source: str) -> list[str]:
    return [change.what for change in changes(ast.parse(source))]


def test_a_comparison_is_moved_and_turned_and_its_condition_forced() -> None:
    assert made("if a < b:\n    c()") == ["if a < b -> True", "if a < b -> False", "a < b -> a <= b", "a < b -> a >= b"]


def test_a_number_goes_up_down_and_to_nothing_and_a_large_one_is_doubled() -> None:
    assert made("a = f(7)") == ["7 -> 8", "7 -> 6", "7 -> 0"]
    assert made("a = f(5000000)") == ["5000000 -> 10000000", "5000000 -> 0"]


def test_a_return_that_something_follows_is_dropped() -> None:
    assert made("def f(a):\n    if a:\n        return a\n    return b()")[-1] == "return a -> no return"


def test_a_yes_or_no_becomes_the_other_and_nothing_else() -> None:
    source = "class A:\n    def f(self):\n        self.saw = 0\n    def g(self):\n        self.saw = 1"
    assert made(source) == ["0 -> 1", "1 -> 0"]
    assert made("def f(a):\n    if g(a):\n        return 1\n    return 0")[-2:] == ["1 -> 0", "0 -> 1"]


@pytest.mark.parametrize("also", ["self.saw = 2", "self.saw += 1", "self.saw = g()", "self.saw = self.saw + 0"])
def test_a_name_that_is_ever_given_anything_else_is_no_yes_or_no(also: str) -> None:
    source = f"class A:\n    def f(self):\n        self.saw = 0\n        self.saw = 1\n        {also}"
    assert {"0 -> -1", "1 -> 2"} <= set(made(source))


def test_never_becomes_the_time_nought_and_no_other_never() -> None:
    assert made("self.t_last = -1") == ["1 -> 0"]
    assert "1 -> 2" in made("a = f(-1)")


@pytest.mark.parametrize(
    "source",
    [
        "if a > b:\n    b = a", "if a < b:\n    b = a", "if not had or a > b:\n    b = a", "if a < 0:\n    a = -a",
        "c = a if a > b else b",
    ],
)  # fmt: skip
def test_the_boundary_is_left_alone_where_the_greater_is_kept(source: str) -> None:
    turned = {"a > b -> a >= b", "a < b -> a <= b", "a < 0 -> a <= 0"}
    assert not turned & set(made(source))


@pytest.mark.parametrize(
    "source",
    [
        "if a > b:\n    b = a\n    c = 1",
        "if a > b:\n    c = a",
        "if a > b:\n    b = a\nelse:\n    c()",
        "if a < 1:\n    a = -a",
    ],
)
def test_and_changed_where_anything_else_hangs_on_it(source: str) -> None:
    assert {"a > b -> a >= b", "a < 1 -> a <= 1"} & set(made(source))


def test_every_change_is_its_own_and_the_same_number_draws_the_same() -> None:
    found = all_mutants("warmth")
    assert len({mutant.same for mutant in found}) == len(found) > 10
    assert sample(5, 1, "warmth") == sample(5, 1, "warmth") != sample(5, 2, "warmth")


def test_a_change_is_drawn_by_its_own_lot_so_that_a_smaller_sample_is_part_of_a_larger_one() -> None:
    assert set(sample(5, 2018, "warmth")) < set(sample(6, 2018, "warmth"))
