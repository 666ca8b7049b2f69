"""Benches told by letters: a stop overtakes everything, a start never follows it, and silence is a lost bench."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.dynamometer.lettered import LetteredDynamometer
from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, NotReadyError, PortLostError, RefusedError
from drivers.roles import Dynamometer
from protocols import asm_p, nhc03
from protocols.bench_letters import LOOK, STATUS, Ask, Control, Dialect, Look, Order, Read, Request, Value, Word, Write
from tests.drivers.conftest import built

DIALECTS = {"nanhua-nhc-03": nhc03.DIALECT, "maha-asm-p": asm_p.DIALECT}
STOP, FORCE, SPEED = (Order(each.value) for each in (Control.RELEASE, Control.CONSTANT_FORCE, Control.CONSTANT_SPEED))


class Board:
    """The bench by hand: answers looks, takes orders, and can be told to be silent or to refuse."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.look = Look(0.0, 0.0, 0.0)
        self.told: list[Request] = []
        """Everything that was written besides questions."""
        self.silent: set[Request] = set()
        self.refuses: set[Request] = set()
        self.compensates = 0.0
        self.late = b""

    def reply(self, data: bytes) -> bytes:
        request = self.dialect.decode_request(data)
        if not isinstance(request, Ask | Read):
            self.told.append(request)
        if request in self.silent:
            return b""
        if request in self.refuses:
            return self.dialect.encode_reply(request, Word.REFUSED)
        match request:
            case Ask("C"):
                return self.dialect.encode_reply(request, self.look)
            case Ask():
                return self.dialect.encode_reply(request, _lift_down())
            case Read():
                return self.dialect.encode_reply(request, Value(self.compensates))
        return self.dialect.encode_reply(request, Word.TAKEN)


def _lift_down() -> Any:
    return nhc03.decode_reply(STATUS, bytes.fromhex("06 00 02 08"))


@pytest.fixture(params=DIALECTS)
def device(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def board(device: str, script: Any) -> Board:
    made = Board(DIALECTS[device])
    script.reply = made.reply
    return made


@pytest.fixture
def closed_dyno(device: str, board: Board, script: Any, manual_clock: Any) -> Any:
    return built(Dynamometer, "dyno", device, script, manual_clock)


@pytest.fixture
async def dyno(closed_dyno: Any, board: Board, see: Any) -> AsyncIterator[LetteredDynamometer]:
    await see(closed_dyno.open())
    yield closed_dyno
    board.silent.clear()
    await see(closed_dyno.close())


async def test_opening_has_the_stop_confirmed_before_it_looks(dyno: Any, board: Board, script: Any, see: Any) -> None:
    assert board.told == [STOP]
    assert board.dialect.decode_request(script.heard[0]) == STOP
    assert dyno.latest().state == "idle"
    assert (await see(dyno.identify())).model is None


async def test_the_looks_are_a_stream(dyno: Any, board: Board, manual_clock: Any) -> None:
    board.look = Look(10.85, 976.384, 40.024)
    before = dyno.latest().arrived_ms
    await manual_clock.advance(0.2)
    reading = dyno.latest()
    assert reading.arrived_ms - before >= 100
    assert (reading.brake_force_n, reading.speed_kmh) == (
        pytest.approx(976.4, abs=0.25),
        pytest.approx(40.02, abs=0.02),
    )


async def test_a_force_is_a_set_point_and_then_a_letter_once(dyno: Any, board: Board, see: Any) -> None:
    board.told.clear()
    await see(dyno.hold_force(976.4))
    setpoint = list(board.dialect.force(976.4))
    assert board.told == [*setpoint, FORCE]
    await see(dyno.hold_force(980.0))
    assert board.told[len(setpoint) + 1 :] == list(board.dialect.force(980.0)), "it holds a force already"
    await see(dyno.hold_speed(70.0))
    assert board.told[-2:] == [*board.dialect.speed(70.0), SPEED]


async def test_the_state_is_what_was_confirmed(dyno: Any, board: Board, manual_clock: Any, see: Any) -> None:
    await see(dyno.hold_force(500.0))
    await manual_clock.advance(0.1)
    assert dyno.latest().state == "constant_force"
    board.silent.add(STOP)
    await dyno.release()
    await manual_clock.advance(0.25)
    assert dyno.latest().state == "stopping"
    board.silent.clear()
    await manual_clock.advance(0.6)
    assert dyno.latest().state == "idle"


async def test_a_release_is_written_at_once_and_repeated_until_it_is_confirmed(
    dyno: Any, board: Board, manual_clock: Any, see: Any
) -> None:
    await see(dyno.hold_force(500.0))
    board.told.clear()
    board.silent.add(STOP)
    await dyno.release()
    assert board.told == [STOP], "without a moment passing"
    await manual_clock.advance(1.0)
    assert 3 <= len(board.told) <= 10
    assert set(board.told) == {STOP}
    board.silent.clear()
    await manual_clock.advance(0.5)
    board.told.clear()
    await manual_clock.advance(0.5)
    assert board.told == []


@pytest.mark.parametrize("silent_at", ["setpoint", "start", "look"])
async def test_a_release_in_between_has_the_last_word(
    dyno: Any, board: Board, manual_clock: Any, silent_at: str
) -> None:
    kept: dict[str, set[Request]] = {"setpoint": {*board.dialect.force(500.0)}, "start": {FORCE}, "look": {LOOK}}
    board.silent = kept[silent_at]
    await manual_clock.advance(0.06)  # a look is under way, and waits for its answer
    holding = asyncio.ensure_future(dyno.hold_force(500.0))
    await manual_clock.advance(0.02)
    await dyno.release()
    said = len(board.told)
    board.silent = set()
    await manual_clock.advance(1.5)
    await asyncio.wait([holding])
    assert FORCE not in board.told[said:], "the start was not given again"
    assert board.told[-1] == STOP
    assert dyno.latest().state == "idle"


async def test_a_start_that_is_not_confirmed_is_given_once_more_and_then_named(
    dyno: Any, board: Board, manual_clock: Any, see: Any
) -> None:
    board.silent.add(FORCE)
    board.told.clear()
    with pytest.raises(NoReplyError, match="brake with constant force"):
        await see(dyno.hold_force(500.0))
    assert board.told.count(FORCE) == 2
    assert dyno.latest().state != "idle", "it may be holding"
    await dyno.release()
    await manual_clock.advance(0.5)
    assert dyno.latest().state == "idle"


async def test_a_refusal_is_named_by_who_can_act(dyno: Any, board: Board, see: Any, device: str) -> None:
    board.refuses.add(FORCE)
    with pytest.raises(RefusedError if device == "nanhua-nhc-03" else NotReadyError):
        await see(dyno.hold_force(500.0))
    board.refuses.add(STATUS)
    with pytest.raises(RefusedError if device == "nanhua-nhc-03" else NotReadyError):
        await see(dyno.identify())


async def test_a_bench_that_refuses_its_stop_is_not_opened(closed_dyno: Any, board: Board, see: Any) -> None:
    board.refuses.add(STOP)
    with pytest.raises(NoReplyError):
        await see(closed_dyno.open())


async def test_a_brake_that_goes_on_braking_is_told_to_stop_again(dyno: Any, board: Board, manual_clock: Any) -> None:
    board.told.clear()
    board.look = Look(5.0, 800.0, 25.0)
    await manual_clock.advance(2.5)
    assert 2 <= len(board.told) <= 4
    assert set(board.told) == {STOP}


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), 1e9])
async def test_nothing_impossible_reaches_the_brake(dyno: Any, board: Board, see: Any, value: float) -> None:
    board.told.clear()
    for hold in (dyno.hold_force, dyno.hold_speed):
        with pytest.raises(RefusedError):
            await see(hold(value))
    with pytest.raises(RefusedError):
        await see(dyno.hold_speed(0.0))
    assert board.told == []


