"""The smoke side of Chida's CDF-5000, in the role Opacimeter.

Knows that it has no question for its state: whether it answers with smoke is all that tells. So the end of setting zero
is that it gives values again, and not too soon; clean air is looked at afterwards. It stands on a port of its own: one
port belongs to one driver, so a lane drives either side of a CDF-5000. Does not know tests, or limits.
"""

from typing import Literal

from drivers.errors import GarbledReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.opacimeter.meter import BAUD, LONGEST_ZERO_S, POLL_S, DialectOpacimeter
from drivers.pace import Pace
from drivers.readings import AnalyzerStatus
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.nht import CDF_5000, dialect
from protocols.smoke import Action, Done, Smoke

LEAST_ZERO_S = 5.0


class Cdf5000SmokeSettings(Strict):
    """The smoke side of a CDF-5000 on a serial port."""

    driver: Literal["chida-cdf-5000-smoke"]
    port: PortName


class Cdf5000Smoke(DialectOpacimeter):
    """The smoke side of a CDF-5000."""

    async def identify(self) -> Identity:
        """Check that somebody answers in this dialect, were it by a refusal; it has no other question."""
        try:
            await self._ask(Action.READ, Smoke, "identify")
        except RefusedError:
            pass
        except GarbledReplyError as error:
            raise WrongDeviceError(self.device, "identify", "does not answer like a CDF-5000") from error
        return Identity(None, None, None)

    async def status(self) -> AnalyzerStatus:
        """Return ``measuring`` where it answers with smoke, else ``busy``: what it does then, nothing tells."""
        try:
            await self._ask(Action.READ, Smoke, "read state")
        except RefusedError:
            return AnalyzerStatus("busy")
        return AnalyzerStatus("measuring")

    async def open(self) -> None:
        """Open the port, make sure that it answers, and let it measure."""
        await self.exchange.open()
        await self.identify()
        await self.start_measuring()

    async def zero(self) -> None:
        """Set zero with a clear beam. It is done once the device gives values again, and has had its time."""
        await self._ask(Action.ZERO, Done, "set zero")
        began_ms = self._pace.now_ms()
        while not await self._gives_values() or self._pace.now_ms() - began_ms < LEAST_ZERO_S * 1000:
            if self._pace.now_ms() - began_ms >= LONGEST_ZERO_S * 1000:
                raise NotReadyError(self.device, "set zero", f"still at it after {LONGEST_ZERO_S:g} s")
            await self._pace.sleep(POLL_S)

    async def _explain(self, refusal: RefusedError) -> None:
        """Take a refusal for NotReadyError: nothing tells whether it warms up, sets zero, or is at other work."""
        evidence = f"{refusal.evidence}; it warms up, or is at work"
        raise NotReadyError(self.device, refusal.doing, evidence) from refusal

    async def _gives_values(self) -> bool:
        return (await self.status()).state == "measuring"


def build(device: str, settings: Cdf5000SmokeSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of the smoke side of a CDF-5000."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Cdf5000Smoke(dialect(CDF_5000), Exchange(device, line, pace), pace)
