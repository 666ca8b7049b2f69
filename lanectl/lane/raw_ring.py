"""The bytes that went over each device's wire, with their moments, kept with the test they belong to.

Knows a bounded ring for each device and the lines it is written in. Does not know what any of the bytes mean:
`lanectl decode` does. Nothing is left out of it but the oldest, and then the first line says how much.
"""

from collections import deque
from collections.abc import Iterable

from drivers.exchange import Direction
from lanectl.ledger.gz import gzip_bytes

LARGEST = 1 << 20
"""Bytes of a device that are kept: the busiest stream of a lane (4 kB/s) for four minutes."""
WAYS = {"to_device": ">", "from_device": "<"}
HEADER = "# mono_ms, > to the device or < from it, bytes in hex (a CAN frame: in hex of its text)\n"


class RawRing:
    """What one device and the lane said to each other, newest at the end."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._said: deque[tuple[int, str, bytes]] = deque()
        self._size = self._dropped = 0

    def note(self, direction: Direction, data: bytes, mono_ms: int) -> None:
        """Take note of one write or arrival; the tap of an exchange."""
        self._said.append((mono_ms, direction, data))
        self._size += len(data)
        while self._size > self._largest and len(self._said) > 1:
            _, _, oldest = self._said.popleft()
            self._size -= len(oldest)
            self._dropped += len(oldest)

    def clear(self) -> None:
        """Forget everything: another test begins."""
        self._said.clear()
        self._size = self._dropped = 0

    def taken(self) -> "RawRing":
        """Return the ring as it stands, for writing elsewhere while more is said."""
        copy = RawRing(self._largest)
        copy._said, copy._size, copy._dropped = self._said.copy(), self._size, self._dropped
        return copy

    def lines(self) -> Iterable[str]:
        """Yield the ring as text, oldest first."""
        yield HEADER
        if self._dropped:
            yield f"# the oldest {self._dropped} bytes are not here: only {self._largest} are kept\n"
        for mono_ms, direction, data in self._said:
            yield f"{mono_ms} {WAYS[direction]} {data.hex()}\n"


class RawRings:
    """One ring for each device of a lane."""

    def __init__(self) -> None:
        self._rings: dict[str, RawRing] = {}

    def of(self, device: str) -> RawRing:
        """Return the ring of a device."""
        return self._rings.setdefault(device, RawRing())

    def begin(self) -> None:
        """Begin a test: what was said before belongs to no test."""
        for ring in self._rings.values():
            ring.clear()

    def taken(self) -> "RawRings":
        """Return all rings as they stand."""
        copy = RawRings()
        copy._rings = {name: ring.taken() for name, ring in self._rings.items()}
        return copy

    def members(self) -> dict[str, bytes]:
        """Return what goes into a bundle under ``raw/``: for each device a packed text."""
        return {f"{name}.txt.gz": gzip_bytes("".join(ring.lines()).encode()) for name, ring in self._rings.items()}
