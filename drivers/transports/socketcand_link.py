"""A CAN link through a socketcand server: a CAN interface of another machine, over TCP.

Knows the server's greeting, how an interface is opened raw, and how a server is asked whether it is still there.
Does not know TCP, identifiers, or what frames carry. The bit rate is set at the server.
"""

from collections import deque

from drivers.errors import NoReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.pace import Pace
from drivers.transports.base import Transport
from drivers.transports.can_link import BusState
from protocols import socketcand
from protocols.can_frame import CanFrame
from protocols.errors import FrameError

ANSWER_S = 1.0
_MOST_FRAMES = 4096


class SocketcandLink:
    """One interface of a socketcand server."""

    def __init__(self, device: str, transport: Transport, pace: Pace, channel: str, bitrate_kbit: int) -> None:
        self.bitrates: tuple[int, ...] = (bitrate_kbit,)
        self.firmware: str | None = None
        self.checked = True
        self._device = device
        self._transport = transport
        self._pace = pace
        self._channel = channel
        self._framer = socketcand.WordFramer()
        self._frames: deque[CanFrame] = deque(maxlen=_MOST_FRAMES)
        self._words: deque[str] = deque(maxlen=16)

    async def open(self) -> None:
        """Connect, wait for the greeting, open the interface, ask for every frame."""
        await self._transport.open()
        self._framer = socketcand.WordFramer()
        self._frames.clear()
        self._words.clear()
        try:
            await self._expect(socketcand.HI, "open")
            for word in (f"open {self._channel}", socketcand.RAW_MODE):
                await self._transport.write(socketcand.encode_word(word))
                await self._expect(socketcand.OK, word)
        except TimeoutError:
            raise NoReplyError(self._device, "open", f"silence for {ANSWER_S:g} s") from None

    async def join(self, bitrate_kbit: int) -> None:
        """Do nothing: the server's interface is on the bus already."""
        self._frames.clear()

    async def leave(self) -> None:
        """Do nothing: whether the server's interface is on the bus is not ours to say."""

    async def close(self) -> None:
        """Hang up."""
        await self._transport.close()

    async def send(self, frame: CanFrame) -> None:
        """Hand one frame to the server."""
        await self._transport.write(socketcand.encode_send(frame))

    async def receive(self) -> CanFrame:
        """Return the next frame."""
        while not self._frames:
            await self._listen()
        return self._frames.popleft()

    def purge(self) -> None:
        """Forget frames that were not received."""
        self._frames.clear()

    def lost(self) -> str | None:
        """Say why the port is gone; None while it seems sound."""
        return self._transport.lost()

    async def check(self, doing: str) -> BusState:
        """Ask the server for its echo."""
        self._words.clear()
        await self._transport.write(socketcand.encode_word(socketcand.ECHO))
        try:
            await self._expect(socketcand.ECHO, doing)
        except TimeoutError:
            raise NotReadyError(self._device, doing, "the CAN server does not answer") from None
        return BusState()

    async def _expect(self, wanted: str, doing: str) -> None:
        async with self._pace.timeout(ANSWER_S):
            while not self._words:
                await self._listen()
        word = self._words.popleft()
        if word == wanted:
            return
        if wanted == socketcand.HI:
            raise WrongDeviceError(self._device, doing, f"a socketcand server says hi, this says {word!r}")
        raise RefusedError(self._device, doing, f"the CAN server says {word!r}")

    async def _listen(self) -> None:
        for word in self._framer.feed(await self._transport.read()):
            try:
                frame = socketcand.decode_frame(word)
            except FrameError:
                continue  # a spoilt frame is a missing one; whoever waits for it will say so
            if frame is not None:
                self._frames.append(frame)
            elif not word.startswith("error 2"):  # error frames of the bus itself carry an identifier
                self._words.append(word)
