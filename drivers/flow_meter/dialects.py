"""Exhaust flow meters on a serial line, in the role FlowMeter: NHF-1, MQL-100, FLV-1000, and the binary dialect.

Knows which model speaks which dialect, and that readers of the binary one differ on the flow: that of 20 degrees C, or
that of the tube. The lane file says which, after a comparison with a reference flow. Does not know what is asked when
(meter), tests, or limits.
"""

from typing import Literal

from drivers.flow_meter.meter import build_meter
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from protocols import flow_binary, flow_flv, flow_mql, nhf1


class _Settings(Strict):
    port: PortName


class Nhf1Settings(_Settings):
    """An NHF-1 on a serial port."""

    driver: Literal["nanhua-nhf-1"]


class BinarySettings(_Settings):
    """A flow meter with the binary dialect on a serial port."""

    driver: Literal["vmas-flow-binary"]
    flow: Literal["of_20_c", "in_tube"]


class Mql100Settings(_Settings):
    """An MQL-100 on a serial port."""

    driver: Literal["mingquan-mql-100"]


class Flv1000Settings(_Settings):
    """An FLV-1000 on a serial port."""

    driver: Literal["fuli-flv-1000"]


def build_nhf_1(device: str, settings: Nhf1Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHF-1."""
    return build_meter(device, settings.port, nhf1.DIALECT, transport, pace)


def build_binary(device: str, settings: BinarySettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a flow meter with the binary dialect."""
    dialect, of_20_c = flow_binary.DIALECT, settings.flow == "of_20_c"
    return build_meter(device, settings.port, dialect, transport, pace, of_20_c=of_20_c)


def build_mql_100(device: str, settings: Mql100Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQL-100."""
    return build_meter(device, settings.port, flow_mql.DIALECT, transport, pace)


def build_flv_1000(device: str, settings: Flv1000Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an FLV-1000."""
    return build_meter(device, settings.port, flow_flv.DIALECT, transport, pace)
