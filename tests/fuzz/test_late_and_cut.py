"""Every device of the registry: late answers, streams that begin anywhere, replies in any chunking.

What is heard are genuine frames of each device's own wire (wires.py); here they are not damaged, only late, cut or
begun in the middle, as a line is that a lane joins.
"""

import asyncio
from random import Random

import pytest

from drivers.errors import DeviceError
from drivers.exchange import QUIET_S, Exchange
from drivers.registry import DRIVERS
from drivers.transports.memory import MemoryPipe
from protocols.errors import FrameError
from tests.conftest import ManualClock
from tests.fuzz.damage import cut
from tests.fuzz.judge import CODEC, Subject, said, subjects_of

TIMEOUT_S = 0.3
LATE = 12
"""Late answers for each device."""
STREAMS = 40
"""Beginnings of each stream."""

devices = pytest.mark.parametrize("device", [info.id for info in DRIVERS.values() if info.codec.one_way != "to_device"])


def questions(device: str) -> list[Subject]:
    return [each for each in subjects_of(device) if each.who != CODEC and each.genuine.captured.request]


def spoken(device: str) -> list[Subject]:
    return [each for each in subjects_of(device) if each.genuine.listening and each.genuine.listening.speaks_unasked]


def apart(one: Subject, other: Subject) -> bool:
    """Tell whether two answers are to two questions, and mean two things."""
    return one.genuine.captured.request != other.genuine.captured.request and one.meant != other.meant


@devices
def test_a_late_answer_is_never_the_answer_to_another_question(device: str) -> None:
    """The first question is missed; its answer comes within a silence of the second one's, before it or after it."""
    random, asked = Random(device), questions(device)
    pairs = [(one, other) for one in asked for other in asked if apart(one, other)]
    for late, wanted in random.sample(pairs, min(LATE, len(pairs))):
        heard = asyncio.run(second_answer(late, wanted, random.uniform(-QUIET_S, QUIET_S) * 0.9, random))
        taken = heard if isinstance(heard, DeviceError) else wanted._read(heard)
        if not isinstance(taken, DeviceError | FrameError):
            assert taken == wanted.meant, (late.frame.hex(), wanted.frame.hex())


async def second_answer(late: Subject, wanted: Subject, after_s: float, random: Random) -> object:
    """Miss an answer, ask something else, and let both answers arrive; return what the second question ends with."""
    clock = ManualClock()
    near, far = MemoryPipe.pair("late")
    exchange = Exchange("late", near, clock)
    await exchange.open()
    with pytest.raises(DeviceError):
        await through(clock, ask(exchange, late))
    said_at = {wanted.frame: 0.1, late.frame: 0.1 + after_s}

    async def answer() -> None:
        now_s = 0.0
        for frame in sorted(said_at, key=said_at.__getitem__):
            await clock.sleep(said_at[frame] - now_s)
            now_s = said_at[frame]
            for chunk in cut(frame, random):
                far.send(chunk)

    far.on_arrival = lambda _: answering.append(asyncio.ensure_future(answer()))
    answering: list[asyncio.Future[None]] = []
    try:
        return await through(clock, ask(exchange, wanted))
    except DeviceError as error:
        return error
    finally:
        await through(clock, asyncio.gather(*answering))
        await exchange.close()


async def ask(exchange: Exchange, subject: Subject) -> object:
    listening, request = subject.genuine.listening, subject.genuine.captured.request
    assert listening is not None
    assert request is not None
    return await exchange.ask(request, listening.framer, "ask", timeout_s=TIMEOUT_S)


async def through(clock: ManualClock, work: object) -> object:
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    while not task.done():
        await clock.advance(0.01)
    return await task


@devices
def test_a_reply_means_the_same_in_any_chunking(device: str) -> None:
    random = Random(device)
    for subject in subjects_of(device):
        if subject.who != CODEC:
            assert subject._listen(cut(subject.frame, random)) in ([subject.meant], []), subject.frame.hex()
            assert subject._listen([subject.frame[at : at + 1] for at in range(len(subject.frame))])[-1:] == [
                subject.meant
            ]


@devices
def test_a_stream_that_begins_anywhere_is_read_from_its_next_whole_report_on(device: str) -> None:
    """Inside a number too: bytes of a float look like the head of a report, and sums are one byte."""
    random, reports = Random(device), spoken(device)
    for _ in range(STREAMS if len(reports) > 3 else 0):
        chosen = [random.choice(reports) for _ in range(12)]
        stream = b"".join(report.frame for report in chosen)
        begun = stream[random.randrange(1, len(chosen[0].frame)) :]
        listening = chosen[0].genuine.listening
        assert listening is not None
        framer = listening.framer()
        found = [said(item) for chunk in cut(begun, random) for item in framer.feed(chunk)]
        assert found[-8:] == [report.meant for report in chosen][-8:]
        assert len(found) <= len(chosen)
