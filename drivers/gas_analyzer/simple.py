"""Gas analyzers with the simple one-byte dialect, in the role GasAnalyzer: Nanhua NHA-506 and Mingquan MQW-511.

Knows that they take three orders: pump, stop, and the data. They set zero by themselves and have no published command
for that, for a leak check, for ambient air or for purging: these are refused, never pretended, so that a preparation
that needs them does not pass. The NHA-506 says whether it warms up or sets zero; the MQW-511 has no such question.
Does not know tests, limits, averaging, or how often it is read.
"""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from drivers.errors import NotReadyError
from drivers.exchange import Exchange
from drivers.gas_analyzer.analyzer import DialectGasAnalyzer
from drivers.pace import Pace
from drivers.readings import AnalyzerStatus, GasReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.gas import Action, Status
from protocols.gas_simple import LEAST_BYTES, MQW_511, NHA_506, Model, dialect

BAUD = 9600
MOST_BYTES = 32
DataBytes = Annotated[int, Field(strict=True, ge=LEAST_BYTES, le=MOST_BYTES)]


class _Settings(Strict):
    port: PortName
    closed_by_sum: bool = True
    """Whether the last byte of the data is the sum of all before it, as it presumably is. Nobody has told: where each
    reading is called unreadable though its bytes are whole, set this to false, and know that damage on the cable is not
    noticed any more."""


class Nha506Settings(_Settings):
    """An NHA-506 (not the NHA-506I) on a serial port."""

    driver: Literal["nanhua-nha-506"]
    data_bytes: DataBytes = NHA_506.data_bytes
    oil_temp_in_tenths: bool = True
    """Public readers differ; set this to false where the oil always reads a tenth of what it has."""
    oil_before_speed: bool = False
    """One reader finds the oil's temperature before the engine's speed; set this where the speed reads like an oil."""


class Mqw511Settings(_Settings):
    """An MQW-511 on a serial port."""

    driver: Literal["mingquan-mqw-511"]
    data_bytes: DataBytes = MQW_511.data_bytes


class SimpleAnalyzer(DialectGasAnalyzer):
    """An MQW-511: pump, stop, data, and nothing else."""

    def __init__(self, model: Model, exchange: Exchange, pace: Pace) -> None:
        super().__init__(dialect(model), exchange, pace)


class Nha506(SimpleAnalyzer):
    """An NHA-506: it also says what it is doing."""

    presence = Action.READ_STATUS

    async def open(self) -> None:
        """Open the port, make sure that it answers, and stop its pump unless it is still warming up."""
        await self.exchange.open()
        await self.identify()
        if (await self.status()).state == "ready":
            await self.stop_pump()

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now. It does not say how long it still warms up, nor that its pump runs."""
        said = await self._ask(Action.READ_STATUS, Status, "read status")
        return AnalyzerStatus(next(iter(said.words)))

    async def read(self) -> GasReading:
        """Take one look at the gas in the cell; NotReadyError while it warms up or sets zero."""
        if (state := (await self.status()).state) != "ready":
            raise NotReadyError(self.device, "read gases", f"the device is at {state}")
        return await super().read()


def build_nha_506(device: str, settings: Nha506Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHA-506."""
    model = replace(
        NHA_506,
        data_bytes=settings.data_bytes,
        oil_divisor=10 if settings.oil_temp_in_tenths else 1,
        oil_before_speed=settings.oil_before_speed,
        closed_by_sum=settings.closed_by_sum,
    )
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Nha506(model, Exchange(device, line, pace), pace)


def build_mqw_511(device: str, settings: Mqw511Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQW-511."""
    model = replace(MQW_511, data_bytes=settings.data_bytes, closed_by_sum=settings.closed_by_sum)
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return SimpleAnalyzer(model, Exchange(device, line, pace), pace)
