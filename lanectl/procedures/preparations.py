"""What is done before each method, in order (gb_methods 5.2, 5.3, 8.1). Data for prepare_stage; nothing happens here.

Two-speed idle and free acceleration put the probe in later: after the preconditioning, and after the blow-outs.

Knows names of actions, questions and prompts. Does not know the thresholds: core.equipment judges, the runner carries
out and reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Act:
    """A device action. ``clean`` is done before it is repeated; without it a failure ends the test."""

    action: str
    prompt: str
    clean: str | None = None
    ask_again: bool = False
    """Whether a failure leads back to the question before it instead."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the operator, answered by yes alone."""

    question: str
    prompt: str


Step = Act | Question

ONTO_THE_ROLLERS: tuple[Step, ...] = (
    Act("lift_down", "drive_onto_rollers"),
    Question("wheels_on_rollers", "drive_onto_rollers"),
    Act("check_position", "drive_onto_rollers", ask_again=True),
)
GAS_CHECKS: tuple[Step, ...] = (
    Act("zero_gas", "zeroing", clean="purge"),
    Act("check_background", "drawing_ambient", clean="purge"),
    Act("check_residue", "drawing_residue", clean="purge"),
)
WEATHER = Act("read_ambient", "reading_weather")
TACHOMETER = Question("tachometer_attached", "attach_tachometer")
SMOKE_ZERO = Act("zero_opacity", "zeroing_opacity")

PREPARATIONS: Mapping[str, tuple[Step, ...]] = {
    "asm": (
        *ONTO_THE_ROLLERS,
        *GAS_CHECKS,
        WEATHER,
        Question("probe_in", "insert_probe"),
        Act("draw_sample", "drawing_exhaust"),
    ),
    "two_speed_idle": (
        Question("standing_in_neutral", "stand_in_neutral"),
        *GAS_CHECKS,
        WEATHER,
        TACHOMETER,
        Act("draw_sample", "starting_pump"),
    ),
    "free_acceleration": (
        Question("standing_in_neutral", "stand_in_neutral"),
        SMOKE_ZERO,
        WEATHER,
        TACHOMETER,
    ),
    "lug_down": (
        *ONTO_THE_ROLLERS,
        SMOKE_ZERO,
        Act("zero_nox", "zeroing", clean="purge_nox"),
        WEATHER,
        TACHOMETER,
        Question("diesel_probes_in", "insert_diesel_probes"),
        Act("draw_nox", "drawing_exhaust"),
    ),
}
