"""What the registry says of a device.

Knows the shape of an entry and the names of the roles. Does not know any device.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from drivers.exchange import Direction
from drivers.pace import Pace
from drivers.probe import Probe
from drivers.roles import Device
from drivers.transports.base import Transport
from protocols.captured import Explain

GAS, DYNO, OBD = "gas_analyzer", "dynamometer", "obd_reader"
WEATHER, LANE_IO = "weather_station", "lane_io"
OPACITY, TACHOMETER, DISPLAY = "opacimeter", "tachometer", "driver_display"
NOX, FLOW = "nox_analyzer", "flow_meter"
ROLLER_MOTOR = "roller_motor"

Build = Callable[[str, Any, Transport | None, Pace], Device]
"""Makes a driver from the lane's name for it, its settings, its end of the wire (None: the port named in the settings)
and the lane's time."""


@dataclass(frozen=True, slots=True)
class CodecInfo:
    """A protocol that can be explained: where its codec and its golden frames are."""

    id: str
    codec: str
    """Module of the codec."""
    vectors: str
    """File under tests/vectors with its golden frames."""
    explain: Explain
    one_way: Direction | None = None
    """Where bytes only ever go one way: which."""


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """One device that this program can drive."""

    id: str
    name: str
    role: str
    maker: str
    protocol: str
    grade: str
    """How well the bytes are attested: A two independent readers agree, B one reader."""
    simulator: str
    """Module of its simulated wire face, in the distribution of the simulators."""
    settings: type[BaseModel]
    build: Build
    codec: CodecInfo
    probes: tuple[Probe, ...] = ()
    """How it is found on a port, each way in which it may stand there; empty where nothing can be asked or heard."""
    tells: frozenset[str] = frozenset()
    """What the device itself says about its identity (settings.FACTS); an official lane file names it."""
