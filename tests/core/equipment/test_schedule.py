"""The schedule of checks: when each is due and overdue, what locks, working days, months, events, and bad data."""

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.equipment.schedule import Done, Facts, Standing, blocking, months_later, standing, standings
from lanectl.core.equipment.schedule_data import (
    CheckRule,
    NoScheduleError,
    Schedule,
    When,
    in_force,
    read_schedule,
)
from lanectl.core.figures import LimitsMissing

HERE = timezone(timedelta(hours=8))
DAILY = When("daily", valid_h=24.0)
WEEKLY = When("first_working_day_of_week")
MONTHLY = When("first_week_of_month")
QUARTERLY = When("months", 3)


def weekdays(day: date) -> bool:
    return day.weekday() < 5


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


def rule(*when: When, check: str = "leak", device: str = "gas_analyzer", **how: Any) -> CheckRule:
    figures = {"methods": (), "locks_when_failed": True, "locks_when_missed": True, "uncertain": (), **how}
    return CheckRule(check, device, when=when, **figures)


def look(
    one: CheckRule, now: str, *done: tuple[str, bool] | str, works: Callable[[date], bool] = weekdays, **facts: Any
) -> Standing:
    history = [
        Done(one.check, at(entry[0]), entry[1]) if isinstance(entry, tuple) else Done(one.check, at(entry), True)
        for entry in done
    ]
    return standing(one, Facts(tuple(history), **facts), at(now), works)


def told(found: Standing) -> tuple[str, bool, tuple[str, ...]]:
    return found.state, found.blocks, found.reasons


# -- daily


@pytest.mark.parametrize(
    ("now", "state", "blocks", "reasons"),
    [
        ("2026-03-03T09:30:00", "good", False, ()),
        ("2026-03-03T23:59:59", "good", False, ()),
        ("2026-03-04T00:00:00", "due", False, ("due_now",)),
        ("2026-03-04T08:30:00", "due", False, ("due_now",)),
        ("2026-03-04T08:30:01", "overdue", True, ("missed",)),
        ("2026-03-09T08:00:00", "overdue", True, ("missed",)),
    ],
)
def test_a_daily_check_is_due_on_the_next_day_and_locks_a_day_after_the_last(
    now: str, state: str, blocks: bool, reasons: tuple[str, ...]
) -> None:
    found = look(rule(DAILY), now, "2026-03-03T08:30:00")
    assert told(found) == (state, blocks, reasons)
    assert (found.last_good_at, found.due_from) == (at("2026-03-03T08:30:00"), at("2026-03-04T00:00:00"))


def test_a_check_that_was_never_done_locks() -> None:
    for when in (DAILY, WEEKLY, MONTHLY, QUARTERLY, When("days", 30), When("hours", 12)):
        found = look(rule(when), "2026-03-03T09:00:00")
        assert told(found) == ("overdue", True, ("never_done",))
        assert (found.last_good_at, found.due_from) == (None, None)


def test_a_failed_check_locks_until_a_good_one_follows() -> None:
    failed = look(rule(DAILY), "2026-03-03T10:00:00", "2026-03-03T08:00:00", ("2026-03-03T09:00:00", False))
    assert told(failed) == ("overdue", True, ("failed",))
    mended = look(rule(DAILY), "2026-03-03T11:00:00", ("2026-03-03T10:30:00", True), ("2026-03-03T09:00:00", False))
    assert told(mended) == ("good", False, ())


def test_of_two_checks_at_one_moment_the_failed_one_counts() -> None:
    for order in ((True, False), (False, True)):
        entries = [("2026-03-03T09:00:00", ok) for ok in order]
        assert look(rule(DAILY), "2026-03-03T10:00:00", *entries).reasons == ("failed",)


