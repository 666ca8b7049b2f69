"""How each method leads its driver: events in, commands out, no clock and no device."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.trial import Guidance
from lanectl.procedures import free_acceleration_stage, inspection, lug_down_stage, two_speed_stage
from lanectl.procedures.commands import Ask, Command, Finish, HoldSpeed, Mark, Prompt, ReleaseLoad
from lanectl.procedures.events import Answer, Beat, Event, MethodStatus
from lanectl.procedures.free_acceleration_stage import SnapPlan
from lanectl.procedures.inspection import InspectionPlan
from lanectl.procedures.lug_down_stage import LugDownPlan
from lanectl.procedures.preparations import PREPARATIONS, Act, Question
from lanectl.procedures.stage import Plan
from lanectl.procedures.two_speed_stage import TwoSpeedPlan

SNAPS = SnapPlan(idle_up_to_rpm=1200.0, governed_rpm=2900.0, hold_ms=2000, idle_ms=6000)
LUG_DOWN = LugDownPlan(idle_up_to_rpm=1200.0, scan_rate_kmh_per_s=2.0)


class Talk:
    """Plays events against one stage and remembers what it commanded."""

    def __init__(self, stage: Any, method: str, *own: Any, begin: tuple[Any, ...] = ()) -> None:
        self.stage, self.plan, self.own = stage, Plan(method, obd=False), own
        self.state, commands = stage.begin(0, self.plan, *begin)
        self.said: list[Command] = list(commands)

    def hear(self, *events: Event) -> "Talk":
        for event in events:
            self.state, self.last = self.stage.step(self.state, event, self.plan, *self.own)
            self.said += self.last
        return self

    def prompts(self) -> list[str]:
        return [command.code for command in self.said if isinstance(command, Prompt)]

    def ending(self) -> Finish | None:
        return next((command for command in self.said if isinstance(command, Finish)), None)


def status(t_ms: int, phase: str, *, elapsed: int = 0, left: int | None = None, **guide: Any) -> MethodStatus:
    return MethodStatus(t_ms, phase, elapsed, left, 0, phase == "done", Guidance(**guide))


# two-speed idle ------------------------------------------------------------------------------------------------------


def two_speed() -> Talk:
    return Talk(two_speed_stage, "two_speed_idle", begin=(TwoSpeedPlan(4200.0),))


def test_the_engine_is_led_from_70_percent_over_high_idle_down_to_idle() -> None:
    talk = two_speed().hear(
        status(1000, "precondition", elapsed=1, left=29, target_rpm=4200.0, tolerance_rpm=100.0),
        status(31_000, "high_idle_settle", target_rpm=1800.0, tolerance_rpm=100.0),
        status(47_000, "high_idle", elapsed=1, left=29, target_rpm=1800.0, tolerance_rpm=100.0),
        status(77_000, "drop_to_idle"),
        status(80_000, "idle", elapsed=2, left=28),
    )

    targets = [command.target_rpm for command in talk.said if isinstance(command, Prompt)]
    assert targets == [4200.0, 4200.0, 1800.0, 1800.0, None, None]
    assert talk.prompts()[-2:] == ["let_idle", "let_idle"]


def test_an_engine_that_does_not_come_to_its_speed_ends_the_test_as_invalid() -> None:
    talk = two_speed().hear(Beat(59_900, 0.0, 900.0))
    assert talk.ending() is None

    assert talk.hear(Beat(60_000, 0.0, 900.0)).ending() == Finish(
        reason="engine_speed_not_reached", detail="precondition"
    )


def test_while_the_time_of_a_phase_runs_nobody_hurries_the_driver() -> None:
    talk = two_speed()
    for second in range(1, 30):
        talk.hear(status(second * 10_000, "precondition", elapsed=second, left=30 - second), Beat(second * 10_000, 0.0))

    assert talk.ending() is None


def test_a_driver_who_goes_on_for_ever_is_ended_as_too_many_retries() -> None:
    talk = two_speed()
    for second in range(1, 91):
        talk.hear(status(second * 10_000, "high_idle", elapsed=1 + second % 2, left=10), Beat(second * 10_000, 0.0))

    ending = talk.ending()
    assert ending is not None
    assert ending.reason == "too_many_retries"


def test_the_probe_goes_in_after_the_preconditioning_and_its_word_goes_into_the_trace() -> None:
    talk = two_speed().hear(status(31_000, "probe"), status(32_000, "probe"))
    assert [command for command in talk.said if isinstance(command, Ask)] == [Ask("probe_in", ("yes",))]

    talk.hear(Answer(40_000, "probe_in", "yes", "op1"), status(40_500, "probe"))
    assert Mark("probe_in") in talk.said
    assert talk.hear(status(42_000, "high_idle_settle", target_rpm=1800.0)).prompts()[-1] == "hold_rpm"


def test_a_probe_that_nobody_confirms_ends_the_test() -> None:
    talk = two_speed().hear(status(31_000, "probe"), Beat(331_000, 0.0, 800.0))

    assert talk.ending() == Finish(reason="no_answer_from_operator", detail="probe_in")


# free acceleration ---------------------------------------------------------------------------------------------------


def snaps() -> Talk:
    return Talk(free_acceleration_stage, "free_acceleration", SNAPS)


def test_the_first_blow_out_comes_after_a_short_wait_at_idle() -> None:
    talk = snaps().hear(Beat(2_900, 0.0, 800.0))
    assert talk.prompts() == ["snap_wait"]

    assert talk.hear(Beat(3_000, 0.0, 800.0)).prompts() == ["snap_wait", "blow_out"]


def test_the_pedal_is_held_for_the_time_of_the_standard_once_the_governed_speed_is_there() -> None:
    talk = snaps().hear(Beat(3_000, 0.0, 800.0), Beat(4_000, 0.0, 2_900.0), Beat(6_400, 0.0, 3_300.0))
    assert talk.prompts()[-1] == "blow_out"

    assert talk.hear(Beat(6_500, 0.0, 3_300.0)).prompts()[-1] == "snap_let_go"


def test_an_engine_that_never_gets_there_is_let_go_too_and_the_core_says_what_it_means() -> None:
    talk = snaps().hear(Beat(3_000, 0.0, 800.0), Beat(10_900, 0.0, 2_000.0))
    assert talk.prompts()[-1] == "blow_out"

    assert talk.hear(Beat(11_000, 0.0, 2_000.0)).prompts()[-1] == "snap_let_go"


def after_a_blow_out(talk: Talk) -> Talk:
    return talk.hear(
        Beat(3_000, 0.0, 800.0), Beat(4_000, 0.0, 3_000.0), Beat(7_000, 0.0, 3_300.0), Beat(8_000, 0.0, 1_000.0)
    )


def test_the_next_snap_waits_for_its_time_at_idle_and_for_the_smoke_to_settle() -> None:
    talk = after_a_blow_out(snaps()).hear(status(9_000, "snap_idle", settled=False), Beat(14_600, 0.0, 800.0))
    assert talk.prompts()[-1] == "snap_wait", "the smoke is still there"

    assert talk.hear(status(15_000, "snap_idle", settled=True), Beat(15_100, 0.0, 800.0)).prompts()[-1] == "snap_now"


def test_the_probe_goes_in_between_blow_outs_and_snaps_and_is_asked_for_once() -> None:
    talk = after_a_blow_out(snaps()).hear(status(9_000, "probe"), status(10_000, "probe"), Beat(20_000, 0.0, 800.0))
    assert [command for command in talk.said if isinstance(command, Ask)] == [Ask("opacity_probe_in", ("yes",))]

    talk.hear(Answer(30_000, "opacity_probe_in", "yes", "op1"), status(30_500, "probe"))
    assert talk.said.count(Ask("opacity_probe_in", ("yes",))) == 1
    assert Mark("probe_in") in talk.said
    talk.hear(status(31_500, "snap_idle", settled=True), Beat(36_100, 0.0, 800.0))
    assert talk.prompts()[-1] == "snap_now"


def test_smoke_that_stays_ends_the_test_with_its_own_reason() -> None:
    talk = after_a_blow_out(snaps()).hear(status(9_000, "snap_idle", settled=False), Beat(68_000, 0.0, 800.0))

    assert talk.ending() == Finish(reason="opacity_stays_high", detail="snap_idle")


def test_an_engine_that_does_not_come_back_to_idle_ends_the_test() -> None:
    talk = snaps().hear(Beat(3_000, 0.0, 800.0), Beat(4_000, 0.0, 3_000.0), Beat(7_000, 0.0, 3_300.0))

    assert talk.hear(Beat(67_000, 0.0, 3_300.0)).ending() == Finish(
        reason="engine_speed_not_reached", detail="blow_out_idle"
    )


# lug-down ------------------------------------------------------------------------------------------------------------


def lug_down() -> Talk:
    return Talk(lug_down_stage, "lug_down", LUG_DOWN)


def scanning() -> Talk:
    return lug_down().hear(
        Beat(1_000, 0.0, 3_400.0), Beat(5_000, 0.0, 3_400.0), status(8_000, "accelerate"),
        Beat(19_900, 70.0, 3_400.0), status(20_000, "scan"),
    )  # fmt: skip


def test_the_engine_is_revved_let_go_and_then_the_car_is_sent_up() -> None:
    assert scanning().prompts() == ["rev_to_maximum", "let_idle", "full_throttle", "keep_full_throttle"]


def test_the_scan_slows_the_rollers_evenly_and_slower_than_allowed() -> None:
    talk = scanning()
    assert talk.last == (HoldSpeed(70.0), Prompt("keep_full_throttle"))

    assert talk.hear(Beat(30_000, 60.0, 2_900.0)).last == (HoldSpeed(55.0),)


def test_a_point_is_held_at_the_speed_that_the_core_names_and_commanded_once() -> None:
    talk = scanning().hear(status(40_000, "to_100", target_kmh=62.7, tolerance_kmh=0.5))
    assert talk.last[0] == HoldSpeed(62.7)

    talk.hear(status(41_000, "settle_100", target_kmh=62.7, tolerance_kmh=0.5))
    assert [type(command) for command in talk.last] == [Prompt]
    assert talk.hear(status(60_000, "to_80", target_kmh=50.2, tolerance_kmh=0.5)).last[0] == HoldSpeed(50.2)


def test_a_decision_takes_the_load_off_before_anything_else() -> None:
    talk = scanning().hear(status(40_000, "done"))

    assert talk.last[0] == ReleaseLoad()
    assert talk.last[-1] == Finish()


def test_a_scan_without_a_highest_power_ends_at_a_low_speed_with_the_load_off() -> None:
    talk = scanning().hear(Beat(57_000, 15.0, 900.0))

    assert talk.last == (ReleaseLoad(), Finish(reason="no_power_maximum", detail="scan"))


def test_a_car_that_never_holds_the_point_ends_the_test_with_the_load_off() -> None:
    talk = scanning().hear(status(40_000, "to_100", target_kmh=62.7, tolerance_kmh=0.5), Beat(160_000, 55.0, 2_500.0))

    assert talk.last == (ReleaseLoad(), Finish(reason="speed_not_reached", detail="atpoint"))


# all of them ---------------------------------------------------------------------------------------------------------

PLANS = {
    "two_speed_idle": TwoSpeedPlan(4200.0),
    "free_acceleration": SNAPS,
    "lug_down": LUG_DOWN,
}
EVENTS = st.one_of(
    st.builds(
        Beat,
        st.integers(0, 10**6),
        st.none() | st.floats(-5.0, 140.0),
        st.none() | st.floats(0.0, 9_000.0),
    ),
    st.builds(
        MethodStatus,
        st.integers(0, 10**6),
        st.sampled_from(["precondition", "idle", "blow_out_idle", "snap_idle", "accelerate", "scan", "to_100", "done"]),
        st.integers(0, 90),
        st.none() | st.integers(0, 90),
        st.integers(0, 9),
        st.booleans(),
        st.builds(Guidance, st.none() | st.floats(20.0, 90.0), st.just(0.5), settled=st.booleans()),
    ),
)


@pytest.mark.parametrize("method", list(PLANS))
@given(events=st.lists(EVENTS, max_size=40))
def test_whatever_is_heard_the_end_is_said_once_and_the_load_is_off_before_it(method: str, events: list[Event]) -> None:
    plan = InspectionPlan(Plan(method, obd=False), PLANS[method])  # type: ignore[arg-type]
    state: inspection.State = inspection.Inspection("measure", _first(plan))
    ends = 0
    for event in events:
        state, commands = inspection.step(state, event, plan)
        finishes = [place for place, command in enumerate(commands) if isinstance(command, Finish)]
        ends += len(finishes)
        if finishes:
            assert commands.index(ReleaseLoad()) < finishes[0]
            assert not any(isinstance(command, HoldSpeed) for command in commands)
    assert ends <= 1


def _first(plan: InspectionPlan) -> Any:
    entered, _ = inspection._measure(0, plan)
    return entered


@pytest.mark.parametrize("method", list(PREPARATIONS))
def test_every_preparation_asks_before_it_measures_and_speaks_words_that_exist(method: str) -> None:
    from lanectl.model.words.prompts import PROMPTS, QUESTIONS

    for step in PREPARATIONS[method]:
        assert step.prompt in PROMPTS
        assert not isinstance(step, Question) or step.question in QUESTIONS
    assert any(isinstance(step, Act) for step in PREPARATIONS[method])
