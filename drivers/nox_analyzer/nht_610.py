"""Nanhua's NHT-610, the gas side, in the role NoxAnalyzer: NO and NO2 as two values, and CO2.

Knows that it must measure, not set zero or warm up, for its values to be exhaust, and that a locked device gives none.
Its pump, its purge, its zero of the gases and a leak check have no published code: each is refused by name, so that no
test is prepared with it by this program. Does not know keys of devices that want one, tests, limits, or averaging.
"""

from typing import Literal, TypeVar

from drivers.errors import GarbledReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.gas_analyzer.plausible import sift_air, within
from drivers.nox_analyzer.mqw_510x import PLAUSIBLE
from drivers.opacimeter.meter import STATES
from drivers.pace import Pace
from drivers.readings import AmbientReading, AnalyzerStatus, NoxReading
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.nht_610 import CODES, NAME, READ_AMBIENT, Data, ReplyFramer
from protocols.smoke import Action, Refused, State
from protocols.weather import Weather

ReplyT = TypeVar("ReplyT")

BAUD = 9600
REPLY_TIMEOUT_S = 1.0
REPEATS = 1
RANGES = {**{name: span for name, span in PLAUSIBLE.items() if name != "nox_ppm"}, "no2_ppm": PLAUSIBLE["no_ppm"]}


class Nht610NoxSettings(Strict):
    """An NHT-610 on a serial port, for its gases."""

    driver: Literal["nanhua-nht-610-nox"]
    port: PortName


class Nht610Nox:
    """The gas side of an NHT-610."""

    channels = frozenset({"no_ppm", "no2_ppm", "co2_pct"})

    def __init__(self, exchange: Exchange, pace: Pace) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self._pace = pace

    async def open(self) -> None:
        """Open the port and make sure that this model answers."""
        await self.exchange.open()
        await self.identify()

    async def identify(self) -> Identity:
        """Check that this model's state is spoken. It has no question for model or serial number."""
        try:
            await self.status()
        except (RefusedError, GarbledReplyError) as error:
            raise WrongDeviceError(self.device, "identify", f"does not answer like an {NAME}") from error
        return Identity(None, None, None)

    async def close(self) -> None:
        """Close the port. The device goes on by itself."""
        await self.exchange.close()

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now. It does not say how long it still warms up."""
        return AnalyzerStatus(STATES[(await self._ask(CODES[Action.READ_STATE], State, "read state")).state])

    async def read(self) -> NoxReading:
        """Take one look at the gas in the cell; NotReadyError while it holds no exhaust, or is locked."""
        state = (await self.status()).state
        if state in ("warming", "zeroing"):
            raise NotReadyError(self.device, "read NOx", f"the device is at {state}")
        data = await self._ask(CODES[Action.READ], Data, "read NOx")
        if data.locked:
            raise NotReadyError(self.device, "read NOx", "the device is locked: it wants its maker's key")
        told = {name: float(getattr(data, name)) for name in RANGES}
        outside = {name for name, value in told.items() if not within(RANGES[name], value)}
        kept = {name: None if name in outside else value for name, value in told.items()}
        return NoxReading(nox_ppm=None, **kept, flags=frozenset(f"{name}_out_of_range" for name in outside))

    async def read_ambient(self) -> AmbientReading:
        """Read its own weather sensor."""
        air = await self._ask(READ_AMBIENT, Weather, "read ambient")
        return sift_air(air.ambient_temp_c, air.humidity_pct, air.pressure_kpa)

    async def draw_ambient(self) -> None:
        """Raise RefusedError."""
        raise self._lacks("draw ambient air")

    async def draw_sample(self) -> None:
        """Raise RefusedError."""
        raise self._lacks("draw sample")

    async def purge(self) -> None:
        """Raise RefusedError."""
        raise self._lacks("purge")

    async def stop_pump(self) -> None:
        """Raise RefusedError."""
        raise self._lacks("stop pump")

    async def zero(self) -> None:
        """Raise RefusedError: the zero that is published is that of the smoke."""
        raise self._lacks("set zero")

    async def check_leak(self) -> bool:
        """Raise RefusedError: no leak may pass for tight."""
        raise self._lacks("check leak")

    def _lacks(self, doing: str) -> RefusedError:
        return RefusedError(self.device, doing, f"an {NAME} has no known command for this")

    async def _ask(self, code: int, kind: type[ReplyT], doing: str) -> ReplyT:
        reply = await self.exchange.ask(
            bytes([code]), lambda: ReplyFramer(code), doing, timeout_s=REPLY_TIMEOUT_S, repeats=REPEATS
        )
        if isinstance(reply, Refused):
            raise RefusedError(self.device, doing, f"the device said no ({reply.error:02X}): not now, or not known")
        if not isinstance(reply, kind):
            raise GarbledReplyError(self.device, doing, f"answered {reply}")
        return reply


def build(device: str, settings: Nht610NoxSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHT-610 in the role of a NOx analyzer."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Nht610Nox(Exchange(device, line, pace), pace)
