"""What hosts ask of exhaust flow meters (VMAS) and what these answer, in one form for every dialect.

Knows the questions, the answers and what a dialect has to offer. Does not know any frame, ports, or what flow is for.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum, auto

from protocols.captured import Captured, Explain, Explained
from protocols.dialect import AnswerFramer, Framer

L_S_PER_CFM = 28.3168 / 60.0


class Action(Enum):
    """What a host can ask; no device knows all of it."""

    READ = auto()
    READ_STATUS = auto()
    BLOWER_ON = auto()
    BLOWER_OFF = auto()


@dataclass(frozen=True, slots=True)
class Flow:
    """One look at the diluted gas. None for what the device does not tell."""

    dilute_o2_pct: float
    flow_temp_c: float
    flow_pressure_kpa: float
    flow_l_s: float
    standard_flow_l_s: float | None = None
    raw_o2_pct: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What the device says of itself: ``warming``, ``over_range``, ``pressure_fault``, ``temperature_fault``."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Done:
    """The device has taken the order."""

    action: Action


@dataclass(frozen=True, slots=True)
class Refused:
    """The device says no; what its codes mean is not published. ``busy`` where it says: not now."""

    code: int
    busy: bool = False


Reply = Flow | Status | Done | Refused


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``action`` is None for a code that is never used here."""

    action: Action | None
    code: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one device says all this on its wire."""

    name: str
    actions: frozenset[Action]
    encode_request: Callable[[Action], bytes]
    decode_request: Callable[[bytes], Request]
    request_framer: Callable[[], Framer[Request]]
    encode_reply: Callable[[Action, Reply], bytes]
    decode_reply: Callable[[Action | None, bytes], Reply]
    reply_framer: Callable[[Action], AnswerFramer[Reply]]
    unused: Mapping[int, str] = field(default_factory=dict)
    """Codes of requests that are explained and never sent."""


def explainer(dialect: Dialect, *notes: str) -> Explain:
    """Return the function that explains frames of this dialect; ``notes`` go with each look at the gas."""

    def explain(captured: Captured) -> Explained:
        if captured.to_device:
            return _explain_request(dialect, captured.frame)
        action = dialect.decode_request(captured.request).action if captured.request else None
        reply = dialect.decode_reply(action, captured.frame)
        match reply:
            case Flow():
                told = {name: value for name, value in asdict(reply).items() if value is not None}
                return Explained("data", told, flags=notes)
            case Status(words):
                return Explained("status", flags=tuple(sorted(words)) or ("ready",))
            case Refused(code, busy):
                return Explained("refused", {"error": float(code)}, flags=("busy" if busy else "refused",))
            case Done(done):
                return Explained(done.name.lower(), flags=("accepted",))

    return explain


def _explain_request(dialect: Dialect, frame: bytes) -> Explained:
    request = dialect.decode_request(frame)
    if request.action is not None:
        return Explained(request.action.name.lower())
    if request.code in dialect.unused:
        return Explained(dialect.unused[request.code])
    return Explained("unknown_request", {"code": float(request.code)}, flags=("unknown_to_this_model",))
