"""Opacimeter FLB-100 of Fuli, in the role Opacimeter.

Knows that its oil temperature comes in tenths of a degree to one public reader and in degrees to another, which the
lane file says. It keeps maxima of its stable measuring alone, and no command that clears them is published.
Does not know what is asked when (meter), tests, or limits.
"""

from typing import Literal

from drivers.opacimeter.meter import build_meter
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from protocols.flb100 import dialect


class Flb100Settings(Strict):
    """An FLB-100 on a serial port."""

    driver: Literal["fuli-flb-100"]
    port: PortName
    oil_temp_in_tenths: bool = True


def build(device: str, settings: Flb100Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an FLB-100."""
    return build_meter(device, settings.port, dialect(oil_in_tenths=settings.oil_temp_in_tenths), transport, pace)
