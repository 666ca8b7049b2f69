"""How diesel analyzers with Mingquan's frame are found on a port.

Knows that the two models have different codes for their status. Does not know ports, time, or other families.
"""

from functools import partial

from drivers.nox_analyzer.mqw_510x import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Probe, Question, obeys, unless_reading, unless_refused
from protocols.mqw_510x import Action, Model, Refused, ReplyFramer, RequestFramer, encode_request

READS = frozenset(action for action in Action if action.name.startswith("READ"))


def mqw_probe(model: Model) -> Probe:
    """Return the probe of one model: its status, then its data."""
    questions = tuple(
        Question(
            asks=action.name.lower().replace("_", " "),
            request=encode_request(model, action),
            framer=partial(ReplyFramer, model, action),
            fits=unless_refused(Refused),
            within_s=REPLY_TIMEOUT_S,
        )
        for action in (Action.READ_STATUS, Action.READ_DATA)
    )
    return Probe((BAUD,), questions, obeys=obeys(partial(RequestFramer, model), unless_reading(READS)))
