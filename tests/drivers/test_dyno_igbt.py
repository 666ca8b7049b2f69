"""The old ASCII board, which confirms nothing and says nothing of what it does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.dynamometer.igbt import STOPS, IgbtDynamometer, IgbtSettings, build
from drivers.errors import DeviceError, NoReplyError, NotReadyError, PortLostError, RefusedError, WrongDeviceError
from drivers.roles import Dynamometer
from protocols.igbt_text import Commands, Order, Status, encode_command, encode_status

STOP = encode_command(Order.STOP)


def status(speed: float = 25.0, force: float = 0.0) -> bytes:
    return encode_status(Status(speed, force, 0.0, 0.0, 0.0))


@pytest.fixture
async def dyno(script: Any, manual_clock: Any) -> AsyncIterator[IgbtDynamometer]:
    script.answers[STOP] = [status(0.0)]
    made = build("dyno", IgbtSettings(driver="igbt-ascii", port="/dev/lane/dyno"), script.near, manual_clock)
    assert isinstance(made, Dynamometer)
    assert isinstance(made, IgbtDynamometer)
    await made.open()
    yield made
    await made.close()


async def run(script: Any, clock: Any, seconds: float, data: bytes) -> None:
    """Let the board say this twenty times a second."""
    for _ in range(round(seconds / 0.05)):
        await clock.advance(0.05)
        script.say(data)
        await clock.settle()


def orders(script: Any) -> list[Order]:
    return [command.order for command in Commands().feed(b"".join(script.heard))]


async def test_a_stop_is_said_several_times_and_believed_after_some(
    dyno: IgbtDynamometer, script: Any, manual_clock: Any
) -> None:
    reading = dyno.latest()
    assert reading is not None
    assert reading.state == "stopping"
    assert script.heard == [STOP]
    await run(script, manual_clock, 1.5, status(0.0))
    reading = dyno.latest()
    assert reading is not None
    assert reading.state == "idle"
    assert script.heard == [STOP] * STOPS


async def test_a_release_is_one_write_at_once(dyno: IgbtDynamometer, script: Any, manual_clock: Any) -> None:
    await dyno.hold_force(800.4)
    assert script.heard[-1] == encode_command(Order.SET_FORCE_N, 800.0) + encode_command(Order.START_FORCE)
    await run(script, manual_clock, 0.1, status(25.0, 800.0))
    reading = dyno.latest()
    assert reading is not None
    assert (reading.state, reading.brake_force_n) == ("constant_force", 800.0)
    script.heard.clear()
    await dyno.release()
    assert script.heard == [STOP]
    await run(script, manual_clock, 2.0, status(25.0, 800.0))
    assert set(orders(script)) == {Order.STOP}
    assert 15 <= len(script.heard) <= 21, "it still brakes, so the stop goes on"
    await run(script, manual_clock, 0.2, status(25.0, 3.0))
    script.heard.clear()
    await run(script, manual_clock, 0.5, status(25.0, 3.0))
    assert script.heard == []


async def test_a_start_is_said_again_where_the_force_does_not_come(
    dyno: IgbtDynamometer, script: Any, manual_clock: Any
) -> None:
    await dyno.hold_force(800.0)
    script.heard.clear()
    await run(script, manual_clock, 0.5, status(25.0, 10.0))
    await dyno.hold_force(810.0)
    assert orders(script) == [Order.SET_FORCE_N]
    await run(script, manual_clock, 0.6, status(25.0, 10.0))
    await dyno.hold_force(812.0)
    assert orders(script)[-2:] == [Order.SET_FORCE_N, Order.START_FORCE]
    await run(script, manual_clock, 1.5, status(25.0, 700.0))
    await dyno.hold_force(814.0)
    assert orders(script)[-1] == Order.SET_FORCE_N


async def test_a_speed_is_started_once_and_then_only_set(dyno: IgbtDynamometer, script: Any, manual_clock: Any) -> None:
    script.heard.clear()
    await dyno.hold_speed(70.0)
    await run(script, manual_clock, 1.5, status(69.0, 0.0))
    await dyno.hold_speed(69.8)
    assert orders(script) == [Order.SET_SPEED_KMH, Order.START_SPEED, Order.SET_SPEED_KMH]
    await dyno.hold_force(500.0)
    assert orders(script)[-2:] == [Order.SET_FORCE_N, Order.START_FORCE]


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), 1e6])
async def test_nothing_impossible_reaches_the_brake(dyno: IgbtDynamometer, script: Any, value: float) -> None:
    script.heard.clear()
    for hold in (dyno.hold_force, dyno.hold_speed):
        with pytest.raises(RefusedError):
            await hold(value)
    with pytest.raises(RefusedError):
        await dyno.hold_speed(0.0)
    assert script.heard == []


async def test_silence_is_a_loss_and_so_is_a_pulled_cable(
    dyno: IgbtDynamometer, script: Any, manual_clock: Any
) -> None:
    await manual_clock.advance(0.6)
    with pytest.raises(NoReplyError):
        dyno.latest()
    script.near.unplug()
    await manual_clock.settle()
    with pytest.raises(PortLostError):
        dyno.latest()
    with pytest.raises(PortLostError):
        await dyno.release()
    script.near.replug()
    script.answers[STOP] = [status(0.0)]
    await dyno.open()
    assert (await dyno.identify()).model is None


@pytest.mark.parametrize("setting", ["sum8", "unread"])
async def test_a_board_with_another_sum_points_at_the_setting(script: Any, manual_clock: Any, setting: str) -> None:
    frame = bytearray(status(0.0))
    frame[-2] ^= 0x55
    made = IgbtSettings.model_validate({"driver": "igbt-ascii", "port": "x", "status_sum": setting})
    dyno = build("dyno", made, script.near, manual_clock)
    script.reply = lambda data: bytes(frame)
    if setting == "unread":
        await dyno.open()
        await dyno.close()
        return
    opening = asyncio.create_task(dyno.open())
    await run(script, manual_clock, 1.1, bytes(frame))
    with pytest.raises(WrongDeviceError, match="status_sum"):
        await opening


async def test_the_lift_rises_only_when_the_rollers_stand(
    dyno: IgbtDynamometer, script: Any, manual_clock: Any
) -> None:
    await run(script, manual_clock, 0.1, status(12.0))
    with pytest.raises(NotReadyError):
        await dyno.lift_up()
    await run(script, manual_clock, 0.1, status(0.0))
    await dyno.lift_up()
    await dyno.lift_down()
    assert orders(script)[-2:] == [Order.LIFT_UP, Order.LIFT_DOWN]


# --- against the simulated board --------------------------------------------------------------------------------


@pytest.fixture
async def rig(new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig("igbt-ascii")
    await made.see(made.devices["dyno"].open())
    yield made
    await made.see(made.devices["dyno"].close())


async def test_the_simulated_board_holds_a_force_and_a_speed_and_lets_go(rig: Any) -> None:
    dyno = rig.devices["dyno"]
    rig.lane.drive_on("clean_petrol")
    await dyno.lift_down()
    await rig.wait(8.0)
    rig.lane.set_target(25.0)
    await rig.wait(15.0)
    await dyno.hold_force(500.0)
    await rig.wait(6.0)
    assert dyno.latest().brake_force_n == pytest.approx(500.0, abs=25.0)
    assert dyno.latest().speed_kmh == pytest.approx(25.0, abs=2.0)
    await dyno.hold_speed(20.0)
    await rig.wait(1.0)
    assert rig.lane.bench.brake.mode == "speed"
    await dyno.release()
    rig.steps.pump(rig.clock.now_ms())
    assert rig.lane.bench.brake.mode == "off", "at once"
    await rig.wait(0.8)
    assert (dyno.latest().state, dyno.latest().brake_force_n) == ("idle", pytest.approx(0.0, abs=10.0))


async def test_a_pulled_adapter_comes_back(rig: Any) -> None:
    await rig.pull_and_put_back("dyno")


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_wire_faults_end_in_named_errors_or_sound_readings(rig: Any, kind: str) -> None:
    dyno, seen = rig.devices["dyno"], set()
    rig.lane.fault("dyno", kind)
    for _ in range(12):
        await rig.wait(0.1)
        try:
            seen.add(f"{dyno.latest().speed_kmh:.1f}")
        except DeviceError as error:
            seen.add(error.code)
    assert seen <= {"0.0", "no_reply"}
    rig.lane.clear()
    await rig.wait(1.0)
    assert dyno.latest().speed_kmh == 0.0


async def test_the_simulated_board_knows_its_other_commands_and_can_be_stuck(rig: Any) -> None:
    face, bench = rig.lane.igbt_face, rig.lane.bench
    bench.force_offset_n = 30.0
    for order in (Order.MOTOR_ON, Order.ZERO_FORCE, Order.CLEAR_DISTANCE, Order.CALIBRATION_OFF):
        assert face.feed(encode_command(order)) == b""
    assert (bench.motor_on, bench.load_cell_n) == (True, 0.0)
    face.feed(encode_command(Order.SET_POWER_KW, 5.0) + encode_command(Order.START_POWER))
    assert (bench.brake.mode, bench.brake.power_setpoint_kw) == ("power", 5.0)
    last = face.step(0.05)
    face.stuck, bench.speed_kmh = True, 50.0
    face.feed(STOP)
    assert face.step(0.05) == last
    assert bench.brake.mode == "power"
