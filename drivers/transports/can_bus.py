"""A CAN link through python-can on the event loop: the kernel's CAN interfaces, and UDP multicast for training.

Knows how such a bus is opened and read without a thread, and what the kernel's error frames say about the bus.
Does not know identifiers beyond the ones that on-board diagnosis answers with, or what frames carry.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import can

from drivers.errors import PortLostError
from drivers.transports.can_link import BusState
from protocols import j1939
from protocols.can_frame import CanFrame
from protocols.errors import FrameError

_MOST_FRAMES, _AT_ONCE = 4096, 32
"""A busy bus must neither eat our memory nor hold up the loop, which comes back for the rest."""
WHAT_IS_READ: list[dict[str, Any]] = [
    {"can_id": 0x7E8, "can_mask": 0x7F8, "extended": False},
    {"can_id": 0x18DAF100, "can_mask": 0x1FFFFF00, "extended": True},
    *({"can_id": pgn << 8, "can_mask": j1939.group_mask(pgn), "extended": True} for pgn in sorted(j1939.NAMES)),
]
"""What the kernel lets through to us: a diagnostic connector without a gateway carries the whole vehicle's traffic.
Answers of ISO 15765-4, and the parameter groups of J1939 that are read here."""
ERROR_PROTOCOL, ERROR_NO_ACKNOWLEDGE, ERROR_BUS_OFF = 0x008, 0x020, 0x040
ACKNOWLEDGE_SLOT = 0x19
"""Classes of error frames, and the place in a frame where nobody's acknowledgement is missed (linux/can/error.h)."""


def open_socketcan(interface: str) -> can.BusABC:
    """Open a CAN interface of the kernel."""
    return can.Bus(interface="socketcan", channel=interface, can_filters=WHAT_IS_READ)


def open_udp(group: str, port: int) -> can.BusABC:
    """Open a multicast group as a bus. No hop: what is simulated does not leave this machine."""
    return can.Bus(interface="udp_multicast", channel=group, port=port, hop_limit=0, fd=False, can_filters=WHAT_IS_READ)


class BusLink:
    """A python-can bus that has a file descriptor. The bit rate is set outside (systemd-networkd)."""

    def __init__(self, device: str, name: str, open_bus: Callable[[], can.BusABC], bitrate_kbit: int) -> None:
        self.bitrates: tuple[int, ...] = (bitrate_kbit,)
        self.firmware: str | None = None
        self.checked = True
        self._device = device
        self._name = name
        self._open_bus = open_bus
        self._bus: can.BusABC | None = None
        self._fd = -1
        self._frames: deque[CanFrame] = deque(maxlen=_MOST_FRAMES)
        self._wake = asyncio.Event()
        self._lost = "the bus is closed"
        self._errors: set[str] = set()
        self._disturbed = False

    async def open(self) -> None:
        """Open the bus and listen."""
        await self.close()
        try:
            bus = await asyncio.to_thread(self._open_bus)
        except (can.CanError, OSError, ValueError) as error:
            raise self._gone("open", str(error)) from error
        self._bus, self._fd, self._lost = bus, bus.fileno(), ""
        self._forget()
        asyncio.get_running_loop().add_reader(self._fd, self._read)

    async def join(self, bitrate_kbit: int) -> None:
        """Begin anew; the interface takes part in the bus as long as it is up."""
        self._sound("join")
        self._forget()

    async def leave(self) -> None:
        """Do nothing: whether the interface is on the bus is not ours to say."""

    async def close(self) -> None:
        """Close the bus and wake whoever receives; idempotent."""
        bus, self._bus = self._bus, None
        if bus is None:
            return
        self._lose(self._lost or "the bus was closed")
        bus.shutdown()

    async def send(self, frame: CanFrame) -> None:
        """Hand one frame to the kernel, which takes it at once."""
        bus = self._sound("send")
        message = can.Message(arbitration_id=frame.can_id, data=frame.data, is_extended_id=frame.extended, check=True)
        try:
            bus.send(message)
        except (can.CanError, OSError) as error:
            raise self._gone("send", str(error)) from error

    async def receive(self) -> CanFrame:
        """Return the next frame."""
        while not self._frames:
            self._sound("receive")
            self._wake.clear()
            await self._wake.wait()
        return self._frames.popleft()

    def purge(self) -> None:
        """Forget frames that were not received."""
        self._frames.clear()

    def lost(self) -> str | None:
        """Say why the bus is gone; None while it is sound, or closed."""
        return None if self._bus is None else self._lost or None

    async def check(self, doing: str) -> BusState:
        """Say what the error frames said since the bus was joined."""
        self._sound(doing)
        return BusState(", ".join(sorted(self._errors)) or None, self._disturbed)

    def _forget(self) -> None:
        self._frames.clear()
        self._errors.clear()
        self._disturbed = False

    def _sound(self, doing: str) -> can.BusABC:
        if self._bus is None or self._lost:
            raise self._gone(doing, self._lost)
        return self._bus

    def _gone(self, doing: str, why: str) -> PortLostError:
        return PortLostError(self._device, doing, f"{self._name}: {why or 'the bus is closed'}")

    def _lose(self, why: str) -> None:
        self._lost = why
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._fd = -1
        self._wake.set()

    def _read(self) -> None:
        """Take what has arrived; called by the loop."""
        bus = self._bus
        if bus is None:
            return
        try:
            for _ in range(_AT_ONCE):
                message = bus.recv(0)
                if message is None:
                    return
                self._take(message)
        except (can.CanError, OSError) as error:
            self._lose(str(error))

    def _take(self, message: can.Message) -> None:
        if message.is_error_frame:
            self._note_error(message)
            return
        if message.is_remote_frame or message.is_fd:
            return
        try:
            frame = CanFrame(message.arbitration_id, bytes(message.data), message.is_extended_id)
        except FrameError:
            return
        self._frames.append(frame)
        self._wake.set()

    def _note_error(self, message: can.Message) -> None:
        kind, data = message.arbitration_id, bytes(message.data)
        unacknowledged = bool(kind & ERROR_NO_ACKNOWLEDGE) or data[3:4] == bytes([ACKNOWLEDGE_SLOT])
        if unacknowledged:
            self._errors.add("nobody acknowledges")
        if kind & ERROR_BUS_OFF:
            self._errors.add("bus off")
        if kind & ERROR_PROTOCOL and not unacknowledged:
            self._errors.add("spoilt frames")
            self._disturbed = True
