"""Question and answer with one device: timeouts, repetitions, late answers, and what was said last.

Knows that answers are found by a framer made for the question, that a device which has missed one answer may still send
it, and that every failure names device, doing and evidence. Does not know any protocol, roles, or when to ask.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from drivers.errors import GarbledReplyError, NoReplyError
from drivers.pace import Pace
from drivers.transports.base import Transport

ReplyT = TypeVar("ReplyT")
Direction = Literal["to_device", "from_device"]
Tap = Callable[[Direction, bytes, int], None]

REMEMBERED = 64
"""How many of the last writes and arrivals are kept for a report."""
QUIET_S = 0.05
"""After a missed answer, the line must be silent this long before it is believed again."""
LONGEST_DRAIN_S = 1.0
_EVIDENCE_BYTES = 48


class Framer(Protocol[ReplyT]):
    """Finds the answer to one question in what arrives."""

    surplus: int
    """Bytes that arrived after the answer."""

    def feed(self, chunk: bytes) -> list[ReplyT]:
        """Return the answer when this chunk completes it."""


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes that went over the wire, and when (lane time)."""

    direction: Direction
    data: bytes
    mono_ms: int


class Exchange:
    """One device's line. One question at a time; saying something without an answer never waits for a question."""

    def __init__(self, device: str, transport: Transport, pace: Pace, tap: Tap | None = None) -> None:
        self.device = device
        self.tap = tap
        """Called with each write and arrival; the lane keeps raw bytes with the test through it."""
        self.recent: deque[Said] = deque(maxlen=REMEMBERED)
        self._transport = transport
        self._pace = pace
        self._turn = asyncio.Lock()
        self._owed = False

    async def open(self) -> None:
        """Open the line."""
        await self._transport.open()
        self._owed = False

    async def close(self) -> None:
        """Close the line; a question that waits ends with PortLostError."""
        await self._transport.close()

    def lost(self) -> str | None:
        """Say why the open line is gone, as far as is known without trying; None while it seems sound."""
        return self._transport.lost()

    async def say(self, data: bytes) -> None:
        """Write without expecting an answer, at once, even while a question waits."""
        self._note("to_device", data)
        await self._transport.write(data)

    async def listen(self) -> bytes:
        """Return the next bytes that arrive (for devices that speak unasked)."""
        data = await self._transport.read()
        self._note("from_device", data)
        return data

    async def ask(
        self,
        request: bytes | Callable[[], bytes],
        framer: Callable[[], Framer[ReplyT]],
        doing: str,
        *,
        timeout_s: float,
        repeats: int = 0,
    ) -> ReplyT:
        """Ask, and return the answer; ask again ``repeats`` times before NoReplyError or GarbledReplyError.

        A request that may be overtaken by events is a function: called at the moment of writing, it may raise instead.
        """
        async with self._turn:
            for left in range(repeats, -1, -1):
                try:
                    return await self._ask_once(request, framer(), doing, timeout_s)
                except (NoReplyError, GarbledReplyError):
                    if not left:
                        raise
        raise AssertionError("unreachable: the last repetition returns or raises")

    async def _ask_once(
        self, request: bytes | Callable[[], bytes], framer: Framer[ReplyT], doing: str, timeout_s: float
    ) -> ReplyT:
        was_owed = self._owed
        if was_owed:
            await self._drain()
        self._transport.purge()
        said = request() if callable(request) else request
        self._owed = True  # until an answer has come, also when the question is cancelled
        await self.say(said)
        reply, arrived = await self._await_reply(framer, doing, timeout_s)
        if was_owed:
            arrived += await self._overhear(framer)
        if framer.surplus:
            raise GarbledReplyError(self.device, doing, f"more than one answer came: {_hex(arrived)}")
        self._owed = False
        return reply

    async def _await_reply(self, framer: Framer[ReplyT], doing: str, timeout_s: float) -> tuple[ReplyT, bytes]:
        arrived = bytearray()
        try:
            async with self._pace.timeout(timeout_s):
                while True:
                    chunk = await self.listen()
                    arrived += chunk
                    replies = framer.feed(chunk)
                    if replies:
                        return replies[0], bytes(arrived)
                    del arrived[:-4096]
        except TimeoutError:
            if arrived:
                raise GarbledReplyError(self.device, doing, f"no answer in {_hex(bytes(arrived))}") from None
            raise NoReplyError(self.device, doing, f"silence for {timeout_s:g} s") from None

    async def _overhear(self, framer: Framer[ReplyT]) -> bytes:
        """Listen a little longer: when an answer was missed, what came may have been that one."""
        heard = bytearray()
        try:
            async with self._pace.timeout(QUIET_S):
                while True:
                    chunk = await self.listen()
                    heard += chunk
                    framer.feed(chunk)
        except TimeoutError:
            return bytes(heard)

    async def _drain(self) -> None:
        """Let late answers run out: wait for silence, but not for ever."""
        try:
            async with self._pace.timeout(LONGEST_DRAIN_S):
                while await self._hears_something():
                    pass
        except TimeoutError:
            return

    async def _hears_something(self) -> bool:
        try:
            async with self._pace.timeout(QUIET_S):
                await self.listen()
        except TimeoutError:
            return False
        return True

    def _note(self, direction: Direction, data: bytes) -> None:
        now_ms = self._pace.now_ms()
        self.recent.append(Said(direction, data, now_ms))
        if self.tap is not None:
            self.tap(direction, data, now_ms)


def _hex(data: bytes) -> str:
    shown = data[-_EVIDENCE_BYTES:].hex(" ").upper()
    return shown if len(data) <= _EVIDENCE_BYTES else f"... {shown}"
