"""Weather station, register-map dynamometer and lane I/O as transcripts: silence, damage, refusals, pulled cables."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.dynamometer.modbus_map import ModbusDynoSettings
from drivers.dynamometer.modbus_map import build as build_dyno
from drivers.errors import (
    DeviceError,
    GarbledReplyError,
    NoReplyError,
    NotReadyError,
    PortLostError,
    RefusedError,
    WrongDeviceError,
)
from drivers.lane_io.modbus_map import ModbusIoSettings
from drivers.lane_io.modbus_map import build as build_io
from drivers.modbus_settings import ModbusSettings
from drivers.readings import AmbientReading, IoReading
from drivers.roles import Dynamometer, LaneIo, WeatherStation
from drivers.transports.tcp_port import TcpPort
from drivers.weather.rz1 import Rz1Settings
from drivers.weather.rz1 import build as build_rz1
from protocols.modbus import wrap_rtu, wrap_tcp

ASK = bytes.fromhex("010400000004F1C9")
MILD = bytes.fromhex("010408138809C423F0000097E3")


async def see(clock: Any, work: Awaitable[Any], patience_s: float = 5.0) -> Any:
    """Let lane time pass until it is done."""
    task = asyncio.ensure_future(work)
    for _ in range(round(patience_s / 0.01)):
        await clock.advance(0.01)
        if task.done():
            break
    assert task.done()
    return await task


@pytest.fixture
async def weather(script: Any, manual_clock: Any) -> AsyncIterator[Any]:
    device = build_rz1("weather", Rz1Settings(driver="rz-1", port="/dev/lane/w"), script.near, manual_clock)
    assert isinstance(device, WeatherStation)
    script.answers[ASK] = MILD
    await device.open()
    yield device
    await device.close()


async def test_the_weather_is_read_with_the_golden_question(weather: Any, script: Any, manual_clock: Any) -> None:
    assert await see(manual_clock, weather.read()) == AmbientReading(25.0, 50.0, 101.2)
    assert script.heard == [ASK]


async def test_a_lost_answer_is_asked_again_once(weather: Any, script: Any, manual_clock: Any) -> None:
    script.answers[ASK] = [b"", MILD]
    assert await see(manual_clock, weather.read()) == AmbientReading(25.0, 50.0, 101.2)
    assert script.heard == [ASK, ASK]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", NoReplyError),
        (MILD[:-2], GarbledReplyError),
        (MILD[:-1] + b"\0", GarbledReplyError),
        (b"\x02" + MILD[1:], GarbledReplyError),
        (wrap_rtu(2, MILD[1:-2]), GarbledReplyError),
        (wrap_rtu(1, bytes.fromhex("04 06 13 88 09 C4 23 F0")), GarbledReplyError),
        (wrap_rtu(1, bytes.fromhex("03 08 13 88 09 C4 23 F0 00 00")), GarbledReplyError),
        (MILD + MILD, GarbledReplyError),
        (bytes.fromhex("018402C2C1"), RefusedError),
        (wrap_rtu(1, b"\x84\x06"), NotReadyError),
    ],
)
async def test_what_is_no_answer_has_a_name(
    weather: Any, script: Any, manual_clock: Any, answer: bytes, error: type[DeviceError]
) -> None:
    script.answers[ASK] = answer
    started_ms = manual_clock.now_ms()
    with pytest.raises(error):
        await see(manual_clock, weather.read())
    assert manual_clock.now_ms() - started_ms <= 800


async def test_a_late_answer_does_not_answer_the_next_question(weather: Any, script: Any, manual_clock: Any) -> None:
    script.answers[ASK] = b""
    with pytest.raises(NoReplyError):
        await see(manual_clock, weather.read())
    script.say(MILD)
    warm = wrap_rtu(1, bytes.fromhex("04 08 17 70 09 C4 23 F0 00 00"))
    script.answers[ASK] = warm
    assert (await see(manual_clock, weather.read())).ambient_temp_c == 30.0


async def test_weather_that_no_lane_stands_in_is_no_value(weather: Any, script: Any, manual_clock: Any) -> None:
    script.answers[ASK] = wrap_rtu(1, bytes.fromhex("04 08 FF FF 09 C4 00 10 00 00"))
    assert await see(manual_clock, weather.read()) == AmbientReading(None, 50.0, None)
    script.answers[ASK] = wrap_rtu(1, b"\x04\x08" + b"\xff" * 8)
    with pytest.raises(WrongDeviceError):
        await see(manual_clock, weather.identify())


async def test_a_pulled_cable_is_felt_at_once(weather: Any, script: Any, manual_clock: Any) -> None:
    script.answers[ASK] = b""
    reading = asyncio.ensure_future(weather.read())
    await manual_clock.advance(0.05)
    script.near.unplug()
    await manual_clock.advance(0.001)
    with pytest.raises(PortLostError):
        await reading


# --- dynamometer ----------------------------------------------------------------------------------------------------


class Controller:
    """A controller over TCP by hand: answers what the example map asks, obeys, or is silent."""

    def __init__(self) -> None:
        self.state = 0
        self.written: list[bytes] = []
        self.obeys = True
        self.silent = False
        """It hears nothing either."""
        self.mute = False

    def reply(self, data: bytes) -> bytes:
        transaction, pdu = int.from_bytes(data[:2], "big"), data[7:]
        if self.silent:
            return b""
        if pdu[0] == 4:
            body = bytes.fromhex("42201EB8 44742000 412D999A 010F") + self.state.to_bytes(2, "big")
            return wrap_tcp(transaction, 1, bytes((4, len(body))) + body)
        self.written.append(pdu)
        if self.obeys and pdu[:3] == b"\x06\x00\x12":
            self.state = {0: 0, 1: 1, 2: 2}[pdu[4]]
        if self.mute:
            return b""
        return wrap_tcp(transaction, 1, pdu[:5])


@pytest.fixture
async def controller(script: Any) -> Controller:
    made = Controller()
    script.reply = made.reply
    return made


@pytest.fixture
async def dyno(script: Any, controller: Controller, manual_clock: Any) -> AsyncIterator[Any]:
    settings = ModbusDynoSettings(driver="generic-modbus-dyno", port="tcp://192.0.2.7:502", map="example-dyno")
    device = build_dyno("dyno", settings, script.near, manual_clock)
    assert isinstance(device, Dynamometer)
    await see(manual_clock, device.open())
    yield device
    controller.silent = False
    await see(manual_clock, device.close())


OFF, SPEED, FORCE = (bytes.fromhex(each) for each in ("0600120000", "0600120001", "0600120002"))
SPEED_70, SPEED_69_5 = bytes.fromhex("100014000204428C0000"), bytes.fromhex("100014000204428B0000")
SETPOINT = bytes.fromhex("1000100002044474") + b"\x20\x00"


async def test_opening_takes_the_load_off_first(dyno: Any, controller: Controller) -> None:
    assert controller.written == [OFF]
    assert (await dyno.identify()).model == "example dynamometer"
    assert (await dyno.identify()).firmware.startswith("map ")


async def test_the_looks_are_a_stream(dyno: Any, manual_clock: Any) -> None:
    first = dyno.latest()
    assert (first.speed_kmh, first.brake_force_n, first.duty_pct, first.state) == (40.03, 976.5, 27.1, "idle")
    await manual_clock.advance(0.2)
    assert dyno.latest().arrived_ms - first.arrived_ms >= 100


async def test_a_force_is_a_set_point_and_then_a_mode(dyno: Any, controller: Controller, manual_clock: Any) -> None:
    await see(manual_clock, dyno.hold_force(976.5))
    assert controller.written == [OFF, SETPOINT, FORCE]
    await manual_clock.advance(0.1)
    await see(manual_clock, dyno.hold_force(976.5))
    assert controller.written[3:] == [SETPOINT], "the mode is on already"
    await see(manual_clock, dyno.release())
    assert controller.written[-1] == OFF
    for wrong in (-1.0, float("nan"), 1e39):
        with pytest.raises(RefusedError):
            await see(manual_clock, dyno.hold_force(wrong))


async def test_a_speed_is_a_set_point_and_then_a_mode(dyno: Any, controller: Controller, manual_clock: Any) -> None:
    await see(manual_clock, dyno.hold_speed(70.0))
    assert controller.written == [OFF, SPEED_70, SPEED]
    await manual_clock.advance(0.1)
    assert dyno.latest().state == "constant_speed"
    await see(manual_clock, dyno.hold_speed(69.5))
    assert controller.written[3:] == [SPEED_69_5], "the mode is on already"
    await see(manual_clock, dyno.hold_force(976.5))
    await see(manual_clock, dyno.hold_speed(70.0))
    assert controller.written[4:] == [SETPOINT, FORCE, SPEED_70, SPEED]
    for wrong in (0.0, -1.0, float("nan"), float("inf"), 1e39):
        with pytest.raises(RefusedError, match="hold speed"):
            await see(manual_clock, dyno.hold_speed(wrong))
    assert controller.written[-1] == SPEED, "nothing impossible was written"


@pytest.mark.parametrize("kept", ["hold_force", "hold_speed"])
async def test_a_release_that_overtakes_a_set_point_keeps_the_mode_from_following(
    dyno: Any, controller: Controller, manual_clock: Any, kept: str
) -> None:
    controller.mute = True
    holding = asyncio.ensure_future(getattr(dyno, kept)(70.0))
    await manual_clock.advance(0.01)
    await dyno.release()
    assert controller.written[-1] == OFF, "at once: this line is not shared"
    await manual_clock.advance(0.01)
    controller.mute = False
    await see(manual_clock, holding)
    assert [pdu[:3].hex() for pdu in controller.written[1:]] == [
        "100010" if kept == "hold_force" else "100014",
        "060012",
    ]
    assert controller.written[-1] == OFF


@pytest.mark.parametrize(("kept", "mode"), [("hold_force", FORCE), ("hold_speed", SPEED)])
async def test_after_a_release_the_mode_is_written_again_whatever_the_last_look_said(
    dyno: Any, controller: Controller, manual_clock: Any, kept: str, mode: bytes
) -> None:
    await see(manual_clock, getattr(dyno, kept)(70.0))
    await manual_clock.advance(0.1)
    shown = dyno.latest().arrived_ms
    await dyno.release()
    await getattr(dyno, kept)(70.0)
    assert dyno.latest().arrived_ms == shown, "no look has come in between"
    assert controller.written[-3:][::2] == [OFF, mode]


async def test_a_map_without_a_speed_set_point_holds_no_speed(
    script: Any, controller: Controller, manual_clock: Any, tmp_path: Any
) -> None:
    lines = (files("config") / "maps" / "example-dyno.toml").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "old.toml").write_text("".join(line for line in lines if "speed_setpoint" not in line), "utf-8")
    table = {"driver": "generic-modbus-dyno", "port": "tcp://192.0.2.7:502", "map": "old.toml"}
    settings = ModbusDynoSettings.model_validate(table, context={"folder": tmp_path})
    old = build_dyno("dyno", settings, script.near, manual_clock)
    assert isinstance(old, Dynamometer)
    await see(manual_clock, old.open())
    with pytest.raises(RefusedError, match="speed_setpoint_kmh"):
        await old.hold_speed(70.0)
    assert controller.written == [OFF]
    await see(manual_clock, old.close())


@pytest.mark.parametrize("left_out", ["constant_speed = 1, ", "speed = 1, "])
def test_a_speed_set_point_without_its_words_is_refused(tmp_path: Any, left_out: str) -> None:
    text = (files("config") / "maps" / "example-dyno.toml").read_text("utf-8")
    wrong = (
        text.replace(left_out, "", 1) if left_out.startswith("c") else text.replace("off = 0, speed = 1,", "off = 0,")
    )
    assert wrong != text
    (tmp_path / "half.toml").write_text(wrong, "utf-8")
    table = {"driver": "generic-modbus-dyno", "port": "tcp://192.0.2.7:502", "map": "half.toml"}
    with pytest.raises(ValidationError, match="speed"):
        ModbusDynoSettings.model_validate(table, context={"folder": tmp_path})


async def test_a_stop_is_repeated_until_the_controller_obeys(
    dyno: Any, controller: Controller, manual_clock: Any
) -> None:
    await see(manual_clock, dyno.hold_force(500.0))
    controller.obeys = False
    await see(manual_clock, dyno.release())
    await manual_clock.advance(0.5)
    assert 3 <= controller.written.count(OFF) - 1 <= 6
    controller.obeys = True
    await manual_clock.advance(0.3)
    stopped = controller.written.count(OFF)
    await manual_clock.advance(0.5)
    assert controller.written.count(OFF) == stopped


async def test_silence_is_a_loss_after_half_a_second_and_one_lost_answer_is_none(
    dyno: Any, controller: Controller, manual_clock: Any
) -> None:
    controller.silent = True
    await manual_clock.advance(0.15)
    controller.silent = False
    await manual_clock.advance(0.15)
    assert manual_clock.now_ms() - dyno.latest().arrived_ms <= 300
    controller.silent = True
    await manual_clock.advance(0.55)
    with pytest.raises(NoReplyError):
        dyno.latest()
    controller.silent = False
    await manual_clock.advance(0.4)
    assert dyno.latest().speed_kmh == 40.03


async def test_a_hung_up_connection_is_a_lost_port(dyno: Any, script: Any, manual_clock: Any) -> None:
    script.near.unplug()
    await manual_clock.advance(0.1)
    with pytest.raises(PortLostError):
        dyno.latest()


async def test_a_state_without_a_word_is_garbled(dyno: Any, controller: Controller, manual_clock: Any) -> None:
    controller.state = 9
    await manual_clock.advance(0.7)
    with pytest.raises(GarbledReplyError, match="code 9"):
        dyno.latest()


async def test_the_lift_waits_for_standing_rollers(dyno: Any, manual_clock: Any) -> None:
    with pytest.raises(NotReadyError):
        await see(manual_clock, dyno.lift_up())


# --- lane I/O -------------------------------------------------------------------------------------------------------

INPUTS = wrap_rtu(1, bytes.fromhex("02 00 00 00 03"))
KICK, DROP = wrap_rtu(1, bytes.fromhex("050000FF00")), wrap_rtu(1, bytes.fromhex("0500000000"))
FAN = wrap_rtu(1, bytes.fromhex("050002FF00"))


@pytest.fixture
async def module(script: Any, manual_clock: Any) -> AsyncIterator[Any]:
    settings = ModbusIoSettings(driver="generic-modbus-io", port="/dev/lane/io", map="example-io")
    device = build_io("io", settings, script.near, manual_clock)
    assert isinstance(device, LaneIo)
    script.answers = {KICK: KICK, DROP: DROP, FAN: FAN, INPUTS: wrap_rtu(1, b"\x02\x01\x05")}
    await see(manual_clock, device.open())
    yield device
    await see(manual_clock, device.close())


async def test_the_module_is_opened_and_left_with_an_open_circuit(module: Any, script: Any, manual_clock: Any) -> None:
    assert script.heard == [DROP]
    await see(manual_clock, module.kick_watchdog())
    await see(manual_clock, module.close())
    assert script.heard == [DROP, KICK, DROP]


async def test_inputs_are_read_in_one_question_and_a_broken_estop_wire_counts_as_pressed(
    module: Any, script: Any, manual_clock: Any
) -> None:
    assert await see(manual_clock, module.read_inputs()) == IoReading(False, False, True)
    script.answers[INPUTS] = wrap_rtu(1, b"\x02\x01\x00")
    assert await see(manual_clock, module.read_inputs()) == IoReading(True, False, False)


async def test_only_outputs_of_the_map_are_switched(module: Any, script: Any, manual_clock: Any) -> None:
    assert module.outputs == {"lift", "fan"}
    await see(manual_clock, module.set_output("fan", on=True))
    assert script.heard[-1] == FAN
    for name in ("watchdog", "siren"):
        with pytest.raises(RefusedError):
            await see(manual_clock, module.set_output(name, on=True))


async def test_a_kick_that_is_not_confirmed_is_an_error(module: Any, script: Any, manual_clock: Any) -> None:
    script.answers[KICK] = DROP
    with pytest.raises(GarbledReplyError):
        await see(manual_clock, module.kick_watchdog())
    script.answers[KICK] = b""
    with pytest.raises(NoReplyError):
        await see(manual_clock, module.kick_watchdog())


# --- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["tcp://h", "tcp://h:0", "tcp://h:70000", "tcp:h:502", "tcp://a b:502", "tcp://h:5x"])
def test_a_tcp_port_is_written_in_one_way(port: str) -> None:
    with pytest.raises(ValidationError, match="tcp://host:502"):
        ModbusSettings(port=port)
    assert ModbusSettings(port="tcp://10.0.0.7:502").framing == "tcp"
    assert ModbusSettings(port="/dev/lane/dyno").framing == "rtu"


def test_a_map_beside_the_lane_file_is_found_and_a_wrong_one_named(tmp_path: Any) -> None:
    table = {"driver": "generic-modbus-io", "port": "/dev/lane/io", "map": "io.toml"}
    with pytest.raises(ValidationError, match=r"io\.toml cannot be read"):
        ModbusIoSettings.model_validate(table, context={"folder": tmp_path})
    (tmp_path / "io.toml").write_text('schema = "lanectl/register-map/1"\nrole = "lane_io"\n', "utf-8")
    with pytest.raises(ValidationError, match="watchdog_ms"):
        ModbusIoSettings.model_validate(table, context={"folder": tmp_path})
    with pytest.raises(ValidationError, match="cannot be read"):
        ModbusIoSettings.model_validate({**table, "map": "no-such"})


async def test_a_release_does_not_wait_for_a_controller_that_has_fallen_silent(
    dyno: Any, controller: Controller, script: Any, manual_clock: Any
) -> None:
    controller.silent = True
    await manual_clock.advance(0.3)
    heard = len(script.heard)
    await dyno.release()
    assert script.heard[heard][7:] == OFF, "written at once, without a moment passing"


# --- TCP ------------------------------------------------------------------------------------------------------------


async def test_a_tcp_port_carries_bytes_and_feels_when_the_other_end_goes() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            if data == b"go away":
                break
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        number = server.sockets[0].getsockname()[1]
        port = TcpPort("127.0.0.1", number, device="dyno")
        for _ in range(2):  # it can be opened again
            await port.open()
            await port.write(b"hello")
            assert await port.read() == b"hello"
            await port.write(b"go away")
            with pytest.raises(PortLostError, match="hung up"):
                await port.read()
            with pytest.raises(PortLostError):
                await port.write(b"x")
        reading = asyncio.ensure_future(_reopened(port))
        await asyncio.sleep(0.01)
        await port.close()
        with pytest.raises(PortLostError):
            await reading
    with pytest.raises(PortLostError):
        await port.open()
    with pytest.raises(PortLostError):
        await port.read()


async def _reopened(port: TcpPort) -> bytes:
    await port.open()
    return await port.read()
