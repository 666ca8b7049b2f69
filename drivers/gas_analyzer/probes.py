"""How gas analyzers are found on a port.

Knows that nearly every byte is an order to those with the 503 dialect, so that others are asked only after these have
been silent; and that its models answer every question alike. Does not know ports, time, or other families.
"""

from functools import partial

from drivers.gas_analyzer.dialect_503 import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Probe, Question, obeys, reads, unless_reading, unless_refused
from protocols import gas
from protocols.dialect_503 import Action, Model, Reply, ReplyFramer, RequestFramer, Status, Word, encode_request

READS = frozenset(action for action in Action if action.name.startswith("READ"))

GAS_READS = frozenset(action for action in gas.Action if action.name.startswith("READ"))


def _state(reply: Reply) -> bool:
    return isinstance(reply, Status)


def _block(reply: Reply) -> bool | None:
    """Judge a block with a checksum; a word, as while warming up, says nothing."""
    return None if isinstance(reply, Word) else True


def probe_503(model: Model, **settings: object) -> Probe:
    """Return the probe of one model: its state, in a byte without a checksum or in its data, then the air around it."""
    state = (Action.READ_DATA, _block, REPLY_TIMEOUT_S) if model.states_in_data else (Action.READ_STATUS, _state, 0.6)
    questions = tuple(
        Question(
            action.name.lower().replace("_", " "),
            encode_request(model, action),
            partial(ReplyFramer, model, action),
            fits,
            within_s,
        )
        for action, fits, within_s in (state, (Action.READ_AMBIENT, _block, REPLY_TIMEOUT_S))
    )
    orders = obeys(partial(RequestFramer, model), unless_reading(READS))
    return Probe((BAUD,), questions, obeys=orders, settings=settings)


def gas_probe(
    dialect: gas.Dialect, *actions: gas.Action, bauds: tuple[int, ...] = (BAUD,), **settings: object
) -> Probe:
    """Return the probe of an analyzer with the vocabulary of gas analyzers that is asked these."""
    questions = reads(
        actions, dialect.encode_request, dialect.reply_framer, unless_refused(gas.Refused), REPLY_TIMEOUT_S
    )
    order = unless_reading(GAS_READS, dialect.unused)
    return Probe(bauds, questions, obeys=obeys(dialect.request_framer, order), settings=settings)
