"""Weather stations of XinCheng on a serial line, in the role WeatherStation: XCE-100 answers, XCE-101 speaks by itself.

Knows how each is listened to, and that neither text has a checksum. It never calibrates. Does not know other sensors,
averages, or what the weather is needed for.
"""

from typing import Literal

from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.stream import Reports, Stream
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from drivers.weather.station import AskedStation, SpeakingStation
from protocols.weather import Weather
from protocols.xce_text import Question, ReadingText, ReadingTexts, encode_request

BAUD = 9600
TIMEOUT_S = 1.0
REPEATS = 1
REPORTS = Reports("reading", "T, H, P and E", lost_after_ms=2000)
"""A host that looks twice a second finds at least two readings each time."""


class Xce100Settings(Strict):
    """An XCE-100 on a serial port, 9600 8N1."""

    driver: Literal["xincheng-xce-100"]
    port: PortName


class Xce101Settings(Strict):
    """An XCE-101 on a serial port, 9600 8N1."""

    driver: Literal["xincheng-xce-101"]
    port: PortName


async def _look(exchange: Exchange) -> Weather:
    request = encode_request(Question.READ)
    return await exchange.ask(request, ReadingText, "read the weather", timeout_s=TIMEOUT_S, repeats=REPEATS)


def build_100(device: str, settings: Xce100Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an XCE-100."""
    exchange = Exchange(device, transport or SerialPort(settings.port, BAUD, device=device), pace)
    return AskedStation(exchange, lambda: _look(exchange))


def build_101(device: str, settings: Xce101Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an XCE-101."""
    exchange = Exchange(device, transport or SerialPort(settings.port, BAUD, device=device), pace)
    return SpeakingStation(Stream(exchange, pace, ReadingTexts, REPORTS))
