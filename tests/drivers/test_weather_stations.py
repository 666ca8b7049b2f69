"""Weather stations as transcripts, each by its own wire: silence, damage, late answers, refusals, pulled cables."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from drivers.errors import (
    DeviceError,
    GarbledReplyError,
    NoReplyError,
    PortLostError,
    RefusedError,
    WrongDeviceError,
)
from drivers.readings import AmbientReading
from drivers.registry import DRIVERS
from drivers.roles import WeatherStation
from protocols import fth2, nt_frame, para_nanhua, xce_text
from protocols.modbus import wrap_rtu
from protocols.weather import Weather
from protocols.weather_registers import DWSP_T5, encode_registers
from tests.drivers.conftest import built

MILD = Weather(25.3, 55.3, 101.3)
ABSURD = Weather(400.0, 400.0, 400.0)


def dwsp(weather: Weather) -> bytes:
    words = b"".join(word.to_bytes(2, "big") for word in encode_registers(DWSP_T5, weather))
    return wrap_rtu(1, bytes((4, len(words))) + words)


def fth(weather: Weather) -> bytes:
    return nt_frame.encode(fth2.frame_of(fth2.Reading(0, weather)))


def para(weather: Weather) -> bytes:
    return para_nanhua.encode_reply(para_nanhua.Reading(weather, 85.0, 850.0))


@dataclass(frozen=True)
class Asked:
    """A station that answers when asked: the golden question and answer, and how it says other things."""

    question: str
    answer: str
    say: Any
    refusal: str | None
    timeout_s: float
    foreign: bytes
    """A sound frame that answers something else."""


ASKED = {
    "dwsp-t5": Asked(
        "01 04 00 00 00 03 B0 0B", "01 04 06 27 92 00 FD 02 29 8E D7", dwsp, "01 84 02 C2 C1", 0.3,
        wrap_rtu(2, bytes.fromhex("04 06 27 92 00 FD 02 29")),
    ),
    "fuli-fth-2": Asked(
        "4E 54 33 33 53 03 01 01 FA", "4E 54 33 33 41 0D 01 01 00 00 00 FD 02 29 03 F5 00 00 D0", fth,
        "4E 54 33 33 45 04 01 01 01 F8", 0.5, bytes.fromhex("4E 54 30 FF 41 07 01 80 09 B0 00 00 BE"),
    ),
    "xincheng-xce-100": Asked(
        "57 0A", "54 32 35 2E 33 48 35 35 2E 33 50 31 30 31 2E 33 45", xce_text.encode, None, 1.0, b"BDZB",
    ),
    "nanhua-para": Asked(
        "02 41 03",
        "02 41 17 30 30 17 06 17 32 35 17 30 35 35 33 17 30 35 35 33 17 31 30 31 33 17 31 31 35 30 17 30 38 35 30 17"
        " 44 30 03",
        para, "02 41 17 30 30 17 15 17 30 32 17 31 17 42 43 03", 0.5, para_nanhua.encode_reply(
            para_nanhua.Reading(MILD)
        ),
    ),
}  # fmt: skip


@pytest.fixture(params=ASKED)
def device(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def asked(device: str) -> Asked:
    return ASKED[device]


@pytest.fixture
async def weather(device: str, asked: Asked, script: Any, manual_clock: Any) -> AsyncIterator[Any]:
    station = built(WeatherStation, "weather", device, script, manual_clock)
    script.answers[bytes.fromhex(asked.question)] = bytes.fromhex(asked.answer)
    await station.open()
    yield station
    await station.close()


async def test_the_weather_is_read_with_the_golden_question(weather: Any, asked: Asked, script: Any, see: Any) -> None:
    assert await see(weather.read()) == AmbientReading(25.3, 55.3, 101.3)
    await see(weather.identify())
    assert set(script.heard) == {bytes.fromhex(asked.question)}


async def test_a_lost_answer_is_asked_again_once(weather: Any, asked: Asked, script: Any, see: Any) -> None:
    question, answer = bytes.fromhex(asked.question), bytes.fromhex(asked.answer)
    script.answers[question] = [b"", answer]
    assert await see(weather.read()) == AmbientReading(25.3, 55.3, 101.3)
    assert script.heard == [question, question]


@pytest.mark.parametrize("fault", ["silence", "cut", "damaged", "foreign", "twice", "noise"])
async def test_what_is_no_answer_has_a_name(
    weather: Any, asked: Asked, script: Any, see: Any, manual_clock: Any, fault: str
) -> None:
    answer = bytes.fromhex(asked.answer)
    said = {
        "silence": b"", "cut": answer[:-2], "damaged": answer[:-1] + bytes([answer[-1] ^ 1]),
        "foreign": asked.foreign, "twice": answer * 2, "noise": b"U" * 60,
    }  # fmt: skip
    script.answers[bytes.fromhex(asked.question)] = said[fault]
    started_ms = manual_clock.now_ms()
    with pytest.raises(NoReplyError if fault == "silence" else GarbledReplyError):
        await see(weather.read())
    assert manual_clock.now_ms() - started_ms <= 2000 * asked.timeout_s + 300


@pytest.mark.parametrize("device", [name for name, each in ASKED.items() if each.refusal], indirect=True)
async def test_a_refusal_is_one(weather: Any, asked: Asked, script: Any, see: Any) -> None:
    assert asked.refusal
    script.answers[bytes.fromhex(asked.question)] = bytes.fromhex(asked.refusal)
    with pytest.raises(RefusedError, match="weather: read the weather"):
        await see(weather.read())


async def test_a_late_answer_does_not_answer_the_next_question(
    weather: Any, asked: Asked, script: Any, see: Any
) -> None:
    question = bytes.fromhex(asked.question)
    script.answers[question] = b""
    with pytest.raises(NoReplyError):
        await see(weather.read())
    script.say(bytes.fromhex(asked.answer))
    script.answers[question] = asked.say(Weather(31.0, 40.0, 99.5))
    assert await see(weather.read()) == AmbientReading(31.0, 40.0, 99.5)


async def test_weather_that_no_lane_stands_in_is_no_value(weather: Any, asked: Asked, script: Any, see: Any) -> None:
    question = bytes.fromhex(asked.question)
    script.answers[question] = asked.say(Weather(80.0, 50.0, 30.0))
    assert await see(weather.read()) == AmbientReading(None, 50.0, None)
    script.answers[question] = asked.say(ABSURD)
    with pytest.raises(WrongDeviceError, match="all implausible"):
        await see(weather.identify())


async def test_a_pulled_cable_is_felt_at_once(weather: Any, asked: Asked, script: Any, manual_clock: Any) -> None:
    script.answers[bytes.fromhex(asked.question)] = b""
    reading = asyncio.ensure_future(weather.read())
    await manual_clock.advance(0.05)
    script.near.unplug()
    await manual_clock.advance(0.001)
    with pytest.raises(PortLostError):
        await reading


# --- the one that speaks by itself ------------------------------------------------------------------------------


@pytest.fixture
async def speaking(script: Any, manual_clock: Any, see: Any) -> AsyncIterator[Any]:
    station = built(WeatherStation, "weather", "xincheng-xce-101", script, manual_clock)
    opening = asyncio.ensure_future(station.open())
    await manual_clock.advance(0.1)
    script.say(b"3E" + xce_text.encode(MILD))
    await see(opening)
    yield station
    await station.close()


async def test_the_last_thing_said_is_the_weather(speaking: Any, script: Any, manual_clock: Any) -> None:
    assert await speaking.read() == AmbientReading(25.3, 55.3, 101.3)
    script.say(xce_text.encode(Weather(26.0, 54.0, 101.2))[:9])
    await manual_clock.settle()
    assert (await speaking.read()).ambient_temp_c == 25.3
    script.say(xce_text.encode(Weather(26.0, 54.0, 101.2))[9:])
    await manual_clock.settle()
    assert await speaking.read() == AmbientReading(26.0, 54.0, 101.2)
    await speaking.identify()
    assert script.heard == [], "nothing is ever sent to it"


async def test_silence_and_noise_of_a_speaking_station_have_names(
    speaking: Any, script: Any, manual_clock: Any
) -> None:
    await manual_clock.advance(2.1)
    with pytest.raises(NoReplyError, match="silence for 2"):
        await speaking.read()
    script.say(b"T25.3H55.3Q")
    await manual_clock.settle()
    with pytest.raises(GarbledReplyError, match="no reading"):
        await speaking.read()
    script.near.unplug()
    await manual_clock.settle()
    with pytest.raises(PortLostError):
        await speaking.read()


@pytest.mark.parametrize(("said", "error"), [(b"", NoReplyError), (b"0850\r" * 9, WrongDeviceError)])
async def test_a_silent_or_foreign_device_is_named_when_it_is_opened(
    script: Any, manual_clock: Any, see: Any, said: bytes, error: type[DeviceError]
) -> None:
    info = DRIVERS["xincheng-xce-101"]
    settings = info.settings.model_validate({"driver": info.id, "port": "x"})
    opening = asyncio.ensure_future(info.build("weather", settings, script.near, manual_clock).open())
    await manual_clock.advance(0.1)
    script.say(said)
    with pytest.raises(error):
        await see(opening)


# --- against the simulated lane ---------------------------------------------------------------------------------

STATIONS = ("rz-1", *ASKED, "xincheng-xce-101")


@pytest.fixture(params=STATIONS)
async def rig(request: pytest.FixtureRequest, new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig(request.param)
    await made.see(made.devices["weather"].open())
    yield made
    await made.see(made.devices["weather"].close())


async def test_each_station_tells_of_the_air_of_the_simulated_hall(rig: Any) -> None:
    weather, air = rig.devices["weather"], rig.lane.weather_face.air
    air.temp_c, air.humidity_pct, air.pressure_kpa = 31.5, 62.4, 99.7
    await rig.wait(0.5)
    reading = await rig.see(weather.read())
    told = (reading.ambient_temp_c, reading.humidity_pct, reading.pressure_kpa)
    assert told == pytest.approx((31.5, 62.4, 99.7), abs=0.02)
    rig.lane.fault("weather", "broken_sensor")
    await rig.wait(0.5)
    assert await rig.see(weather.read()) == AmbientReading(None, None, None)
    with pytest.raises(WrongDeviceError):
        await rig.see(weather.identify())


async def test_a_pulled_adapter_of_a_station_is_felt_and_it_comes_back(rig: Any) -> None:
    weather = rig.devices["weather"]
    await rig.pull_and_put_back("weather")
    assert (await rig.see(weather.read())).humidity_pct == 50.0


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_wire_faults_end_in_named_errors_or_readings(rig: Any, kind: str) -> None:
    weather, ends_seen = rig.devices["weather"], set()
    rig.lane.fault("weather", kind)
    for _ in range(4):
        await rig.wait(0.7)
        try:
            await rig.see(weather.read())
            ends_seen.add("reading")
        except DeviceError as error:
            ends_seen.add(error.code)
    assert ends_seen <= {"reading", "no_reply", "garbled_reply"}
    if kind in ("silence", "truncation"):
        assert ends_seen & {"no_reply", "garbled_reply"}
    rig.lane.clear()
    await rig.wait(3.0)
    assert (await rig.see(weather.read())).humidity_pct == 50.0


def test_a_simulated_station_that_speaks_can_be_calibrated(new_rig: Any) -> None:
    lane = new_rig("xincheng-xce-101").lane
    wire = lane.wires["weather"]
    wire.receive(b"B 270T")
    assert wire.take() == b"BDSB", "not without being told that a calibration begins"
    wire.receive(b"KB 270T")
    assert wire.take() == b"BDZBBDCG"
    for _ in range(10):
        lane.step()
    assert xce_text.decode(wire.take()) == Weather(27.0, 50.0, 100.8)


def test_a_simulated_station_refuses_what_it_does_not_know_and_forgets_half_a_request(new_rig: Any) -> None:
    lane = new_rig("fuli-fth-2").lane
    wire = lane.wires["weather"]
    wire.receive(nt_frame.encode(nt_frame.NtFrame(b"33", b"S", 0x0109)))
    assert wire.take()[4:5] == b"E"
    wire.receive(bytes.fromhex(ASKED["fuli-fth-2"].question)[:7])
    for _ in range(10):
        lane.step()
    wire.receive(bytes.fromhex(ASKED["fuli-fth-2"].question))
    assert len(wire.take()) == 19
