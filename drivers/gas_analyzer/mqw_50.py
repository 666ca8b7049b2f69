"""Mingquan's petrol analyzers MQW-50A and MQW-50B, in the role GasAnalyzer.

Knows how the status tells the end of setting zero and of a leak check, and how these ended; that the 50A sends weather
with its data and the 50B does not. Work must show in the status before its result is believed: an older one would be
taken for new. Readers differ on whether a working device always says that it is busy; each word of work counts here,
busy or not. Does not know tests, limits, averaging, or how often it is read.
"""

from typing import Literal

from drivers.errors import NotReadyError, RefusedError
from drivers.exchange import Exchange
from drivers.gas_analyzer.analyzer import DialectGasAnalyzer, air_of, reading_of
from drivers.pace import Pace
from drivers.pumped import NO_EXHAUST, MingquanAnalyzer
from drivers.readings import AmbientReading, AnalyzerStatus, GasReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.gas import Action, Done, Gases, Status
from protocols.mqw_50 import MQW_50A, MQW_50B, Model, dialect

BAUD = 9600
POLL_S = 0.5
LONGEST_ZERO_S = 120.0
LONGEST_LEAK_CHECK_S = 180.0
BUSY = ("purging", "background_test", "ambient_test", "residual_hc_test", "busy")


class Mqw50aSettings(Strict):
    """An MQW-50A on a serial port."""

    driver: Literal["mingquan-mqw-50a"]
    port: PortName


class Mqw50bSettings(Strict):
    """An MQW-50B on a serial port."""

    driver: Literal["mingquan-mqw-50b"]
    port: PortName


class Mqw50(MingquanAnalyzer, DialectGasAnalyzer):
    """An MQW-50A or MQW-50B."""

    presence = Action.READ_STATUS
    tells_warming = True

    def __init__(self, model: Model, exchange: Exchange, pace: Pace) -> None:
        DialectGasAnalyzer.__init__(self, dialect(model), exchange, pace)

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now. It does not say how long it still warms up, nor that its pump runs."""
        return AnalyzerStatus(_state(await self._status("read status")))

    async def read(self) -> GasReading:
        """Take one look at the gas in the cell; NotReadyError while it holds no exhaust."""
        status = await self._status("read gases")
        if (state := _state(status)) in NO_EXHAUST:
            raise NotReadyError(self.device, "read gases", f"the device is at {state}")
        gases = await self._ask(Action.READ, Gases, "read gases")
        return reading_of(gases, *(status.words & {"low_flow"}), tells_flow=True)

    async def read_ambient(self) -> AmbientReading:
        """Read the weather that comes with the data of an MQW-50A; no values of an MQW-50B."""
        return air_of(await self._ask(Action.READ, Gases, "read ambient"))

    async def zero(self) -> None:
        """Set zero; returns when the device says that it is done, RefusedError when it failed."""
        words = await self._work(Action.ZERO, "zeroing", LONGEST_ZERO_S, POLL_S, "set zero")
        if "zero_failed" in words:
            raise RefusedError(self.device, "set zero", "the device says that setting zero failed")

    async def check_leak(self) -> bool:
        """Run the leak check; True when tight."""
        words = await self._work(Action.LEAK_CHECK, "leak_check", LONGEST_LEAK_CHECK_S, POLL_S, "check leak")
        return "leak_failed" not in words

    async def _words(self, doing: str) -> frozenset[str]:
        return (await self._status(doing)).words

    async def _tell(self, order: Action, doing: str) -> Done:
        return await self._ask(order, Done, doing)

    async def _status(self, doing: str) -> Status:
        return await self._ask(Action.READ_STATUS, Status, doing)


def _state(status: Status) -> str:
    found = next((word for word in NO_EXHAUST if word in status.words), None)
    return found or ("busy" if status.words & set(BUSY) else "ready")


def build_50a(device: str, settings: Mqw50aSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQW-50A."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Mqw50(MQW_50A, Exchange(device, line, pace), pace)


def build_50b(device: str, settings: Mqw50bSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQW-50B."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Mqw50(MQW_50B, Exchange(device, line, pace), pace)
