"""An in-memory wire: two ends in one process, same bytes, no thread and no time.

Knows how to hand bytes over at once and how a pulled cable feels. Does not know who sits at the far end, or any clock.
"""

import asyncio
from collections.abc import Callable

from drivers.errors import PortLostError


class MemoryEnd:
    """One end of a pipe; see MemoryPipe. Beside the Transport verbs it has synchronous ones for lock-step peers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.on_arrival: Callable[[bytes], None] | None = None
        """When set, arriving bytes are handed to it at once instead of being kept for read()."""
        self._peer: MemoryEnd | None = None
        self._arrived = bytearray()
        self._wake = asyncio.Event()
        self._open = False
        self._plugged = True

    def join(self, peer: "MemoryEnd") -> None:
        """Make peer the other end."""
        self._peer = peer

    async def open(self) -> None:
        """Open the end; fails like a missing port while the cable is out."""
        if not self._plugged:
            raise PortLostError(self.name, "open", "no such port")
        self._arrived.clear()
        self._open = True

    def power_up(self) -> None:
        """Open the end without waiting, as a device does that is simply there."""
        self._open = True

    async def close(self) -> None:
        """Close the end and wake its reader."""
        self._open = False
        self._wake.set()

    async def write(self, data: bytes) -> None:
        """Hand data to the other end."""
        self.send(data)

    async def read(self) -> bytes:
        """Return what has arrived, waiting for at least one byte."""
        while not self._arrived:
            self._check("read")
            self._wake.clear()
            await self._wake.wait()
        return self.take()

    def purge(self) -> None:
        """Forget what has arrived and was not read."""
        self._arrived.clear()

    def lost(self) -> str | None:
        """Say that the cable was pulled; None while it is in."""
        return None if self._plugged else "the cable was pulled"

    def send(self, data: bytes) -> None:
        """Hand data to the other end, without waiting."""
        self._check("write")
        if self._peer is not None:
            self._peer.arrive(data)

    def take(self) -> bytes:
        """Return what has arrived so far, which may be nothing, without waiting."""
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def arrive(self, data: bytes) -> None:
        """Take bytes from the wire. A closed end hears nothing."""
        if not (self._open and self._plugged):
            return
        if self.on_arrival is not None:
            self.on_arrival(data)
            return
        self._arrived += data
        self._wake.set()

    def unplug(self) -> None:
        """Pull the cable at this end: reading and writing fail from now on, on both sides nothing arrives."""
        self._plugged = False
        self._arrived.clear()
        self._wake.set()

    def replug(self) -> None:
        """Put the cable back; the end must be opened again."""
        self._plugged = True
        self._open = False

    def _check(self, doing: str) -> None:
        if not self._plugged:
            raise PortLostError(self.name, doing, "the cable was pulled")
        if not self._open:
            raise PortLostError(self.name, doing, "the port is closed")


class MemoryPipe:
    """Makes pairs of joined ends."""

    @staticmethod
    def pair(name: str = "memory") -> tuple[MemoryEnd, MemoryEnd]:
        """Return the near end (for a driver) and the far end (for the device or its simulator; already open)."""
        near, far = MemoryEnd(name), MemoryEnd(f"{name} (far end)")
        near.join(far)
        far.join(near)
        far.power_up()
        return near, far
