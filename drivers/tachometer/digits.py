"""Tachometers that say four digits and a carriage return: Nanhua RPM-5300 and Mingquan MQZ-3, in the role Tachometer.

Knows that the device speaks unasked about ten times a second, that a second of silence means it is lost, and that 0000
means no signal. Does not know engines, tests, or whether a count is right: the stream has no checksum.
"""

import asyncio
import contextlib
from typing import Literal

from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import TachometerReading
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.rpm_digits import Revolutions, StreamFramer

BAUD = 9600
FIRST_COUNT_S = 1.5
LOST_AFTER_MS = 1000
_LISTENING = "listen to the stream"


class _Settings(Strict):
    port: PortName


class Rpm5300Settings(_Settings):
    """An RPM-5300 on a serial port."""

    driver: Literal["nanhua-rpm-5300"]


class Mqz3Settings(_Settings):
    """An MQZ-3 on a serial port."""

    driver: Literal["mingquan-mqz-3"]


class DigitsTachometer:
    """A tachometer that only speaks. One task listens; nothing is ever written."""

    def __init__(self, device: str, exchange: Exchange, pace: Pace) -> None:
        self.device = device
        self.exchange = exchange
        self._pace = pace
        self._listener: asyncio.Task[None] | None = None
        self._latest: TachometerReading | None = None
        self._first = asyncio.Event()
        self._failure: DeviceError | None = None
        self._skipped = self._skipped_before = 0

    async def open(self) -> None:
        """Open the port and wait for the first count."""
        await self.close()
        self._latest, self._failure, self._skipped, self._skipped_before = None, None, 0, 0
        self._first = asyncio.Event()
        await self.exchange.open()
        self._listener = asyncio.create_task(self._listen(), name=f"{self.device} stream")
        try:
            await self._await_first()
        except BaseException:
            await self.close()
            raise

    async def identify(self) -> Identity:
        """Check that the stream decodes. The device takes no questions."""
        self.latest()
        return Identity(None, None, None)

    async def close(self) -> None:
        """Close the port; there is nothing to leave harmless."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener
        await self.exchange.close()

    def latest(self) -> TachometerReading | None:
        """Return the last count; raises PortLostError, or after a second without one NoReply- or GarbledReplyError."""
        self._check()
        if self._latest is not None:
            age_ms = self._pace.now_ms() - self._latest.arrived_ms
            if age_ms > LOST_AFTER_MS:
                raise self._silence(age_ms)
        return self._latest

    def _silence(self, age_ms: int) -> DeviceError:
        unread = self._skipped - self._skipped_before
        if unread:
            return GarbledReplyError(self.device, _LISTENING, f"no count for {age_ms} ms in {unread} bytes")
        return NoReplyError(self.device, _LISTENING, f"silence for {age_ms} ms")

    async def _await_first(self) -> None:
        doing = "wait for the first count"
        try:
            async with self._pace.timeout(FIRST_COUNT_S):
                await self._first.wait()
        except TimeoutError:
            if self._skipped:
                evidence = f"{self._skipped} bytes came, none of them four digits"
                raise WrongDeviceError(self.device, doing, evidence) from None
            raise NoReplyError(self.device, doing, f"silence for {FIRST_COUNT_S:g} s") from None
        self._check()

    def _check(self) -> None:
        """Raise the error that ended the stream; a fresh one each time, so that no traceback grows for ever."""
        if self._failure is not None:
            raise type(self._failure)(self.device, self._failure.doing, self._failure.evidence)

    async def _listen(self) -> None:
        framer = StreamFramer()
        try:
            while True:
                counts = framer.feed(await self.exchange.listen())
                self._skipped = framer.skipped
                if counts:
                    self._take(counts[-1])
        except DeviceError as error:
            self._failure = error
            self._first.set()

    def _take(self, count: Revolutions) -> None:
        now_ms, rpm = self._pace.now_ms(), count.engine_rpm
        flags = frozenset[str]() if rpm else frozenset({"no_signal"})
        self._latest = TachometerReading(float(rpm) if rpm else None, flags, now_ms)
        self._skipped_before = self._skipped
        self._first.set()


def _build(device: str, port: str, transport: Transport | None, pace: Pace) -> Device:
    line = transport or SerialPort(port, BAUD, device=device)
    return DigitsTachometer(device, Exchange(device, line, pace), pace)


def build_rpm_5300(device: str, settings: Rpm5300Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an RPM-5300."""
    return _build(device, settings.port, transport, pace)


def build_mqz_3(device: str, settings: Mqz3Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQZ-3."""
    return _build(device, settings.port, transport, pace)
