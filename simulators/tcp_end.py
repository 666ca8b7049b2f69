"""Where a wire meets its host over TCP: one listening port on loopback, one host at a time.

Knows sockets. Does not know devices, faults or time; whoever steps the lane calls ``follow``.
"""

import asyncio
import contextlib
import re
import socket

from simulators.modbus_face import ModbusFace
from simulators.wire import Wire

ADDRESS = re.compile(r"tcp:/{1,2}(127\.0\.0\.1|localhost):([0-9]{1,5})")
CHUNK = 4096


class WireOnTcp:
    """One wire behind a TCP port. Pulling the wire refuses callers; a new caller replaces the one before."""

    def __init__(self, wire: Wire, port: int = 0) -> None:
        self._wire = wire
        self.port = port
        """The port; 0 until ``open`` has chosen one."""
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None

    def open(self) -> None:
        """Listen."""
        listener = socket.create_server(("127.0.0.1", self.port))
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._speak_tcp()
        asyncio.get_running_loop().add_reader(listener, self._accept)

    def close(self) -> None:
        """Hang up and stop listening. Idempotent."""
        self._hang_up()
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def follow(self) -> None:
        """Do as the wire says: plugged or not, and what it has to say."""
        if self._wire.plugged != (self._listener is not None):
            self.open() if self._wire.plugged else self.close()
        self._say(self._wire.take())

    def _speak_tcp(self) -> None:
        if isinstance(self._wire.face, ModbusFace):
            self._wire.face.speak("tcp")

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
        self._speak_tcp()
        asyncio.get_running_loop().add_reader(host, self._hear)

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
        self._wire.receive(data)
        self._say(self._wire.take())

    def _say(self, data: bytes) -> None:
        if self._host is not None and data:
            with contextlib.suppress(
                OSError
            ):  # a host that does not listen loses it; one that is gone is seen by _hear
                self._host.send(data)

    def _hang_up(self) -> None:
        if self._host is not None:
            asyncio.get_running_loop().remove_reader(self._host)
            self._host.close()
            self._host = None


def tcp_port(name: str) -> int | None:
    """Return the port of an address such as tcp://127.0.0.1:1502, or None where it is no such address."""
    found = ADDRESS.fullmatch(name)
    return int(found[2]) if found is not None else None
