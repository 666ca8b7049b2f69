"""Where a CAN wire meets its host without a serial port: CAN over UDP multicast, and a socketcand server on loopback.

Knows sockets and how frames travel on them. Does not know control units, faults or time; whoever steps the lane calls
``follow``. On the wire itself frames are the text of a serial adapter, so that faults bend them there as everywhere.
"""

import asyncio
import contextlib
import re

import can

from protocols import slcan, socketcand
from protocols.can_frame import CanFrame
from protocols.errors import FrameError
from simulators.obd_can import SlcanFace
from simulators.one_host import OneHost
from simulators.runner import End
from simulators.wire import Wire

UDP_ADDRESS = re.compile(r"udp_multicast:([0-9.]+):([0-9]{1,5})")
SOCKETCAND_ADDRESS = re.compile(r"socketcand://(?:127\.0\.0\.1|localhost):([0-9]{1,5})/([A-Za-z0-9_.-]{1,15})")


class FrameWire:
    """A wire as frames: what the adapter's text says, and text for what it is to hear."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._framer = slcan.LineFramer()

    @property
    def plugged(self) -> bool:
        """Whether the adapter is in the computer."""
        return self._wire.plugged

    def join(self) -> None:
        """Let the adapter behind the wire take part in the bus."""
        if isinstance(self._wire.face, SlcanFace):
            self._wire.face.join()

    def hear(self, frame: CanFrame) -> None:
        """Hand over a frame of the host."""
        self._wire.receive(slcan.encode_frame(frame))

    def take(self) -> list[CanFrame]:
        """Return the frames for the host; what a fault has bent out of shape is no frame and gone."""
        frames = []
        for line in self._framer.feed(self._wire.take()):
            with contextlib.suppress(FrameError):
                said = slcan.decode_line(line)
                if isinstance(said, CanFrame):
                    frames.append(said)
        return frames


class WireOnUdp:
    """One wire on a UDP multicast group that no packet leaves this machine for."""

    def __init__(self, wire: Wire, group: str, port: int) -> None:
        self._wire = FrameWire(wire)
        self._group, self._port = group, port
        self._bus: can.BusABC | None = None

    def open(self) -> None:
        """Join the group."""
        self._bus = can.Bus(interface="udp_multicast", channel=self._group, port=self._port, hop_limit=0, fd=False)
        self._wire.join()
        asyncio.get_running_loop().add_reader(self._bus.fileno(), self._hear)

    def close(self) -> None:
        """Leave the group. Idempotent."""
        bus, self._bus = self._bus, None
        if bus is not None:
            asyncio.get_running_loop().remove_reader(bus.fileno())
            bus.shutdown()

    def follow(self) -> None:
        """Do as the wire says: plugged or not, and what it has to say."""
        if self._wire.plugged != (self._bus is not None):
            self.open() if self._wire.plugged else self.close()
        for frame in self._wire.take():
            if self._bus is not None:
                with contextlib.suppress(can.CanError):  # lost, as on a real bus
                    self._bus.send(
                        can.Message(arbitration_id=frame.can_id, data=frame.data, is_extended_id=frame.extended)
                    )

    def _hear(self) -> None:
        while self._bus is not None:
            try:
                message = self._bus.recv(0)
            except can.CanError:
                continue  # somebody else's packet
            if message is None:
                return
            with contextlib.suppress(FrameError):
                self._wire.hear(CanFrame(message.arbitration_id, bytes(message.data), message.is_extended_id))


class WireOnSocketcand:
    """One wire behind a socketcand server, one host at a time; a new caller replaces the one before."""

    def __init__(self, wire: Wire, port: int = 0, channel: str = "can0") -> None:
        self._wire = FrameWire(wire)
        self._host = OneHost(port, self._greet, self._hear)
        self._channel = channel
        self._framer = socketcand.WordFramer()
        self._raw = False

    @property
    def port(self) -> int:
        """The port; 0 until ``open`` has chosen one."""
        return self._host.port

    def open(self) -> None:
        """Listen."""
        self._wire.join()
        self._host.open()

    def close(self) -> None:
        """Hang up and stop listening. Idempotent."""
        self._host.close()

    def follow(self) -> None:
        """Do as the wire says: plugged or not, and what it has to say."""
        if self._wire.plugged != self._host.listens:
            self.open() if self._wire.plugged else self.close()
        for frame in self._wire.take():
            if self._raw:
                self._host.say(socketcand.encode_frame(frame, asyncio.get_running_loop().time()))

    def _greet(self) -> None:
        self._framer, self._raw = socketcand.WordFramer(), False
        self._host.say(socketcand.encode_word(socketcand.HI))

    def _hear(self, data: bytes) -> None:
        for word in self._framer.feed(data):
            self._obey(word)

    def _obey(self, word: str) -> None:
        if word in (f"open {self._channel}", socketcand.RAW_MODE):
            self._raw = self._raw or word == socketcand.RAW_MODE
            self._host.say(socketcand.encode_word(socketcand.OK))
        elif word == socketcand.ECHO:
            self._host.say(socketcand.encode_word(socketcand.ECHO))
        elif word.startswith("open "):
            self._host.say(socketcand.encode_word("error could not open bus"))
        elif self._raw:
            with contextlib.suppress(FrameError):
                self._wire.hear(socketcand.decode_send(word))


def can_end(wire: Wire, name: str) -> End | None:
    """Return the end that such a name means (udp_multicast:GROUP:PORT, socketcand://127.0.0.1:PORT/NAME), or None."""
    if found := UDP_ADDRESS.fullmatch(name):
        return WireOnUdp(wire, found[1], int(found[2]))
    if found := SOCKETCAND_ADDRESS.fullmatch(name):
        return WireOnSocketcand(wire, int(found[1]), found[2])
    return None
