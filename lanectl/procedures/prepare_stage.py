"""Before every petrol test: rollers, zero, ambient air, residual hydrocarbons, probe in, weather (gb_methods 8.1).

    lift down -> wheels on the rollers? -> zero -> ambient air -> residue -> weather -> probe in? -> over
                                             ^___ a check that fails: purge and again, at most twice

Knows the order. Does not know the thresholds: core.pretest judges, the runner carries out and reports.
"""

from dataclasses import dataclass

from lanectl.procedures.commands import Ask, Do, Finish, Prompt
from lanectl.procedures.events import Answer, Beat, Done, Event, Failed
from lanectl.procedures.stage import Commands, Plan, StageOver

CHECKS = ("zero_gas", "check_background", "check_residue", "read_ambient")
PROMPTS = {
    "zero_gas": "zeroing",
    "check_background": "drawing_ambient",
    "check_residue": "drawing_residue",
    "read_ambient": "reading_weather",
}


@dataclass(frozen=True, slots=True)
class Lowering:
    """The lift goes down."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question stands."""

    question: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Checking:
    """One of CHECKS runs; ``left`` says how often it may still be repeated."""

    check: str
    left: int


@dataclass(frozen=True, slots=True)
class Purging:
    """The line is blown clean before a check is repeated."""

    check: str
    left: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The pump starts to draw exhaust."""


PrepareState = Lowering | Asking | Checking | Purging | Drawing | StageOver


def begin(t_ms: int, plan: Plan) -> tuple[PrepareState, Commands]:
    """Start with the lift, so that the wheels stand on the rollers."""
    return Lowering(), (Prompt("drive_onto_rollers"), Do("lift_down"))


def step(state: PrepareState, event: Event, plan: Plan) -> tuple[PrepareState, Commands]:
    """Say what comes next. Pure."""
    match state, event:
        case Lowering(), Done(t_ms, "lift_down"):
            return _ask("wheels_on_rollers", t_ms, plan, "drive_onto_rollers")
        case Asking("wheels_on_rollers"), Answer(_, "wheels_on_rollers"):
            return _check(CHECKS[0], plan.retries_of_checks)
        case Asking("probe_in"), Answer(_, "probe_in"):
            return Drawing(), (Prompt("drawing_exhaust"), Do("draw_sample"))
        case Asking(question, until_ms), Beat(t_ms) if t_ms >= until_ms:
            return StageOver(), (Finish(reason="no_answer_from_operator", detail=question),)
        case Checking(check), Done(t_ms, done) if done == check:
            return _after(check, t_ms, plan)
        case Checking(check, left), Failed(_, failed, code, evidence) if failed == check:
            if left == 0 or check == "read_ambient":
                return StageOver(), (Finish(reason=code, detail=evidence),)
            return Purging(check, left - 1), (Prompt("purging"), Do("purge"))
        case Purging(check, left), Done(_, "purge"):
            return _check(check, left)
        case Drawing(), Done(_, "draw_sample"):
            return StageOver(), ()
        case ((Lowering() | Purging() | Drawing()), Failed(_, _, code, evidence)):
            return StageOver(), (Finish(reason=code, detail=evidence),)
    return state, ()


def _after(check: str, t_ms: int, plan: Plan) -> tuple[PrepareState, Commands]:
    following = CHECKS.index(check) + 1
    if following < len(CHECKS):
        return _check(CHECKS[following], plan.retries_of_checks)
    return _ask("probe_in", t_ms, plan, "insert_probe")


def _check(check: str, left: int) -> tuple[PrepareState, Commands]:
    return Checking(check, left), (Prompt(PROMPTS[check]), Do(check))


def _ask(question: str, t_ms: int, plan: Plan, prompt: str) -> tuple[PrepareState, Commands]:
    return Asking(question, t_ms + plan.answer_within_s * 1000), (Prompt(prompt), Ask(question, ("yes",)))
