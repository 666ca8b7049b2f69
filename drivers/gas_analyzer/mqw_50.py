"""Mingquan's petrol analyzers MQW-50A and MQW-50B, in the role GasAnalyzer.

Knows how the status tells the end of setting zero and of a leak check, and how these ended; that the 50A sends weather
with its data and the 50B does not. Work must show in the status before its result is believed: an older one would be
taken for new. Readers differ on whether a working device always says that it is busy; each word of work counts here,
busy or not. Does not know tests, limits, averaging, or how often it is read.
"""

from typing import Literal

from drivers.errors import DeviceError, NotReadyError, RefusedError
from drivers.exchange import Exchange
from drivers.gas_analyzer.analyzer import DialectGasAnalyzer, air_of, reading_of
from drivers.pace import Pace
from drivers.readings import AmbientReading, AnalyzerStatus, GasReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.gas import Action, Gases, Status
from protocols.mqw_50 import MQW_50A, MQW_50B, Model, dialect

BAUD = 9600
POLL_S = 0.5
LONGEST_START_S = 5.0
"""Work that does not show in the status within this has not begun."""
LONGEST_ZERO_S = 120.0
LONGEST_LEAK_CHECK_S = 180.0
NO_EXHAUST = ("warming", "zeroing", "leak_check")
"""States in which what the cell shows is no exhaust."""
NOTHING = Status(b"", frozenset())
BUSY = ("purging", "background_test", "ambient_test", "residual_hc_test", "busy")


class Mqw50aSettings(Strict):
    """An MQW-50A on a serial port."""

    driver: Literal["mingquan-mqw-50a"]
    port: PortName


class Mqw50bSettings(Strict):
    """An MQW-50B on a serial port."""

    driver: Literal["mingquan-mqw-50b"]
    port: PortName


class Mqw50(DialectGasAnalyzer):
    """An MQW-50A or MQW-50B."""

    presence = Action.READ_STATUS

    def __init__(self, model: Model, exchange: Exchange, pace: Pace) -> None:
        super().__init__(dialect(model), exchange, pace)

    async def open(self) -> None:
        """Open the port, make sure that it answers, and stop its pump unless it is still warming up."""
        await self.exchange.open()
        await self.identify()
        if (await self.status()).state != "warming":
            await self.stop_pump()

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
        status = await self._work(Action.ZERO, "zeroing", LONGEST_ZERO_S, "set zero")
        if "zero_failed" in status.words:
            raise RefusedError(self.device, "set zero", "the device says that setting zero failed")

    async def check_leak(self) -> bool:
        """Run the leak check; True when tight."""
        status = await self._work(Action.LEAK_CHECK, "leak_check", LONGEST_LEAK_CHECK_S, "check leak")
        return "leak_failed" not in status.words

    async def _work(self, action: Action, word: str, longest_s: float, doing: str) -> Status:
        """Start work and return the status after its end."""
        await self._order(action, doing)
        began_ms, begun, status = self._pace.now_ms(), False, NOTHING

        async def done() -> bool:
            nonlocal begun, status
            status = await self._status(doing)
            begun = begun or word in status.words
            if not begun and self._pace.now_ms() - began_ms >= LONGEST_START_S * 1000:
                raise RefusedError(self.device, doing, f"taken on, but not begun within {LONGEST_START_S:g} s")
            return begun and not status.words & {word, "busy"}

        await self._wait(done, longest_s, POLL_S, doing)
        return status

    async def _order(self, action: Action, doing: str) -> None:
        """Give an order; NotReadyError where the state tells why it was refused."""
        try:
            await super()._order(action, doing)
        except RefusedError as error:
            await self._explain(error)
            raise

    async def _explain(self, refusal: RefusedError) -> None:
        try:
            state = (await self.status()).state
        except DeviceError:
            return
        if state in NO_EXHAUST:
            raise NotReadyError(self.device, refusal.doing, f"the device is at {state}") from refusal

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
