"""The heart of the daemon: says that the lane lives, and only while it does.

Listens in three places: at the lane's clock, whether each loop that must go on came round lately; at the ledger,
whether its thread answers; and its own beat shows that the event loop runs. Does not know what the loops do.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from weakref import WeakKeyDictionary

from lanectl.app.service import NO_WATCHDOG_S, Manager
from lanectl.lane.clock import Clock
from lanectl.ledger.writer import LedgerCaller

log = logging.getLogger(__name__)
VITAL = ("acquire-", "guard", "desk", "beats")
"""Tasks (by the beginning of their names) that rest on the lane's clock again and again for as long as they live."""
ROUND_WITHIN_MS = 30_000
"""Three times what opening a device may take, which is the longest that one of them waits for another."""
BEATS_A_WATCH = 4
LOOK_S = 0.02
"""How often a lane that starts is looked at until it is ready."""
LONG_START_S = 10.0


class HeardClock:
    """A lane's clock that remembers until when each task meant to rest (satisfies lane.clock.Clock)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due_ms: WeakKeyDictionary[asyncio.Task[object], float] = WeakKeyDictionary()

    def now_ms(self) -> int:
        """Return monotonic lane time in ms."""
        return self._clock.now_ms()

    def wall_ms(self) -> int:
        """Return UTC in ms since 1970."""
        return self._clock.wall_ms()

    async def sleep(self, seconds: float) -> None:
        """Wait in lane time."""
        task = asyncio.current_task()
        if task is not None:
            self._due_ms[task] = self._clock.now_ms() + seconds * 1000.0
        await self._clock.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Bound what happens inside to this much lane time."""
        return self._clock.timeout(seconds)

    def heard(self, name: str) -> bool:
        """Say whether a task whose name begins so has rested here and still lives."""
        return any(task.get_name().startswith(name) and not task.done() for task in list(self._due_ms))

    def stuck(self) -> dict[str, float]:
        """Return the vital tasks that did not come round in time, with how many ms late they are."""
        now_ms = self._clock.now_ms()
        late = {task.get_name(): now_ms - due for task, due in list(self._due_ms.items()) if not task.done()}
        return {name: ms for name, ms in late.items() if ms > ROUND_WITHIN_MS and name.startswith(VITAL)}


class Heart:
    """Beats for the service manager. ``status`` says in one line how the lane stands."""

    def __init__(self, manager: Manager, ledger: LedgerCaller, clock: HeardClock, status: Callable[[], str]) -> None:
        self._manager = manager
        self._ledger = ledger
        self._clock = clock
        self._status = status
        self._period_s = (manager.watchdog_s or NO_WATCHDOG_S) / BEATS_A_WATCH
        self._asked: asyncio.Future[None] | None = None
        self._troubled = False

    async def until_ready(self, needed: tuple[str, ...], terminal: Callable[[], bool]) -> None:
        """Wait until the page is served, these loops have begun, and the ledger's thread answers."""
        loop, said = asyncio.get_running_loop(), False
        began_s = loop.time()
        while missing := self._missing(needed, terminal()) or await self._troubles():
            if not said and loop.time() - began_s > LONG_START_S:
                log.warning("the lane is not ready yet: %s", "; ".join(missing))
                said = True
            await asyncio.sleep(LOOK_S)
        self._manager.tell("READY=1")

    async def run(self) -> None:
        """Beat until cancelled; leave a beat out whenever something does not go on."""
        while True:
            troubles = await self._troubles()
            if troubles:
                self._manager.status("no heartbeat: " + "; ".join(troubles))
            else:
                self._manager.tell("WATCHDOG=1")
                self._manager.status(self._status())
            if troubles and not self._troubled:
                log.critical("the lane does not go on: %s", "; ".join(troubles))
            self._troubled = bool(troubles)
            await asyncio.sleep(self._period_s)

    def _missing(self, needed: tuple[str, ...], terminal: bool) -> list[str]:
        waiting = [f"{name} has not begun" for name in needed if not self._clock.heard(name)]
        return waiting if terminal else ["the page is not served", *waiting]

    async def _troubles(self) -> list[str]:
        late = [f"{name} has not come round for {ms / 1000:.0f} s" for name, ms in self._clock.stuck().items()]
        return late if await self._ledger_answers() else [*late, "the ledger's thread does not answer"]

    async def _ledger_answers(self) -> bool:
        """Ask the ledger's thread to do nothing, and never ask twice at once."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.ensure_future(self._ledger.call(_nothing))
        await asyncio.wait({self._asked}, timeout=self._period_s)
        return self._asked.done() and not self._asked.cancelled() and self._asked.exception() is None


def _nothing() -> None:
    """Be done in the ledger's thread, after everything asked before."""
