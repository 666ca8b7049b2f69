"""How diesel analyzers with Mingquan's frame are found on a port.

Knows that the two models have different codes for their status. Does not know ports, time, or other families.
"""

from functools import partial

from drivers.nox_analyzer.mqw_510x import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Probe, obeys, reads, unless_reading, unless_refused
from protocols.mqw_510x import Action, Model, Refused, ReplyFramer, RequestFramer, encode_request

READS = frozenset(action for action in Action if action.name.startswith("READ"))


def mqw_probe(model: Model) -> Probe:
    """Return the probe of one model: its status, then its data."""
    questions = reads(
        (Action.READ_STATUS, Action.READ_DATA),
        partial(encode_request, model),
        partial(ReplyFramer, model),
        unless_refused(Refused),
        REPLY_TIMEOUT_S,
    )
    return Probe((BAUD,), questions, obeys=obeys(partial(RequestFramer, model), unless_reading(READS)))
