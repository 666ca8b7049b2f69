"""How dynamometer controllers are found on a port.

Knows that a BNTD board speaks by itself with or without the key byte, and what it takes for an order. Does not know
ports, time, or other families.
"""

from drivers.modbus_probe import modbus_probes
from drivers.modbus_settings import LoadedMap
from drivers.probe import Probe, obeys
from protocols.bntd import Command, CommandFramer, StatusFramer
from protocols.modbus import Function, Request
from protocols.register_map import DynoMap

MAP = "example-dyno"
"""A controller is recognised by the map that ships with us alone; another one answers to its own."""


def _order(command: Command) -> str | None:
    name = command.order.name.lower().replace("_", " ")
    return None if name.startswith("read") else name


def _bntd(*, has_keys: bool) -> Probe:
    return Probe(
        bauds=(38400,),
        stream=lambda: StatusFramer(has_keys=has_keys),
        obeys=obeys(CommandFramer, _order),
        settings={} if has_keys else {"has_key_byte": False},
    )


BNTD = (_bntd(has_keys=True), _bntd(has_keys=False))


def map_probes(name: str = MAP) -> tuple[Probe, ...]:
    """Return the probes of a controller with this register map."""
    read = LoadedMap(name, DynoMap).map.read
    first, count = read.span()
    asked = Request(Function(read.function), first, count)
    return modbus_probes("read its registers", asked, (9600, 38400), tcp=True, map=name)
