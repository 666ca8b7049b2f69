"""The 503 analyzer, as transcripts: what goes over the wire, and what the lane gets for it."""

import asyncio
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError, PortLostError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.gas_analyzer.dialect_503 import Dialect503Analyzer, Nha506iSettings, build_506i
from drivers.readings import AnalyzerStatus
from drivers.roles import GasAnalyzer
from protocols.dialect_503 import NHA_506I, Data, encode_reply

GASES = Data(123.0, 0.45, 14.2, 0.8, 234.0, 2500.0, 85.0, 0, 0, 1.01)


def wire(data: Data) -> bytes:
    return encode_reply(NHA_506I, data)


@pytest.fixture
async def gas(script: Any, manual_clock: Any) -> Any:
    script.answers |= {b"\x26": b"\x00", b"\x06": b"\x06", b"\x01": wire(GASES)}
    settings = Nha506iSettings(driver="nanhua-nha-506i", port="/dev/lane/gas")
    analyzer = build_506i("gas", settings, script.near, manual_clock)
    assert isinstance(analyzer, GasAnalyzer)
    await analyzer.open()
    return analyzer


async def test_opening_asks_who_is_there_and_stops_the_pump(gas: Dialect503Analyzer, script: Any) -> None:
    assert script.heard == [b"\x26", b"\x26", b"\x06"]


async def test_a_warming_device_is_left_alone_and_tells_how_long(script: Any, manual_clock: Any) -> None:
    script.answers |= {b"\x26": b"\x02", b"\x27": b"\x01\x2c"}
    settings = Nha506iSettings(driver="nanhua-nha-506i", port="x")
    gas = build_506i("gas", settings, script.near, manual_clock)
    await gas.open()
    assert b"\x06" not in script.heard
    assert isinstance(gas, GasAnalyzer)
    assert await gas.status() == AnalyzerStatus("warming", 300)


async def test_gases_are_read_with_units_and_flags(gas: Any, script: Any) -> None:
    script.answers[b"\x01"] = wire(Data(-5.0, 0.45, 14.2, 0.8, 234.0, 2500.0, 85.0, 8888, 3, 1.01))
    reading = await gas.read()
    assert (reading.hc_ppm, reading.co_pct, reading.engine_rpm, reading.oil_temp_c) == (-5.0, 0.45, 2500.0, 85.0)
    assert reading.flags == {"low_flow", "o2_sensor_aged", "no_sensor_aged"}


async def test_what_no_sensor_can_mean_is_no_value(gas: Any, script: Any) -> None:
    script.answers[b"\x01"] = wire(Data(-256.0, 0.45, 14.2, 0.8, 30000.0, 2500.0, 850.0, 0, 0, 1.01))
    reading = await gas.read()
    assert (reading.hc_ppm, reading.no_ppm, reading.oil_temp_c) == (None, None, None)
    assert reading.co_pct == 0.45
    assert reading.flags == {"hc_ppm_out_of_range", "no_ppm_out_of_range", "oil_temp_c_out_of_range"}


async def test_all_words_ffff_are_no_values_but_one_alone_is_drift(gas: Any, script: Any) -> None:
    script.answers[b"\x01"] = wire(Data(-1.0, -0.01, -0.01, -0.01, -1.0, 800.0, 85.0, 0, 0, 0.0))
    nothing = await gas.read()
    assert (nothing.hc_ppm, nothing.co_pct, nothing.co2_pct, nothing.o2_pct, nothing.no_ppm) == (None,) * 5
    script.answers[b"\x01"] = wire(Data(-1.0, 0.0, 0.04, 20.9, 0.0, 800.0, 85.0, 0, 0, 0.0))
    assert (await gas.read()).hc_ppm == -1.0


async def test_an_oil_word_in_tenths_is_a_setting_of_this_model(script: Any, manual_clock: Any) -> None:
    script.answers |= {b"\x26": b"\x00", b"\x06": b"\x06"}
    script.answers[b"\x01"] = bytes.fromhex("06 00 7B 00 2D 05 8C 00 50 00 EA 09 C4 03 57 00 00 00 00 65 05")
    settings = Nha506iSettings(driver="nanhua-nha-506i", port="x", oil_temp_in_tenths=True)
    gas = build_506i("gas", settings, script.near, manual_clock)
    await gas.open()
    assert isinstance(gas, GasAnalyzer)
    assert (await gas.read()).oil_temp_c == 85.5


async def test_zero_is_polled_until_it_is_done(gas: Any, script: Any, manual_clock: Any) -> None:
    script.answers[b"\x08"] = [b"\x05", b"\x05", b"\x00"]
    zeroing = asyncio.create_task(gas.zero())
    await manual_clock.advance(5.0)
    await zeroing
    assert script.heard.count(b"\x08") == 3


async def test_a_failed_zero_is_refused_and_a_leak_is_an_answer(gas: Any, script: Any) -> None:
    script.answers |= {b"\x08": b"\x01", b"\x07": b"\x01"}
    with pytest.raises(RefusedError, match="setting zero failed"):
        await gas.zero()
    assert await gas.check_leak() is False
    script.answers[b"\x07"] = b"\x00"
    assert await gas.check_leak() is True


async def test_work_without_end_is_named(gas: Any, script: Any, manual_clock: Any) -> None:
    script.answers[b"\x07"] = b"\x05"
    leak = asyncio.create_task(gas.check_leak())
    await manual_clock.advance(200.0)
    with pytest.raises(NotReadyError, match="still running after 180 s"):
        await leak


async def test_a_refusal_is_a_refusal(gas: Any, script: Any) -> None:
    script.answers[b"\x23"] = b"\x15"
    with pytest.raises(RefusedError, match="gas: draw sample"):
        await gas.draw_sample()


async def test_a_bit_flip_is_asked_again(gas: Any, script: Any, manual_clock: Any) -> None:
    good = wire(GASES)
    script.answers[b"\x01"] = [good[:3] + b"\x01" + good[4:], good]
    reading = asyncio.create_task(gas.read())
    await manual_clock.advance(1.5)
    assert (await reading).co_pct == 0.45


@pytest.mark.parametrize(
    ("answer", "error"), [(b"", NoReplyError), (wire(GASES)[:-1], GarbledReplyError), (b"U" * 40, GarbledReplyError)]
)
async def test_wire_faults_end_in_named_errors(
    gas: Any, script: Any, manual_clock: Any, answer: bytes, error: type[Exception]
) -> None:
    script.answers[b"\x01"] = answer
    reading = asyncio.create_task(gas.read())
    await manual_clock.advance(3.0)
    with pytest.raises(error):
        await reading


async def test_a_device_that_does_not_speak_the_dialect_is_the_wrong_one(script: Any, manual_clock: Any) -> None:
    script.answers[b"\x26"] = b"?\r"
    gas = Dialect503Analyzer(NHA_506I, Exchange("gas", script.near, manual_clock), manual_clock)
    opening = asyncio.create_task(gas.open())
    await manual_clock.advance(3.0)
    with pytest.raises(WrongDeviceError):
        await opening


async def test_closing_stops_the_pump_and_survives_a_pulled_cable(gas: Any, script: Any) -> None:
    script.heard.clear()
    await gas.close()
    assert script.heard == [b"\x06"]
    script.near.unplug()
    await gas.close()
    with pytest.raises(PortLostError):
        await gas.read()
