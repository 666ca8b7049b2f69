"""One test from the first prompt to its end: OBD check, preparation, the method. A pure state machine over stages.

    obd (where the vehicle has it) -> prepare -> measure -> finished
       any stage + Stop    -> finished, aborted with its cause
       any stage + Trouble -> finished, invalid with its reason

Stop and Trouble are answered here, once, for every stage: nothing a stage does can hold them up. ``Finish`` is said
once.
"""

from dataclasses import dataclass

from lanectl.procedures import asm_stage, obd_stage, prepare_stage
from lanectl.procedures.commands import Finish, ReleaseLoad
from lanectl.procedures.events import Event, Stop, Trouble
from lanectl.procedures.stage import Commands, Plan, StageOver

StageState = obd_stage.ObdState | prepare_stage.PrepareState | asm_stage.AsmState


@dataclass(frozen=True, slots=True)
class InspectionPlan:
    """The plan of the test and the modes of its method."""

    plan: Plan
    modes: tuple[asm_stage.Mode, ...]


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
    match state.state:
        case obd_stage.Asking() | obd_stage.Working() as inner:
            return obd_stage.step(inner, event, plan.plan)
        case asm_stage.Approaching() | asm_stage.Holding() as measuring:
            return asm_stage.step(measuring, event, plan.plan, plan.modes)
        case StageOver() as over:
            return over, ()
        case preparing:
            return prepare_stage.step(preparing, event, plan.plan)


def _settle(state: Inspection, commands: Commands, t_ms: int, plan: InspectionPlan) -> tuple[State, Commands]:
    for command in commands:
        if isinstance(command, Finish):
            finished, ending = _finish(command)
            before = tuple(c for c in commands if not isinstance(c, Finish | ReleaseLoad))
            return finished, before + ending
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
        state, commands = asm_stage.begin(t_ms, plan.plan, plan.modes)
    return Inspection(stage, state), commands


def _finish(finish: Finish) -> tuple[State, Commands]:
    return Finished(finish), (ReleaseLoad(), finish)