def test_failed_and_missed_lock_only_where_the_schedule_says_so() -> None:
    only_missed, only_failed = rule(DAILY, locks_when_failed=False), rule(DAILY, locks_when_missed=False)
    assert (
        look(only_missed, "2026-03-03T10:00:00", "2026-03-03T08:00:00", ("2026-03-03T09:00:00", False)).blocks is False
    )
    assert told(look(only_failed, "2026-03-09T10:00:00", "2026-03-03T08:00:00")) == ("overdue", False, ("missed",))
    assert look(only_failed, "2026-03-03T10:00:00", ("2026-03-03T09:00:00", False)).blocks is True


def test_a_check_dated_ahead_of_now_does_not_count() -> None:
    found = look(rule(DAILY), "2026-03-03T09:00:00", "2026-03-03T09:00:01")
    assert told(found) == ("overdue", True, ("never_done", "dated_ahead"))
    both = look(rule(DAILY), "2026-03-03T09:00:00", "2026-03-03T08:00:00", ("2026-03-03T10:00:00", False))
    assert told(both) == ("good", False, ("dated_ahead",))


def test_other_checks_do_not_stand_in() -> None:
    found = standing(
        rule(DAILY), Facts((Done("weather", at("2026-03-03T08:00:00"), True),)), at("2026-03-03T09:00:00"), weekdays
    )
    assert found.reasons == ("never_done",)


# -- weeks and months


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("2026-03-06T09:00:00", "good"), ("2026-03-08T09:00:00", "good"), ("2026-03-09T00:00:00", "due"),
        ("2026-03-09T23:59:00", "due"), ("2026-03-10T00:00:00", "overdue"), ("2026-03-15T12:00:00", "overdue"),
        ("2026-03-16T12:00:00", "overdue"),
    ],
)  # fmt: skip
def test_a_weekly_check_is_due_on_the_first_working_day_and_locks_when_that_is_over(now: str, state: str) -> None:
    found = look(rule(WEEKLY), now, "2026-03-02T08:00:00")
    assert (found.state, found.blocks) == (state, state == "overdue")
    assert found.due_from == at("2026-03-16T00:00:00" if now > "2026-03-16" else "2026-03-09T00:00:00")


def test_a_holiday_moves_the_first_working_day() -> None:
    def works(day: date) -> bool:
        return weekdays(day) and day not in (date(2026, 4, 6), date(2026, 4, 7))

    def seen(now: str) -> str:
        return look(rule(WEEKLY), now, "2026-03-30T08:00:00", works=works).state

    assert [seen(f"2026-04-0{day}T12:00:00") for day in (6, 7, 8, 9)] == ["good", "good", "due", "overdue"]


def test_a_working_weekend_does_not_come_before_monday_and_a_week_off_asks_for_nothing() -> None:
    off = {date(2026, 10, 1) + timedelta(days=days) for days in range(11)}
    found = look(rule(WEEKLY), "2026-10-09T12:00:00", "2026-09-28T08:00:00", works=lambda day: day not in off)
    assert (found.state, found.due_from) == ("good", at("2026-10-12T00:00:00"))
    saturday = look(
        rule(WEEKLY),
        "2026-10-10T12:00:00",
        "2026-09-28T08:00:00",
        works=lambda day: day == date(2026, 10, 10) or (weekdays(day) and day not in off),
    )
    assert (saturday.state, saturday.due_from) == ("due", at("2026-10-10T00:00:00"))


def test_where_nobody_ever_works_each_monday_stands_for_it() -> None:
    def never(_: date) -> bool:
        return False

    assert look(rule(WEEKLY), "2026-03-09T12:00:00", "2026-03-02T08:00:00", works=never).state == "due"
    assert look(rule(WEEKLY), "2026-03-10T12:00:00", "2026-03-02T08:00:00", works=never).state == "overdue"
    assert look(rule(WEEKLY), "2026-03-03T12:00:00", "2026-03-02T08:00:00", works=never).state == "good"


def test_where_no_first_working_day_follows_soon_nothing_is_told_of_the_next() -> None:
    def once(day: date) -> bool:
        return day == date(2026, 3, 2)

    found = look(rule(WEEKLY), "2026-03-03T12:00:00", "2026-03-02T08:00:00", works=once)
    assert (found.state, found.due_from) == ("good", None)


