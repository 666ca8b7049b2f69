"""The bench, as transcripts: the load comes off before anything else, and a silent board is a lost board."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.dynamometer.bntd import BntdDynamometer, BntdSettings, build
from drivers.errors import NoReplyError, NotReadyError, PortLostError, RefusedError, WrongDeviceError
from drivers.readings import DynoReading
from drivers.roles import Dynamometer
from protocols.bntd import CommandFramer, Note, Order, Status, encode_command, encode_note, encode_status

IDLE = encode_status(Status("II", (0.0, 0.0, 0.0), 0))
STOP = encode_command(Order.STOP)


def braking(speed: float = 25.0, force: float = 800.0) -> bytes:
    return encode_status(Status("BF", (speed, force, 20.0), 0))


def holding_speed(speed: float = 70.0, force: float = 2500.0) -> bytes:
    return encode_status(Status("BS", (speed, force, 40.0), 0))


@pytest.fixture
async def dyno(script: Any, manual_clock: Any) -> AsyncIterator[BntdDynamometer]:
    script.answers[STOP] = [IDLE]
    made = build("dyno", BntdSettings(driver="xincheng-bntd", port="/dev/lane/dyno"), script.near, manual_clock)
    assert isinstance(made, Dynamometer)
    assert isinstance(made, BntdDynamometer)
    await made.open()
    yield made
    await made.close()


def orders(script: Any) -> list[Order]:
    return [command.order for command in CommandFramer().feed(b"".join(script.heard))]


async def test_opening_takes_the_load_off_and_waits_for_the_board(dyno: BntdDynamometer, script: Any) -> None:
    assert script.heard == [STOP]
    reading = dyno.latest()
    assert reading is not None
    assert reading.state == "idle"


async def test_the_last_status_is_kept_with_its_time(dyno: BntdDynamometer, script: Any, manual_clock: Any) -> None:
    await dyno.hold_force(800.0)
    for force in (700.0, 801.0):
        await manual_clock.advance(0.02)
        script.say(braking(25.5, force))
    await manual_clock.settle()
    assert dyno.latest() == DynoReading(25.5, 801.0, 20.0, "constant_force", 0, manual_clock.now_ms())


async def test_holding_a_force_sets_and_starts_in_one_write(
    dyno: BntdDynamometer, script: Any, manual_clock: Any
) -> None:
    script.heard.clear()
    await dyno.hold_force(812.5)
    assert script.heard == [encode_command(Order.SET_FORCE_N, 812.5) + encode_command(Order.START_FORCE)]
    script.say(braking())
    await manual_clock.settle()
    script.heard.clear()
    await dyno.hold_force(820.0)
    assert script.heard == [encode_command(Order.SET_FORCE_N, 820.0)]


async def test_a_start_that_the_board_missed_is_sent_with_the_next_force(dyno: BntdDynamometer, script: Any) -> None:
    await dyno.hold_force(800.0)
    script.say(IDLE)
    script.heard.clear()
    await dyno.hold_force(801.0)
    assert orders(script) == [Order.SET_FORCE_N, Order.START_FORCE]


@pytest.mark.parametrize("force", [-1.0, float("nan"), float("inf")])
async def test_no_impossible_force_reaches_the_brake(dyno: BntdDynamometer, script: Any, force: float) -> None:
    script.heard.clear()
    with pytest.raises(RefusedError):
        await dyno.hold_force(force)
    assert script.heard == []


async def test_holding_a_speed_sets_and_starts_in_one_write_and_a_moving_speed_only_sets(
    dyno: BntdDynamometer, script: Any, manual_clock: Any
) -> None:
    script.heard.clear()
    await dyno.hold_speed(70.0)
    assert script.heard == [bytes.fromhex("58 53 53 00 00 8C 42 CC 43") + encode_command(Order.START_SPEED)]
    script.say(holding_speed())
    await manual_clock.settle()
    script.heard.clear()
    for speed in (69.8, 69.6):
        await dyno.hold_speed(speed)
    assert script.heard == [encode_command(Order.SET_SPEED_KMH, 69.8), encode_command(Order.SET_SPEED_KMH, 69.6)]


async def test_a_change_between_force_and_speed_starts_anew_whatever_the_board_still_reports(
    dyno: BntdDynamometer, script: Any, manual_clock: Any
) -> None:
    await dyno.hold_speed(70.0)
    script.say(holding_speed())
    await manual_clock.settle()
    await dyno.hold_force(800.0)
    script.heard.clear()
    await dyno.hold_speed(65.0)
    assert orders(script) == [Order.SET_SPEED_KMH, Order.START_SPEED]


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf"), 1e39])
async def test_no_impossible_speed_reaches_the_brake(dyno: BntdDynamometer, script: Any, speed: float) -> None:
    script.heard.clear()
    with pytest.raises(RefusedError, match="hold speed"):
        await dyno.hold_speed(speed)
    assert script.heard == []


async def test_a_release_overtakes_a_held_speed_and_is_repeated_until_the_board_obeys(
    dyno: BntdDynamometer, script: Any, manual_clock: Any
) -> None:
    await dyno.hold_speed(70.0)
    script.say(holding_speed())
    await manual_clock.settle()
    script.heard.clear()
    await dyno.release()
    assert script.heard == [STOP], "written at once, without a moment passing"
    await manual_clock.advance(0.12)
    script.say(holding_speed())
    await manual_clock.settle()
    assert script.heard == [STOP, STOP]
    await dyno.hold_speed(60.0)
    assert orders(script)[-2:] == [Order.SET_SPEED_KMH, Order.START_SPEED]


async def test_release_is_one_write_and_may_be_repeated(dyno: BntdDynamometer, script: Any) -> None:
    await dyno.hold_force(800.0)
    script.heard.clear()
    await dyno.release()
    await dyno.release()
    assert script.heard == [STOP, STOP]


async def test_a_stop_that_the_board_missed_is_repeated_until_it_obeys(
    dyno: BntdDynamometer, script: Any, manual_clock: Any
) -> None:
    await dyno.hold_force(800.0)
    script.say(braking())
    await manual_clock.settle()
    await dyno.release()
    script.heard.clear()
    for _ in range(12):
        await manual_clock.advance(0.02)
        script.say(braking())
        await manual_clock.settle()
    assert script.heard == [STOP, STOP]
    script.say(IDLE)
    await manual_clock.advance(0.3)
    assert script.heard == [STOP, STOP]


async def test_half_a_second_of_silence_is_a_lost_board(dyno: BntdDynamometer, script: Any, manual_clock: Any) -> None:
    await manual_clock.advance(0.5)
    assert dyno.latest() is not None
    await manual_clock.advance(0.1)
    with pytest.raises(NoReplyError, match="dyno: listen to the stream: silence for 600 ms"):
        dyno.latest()
    script.say(IDLE)
    await manual_clock.settle()
    assert dyno.latest() is not None


async def test_a_pulled_cable_ends_the_stream_until_the_port_is_opened_again(
    dyno: BntdDynamometer, script: Any, manual_clock: Any
) -> None:
    script.near.unplug()
    await manual_clock.settle()
    with pytest.raises(PortLostError):
        dyno.latest()
    with pytest.raises(PortLostError):
        await dyno.release()
    script.near.replug()
    script.answers[STOP] = [IDLE]
    await dyno.open()
    assert dyno.latest() is not None


async def test_a_silent_board_is_named_when_it_is_opened(script: Any, manual_clock: Any) -> None:
    dyno = build("dyno", BntdSettings(driver="xincheng-bntd", port="x"), script.near, manual_clock)
    opening = asyncio.create_task(dyno.open())
    await manual_clock.advance(1.1)
    with pytest.raises(NoReplyError):
        await opening


async def test_a_stream_of_the_other_length_points_at_the_setting(script: Any, manual_clock: Any) -> None:
    dyno = build("dyno", BntdSettings(driver="xincheng-bntd", port="x", has_key_byte=True), script.near, manual_clock)
    opening = asyncio.create_task(dyno.open())
    for _ in range(20):
        await manual_clock.advance(0.02)
        script.say(encode_status(Status("II", (0.0, 0.0, 0.0))))
    await manual_clock.advance(1.0)
    with pytest.raises(WrongDeviceError, match="has_key_byte"):
        await opening


async def test_texts_are_kept_and_read_backs_are_no_speed(
    dyno: BntdDynamometer, script: Any, manual_clock: Any
) -> None:
    script.say(encode_note(Note("LIFT LOCKED")) + encode_status(Status("RT", (20.0, 50.0, 101.3), 0)))
    await manual_clock.settle()
    assert list(dyno.notes) == ["LIFT LOCKED"]
    reading = dyno.latest()
    assert reading is not None
    assert (reading.speed_kmh, reading.brake_force_n, reading.state) == (None, None, "readback")


async def test_the_lift_rises_only_when_the_rollers_stand(
    dyno: BntdDynamometer, script: Any, manual_clock: Any
) -> None:
    await dyno.lift_down()
    script.say(encode_status(Status("II", (12.0, 0.0, 0.0), 0)))
    await manual_clock.settle()
    with pytest.raises(NotReadyError, match=r"12\.0 km/h"):
        await dyno.lift_up()
    script.say(IDLE)
    await manual_clock.settle()
    await dyno.lift_up()
    assert orders(script)[-2:] == [Order.LIFT_DOWN, Order.LIFT_UP]


async def test_closing_lets_go_first(dyno: BntdDynamometer, script: Any) -> None:
    await dyno.hold_force(800.0)
    script.heard.clear()
    await dyno.close()
    await dyno.close()
    assert script.heard == [STOP]
