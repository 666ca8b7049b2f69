"""How a lane I/O module is found on a port.

Knows that its inputs are read and its outputs left alone. Does not know ports, time, or other families.
"""

from drivers.modbus_probe import modbus_probes
from drivers.modbus_settings import LoadedMap
from drivers.probe import Probe
from protocols.modbus import Function, Request
from protocols.register_map import IoMap

MAP = "example-io"
"""A module is recognised by the map that ships with us alone; another one answers to its own."""


def map_probes(name: str = MAP) -> tuple[Probe, ...]:
    """Return the probes of a module with this register map."""
    inputs = LoadedMap(name, IoMap).map.inputs
    first, count = inputs.span()
    asked = Request(Function(inputs.function), first, count)
    return modbus_probes("read its inputs", asked, (9600, 38400), tcp=True, map=name)
