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
    target_rpm: float | None = None
    tolerance_rpm: float | None = None
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

    Actions: ``lift_down lift_up check_position zero_gas check_background check_residue purge zero_opacity zero_nox
    purge_nox read_ambient draw_sample draw_nox obd_connect obd_read obd_judge obd_live_on``.
    """

    action: str


@dataclass(frozen=True, slots=True)
class HoldLoad:
    """Brake with the total roller force that the method asks for in its present phase (the core knows it)."""


@dataclass(frozen=True, slots=True)
class HoldSpeed:
    """Brake with whatever force keeps the rollers from turning faster than this."""

    speed_kmh: float


@dataclass(frozen=True, slots=True)
class ReleaseLoad:
    """Zero load."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Write into the trace, from now on, that the operator has confirmed something (a channel that becomes 1)."""

    channel: str


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


Command = Prompt | Ask | Do | HoldLoad | HoldSpeed | Mark | ReleaseLoad | BeginMeasure | Finish
