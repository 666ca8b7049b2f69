"""Weather station FTH-2 of Fuli on a serial line, in the role WeatherStation.

Knows the one request that is asked and what a refusal is. Public programs open it at 9600 or at 19200 baud: the lane
file says which. Does not know other sensors, averages, or what the weather is needed for.
"""

from typing import Literal

from drivers.errors import RefusedError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from drivers.weather.station import AskedStation
from protocols.fth2 import READ, Refused, read_frame
from protocols.nt_frame import NtReply, encode
from protocols.weather import Weather

TIMEOUT_S = 0.5
REPEATS = 1
_DOING = "read the weather"


class Fth2Settings(Strict):
    """An FTH-2 on a serial port, 8N1."""

    driver: Literal["fuli-fth-2"]
    port: PortName
    baud: Literal[9600, 19200] = 9600


async def _look(exchange: Exchange) -> Weather:
    reply = await exchange.ask(
        encode(READ), lambda: NtReply(READ, read_frame), _DOING, timeout_s=TIMEOUT_S, repeats=REPEATS
    )
    if isinstance(reply, Refused):
        raise RefusedError(exchange.device, _DOING, f"the station answers error {reply.code:02X}")
    return reply.weather


def build(device: str, settings: Fth2Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an FTH-2."""
    exchange = Exchange(device, transport or SerialPort(settings.port, settings.baud, device=device), pace)
    return AskedStation(exchange, lambda: _look(exchange))