@pytest.mark.parametrize(
    ("reading", "now", "state"),
    [
        ("first_seven_days", "2026-08-01T00:00:00", "due"),
        ("first_seven_days", "2026-08-07T23:00:00", "due"),
        ("first_seven_days", "2026-08-08T00:00:00", "overdue"),
        ("calendar_week", "2026-08-02T23:00:00", "due"),
        ("calendar_week", "2026-08-03T00:00:00", "overdue"),
        ("calendar_week", "2026-07-31T12:00:00", "good"),
    ],
)
def test_the_first_week_of_a_month_has_two_readings(reading: str, now: str, state: str) -> None:
    """2026-08-01 is a Saturday."""
    assert look(rule(MONTHLY, first_week=reading), now, "2026-07-20T08:00:00").state == state


def test_a_whole_month_without_a_check_locks_at_once() -> None:
    assert told(look(rule(MONTHLY), "2026-08-01T08:00:00", "2026-06-05T08:00:00")) == ("overdue", True, ("missed",))
    assert look(rule(MONTHLY), "2026-07-15T08:00:00", "2026-07-02T08:00:00").due_from == at("2026-08-01T00:00:00")


@pytest.mark.parametrize(
    ("when", "last", "good", "due", "overdue"),
    [
        (QUARTERLY, "2026-03-05", "2026-06-04", "2026-06-05", "2026-06-06"),
        (When("months", 6), "2026-08-31", "2027-02-27", "2027-02-28", "2027-03-01"),
        (When("days", 30), "2026-03-05", "2026-04-03", "2026-04-04", "2026-04-05"),
    ],
)
def test_a_counted_check_is_due_on_its_day_and_overdue_the_day_after(
    when: When, last: str, good: str, due: str, overdue: str
) -> None:
    def seen(day: str) -> str:
        return look(rule(when), f"{day}T12:00:00", f"{last}T15:00:00").state

    assert [seen(day) for day in (good, due, overdue)] == ["good", "due", "overdue"]
    assert look(rule(when), f"{good}T12:00:00", f"{last}T15:00:00").due_from == at(f"{due}T00:00:00")


def test_a_half_daily_check_holds_for_its_hours() -> None:
    half = rule(When("hours", 12))
    states = [
        look(half, f"2026-03-03T{now}", "2026-03-03T08:00:00").state for now in ("19:59:59", "20:00:00", "20:00:01")
    ]
    assert states == ["good", "due", "overdue"]


