"""Where a wire meets its host over TCP: one listening port on loopback, one host at a time.

Knows how a wire is plugged. Does not know sockets, devices, faults or time; whoever steps the lane calls ``follow``.
"""

import re

from simulators.modbus_face import ModbusFace
from simulators.one_host import OneHost
from simulators.wire import Wire

ADDRESS = re.compile(r"tcp:/{1,2}(127\.0\.0\.1|localhost):([0-9]{1,5})")


class WireOnTcp:
    """One wire behind a TCP port. Pulling the wire refuses callers; a new caller replaces the one before."""

    def __init__(self, wire: Wire, port: int = 0) -> None:
        self._wire = wire
        self._host = OneHost(port, self._speak_tcp, self._hear)

    @property
    def port(self) -> int:
        """The port; 0 until ``open`` has chosen one."""
        return self._host.port

    def open(self) -> None:
        """Listen."""
        self._speak_tcp()
        self._host.open()

    def close(self) -> None:
        """Hang up and stop listening. Idempotent."""
        self._host.close()

    def follow(self) -> None:
        """Do as the wire says: plugged or not, and what it has to say."""
        if self._wire.plugged != self._host.listens:
            self.open() if self._wire.plugged else self.close()
        self._host.say(self._wire.take())

    def _speak_tcp(self) -> None:
        if isinstance(self._wire.face, ModbusFace):
            self._wire.face.speak("tcp")

    def _hear(self, data: bytes) -> None:
        self._wire.receive(data)
        self._host.say(self._wire.take())


def tcp_port(name: str) -> int | None:
    """Return the port of an address such as tcp://127.0.0.1:1502, or None where it is no such address."""
    found = ADDRESS.fullmatch(name)
    return int(found[2]) if found is not None else None
