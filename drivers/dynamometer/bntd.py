"""Roller bench on a BNTD / XinCheng controller, in the role Dynamometer.

Knows how the load goes on and off, that the board reports unasked, and that silence for 500 ms means it is lost.
Does not know powers, tests, limits, or which force or speed is right; it holds what it was told.
"""

import asyncio
import contextlib
from collections import deque
from typing import Literal

from drivers.dynamometer.checks import check_force, check_speed, check_standing
from drivers.errors import DeviceError, NoReplyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import DynoReading
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.bntd import Note, Order, Status, StatusFramer, encode_command
from protocols.errors import ValueRangeError

BAUD = 38400
FIRST_STATUS_S = 1.0
LOST_AFTER_MS = 500
"""The board speaks many times a second; this much silence means that it is lost."""
STOP_AGAIN_MS = 100
"""A stop that the board has not obeyed (its wire may have damaged it) is repeated this often."""
KEPT_NOTES = 16


class BntdSettings(Strict):
    """A BNTD / XinCheng controller on a serial port."""

    driver: Literal["xincheng-bntd"]
    port: PortName
    has_key_byte: bool = True
    """Newer boards add a byte with keys and photo cells to each status (17 bytes instead of 16)."""


class BntdDynamometer:
    """A roller bench. One task listens to the board; commands are written at once and never wait for each other."""

    def __init__(self, device: str, exchange: Exchange, pace: Pace, *, has_key_byte: bool = True) -> None:
        self.device = device
        self.holds_speed = True
        self.exchange = exchange
        self.notes: deque[str] = deque(maxlen=KEPT_NOTES)
        """The last free texts of the board."""
        self._pace = pace
        self._has_key_byte = has_key_byte
        self._listener: asyncio.Task[None] | None = None
        self._latest: DynoReading | None = None
        self._first = asyncio.Event()
        self._failure: DeviceError | None = None
        self._skipped = 0
        self._holding: str | None = None
        """The state that the board was last told to take; None after a stop."""
        self._stopped_ms = 0

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
        setpoint, start = (Order.SET_FORCE_N, brake_force_n), Order.START_FORCE
        await self._hold("hold force", "constant_force", setpoint, start)

    async def hold_speed(self, speed_kmh: float) -> None:
        """Brake so that the rollers turn no faster than this. While they do, a new speed is a new set-point alone."""
        check_speed(self.device, speed_kmh)
        await self._hold("hold speed", "constant_speed", (Order.SET_SPEED_KMH, speed_kmh), Order.START_SPEED)

    async def release(self) -> None:
        """Write the stop, before anything else. The listener repeats it for as long as the board reports a load."""
        self._holding = None
        self._stopped_ms = self._pace.now_ms()
        await self.exchange.say(encode_command(Order.STOP))

    async def lift_up(self) -> None:
        """Raise the lift; NotReadyError while the rollers turn or their speed is unknown."""
        check_standing(self.device, self.latest())
        await self.exchange.say(encode_command(Order.LIFT_UP))

    async def lift_down(self) -> None:
        """Lower the lift."""
        await self.exchange.say(encode_command(Order.LIFT_DOWN))

    async def _hold(self, doing: str, state: str, setpoint: tuple[Order, float], start: Order) -> None:
        """Say set-point and start in one write, so that a release cannot fall between them; no start where it goes."""
        try:
            orders = encode_command(*setpoint)
        except ValueRangeError as error:
            raise RefusedError(self.device, doing, str(error)) from None
        goes_on = self._holding == state and self._latest is not None and self._latest.state == state
        self._holding = state
        await self.exchange.say(orders if goes_on else orders + encode_command(start))

    async def _await_first(self) -> None:
        try:
            async with self._pace.timeout(FIRST_STATUS_S):
                await self._first.wait()
        except TimeoutError:
            if self._skipped:
                evidence = f"{self._skipped} bytes came, none of them a status; check model and has_key_byte"
                raise WrongDeviceError(self.device, "wait for the first status", evidence) from None
            raise NoReplyError(self.device, "wait for the first status", f"silence for {FIRST_STATUS_S:g} s") from None
        self._check()

    def _check(self) -> None:
        """Raise the error that ended the stream; a fresh one each time, so that no traceback grows for ever."""
        if self._failure is not None:
            raise type(self._failure)(self.device, self._failure.doing, self._failure.evidence)

    async def _listen(self) -> None:
        framer = StatusFramer(has_keys=self._has_key_byte)
        try:
            while True:
                for item in framer.feed(await self.exchange.listen()):
                    await self._take(item)
                self._skipped = framer.skipped
        except DeviceError as error:
            self._failure = error
            self._first.set()

    async def _take(self, item: Status | Note) -> None:
        if isinstance(item, Note):
            self.notes.append(item.text)
            return
        now_ms = self._pace.now_ms()
        self._latest = _reading(item, now_ms)
        self._first.set()
        braking = item.control and item.state != "idle"
        if braking and self._holding is None and now_ms - self._stopped_ms >= STOP_AGAIN_MS:
            await self.release()

    async def _hang_up(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener
        await self.exchange.close()


def _reading(status: Status, now_ms: int) -> DynoReading:
    if not status.control:  # voltages or read-back values are no speed and no force
        return DynoReading(None, None, None, status.state, status.keys, now_ms)
    speed_kmh, force_n, duty_pct = status.numbers
    return DynoReading(speed_kmh, force_n, duty_pct, status.state, status.keys, now_ms)


def build(device: str, settings: BntdSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a BNTD / XinCheng bench."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return BntdDynamometer(device, Exchange(device, line, pace), pace, has_key_byte=settings.has_key_byte)
