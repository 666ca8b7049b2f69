"""The time a driver lives in: handed in by the lane, real in service, manual in tests."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Pace(Protocol):
    """A monotonic clock and its waits. Drivers never look at any other clock."""

    def now_ms(self) -> int:
        """Return monotonic lane time in ms."""

    async def sleep(self, seconds: float) -> None:
        """Wait in lane time."""

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Bound what happens inside to this much lane time; raises TimeoutError."""
