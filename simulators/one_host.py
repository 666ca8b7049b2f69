"""A listening port on loopback with one host at a time; a new caller replaces the one before.

Knows sockets. Does not know what is said.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable

CHUNK = 4096


class OneHost:
    """``came`` is called when a host has come, ``heard`` with what it says."""

    def __init__(self, port: int, came: Callable[[], None], heard: Callable[[bytes], None]) -> None:
        self.port = port
        """The port; 0 until ``open`` has chosen one."""
        self._came, self._heard = came, heard
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None

    @property
    def listens(self) -> bool:
        """Whether somebody can call."""
        return self._listener is not None

    def open(self) -> None:
        """Listen."""
        listener = socket.create_server(("127.0.0.1", self.port))
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        asyncio.get_running_loop().add_reader(listener, self._accept)

    def close(self) -> None:
        """Hang up and stop listening. Idempotent."""
        self._hang_up()
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def say(self, data: bytes) -> None:
        """Say something to the host, if there is one; one that does not listen loses it."""
        if self._host is not None and data:
            with contextlib.suppress(OSError):  # one that is gone is seen by _hear
                self._host.send(data)

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            host, _ = self._listener.accept()
        except BlockingIOError:
            return
        self._hang_up()
        host.setblocking(False)
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = host
        asyncio.get_running_loop().add_reader(host, self._hear)
        self._came()

    def _hear(self) -> None:
        if self._host is None:
            return
        try:
            data = self._host.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        self._heard(data)

    def _hang_up(self) -> None:
        if self._host is not None:
            asyncio.get_running_loop().remove_reader(self._host)
            self._host.close()
            self._host = None
