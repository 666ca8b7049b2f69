"""What every weather station's driver does, in the role WeatherStation.

Knows which air no lane stands in, and that such a value is none. Does not know protocols, averages, or what the
weather is needed for.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import replace

from drivers.errors import WrongDeviceError
from drivers.exchange import Exchange
from drivers.readings import AmbientReading
from drivers.roles import Identity
from drivers.stream import Reporter
from protocols.weather import Weather

TEMP_C = (-40.0, 60.0)
HUMIDITY_PCT = (0.0, 100.0)
PRESSURE_KPA = (50.0, 110.0)
"""Air that a sensor of this kind can mean, up to the highest towns of China; beyond it there is no value."""
_NONE = AmbientReading(None, None, None)


class _Station(ABC):
    device: str

    async def identify(self) -> Identity:
        """Look at the weather once: a station has no name to ask for. WrongDeviceError where no air is like that."""
        if await self.read() == _NONE:
            raise WrongDeviceError(self.device, "identify", "temperature, humidity and pressure are all implausible")
        return Identity(None, None, None)

    @abstractmethod
    async def read(self) -> AmbientReading:
        """Temperature, humidity and pressure; None for what no air of a lane is like."""


class AskedStation(_Station):
    """A weather station that answers when asked."""

    def __init__(self, exchange: Exchange, look: Callable[[], Awaitable[Weather]]) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self._look = look

    async def open(self) -> None:
        """Open the port; a station has no state to bring it into."""
        await self.exchange.open()

    async def close(self) -> None:
        """Close the port."""
        await self.exchange.close()

    async def read(self) -> AmbientReading:
        """Temperature, humidity and pressure; None for what no air of a lane is like."""
        return plausible(await self._look())


class SpeakingStation(_Station):
    """A weather station that speaks by itself."""

    def __init__(self, reporter: Reporter[Weather]) -> None:
        self.device = reporter.device
        self.exchange = reporter.exchange
        self._reporter = reporter

    async def open(self) -> None:
        """Open the port and wait for the first reading."""
        await self._reporter.open()

    async def close(self) -> None:
        """Close the port."""
        await self._reporter.close()

    async def read(self) -> AmbientReading:
        """Return the last reading that came; None for what no air of a lane is like."""
        heard = self._reporter.latest()
        return _NONE if heard is None else replace(plausible(heard.item), arrived_ms=heard.arrived_ms)


def plausible(weather: Weather) -> AmbientReading:
    """Leave out what no air of a lane is like."""
    return AmbientReading(
        _within(weather.ambient_temp_c, TEMP_C),
        _within(weather.humidity_pct, HUMIDITY_PCT),
        _within(weather.pressure_kpa, PRESSURE_KPA),
    )


def _within(value: float, bounds: tuple[float, float]) -> float | None:
    return value if bounds[0] <= value <= bounds[1] else None
