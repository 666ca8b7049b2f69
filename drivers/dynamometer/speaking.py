"""Roller benches whose board speaks unasked and obeys without a word, in the role Dynamometer.

Knows how the load goes on and off, that silence for 500 ms means a lost board, and that a stop is repeated for as long
as the board may not have heard it. Does not know frames, powers, tests, limits, or which force or speed is right; it
holds what it was told.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from drivers.dynamometer.checks import check_force, check_speed, check_standing
from drivers.errors import DeviceError, NoReplyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import DynoReading
from drivers.roles import Identity
from drivers.stream import StreamFramer
from protocols.errors import ValueRangeError

BAUD = 38400
FIRST_STATUS_S = 1.0
LOST_AFTER_MS = 500
"""The board speaks many times a second; this much silence means that it is lost."""
STOP_AGAIN_MS = 100
"""A stop that the board has not obeyed (its wire may have damaged it) is repeated this often."""
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Commands:
    """What a board is told, as bytes. A set-point is made anew each time; ValueRangeError where it does not fit."""

    stop: bytes
    lift_up: bytes
    lift_down: bytes
    set_force: Callable[[float], bytes]
    start_force: bytes
    set_speed: Callable[[float], bytes]
    start_speed: bytes


class SpeakingDynamometer(ABC, Generic[ItemT]):
    """A roller bench. One task listens to the board; commands are written at once and never wait for each other."""

    hint: str
    """What to check when nothing that the board says can be read."""

    def __init__(self, exchange: Exchange, pace: Pace, commands: Commands) -> None:
        self.device = exchange.device
        self.holds_speed = True
        self.exchange = exchange
        self._pace = pace
        self._commands = commands
        self._listener: asyncio.Task[None] | None = None
        self._latest: DynoReading | None = None
        self._first = asyncio.Event()
        self._failure: DeviceError | None = None
        self._skipped = 0
        self._holding: str | None = None
        """The state that the board was last told to take; None after a stop."""
        self._started_ms = self._stopped_ms = 0

    @abstractmethod
    def _framer(self) -> StreamFramer[ItemT]:
        """Return what cuts the board's stream."""

    @abstractmethod
    def _read(self, item: ItemT, now_ms: int) -> DynoReading | None:
        """Return what an item says of the rollers; None when it is no status."""

    @abstractmethod
    def _goes_on(self, state: str) -> bool:
        """Tell whether the board, told to take this state, may be taken to be in it: then a set-point is enough."""

    @abstractmethod
    def _may_brake_still(self, reading: DynoReading) -> bool:
        """Tell whether the board may not have obeyed its stop."""

    async def open(self) -> None:
        """Open the port, take the load off, and wait for the board to report."""
        await self.close()
        self._latest, self._failure, self._skipped = None, None, 0
        self._first = asyncio.Event()
        await self.exchange.open()
        self._listener = asyncio.create_task(self._listen(), name=f"{self.device} stream")
        try:
            await self.release()
            await self._await_first()
        except BaseException:
            await self._hang_up()
            raise

    async def identify(self) -> Identity:
        """Check that the stream decodes. The board has no question for model or serial number."""
        self.latest()
        return Identity(None, None, None)

    async def close(self) -> None:
        """Take the load off if the board still listens, and close the port."""
        if self._listener is None:
            return
        with contextlib.suppress(DeviceError):
            await self.release()
        await self._hang_up()

    def latest(self) -> DynoReading | None:
        """Return the last status; raises PortLostError or, after 500 ms of silence, NoReplyError."""
        self._check()
        if self._latest is not None:
            age_ms = self._pace.now_ms() - self._latest.arrived_ms
            if age_ms > LOST_AFTER_MS:
                raise NoReplyError(self.device, "listen to the stream", f"silence for {age_ms} ms")
        return self._latest

    async def hold_force(self, brake_force_n: float) -> None:
        """Brake with a constant force."""
        check_force(self.device, brake_force_n)
        told = self._commands
        await self._hold("force", lambda: told.set_force(brake_force_n), told.start_force)

    async def hold_speed(self, speed_kmh: float) -> None:
        """Brake so that the rollers turn no faster than this. While they do, a new speed is a new set-point alone."""
        check_speed(self.device, speed_kmh)
        told = self._commands
        await self._hold("speed", lambda: told.set_speed(speed_kmh), told.start_speed)

    async def release(self) -> None:
        """Write the stop, before anything else. The listener repeats it for as long as the board may brake."""
        self._holding = None
        self._stopped_ms = self._pace.now_ms()
        await self.exchange.say(self._commands.stop)

    async def lift_up(self) -> None:
        """Raise the lift; NotReadyError while the rollers turn or their speed is unknown."""
        check_standing(self.device, self.latest())
        await self.exchange.say(self._commands.lift_up)

    async def lift_down(self) -> None:
        """Lower the lift."""
        await self.exchange.say(self._commands.lift_down)

    async def _hold(self, what: str, setpoint: Callable[[], bytes], start: bytes) -> None:
        """Say set-point and start in one write, so that a release cannot fall between them; no start where it goes."""
        try:
            orders = setpoint()
        except ValueRangeError as error:
            raise RefusedError(self.device, f"hold {what}", str(error)) from None
        state = f"constant_{what}"
        goes_on = self._holding == state and self._goes_on(state)
        self._holding = state
        if not goes_on:
            self._started_ms = self._pace.now_ms()
            orders += start
        await self.exchange.say(orders)

    async def _await_first(self) -> None:
        doing = "wait for the first status"
        try:
            async with self._pace.timeout(FIRST_STATUS_S):
                await self._first.wait()
        except TimeoutError:
            if self._skipped:
                evidence = f"{self._skipped} bytes came, none of them a status; check {self.hint}"
                raise WrongDeviceError(self.device, doing, evidence) from None
            raise NoReplyError(self.device, doing, f"silence for {FIRST_STATUS_S:g} s") from None
        self._check()

    def _check(self) -> None:
        """Raise the error that ended the stream; a fresh one each time, so that no traceback grows for ever."""
        if self._failure is not None:
            raise type(self._failure)(self.device, self._failure.doing, self._failure.evidence)

    async def _listen(self) -> None:
        framer = self._framer()
        try:
            while True:
                for item in framer.feed(await self.exchange.listen()):
                    await self._take(item)
                self._skipped = framer.skipped
        except DeviceError as error:
            self._failure = error
            self._first.set()

    async def _take(self, item: ItemT) -> None:
        now_ms = self._pace.now_ms()
        reading = self._read(item, now_ms)
        if reading is None:
            return
        self._latest = reading
        self._first.set()
        due = now_ms - self._stopped_ms >= STOP_AGAIN_MS
        if self._holding is None and due and self._may_brake_still(reading):
            await self.release()

    async def _hang_up(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener
        await self.exchange.close()
