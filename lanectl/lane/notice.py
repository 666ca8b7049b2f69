"""A bell: whoever follows it is told that something changed; many rings close together are one."""

import asyncio
from collections.abc import AsyncIterator


class Notice:
    """Ring and follow."""

    def __init__(self) -> None:
        self._bells: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Tell every follower."""
        for bell in self._bells:
            bell.set()

    async def follow(self) -> AsyncIterator[None]:
        """Yield once at the start and once after every ring (or run of rings)."""
        bell = asyncio.Event()
        bell.set()
        self._bells.add(bell)
        try:
            while True:
                await bell.wait()
                bell.clear()
                yield
        finally:
            self._bells.discard(bell)
