"""How a simulated device hears: requests in any chunking, and half a request forgotten after a silence.

Knows framers and silence. Does not know any protocol.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

PATIENCE_S = 0.1
"""A request whose rest does not come is forgotten after this."""


class RequestFramer(Protocol[T]):
    """Cuts what a host sends into requests."""

    def feed(self, chunk: bytes) -> list[T]:
        """Return each request that this chunk completes."""


class Patience(Generic[T]):
    """The ear of a device."""

    def __init__(self, framer: Callable[[], RequestFramer[T]], patience_s: float = PATIENCE_S) -> None:
        self._make_framer = framer
        self._framer = framer()
        self._patience_s = patience_s
        self._silent_s = 0.0

    def feed(self, data: bytes) -> list[T]:
        """Return each request that these bytes complete."""
        self._silent_s = 0.0
        return self._framer.feed(data)

    def step(self, dt_s: float) -> None:
        """Let time pass."""
        if self._silent_s < self._patience_s <= self._silent_s + dt_s:
            self._framer = self._make_framer()
        self._silent_s += dt_s
