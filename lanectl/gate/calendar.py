"""Working days: Monday to Friday, minus holidays, plus weekend days on which people work.

Knows the tables it is given. For a year without a table it counts plain weekdays and says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from lanectl.model.rules import WorkdayTable

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a term, and whether every year it touches has an official table."""

    day: date
    verified: bool


def due_date(start: date, working_days: int, tables: Iterable[WorkdayTable]) -> DueDate:
    """Count working days; day 1 is the first working day after ``start``."""
    years = {table.year: table for table in tables}
    day, left = start, working_days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day, years.get(day.year))
    return DueDate(day, all(year in years for year in range(start.year, day.year + 1)))


def is_working_day(day: date, table: WorkdayTable | None) -> bool:
    """Say whether people work on this day."""
    if table and day in table.workdays:
        return True
    if table and day in table.holidays:
        return False
    return day.weekday() < _SATURDAY
