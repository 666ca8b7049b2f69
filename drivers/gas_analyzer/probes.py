"""How gas analyzers are found on a port.

Knows that nearly every byte is an order to those with the 503 dialect, so that others are asked only after these have
been silent; and that its models answer every question alike. Does not know ports, time, or other families.
"""

from dataclasses import replace
from functools import partial

from drivers.gas_analyzer.dialect_503 import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Probe, obeys, reads, unless_reading, unless_refused
from protocols import gas
from protocols.dialect_503 import Action, Model, Reply, ReplyFramer, RequestFramer, Word, encode_request

READS = frozenset(action for action in Action if action.name.startswith("READ"))

GAS_READS = frozenset(action for action in gas.Action if action.name.startswith("READ"))
CALMING = frozenset({gas.Action.STOP, gas.Action.PUMP_OFF})
"""To stop a pump starts nothing, and every driver does it when it opens its port: no question is held back for it. The
byte that stops an NHA-506 or an MQW-511 is the only one that every analyzer with the 503 dialect answers harmlessly."""


def _block(reply: Reply) -> bool | None:
    """Judge a block with a checksum; a word, as while warming up, says nothing."""
    return None if isinstance(reply, Word) else True


def probes_503(model: Model, other: int = 19, **settings: object) -> tuple[Probe, ...]:
    """Return the probes of a device whose data have one length, or ``other`` bytes where the lane file says these."""
    return probe_503(model), probe_503(replace(model, data_length=other), **settings)


def probe_503(*models: Model, **settings: object) -> Probe:
    """Return the probe of a device that is one of these models: the two blocks that all of them have.

    Their status is no question for everybody: its code opens a valve of one sister and starts the pump of another.
    """
    questions = reads(
        (Action.READ_AMBIENT, Action.READ_DATA),
        partial(encode_request, models[0]),
        partial(ReplyFramer, models[0]),
        _block,
        REPLY_TIMEOUT_S,
    )
    ears = [obeys(partial(RequestFramer, model), unless_reading(READS)) for model in models]
    return Probe(
        (BAUD,), questions, obeys=lambda data: tuple(order for ear in ears for order in ear(data)), settings=settings
    )


def simple_probe(dialect: gas.Dialect, *actions: gas.Action) -> Probe:
    """Return the probe of an analyzer with the simple dialect.

    It is told to stop first, by the byte with which the 503 dialect reads its air: a bare 06 is no block of air. Every
    question of its own would start the pump of an analyzer with the 503 dialect, or set its ignition.
    """
    return gas_probe(dialect, gas.Action.STOP, *actions)


def gas_probe(
    dialect: gas.Dialect, *actions: gas.Action, bauds: tuple[int, ...] = (BAUD,), **settings: object
) -> Probe:
    """Return the probe of an analyzer with the vocabulary of gas analyzers that is asked these."""
    questions = reads(
        actions, dialect.encode_request, dialect.reply_framer, unless_refused(gas.Refused), REPLY_TIMEOUT_S
    )
    order = unless_reading(GAS_READS | CALMING, dialect.unused)
    return Probe(bauds, questions, obeys=obeys(dialect.request_framer, order), settings=settings)
