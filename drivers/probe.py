"""How a device is found on a port: what it may be asked without harm, how its answer is known, and what it would obey.

Knows the shape of a probe, and how bytes are held against what a device would take for an order: a question to one
device may be an order to another. Does not know any device, ports, time, or in which order questions are asked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from drivers.stream import StreamFramer
from protocols.dialect import AnswerFramer, Framer

Obeys = Callable[[bytes], Sequence[str]]
"""Names what a device would do upon these bytes besides answering them; empty where they change nothing in it."""
Fits = Callable[[Any], bool | None]
"""Tells whether an answer that could be read is this device's: True yes, False another's, None it says nothing (a
refusal, as while warming up)."""
Over = Literal["serial", "tcp"]


def obeys_nothing(data: bytes) -> tuple[str, ...]:
    """Name no order: such a device only speaks, or only answers."""
    return ()


def whatever(reply: object) -> bool:
    """Take every answer that the framer could read."""
    return True


def unless_refused(*refusals: type) -> Fits:
    """Take every answer that can be read for this device's, and let these say nothing."""
    return lambda reply: None if isinstance(reply, refusals) else True


@dataclass(frozen=True, slots=True)
class Question:
    """One question that changes nothing in the device, however often it is asked."""

    asks: str
    """What is asked, in a few English words ("read state")."""
    request: bytes
    framer: Callable[[], AnswerFramer[Any]]
    """Finds the answer in what arrives."""
    fits: Fits = whatever
    within_s: float = 0.5
    """How long the answer may take."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One way in which a device may stand on a port. Where it has several (two dialects, serial or TCP), each is one.

    A device is recognised when its stream is heard; or when none of its questions is met by silence, by bytes that
    cannot be read or by another's answer, and at least one answer is its own.
    """

    bauds: tuple[int, ...] = (9600,)
    """Serial speeds (8N1) that it may be set to, most likely first."""
    questions: tuple[Question, ...] = ()
    stream: Callable[[], StreamFramer[Any]] | None = None
    """Cuts what it says unasked. Such a device is listened to and asked nothing."""
    obeys: Obeys = obeys_nothing
    """What it would do upon bytes that were meant for another device on the same port."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """What the lane file has to say besides driver and port (and baud), where this probe tells it."""
    over: Over = "serial"


def obeys(framer: Callable[[], Framer[Any]], order: Callable[[Any], str | None]) -> Obeys:
    """Make ``Probe.obeys`` from the codec's request framer and the name of what is an order (None: it is none)."""

    def orders(data: bytes) -> tuple[str, ...]:
        named = (order(request) for request in framer().feed(data))
        return tuple(name for name in named if name is not None)

    return orders


def unless_reading(harmless: Iterable[Any], unused: Mapping[int, str] | None = None) -> Callable[[Any], str | None]:
    """Name every request whose ``action`` is none of these readings.

    ``unused`` names codes without an action that the device would obey; those that read begin with ``read``. What it
    does not know changes nothing.
    """
    readings = frozenset(harmless)

    def order(request: Any) -> str | None:
        action = getattr(request, "action", None)
        if action is not None:
            return None if action in readings else str(action.name).lower()
        name = (unused or {}).get(getattr(request, "code", -1))
        return None if name is None or name.startswith("read") else name

    return order


def reads(
    actions: Iterable[Any],
    encode: Callable[[Any], bytes],
    reply_framer: Callable[[Any], AnswerFramer[Any]],
    fits: Fits,
    within_s: float,
) -> tuple[Question, ...]:
    """Make the questions of a codec whose requests have an ``action`` of an Enum."""
    return tuple(
        Question(action.name.lower().replace("_", " "), encode(action), partial(reply_framer, action), fits, within_s)
        for action in actions
    )
