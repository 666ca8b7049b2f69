"""How things end: step by step, each whatever the others do, and to the end however often somebody asks again.

Knows tasks and time. Does not know devices or tests.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from drivers.errors import DeviceError
from lanectl.lane.clock import Clock
from lanectl.ledger.values import SealedRecord

log = logging.getLogger(__name__)
SAFE_STEP_S = 2.0


async def make_safe(clock: Clock, steps: Sequence[tuple[str, Callable[[], Awaitable[None]]]]) -> list[str]:
    """Try every step in order and name those that failed; one dead device stops nothing."""
    failed = []
    for name, action in steps:
        try:
            async with clock.timeout(SAFE_STEP_S):
                await action()
        except (DeviceError, TimeoutError) as error:
            log.error("make_safe: %s failed: %r", name, error)
            failed.append(name)
        except Exception:  # the one place where every failure is survived: the lane comes to rest
            log.exception("make_safe: %s failed", name)
            failed.append(name)
    return failed


async def see_through(work: Awaitable[SealedRecord]) -> SealedRecord:
    """Await work to its end, however often we are cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            log.warning("stop asked again while the lane comes to rest; finishing first")
    return task.result()


async def end_tasks(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have ended, however they end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
