"""How an opacimeter is found on a port, by its dialect.

Knows which questions tell the models apart. Does not know ports, time, or other families.
"""

from drivers.opacimeter.meter import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Probe, obeys, reads, unless_reading, unless_refused
from protocols.smoke import Action, Dialect, Refused

READS = frozenset(
    {
        Action.READ_STATE,
        Action.READ_ALARMS,
        Action.READ,
        Action.READ_MAXIMA,
        Action.READ_RESULTS,
        Action.READ_FULL,
    }
)


def smoke_probe(dialect: Dialect, *others: Action, **settings: object) -> Probe:
    """Return the probe of an opacimeter that is asked for its state, if it has one to tell, and these."""
    questions = reads(
        [action for action in (Action.READ_STATE, *others) if action in dialect.actions],
        lambda action: dialect.encode_request(action, None),
        dialect.reply_framer,
        unless_refused(Refused),
        REPLY_TIMEOUT_S,
    )
    order = unless_reading(READS, dialect.unused)
    return Probe((BAUD,), questions, obeys=obeys(dialect.request_framer, order), settings=settings)
