"""Nanhua's NHT-610, the smoke side, in the role Opacimeter.

Knows which dialect it speaks; of its gases the driver in the role NoxAnalyzer knows. A port has one role: a lane that
uses one such device for both needs both its sides on ports of their own. Does not know what is asked when (meter),
keys of devices that want one, tests, or limits.
"""

from typing import Literal

from drivers.opacimeter.meter import build_meter
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from protocols.nht_610 import dialect


class Nht610Settings(Strict):
    """An NHT-610 on a serial port, for its smoke."""

    driver: Literal["nanhua-nht-610"]
    port: PortName


def build(device: str, settings: Nht610Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHT-610 in the role of an opacimeter."""
    return build_meter(device, settings.port, dialect(), transport, pace)
