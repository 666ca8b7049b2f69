"""What every tachometer's driver does with counts, in the role Tachometer.

Knows that no revolutions mean no signal. Does not know protocols, engines, tests, or whether a count is right.
"""

from drivers.readings import TachometerReading
from drivers.roles import Identity
from drivers.stream import Reporter
from protocols.revolutions import Revolutions

HIGHEST_RPM = 10_000.0
"""Beyond this no instrument of the trade measures."""


class CountingTachometer:
    """A tachometer whose last count is always at hand."""

    def __init__(self, reporter: Reporter[Revolutions], lowest_rpm: float = 0.0) -> None:
        self.device = reporter.device
        self.exchange = reporter.exchange
        self._reporter = reporter
        self._lowest_rpm = lowest_rpm

    async def open(self) -> None:
        """Open the port and wait for the first count."""
        await self._reporter.open()

    async def identify(self) -> Identity:
        """Check that its counts decode. None of these devices has a name to ask for."""
        self.latest()
        return Identity(None, None, None)

    async def close(self) -> None:
        """Close the port; there is nothing to leave harmless."""
        await self._reporter.close()

    def latest(self) -> TachometerReading | None:
        """Return the last count; raises PortLostError, or after a time without one NoReply- or GarbledReplyError."""
        heard = self._reporter.latest()
        if heard is None:
            return None
        rpm = float(heard.item.engine_rpm)
        flags = self._doubts(rpm)
        return TachometerReading(None if flags else rpm, flags, heard.arrived_ms)

    def _doubts(self, rpm: float) -> frozenset[str]:
        if rpm == 0.0:
            return frozenset({"no_signal"})
        return frozenset() if self._lowest_rpm <= rpm <= HIGHEST_RPM else frozenset({"engine_rpm_out_of_range"})
