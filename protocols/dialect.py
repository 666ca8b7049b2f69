"""What every dialect of a family of devices has to offer to the driver and to the simulated face.

Knows framers by their shape. Does not know any protocol.
"""

from typing import Protocol, TypeVar

T = TypeVar("T")


class Framer(Protocol[T]):
    """Cuts bytes into what they say."""

    def feed(self, chunk: bytes) -> list[T]:
        """Return what this chunk completes."""


class AnswerFramer(Framer[T], Protocol[T]):
    """Finds the one reply to one request."""

    surplus: int
    """Bytes that came after it."""
