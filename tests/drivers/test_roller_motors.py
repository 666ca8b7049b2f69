"""Roller motors: a stop waits for nothing, a motor that nobody keeps is stopped, and no order follows a stop."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NoReplyError, PortLostError, RefusedError
from drivers.roles import RollerMotor
from protocols.captured import Captured
from protocols.errors import UnknownFrameError, ValueRangeError
from protocols.modbus import (
    Function,
    Refusal,
    Request,
    Values,
    decode_request,
    echo_of,
    encode_reply,
    encode_request,
    unwrap_rtu,
    wrap_rtu,
)
from protocols.motor_drives import AMB, AMB100, SB60, X11, Drive, explainer
from tests.drivers.conftest import built

DRIVES = {"amb-converter": AMB, "amb100-converter": AMB100, "sb60-converter": SB60, "x11-converter": X11}


class Converter:
    """A converter by hand: confirms what is written, or is silent, or refuses."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self.written: list[Request] = []
        self.silent = False
        self.refuses = False
        self.deaf_to: Request | None = None

    def reply(self, data: bytes) -> bytes:
        request = decode_request(unwrap_rtu(data)[1])
        self.written.append(request)
        if self.silent or request == self.deaf_to:
            return b""
        reply = Refusal(request.function, 4) if self.refuses else echo_of(request)
        return wrap_rtu(1, encode_reply(reply))

    @property
    def said(self) -> list[bool | None]:
        """What each write was to do: True run, False stop, None neither."""
        return [self.drive.runs(request) for request in self.written]


