"""The lane's time: monotonic for every duration, wall time only as a stamp.

Knows nothing of devices. A clock factor above 1 exists for training alone; official mode refuses it (app.mode).
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

BEIJING = timezone(timedelta(hours=8), "CST")
"""Asia/Shanghai has had no daylight saving since 1991, so a fixed offset is exact."""


class Clock(Protocol):
    """What the lane asks of time."""

    def now_ms(self) -> int:
        """Return monotonic lane time in ms."""

    def wall_ms(self) -> int:
        """Return UTC in ms since 1970."""

    async def sleep(self, seconds: float) -> None:
        """Wait in lane time."""

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Bound what happens inside to this much lane time; raises TimeoutError."""


class RealClock:
    """Real time, or in training real time run ``factor`` times as fast."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def now_ms(self) -> int:
        """Return monotonic lane time in ms."""
        return int(time.monotonic() * 1000.0 * self.factor)

    def wall_ms(self) -> int:
        """Return UTC in ms since 1970, never scaled."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait in lane time."""
        await asyncio.sleep(seconds / self.factor)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Bound what happens inside to this much lane time."""
        return asyncio.timeout(seconds / self.factor)


def stamp(wall_ms: int) -> str:
    """Return a wall time as ISO 8601 with the offset of Asia/Shanghai, to the millisecond."""
    return datetime.fromtimestamp(wall_ms / 1000.0, BEIJING).isoformat(timespec="milliseconds")


def local_moment(wall_ms: int) -> datetime:
    """Return a wall time as naive local time of Asia/Shanghai, as the gate reads it."""
    return datetime.fromtimestamp(wall_ms / 1000.0, BEIJING).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class BeatMark:
    """One beat: its number, when it came, and how many beats before it did not take place."""

    number: int
    at_ms: int
    missed: int


async def beats(clock: Clock, period_ms: int = 100) -> AsyncIterator[BeatMark]:
    """Beat on fixed deadlines; a late beat says how many it skipped and never bunches up."""
    started_ms, number = clock.now_ms(), 0
    while True:
        deadline_ms = started_ms + (number + 1) * period_ms
        await clock.sleep(max(0, deadline_ms - clock.now_ms()) / 1000.0)
        missed = max(0, (clock.now_ms() - deadline_ms) // period_ms)
        number += 1 + missed
        yield BeatMark(number, clock.now_ms(), missed)
