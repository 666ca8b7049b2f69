"""Roller motors behind a frequency converter on Modbus, in the role RollerMotor.

Knows that a converter goes on turning when nobody speaks with it any more: whoever drives has to say so again and
again, and a stop is written at once, then asked for until it is confirmed, and once a second while the motor rests.
Does not know registers, how fast the rollers really turn, or whether they may: nobody may be on them, and no load.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from drivers.errors import DeviceError, PortLostError, RefusedError
from drivers.modbus_line import ModbusLine
from drivers.modbus_settings import ModbusSettings, make_line
from drivers.pace import Pace
from drivers.roles import Device, Identity
from drivers.transports.base import Transport
from protocols.errors import ValueRangeError
from protocols.modbus import Function, Request
from protocols.motor_drives import AMB, AMB100, SB60, X11, Drive

LOOK_EVERY_S = 0.1
KEPT_MS = 1000
"""A motor that nobody has kept turning for this long is stopped."""
STOP_AGAIN_MS, AT_REST_EVERY_MS = 100, 1000
"""How often a stop is asked for until it is confirmed, and afterwards."""
QUIET_AFTER_STOP_MS = 100
"""What the converter says to a stop that nobody waited for has come by then, and confirms no other order."""


class ConverterSettings(ModbusSettings):
    """A converter on a serial port or behind TCP, and the rollers that its motor turns."""

    hz_per_kmh: Annotated[float, Field(ge=0.05, le=10.0)] = 0.8
    """Frequency for each km/h of the rollers; the dynamometer shows at once when it is another."""
    most_kmh: Annotated[float, Field(gt=0.0, le=120.0)] = 80.0
    """The highest speed that these rollers may be driven at."""
    drive: ClassVar[Drive]


class AmbSettings(ConverterSettings):
    """An AMB converter."""

    driver: Literal["amb-converter"]
    drive: ClassVar[Drive] = AMB


class Amb100Settings(ConverterSettings):
    """An AMB100 converter."""

    driver: Literal["amb100-converter"]
    drive: ClassVar[Drive] = AMB100


class Sb60Settings(ConverterSettings):
    """An SB60 converter."""

    driver: Literal["sb60-converter"]
    drive: ClassVar[Drive] = SB60


class X11Settings(ConverterSettings):
    """An X11 converter."""

    driver: Literal["x11-converter"]
    drive: ClassVar[Drive] = X11


class _WithdrawnError(Exception):
    """What was to be written is not wanted any more."""


class ConverterMotor:
    """A roller motor. One task watches over it; a stop never waits for anything."""

    def __init__(self, line: ModbusLine, drive: Drive, pace: Pace, hz_per_kmh: float, most_kmh: float) -> None:
        self.device = line.exchange.device
        self.exchange = line.exchange
        self.most_kmh = most_kmh
        self._line = line
        self._drive = drive
        self._pace = pace
        self._hz_per_kmh = hz_per_kmh
        self._watcher: asyncio.Task[None] | None = None
        self._failure: DeviceError | None = None
        self._wanted: float | None = None
        """The speed that is wanted; None: none is."""
        self._confirmed: float | None = None
        self._kept_ms = self._stopped_ms = 0
        self._stops = 0
        """Counts the stops, so that a drive which one of them has overtaken knows it."""

    async def open(self) -> None:
        """Open the port, have the stop confirmed, and watch over the motor."""
        await self.close()
        self._failure = self._wanted = self._confirmed = None
        await self.exchange.open()
        try:
            await self._confirm_stop()
        except BaseException:
            await self.exchange.close()
            raise
        self._watcher = asyncio.create_task(self._watch(), name=f"{self.device} watch")

    async def identify(self) -> Identity:
        """Check that it confirms what it is told. No question for its model is published."""
        self.driven_kmh()
        return Identity(None, None, None)

    async def close(self) -> None:
        """Stop the motor if the converter still listens, and close the port."""
        watcher, self._watcher = self._watcher, None
        if watcher is None:
            return
        with contextlib.suppress(DeviceError):
            await self.stop()
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
        with contextlib.suppress(DeviceError):
            await self._confirm_stop()
        await self.exchange.close()

    def driven_kmh(self) -> float | None:
        """Return the speed that was confirmed: 0 once a stop was, None between; raises what ended the conversation."""
        if self._failure is not None:
            raise type(self._failure)(self.device, self._failure.doing, self._failure.evidence)
        return self._confirmed

    async def drive(self, speed_kmh: float) -> None:
        """Turn the rollers at this speed. A motor that cannot be told so, or is not kept, is stopped."""
        if not 0.0 < speed_kmh <= self.most_kmh:
            raise RefusedError(self.device, "drive", f"{speed_kmh} km/h is not between 0 and {self.most_kmh:g} km/h")
        try:
            hz = speed_kmh * self._hz_per_kmh
            orders = (self._drive.set_frequency(hz),) if self._wanted is not None else self._drive.start(hz)
        except ValueRangeError as error:
            raise RefusedError(self.device, "drive", str(error)) from None
        self._wanted, self._kept_ms = speed_kmh, self._pace.now_ms()
        await self._turn(orders, speed_kmh)

    async def stop(self) -> None:
        """Write the stop, at once, and wait for nothing; the watcher asks for it until it is confirmed."""
        self._wanted = self._confirmed = None
        self._stops += 1
        self._stopped_ms = self._pace.now_ms()
        order = self._drive.stop()
        await self._line.say_registers(order.address, order.values, single_function=_single(order))

    async def _turn(self, orders: tuple[Request, ...], speed_kmh: float) -> None:
        stops = self._stops

        def still() -> None:
            if self._stops != stops:
                raise _WithdrawnError

        await self._pace.sleep(max(0, self._stopped_ms + QUIET_AFTER_STOP_MS - self._pace.now_ms()) / 1000)
        try:
            for order in orders:
                await self._write(order, "drive", still)
        except _WithdrawnError:
            return
        except BaseException:  # also when it is cancelled half-way
            with contextlib.suppress(DeviceError):
                await self.stop()
            raise
        if self._stops == stops:
            self._confirmed = speed_kmh

    async def _confirm_stop(self) -> None:
        """Give the stop as an order that is confirmed, unless a speed is wanted again."""

        def still() -> None:
            if self._wanted is not None:
                raise _WithdrawnError
            self._stopped_ms = self._pace.now_ms()

        try:
            await self._write(self._drive.stop(), "stop", still)
        except _WithdrawnError:
            return
        if self._wanted is None:
            self._confirmed = 0.0

    async def _write(self, order: Request, doing: str, still: Callable[[], None]) -> None:
        single = _single(order)
        await self._line.write_registers(order.address, order.values, doing, single_function=single, still=still)

    async def _watch(self) -> None:
        while True:
            await self._pace.sleep(LOOK_EVERY_S)
            try:
                await self._look()
            except PortLostError as error:
                self._failure = error
                return
            except DeviceError as error:
                self._failure, self._confirmed = error, None

    async def _look(self) -> None:
        now_ms = self._pace.now_ms()
        if self._wanted is not None:
            if now_ms - self._kept_ms > KEPT_MS:
                await self.stop()
            return
        every_ms = STOP_AGAIN_MS if self._confirmed is None else AT_REST_EVERY_MS
        if now_ms - self._stopped_ms >= every_ms:
            await self._confirm_stop()
            self._failure = None


def _single(order: Request) -> int:
    return 6 if order.function is Function.WRITE_REGISTER else 16


def build(device: str, settings: ConverterSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a roller motor."""
    line = make_line(device, settings, transport, pace)
    return ConverterMotor(line, settings.drive, pace, settings.hz_per_kmh, settings.most_kmh)
