"""Tachometers that say four digits and a carriage return: Nanhua RPM-5300 and Mingquan MQZ-3, in the role Tachometer.

Knows that the device speaks unasked about ten times a second, that a second of silence means it is lost, and that 0000
means no signal. Does not know engines, tests, or whether a count is right: the stream has no checksum.
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
from protocols.rpm_digits import StreamFramer

BAUD = 9600
REPORTS = Reports("count", "four digits")


class _Settings(Strict):
    port: PortName


class Rpm5300Settings(_Settings):
    """An RPM-5300 on a serial port."""

    driver: Literal["nanhua-rpm-5300"]


class Mqz3Settings(_Settings):
    """An MQZ-3 on a serial port."""

    driver: Literal["mingquan-mqz-3"]


def _build(device: str, port: str, transport: Transport | None, pace: Pace) -> Device:
    exchange = Exchange(device, transport or SerialPort(port, BAUD, device=device), pace)
    return CountingTachometer(Stream(exchange, pace, StreamFramer, REPORTS))


def build_rpm_5300(device: str, settings: Rpm5300Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an RPM-5300."""
    return _build(device, settings.port, transport, pace)


def build_mqz_3(device: str, settings: Mqz3Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQZ-3."""
    return _build(device, settings.port, transport, pace)
