"""What hosts ask of exhaust flow meters (VMAS) and what these answer, in one form for every dialect.

Knows the questions, the answers and what a dialect has to offer. Does not know any frame, ports, or what flow is for.
"""

from dataclasses import asdict, dataclass
from enum import Enum, auto

from protocols import dialect
from protocols.captured import Explain, Explained

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


Request = dialect.Request[Action]
Dialect = dialect.Dialect[Action, Reply]
"""How one device says all this on its wire."""


def explainer(of: Dialect, *notes: str) -> Explain:
    """Return the function that explains frames of this dialect; ``notes`` go with each look at the gas."""
    return lambda captured: of.explain(captured, lambda reply: _explain_reply(reply, notes))


def _explain_reply(reply: Reply, notes: tuple[str, ...]) -> Explained:
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
