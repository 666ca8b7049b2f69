"""The short form of `make fuzz`: every protocol of the registry, damaged a little, always and everywhere."""

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from drivers.errors import DeviceError
from drivers.exchange import LONGEST_DRAIN_S, QUIET_S, Exchange
from drivers.registry import DECODERS, DRIVERS
from drivers.transports.memory import MemoryPipe
from tests.conftest import ManualClock
from tests.fuzz import judge, published
from tests.fuzz.damage import KINDS, Dice, cut, damaged
from tests.fuzz.judge import CODEC, MOST_HELD, OTHER, EndlessError, Subject, bounded, flood, run, subjects_of

FRAMES = 550
SLOW = {"generic-modbus-dyno": 220, "generic-modbus-io": 220}
"""Frames that fit a test's time where another's library reads them."""
FLOODED = 4096
TIMEOUT_S, REPEATS = 0.5, 1
ASKED = 12
"""Questions that are asked in lane time, for each device."""

devices = pytest.mark.parametrize("device", DECODERS)


@devices
def test_damaged_frames_end_in_a_value_or_a_named_error(device: str) -> None:
    tally = run(device, SLOW.get(device, FRAMES), f"short:{device}")

    assert {kind for _, kind, _ in tally.ends} == set(KINDS)
    for name in tally.errors:
        assert name.endswith("Error")


@devices
def test_a_framer_keeps_little_whatever_arrives(device: str) -> None:
    listeners = {id(each.genuine.listening): each.genuine.listening for each in subjects_of(device)}
    for listening in filter(None, listeners.values()):
        assert flood(listening, f"flood:{device}", FLOODED) <= MOST_HELD


@pytest.mark.parametrize("device", [info.id for info in DRIVERS.values() if info.codec.one_way != "to_device"])
def test_what_a_driver_waits_for_is_damaged_too(device: str) -> None:
    assert any(subject.who != CODEC for subject in subjects_of(device)), "its driver was not overheard: see wires.py"


@devices
def test_a_question_ends_within_its_timeout(device: str) -> None:
    random, took_ms = Random(device), []
    asked = [each for each in subjects_of(device) if each.genuine.captured.request and each.who != CODEC]
    for number in range(ASKED if asked else 0):
        subject = random.choice(asked)
        kind = list(KINDS)[number % len(KINDS)]
        data = damaged(kind, subject.frame, [subject.frame], random) or b"\0"
        took_ms.append(asyncio.run(ask(subject, cut(data, random))))

    # Each attempt may have to let a late answer run out first, and to listen a little longer afterwards.
    longest_s = (1 + REPEATS) * (TIMEOUT_S + LONGEST_DRAIN_S + QUIET_S) + 0.1
    assert max(took_ms, default=0) <= longest_s * 1000


async def ask(subject: Subject, chunks: list[bytes]) -> int:
    """Ask a device that answers in damaged chunks; return how long that took in lane time."""
    clock = ManualClock()
    near, far = MemoryPipe.pair("damaged")

    def answer(_: bytes) -> None:
        for chunk in chunks:
            far.send(chunk)

    far.on_arrival = answer
    exchange, listening = Exchange("damaged", near, clock), subject.genuine.listening
    assert listening is not None
    await exchange.open()
    began_ms = clock.now_ms()
    request = subject.genuine.captured.request or b""
    work: Any = exchange.ask(request, listening.framer, "ask", timeout_s=TIMEOUT_S, repeats=REPEATS)
    task = asyncio.ensure_future(work)
    while not task.done():
        await clock.advance(0.05)
    assert task.exception() is None or isinstance(task.exception(), DeviceError)
    await exchange.close()
    return clock.now_ms() - began_ms


def test_the_published_rates_name_every_protocol() -> None:
    tables = published.read()
    missing = set(DECODERS) - set(tables)
    assert not missing, f"measure them: python -m tests.fuzz.run --publish {' '.join(f'--device {m}' for m in missing)}"
    assert set(tables) <= set(DECODERS)
    for device, table in tables.items():
        assert set(table) == {"frames", "of", "all", *KINDS}, device
        assert table["of"] in ("reading", "word", "codec")


def test_the_judge_tells_what_is_true_from_what_is_not() -> None:
    plain = next(each for each in subjects_of("nanhua-rpm-5300") if each.who != CODEC)
    neighbours = tuple(each for each in subjects_of("nanhua-rpm-5300") if each.who != CODEC)
    other = b"4321\r" if plain.frame != b"4321\r" else b"1234\r"
    assert plain.hear(other, neighbours, Random(0)) == OTHER
    assert plain.hear(plain.frame, neighbours, Random(0)) == "harmless"
    assert plain.hear(b"12x4\r", neighbours, Random(1)) != OTHER


def test_a_frame_that_keeps_somebody_busy_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "LONGEST_S", 0.02)
    with bounded() as begin, pytest.raises(EndlessError):
        busy_from(begin)


def busy_from(begin: Callable[[], object]) -> None:
    begin()
    while True:
        pass


def test_a_run_that_was_stopped_for_a_while_has_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "LONGEST_S", 0.02)
    with bounded() as begin:
        begin()
        time.sleep(0.1)


def test_dice_fall_as_those_of_the_library() -> None:
    ours, theirs = Dice("both"), Random("both")
    for width in (1, 2, 3, 64, 65, 256, 1000):
        assert [ours.randrange(width) for _ in range(50)] == [theirs.randrange(width) for _ in range(50)]
        assert [ours.randrange(-4, width) for _ in range(50)] == [theirs.randrange(-4, width) for _ in range(50)]
    with pytest.raises(ValueError, match="no number"):
        ours.randrange(0)
