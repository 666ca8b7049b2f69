"""The opacimeter, as transcripts: what goes over the wire, and what the lane gets for it."""

import asyncio
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError, PortLostError, RefusedError, WrongDeviceError
from drivers.opacimeter.meter import DialectOpacimeter
from drivers.opacimeter.nht import Nht1lSettings, Nht6Settings, build_1l, build_6
from drivers.readings import AnalyzerStatus, OpacityMaxima, OpacityReading
from drivers.roles import Opacimeter
from protocols.nht import NHT_6, encode_reply
from protocols.smoke import Maxima, Smoke, State

STATE, REAL_TIME, READ = bytes.fromhex("A1 5F"), bytes.fromhex("A0 01 5F"), bytes.fromhex("A5 5B")
MAXIMA, CLEAR, ZERO = bytes.fromhex("A6 5A"), bytes.fromhex("A7 59"), bytes.fromhex("A4 5C")
TAKEN = {REAL_TIME: bytes.fromhex("A0 60"), CLEAR: CLEAR, ZERO: ZERO}
BUSY, WARMING = b"\x15\x02", b"\x15\x01"
SMOKE = bytes.fromhex("A5 01 60 00 65 09 B0 01 66 75")


def state(name: str) -> bytes:
    return encode_reply(NHT_6, State(name))


def smoke(n: float, k: float, rpm: float = 800.0, oil: float | None = 85.0) -> bytes:
    return encode_reply(NHT_6, Smoke(n, k, rpm, oil))


@pytest.fixture
async def opacity(script: Any, manual_clock: Any) -> DialectOpacimeter:
    script.answers |= TAKEN | {STATE: state("menu"), READ: SMOKE}
    settings = Nht6Settings(driver="nanhua-nht-6", port="/dev/lane/opacity")
    made = build_6("opacity", settings, script.near, manual_clock)
    assert isinstance(made, Opacimeter)
    assert isinstance(made, DialectOpacimeter)
    await made.open()
    return made


async def test_opening_asks_who_is_there_and_lets_it_measure(opacity: DialectOpacimeter, script: Any) -> None:
    assert script.heard == [STATE, STATE, REAL_TIME]


async def test_smoke_is_read_as_the_device_says_it(opacity: DialectOpacimeter) -> None:
    assert await opacity.read() == OpacityReading(35.2, 1.01, 2480.0, 85.0, None, frozenset())


async def test_without_an_oil_probe_there_is_no_temperature(opacity: DialectOpacimeter, script: Any) -> None:
    script.answers[READ] = smoke(0.3, 0.01, oil=None)
    reading = await opacity.read()
    assert reading.oil_temp_c is None
    assert reading.flags == {"no_oil_probe"}


async def test_a_little_drift_below_zero_is_a_value_and_nonsense_is_none(
    opacity: DialectOpacimeter, script: Any
) -> None:
    script.answers[READ] = smoke(-0.4, -0.01)
    assert (await opacity.read()).opacity_n_pct == -0.4
    script.answers[READ] = smoke(163.0, 99.0, 65000.0, 900.0)
    reading = await opacity.read()
    assert (reading.opacity_n_pct, reading.opacity_k_per_m, reading.engine_rpm, reading.oil_temp_c) == (None,) * 4
    assert reading.flags == {
        "opacity_n_pct_out_of_range", "opacity_k_per_m_out_of_range", "engine_rpm_out_of_range",
        "oil_temp_c_out_of_range",
    }  # fmt: skip


async def test_maxima_are_cleared_and_read(opacity: DialectOpacimeter, script: Any) -> None:
    script.answers[MAXIMA] = encode_reply(NHT_6, Maxima(61.2, 2.2, 3650.0))
    await opacity.clear_maxima()
    assert await opacity.read_maxima() == OpacityMaxima(61.2, 2.2, 3650.0, frozenset())
    assert script.heard[-2:] == [CLEAR, MAXIMA]


async def test_zero_is_done_when_the_device_gives_values_again(
    opacity: DialectOpacimeter, script: Any, manual_clock: Any
) -> None:
    script.answers |= {STATE: [BUSY, BUSY, state("measuring")], READ: smoke(0.0, 0.0)}
    script.heard.clear()
    zeroing = asyncio.create_task(opacity.zero())
    await manual_clock.advance(1.2)
    await zeroing
    assert script.heard == [ZERO, STATE, STATE, STATE, READ]


