"""Gas analyzers with Sensors' AMB frame, in the role GasAnalyzer: Fuli FLA-501 and HORIBA MEXA-584L.

Knows that the FLA-501 tells nothing of what it is doing, so that its zero is given the time that public lane programs
give it; that the MEXA-584L says by its status that it is again what it was, and which of its sensors are fitted; and
that neither has a published command to purge or to check for leaks: these are refused. What an FLA-501 draws while its
valve is on stands in the lane file, for no source says it. Does not know tests, limits, averaging, or how often it is
read.
"""

from typing import Literal

from drivers.errors import NotReadyError, RefusedError
from drivers.exchange import Exchange
from drivers.gas_analyzer.analyzer import DialectGasAnalyzer, reading_of
from drivers.pace import Pace
from drivers.readings import AnalyzerStatus, GasReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.amb import ERRORS, MEXA_584L, dialect, fla_501
from protocols.gas import Action, Gases, Status

BAUD = 9600
ZERO_S = 30.0
"""How long public lane programs wait for a zero that nothing tells the end of."""
FLUSH_S = 15.0
"""How long air is drawn before zero is set, where the lane file says how air is drawn."""
LONGEST_ZERO_S = 120.0
POLL_S = 1.0
CHANNELS = {"o2_fitted": "o2_pct", "no_fitted": "no_ppm", "rpm_fitted": "engine_rpm", "oil_fitted": "oil_temp_c"}
TROUBLES = ("filter_dirty", "leak", "hc_hang_up")
"""Words of the MEXA-584L about its sample line that go with each reading."""


class Fla501Settings(Strict):
    """An FLA-501 on a serial port."""

    driver: Literal["fuli-fla-501"]
    port: PortName
    ambient_air: Literal["valve_on", "valve_off", "none"]
    """While its solenoid valve is how, the pump draws the air of the hall; ``none``: the valve is not connected."""
    long_switch_answers: bool = False
    """Most answer four bytes when pump or valve are switched; set this for one that answers seven."""


class Mexa584LSettings(Strict):
    """A MEXA-584L on a serial port."""

    driver: Literal["horiba-mexa-584l"]
    port: PortName


class Fla501(DialectGasAnalyzer):
    """An FLA-501: five gases, pump and valve; no status, no weather, no purge."""

    def __init__(self, settings: Fla501Settings, exchange: Exchange, pace: Pace) -> None:
        super().__init__(dialect(fla_501(long_switch_answers=settings.long_switch_answers)), exchange, pace)
        on, off = Action.VALVE_ON, Action.VALVE_OFF
        self._valve = {"valve_on": (on, off), "valve_off": (off, on)}.get(settings.ambient_air)
        """Which switch draws air, and which the sample."""

    async def draw_ambient(self) -> None:
        """Pump ambient air; RefusedError where the lane file knows no way."""
        doing = "draw ambient air"
        if self._valve is None:
            raise self._lacks(doing)
        await self._draw(self._valve[0], doing)

    async def draw_sample(self) -> None:
        """Pump from the probe."""
        await self._draw(None if self._valve is None else self._valve[1], "draw sample")

    async def stop_pump(self) -> None:
        """Stop the pump and let the bench stand by."""
        await self._order(Action.PUMP_OFF, "stop pump")
        await self._order(Action.STANDBY, "stop pump")

    async def zero(self) -> None:
        """Set zero over air, where it is known how air is drawn, and give it its time: nothing tells how it ended.

        Whoever sets zero looks at the values of clean air afterwards.
        """
        if self._valve is not None:
            await self.draw_ambient()
            await self._pace.sleep(FLUSH_S)
        await self._order(Action.ZERO, "set zero")
        await self._pace.sleep(ZERO_S)
        await self.stop_pump()

    async def _draw(self, valve: Action | None, doing: str) -> None:
        for action in (Action.MEASURE, valve, Action.PUMP_ON):
            if action is not None:
                await self._order(action, doing)


class Mexa584L(DialectGasAnalyzer):
    """A MEXA-584L: four or five gases; measuring draws the sample, standing by stops."""

    presence = Action.READ_STATUS
    tells_warming = True

    def __init__(self, exchange: Exchange, pace: Pace) -> None:
        super().__init__(dialect(MEXA_584L), exchange, pace)

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now. It does not say how long it still warms up."""
        if "warming" in (await self._status(Action.READ_STATUS, "read status")).words:
            return AnalyzerStatus("warming")
        parts = await self._status(Action.READ_PARTS, "read status")
        return AnalyzerStatus("measuring" if "measuring" in parts.words else "ready")

    async def read(self) -> GasReading:
        """Take one look at the gas in the cell, with what the device says of its sample line."""
        parts = await self._status(Action.READ_PARTS, "read gases")
        if "measuring" not in parts.words and (await self.status()).state == "warming":
            raise NotReadyError(self.device, "read gases", "the device is at warming")
        gases = await self._ask(Action.READ, Gases, "read gases")
        fitted = frozenset(channel for word, channel in CHANNELS.items() if word in parts.words)
        return reading_of(gases, *(word for word in TROUBLES if word in parts.words), fitted=fitted)

    async def draw_sample(self) -> None:
        """Pump from the probe."""
        await self._order(Action.MEASURE, "draw sample")

    async def stop_pump(self) -> None:
        """Stand by."""
        await self._order(Action.STANDBY, "stop pump")

    async def zero(self) -> None:
        """Set zero from standby; done when the status is again what it was, not too soon, and tells no error."""
        doing = "set zero"
        await self.stop_pump()
        rest = self._at_rest(*await self._both(doing))
        await self._order(Action.ZERO, doing)
        began_ms = self._pace.now_ms()

        async def done() -> bool:
            enough = self._pace.now_ms() - began_ms >= ZERO_S * 1000
            return self._at_rest(*await self._both(doing)) == rest and enough

        await self._wait(done, LONGEST_ZERO_S, POLL_S, doing)
        if failed := self._errors(*await self._both(doing)):
            raise RefusedError(self.device, doing, f"the device says that it failed: {', '.join(sorted(failed))}")

    @staticmethod
    def _at_rest(status: Status, parts: Status) -> tuple[bytes, bytes]:
        return MEXA_584L.without(Action.READ_STATUS, status, ERRORS), parts.raw

    @staticmethod
    def _errors(status: Status, parts: Status) -> frozenset[str]:
        """Return what failed, of the sensors that are fitted."""
        missing = {f"{gas}_calibration_error" for gas in ("no", "o2") if f"{gas}_fitted" not in parts.words}
        return (status.words & ERRORS) - missing

    async def _both(self, doing: str) -> tuple[Status, Status]:
        return await self._status(Action.READ_STATUS, doing), await self._status(Action.READ_PARTS, doing)

    async def _status(self, action: Action, doing: str) -> Status:
        return await self._ask(action, Status, doing)


def build_fla_501(device: str, settings: Fla501Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an FLA-501."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Fla501(settings, Exchange(device, line, pace), pace)


def build_mexa_584l(device: str, settings: Mexa584LSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a MEXA-584L."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Mexa584L(Exchange(device, line, pace), pace)