@settings(max_examples=30)
@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 30))
def test_months_later_is_the_same_day_or_the_last_of_its_month(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1
    assert later.day <= day.day


# -- events


def test_a_check_before_every_test_has_to_be_later_than_the_last_test() -> None:
    one, tested = rule(When("before_every_test")), at("2026-03-03T09:00:00")
    fresh = look(one, "2026-03-03T10:00:00", "2026-03-03T09:30:00", last_test_at=tested)
    assert told(fresh) == ("good", False, ())
    assert look(one, "2026-03-03T10:00:00", "2026-03-03T09:00:00", last_test_at=tested).state == "good"
    used = look(one, "2026-03-03T10:00:00", "2026-03-03T08:30:00", last_test_at=tested)
    assert told(used) == ("overdue", True, ("before_test",))
    assert told(look(one, "2026-03-03T10:00:00", last_test_at=tested)) == ("overdue", True, ("before_test",))
    assert told(look(one, "2026-03-03T10:00:00", "2026-03-03T08:30:00")) == ("good", False, ())
    assert told(look(one, "2026-03-03T10:00:00", "2026-03-02T23:30:00")) == ("overdue", True, ("before_test",))


def test_a_check_of_another_day_serves_no_test_of_today() -> None:
    one, tested = rule(When("before_every_test")), at("2026-03-06T17:00:00")
    assert look(one, "2026-03-06T17:05:00", "2026-03-06T17:01:00", last_test_at=tested).state == "good"
    monday = look(one, "2026-03-09T08:00:00", "2026-03-06T17:01:00", last_test_at=tested)
    assert told(monday) == ("overdue", True, ("before_test",))
    assert look(one, "2026-03-09T08:00:00", "2026-03-09T07:50:00", last_test_at=tested).state == "good"


def test_a_changed_device_is_checked_before_it_is_used() -> None:
    one = rule(When("after_change"))
    changed = {"gas_analyzer": at("2026-03-03T09:00:00")}
    assert told(look(one, "2026-03-03T10:00:00")) == ("good", False, ())
    assert told(look(one, "2026-03-03T10:00:00", changed_at=changed)) == ("overdue", True, ("changed",))
    assert look(one, "2026-03-03T10:00:00", "2026-03-03T09:30:00", changed_at=changed).state == "good"
    assert look(one, "2026-03-03T10:00:00", changed_at={"opacimeter": at("2026-03-03T09:00:00")}).state == "good"


def test_a_failed_coast_down_asks_for_the_parasitic_loss_anew() -> None:
    loss = rule(When("after_failure_of", of="loaded_coast_down"), check="parasitic_loss")
    failed = Done("loaded_coast_down", at("2026-03-03T08:00:00"), False)
    before, after = (Done("parasitic_loss", at(f"2026-03-03T0{hour}:00:00"), True) for hour in (7, 9))

    def seen(*history: Done) -> Standing:
        return standing(loss, Facts(history), at("2026-03-03T10:00:00"), weekdays)

    assert told(seen(failed, before)) == ("overdue", True, ("after_failure",))
    assert told(seen(failed, before, after)) == ("good", False, ())
    assert told(seen(before, Done("loaded_coast_down", at("2026-03-03T08:00:00"), True))) == ("good", False, ())
    assert told(seen(before, Done("loaded_coast_down", at("2026-03-04T08:00:00"), False))) == ("good", False, ())


def test_a_certificate_ends_with_its_last_day() -> None:
    one = rule(When("certificate"))
    until = {"gas_analyzer": date(2026, 3, 3)}
    assert look(one, "2026-03-03T23:59:00", certificates=until).state == "good"
    assert told(look(one, "2026-03-04T00:00:00", certificates=until)) == ("overdue", True, ("certificate_expired",))
    assert told(look(one, "2026-03-03T12:00:00")) == ("overdue", True, ("certificate_missing",))
    assert look(one, "2026-03-03T12:00:00", certificates=until).due_from == at("2026-03-04T00:00:00")


def test_any_occasion_makes_a_check_due_and_the_earliest_is_told() -> None:
    both = rule(DAILY, When("months", 3), When("after_change"))
    found = look(both, "2026-03-03T10:00:00", "2026-03-03T08:00:00")
    assert (found.state, found.due_from) == ("good", at("2026-03-04T00:00:00"))
    late = look(
        both, "2026-06-04T10:00:00", "2026-03-03T08:00:00", changed_at={"gas_analyzer": at("2026-06-01T00:00:00")}
    )
    assert late.reasons == ("missed", "changed")


def test_times_of_another_zone_are_days_of_this_one() -> None:
    done = Done("leak", datetime(2026, 3, 2, 23, 0, tzinfo=UTC), True)
    found = standing(rule(DAILY), Facts((done,)), at("2026-03-03T23:00:00"), weekdays)
    assert (found.state, found.due_from) == ("good", at("2026-03-04T00:00:00"))
    naive = Done("leak", datetime(2026, 3, 3, 7, 0), True)  # noqa: DTZ001 - that is what is tested
    with pytest.raises(ValueError, match="time zone"):
        standing(rule(DAILY), Facts((naive,)), at("2026-03-03T23:00:00"), weekdays)
    plain = standing(rule(DAILY), Facts((naive,)), datetime(2026, 3, 3, 8, 0), weekdays)  # noqa: DTZ001
    assert plain.state == "good"


@settings(max_examples=30)
@given(st.integers(0, 4000), st.integers(0, 4000), st.integers(0, 400))
def test_a_later_good_check_never_makes_things_worse(now_h: int, last_h: int, more_h: int) -> None:
    start, rank = at("2026-01-01T00:00:00"), ["good", "due", "overdue"]
    now = start + timedelta(hours=now_h + 400)
    last = start + timedelta(hours=min(last_h, now_h))
    for when in (DAILY, WEEKLY, MONTHLY, QUARTERLY, When("days", 30), When("hours", 12)):
        one = rule(when)
        older = standing(one, Facts((Done("leak", last, True),)), now, weekdays)
        newer = standing(one, Facts((Done("leak", last + timedelta(hours=more_h), True),)), now, weekdays)
        assert rank.index(newer.state) <= rank.index(older.state)
        assert older.blocks == (older.state == "overdue")


# -- the files


def test_shipped_schedules_can_be_read_and_differ_in_the_low_gas(schedule_files: dict[str, Any]) -> None:
    national, city = (read_schedule(data) for data in schedule_files.values())
    assert [one for one in national.rules if one not in city.rules] == [national.rule("low_gas")]
    assert national.rule("low_gas").when[0] == DAILY
    assert national.rule("low_gas").uncertain == ("checks.low_gas.when",)
    assert city.rule("low_gas").when[0] == WEEKLY
    assert city.rule("low_gas").uncertain == ()
    assert national.rule("parasitic_loss").uncertain == ("checks.parasitic_loss.first_week",)
    with pytest.raises(KeyError):
        city.rule("horoscope")


def test_the_schedule_of_the_smallest_region_in_force_holds(schedule_files: dict[str, Any]) -> None:
    schedules = [read_schedule(data) for data in schedule_files.values()]
    day = date(2026, 3, 3)
    assert in_force(schedules, "440106", day).name == "schedule-guangzhou"
    assert in_force(schedules, "430102", day).name == "schedule-guangzhou"
    assert in_force(schedules, "450203", day).name == "schedule-cn"
    assert in_force(reversed(schedules), "440106", day).name == "schedule-guangzhou"
    with pytest.raises(NoScheduleError, match="440106"):
        in_force(schedules, "440106", date(2019, 4, 30))


def test_a_schedule_of_one_region_holds_in_no_other(schedule_files: dict[str, Any]) -> None:
    regional = read_schedule(schedule_files["schedule-guangzhou"])
    with pytest.raises(NoScheduleError, match="450203"):
        in_force([regional], "450203", date(2026, 3, 3))


@pytest.mark.parametrize("hours", [0.5, 1, 24])
def test_a_daily_check_may_hold_for_any_time_above_nothing(schedule_files: dict[str, Any], hours: float) -> None:
    data = copy.deepcopy(schedule_files["schedule-cn"])
    data["checks"]["leak"]["when"]["value"] = [{"kind": "daily", "valid_h": hours}]
    assert read_schedule(data).rule("leak").when == (When("daily", valid_h=hours),)


def test_a_word_that_an_occasion_has_no_use_for_is_not_read(schedule_files: dict[str, Any]) -> None:
    data = copy.deepcopy(schedule_files["schedule-cn"])
    data["checks"]["leak"]["when"]["value"] = [{"kind": "daily", "valid_h": 24, "of": 5}]
    assert read_schedule(data).rule("leak").when == (DAILY,)


def test_a_schedule_ends_where_the_next_begins() -> None:
    old = Schedule("old", "CN", (), date(2019, 5, 1), date(2026, 1, 1), ())
    new = Schedule("new", "CN", (), date(2025, 7, 1), None, ())
    assert in_force([new, old], "440106", date(2025, 6, 30)).name == "old"
    assert in_force([new, old], "440106", date(2025, 7, 1)).name == "new"
    assert in_force([old], "440106", date(2025, 12, 31)).name == "old"
    with pytest.raises(NoScheduleError):
        in_force([old], "440106", date(2026, 1, 1))


def test_a_lane_that_checked_nothing_may_test_nothing(schedule_files: dict[str, Any]) -> None:
    schedule = read_schedule(schedule_files["schedule-cn"])
    found = standings(schedule, Facts(), at("2026-03-03T09:00:00"), weekdays)
    assert len(found) == len(schedule.rules)
    stopping = [one.check for one in blocking(found, "lug_down", ("dynamometer", "opacimeter", "nox_analyzer"))]
    assert {"loaded_coast_down", "opacimeter", "opacity_ends", "nox_converter", "dynamometer_certificate"} <= set(
        stopping
    )
    assert not {"low_gas", "leak", "lane_comparison", "tachometer"} & set(stopping)


def test_a_check_of_one_method_does_not_keep_another(schedule_files: dict[str, Any]) -> None:
    schedule = read_schedule(schedule_files["schedule-cn"])
    found = standings(schedule, Facts(), at("2026-03-03T09:00:00"), weekdays)
    asm = {one.check for one in blocking(found, "asm", ("gas_analyzer", "dynamometer"))}
    idle = {one.check for one in blocking(found, "two_speed_idle", ("gas_analyzer",))}
    assert "low_gas" in asm - idle
    assert "two_speed_idle_gas" in idle - asm
    assert "leak" in asm & idle


BROKEN: list[tuple[str, object, str]] = [
    ("meta", None, "meta"),
    ("meta.effective_from", None, r"meta\.effective_from"),
    ("meta.effective_from", "soon", r"meta\.effective_from"),
    ("meta.division_codes", "4401", r"meta\.division_codes"),
    ("checks", {}, "checks"),
    ("checks", 3, "checks"),
    ("checks.leak", 3, r"checks\.leak"),
    ("checks.leak.device", None, r"checks\.leak\.device"),
    ("checks.leak.methods", "asm", r"checks\.leak\.device"),
    ("checks.leak.when", None, r"checks\.leak\.when"),
    ("checks.leak.when.value", [], r"checks\.leak\.when"),
    ("checks.leak.when.value", [{"kind": "sometimes"}], "sometimes"),
    ("checks.leak.when.value", [{"kind": "daily"}], "valid_h"),
    ("checks.leak.when.value", [{"kind": "daily", "valid_h": 0}], "valid_h"),
    ("checks.leak.when.value", [{"kind": "daily", "valid_h": True}], "valid_h"),
    ("checks.leak.when.value", [{"kind": "days", "count": 3, "valid_h": 3}], "valid_h"),
    ("checks.leak.when.value", [{"kind": "days"}], "count"),
    ("checks.leak.when.value", [{"kind": "days", "count": 0}], "count"),
    ("checks.leak.when.value", [{"kind": "days", "count": True}], "count"),
    ("checks.leak.when.value", [{"kind": "daily", "count": 3, "valid_h": 24}], "count"),
    ("checks.leak.when.value", [{"kind": "after_failure_of"}], "other check"),
    ("checks.leak.when.value", [{"kind": "after_failure_of", "of": "horoscope"}], "horoscope"),
    ("checks.leak.when.value", [{"kind": "after_change", "of": "weather"}], "other check"),
    ("checks.leak.locks_when", None, r"checks\.leak\.locks_when"),
    ("checks.leak.locks_when.value", ["bored"], "locks_when"),
    ("checks.parasitic_loss.first_week.value", "any", "first_week"),
]


@pytest.mark.parametrize(("path", "value", "named"), BROKEN)
def test_a_schedule_that_is_not_whole_is_named(
    path: str, value: object, named: str, schedule_files: dict[str, Any]
) -> None:
    data = copy.deepcopy(schedule_files["schedule-cn"])
    *above, last = path.split(".")
    table = data
    for step in above:
        table = table[step]
    if value is None:
        del table[last]
    else:
        table[last] = value
    with pytest.raises(LimitsMissing, match=named):
        read_schedule(data)


def test_days_in_a_schedule_may_be_days_of_toml(schedule_files: dict[str, Any]) -> None:
    data = copy.deepcopy(schedule_files["schedule-cn"])
    data["meta"]["effective_until"] = date(2027, 1, 1)
    assert read_schedule(data).effective_until == date(2027, 1, 1)
