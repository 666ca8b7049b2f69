"""Mingquan's petrol analyzers, as transcripts: what their status says of work, and when its result is believed."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NotReadyError, RefusedError
from drivers.gas_analyzer.mqw_50 import Mqw50, Mqw50aSettings, Mqw50bSettings, build_50a, build_50b
from drivers.readings import AmbientReading, AnalyzerStatus
from protocols import mqw_50
from protocols.errors import ValueRangeError
from protocols.gas import Action, Done, Gases, Pef, Refused
from protocols.weather import Weather

A, B = mqw_50.dialect(mqw_50.MQW_50A), mqw_50.dialect(mqw_50.MQW_50B)
LOOK = Gases(
    96.0, 0.41, 14.02, 0.88, 180.0, 2510.0, 86.2, 1.003,
    line_pressure_kpa=98.1, pef=0.512, weather=Weather(25.1, 55.0, 100.8),
)  # fmt: skip


def status(*words: str) -> bytes:
    return A.encode_reply(Action.READ_STATUS, mqw_50.status(*words))


STATUS = A.encode_request(Action.READ_STATUS)
AT_ZERO, AT_LEAK = status("zeroing", "busy"), status("leak_check", "busy")


async def finish(work: Coroutine[Any, Any, Any], clock: Any, patience_s: float = 200.0) -> Any:
    task = asyncio.ensure_future(work)
    await clock.advance(patience_s)
    assert task.done()
    return await task


@pytest.fixture
async def gas(script: Any, manual_clock: Any) -> Mqw50:
    orders = (Action.ZERO, Action.LEAK_CHECK, Action.STOP, Action.DRAW_SAMPLE, Action.DRAW_AMBIENT, Action.PURGE)
    script.answers = {A.encode_request(action): A.encode_reply(action, Done(action)) for action in orders}
    script.answers |= {STATUS: status(), A.encode_request(Action.READ): A.encode_reply(Action.READ, LOOK)}
    settings = Mqw50aSettings(driver="mingquan-mqw-50a", port="x")
    made = build_50a("gas", settings, script.near, manual_clock)
    assert isinstance(made, Mqw50)
    await made.open()
    script.heard.clear()
    return made


async def test_opening_asks_who_is_there_and_leaves_a_cold_device_alone(script: Any, manual_clock: Any) -> None:
    script.answers[STATUS] = status("warming", "busy")
    settings = Mqw50bSettings(driver="mingquan-mqw-50b", port="x")
    made = build_50b("gas", settings, script.near, manual_clock)
    await made.open()
    assert script.heard == [STATUS, STATUS]


@pytest.mark.parametrize(
    ("verb", "order"),
    [("draw_sample", "02 7B 03 80"), ("draw_ambient", "02 7C 03 7F"), ("purge", "02 80 03 7B"),
     ("stop_pump", "02 78 03 83")],
)  # fmt: skip
async def test_each_verb_is_one_order(gas: Mqw50, script: Any, verb: str, order: str) -> None:
    await getattr(gas, verb)()
    assert script.heard == [bytes.fromhex(order)]


@pytest.mark.parametrize(
    ("words", "state"),
    [((), "ready"), (("warming",), "warming"), (("zeroing", "busy"), "zeroing"), (("leak_check",), "leak_check"),
     (("purging",), "busy"), (("residual_hc_test", "busy"), "busy"), (("low_flow", "leak_failed"), "ready")],
)  # fmt: skip
async def test_the_status_has_one_state(gas: Mqw50, script: Any, words: tuple[str, ...], state: str) -> None:
    script.answers[STATUS] = status(*words)
    assert await gas.status() == AnalyzerStatus(state)


@pytest.mark.parametrize("word", ["warming", "zeroing", "leak_check"])
async def test_what_the_cell_shows_meanwhile_is_no_exhaust(gas: Mqw50, script: Any, word: str) -> None:
    script.answers[STATUS] = status(word)
    with pytest.raises(NotReadyError, match=word):
        await gas.read()


async def test_low_flow_goes_with_each_reading(gas: Mqw50, script: Any) -> None:
    script.answers[STATUS] = status("low_flow")
    assert (await gas.read()).flags == {"low_flow"}


async def test_the_older_model_sends_the_weather_with_its_gases(gas: Mqw50) -> None:
    assert await gas.read_ambient() == AmbientReading(25.1, 55.0, 100.8)


async def test_zero_ends_when_the_status_says_so(gas: Mqw50, script: Any, manual_clock: Any) -> None:
    script.answers[STATUS] = [status(), AT_ZERO, AT_ZERO, status()]
    started_ms = manual_clock.now_ms()
    zeroing = asyncio.create_task(gas.zero())
    await manual_clock.advance(2.0)
    await zeroing
    assert manual_clock.now_ms() - started_ms >= 1500
    assert script.heard[0] == A.encode_request(Action.ZERO)


async def test_a_failed_zero_is_refused_and_an_old_failure_forgotten(
    gas: Mqw50, script: Any, manual_clock: Any
) -> None:
    script.answers[STATUS] = [status("zero_failed"), AT_ZERO, status("zero_failed")]
    with pytest.raises(RefusedError, match="setting zero failed"):
        await finish(gas.zero(), manual_clock)
    script.answers[STATUS] = [status("zero_failed"), AT_ZERO, status()]
    await finish(gas.zero(), manual_clock)


@pytest.mark.parametrize(("end", "tight"), [((), True), (("leak_failed",), False)])
async def test_a_leak_check_tells_its_result(
    gas: Mqw50, script: Any, manual_clock: Any, end: tuple[str, ...], tight: bool
) -> None:
    script.answers[STATUS] = [status("leak_failed"), AT_LEAK, AT_LEAK, status(*end)]
    assert await finish(gas.check_leak(), manual_clock) is tight


async def test_work_that_never_shows_has_no_result(gas: Mqw50, manual_clock: Any) -> None:
    with pytest.raises(RefusedError, match="not begun within 5 s"):
        await finish(gas.check_leak(), manual_clock)


async def test_work_without_end_is_named(gas: Mqw50, script: Any, manual_clock: Any) -> None:
    script.answers[STATUS] = AT_ZERO
    with pytest.raises(NotReadyError, match="still at it after 120 s"):
        await finish(gas.zero(), manual_clock)


async def test_a_refusal_is_explained_by_the_state_or_stays_one(gas: Mqw50, script: Any) -> None:
    script.answers[A.encode_request(Action.DRAW_SAMPLE)] = A.encode_reply(Action.DRAW_SAMPLE, Refused())
    with pytest.raises(RefusedError, match="said no"):
        await gas.draw_sample()
    script.answers[STATUS] = status("warming")
    with pytest.raises(NotReadyError, match="warming"):
        await gas.draw_sample()


async def test_an_answer_with_the_code_of_another_order_is_none(gas: Mqw50, script: Any, manual_clock: Any) -> None:
    script.answers[A.encode_request(Action.DRAW_AMBIENT)] = A.encode_reply(Action.DRAW_SAMPLE, Done(Action.DRAW_SAMPLE))
    with pytest.raises(GarbledReplyError, match="no answer in 06 7B 03 7C"):
        await finish(gas.draw_ambient(), manual_clock, 5.0)


def test_what_a_model_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueRangeError, match="no word for a missing humidity_pct"):
        A.encode_reply(Action.READ, Gases(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, line_pressure_kpa=98.0))
    assert B.decode_reply(Action.READ_PEF, B.encode_reply(Action.READ_PEF, Pef(0.512))) == Pef(0.512)
