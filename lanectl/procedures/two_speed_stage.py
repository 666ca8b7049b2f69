r"""The two-speed idle test: which engine speed, and when it is over (GB 18285-2018, two-speed idle).

    70 % of rated speed -> probe in? -> high idle: settle, sample -> idle: settle, sample -> decided -> over

Knows prompts and how long a driver may take. Speeds, timers and verdict are core.two_speed_idle's; its status and its
guidance arrive as an event.
"""

from dataclasses import dataclass

from lanectl.procedures.commands import Ask, BeginMeasure, Finish, Mark, Prompt
from lanectl.procedures.events import Answer, Beat, Event, MethodStatus
from lanectl.procedures.stage import Commands, Plan, StageOver

START = "precondition"
QUESTION = "probe_in"
LETTING_GO = ("drop_to_idle", "idle_settle", "idle")


@dataclass(frozen=True, slots=True)
class TwoSpeedPlan:
    """What the stage knows beforehand."""

    precondition_rpm: float | None
    """Engine speed to begin with, where the vehicle's rated speed is known."""


@dataclass(frozen=True, slots=True)
class Guiding:
    """The engine is guided; ``reach_by_ms`` bounds a phase whose time does not run, ``over_by_ms`` everything."""

    phase: str
    reach_by_ms: int
    over_by_ms: int
    timed: bool = False
    """Whether the core's time of this phase runs."""


TwoSpeedState = Guiding | StageOver


def begin(t_ms: int, plan: Plan, two_speed: TwoSpeedPlan) -> tuple[TwoSpeedState, Commands]:
    """Begin to measure; every second from now on goes to the core."""
    guiding = Guiding(START, t_ms + plan.reach_rpm_within_s * 1000, t_ms + plan.whole_within_s * 1000)
    return guiding, (BeginMeasure(START), _rev(two_speed.precondition_rpm, None, None))


def step(state: TwoSpeedState, event: Event, plan: Plan) -> tuple[TwoSpeedState, Commands]:
    """Say what comes next. Pure."""
    match state, event:
        case Guiding(), MethodStatus(decided=True):
            return StageOver(), (Finish(),)
        case Guiding("probe"), MethodStatus(phase="probe"):
            return state, ()
        case Guiding(_, _, over_by_ms), MethodStatus(t_ms, "probe"):
            asking = Guiding("probe", t_ms + plan.answer_within_s * 1000, over_by_ms + plan.answer_within_s * 1000)
            return asking, (Prompt("insert_probe"), Ask(QUESTION, ("yes",)))
        case Guiding("probe"), Answer(_, answered) if answered == QUESTION:
            return state, (Mark("probe_in"), Prompt("let_idle"))
        case Guiding("probe", reach_by_ms), Beat(t_ms) if t_ms >= reach_by_ms:
            return StageOver(), (Finish(reason="no_answer_from_operator", detail=QUESTION),)
        case Guiding(phase, reach_by_ms, over_by_ms, timed), MethodStatus(t_ms) as status:
            running = status.remaining_s is not None and status.elapsed_s > 0
            if status.phase != phase or running or timed:
                reach_by_ms = t_ms + plan.reach_rpm_within_s * 1000
            return Guiding(status.phase, reach_by_ms, over_by_ms, running), (_prompt(status),)
        case Guiding(phase, reach_by_ms, over_by_ms), Beat(t_ms):
            if t_ms >= over_by_ms:
                return StageOver(), (Finish(reason="too_many_retries", detail=phase),)
            if t_ms >= reach_by_ms:
                return StageOver(), (Finish(reason="engine_speed_not_reached", detail=phase),)
    return state, ()


def _prompt(status: MethodStatus) -> Prompt:
    if status.phase in LETTING_GO:
        return Prompt("let_idle", remaining_s=status.remaining_s)
    return _rev(status.guide.target_rpm, status.guide.tolerance_rpm, status.remaining_s)


def _rev(target_rpm: float | None, tolerance_rpm: float | None, remaining_s: int | None) -> Prompt:
    facts = {"target": "70 %" if target_rpm is None else f"{target_rpm:.0f}"}
    return Prompt("hold_rpm", target_rpm=target_rpm, tolerance_rpm=tolerance_rpm, remaining_s=remaining_s, facts=facts)
