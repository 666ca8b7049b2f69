"""The schedule of a region as data: which check, how often, how long it holds, and what locks.

Knows shapes and which schedule is in force on a day. Each rule's figures are {value, conf, clause}. Knows no result of
a check and no clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lanectl.core.equipment.sheet import Sheet
from lanectl.core.figures import LimitsMissing

DAILY, HOURS = "daily", "hours"
FIRST_WORKING_DAY, FIRST_WEEK = "first_working_day_of_week", "first_week_of_month"
MONTHS, DAYS = "months", "days"
BEFORE_TEST, AFTER_CHANGE, AFTER_FAILURE_OF = "before_every_test", "after_change", "after_failure_of"
CERTIFICATE = "certificate"
COUNTED = (HOURS, MONTHS, DAYS)
PERIODS = (DAILY, FIRST_WORKING_DAY, FIRST_WEEK, *COUNTED)
KINDS = (*PERIODS, BEFORE_TEST, AFTER_CHANGE, AFTER_FAILURE_OF, CERTIFICATE)
FIRST_SEVEN_DAYS, CALENDAR_WEEK = "first_seven_days", "calendar_week"
OF_FIRST_WEEK = (FIRST_SEVEN_DAYS, CALENDAR_WEEK)


class NoScheduleError(LookupError):
    """No schedule is in force in this region on this day."""


@dataclass(frozen=True, slots=True)
class When:
    """One occasion for a check: its kind, and what the kind needs: a count, or the name of another check."""

    kind: str
    count: int | None = None
    of: str | None = None
    valid_h: float | None = None
    """``daily``: how old a good check may be, in hours, until its absence locks."""


@dataclass(frozen=True, slots=True)
class CheckRule:
    """One check of the schedule: its device, its occasions, what locks, and which of these figures are [C]."""

    check: str
    device: str
    methods: tuple[str, ...]
    """Methods that it locks; empty: all that use the device."""
    when: tuple[When, ...]
    locks_when_failed: bool
    locks_when_missed: bool
    uncertain: tuple[str, ...]
    first_week: str = FIRST_SEVEN_DAYS


@dataclass(frozen=True, slots=True)
class Schedule:
    """All checks of a region, with the days on which they hold."""

    name: str
    region: str
    division_codes: tuple[str, ...]
    effective_from: date
    effective_until: date | None
    """The first day on which it no longer holds; None: it still does."""
    rules: tuple[CheckRule, ...]

    def rule(self, check: str) -> CheckRule:
        """Return the rule of a check; KeyError where it is not in the schedule."""
        for rule in self.rules:
            if rule.check == check:
                return rule
        raise KeyError(check)


def read_schedule(data: Mapping[str, object]) -> Schedule:
    """Read a schedule file; LimitsMissing names what is wrong in it."""
    meta, checks = _table(data, "meta"), _table(data, "checks")
    rules = tuple(_rule(check, _table(checks, check, "checks.")) for check in checks)
    if not rules:
        raise LimitsMissing("checks", "no check in it")
    for rule in rules:
        strangers = [when.of for when in rule.when if when.of is not None and when.of not in checks]
        if strangers:
            raise LimitsMissing(f"checks.{rule.check}.when", f"{strangers[0]!r} is no check of this schedule")
    codes = meta.get("division_codes", ())
    if not isinstance(codes, list | tuple):
        raise LimitsMissing("meta.division_codes", "no list")
    starts = _day(meta, "effective_from")
    if starts is None:
        raise LimitsMissing("meta.effective_from", "missing")
    return Schedule(
        str(meta.get("name", "")),
        str(meta.get("region", "")),
        tuple(str(code) for code in codes),
        starts,
        _day(meta, "effective_until"),
        rules,
    )


def in_force(schedules: Iterable[Schedule], division_code: str, day: date) -> Schedule:
    """Return the schedule in force in a region on a day: the one made for the smallest region, of these the latest.

    A schedule without division codes holds everywhere. Raises NoScheduleError where there is none.
    """
    fitting = [
        (_closeness(schedule, division_code), schedule.effective_from, schedule)
        for schedule in schedules
        if _closeness(schedule, division_code) >= 0
        and schedule.effective_from <= day
        and (schedule.effective_until is None or day < schedule.effective_until)
    ]
    if not fitting:
        raise NoScheduleError(f"no schedule of checks for {division_code} on {day}")
    return max(fitting, key=lambda found: found[:2])[2]


def _closeness(schedule: Schedule, division_code: str) -> int:
    if not schedule.division_codes:
        return 0
    return max((len(code) for code in schedule.division_codes if division_code.startswith(code)), default=-1)


def _rule(check: str, table: Mapping[str, object]) -> CheckRule:
    name = f"checks.{check}"
    sheet = Sheet(name, table)
    locks = sheet.words("locks_when", ("failed", "missed"))
    when = tuple(_when(name, occasion) for occasion in sheet.tables("when"))
    if not when:
        raise LimitsMissing(f"{name}.when", "no occasion")
    device = table.get("device")
    methods = table.get("methods", ())
    if not isinstance(device, str) or not isinstance(methods, list | tuple):
        raise LimitsMissing(f"{name}.device", "device is text, methods is a list")
    week = sheet.word("first_week", OF_FIRST_WEEK) if sheet.has("first_week") else FIRST_SEVEN_DAYS
    doubtful = tuple(sheet.path(figure) for figure in sheet.uncertain_names())
    return CheckRule(
        check,
        device,
        tuple(str(method) for method in methods),
        when,
        "failed" in locks,
        "missed" in locks,
        doubtful,
        week,
    )


def _when(name: str, table: Mapping[str, object]) -> When:
    kind, count, of, valid = table.get("kind"), table.get("count"), table.get("of"), table.get("valid_h")
    if not isinstance(kind, str) or kind not in KINDS:
        raise LimitsMissing(f"{name}.when", f"{kind!r} is none of {', '.join(KINDS)}")
    if (kind in COUNTED) != (isinstance(count, int) and not isinstance(count, bool) and count > 0):
        raise LimitsMissing(f"{name}.when", f"{kind}: count is a whole number above 0, for {', '.join(COUNTED)} alone")
    if (kind == AFTER_FAILURE_OF) != isinstance(of, str):
        raise LimitsMissing(f"{name}.when", f"{kind}: of names the other check, for {AFTER_FAILURE_OF} alone")
    hours = float(valid) if isinstance(valid, int | float) and not isinstance(valid, bool) and valid > 0 else None
    if (kind == DAILY) != (hours is not None):
        raise LimitsMissing(f"{name}.when", f"{kind}: valid_h is a number above 0, for {DAILY} alone")
    return When(kind, count if isinstance(count, int) else None, of if isinstance(of, str) else None, hours)


def _day(table: Mapping[str, object], key: str) -> date | None:
    value = table.get(key)
    if isinstance(value, date):
        return value
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise LimitsMissing(f"meta.{key}", f"{value!r} is no day") from None


def _table(data: Mapping[str, object], key: str, above: str = "") -> Mapping[str, object]:
    table = data.get(key)
    if not isinstance(table, Mapping):
        raise LimitsMissing(above + key, "missing")
    return table
