"""Opacimeters with the frame of Nanhua, in the role Opacimeter: NHT-6, NHT-1, NHT-1L, and Mingquan's MQY-200.

Knows which model speaks which dialect. Does not know what is asked when (meter), tests, or limits.
"""

from typing import Literal

from drivers.opacimeter.meter import build_meter
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from protocols.nht import MQY_200, NHT_1, NHT_1L, NHT_6, dialect


class _Settings(Strict):
    port: PortName


class Nht6Settings(_Settings):
    """An NHT-6 on a serial port."""

    driver: Literal["nanhua-nht-6"]


class Nht1Settings(_Settings):
    """An NHT-1 on a serial port."""

    driver: Literal["nanhua-nht-1"]


class Nht1lSettings(_Settings):
    """An NHT-1L on a serial port."""

    driver: Literal["nanhua-nht-1l"]


class Mqy200Settings(_Settings):
    """An MQY-200 on a serial port."""

    driver: Literal["mingquan-mqy-200"]


def build_6(device: str, settings: Nht6Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHT-6."""
    return build_meter(device, settings.port, dialect(NHT_6), transport, pace)


def build_1(device: str, settings: Nht1Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHT-1."""
    return build_meter(device, settings.port, dialect(NHT_1), transport, pace)


def build_1l(device: str, settings: Nht1lSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHT-1L."""
    return build_meter(device, settings.port, dialect(NHT_1L), transport, pace)


def build_mqy_200(device: str, settings: Mqy200Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQY-200."""
    return build_meter(device, settings.port, dialect(MQY_200), transport, pace)
