"""Dates of the gate: local time of Asia/Shanghai, compared by time where both have one, else by day.

Knows that China keeps UTC+8 all year. Does not know what time it is.
"""

from datetime import date, datetime, timedelta, timezone

from lanectl.model.case import Moment

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def day_of(moment: Moment) -> date:
    """Return the local day."""
    return local(moment).date() if isinstance(moment, datetime) else moment


def local(moment: datetime) -> datetime:
    """Return the moment in local time; without an offset it is local already."""
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def before(first: Moment, second: Moment) -> bool:
    """Say whether the first lies before the second. By day alone, the same day is not before."""
    if isinstance(first, datetime) and isinstance(second, datetime):
        return local(first) < local(second)
    return day_of(first) < day_of(second)


def order(moment: Moment) -> tuple[date, datetime]:
    """Return a key to sort moments by; a day without a time comes first in its day."""
    midnight = datetime.combine(day_of(moment), datetime.min.time(), SHANGHAI)
    return day_of(moment), local(moment) if isinstance(moment, datetime) else midnight
