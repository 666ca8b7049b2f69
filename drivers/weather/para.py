"""Nanhua's environment module on a serial line, in the role WeatherStation.

Knows the one request that is asked and what a refusal is. The module counts the engine and feels the oil as well; a
lane has better instruments for both. Does not know other sensors, averages, or what the weather is needed for.
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
from protocols.para_nanhua import Ask, Refused, Reply, encode_request
from protocols.weather import Weather

BAUD = 9600
TIMEOUT_S = 0.5
REPEATS = 1
_DOING = "read the weather"


class ParaSettings(Strict):
    """A Nanhua environment module on a serial port, 9600 8N1."""

    driver: Literal["nanhua-para"]
    port: PortName


async def _look(exchange: Exchange) -> Weather:
    reply = await exchange.ask(
        encode_request(Ask.ALL), lambda: Reply(Ask.ALL), _DOING, timeout_s=TIMEOUT_S, repeats=REPEATS
    )
    if isinstance(reply, Refused):
        raise RefusedError(exchange.device, _DOING, f"the module answers NAK {reply.code:02X}")
    return reply.weather


def build(device: str, settings: ParaSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a Nanhua environment module."""
    exchange = Exchange(device, transport or SerialPort(settings.port, BAUD, device=device), pace)
    return AskedStation(exchange, lambda: _look(exchange))
