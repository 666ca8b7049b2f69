"""When each check is due, when its absence or its failure locks: out of a schedule, what was done, and the moment now.

Days and working days are given in; there is no clock here. A check that is not yet due, is due, or is overdue is told
with the reason. What is dated ahead of now does not count.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from lanectl.core.equipment.schedule_data import (
    AFTER_CHANGE,
    AFTER_FAILURE_OF,
    BEFORE_TEST,
    CALENDAR_WEEK,
    CERTIFICATE,
    DAILY,
    DAYS,
    FIRST_WORKING_DAY,
    HOURS,
    MONTHS,
    CheckRule,
    Schedule,
    When,
)

GOOD, DUE, OVERDUE = "good", "due", "overdue"
FAILED, NEVER_DONE, MISSED, DUE_NOW = "failed", "never_done", "missed", "due_now"
CHANGED, FAILURE_BEFORE, NEXT_TEST = "changed", "after_failure", "before_test"
NO_CERTIFICATE, EXPIRED, DATED_AHEAD = "certificate_missing", "certificate_expired", "dated_ahead"
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
WEEKS_TO_LOOK = 10
"""How far to look for a week in which somebody works."""
FIRST_DAYS = 7
WorkingDay = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Done:
    """A check that was carried out, and whether it was good."""

    check: str
    at: datetime
    ok: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a lane knows when it asks."""

    history: Sequence[Done] = ()
    changed_at: Mapping[str, datetime] = field(default_factory=dict)
    """By device: when it was last adjusted, repaired or put in."""
    last_test_at: datetime | None = None
    """The end of the last test; checks before every test have to be later, and of the same day as the next."""
    certificates: Mapping[str, date] = field(default_factory=dict)
    """By device: the last day of its verification certificate."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a check stands now."""

    check: str
    device: str
    methods: tuple[str, ...]
    state: str
    """good, due or overdue; a failed check is overdue."""
    blocks: bool
    """Whether no test that needs the device may begin."""
    reasons: tuple[str, ...]
    last_good_at: datetime | None
    due_from: datetime | None
    """When it became due, or will; None where only an event makes it due."""
    uncertain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Occasion:
    """One occasion, looked at now."""

    due: bool
    overdue: bool
    reason: str
    due_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for one check: everything in now's own time zone."""

    rule: CheckRule
    facts: Facts
    now: datetime
    works: WorkingDay
    last: datetime | None

    @property
    def today(self) -> date:
        return self.now.date()

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.now.tzinfo)


def standings(schedule: Schedule, facts: Facts, now: datetime, is_working_day: WorkingDay) -> tuple[Standing, ...]:
    """Return how every check of a schedule stands.

    Times are all with a time zone, or all without; days are those of ``now``'s zone. ValueError where they are mixed.
    """
    return tuple(standing(rule, facts, now, is_working_day) for rule in schedule.rules)


def standing(rule: CheckRule, facts: Facts, now: datetime, is_working_day: WorkingDay) -> Standing:
    """Return how one check stands."""
    done = [(_local(entry.at, now), entry.ok) for entry in facts.history if entry.check == rule.check]
    # Of two at the same moment the failed one is the last.
    known = sorted(((at, ok) for at, ok in done if at <= now), key=lambda one: (one[0], not one[1]))
    last_good = max((at for at, ok in known if ok), default=None)
    question = _Question(rule, facts, now, is_working_day, last_good)
    seen = [_look(when, question) for when in rule.when]
    failed = bool(known) and not known[-1][1]
    overdue, due = any(one.overdue for one in seen), any(one.due or one.overdue for one in seen)
    reasons = [FAILED] if failed else []
    reasons += [one.reason for one in seen if one.due or one.overdue]
    reasons += [DATED_AHEAD] if len(known) < len(done) else []
    return Standing(
        rule.check,
        rule.device,
        rule.methods,
        OVERDUE if overdue or failed else DUE if due else GOOD,
        (failed and rule.locks_when_failed) or (overdue and rule.locks_when_missed),
        tuple(dict.fromkeys(reasons)),
        last_good,
        min((one.due_from for one in seen if one.due_from is not None), default=None),
        rule.uncertain,
    )


def blocking(found: Iterable[Standing], method: str, devices: Collection[str]) -> tuple[Standing, ...]:
    """Return what keeps a method from beginning; ``devices`` are the roles that it uses."""
    return tuple(
        one for one in found if one.blocks and one.device in devices and (not one.methods or method in one.methods)
    )


def _look(when: When, question: _Question) -> _Occasion:
    if when.kind == CERTIFICATE:
        return _certificate(question)
    if when.kind in (BEFORE_TEST, AFTER_CHANGE, AFTER_FAILURE_OF):
        return _after_event(when, question)
    if question.last is None:
        return _Occasion(True, True, NEVER_DONE)
    if when.kind == DAILY:
        return _daily(when, question, question.last)
    if when.kind in (HOURS, DAYS, MONTHS):
        return _counted(when, question, question.last)
    return _first_of_period(when, question, question.last.date())


