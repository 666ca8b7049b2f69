"""An inspection as a conversation: events in, commands out, no clock and no device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.model.outcome import AbortCause
from lanectl.procedures import inspection
from lanectl.procedures.asm_stage import AsmPlan, Mode
from lanectl.procedures.commands import Ask, BeginMeasure, Command, Do, Finish, HoldLoad, Prompt, ReleaseLoad
from lanectl.procedures.events import Answer, Beat, Done, Event, Failed, MethodStatus, Stop, Trouble
from lanectl.procedures.inspection import Finished, InspectionPlan, State
from lanectl.procedures.stage import Plan

PLAN = InspectionPlan(Plan("asm", obd=True), AsmPlan((Mode("asm5025", 25.0, 2.0), Mode("asm2540", 40.0, 2.0))))
NO_OBD = InspectionPlan(Plan("asm", obd=False), PLAN.method)


class Conversation:
    """Plays events against the procedure and remembers what it commanded."""

    def __init__(self, plan: InspectionPlan = PLAN) -> None:
        self.plan = plan
        self.state: State
        self.state, self.last = inspection.begin(0, plan)
        self.said: list[Command] = list(self.last)

    def hear(self, *events: Event) -> "Conversation":
        for event in events:
            self.state, self.last = inspection.step(self.state, event, self.plan)
            self.said += self.last
        return self

    def asked(self) -> list[str]:
        return [command.question for command in self.said if isinstance(command, Ask)]

    def did(self) -> list[str]:
        return [command.action for command in self.said if isinstance(command, Do)]

    def ending(self) -> Finish | None:
        return self.state.finish if isinstance(self.state, Finished) else None


def status(phase: str, *, decided: bool = False) -> MethodStatus:
    return MethodStatus(0, phase, 0, 10, 0, decided)


OBD_EVENTS: tuple[Event, ...] = (
    Answer(0, "mil_lights_at_key_on", "yes", "op"),
    Answer(0, "mil_out_with_engine_on", "yes", "op"),
    Done(0, "obd_connect"),
    Done(0, "obd_read"),
    Done(0, "obd_judge", "pass"),
)
PREPARE_EVENTS: tuple[Event, ...] = (
    Done(0, "lift_down"),
    Answer(0, "wheels_on_rollers", "yes", "op"),
    Done(0, "check_position"),
    Done(0, "zero_gas"),
    Done(0, "check_background"),
    Done(0, "check_residue"),
    Done(0, "read_ambient"),
    Answer(0, "probe_in", "yes", "op"),
    Done(0, "draw_sample"),
)


def measuring() -> Conversation:
    return Conversation().hear(*OBD_EVENTS, *PREPARE_EVENTS)


def test_the_lamp_is_looked_at_before_and_after_the_engine_starts() -> None:
    talk = Conversation().hear(*OBD_EVENTS[:2])

    assert talk.asked() == ["mil_lights_at_key_on", "mil_out_with_engine_on"]
    assert talk.did() == ["obd_connect"]


def test_a_failed_obd_check_ends_the_test_with_the_verdict_of_the_core() -> None:
    talk = Conversation().hear(*OBD_EVENTS[:4], Done(0, "obd_judge", "fail"))

    assert talk.ending() == Finish()


def test_an_obd_check_that_is_not_whole_ends_the_test_without_a_judgement() -> None:
    talk = Conversation().hear(*OBD_EVENTS[:4], Done(0, "obd_judge", "invalid"))

    assert talk.ending() == Finish(reason="obd_not_whole")


def test_without_communication_the_operator_is_asked_why_and_the_core_decides() -> None:
    talk = Conversation().hear(*OBD_EVENTS[:2], Failed(0, "obd_connect", "no_reply", "silence"))
    assert talk.asked()[-1] == "obd_no_link_why"

    talk.hear(Answer(0, "obd_no_link_why", "no_answer", "op"))

    assert talk.did()[-1] == "obd_judge"


@pytest.mark.parametrize("code", ["garbled_reply", "not_ready", "refused", "wrong_device"])
def test_trouble_of_the_scan_tool_is_no_fault_of_the_car(code: str) -> None:
    talk = Conversation().hear(*OBD_EVENTS[:2], Failed(0, "obd_connect", code, "noise"))

    assert talk.ending() == Finish(reason=code, detail="noise")


def test_a_vehicle_that_needs_no_obd_goes_straight_to_the_rollers() -> None:
    assert Conversation(NO_OBD).did() == ["lift_down"]


def test_checks_come_in_the_order_zero_background_residue_weather() -> None:
    talk = measuring()

    assert talk.did()[4:] == [
        "lift_down", "check_position", "zero_gas", "check_background", "check_residue", "read_ambient", "draw_sample",
    ]  # fmt: skip


def test_a_failed_residue_check_is_repeated_after_a_purge_and_then_ends_the_test_as_invalid() -> None:
    talk = Conversation(NO_OBD).hear(*PREPARE_EVENTS[:5])
    for _ in range(2):
        talk.hear(Failed(0, "check_residue", "residue_high", "9 > 7"))
        assert talk.did()[-1] == "purge"
        talk.hear(Done(0, "purge"))
        assert talk.did()[-1] == "check_residue"

    talk.hear(Failed(0, "check_residue", "residue_high", "9 > 7"))

    assert talk.ending() == Finish(reason="residue_high", detail="9 > 7")


def test_measuring_begins_with_the_drive_to_25_and_without_load() -> None:
    talk = measuring()

    assert talk.last == (
        BeginMeasure("asm5025_hold"), Prompt("accelerate_to", 25.0, 2.0, facts={"target": "25"}),
    )  # fmt: skip


def test_the_load_comes_on_near_the_band_and_only_once() -> None:
    talk = measuring().hear(Beat(100, 19.9))
    assert talk.last == ()

    assert talk.hear(Beat(200, 20.0)).last == (HoldLoad(),)
    assert talk.hear(Beat(300, 24.0)).last == ()


def test_a_decision_takes_the_load_off_before_anything_else() -> None:
    talk = measuring().hear(Beat(200, 24.0), status("asm5025"), status("decided", decided=True))

    assert talk.last == (ReleaseLoad(), Finish())


def test_a_5025_that_goes_on_lets_go_and_sends_the_driver_to_40() -> None:
    talk = measuring().hear(Beat(200, 24.0), status("asm5025"), status("asm2540_hold"))

    assert talk.last == (ReleaseLoad(), Prompt("accelerate_to", 40.0, 2.0, facts={"target": "40"}))
    assert talk.hear(Beat(300, 36.0)).last == (HoldLoad(),)


def test_a_driver_who_never_reaches_the_band_ends_the_test_as_invalid() -> None:
    talk = measuring().hear(Beat(120_000, 18.0))

    ending = talk.ending()
    assert ending is not None
    assert ending.reason == "speed_not_reached"
    assert ReleaseLoad() in talk.last


@pytest.mark.parametrize("heard", range(len(OBD_EVENTS) + len(PREPARE_EVENTS) + 1))
def test_a_stop_ends_every_state_as_aborted_with_the_load_off(heard: int) -> None:
    talk = Conversation().hear(*(OBD_EVENTS + PREPARE_EVENTS)[:heard])

    talk.hear(Stop(1, AbortCause.OPERATOR, "owner left", "op1"))

    assert talk.last == (ReleaseLoad(), Finish(cause=AbortCause.OPERATOR, detail="owner left"))
    assert talk.hear(Stop(2, AbortCause.BUREAU, "again", "bureau")).last == ()


@pytest.mark.parametrize("heard", range(len(OBD_EVENTS) + len(PREPARE_EVENTS) + 1))
def test_trouble_ends_every_state_as_invalid_with_its_reason(heard: int) -> None:
    talk = Conversation().hear(*(OBD_EVENTS + PREPARE_EVENTS)[:heard])

    talk.hear(Trouble(1, "dyno_lost", "dyno", "no roller speed"))

    assert talk.last == (ReleaseLoad(), Finish(reason="dyno_lost", detail="dyno: no roller speed"))


events = st.one_of(
    st.builds(Beat, st.integers(0, 10**6), st.one_of(st.none(), st.floats(0, 200))),
    st.builds(Done, st.integers(0, 10**6), st.sampled_from(["lift_down", "zero_gas", "purge", "obd_read", "x"])),
    st.builds(
        Failed,
        st.integers(0, 10**6),
        st.sampled_from(["lift_down", "zero_gas", "obd_connect"]),
        st.just("c"),
        st.just("e"),
    ),
    st.builds(
        Answer, st.integers(0, 10**6), st.sampled_from(["probe_in", "wheels_on_rollers"]), st.just("yes"), st.just("o")
    ),
    st.builds(
        MethodStatus,
        st.integers(0, 10**6),
        st.sampled_from(["asm5025", "asm2540_hold", "decided"]),
        st.just(0),
        st.none(),
        st.just(0),
        st.booleans(),
    ),
)


@given(st.lists(events, max_size=60))
def test_whatever_happens_it_finishes_at_most_once_and_never_without_the_load_off(heard: list[Event]) -> None:
    talk = Conversation().hear(*(OBD_EVENTS + PREPARE_EVENTS), *heard, Stop(10**7, AbortCause.OPERATOR, "end", "op"))

    finishes = [number for number, command in enumerate(talk.said) if isinstance(command, Finish)]
    assert len(finishes) == 1
    assert ReleaseLoad() in talk.said[: finishes[0]]
