"""What every wire face of a simulated device can do."""

from collections.abc import Callable
from typing import Protocol


class Face(Protocol):
    """A device as its host hears it: bytes in, bytes out. No port and no clock."""

    def feed(self, data: bytes) -> bytes:
        """Take what the host sent, in any chunking; return what the device answers at once."""

    def step(self, dt_s: float) -> bytes:
        """Let time pass; return what the device says by itself or answers late."""


class AnalyzerFace(Face, Protocol):
    """The face of an analyser before a sample line."""

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside of this make, and how it is switched on and off."""
