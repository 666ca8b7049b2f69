"""What every test shares: a clock that only moves when told, and a guard against tasks that outlive their test."""

import asyncio
import gc
import heapq
import inspect
import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class ManualClock:
    """Lane time that stands still until somebody advances it. Satisfies lane.clock.Clock and drivers.pace.Pace."""

    factor: float = 1.0
    _now_ms: int = 1_000_000
    _wall_zero_ms: int = 1_795_400_000_000
    _waiting: list[tuple[int, int, Any]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def now_ms(self) -> int:
        return self._now_ms

    def wall_ms(self) -> int:
        return self._wall_zero_ms + self._now_ms

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._at(seconds, lambda: None if future.done() else future.set_result(None))
        await future

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        return self._timeout(seconds)

    @asynccontextmanager
    async def _timeout(self, seconds: float) -> AsyncIterator[object]:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as bound:
            over = False

            def expire() -> None:
                if not over:
                    bound.reschedule(loop.time())

            self._at(seconds, expire)
            try:
                yield bound
            finally:
                over = True

    def _at(self, seconds: float, action: Any) -> None:
        due = self._now_ms + max(1, round(seconds * 1000))
        heapq.heappush(self._waiting, (due, next(self._numbers), action))

    async def advance(self, seconds: float) -> None:
        """Let lane time pass, waking everybody in order; between two wakings the loop runs dry."""
        end_ms = self._now_ms + round(seconds * 1000)
        await self.settle()
        while self._waiting and self._waiting[0][0] <= end_ms:
            due, _, action = heapq.heappop(self._waiting)
            self._now_ms = max(self._now_ms, due)
            action()
            await self.settle()
        self._now_ms = end_ms

    async def settle(self) -> None:
        """Run the loop until nobody has anything to do at this moment."""
        loop: Any = asyncio.get_running_loop()
        for _ in range(10_000):
            await asyncio.sleep(0)
            if not loop._ready:
                return
        raise AssertionError("the loop never comes to rest: something spins")


def pytest_collection_finish() -> None:
    """Take the thousands of tests, which live to the end, out of every later search for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def _guarded_loop() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    current = asyncio.current_task()
    left = {task for task in asyncio.all_tasks() - before if task is not current and not task.done()}
    assert not left, f"a test left tasks running: {left}"


@pytest.fixture(autouse=True)
def _no_task_left_behind(request: pytest.FixtureRequest) -> None:
    function = getattr(request.node, "obj", None)
    if inspect.iscoroutinefunction(function):
        request.getfixturevalue("_guarded_loop")
