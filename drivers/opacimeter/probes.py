"""How an opacimeter is found on a port, by its dialect.

Knows which questions tell the models apart. Does not know ports, time, or other families.
"""

from functools import partial

from drivers.opacimeter.meter import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Probe, Question, obeys, reads, unless_reading, unless_refused
from protocols import nht_610
from protocols.smoke import Action, Dialect, Done, Refused

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


def nht_610_probe() -> Probe:
    """Return the probe of an NHT-610: the air around it and its data.

    Its state is no question for everybody: that byte switches off the display of an analyzer with the 503 dialect.
    """
    questions = tuple(
        Question(
            asks, bytes([code]), partial(nht_610.ReplyFramer, code), unless_refused(Refused, Done), REPLY_TIMEOUT_S
        )
        for asks, code in (("read ambient", nht_610.READ_AMBIENT), ("read data", nht_610.CODES[Action.READ]))
    )
    return Probe((BAUD,), questions, obeys=obeys(nht_610.Requests, unless_reading(READS, nht_610.UNUSED)))
