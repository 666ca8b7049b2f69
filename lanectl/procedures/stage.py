"""What the stages of a test have in common.

A stage is one pure function ``step(state, event, plan) -> (state, commands)``. States are frozen values that hold
their own deadlines; measured values, timers of the law and peaks belong to the core and never stand here.
"""

from dataclasses import dataclass

from lanectl.procedures.commands import Command
from lanectl.procedures.events import Event

Commands = tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class StageOver:
    """The stage ended well; the next one may begin."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the lane knows before the test begins. Figures are the lane's own handling times, not the law's."""

    method: str
    obd: bool
    """Whether the OBD check stands before the exhaust test."""
    retries_of_checks: int = 2
    reach_band_within_s: int = 120
    """How long the driver may take to reach a speed band before the test is given up as invalid."""
    reach_rpm_within_s: int = 60
    """How long the driver may take to reach an engine speed, or to bring the engine back to idle."""
    whole_within_s: int = 900
    """How long the measuring of a method without an end of its own may take, repeats included."""
    answer_within_s: int = 300
    """How long a question may stand unanswered."""


def event_ms(event: Event) -> int:
    """Return when an event happened, in ms since the start of the test."""
    return event.t_ms
