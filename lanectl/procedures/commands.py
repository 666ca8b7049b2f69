"""What a procedure wants done: values that the runner carries out, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanectl.model.outcome import AbortCause


@dataclass(frozen=True, slots=True)
class Prompt:
    """Show this one large instruction. ``code`` is a key of model.words.prompts."""

    code: str
    target_kmh: float | None = None
    tolerance_kmh: float | None = None
    remaining_s: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the operator; the answer comes back as an Answer event. ``question`` is a key of model.words.prompts."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Do:
    """Carry out a device action; ends in Done or Failed with the same action name.

    Actions: ``lift_down lift_up zero_gas draw_ambient draw_sample stop_pump purge read_ambient obd_connect obd_read
    obd_live_on``.
    """

    action: str


@dataclass(frozen=True, slots=True)
class HoldForce:
    """Brake so that the total roller force is this; the runner subtracts the parasitic loss at the present speed."""

    total_force_n: float


@dataclass(frozen=True, slots=True)
class ReleaseLoad:
    """Zero load."""


@dataclass(frozen=True, slots=True)
class BeginMeasure:
    """From the next full second on, legal seconds go to the method, starting in this phase."""

    start_phase: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The procedure is over. Without cause and reason the core's verdict stands."""

    cause: AbortCause | None = None
    reason: str | None = None
    detail: str = ""


Command = Prompt | Ask | Do | HoldForce | ReleaseLoad | BeginMeasure | Finish
