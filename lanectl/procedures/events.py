"""What a procedure hears. Time arrives inside events; Stop is an event, not a killed task."""

from dataclasses import dataclass, field

from lanectl.core.trial import Guidance
from lanectl.model.outcome import AbortCause


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat of the lane, with the few live facts that steer (never judge) a test."""

    t_ms: int
    speed_kmh: float | None
    engine_rpm: float | None = None


@dataclass(frozen=True, slots=True)
class MethodStatus:
    """Where the core's method object stands after a legal second."""

    t_ms: int
    phase: str
    elapsed_s: int
    remaining_s: int | None
    restarts: int
    decided: bool
    guide: Guidance = field(default_factory=Guidance)


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was commanded has come to its end."""

    t_ms: int
    action: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """An action that was commanded could not be done; ``code`` is the device error's code or a check's name."""

    t_ms: int
    action: str
    code: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The operator answered a question."""

    t_ms: int
    question: str
    choice: str
    operator: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody or an interlock wants the test to end now."""

    t_ms: int
    cause: AbortCause
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Data, device, cable or host trouble that makes the test invalid."""

    t_ms: int
    reason: str
    device: str
    evidence: str


Event = Beat | MethodStatus | Done | Failed | Answer | Stop | Trouble
