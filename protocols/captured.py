"""What a captured frame says, in one form for every protocol.

Knows the shape of the question (bytes, their direction, what they answer) and of the explanation.
Does not know any protocol; each explains itself through an Explain function.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Captured:
    """One captured frame. ``request`` is what it answers, where the protocol needs that to be known."""

    frame: bytes
    to_device: bool = False
    request: bytes | None = None
    can_id: int | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """What a frame says: its kind, its numbers, its status words, its texts."""

    kind: str
    values: Mapping[str, float | None] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


Explain = Callable[[Captured], Explained]
"""Explains one captured frame, or raises FrameError."""


def from_single_float(value: float) -> float:
    """Return the decimal that was meant by a 32-bit float (25.6 travels as 25.600000381...)."""
    return float(f"{value:.7g}")