async def test_half_a_second_of_silence_is_a_lost_bench_and_one_lost_look_is_none(
    dyno: Any, board: Board, manual_clock: Any
) -> None:
    board.silent.add(LOOK)
    await manual_clock.advance(0.2)
    board.silent.clear()
    await manual_clock.advance(0.15)
    assert manual_clock.now_ms() - dyno.latest().arrived_ms <= 300
    board.silent.add(LOOK)
    await manual_clock.advance(0.6)
    with pytest.raises(NoReplyError):
        dyno.latest()
    board.silent.clear()
    await manual_clock.advance(0.5)
    assert dyno.latest() is not None


async def test_damage_is_not_silence(dyno: Any, script: Any, manual_clock: Any) -> None:
    script.reply = lambda data: b"\x06\x06\x02\x15\x24"
    await manual_clock.advance(1.2)
    with pytest.raises(GarbledReplyError):
        dyno.latest()


async def test_a_busy_bench_gives_no_look(dyno: Any, board: Board, manual_clock: Any) -> None:
    board.refuses.add(LOOK)
    await manual_clock.advance(0.7)
    with pytest.raises(NoReplyError):
        dyno.latest()


async def test_a_pulled_cable_is_felt_and_the_bench_comes_back_stopped(
    dyno: Any, board: Board, script: Any, manual_clock: Any, see: Any
) -> None:
    await see(dyno.hold_force(500.0))
    script.near.unplug()
    await manual_clock.advance(0.06)
    for felt in (dyno.latest, lambda: None):
        with pytest.raises(PortLostError):
            felt() or await see(dyno.release())
    with pytest.raises(DeviceError):
        await see(dyno.open())
    script.near.replug()
    board.told.clear()
    await see(dyno.open())
    assert board.told == [STOP]
    assert dyno.latest().state == "idle"


async def test_a_silent_bench_is_named_when_it_is_opened(closed_dyno: Any, board: Board, see: Any) -> None:
    board.silent.add(STOP)
    with pytest.raises(NoReplyError):
        await see(closed_dyno.open())


