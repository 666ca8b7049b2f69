"""The NOx analyzers, as transcripts: what goes over the wire, and what the lane gets for it."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError, PortLostError, RefusedError, WrongDeviceError
from drivers.nox_analyzer.mqw_510x import (
    Mqw5101,
    Mqw5101Settings,
    Mqw5102,
    Mqw5102Settings,
    build_5101,
    build_5102,
)
from drivers.readings import AmbientReading, AnalyzerStatus, NoxReading
from drivers.roles import NoxAnalyzer
from protocols.mqw_510x import MQW_5101, MQW_5102, DataAndStatus, Status, encode_reply
from protocols.values_mqw_510x import Data5101, Data5102

SAMPLE, AIR, PURGE = bytes.fromhex("05 10 03 E8"), bytes.fromhex("05 11 03 E7"), bytes.fromhex("05 12 03 E6")
STOP, LEAK, ZERO = bytes.fromhex("05 16 03 E2"), bytes.fromhex("05 1A 03 DE"), bytes.fromhex("05 21 03 D7")
STATUS_1, DATA_1, BOTH_1 = bytes.fromhex("05 31 03 C7"), bytes.fromhex("05 30 03 C8"), bytes.fromhex("05 32 03 C6")
STATUS_2, DATA_2 = bytes.fromhex("05 61 03 97"), bytes.fromhex("05 30 05 02 01 C3")
REST_2 = bytes.fromhex("06 61 0A 00 00 00 00 00 00 00 8F")
WARM_2 = bytes.fromhex("06 61 0A 01 00 00 00 00 00 00 8E")
GAS_2 = bytes.fromhex("06 30 17 02 01 03 D5 03 5E 09 CE 01 9C 03 52 05 F0 05 FA 00 26 4B 00 49")


def taken(request: bytes) -> bytes:
    body = bytes([0x06, request[1], 0x03])
    return body + bytes([-sum(body) & 0xFF])


def refused(request: bytes) -> bytes:
    body = bytes([0x15, request[1], 0x03])
    return body + bytes([-sum(body) & 0xFF])


TAKEN = {order: taken(order) for order in (SAMPLE, AIR, PURGE, STOP, LEAK, ZERO)}


def status(*words: str) -> bytes:
    return encode_reply(MQW_5101, MQW_5101.status(*words))


def gas_1(*words: str, no: float = 412.0, air: tuple[float, float, float] = (25.1, 55.0, 101.01)) -> bytes:
    data = Data5101(no, *air, 86.2, 98.1, 2510.0, 15.2, 15.3, 0.38, 45.0, 75.0)
    return encode_reply(MQW_5101, DataAndStatus(data, MQW_5101.status(*words)))


def weather(*air: float) -> bytes:
    data = Data5101(0.0, air[0], air[1], air[2], 20.0, 98.1, 0.0, 0.0, 0.0, 0.0, 45.0, 75.0)
    return encode_reply(MQW_5101, data)


def gas_2(no: float, co2: float, rpm: float = 2510.0, oil: float = 86.2) -> bytes:
    return encode_reply(MQW_5102, Data5102(98.1, oil, rpm, no, co2, 15.2, 15.3, 0.38, 75.0))


@pytest.fixture
async def older(script: Any, manual_clock: Any) -> Mqw5101:
    script.answers |= TAKEN | {STATUS_1: status(), BOTH_1: gas_1("pumping_sample"), DATA_1: weather(25.1, 55.0, 101.01)}
    settings = Mqw5101Settings(driver="mingquan-mqw-5101", port="/dev/lane/nox", measures="no")
    made = build_5101("nox", settings, script.near, manual_clock)
    assert isinstance(made, NoxAnalyzer)
    assert isinstance(made, Mqw5101)
    await made.open()
    return made


@pytest.fixture
async def newer(script: Any, manual_clock: Any) -> Mqw5102:
    script.answers |= TAKEN | {STATUS_2: REST_2, DATA_2: GAS_2}
    settings = Mqw5102Settings(driver="mingquan-mqw-5102", port="/dev/lane/nox", measures="nox")
    made = build_5102("nox", settings, script.near, manual_clock)
    assert isinstance(made, NoxAnalyzer)
    assert isinstance(made, Mqw5102)
    await made.open()
    return made


async def test_opening_asks_who_is_there_and_stops_the_pump(newer: Mqw5102, script: Any) -> None:
    assert script.heard == [STATUS_2, STATUS_2, STOP]


async def test_nox_and_carbon_dioxide_are_read_as_the_device_says_them(newer: Mqw5102, script: Any) -> None:
    assert await newer.read() == NoxReading(412.0, None, None, 8.5, 2510.0, 86.2, frozenset())
    assert newer.channels == {"nox_ppm", "co2_pct"}
    assert script.heard[-2:] == [STATUS_2, DATA_2]


async def test_a_unit_without_converter_gives_no_and_never_nox(script: Any, manual_clock: Any) -> None:
    script.answers |= TAKEN | {STATUS_2: REST_2, DATA_2: GAS_2}
    settings = Mqw5102Settings(driver="mingquan-mqw-5102", port="x", measures="no")
    device = build_5102("nox", settings, script.near, manual_clock)
    await device.open()
    assert isinstance(device, NoxAnalyzer)
    reading = await device.read()
    assert (reading.nox_ppm, reading.no_ppm, reading.no2_ppm) == (None, 412.0, None)
    assert device.channels == {"no_ppm", "co2_pct"}


def test_what_a_unit_measures_is_said_and_never_assumed() -> None:
    for wrong in ({}, {"measures": "NOx"}, {"measures": None}):
        with pytest.raises(ValidationError):
            Mqw5102Settings.model_validate({"driver": "mingquan-mqw-5102", "port": "x", **wrong})


async def test_the_older_model_has_no_carbon_dioxide(older: Mqw5101) -> None:
    assert await older.read() == NoxReading(None, 412.0, None, None, 2510.0, 86.2, frozenset())
    assert older.channels == {"no_ppm"}


async def test_low_flow_is_told_with_each_reading(older: Mqw5101, script: Any) -> None:
    script.answers[BOTH_1] = gas_1("pumping_sample", "low_flow", "leak_tight")
    assert (await older.read()).flags == {"low_flow"}


async def test_a_little_drift_below_zero_is_a_value_and_nonsense_is_none(newer: Mqw5102, script: Any) -> None:
    script.answers[DATA_2] = gas_2(-2.0, -0.01)
    reading = await newer.read()
    assert (reading.nox_ppm, reading.co2_pct, reading.flags) == (-2.0, -0.01, frozenset())
    script.answers[DATA_2] = gas_2(-256.0, 40.0, rpm=-5.0, oil=900.0)
    reading = await newer.read()
    assert (reading.nox_ppm, reading.co2_pct, reading.engine_rpm, reading.oil_temp_c) == (None,) * 4
    assert reading.flags == {f"{name}_out_of_range" for name in ("nox_ppm", "co2_pct", "engine_rpm", "oil_temp_c")}


async def test_weather_comes_from_the_model_that_has_it(older: Mqw5101, script: Any) -> None:
    assert await older.read_ambient() == AmbientReading(25.1, 55.0, 101.01)
    script.answers[DATA_1] = weather(-300.0, 120.0, 9.0)
    assert await older.read_ambient() == AmbientReading(None, None, None)


async def test_a_model_without_weather_is_not_asked_for_it(newer: Mqw5102, script: Any) -> None:
    heard = len(script.heard)
    assert await newer.read_ambient() == AmbientReading(None, None, None)
    assert len(script.heard) == heard


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ((), "ready"),
        (("warming", "pumping_sample"), "warming"),
        (("zeroing", "busy"), "zeroing"),
        (("leak_check", "busy"), "leak_check"),
        (("purging",), "busy"),
        (("background_test", "pumping_ambient"), "busy"),
        (("pumping_sample", "low_flow"), "measuring"),
        (("busy",), "busy"),
    ],
)
async def test_the_status_has_one_state(older: Mqw5101, script: Any, words: tuple[str, ...], state: str) -> None:
    script.answers[STATUS_1] = status(*words)
    assert await older.status() == AnalyzerStatus(state)


async def test_of_the_newer_status_only_the_warm_up_is_read(newer: Mqw5102, script: Any) -> None:
    script.answers[STATUS_2] = encode_reply(MQW_5102, Status(bytes.fromhex("D2 80 07 00 00 00 00")))
    assert await newer.status() == AnalyzerStatus("ready")
    script.answers[STATUS_2] = WARM_2
    assert await newer.status() == AnalyzerStatus("warming")


@pytest.mark.parametrize("word", ["warming", "zeroing", "leak_check"])
async def test_what_the_cell_shows_meanwhile_is_no_exhaust(older: Mqw5101, script: Any, word: str) -> None:
    script.answers[BOTH_1] = gas_1(word)
    with pytest.raises(NotReadyError, match=word):
        await older.read()


async def test_after_a_loss_of_power_the_newer_model_gives_no_values(newer: Mqw5102, script: Any) -> None:
    script.answers[STATUS_2] = WARM_2
    with pytest.raises(NotReadyError, match="warming"):
        await newer.read()


@pytest.mark.parametrize(
    ("verb", "order"), [("draw_sample", SAMPLE), ("draw_ambient", AIR), ("purge", PURGE), ("stop_pump", STOP)]
)
async def test_each_verb_is_one_order(newer: Mqw5102, script: Any, verb: str, order: bytes) -> None:
    script.heard.clear()
    await getattr(newer, verb)()
    assert script.heard == [order]


async def test_a_refusal_is_explained_by_the_state_or_stays_one(older: Mqw5101, script: Any) -> None:
    script.answers[SAMPLE] = refused(SAMPLE)
    with pytest.raises(RefusedError, match="answered 15"):
        await older.draw_sample()
    script.answers[STATUS_1] = status("zeroing")
    with pytest.raises(NotReadyError, match="zeroing"):
        await older.draw_sample()


async def test_a_warming_device_is_left_alone(script: Any, manual_clock: Any) -> None:
    script.answers |= {STATUS_2: WARM_2}
    settings = Mqw5102Settings(driver="mingquan-mqw-5102", port="x", measures="nox")
    await build_5102("nox", settings, script.near, manual_clock).open()
    assert script.heard == [STATUS_2, STATUS_2]


# --- work that lasts --------------------------------------------------------------------------------------------


async def finish(work: Any, manual_clock: Any, seconds: float = 200.0) -> Any:
    task = asyncio.create_task(work)
    await manual_clock.advance(seconds)
    return await task


async def test_zero_is_done_when_the_status_says_so(older: Mqw5101, script: Any, manual_clock: Any) -> None:
    script.answers[STATUS_1] = [status(), status("zeroing", "busy"), status("busy"), status()]
    script.heard.clear()
    await finish(older.zero(), manual_clock)
    assert script.heard == [ZERO, STATUS_1, STATUS_1, STATUS_1, STATUS_1]


async def test_the_result_of_a_leak_check_is_the_new_one(older: Mqw5101, script: Any, manual_clock: Any) -> None:
    running = status("leak_check", "busy")
    for words, tight in (((), False), (("leak_tight",), True)):
        script.answers[STATUS_1] = [status("leak_tight"), running, running, status(*words)]
        assert await finish(older.check_leak(), manual_clock) is tight


async def test_work_that_never_begins_has_no_result(older: Mqw5101, script: Any, manual_clock: Any) -> None:
    script.answers[STATUS_1] = status("leak_tight")
    with pytest.raises(RefusedError, match="not begun within 5 s"):
        await finish(older.check_leak(), manual_clock)


async def test_work_without_end_is_named(older: Mqw5101, script: Any, manual_clock: Any) -> None:
    script.answers[STATUS_1] = status("zeroing")
    with pytest.raises(NotReadyError, match="still at it after 60 s"):
        await finish(older.zero(), manual_clock)


async def test_the_newer_model_is_at_zero_when_it_is_at_rest_again(
    newer: Mqw5102, script: Any, manual_clock: Any
) -> None:
    at_work = encode_reply(MQW_5102, Status(bytes.fromhex("40 80 00 00 00 00 00")))
    script.answers[STATUS_2] = [REST_2, *[at_work] * 30, *[REST_2] * 3]
    script.heard.clear()
    started_ms = manual_clock.now_ms()
    zeroing = asyncio.create_task(newer.zero())
    await manual_clock.advance(14.0)
    assert not zeroing.done()
    await manual_clock.advance(2.0)
    await zeroing
    assert script.heard[:3] == [STOP, STATUS_2, ZERO]
    assert manual_clock.now_ms() - started_ms == 16_000


async def test_a_status_that_tells_nothing_is_not_believed_too_soon(
    newer: Mqw5102, script: Any, manual_clock: Any
) -> None:
    zeroing = asyncio.create_task(newer.zero())
    await manual_clock.advance(9.0)
    assert not zeroing.done()
    await manual_clock.advance(2.0)
    await zeroing


async def test_a_newer_model_that_never_rests_again_is_named(newer: Mqw5102, script: Any, manual_clock: Any) -> None:
    at_work = encode_reply(MQW_5102, Status(bytes.fromhex("00 80 00 00 00 00 00")))
    script.answers[STATUS_2] = [REST_2, *[at_work] * 200]
    with pytest.raises(NotReadyError, match="still at it"):
        await finish(newer.zero(), manual_clock)


async def test_a_leak_check_whose_result_nobody_knows_is_refused(newer: Mqw5102, script: Any) -> None:
    script.heard.clear()
    with pytest.raises(RefusedError, match="own display"):
        await newer.check_leak()
    assert script.heard == []


# --- the wire ---------------------------------------------------------------------------------------------------


async def test_a_bit_flip_is_asked_again(newer: Mqw5102, script: Any, manual_clock: Any) -> None:
    script.answers[DATA_2] = [GAS_2[:12] + b"\x9d" + GAS_2[13:], GAS_2]
    assert (await finish(newer.read(), manual_clock, 3.0)).nox_ppm == 412.0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", NoReplyError),
        (GAS_2[:-1], GarbledReplyError),
        (b"\x15", GarbledReplyError),
        (GAS_2 + GAS_2, GarbledReplyError),
        (b"U" * 40, GarbledReplyError),
        (REST_2, GarbledReplyError),
        (refused(DATA_2), RefusedError),
    ],
)
async def test_wire_faults_end_in_named_errors(
    newer: Mqw5102, script: Any, manual_clock: Any, answer: bytes, error: type[Exception]
) -> None:
    script.answers[DATA_2] = answer
    with pytest.raises(error):
        await finish(newer.read(), manual_clock, 6.0)


async def test_a_late_answer_is_never_taken_for_the_next_one(newer: Mqw5102, script: Any, manual_clock: Any) -> None:
    script.answers[DATA_2] = b""
    with pytest.raises(NoReplyError):
        await finish(newer.read(), manual_clock, 4.0)
    script.say(gas_2(1999.0, 9.9))
    script.answers[DATA_2] = gas_2(7.0, 0.04)
    assert (await finish(newer.read(), manual_clock, 4.0)).nox_ppm == 7.0


@pytest.mark.parametrize("answer", [refused(STATUS_2), b"?\r", taken(ZERO)])
async def test_a_device_that_answers_otherwise_is_the_wrong_one(script: Any, manual_clock: Any, answer: bytes) -> None:
    script.answers[STATUS_2] = answer
    settings = Mqw5102Settings(driver="mingquan-mqw-5102", port="x", measures="nox")
    device = build_5102("nox", settings, script.near, manual_clock)
    with pytest.raises(WrongDeviceError, match="MQW-5102"):
        await finish(device.open(), manual_clock, 4.0)


async def test_a_pulled_cable_is_felt_at_once(newer: Mqw5102, script: Any) -> None:
    script.near.unplug()
    with pytest.raises(PortLostError):
        await newer.read()
    await newer.close()
    await newer.close()
