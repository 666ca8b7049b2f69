"""Tachometer VTET-1000 on a serial line, in the role Tachometer.

Knows that it speaks unasked and that a second of silence means it is lost. Does not know engines, tests, or whether a
count is right: the stream has no checksum.
"""

from typing import Literal

from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.stream import Reports, Stream
from drivers.tachometer.counting import CountingTachometer
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.rpm_text import StreamFramer

BAUD = 38400
REPORTS = Reports("count", "a text of a VTET-1000")


class Vtet1000Settings(Strict):
    """A VTET-1000 on a serial port, 38400 8N1."""

    driver: Literal["vtet-1000"]
    port: PortName


def build(device: str, settings: Vtet1000Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a VTET-1000."""
    exchange = Exchange(device, transport or SerialPort(settings.port, BAUD, device=device), pace)
    return CountingTachometer(Stream(exchange, pace, StreamFramer, REPORTS))
