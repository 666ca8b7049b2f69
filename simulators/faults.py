"""What can go wrong between a device and its host: on the wire, and inside the device.

Knows how bytes get lost, late, bent or invented, and which switch of which model a device fault throws.
Does not know protocols: a wire fault never looks at what the bytes mean.
"""

from collections import deque
from collections.abc import Callable, Mapping
from random import Random
from typing import Protocol


class WireFault(Protocol):
    """A disturbance of what a device says. Time comes in as steps."""

    def bend(self, data: bytes) -> bytes:
        """Return what is left of these bytes, now."""

    def step(self, dt_s: float) -> bytes:
        """Let time pass; return bytes that come out of it by themselves."""


class Silence:
    """Nothing arrives."""

    def bend(self, data: bytes) -> bytes:
        """Swallow everything."""
        return b""

    def step(self, dt_s: float) -> bytes:
        """Stay silent."""
        return b""


class Truncation:
    """Each utterance ends after so many bytes."""

    def __init__(self, keep: int = 3) -> None:
        self._keep = keep

    def bend(self, data: bytes) -> bytes:
        """Cut the rest off."""
        return data[: self._keep]

    def step(self, dt_s: float) -> bytes:
        """Add nothing."""
        return b""


class WrongLength:
    """Each utterance has so many bytes too many (its last one again) or, below zero, too few."""

    def __init__(self, by: float = 1) -> None:
        self._by = round(by)

    def bend(self, data: bytes) -> bytes:
        """Add to the end or take from it."""
        if not data or self._by == 0:
            return data
        return data + data[-1:] * self._by if self._by > 0 else data[: self._by]

    def step(self, dt_s: float) -> bytes:
        """Add nothing."""
        return b""


class BitFlips:
    """Single bits tip over, each byte with this probability. The same seed tips the same bits."""

    def __init__(self, probability: float = 0.02, seed: int = 0) -> None:
        self._probability = probability
        self._random = Random(seed)  # noqa: S311 - a bad cable, not a secret

    def bend(self, data: bytes) -> bytes:
        """Tip one bit in some of the bytes."""
        return bytes(byte ^ self._mask() for byte in data)

    def _mask(self) -> int:
        return 1 << self._random.randrange(8) if self._random.random() < self._probability else 0

    def step(self, dt_s: float) -> bytes:
        """Add nothing."""
        return b""


class Delay:
    """Everything arrives, in order, but late."""

    def __init__(self, delay_s: float = 1.5) -> None:
        self._delay_s = delay_s
        self._now_s = 0.0
        self._under_way: deque[tuple[float, bytes]] = deque()

    def bend(self, data: bytes) -> bytes:
        """Hold these bytes back."""
        if data:
            self._under_way.append((self._now_s + self._delay_s, data))
        return b""

    def step(self, dt_s: float) -> bytes:
        """Let go what has waited long enough."""
        self._now_s += dt_s
        out = bytearray()
        while self._under_way and self._under_way[0][0] <= self._now_s + 1e-9:
            out += self._under_way.popleft()[1]
        return bytes(out)


class Babble:
    """Bytes that nobody sent, at this rate, between the true ones."""

    def __init__(self, bytes_per_s: float = 400.0, seed: int = 0) -> None:
        self._rate = bytes_per_s
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._due = 0.0

    def bend(self, data: bytes) -> bytes:
        """Leave the true bytes alone."""
        return data

    def step(self, dt_s: float) -> bytes:
        """Invent what falls due."""
        self._due += self._rate * dt_s
        count = int(self._due)
        self._due -= count
        return self._random.randbytes(count)


WIRE_FAULTS: Mapping[str, Callable[..., WireFault]] = {
    "silence": Silence,
    "truncation": Truncation,
    "wrong_length": WrongLength,
    "bit_flips": BitFlips,
    "delay": Delay,
    "babble": Babble,
}
"""By the name that a control command uses. ``unplug`` is not here: it belongs to the end of the wire."""

OTHER_NAMES = {"late": "delay", "truncated": "truncation", "flipped": "bit_flips"}
"""Names under which commands may call these as well."""


class FaultChain:
    """All disturbances of one wire, each for a while or until it is taken away."""

    def __init__(self) -> None:
        self._active: list[tuple[str, WireFault, float | None]] = []

    @property
    def names(self) -> list[str]:
        """What is wrong now."""
        return [name for name, _, _ in self._active]

    def add(self, name: str, fault: WireFault, for_s: float | None = None) -> None:
        """Begin a disturbance, for this long or until ``clear``; one of the same name is replaced."""
        self.clear(name)
        self._active.append((name, fault, for_s))

    def clear(self, name: str | None = None) -> None:
        """End one disturbance, or all of them."""
        self._active = [each for each in self._active if name is not None and each[0] != name]

    def bend(self, data: bytes) -> bytes:
        """Send bytes through all disturbances."""
        for _, fault, _ in self._active:
            data = fault.bend(data)
        return data

    def step(self, dt_s: float) -> bytes:
        """Let time pass; what one disturbance gives off runs through those after it."""
        out = b""
        still: list[tuple[str, WireFault, float | None]] = []
        for name, fault, left_s in self._active:
            out = fault.bend(out) + fault.step(dt_s)
            if left_s is None or left_s > dt_s:
                still.append((name, fault, None if left_s is None else left_s - dt_s))
        self._active = still
        return out