def _certificate(question: _Question) -> _Occasion:
    until = question.facts.certificates.get(question.rule.device)
    if until is None:
        return _Occasion(True, True, NO_CERTIFICATE)
    expired = question.today > until
    return _Occasion(expired, expired, EXPIRED, question.start_of(until + DAY))


def _after_event(when: When, question: _Question) -> _Occasion:
    """Ask for a check that is later than an event; until then nothing may begin."""
    event: datetime | None
    if when.kind == BEFORE_TEST:
        event, reason = _before_test(question), NEXT_TEST
    elif when.kind == AFTER_CHANGE:
        event, reason = question.facts.changed_at.get(question.rule.device), CHANGED
    else:
        event, reason = _last_failure(when.of, question), FAILURE_BEFORE
    if event is None:
        return _Occasion(False, False, reason)
    event = _local(event, question.now)
    waits = question.last is None or question.last < event
    return _Occasion(waits, waits, reason)


def _before_test(question: _Question) -> datetime:
    """Return what a check before a test has to follow: the last test, and the beginning of the day as well.

    One that was good on Friday after the last test says nothing about the device on Monday.
    """
    today, last = question.start_of(question.today), question.facts.last_test_at
    return today if last is None else max(_local(last, question.now), today)


def _last_failure(check: str | None, question: _Question) -> datetime | None:
    failures = [_local(one.at, question.now) for one in question.facts.history if one.check == check and not one.ok]
    return max((at for at in failures if at <= question.now), default=None)


def _daily(when: When, question: _Question, last: datetime) -> _Occasion:
    due_from = question.start_of(last.date() + DAY)
    missed = question.now - last > timedelta(hours=when.valid_h or 0.0)
    return _Occasion(question.now >= due_from, missed, MISSED if missed else DUE_NOW, due_from)


def _counted(when: When, question: _Question, last: datetime) -> _Occasion:
    count = when.count or 0
    if when.kind == HOURS:
        due_from = last + timedelta(hours=count)
        missed = question.now > due_from
    else:
        day = last.date() + count * DAY if when.kind == DAYS else months_later(last.date(), count)
        due_from, missed = question.start_of(day), question.today > day
    return _Occasion(question.now >= due_from, missed, MISSED if missed else DUE_NOW, due_from)


def _first_of_period(when: When, question: _Question, last: date) -> _Occasion:
    """Look at a period that begins on a day and has a grace until another; a whole one without a check is missed."""
    period = _weekly if when.kind == FIRST_WORKING_DAY else _monthly
    starts, grace_over = period(question.today, question)
    if last >= starts:
        following = _next_start(starts, period, question)
        return _Occasion(False, False, DUE_NOW, None if following is None else question.start_of(following))
    before, _ = period(starts - DAY, question)
    missed = question.today >= grace_over or last < before
    return _Occasion(True, missed, MISSED if missed else DUE_NOW, question.start_of(starts))


def _next_start(
    starts: date, period: Callable[[date, _Question], tuple[date, date]], question: _Question
) -> date | None:
    """Return the first day of the period that follows, if there is one soon."""
    for days in range(1, WEEKS_TO_LOOK * 7):
        later, _ = period(starts + days * DAY, question)
        if later > starts:
            return later
    return None


def _weekly(day: date, question: _Question) -> tuple[date, date]:
    """Return the last first-working-day-of-a-week up to a day, and the day after it.

    A week in which nobody works has none. Where nobody works for ten weeks, each Monday stands for it.
    """
    monday = day - timedelta(days=day.weekday())
    for weeks in range(WEEKS_TO_LOOK):
        first = _first_working_day(monday - weeks * WEEK, question.works)
        if first is not None and first <= day:
            return first, first + DAY
    return monday, monday + DAY


def _first_working_day(monday: date, works: WorkingDay) -> date | None:
    return next((monday + days * DAY for days in range(7) if works(monday + days * DAY)), None)


def _monthly(day: date, question: _Question) -> tuple[date, date]:
    """Return the first day of the month, and the day after its first week."""
    first = day.replace(day=1)
    if question.rule.first_week == CALENDAR_WEEK:
        return first, first + timedelta(days=7 - first.weekday())
    return first, first + FIRST_DAYS * DAY


def months_later(day: date, months: int) -> date:
    """Return the same day some months later; the last of the month where that has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + (day.day - 1) * DAY, following - DAY)


def _local(at: datetime, now: datetime) -> datetime:
    if (at.tzinfo is None) != (now.tzinfo is None):
        raise ValueError(f"{at} and {now}: either both have a time zone, or neither")
    return at if now.tzinfo is None else at.astimezone(now.tzinfo)
