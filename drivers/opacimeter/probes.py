"""How an opacimeter is found on a port, by its dialect.

Knows which questions tell the models apart. Does not know ports, time, or other families.
"""

from drivers.opacimeter.meter import BAUD, REPLY_TIMEOUT_S
from drivers.probe import Probe, Question, obeys, unless_reading, unless_refused
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


def smoke_probe(dialect: Dialect, *reads: Action, **settings: object) -> Probe:
    """Return the probe of an opacimeter that is asked for its state and these."""
    return Probe(
        bauds=(BAUD,),
        questions=tuple(_asks(dialect, action) for action in (Action.READ_STATE, *reads)),
        obeys=obeys(dialect.request_framer, unless_reading(READS, dialect.unused)),
        settings=settings,
    )


def _asks(dialect: Dialect, action: Action) -> Question:
    return Question(
        asks=action.name.lower().replace("_", " "),
        request=dialect.encode_request(action, None),
        framer=lambda: dialect.reply_framer(action),
        fits=unless_refused(Refused),
        within_s=REPLY_TIMEOUT_S,
    )