@pytest.fixture(params=DRIVES)
def device(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def converter(device: str, script: Any) -> Converter:
    made = Converter(DRIVES[device])
    script.reply = made.reply
    return made


@pytest.fixture
def closed_motor(device: str, converter: Converter, script: Any, manual_clock: Any) -> Any:
    return built(RollerMotor, "motor", device, script, manual_clock)


@pytest.fixture
async def motor(closed_motor: Any, converter: Converter, see: Any) -> AsyncIterator[Any]:
    await see(closed_motor.open())
    yield closed_motor
    converter.silent = converter.refuses = False
    await see(closed_motor.close())


async def test_opening_has_the_stop_confirmed(motor: Any, converter: Converter, see: Any) -> None:
    assert converter.written == [converter.drive.stop()]
    assert motor.driven_kmh() == 0.0
    assert (await see(motor.identify())).model is None


async def test_a_speed_is_a_frequency_and_a_start_and_then_a_frequency_alone(
    motor: Any, converter: Converter, see: Any
) -> None:
    converter.written.clear()
    await see(motor.drive(40.0))
    assert converter.written == list(converter.drive.start(32.0))
    assert converter.said[-1] is True
    assert motor.driven_kmh() == 40.0
    converter.written.clear()
    await see(motor.drive(50.0))
    assert converter.written == [converter.drive.set_frequency(40.0)]
    assert motor.driven_kmh() == 50.0


async def test_a_motor_that_nobody_keeps_is_stopped(
    motor: Any, converter: Converter, manual_clock: Any, see: Any
) -> None:
    for _ in range(4):
        await see(motor.drive(40.0))
        await manual_clock.advance(0.7)
    assert motor.driven_kmh() == 40.0
    converter.written.clear()
    await manual_clock.advance(0.8)
    assert motor.driven_kmh() == 0.0
    assert set(converter.said) == {False}


async def test_a_stop_is_written_at_once_and_asked_for_until_it_is_confirmed(
    motor: Any, converter: Converter, manual_clock: Any, see: Any
) -> None:
    await see(motor.drive(40.0))
    converter.written.clear()
    converter.silent = True
    await motor.stop()
    assert converter.said == [False], "without a moment passing"
    assert motor.driven_kmh() is None
    await manual_clock.advance(2.0)
    assert len(converter.written) >= 4
    with pytest.raises(NoReplyError):
        motor.driven_kmh()
    converter.silent = False
    await manual_clock.advance(1.5)
    assert motor.driven_kmh() == 0.0
    converter.written.clear()
    await manual_clock.advance(3.05)
    assert converter.said == [False] * 3, "a resting motor is told so once a second"


async def test_no_order_follows_a_stop_that_overtook_it(motor: Any, converter: Converter, manual_clock: Any) -> None:
    converter.deaf_to = converter.drive.set_frequency(32.0)
    driving = asyncio.ensure_future(motor.drive(40.0))
    await manual_clock.advance(0.05)
    await motor.stop()
    stopped_at = len(converter.written)
    converter.deaf_to = None
    await manual_clock.advance(1.0)
    await driving
    assert set(converter.said[stopped_at - 1 :]) == {False}
    assert motor.driven_kmh() == 0.0


async def test_a_drive_that_is_not_confirmed_is_named_and_stops_the_motor(
    motor: Any, converter: Converter, manual_clock: Any, see: Any
) -> None:
    converter.deaf_to = converter.drive.start(32.0)[-1]
    with pytest.raises(NoReplyError, match="drive"):
        await see(motor.drive(40.0))
    assert converter.said[-1] is False
    await manual_clock.advance(0.5)
    assert motor.driven_kmh() == 0.0
    converter.deaf_to = None
    await see(motor.drive(30.0))
    assert motor.driven_kmh() == 30.0


async def test_a_refusal_and_a_wrong_confirmation_have_names(
    motor: Any, converter: Converter, script: Any, see: Any
) -> None:
    converter.refuses = True
    with pytest.raises(RefusedError):
        await see(motor.drive(40.0))
    other = Request(converter.drive.function, 0x7777, 1, (1,))
    script.reply = lambda data: wrap_rtu(1, encode_reply(echo_of(other)))
    with pytest.raises(GarbledReplyError):
        await see(motor.drive(40.0))
    script.reply = converter.reply


@pytest.mark.parametrize("speed", [0.0, -1.0, 80.1, float("nan"), float("inf")])
async def test_no_impossible_speed_reaches_the_motor(motor: Any, converter: Converter, see: Any, speed: float) -> None:
    converter.written.clear()
    with pytest.raises(RefusedError):
        await see(motor.drive(speed))
    assert converter.written == []


async def test_a_pulled_cable_is_felt_and_the_motor_comes_back_stopped(
    motor: Any, converter: Converter, script: Any, manual_clock: Any, see: Any
) -> None:
    await see(motor.drive(40.0))
    script.near.unplug()
    await manual_clock.advance(1.3)
    with pytest.raises(PortLostError):
        motor.driven_kmh()
    with pytest.raises(PortLostError):
        await motor.stop()
    with pytest.raises(PortLostError):
        await see(motor.open())
    script.near.replug()
    converter.written.clear()
    await see(motor.open())
    assert converter.said == [False]
    assert motor.driven_kmh() == 0.0


async def test_a_silent_converter_is_named_when_it_is_opened(closed_motor: Any, converter: Converter, see: Any) -> None:
    converter.silent = True
    with pytest.raises(NoReplyError):
        await see(closed_motor.open())


async def test_closing_stops_the_motor(closed_motor: Any, converter: Converter, see: Any) -> None:
    await see(closed_motor.open())
    await see(closed_motor.drive(40.0))
    converter.written.clear()
    await see(closed_motor.close())
    await see(closed_motor.close())
    assert converter.said == [False, False]


@pytest.mark.parametrize("drive", DRIVES.values(), ids=DRIVES)
def test_a_frequency_that_does_not_fit_is_refused(drive: Drive) -> None:
    for hz in (0.0, -1.0, 0.001, 1e5, float("nan"), float("inf")):
        with pytest.raises(ValueRangeError):
            drive.set_frequency(hz)
    assert drive.hz(drive.set_frequency(32.0)) == 32.0
    assert drive.hz(drive.stop()) is None
    with pytest.raises(ValueRangeError):
        X11.set_frequency(80.1)


def test_what_is_no_write_is_said_so() -> None:
    explain = explainer(AMB)
    asked = wrap_rtu(1, encode_request(Request(Function.READ_HOLDING, 0x2000, 1)))
    assert explain(Captured(asked, to_device=True)).kind == "read_holding"
    reset = wrap_rtu(1, encode_request(Request(Function.WRITE_REGISTER, 0x2002, 1, (2,))))
    assert explain(Captured(reset, to_device=True)).kind == "reset"
    with pytest.raises(UnknownFrameError):
        explain(Captured(wrap_rtu(1, encode_reply(Values(Function.READ_HOLDING, (1,))))))


# --- against the simulated converter ----------------------------------------------------------------------------


async def test_the_simulated_rollers_turn_and_run_out(new_rig: Any, device: str) -> None:
    rig = new_rig(device)
    motor, bench = rig.devices["motor"], rig.lane.bench
    await rig.see(motor.open())
    bench.move_lift("down")
    await rig.wait(3.0)
    for _ in range(30):
        await rig.see(motor.drive(20.0))
        await rig.wait(0.5)
    assert bench.speed_kmh == pytest.approx(20.0, abs=0.5)
    await motor.stop()
    rig.steps.pump(rig.clock.now_ms())
    assert not bench.motor_on
    await rig.wait(3.0)
    assert bench.speed_kmh < 19.5
    await rig.pull_and_put_back("motor")
    await rig.see(motor.close())


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips"])
async def test_wire_faults_end_in_a_named_error_and_a_motor_at_rest(new_rig: Any, kind: str) -> None:
    rig = new_rig("amb-converter")
    motor = rig.devices["motor"]
    await rig.see(motor.open())
    rig.lane.fault("motor", kind)
    outcomes, _ = await rig.outcomes(lambda: motor.drive(20.0))
    assert outcomes <= {"reading", "no_reply", "garbled_reply"}
    rig.lane.clear()
    await rig.wait(3.0)
    assert motor.driven_kmh() == 0.0
    assert not rig.lane.bench.motor_on
    await rig.see(motor.close())


def test_what_the_simulated_converter_has_not_is_refused(new_rig: Any, device: str) -> None:
    rig = new_rig(device)
    face, drive = rig.lane.motor_face, DRIVES[device]
    assert face.read_registers(Function.READ_HOLDING, drive.control, 1) == [drive.stop_word]
    assert face.read_registers(Function.READ_HOLDING, 0x7000, 1) is None
    assert face.write(Request(drive.function, 0x7000, 1, (1,))) == "illegal_address"
    assert face.write(Request(Function.WRITE_COIL, 0, 1, (1,))) == "illegal_function"
