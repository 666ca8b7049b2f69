"""One test from the first prompt to its end: OBD check, preparation, the method. A pure state machine over stages.

    obd (where the vehicle has it) -> prepare -> measure -> finished
       any stage + Stop    -> finished, aborted with its cause
       any stage + Trouble -> finished, invalid with its reason

Stop and Trouble are answered here, once, for every stage: nothing a stage does can hold them up. ``Finish`` is said
once.
"""

from dataclasses import dataclass

from lanectl.procedures import (
    asm_stage,
    free_acceleration_stage,
    lug_down_stage,
    obd_stage,
    prepare_stage,
    two_speed_stage,
)
from lanectl.procedures.asm_stage import AsmPlan, AsmState
from lanectl.procedures.commands import Finish, ReleaseLoad
from lanectl.procedures.events import Event, Stop, Trouble
from lanectl.procedures.free_acceleration_stage import SnapPlan, SnapState
from lanectl.procedures.lug_down_stage import LugDownPlan, LugDownState
from lanectl.procedures.stage import Commands, Plan, StageOver
from lanectl.procedures.two_speed_stage import TwoSpeedPlan, TwoSpeedState

MethodPlan = AsmPlan | TwoSpeedPlan | SnapPlan | LugDownPlan
MethodState = AsmState | TwoSpeedState | SnapState | LugDownState
StageState = obd_stage.ObdState | prepare_stage.PrepareState | MethodState


@dataclass(frozen=True, slots=True)
class InspectionPlan:
    """The plan of the test, and what its method needs to know beforehand."""

    plan: Plan
    method: MethodPlan


@dataclass(frozen=True, slots=True)
class Inspection:
    """Where the test stands: which stage, and that stage's state."""

    stage: str
    state: StageState


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more comes of this test."""

    finish: Finish


State = Inspection | Finished


def begin(t_ms: int, plan: InspectionPlan) -> tuple[State, Commands]:
    """Return the first state and what is to be done first."""
    first = "obd_check" if plan.plan.obd else "prepare"
    return _enter(first, t_ms, plan)


def step(state: State, event: Event, plan: InspectionPlan) -> tuple[State, Commands]:
    """Say what comes next. Pure: same inputs, same answer, no clock and no device."""
    match state, event:
        case Finished(), _:
            return state, ()
        case _, Stop(_, cause, why):
            return _finish(Finish(cause=cause, detail=why))  # who stopped it stands in the event
        case _, Trouble(_, reason, device, evidence):
            return _finish(Finish(reason=reason, detail=f"{device}: {evidence}"))
    assert isinstance(state, Inspection)  # the match above has taken every other state
    inner, commands = _step_stage(state, event, plan)
    return _settle(Inspection(state.stage, inner), commands, event.t_ms, plan)


def _step_stage(state: Inspection, event: Event, plan: InspectionPlan) -> tuple[StageState, Commands]:
    match state.state, plan.method:
        case StageOver() as over, _:
            return over, ()
        case (obd_stage.Asking() | obd_stage.Working()) as checking, _:
            return obd_stage.step(checking, event, plan.plan)
        case (prepare_stage.Acting() | prepare_stage.Cleaning() | prepare_stage.Asking()) as preparing, _:
            return prepare_stage.step(preparing, event, plan.plan)
        case (asm_stage.Approaching() | asm_stage.Holding()) as driving, AsmPlan() as asm:
            return asm_stage.step(driving, event, plan.plan, asm.modes)
        case two_speed_stage.Guiding() as guiding, TwoSpeedPlan():
            return two_speed_stage.step(guiding, event, plan.plan)
        case free_acceleration_stage.Snapping() as snapping, SnapPlan() as snaps:
            return free_acceleration_stage.step(snapping, event, plan.plan, snaps)
        case (
            lug_down_stage.Revving()
            | lug_down_stage.Accelerating()
            | lug_down_stage.Scanning()
            | lug_down_stage.AtPoint()
        ) as lugging, LugDownPlan() as lug_down:
            return lug_down_stage.step(lugging, event, plan.plan, lug_down)
    raise AssertionError(f"{state} does not belong to {plan.method}")


def _settle(state: Inspection, commands: Commands, t_ms: int, plan: InspectionPlan) -> tuple[State, Commands]:
    for command in commands:
        if isinstance(command, Finish):
            finished, ending = _finish(command)
            before = tuple(c for c in commands if not isinstance(c, Finish | ReleaseLoad))
            return finished, ending[:1] + before + ending[1:]
    if not isinstance(state.state, StageOver):
        return state, commands
    following, entering = _enter({"obd_check": "prepare", "prepare": "measure"}[state.stage], t_ms, plan)
    return following, commands + entering


def _enter(stage: str, t_ms: int, plan: InspectionPlan) -> tuple[State, Commands]:
    state: StageState
    if stage == "obd_check":
        state, commands = obd_stage.begin(t_ms, plan.plan)
    elif stage == "prepare":
        state, commands = prepare_stage.begin(t_ms, plan.plan)
    else:
        state, commands = _measure(t_ms, plan)
    return Inspection(stage, state), commands


def _measure(t_ms: int, plan: InspectionPlan) -> tuple[MethodState, Commands]:
    match plan.method:
        case AsmPlan(modes):
            return asm_stage.begin(t_ms, plan.plan, modes)
        case TwoSpeedPlan() as two_speed:
            return two_speed_stage.begin(t_ms, plan.plan, two_speed)
        case SnapPlan():
            return free_acceleration_stage.begin(t_ms, plan.plan)
        case LugDownPlan():
            return lug_down_stage.begin(t_ms, plan.plan)


def _finish(finish: Finish) -> tuple[State, Commands]:
    return Finished(finish), (ReleaseLoad(), finish)
