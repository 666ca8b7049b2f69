"""The exchange ends every question: with the answer to it, or with an error that names device, doing and evidence."""

import asyncio
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NoReplyError, PortLostError
from drivers.exchange import REMEMBERED, Exchange
from protocols.dialect_503 import NHA_506I, Action, Ambient, Data, ReplyFramer, Word

AMBIENT = bytes.fromhex("06 00 FD 03 F5 02 26 23")
DATA = bytes.fromhex("06 00 7B 00 2D 05 8C 00 50 00 EA 09 C4 00 55 00 00 00 00 65 00")
DATA = DATA[:-1] + bytes([sum(DATA[:-1]) & 0xFF])


async def opened(script: Any, clock: Any, **kwargs: Any) -> Exchange:
    exchange = Exchange("gas", script.near, clock, **kwargs)
    await exchange.open()
    return exchange


def ask(exchange: Exchange, action: Action, repeats: int = 0) -> "asyncio.Task[Any]":
    question = exchange.ask(
        bytes([action.value]),
        lambda: ReplyFramer(NHA_506I, action),
        action.name.lower(),
        timeout_s=1.0,
        repeats=repeats,
    )
    return asyncio.create_task(question)


async def test_an_answer_in_pieces_is_one_answer(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    asked = ask(exchange, Action.READ_AMBIENT)
    for byte in AMBIENT:
        await manual_clock.advance(0.01)
        script.say(bytes([byte]))
    assert await asked == Ambient(25.3, 101.3, 55.0)


async def test_silence_is_asked_again_and_then_named(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    asked = ask(exchange, Action.READ_AMBIENT, repeats=1)
    await manual_clock.advance(3.0)
    with pytest.raises(NoReplyError, match=r"gas: read_ambient: silence for 1 s"):
        await asked
    assert script.heard == [b"\x02", b"\x02"]


async def test_the_second_asking_may_succeed(script: Any, manual_clock: Any) -> None:
    script.answers[b"\x02"] = [b"", AMBIENT]
    exchange = await opened(script, manual_clock)
    asked = ask(exchange, Action.READ_AMBIENT, repeats=1)
    await manual_clock.advance(1.5)
    assert isinstance(await asked, Ambient)


async def test_a_truncated_answer_is_garbled_and_shown(script: Any, manual_clock: Any) -> None:
    script.answers[b"\x02"] = AMBIENT[:5]
    exchange = await opened(script, manual_clock)
    asked = ask(exchange, Action.READ_AMBIENT)
    await manual_clock.advance(1.1)
    with pytest.raises(GarbledReplyError, match="06 00 FD 03 F5"):
        await asked


async def test_garbage_is_garbled(script: Any, manual_clock: Any) -> None:
    script.answers[b"\x02"] = b"\xff" * 5000
    exchange = await opened(script, manual_clock)
    asked = ask(exchange, Action.READ_AMBIENT)
    await manual_clock.advance(1.1)
    with pytest.raises(GarbledReplyError):
        await asked


async def test_what_came_before_the_question_is_no_answer(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    script.say(AMBIENT)
    asked = ask(exchange, Action.READ_AMBIENT)
    await manual_clock.advance(1.1)
    with pytest.raises(NoReplyError):
        await asked


async def test_a_late_answer_does_not_pass_as_the_answer_to_the_next_question(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    first = ask(exchange, Action.READ_DATA)
    await manual_clock.advance(1.1)
    with pytest.raises(NoReplyError):
        await first

    second = ask(exchange, Action.READ_AMBIENT)
    await manual_clock.advance(0.03)  # the line is listened to before it is believed again
    script.say(DATA)
    await manual_clock.advance(0.2)
    script.say(AMBIENT)

    await manual_clock.advance(0.2)
    assert isinstance(await second, Ambient)


async def test_a_late_block_is_not_taken_for_a_one_byte_yes(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    first = ask(exchange, Action.READ_DATA)
    await manual_clock.advance(1.1)
    with pytest.raises(NoReplyError):
        await first

    second = ask(exchange, Action.STOP_PUMP)
    await manual_clock.advance(0.2)
    assert script.heard[-1] == b"\x06"
    script.say(DATA[:1])  # begins with 06, as a yes does
    await manual_clock.settle()
    script.say(DATA[1:])
    await manual_clock.advance(1.0)
    with pytest.raises(GarbledReplyError, match="more than one answer"):
        await second


async def test_after_one_good_answer_the_line_is_believed_at_once(script: Any, manual_clock: Any) -> None:
    script.answers[b"\x06"] = [b"", b"\x06", b"\x06"]
    exchange = await opened(script, manual_clock)
    asked = ask(exchange, Action.STOP_PUMP, repeats=1)
    await manual_clock.advance(1.5)
    assert await asked is Word.ACCEPTED
    before_ms = manual_clock.now_ms()
    assert await ask(exchange, Action.STOP_PUMP) is Word.ACCEPTED
    assert manual_clock.now_ms() == before_ms


async def test_a_babbling_device_does_not_hold_a_question_for_ever(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    first = ask(exchange, Action.READ_AMBIENT)
    await manual_clock.advance(1.1)
    with pytest.raises(NoReplyError):
        await first
    second = ask(exchange, Action.READ_AMBIENT)
    for _ in range(120):
        script.say(b"\xee")
        await manual_clock.advance(0.02)
    with pytest.raises(GarbledReplyError):
        await second


async def test_a_pulled_cable_ends_the_question_at_once(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    asked = ask(exchange, Action.READ_AMBIENT, repeats=3)
    await manual_clock.settle()
    script.near.unplug()
    with pytest.raises(PortLostError, match="cable was pulled"):
        await asked
    with pytest.raises(PortLostError):
        await exchange.open()
    script.near.replug()
    script.answers[b"\x02"] = AMBIENT
    await exchange.open()
    assert isinstance(await ask(exchange, Action.READ_AMBIENT), Ambient)


async def test_saying_something_does_not_wait_for_a_question(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    asked = ask(exchange, Action.READ_AMBIENT)
    await manual_clock.settle()
    await exchange.say(b"stop")
    assert script.heard == [b"\x02", b"stop"]
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_a_cancelled_question_may_still_be_answered_late(script: Any, manual_clock: Any) -> None:
    exchange = await opened(script, manual_clock)
    first = ask(exchange, Action.READ_DATA)
    await manual_clock.settle()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = ask(exchange, Action.READ_DATA)
    await manual_clock.settle()
    script.say(DATA)  # the answer to the cancelled question
    await manual_clock.advance(0.1)
    script.say(DATA)
    await manual_clock.advance(0.2)
    assert isinstance(await second, Data)
    assert script.heard == [b"\x01", b"\x01"]


async def test_raw_bytes_are_handed_to_the_tap_and_the_last_are_remembered(script: Any, manual_clock: Any) -> None:
    tapped: list[tuple[str, bytes, int]] = []
    script.answers[b"\x02"] = AMBIENT
    exchange = await opened(script, manual_clock, tap=lambda *said: tapped.append(said))
    for _ in range(REMEMBERED):
        await ask(exchange, Action.READ_AMBIENT)
    assert tapped[:2] == [
        ("to_device", b"\x02", manual_clock.now_ms()),
        ("from_device", AMBIENT, manual_clock.now_ms()),
    ]
    assert len(tapped) == 2 * REMEMBERED
    assert len(exchange.recent) == REMEMBERED
