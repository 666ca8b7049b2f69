"""Before every test: the steps of preparations.py one after the other.

    act -> done -> next        ask -> answered -> next
     |______ failed: clean and again, at most twice; or ask again; or the test is over

Knows how steps follow each other. Does not know which they are, nor the thresholds.
"""

from dataclasses import dataclass

from lanectl.procedures.commands import Ask, Do, Finish, Prompt
from lanectl.procedures.events import Answer, Beat, Done, Event, Failed
from lanectl.procedures.preparations import PREPARATIONS, Act, Question, Step
from lanectl.procedures.stage import Commands, Plan, StageOver


@dataclass(frozen=True, slots=True)
class Acting:
    """The action of a step runs; ``left`` says how often it may still be repeated."""

    index: int
    left: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """The line is blown clean before an action is repeated."""

    index: int
    left: int


@dataclass(frozen=True, slots=True)
class Asking:
    """A question stands."""

    index: int
    until_ms: int
    left: int


PrepareState = Acting | Cleaning | Asking | StageOver


def begin(t_ms: int, plan: Plan) -> tuple[PrepareState, Commands]:
    """Start with the first step of the method."""
    return _enter(0, t_ms, plan, plan.retries_of_checks)


def step(state: PrepareState, event: Event, plan: Plan) -> tuple[PrepareState, Commands]:
    """Say what comes next. Pure."""
    steps = PREPARATIONS[plan.method]
    match state, event:
        case Acting(index), Done(t_ms, done) if done == _act(steps, index).action:
            return _enter(index + 1, t_ms, plan, plan.retries_of_checks)
        case Acting(index, left), Failed(_, failed) if failed == _act(steps, index).action:
            return _failed(index, left, event, plan)
        case Cleaning(index, left), Done(t_ms, done) if done == _act(steps, index).clean:
            return _enter(index, t_ms, plan, left)
        case Cleaning(), Failed(_, _, code, evidence):
            return StageOver(), (Finish(reason=code, detail=evidence),)
        case Asking(index, _, left), Answer(t_ms, answered) if answered == _question(steps, index):
            return _enter(index + 1, t_ms, plan, left)
        case Asking(index, until_ms), Beat(t_ms) if t_ms >= until_ms:
            return StageOver(), (Finish(reason="no_answer_from_operator", detail=_question(steps, index)),)
    return state, ()


def _failed(index: int, left: int, failed: Failed, plan: Plan) -> tuple[PrepareState, Commands]:
    act = _act(PREPARATIONS[plan.method], index)
    if left and act.clean is not None:
        return Cleaning(index, left - 1), (Prompt("purging"), Do(act.clean))
    if left and act.ask_again:
        return _enter(index - 1, failed.t_ms, plan, left - 1)
    return StageOver(), (Finish(reason=failed.code, detail=failed.evidence),)


def _enter(index: int, t_ms: int, plan: Plan, left: int) -> tuple[PrepareState, Commands]:
    steps = PREPARATIONS[plan.method]
    if index == len(steps):
        return StageOver(), ()
    match steps[index]:
        case Act(action, prompt):
            return Acting(index, left), (Prompt(prompt), Do(action))
        case Question(question, prompt):
            until_ms = t_ms + plan.answer_within_s * 1000
            return Asking(index, until_ms, left), (Prompt(prompt), Ask(question, ("yes",)))


def _act(steps: tuple[Step, ...], index: int) -> Act:
    found = steps[index]
    assert isinstance(found, Act)  # a state of acting is entered over an Act alone
    return found


def _question(steps: tuple[Step, ...], index: int) -> str:
    found = steps[index]
    assert isinstance(found, Question)  # a state of asking is entered over a Question alone
    return found.question
