"""Weather station RZ-1 on a serial line, in the role WeatherStation.

Knows which registers are asked for, and which air no lane stands in. Does not know other sensors, averages, or what
the weather is needed for.
"""

from typing import Literal

from drivers.errors import WrongDeviceError
from drivers.modbus_line import ModbusLine
from drivers.modbus_settings import ModbusSettings, Unit, make_line
from drivers.pace import Pace
from drivers.readings import AmbientReading
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from protocols.weather_registers import FIRST, RZ_1, UNIT, decode_registers

BAUD: Literal[9600] = 9600
READ_INPUT = 4
TEMP_C = (-40.0, 60.0)
HUMIDITY_PCT = (0.0, 100.0)
PRESSURE_KPA = (50.0, 110.0)
"""Air that a sensor of this kind can mean, up to the highest towns of China; beyond it there is no value."""


class Rz1Settings(Strict):
    """An RZ-1 on a serial port, 9600 8N1."""

    driver: Literal["rz-1"]
    port: PortName
    unit: Unit = UNIT


class Rz1Weather:
    """A weather station that answers when asked."""

    def __init__(self, device: str, line: ModbusLine) -> None:
        self.device = device
        self.exchange = line.exchange
        self._line = line

    async def open(self) -> None:
        """Open the port; the station has no state to bring it into."""
        await self.exchange.open()

    async def identify(self) -> Identity:
        """Look at the weather once: the station has no name to ask for. WrongDeviceError where no air is like that."""
        reading = await self.read()
        if reading == AmbientReading(None, None, None):
            raise WrongDeviceError(self.device, "identify", "temperature, humidity and pressure are all implausible")
        return Identity(None, None, None)

    async def close(self) -> None:
        """Close the port."""
        await self.exchange.close()

    async def read(self) -> AmbientReading:
        """Temperature, humidity and pressure; None for what no air of a lane is like."""
        registers = await self._line.read_registers(READ_INPUT, FIRST, RZ_1.count, "read the weather")
        weather = decode_registers(RZ_1, registers)
        return AmbientReading(
            _within(weather.ambient_temp_c, TEMP_C),
            _within(weather.humidity_pct, HUMIDITY_PCT),
            _within(weather.pressure_kpa, PRESSURE_KPA),
        )


def _within(value: float, bounds: tuple[float, float]) -> float | None:
    return value if bounds[0] <= value <= bounds[1] else None


def build(device: str, settings: Rz1Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an RZ-1."""
    where = ModbusSettings(port=settings.port, unit=settings.unit, baud=BAUD)
    return Rz1Weather(device, make_line(device, where, transport, pace))
