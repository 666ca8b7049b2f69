"""How an exhaust flow meter is found on a port, by its dialect.

Knows that the binary dialect's status is no mere question: it turns an analyzer's line to the flow meter inside. It is
found by a look at the gas instead. Does not know ports, time, or other families.
"""

from drivers.flow_meter.meter import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Fits, Probe, obeys, reads, unless_reading, unless_refused, whatever
from protocols.flow import Action, Dialect, Refused


def flow_probe(dialect: Dialect) -> Probe:
    """Return the probe of a flow meter that is asked for its status and for a look at the gas."""
    return _probe(dialect, (Action.READ_STATUS, Action.READ), unless_refused(Refused))


def routed_probe(dialect: Dialect) -> Probe:
    """Return the probe of a flow meter whose status routes; a refusal in its checked frame shows the dialect too."""
    return _probe(dialect, (Action.READ,), whatever)


def _probe(dialect: Dialect, actions: tuple[Action, ...], fits: Fits) -> Probe:
    questions = reads(actions, dialect.encode_request, dialect.reply_framer, fits, REPLY_TIMEOUT_S)
    return Probe((BAUD,), questions, obeys=obeys(dialect.request_framer, unless_reading(actions, dialect.unused)))
