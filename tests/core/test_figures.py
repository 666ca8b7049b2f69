"""What a figure of the limits data may be: a whole number, a number of decimals, and the last value that is neither."""

import pytest

from lanectl.core.figures import LimitsMissing, Rules, as_of


def rules(value: object) -> Rules:
    return Rules("asm", {"rules": {"figure": {"value": value, "conf": "A", "clause": "a test"}}})


@pytest.mark.parametrize("value", [0, 1, 10, 10.0, 10_000])
def test_a_whole_number_is_one_from_nothing_to_ten_thousand(value: float) -> None:
    assert rules(value).whole("figure") == value


@pytest.mark.parametrize("value", [-1, 0.5, 10_001, True, "10", float("nan"), None])
def test_anything_else_is_no_whole_number(value: object) -> None:
    with pytest.raises(LimitsMissing, match=r"asm\.rules\.figure"):
        rules(value).whole("figure")


@pytest.mark.parametrize(("decimals", "step"), [(0, 1_000_000), (5, 10), (6, 1)])
def test_a_value_may_be_rounded_to_as_many_decimals_as_are_kept(decimals: int, step: int) -> None:
    assert rules(decimals).unit("figure", 10**6) == step


def test_more_decimals_than_are_kept_are_refused() -> None:
    with pytest.raises(LimitsMissing, match="more decimals"):
        rules(7).unit("figure", 10**6)


@pytest.mark.parametrize(("value", "is_number"), [(1_000_000, True), (-1_000_000, True), (1_000_000.1, False)])
def test_a_figure_of_the_law_is_at_most_a_million_either_way(value: float, is_number: bool) -> None:
    if is_number:
        assert rules(value).rule("figure") == value
    else:
        for figure in (value, -value):
            with pytest.raises(LimitsMissing, match="larger than any figure"):
                rules(figure).rule("figure")


def test_a_figure_that_changed_twice_is_on_each_day_what_it_then_was() -> None:
    section = {"rules": {"figure": {"value": 3, "until": {"2021-01-01": 2, "2020-07-01": 1}, "conf": "A"}}}
    for day, value in (("2020-06-30", 1), ("2020-07-01", 2), ("2020-12-31", 2), ("2021-01-01", 3)):
        assert Rules("asm", as_of(section, day)).rule("figure") == value