async def test_closing_lets_go_first_and_asks_for_a_confirmation(closed_dyno: Any, board: Board, see: Any) -> None:
    await see(closed_dyno.open())
    await see(closed_dyno.hold_force(500.0))
    board.told.clear()
    await see(closed_dyno.close())
    await see(closed_dyno.close())
    assert board.told == [STOP, STOP]


async def test_the_lift_rises_only_when_the_rollers_stand(dyno: Any, board: Board, manual_clock: Any, see: Any) -> None:
    board.look = Look(0.0, 0.0, 12.0)
    await manual_clock.advance(0.2)
    with pytest.raises(NotReadyError):
        await see(dyno.lift_up())
    board.look = Look(0.0, 0.0, 0.0)
    await manual_clock.advance(0.2)
    await see(dyno.lift_up())
    await see(dyno.lift_down())
    assert board.told[-2:] == [Order("5"), Order("6")]


async def test_a_bench_that_adds_its_losses_is_refused(closed_dyno: Any, board: Board, see: Any, device: str) -> None:
    board.compensates = 1.0
    if device == "nanhua-nhc-03":  # it has no such variable
        await see(closed_dyno.open())
        await see(closed_dyno.close())
        return
    with pytest.raises(NotReadyError, match="237"):
        await see(closed_dyno.open())


# --- against the simulated bench --------------------------------------------------------------------------------


@pytest.fixture
async def rig(new_rig: Any, device: str) -> AsyncIterator[Any]:
    made = new_rig(device)
    yield made
    await made.see(made.devices["dyno"].close())


async def test_the_simulated_bench_holds_a_force_and_lets_go(rig: Any) -> None:
    dyno = rig.devices["dyno"]
    rig.lane.drive_on("clean_petrol")
    await rig.see(dyno.open())
    await rig.see(dyno.lift_down())
    await rig.wait(8.0)
    rig.lane.set_target(25.0)
    await rig.wait(15.0)
    await rig.see(dyno.hold_force(500.0))
    await rig.wait(6.0)
    reading = dyno.latest()
    assert (reading.state, reading.brake_force_n) == ("constant_force", pytest.approx(500.0, abs=25.0))
    assert reading.speed_kmh == pytest.approx(25.0, abs=2.0)
    with pytest.raises(NotReadyError):
        await rig.see(dyno.lift_up())

    await dyno.release()
    rig.steps.pump(rig.clock.now_ms())
    assert rig.lane.bench.brake.mode == "off", "at once"
    await rig.wait(0.6)
    assert (dyno.latest().state, dyno.latest().brake_force_n) == ("idle", pytest.approx(0.0, abs=10.0))


async def test_the_simulated_bench_holds_a_floored_diesel_at_a_speed(rig: Any) -> None:
    dyno = rig.devices["dyno"]
    rig.lane.drive_on("clean_diesel")
    await rig.see(dyno.open())
    await rig.see(dyno.lift_down())
    await rig.wait(4.0)
    rig.lane.full_throttle()
    await rig.wait(25.0)
    await rig.see(dyno.hold_speed(62.0))
    await rig.wait(12.0)
    assert dyno.latest().state == "constant_speed"
    assert dyno.latest().speed_kmh == pytest.approx(62.0, abs=0.4)


async def test_the_simulated_bench_reads_its_variables_and_refuses_what_it_has_not(rig: Any, device: str) -> None:
    dialect, face = DIALECTS[device], rig.lane.lettered_dyno_face

    def ask(request: Request) -> Any:
        return dialect.decode_reply(request, face.feed(dialect.encode_request(request)))

    scale = dialect.variables[6].scale
    assert ask(Read(6)).value * scale == pytest.approx(907.0, abs=0.5)
    assert ask(Write(230, 25.0)) is Word.TAKEN
    assert ask(Read(230)) == Value(25.0)
    assert (ask(Order("3")), ask(Order("J"))) == (Word.REFUSED, Word.TAKEN)
    assert rig.lane.bench.motor_on
    face.stuck = True
    assert ask(LOOK) == ask(LOOK)
    assert ask(FORCE) is Word.TAKEN
    assert rig.lane.bench.brake.mode == "off"
    face.busy = True
    assert ask(STATUS) is Word.REFUSED
    assert face.feed(dialect.encode_request(LOOK)[:3]) == b""
    face.step(0.2)
    face.busy = False
    assert ask(STATUS).lift == "up"


async def test_a_pulled_adapter_comes_back(rig: Any) -> None:
    await rig.see(rig.devices["dyno"].open())
    await rig.pull_and_put_back("dyno")
    assert rig.devices["dyno"].latest().state == "idle"


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_wire_faults_end_in_named_errors_or_sound_looks(rig: Any, kind: str) -> None:
    dyno, seen = rig.devices["dyno"], set()
    await rig.see(dyno.open())
    rig.lane.fault("dyno", kind)
    for _ in range(12):
        await rig.wait(0.1)
        try:
            seen.add(f"{dyno.latest().speed_kmh:.1f}")
        except DeviceError as error:
            seen.add(error.code)
    assert seen <= {"0.0", "no_reply", "garbled_reply"}
    rig.lane.clear()
    await rig.wait(2.0)
    assert dyno.latest().speed_kmh == 0.0
