"""Foshan Analytical's FGA-4100, in the role GasAnalyzer.

Knows its pump and its zero, which is given the time that a public lane program gives it, since nothing tells its end.
It has no published status, no way to draw the air of the hall, no purge, no leak check: these are refused by name.
Does not know tests, limits, averaging, or how often it is read.
"""

from typing import Literal

from drivers.exchange import Exchange
from drivers.gas_analyzer.analyzer import DialectGasAnalyzer
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.fga_4100 import DIALECT
from protocols.gas import Action

BAUD = 19200
ZERO_S = 30.0


class Fga4100Settings(Strict):
    """An FGA-4100 on a serial port."""

    driver: Literal["foshan-fga-4100"]
    port: PortName


class Fga4100(DialectGasAnalyzer):
    """An FGA-4100. Does not know whether a zero went well: whoever sets zero looks at the values of clean air after."""

    async def zero(self) -> None:
        """Set zero and give it its time."""
        await self._order(Action.ZERO, "set zero")
        await self._pace.sleep(ZERO_S)


def build(device: str, settings: Fga4100Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an FGA-4100."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Fga4100(DIALECT, Exchange(device, line, pace), pace)
