"""Every driver this program knows, by device id: ours (drivers/known), third parties' by entry point.

Knows who drives what, how well the protocol is attested, and which files belong to a device.
Does not know lanes, ports in use, or law.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points

from drivers.info import CodecInfo, DriverInfo
from drivers.known import (
    analyzers,
    benches,
    flow_meters,
    gas_503,
    gas_mingquan,
    obd,
    opacimeters,
    panels,
    roller_motors,
    tachometers,
    weather,
)

__all__ = ["DECODERS", "DRIVERS", "ENTRY_POINTS", "CodecInfo", "DriverInfo", "RegistryError", "all_drivers"]

ENTRY_POINTS = "lanectl.drivers"


class RegistryError(Exception):
    """A third party's driver cannot be taken in."""


_OURS = (
    *analyzers.DRIVERS,
    *gas_503.DRIVERS,
    *gas_mingquan.DRIVERS,
    *benches.DRIVERS,
    *flow_meters.DRIVERS,
    *obd.DRIVERS,
    *opacimeters.DRIVERS,
    *tachometers.DRIVERS,
    *panels.DRIVERS,
    *roller_motors.DRIVERS,
    *weather.DRIVERS,
)

DRIVERS: Mapping[str, DriverInfo] = {info.id: info for info in _OURS}
"""Our own drivers by device id."""

DECODERS: Mapping[str, CodecInfo] = {
    **{info.id: info.codec for info in _OURS},
    **{codec.id: codec for codec in (*gas_503.UNDRIVEN, *obd.UNDRIVEN)},
}
"""Everything whose frames can be explained; some of it has no driver (yet)."""


def all_drivers() -> dict[str, DriverInfo]:
    """Return our drivers and those of third parties (entry point group ``lanectl.drivers``, each a DriverInfo)."""
    found = dict(DRIVERS)
    for point in entry_points(group=ENTRY_POINTS):
        info = point.load()
        if not isinstance(info, DriverInfo):
            raise RegistryError(f"{point.value} is no DriverInfo")
        if info.id in found:
            raise RegistryError(f"{point.value} brings {info.id}, which is already there")
        found[info.id] = info
    return found
