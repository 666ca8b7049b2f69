"""Where a wire meets its host: a pseudo-terminal behind a stable name, or a pipe in memory on a clock by hand.

Knows file descriptors, raw mode and symbolic links. Does not know devices, faults or time.
"""

import os
import tty
from collections.abc import Callable
from pathlib import Path

from simulators.wire import Wire

CHUNK = 4096


class PtyEnd:
    """A pseudo-terminal whose far side bears a stable name, such as ``/run/lane/gas``.

    One descriptor of the far side stays open here: without it the near side reports an error between two hosts.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self.lost = 0
        """Bytes that a host did not fetch in time, so far."""
        self._near: int | None = None
        self._far: int | None = None

    @property
    def fd(self) -> int | None:
        """The near side, to wait on; None while unplugged."""
        return self._near

    def plug(self) -> int:
        """Make a new pseudo-terminal, point the name at it, and return the near side."""
        if self._near is not None:
            return self._near
        near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        self._near, self._far = near, far
        self._point_at(os.ttyname(far))
        return near

    def unplug(self) -> None:
        """Take name and terminal away: an open host sees what a pulled adapter gives. Idempotent."""
        if self._near is None or self._far is None:
            return
        self.link.unlink(missing_ok=True)
        os.close(self._far)
        os.close(self._near)
        self._near = self._far = None

    def read(self) -> bytes:
        """Return what the host has written, without waiting."""
        if self._near is None:
            return b""
        try:
            return os.read(self._near, CHUNK)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Give bytes to the host; what its buffer cannot take is lost, as at the end of a real cable."""
        if self._near is None or not data:
            return
        try:
            written = os.write(self._near, data)
        except BlockingIOError:
            written = 0
        self.lost += len(data) - written

    def _point_at(self, target: str) -> None:
        self.link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.link.with_name(f".{self.link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(self.link)


class MemoryEnd:
    """A wire's end in the same process, for lock-step on a clock by hand.

    ``read`` returns what the host has written so far (empty when nothing), ``write`` lets bytes arrive at the host.
    ``plug`` is told when the adapter is pulled (False) and put back (True).
    """

    def __init__(
        self,
        wire: Wire,
        read: Callable[[], bytes],
        write: Callable[[bytes], None],
        plug: Callable[[bool], None] | None = None,
    ) -> None:
        self._wire = wire
        self._read = read
        self._write = write
        self._tell_plug = plug
        self._plugged = wire.plugged

    def exchange(self) -> None:
        """Carry bytes both ways."""
        if self._wire.plugged != self._plugged:
            self._plugged = self._wire.plugged
            if self._tell_plug is not None:
                self._tell_plug(self._plugged)
        self._wire.receive(self._read())
        said = self._wire.take()
        if said and self._plugged:
            self._write(said)
