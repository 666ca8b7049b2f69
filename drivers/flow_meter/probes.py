"""How an exhaust flow meter is found on a port, by its dialect.

Knows that the binary dialect's status is no mere question: it turns an analyzer's line to the flow meter inside. It is
found by a look at the gas instead. Does not know ports, time, or other families.
"""

from drivers.flow_meter.meter import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Fits, Probe, Question, obeys, unless_reading, unless_refused, whatever
from protocols.flow import Action, Dialect, Refused


def flow_probe(dialect: Dialect) -> Probe:
    """Return the probe of a flow meter that is asked for its status and for a look at the gas."""
    return _probe(dialect, (Action.READ_STATUS, Action.READ), unless_refused(Refused))


def routed_probe(dialect: Dialect) -> Probe:
    """Return the probe of a flow meter whose status routes; a refusal in its checked frame shows the dialect too."""
    return _probe(dialect, (Action.READ,), whatever)


def _probe(dialect: Dialect, reads: tuple[Action, ...], fits: Fits) -> Probe:
    questions = tuple(
        Question(
            asks=action.name.lower().replace("_", " "),
            request=dialect.encode_request(action),
            framer=lambda action=action: dialect.reply_framer(action),  # type: ignore[misc]
            fits=fits,
            within_s=REPLY_TIMEOUT_S,
        )
        for action in reads
    )
    return Probe((BAUD,), questions, obeys=obeys(dialect.request_framer, unless_reading(reads, dialect.unused)))
