"""Foshan Analytical's FASM-5000, in the role GasAnalyzer, with a weather sensor of its own.

Knows that an order is repeated when it is taken, and that the end of zeroing and of a leak check is told unasked. Its
status is not published: what it is doing is refused by name, and a warm-up shows by its refusals alone. Does not know
tests, limits, averaging, calibrations, or how often it is read.
"""

from typing import Literal

from drivers.errors import NotReadyError, RefusedError
from drivers.exchange import Exchange
from drivers.gas_analyzer.analyzer import REPLY_TIMEOUT_S, DialectGasAnalyzer, air_of
from drivers.pace import Pace
from drivers.readings import AmbientReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.fasm_5000 import DIALECT, WorkFramer
from protocols.gas import Action, Gases, Outcome, Refused

BAUD = 9600
LONGEST_WORK_S = 180.0


class Fasm5000Settings(Strict):
    """A FASM-5000 on a serial port."""

    driver: Literal["foshan-fasm-5000"]
    port: PortName


class Fasm5000(DialectGasAnalyzer):
    """A FASM-5000."""

    async def read_ambient(self) -> AmbientReading:
        """Read its own weather sensor, whose words come with the gases."""
        return air_of(await self._ask(Action.READ, Gases, "read ambient"))

    async def zero(self) -> None:
        """Set zero; returns when the device says it is done, RefusedError when it failed."""
        if not await self._work(Action.ZERO, "set zero"):
            raise RefusedError(self.device, "set zero", "the device says that setting zero failed")

    async def check_leak(self) -> bool:
        """Run the leak check; True when tight."""
        return await self._work(Action.LEAK_CHECK, "check leak")

    async def _work(self, action: Action, doing: str) -> bool:
        """Start work, which is never asked for twice, and wait for its end: done (True) or failed (False)."""
        framer = WorkFramer(action)
        request = self._dialect.encode_request(action)
        reply = await self.exchange.ask(request, lambda: framer, doing, timeout_s=REPLY_TIMEOUT_S)
        end = reply if isinstance(reply, Refused) else await self._end(framer, doing)
        if isinstance(end, Refused):
            raise RefusedError(self.device, doing, "the device said that it cannot do this now")
        return end.well

    async def _end(self, framer: WorkFramer, doing: str) -> Outcome | Refused:
        try:
            async with self._pace.timeout(LONGEST_WORK_S):
                while framer.end is None:
                    framer.feed(await self.exchange.listen())
        except TimeoutError:
            raise NotReadyError(self.device, doing, f"still at it after {LONGEST_WORK_S:g} s") from None
        return framer.end


def build(device: str, settings: Fasm5000Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a FASM-5000."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Fasm5000(DIALECT, Exchange(device, line, pace), pace)
