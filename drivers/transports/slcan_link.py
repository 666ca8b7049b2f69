"""A CAN link through a serial adapter with LAWICEL's command set, over any byte transport.

Knows how the adapter is asked for signs of life, set to a bit rate and opened, and what it says between frames.
Does not know serial ports, identifiers, or what frames carry.
"""

from collections import deque

from drivers.errors import NoReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.pace import Pace
from drivers.transports.base import Transport
from drivers.transports.can_link import BusState
from protocols import slcan
from protocols.can_frame import CanFrame
from protocols.errors import FrameError

ANSWER_S = 0.5
TRIES = 2
_MOST_FRAMES = 4096
"""A busy bus must not eat our memory: beyond this, the oldest frames go."""


class SlcanLink:
    """A serial CAN adapter. It must know the command V; that is how a dead one is told from a silent vehicle."""

    def __init__(self, device: str, transport: Transport, pace: Pace, bitrates: tuple[int, ...]) -> None:
        self.bitrates = bitrates
        self.firmware: str | None = None
        self.checked = False
        self._device = device
        self._transport = transport
        self._pace = pace
        self._framer = slcan.LineFramer()
        self._frames: deque[CanFrame] = deque(maxlen=_MOST_FRAMES)
        self._refusals = 0
        self._unreadable = ""

    async def open(self) -> None:
        """Open the port, close the channel that an earlier host may have left open, and ask for the version."""
        await self._transport.open()
        self._framer, self._unreadable = slcan.LineFramer(), ""
        await self._transport.write(slcan.CR * 2 + slcan.encode_command(slcan.CLOSE))
        version = await self._ask(slcan.VERSION)
        if version is None and self._unreadable:
            said = f"a CAN adapter tells its version, this says {self._unreadable!r}"
            raise WrongDeviceError(self._device, "open", said)
        if version is None:
            raise NoReplyError(self._device, "open", f"silence for {TRIES * ANSWER_S:g} s")
        self.firmware = version.text

    async def join(self, bitrate_kbit: int) -> None:
        """Close the channel, choose the bit rate, open the channel."""
        doing = f"join the bus at {bitrate_kbit} kbit/s"
        await self._transport.write(slcan.encode_command(slcan.CLOSE))
        await self._tell_version(doing)  # whatever it said to C, which it refuses when closed, is over by now
        self._refusals = 0
        await self._transport.write(slcan.encode_bitrate(bitrate_kbit) + slcan.encode_command(slcan.OPEN))
        await self._tell_version(doing)
        if self._refusals:
            raise RefusedError(self._device, doing, "the CAN adapter refuses the bit rate or the channel")
        self._frames.clear()

    async def leave(self) -> None:
        """Close the channel."""
        await self._transport.write(slcan.encode_command(slcan.CLOSE))

    async def close(self) -> None:
        """Close the port."""
        await self._transport.close()

    async def send(self, frame: CanFrame) -> None:
        """Hand one frame to the adapter."""
        await self._transport.write(slcan.encode_frame(frame))

    async def receive(self) -> CanFrame:
        """Return the next frame; what the adapter says in between is noted."""
        while not self._frames:
            await self._listen()
        return self._frames.popleft()

    def purge(self) -> None:
        """Forget frames that were not received. A line that has begun is kept: its end still comes."""
        self._frames.clear()

    def lost(self) -> str | None:
        """Say why the port is gone; None while it seems sound."""
        return self._transport.lost()

    async def check(self, doing: str) -> BusState:
        """Ask for the state of the bus, which not every adapter tells, and for the version, which each must."""
        await self._transport.write(slcan.encode_command(slcan.FLAGS))
        told = await self._tell_version(doing)
        flags = told.flags if told is not None else ()
        return BusState(", ".join(flags) or None)

    async def _tell_version(self, doing: str) -> slcan.Told | None:
        """Return what it said to F before its version came; NotReadyError when it is silent."""
        flags: list[slcan.Told] = []
        if await self._ask(slcan.VERSION, flags) is None:
            raise NotReadyError(self._device, doing, "the CAN adapter does not answer; check its power")
        return flags[-1] if flags else None

    async def _ask(self, letter: str, others: list[slcan.Told] | None = None) -> slcan.Told | None:
        for _ in range(TRIES):
            await self._transport.write(slcan.encode_command(letter))
            try:
                async with self._pace.timeout(ANSWER_S):
                    while True:
                        for told in await self._listen():
                            if told.letter == letter:
                                return told
                            if others is not None:
                                others.append(told)
            except TimeoutError:
                continue
        return None

    async def _listen(self) -> list[slcan.Told]:
        """Take what arrives next: frames into the queue, refusals into their count; return what was told."""
        told = []
        for line in self._framer.feed(await self._transport.read()):
            try:
                word = slcan.decode_line(line)
            except FrameError:
                self._unreadable = line.decode("ascii", "replace")
                continue
            match word:
                case CanFrame():
                    self._frames.append(word)
                case slcan.Refused():
                    self._refusals += 1
                case slcan.Told():
                    told.append(word)
        return told
