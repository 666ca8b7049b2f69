"""The heart says READY when everything goes, WATCHDOG while it goes on, and nothing when it does not."""

import asyncio
import logging
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from lanectl.app import heart as heart_module
from lanectl.app.heart import ROUND_WITHIN_MS, HeardClock, Heart
from lanectl.app.service import Manager
from lanectl.ledger.writer import LedgerThread

WATCHED_EVERY_S = 0.8
"""Beats every 0.2 s: a machine that is busy with other things must not look like a ledger that hangs."""


class Listener:
    """The service manager's end of the notification socket."""

    def __init__(self, path: Path, usec: str | None = str(int(WATCHED_EVERY_S * 1e6))) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": str(path), **({"WATCHDOG_USEC": usec} if usec else {})}

    def heard(self) -> list[str]:
        said = []
        while True:
            try:
                said.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return said

    async def until(self, message: str) -> list[str]:
        said: list[str] = []
        async with asyncio.timeout(5.0):
            while not any(line.startswith(message) for line in said):
                said += self.heard()
                await asyncio.sleep(0.005)
        return said

    def close(self) -> None:
        self._socket.close()


class NoLedger:
    """A ledger nobody asks anything of: only its thread is of interest."""

    def close(self) -> None: ...


@pytest.fixture
def listener() -> Iterator[Listener]:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        made = Listener(Path(folder) / "notify")
        yield made
        made.close()


@pytest.fixture
async def ledger() -> AsyncIterator[LedgerThread]:
    made: Any = NoLedger()
    thread = LedgerThread(made)
    yield thread
    await thread.close()


@asynccontextmanager
async def going_round(clock: HeardClock, *names: str) -> AsyncIterator[list["asyncio.Task[None]"]]:
    async def loop() -> None:
        while True:
            await clock.sleep(0.5)

    tasks = [asyncio.create_task(loop(), name=name) for name in names]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def beating(heart: Heart) -> AsyncIterator[None]:
    task = asyncio.create_task(heart.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def make(listener: Listener, ledger: LedgerThread, manual_clock: Any) -> tuple[Heart, HeardClock]:
    clock = HeardClock(manual_clock)
    return Heart(Manager(listener.environment), ledger, clock, lambda: "all well"), clock


async def test_it_is_ready_when_loops_page_and_ledger_are_there_and_not_before(
    listener: Listener, ledger: LedgerThread, manual_clock: Any
) -> None:
    heart, clock = make(listener, ledger, manual_clock)
    page = False
    getting_ready = asyncio.create_task(heart.until_ready(("acquire-", "guard"), lambda: page))
    async with going_round(clock, "acquire-gas"):
        page = True
        await asyncio.sleep(0.1)
        assert listener.heard() == []

        async with going_round(clock, "guard"):
            await getting_ready

    assert listener.heard() == ["READY=1"]


async def test_no_page_no_ready(listener: Listener, ledger: LedgerThread, manual_clock: Any) -> None:
    heart, clock = make(listener, ledger, manual_clock)
    async with going_round(clock, "acquire-gas"):
        getting_ready = asyncio.create_task(heart.until_ready(("acquire-",), lambda: False))
        await asyncio.sleep(0.1)
        getting_ready.cancel()
        await asyncio.wait([getting_ready])

    assert listener.heard() == []


async def test_while_all_goes_on_it_beats_and_says_how_the_lane_stands_once(
    listener: Listener, ledger: LedgerThread, manual_clock: Any
) -> None:
    heart, clock = make(listener, ledger, manual_clock)
    async with going_round(clock, "acquire-gas", "desk"), beating(heart):
        said = await listener.until("WATCHDOG=1")
        said += await listener.until("WATCHDOG=1")

    assert set(said) == {"WATCHDOG=1", "STATUS=all well"}
    assert said.count("STATUS=all well") == 1


@pytest.mark.parametrize("name", ["acquire-gas", "guard", "desk", "beats"])
async def test_a_loop_that_hangs_stops_the_beat_and_is_named(
    listener: Listener, ledger: LedgerThread, manual_clock: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    heart, clock = make(listener, ledger, manual_clock)

    async def hang() -> None:
        await clock.sleep(0.5)
        await asyncio.get_running_loop().create_future()

    hung = asyncio.create_task(hang(), name=name)
    async with going_round(clock, "other"):
        await manual_clock.advance(ROUND_WITHIN_MS / 1000.0)
        async with beating(heart):
            await listener.until("WATCHDOG=1")
            await manual_clock.advance(1.0)
            await listener.until(f"STATUS=no heartbeat: {name} has not come round for 30 s")
            await asyncio.sleep(WATCHED_EVERY_S / 2)
            assert "WATCHDOG=1" not in listener.heard()
    hung.cancel()
    await asyncio.wait([hung])

    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]


async def test_a_loop_that_has_ended_or_rests_long_is_not_hung(manual_clock: Any) -> None:
    clock = HeardClock(manual_clock)
    ended = asyncio.create_task(clock.sleep(0.1), name="beats")
    resting = asyncio.create_task(clock.sleep(300.0), name="desk")
    await manual_clock.advance(200.0)

    assert ended.done()
    assert clock.stuck() == {}
    await manual_clock.advance(101.0)
    assert resting.done()


async def test_a_ledger_thread_that_hangs_stops_the_beat_until_it_answers_again(
    listener: Listener, ledger: LedgerThread, manual_clock: Any
) -> None:
    heart, _ = make(listener, ledger, manual_clock)
    stuck = threading.Event()
    async with beating(heart):
        await listener.until("WATCHDOG=1")
        waiting = asyncio.create_task(ledger.call(stuck.wait))
        await listener.until("STATUS=no heartbeat: the ledger's thread does not answer")
        await asyncio.sleep(WATCHED_EVERY_S / 2)
        assert "WATCHDOG=1" not in listener.heard()

        stuck.set()
        await listener.until("WATCHDOG=1")
        await waiting


async def test_a_ledger_thread_that_is_gone_stops_the_beat(
    listener: Listener, ledger: LedgerThread, manual_clock: Any
) -> None:
    heart, _ = make(listener, ledger, manual_clock)
    ledger._thread.shutdown()
    try:
        async with beating(heart):
            await listener.until("STATUS=no heartbeat: the ledger's thread does not answer")
            await asyncio.sleep(WATCHED_EVERY_S / 2)
            assert "WATCHDOG=1" not in listener.heard()
    finally:
        ledger._thread = type(ledger._thread)(max_workers=1)


async def test_a_lane_that_takes_long_to_start_says_for_what_it_waits(
    listener: Listener,
    ledger: LedgerThread,
    manual_clock: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heart_module, "LONG_START_S", 0.05)
    heart, _ = make(listener, ledger, manual_clock)
    getting_ready = asyncio.create_task(heart.until_ready(("guard",), lambda: True))
    await asyncio.sleep(0.2)
    getting_ready.cancel()
    await asyncio.wait([getting_ready])

    assert caplog.messages == ["the lane is not ready yet: guard has not begun"]


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_of_this_process_alone_counts(environment: dict[str, str], watchdog_s: float | None) -> None:
    assert Manager(environment).watchdog_s == watchdog_s


def test_a_manager_in_the_abstract_namespace_hears_us() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as far:
        far.bind("\0lanectl-heart-test")
        far.settimeout(2.0)
        Manager({"NOTIFY_SOCKET": "@lanectl-heart-test"}).tell("READY=1")

        assert far.recv(100) == b"READY=1"


def test_a_manager_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    Manager({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).tell("WATCHDOG=1")
