"""What every way onto a CAN bus can do, and the line that a driver holds: a link with a memory of what went over it.

Knows frames, the last of them, and the lane's tap. Does not know adapters, identifiers, or what a frame carries.
"""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from drivers.exchange import REMEMBERED, Direction, Said, Tap
from drivers.pace import Pace
from protocols.can_frame import CanFrame


@dataclass(frozen=True, slots=True)
class BusState:
    """What a link knows about its bus besides the frames."""

    errors: str | None = None
    """What the adapter has to say against the bus, for a report."""
    disturbed: bool = False
    """True where frames are spoilt, rather than nobody there to take them: bit rate or wiring."""


class CanLink(Protocol):
    """A way onto a CAN bus. Every verb raises PortLostError when the adapter is gone."""

    bitrates: tuple[int, ...]
    """The bit rates (kbit/s) that it can be set to, in the order in which a vehicle is looked for."""
    firmware: str | None
    """What the adapter said about itself when it was opened."""
    checked: bool
    """Whether a frame that was damaged between adapter and us would be noticed."""

    async def open(self) -> None:
        """Open the adapter; it does not take part in the bus yet."""

    async def join(self, bitrate_kbit: int) -> None:
        """Take part in the bus at this bit rate; RefusedError when the adapter will not."""

    async def leave(self) -> None:
        """Take no part in the bus any more."""

    async def close(self) -> None:
        """Close the adapter; idempotent, and wakes whoever receives with PortLostError."""

    async def send(self, frame: CanFrame) -> None:
        """Send one frame, without waiting for the bus."""

    async def receive(self) -> CanFrame:
        """Return the next frame, waiting for one."""

    def purge(self) -> None:
        """Forget what has arrived and was not received."""

    def lost(self) -> str | None:
        """Say why the open adapter is gone, as far as is known without trying; None while it seems sound."""

    async def check(self, doing: str) -> BusState:
        """Ask whether the adapter itself is well; NotReadyError when it does not answer."""


class CanLine:
    """One device's CAN link with the last frames in mind; in the place that Exchange has for other devices."""

    def __init__(self, device: str, link: CanLink, pace: Pace, tap: Tap | None = None) -> None:
        self.device = device
        self.link = link
        self.tap = tap
        """Called with each frame, written as in a bus log; the lane keeps raw traffic with the test through it."""
        self.recent: deque[Said] = deque(maxlen=REMEMBERED)
        self._pace = pace

    def lost(self) -> str | None:
        """Say why the open adapter is gone, as far as is known without trying."""
        return self.link.lost()

    async def send(self, frame: CanFrame) -> None:
        """Send one frame."""
        self._note("to_device", frame)
        await self.link.send(frame)

    async def receive(self, within_s: float) -> CanFrame | None:
        """Return the next frame, or None when the time is over."""
        try:
            async with self._pace.timeout(within_s):
                frame = await self.link.receive()
        except TimeoutError:
            return None
        self._note("from_device", frame)
        return frame

    def _note(self, direction: Direction, frame: CanFrame) -> None:
        text, now_ms = str(frame).encode("ascii"), self._pace.now_ms()
        self.recent.append(Said(direction, text, now_ms))
        if self.tap is not None:
            self.tap(direction, text, now_ms)
