"""The ledger's one writer thread, so that a synced write never holds up the lane's loop."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, Protocol, TypeVar

from lanectl.ledger.store import Ledger

P = ParamSpec("P")
T = TypeVar("T")


class LedgerCaller(Protocol):
    """How the daemon reaches the ledger: ``await caller.call(caller.ledger.append, test_id, samples)``."""

    ledger: Ledger

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a method of the ledger and return its answer; calls run one at a time, in the order they were made."""

    async def close(self) -> None:
        """Finish every call that was made, then close the ledger."""


class LedgerThread:
    """Runs the ledger's methods in one thread of its own."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a method in the writer thread. A caller that is cancelled does not undo what it asked for."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, functools.partial(function, *args, **kwargs)))

    async def close(self) -> None:
        """Finish every call that was made, then close the ledger."""
        await self.call(self.ledger.close)
        self._thread.shutdown()


class LedgerInline:
    """Runs the ledger's methods at once, for tests on a manual clock."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a method now."""
        return function(*args, **kwargs)

    async def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()
