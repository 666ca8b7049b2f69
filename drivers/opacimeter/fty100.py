"""Opacimeter FTY-100 of Foshan Analytical, in the role Opacimeter.

Knows that public programs speak to it in two forms: which one a unit understands has to be tried once and stands in
the lane file. It tells neither k nor maxima. Does not know what is asked when (meter), tests, or limits.
"""

from typing import Literal

from drivers.opacimeter.meter import build_meter
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from protocols.fty100 import dialect


class Fty100Settings(Strict):
    """An FTY-100 on a serial port."""

    driver: Literal["foshan-fty-100"]
    port: PortName
    requests: Literal["fty", "bare"]
    """``fty`` for requests that begin with these letters, ``bare`` for those without."""


def build(device: str, settings: Fty100Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an FTY-100."""
    return build_meter(device, settings.port, dialect(lettered=settings.requests == "fty"), transport, pace)
