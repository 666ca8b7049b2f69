"""How dynamometer controllers are found on a port.

Knows that a BNTD board speaks by itself with or without the key byte, that an old ASCII board does so too, that benches
of the letters are asked for a look and their status, and what each takes for an order. Does not know ports, time, or
other families.
"""

from functools import partial

from drivers.dynamometer import lettered
from drivers.modbus_probe import modbus_probes
from drivers.modbus_settings import LoadedMap
from drivers.probe import Probe, Question, obeys
from protocols import igbt_text, modbus
from protocols.bench_letters import LOOK, STATUS, Ask, Dialect, Order, Read, Request, Word
from protocols.bntd import Command, CommandFramer, StatusFramer
from protocols.register_map import DynoMap

LOOK_S = 0.5
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


def _old_order(command: igbt_text.Command) -> str | None:
    return command.order.name.lower().replace("_", " ")


def _letter_order(request: Request) -> str | None:
    return None if isinstance(request, Ask | Read) else "control" if isinstance(request, Order) else "write variable"


def lettered_probe(dialect: Dialect) -> Probe:
    """Return the probe of a bench that is told by letters."""
    asked = (("read its status", STATUS), ("look", LOOK))
    questions = tuple(
        Question(asks, dialect.encode_request(request), partial(dialect.reply_framer, request), _is_no_word, LOOK_S)
        for asks, request in asked
    )
    return Probe((lettered.BAUD,), questions, obeys=obeys(dialect.request_framer, _letter_order))


def _is_no_word(reply: object) -> bool | None:
    return None if isinstance(reply, Word) else True


IGBT = Probe((38400,), stream=igbt_text.Statuses, obeys=obeys(igbt_text.Commands, _old_order))
BNTD = (_bntd(has_keys=True), _bntd(has_keys=False))


def map_probes(name: str = MAP) -> tuple[Probe, ...]:
    """Return the probes of a controller with this register map."""
    read = LoadedMap(name, DynoMap).map.read
    first, count = read.span()
    asked = modbus.Request(modbus.Function(read.function), first, count)
    return modbus_probes("read its registers", asked, (9600, 38400), tcp=True, map=name)
