"""Weather stations with input registers on a serial line, in the role WeatherStation: RZ-1 and DWSP_T5.

Knows which registers are asked for. Does not know other sensors, averages, or what the weather is needed for.
"""

from typing import Literal

from drivers.modbus_line import ModbusLine
from drivers.modbus_settings import ModbusSettings, Unit, make_line
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.weather.station import AskedStation
from protocols.weather import Weather
from protocols.weather_registers import DWSP_T5, FIRST, RZ_1, UNIT, Station, decode_registers

BAUD: Literal[9600] = 9600
READ_INPUT = 4


class _Settings(Strict):
    port: PortName
    unit: Unit = UNIT


class Rz1Settings(_Settings):
    """An RZ-1 on a serial port, 9600 8N1."""

    driver: Literal["rz-1"]


class DwspT5Settings(_Settings):
    """A DWSP_T5 on a serial port, 9600 8N1."""

    driver: Literal["dwsp-t5"]


async def _look(line: ModbusLine, station: Station) -> Weather:
    return decode_registers(station, await line.read_registers(READ_INPUT, FIRST, station.count, "read the weather"))


def _build(
    device: str, settings: Rz1Settings | DwspT5Settings, transport: Transport | None, pace: Pace, station: Station
) -> Device:
    where = ModbusSettings(port=settings.port, unit=settings.unit, baud=BAUD)
    line = make_line(device, where, transport, pace)
    return AskedStation(line.exchange, lambda: _look(line, station))


def build(device: str, settings: Rz1Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an RZ-1."""
    return _build(device, settings, transport, pace, RZ_1)


def build_dwsp_t5(device: str, settings: DwspT5Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a DWSP_T5."""
    return _build(device, settings, transport, pace, DWSP_T5)