async def test_a_model_with_a_state_for_it_is_asked_for_that_state(script: Any, manual_clock: Any) -> None:
    asks = bytes.fromhex("AD 53")
    script.answers |= TAKEN | {READ: SMOKE, asks: bytes.fromhex("AD 01 52")}
    opacity = build_1l("opacity", Nht1lSettings(driver="nanhua-nht-1l", port="x"), script.near, manual_clock)
    await opacity.open()
    assert isinstance(opacity, Opacimeter)
    script.answers[asks] = [bytes.fromhex("AD 02 51"), bytes.fromhex("AD 01 52")]
    zeroing = asyncio.create_task(opacity.zero())
    await manual_clock.advance(0.7)
    await zeroing
    assert script.heard.count(asks) == 4


async def test_zeroing_without_end_is_named(opacity: DialectOpacimeter, script: Any, manual_clock: Any) -> None:
    script.answers[STATE] = BUSY
    zeroing = asyncio.create_task(opacity.zero())
    await manual_clock.advance(40.0)
    with pytest.raises(NotReadyError, match="still at it after 30 s"):
        await zeroing


async def test_a_warming_device_is_left_alone_and_is_not_ready(script: Any, manual_clock: Any) -> None:
    script.answers |= {STATE: state("warming"), READ: WARMING, REAL_TIME: WARMING}
    opacity = build_6("opacity", Nht6Settings(driver="nanhua-nht-6", port="x"), script.near, manual_clock)
    await opacity.open()
    assert isinstance(opacity, Opacimeter)
    assert script.heard == [STATE, STATE]
    assert await opacity.status() == AnalyzerStatus("warming", None)
    with pytest.raises(NotReadyError, match="the device is warming"):
        await opacity.read()
    with pytest.raises(NotReadyError):
        await opacity.start_measuring()


async def test_a_refusal_that_the_state_does_not_explain_is_a_refusal(opacity: DialectOpacimeter, script: Any) -> None:
    script.answers[READ] = b"\x15\x07"
    with pytest.raises(RefusedError, match=r"said no \(07\)"):
        await opacity.read()


async def test_a_bit_flip_is_asked_again(opacity: DialectOpacimeter, script: Any, manual_clock: Any) -> None:
    script.answers[READ] = [SMOKE[:2] + b"\x61" + SMOKE[3:], SMOKE]
    reading = asyncio.create_task(opacity.read())
    await manual_clock.advance(0.4)
    assert (await reading).opacity_n_pct == 35.2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", NoReplyError),
        (SMOKE[:-1], GarbledReplyError),
        (b"\x15", GarbledReplyError),
        (SMOKE + SMOKE, GarbledReplyError),
        (b"U" * 40, GarbledReplyError),
        (encode_reply(NHT_6, Maxima(61.2, 2.2, 3650.0)), GarbledReplyError),
    ],
)
async def test_wire_faults_end_in_named_errors(
    opacity: DialectOpacimeter, script: Any, manual_clock: Any, answer: bytes, error: type[Exception]
) -> None:
    script.answers[READ] = answer
    reading = asyncio.create_task(opacity.read())
    await manual_clock.advance(2.0)
    with pytest.raises(error):
        await reading


async def test_a_late_answer_is_never_taken_for_the_next_one(
    opacity: DialectOpacimeter, script: Any, manual_clock: Any
) -> None:
    script.answers[READ] = b""
    missed = asyncio.create_task(opacity.read())
    await manual_clock.advance(1.0)
    with pytest.raises(NoReplyError):
        await missed
    script.say(smoke(99.0, 10.7))
    script.answers[READ] = smoke(1.0, 0.02)
    reading = asyncio.create_task(opacity.read())
    await manual_clock.advance(1.0)
    assert (await reading).opacity_n_pct == 1.0


async def test_a_device_that_does_not_speak_the_dialect_is_the_wrong_one(script: Any, manual_clock: Any) -> None:
    script.answers[STATE] = b"?\r"
    opacity = build_6("opacity", Nht6Settings(driver="nanhua-nht-6", port="x"), script.near, manual_clock)
    opening = asyncio.create_task(opacity.open())
    await manual_clock.advance(2.0)
    with pytest.raises(WrongDeviceError, match="NHT-6"):
        await opening


async def test_alarm_bits_are_told_as_they_are(opacity: DialectOpacimeter, script: Any) -> None:
    script.answers[bytes.fromhex("A3 5D")] = bytes.fromhex("A3 80 01 DC")
    assert await opacity.read_alarms() == 0x8001


async def test_a_pulled_cable_is_felt_at_once(opacity: DialectOpacimeter, script: Any) -> None:
    script.near.unplug()
    with pytest.raises(PortLostError):
        await opacity.read()
    await opacity.close()
    await opacity.close()
