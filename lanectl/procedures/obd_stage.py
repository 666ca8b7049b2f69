"""The OBD check as steps: lamp test, connecting, reading; then live data for the exhaust test (GB 18285-2018).

    key on, engine off: lamp lights? -> engine on: lamp out? -> connect -> read -> (core decides) -> over
                                                                  |
                                                  no communication: why? -> (core decides) -> over or fail

Knows what to ask and in which order. Does not know which finding fails: that is core.obd_check.
"""

from dataclasses import dataclass

from lanectl.procedures.commands import Ask, Do, Finish, Prompt
from lanectl.procedures.events import Answer, Beat, Done, Event, Failed
from lanectl.procedures.stage import Commands, Plan, StageOver

YES_NO = ("yes", "no")
SILENCE = "no_reply"
"""The one device error that may be the car's own; any other is trouble of the tool or its cable."""
NO_LINK_CHOICES = ("connector_damaged", "connector_missing", "no_answer")


@dataclass(frozen=True, slots=True)
class Asking:
    """A question stands; ``until_ms`` bounds how long."""

    question: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Working:
    """A device action runs."""

    action: str


ObdState = Asking | Working | StageOver


def begin(t_ms: int, plan: Plan) -> tuple[ObdState, Commands]:
    """Start with the lamp test at key on."""
    return _ask("mil_lights_at_key_on", YES_NO, t_ms, plan, Prompt("obd_key_on"))


def step(state: ObdState, event: Event, plan: Plan) -> tuple[ObdState, Commands]:
    """Say what comes next. Pure."""
    match state, event:
        case Asking(question), Answer(t_ms, answered) if answered == question:
            return _answered(question, t_ms, plan)
        case Asking(question, until_ms), Beat(t_ms) if t_ms >= until_ms:
            return StageOver(), (Finish(reason="no_answer_from_operator", detail=question),)
        case Working("obd_connect"), Done():
            return Working("obd_read"), (Prompt("obd_reading"), Do("obd_read"))
        case Working("obd_connect" | "obd_read"), Failed(_, _, code, evidence) if code != SILENCE:
            return StageOver(), (Finish(reason=code, detail=evidence),)
        case Working("obd_connect" | "obd_read"), Failed(t_ms):
            return _ask("obd_no_link_why", NO_LINK_CHOICES, t_ms, plan, Prompt("obd_no_link"))
        case Working("obd_read"), Done():
            return Working("obd_judge"), (Do("obd_judge"),)
        case Working("obd_judge"), Done(_, _, "fail"):
            return StageOver(), (Finish(),)
        case Working("obd_judge"), Done(_, _, "invalid"):
            return StageOver(), (Finish(reason="obd_not_whole"),)
        case Working("obd_judge"), Done(_, _, "no_link"):
            return StageOver(), ()
        case Working("obd_judge"), Done():
            return StageOver(), (Do("obd_live_on"),)
    return state, ()


def _answered(question: str, t_ms: int, plan: Plan) -> tuple[ObdState, Commands]:
    if question == "mil_lights_at_key_on":
        return _ask("mil_out_with_engine_on", YES_NO, t_ms, plan, Prompt("obd_engine_on"))
    if question == "mil_out_with_engine_on":
        return Working("obd_connect"), (Prompt("obd_connecting"), Do("obd_connect"))
    return Working("obd_judge"), (Do("obd_judge"),)


def _ask(question: str, choices: tuple[str, ...], t_ms: int, plan: Plan, prompt: Prompt) -> tuple[ObdState, Commands]:
    return Asking(question, t_ms + plan.answer_within_s * 1000), (prompt, Ask(question, choices))
