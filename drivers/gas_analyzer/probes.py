"""How gas analyzers on the 503 dialect are found on a port.

Knows that nearly every byte is an order to them, so that others are asked only after they have been silent; and that
the models answer every question alike. Does not know ports, time, or other families.
"""

from functools import partial

from drivers.gas_analyzer.dialect_503 import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Probe, Question, obeys, unless_reading
from protocols.dialect_503 import Action, Model, Reply, ReplyFramer, RequestFramer, Status, Word, encode_request

READS = frozenset(action for action in Action if action.name.startswith("READ"))


def _state(reply: Reply) -> bool:
    return isinstance(reply, Status)


def _block(reply: Reply) -> bool | None:
    """Judge a block with a checksum; a word, as while warming up, says nothing."""
    return None if isinstance(reply, Word) else True


def probe_503(model: Model) -> Probe:
    """Return the probe of one model: its state, one byte without a checksum, then the air around it, which has one."""
    state, air = Action.READ_STATUS, Action.READ_AMBIENT
    return Probe(
        (BAUD,),
        (
            Question("read state", encode_request(model, state), partial(ReplyFramer, model, state), _state, 0.6),
            Question(
                "read ambient air",
                encode_request(model, air),
                partial(ReplyFramer, model, air),
                _block,
                REPLY_TIMEOUT_S,
            ),
        ),
        obeys=obeys(partial(RequestFramer, model), unless_reading(READS)),
    )
