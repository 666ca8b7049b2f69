"""Working days, with and without an official table."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lanectl.gate.calendar import due_date
from lanectl.model.rules import WorkdayTable

INVENTED = WorkdayTable(
    year=2031,
    source="invented for this test",
    holidays=(date(2031, 5, 1), date(2031, 5, 2)),
    workdays=(date(2031, 5, 4),),
)


def test_weekends_do_not_count() -> None:
    friday = date(2026, 3, 6)
    assert due_date(friday, 1, ()).day == date(2026, 3, 9)
    assert due_date(friday, 6, ()).day == date(2026, 3, 16)


def test_holidays_do_not_count_and_made_up_sundays_do() -> None:
    wednesday = date(2031, 4, 30)
    due = due_date(wednesday, 1, (INVENTED,))
    assert due.day == date(2031, 5, 4)
    assert due.day.isoweekday() == 7
    assert due.verified
    assert due_date(wednesday, 1, ()).day == date(2031, 5, 1)


def test_a_term_that_reaches_into_a_year_without_table_is_not_verified() -> None:
    assert due_date(date(2031, 12, 1), 5, (INVENTED,)).verified
    assert not due_date(date(2031, 12, 29), 15, (INVENTED,)).verified
    assert not due_date(date(2026, 3, 6), 1, ()).verified


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 60))
def test_without_tables_a_term_counts_as_many_weekdays_as_it_says(start: date, days: int) -> None:
    due = due_date(start, days, ()).day
    between = [date.fromordinal(number) for number in range(start.toordinal() + 1, due.toordinal() + 1)]
    assert sum(day.isoweekday() < 6 for day in between) == days
    assert due.isoweekday() < 6


@pytest.mark.parametrize("facts", [{"holidays": [date(2032, 1, 1)]}, {"workdays": [date(2031, 5, 1)]}])
def test_a_table_that_contradicts_itself_is_refused(facts: dict[str, list[date]]) -> None:
    with pytest.raises(ValidationError):
        WorkdayTable.model_validate({**INVENTED.model_dump(), **facts})
