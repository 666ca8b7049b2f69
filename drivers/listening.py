"""Ports that are only listened to: a serial port opened for reading alone, and a CAN bus whose frames all come through.

Knows how a port is opened so that nothing can be written to it. Does not know frames of devices, or what is done with
what is heard. A port that another program holds for itself is refused by the kernel.
"""

import asyncio
import contextlib
import fcntl
import functools
import os
import termios
import tty

import can

from drivers.errors import PortLostError
from drivers.obd.can_settings import SOCKETCAN, UDP_MULTICAST
from drivers.transports.can_bus import BusLink

CHUNK = 4096


class ListeningPort:
    """A serial port, or pseudo-terminal, that cannot be written to."""

    def __init__(self, path: str, baud: int) -> None:
        self.path = path
        self._baud = baud
        self._fd: int | None = None
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def open(self) -> None:
        """Open the port, for us alone, at its speed (8N1)."""
        try:
            self._fd = os.open(self.path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._set_up(self._fd)
        except (OSError, termios.error, AttributeError) as error:
            self.close()
            raise PortLostError(self.path, "open", str(error)) from None
        asyncio.get_running_loop().add_reader(self._fd, self._hear)

    async def read(self) -> bytes:
        """Return what arrives next; PortLostError when the port is gone."""
        data = await self._heard.get()
        if not data:
            raise PortLostError(self.path, "listen", "the port is gone")
        return data

    def close(self) -> None:
        """Close the port; idempotent."""
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().remove_reader(fd)
            os.close(fd)

    def _set_up(self, fd: int) -> None:
        tty.setraw(fd)
        speed = getattr(termios, f"B{self._baud}")
        settings = termios.tcgetattr(fd)
        settings[2] = (settings[2] & ~termios.HUPCL) | termios.CLOCAL | termios.CREAD
        settings[4] = settings[5] = speed
        termios.tcsetattr(fd, termios.TCSANOW, settings)

    def _hear(self) -> None:
        assert self._fd is not None
        try:
            data = os.read(self._fd, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._fd)
        self._heard.put_nowait(data)


def listening_bus(port: str) -> BusLink | None:
    """Return a bus of the kernel, or of UDP packets, with every frame on it; None where the name means neither."""
    if found := SOCKETCAN.fullmatch(port):
        open_bus = functools.partial(can.Bus, interface="socketcan", channel=found[1])
    elif UDP_MULTICAST.fullmatch(port):
        group, _, number = port.removeprefix("udp_multicast:").rpartition(":")
        open_bus = functools.partial(can.Bus, interface="udp_multicast", channel=group, port=int(number), fd=False)
    else:
        return None
    return BusLink(port, port, open_bus, 0)
