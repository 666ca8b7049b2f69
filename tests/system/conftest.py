"""What the whole-process tests share: a station of processes, its lane and books, and how to run a command."""

import asyncio
import csv
import gzip
import io
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from simulators.demo.cars import form
from simulators.demo.layout import lanectl_command
from simulators.demo.stage import Cast, station

T = TypeVar("T")
CLOCK_FACTOR = 3.0
ZERO_WITHIN_S = 5.0
CLOSED_WITHIN_S = 10.0
DRAINED_WITHIN_S = 40.0
"""A message without a receipt is sent again after half a lane minute."""


class Running:
    """A station whose broker and people live on an event loop of their own, so that plain tests can speak to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="station")
        self._over = asyncio.Event()
        self._living: Future[None] | None = None
        self.cast: Cast

    def __enter__(self) -> "Running":
        self._thread.start()
        up: Future[Cast] = Future()
        self._living = asyncio.run_coroutine_threadsafe(self._live(up), self._loop)
        self._living.add_done_callback(lambda living: self._tell(living, up))
        self.cast = up.result(90.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        try:
            assert self._living is not None
            self._living.result(60.0)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    @staticmethod
    def _tell(living: "Future[None]", up: "Future[Cast]") -> None:
        if not up.done() and (error := living.exception()) is not None:
            up.set_exception(error)

    async def _live(self, up: "Future[Cast]") -> None:
        async with station(
            self._folder, clock_factor=CLOCK_FACTOR, terminal_ports={}, lanes=("01",), apart=True
        ) as cast:
            await cast.lane_ready("01")
            up.set_result(cast)
            await self._over.wait()

    def do(self, work: Coroutine[Any, Any, T], within_s: float = 120.0) -> T:
        """Have something done at the station and return what came of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)

    def begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Have something begun at the station."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)


@dataclass
class Books:
    """What the ledger holds, compared from one look to the next."""

    file: Path
    known: dict[int, bytes] = field(default_factory=dict)

    def look(self) -> list[dict[str, Any]]:
        """Return all records; whatever was there before is there still, byte for byte."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as db:
            rows = dict(db.execute("select sequence, record from records order by sequence").fetchall())
        assert {sequence: rows.get(sequence) for sequence in self.known} == self.known
        self.known = rows
        return [json.loads(record) for record in rows.values()]

    def last_sample_ms(self, sequence: int) -> int:
        """Return when the last sample was taken that a record has."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as db:
            query = "select body from members where sequence = ? and name = 'samples.csv.gz'"
            body = db.execute(query, (sequence,)).fetchone()[0]
        rows = list(csv.DictReader(io.StringIO(gzip.decompress(body).decode())))
        return int(rows[-1]["t_ms"]) if rows else 0


@dataclass
class Office:
    """What the bureau has answered, compared from one look to the next."""

    bureau: Any
    known: set[tuple[object, ...]] = field(default_factory=set)

    def look(self) -> list[str]:
        """Return the ids of records and traces that were answered; whatever was answered before stands unchanged."""
        messages = self.bureau.messages()
        facts = {tuple(message[name] for name in ("id", "kind", "accepted", "report", "at")) for message in messages}
        assert self.known <= facts
        self.known = facts
        return [message["id"] for message in messages if message["kind"] in ("record", "trace")]


class Lane:
    """The station's one lane, with the verbs of these tests."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.cast = running.cast
        self.books = Books(self.cast.first_lane.ledger)
        self.office = Office(self.cast.bureau)

    def begin_test(self) -> "tuple[str, Future[Any]]":
        """Drive a clean car on, accept it and start; somebody then does as the screen says."""
        do, cast = self.running.do, self.cast
        do(self._stand_still())
        cast.wheel.new_car()
        do(cast.wheel.say(do="vehicle", preset="clean_petrol"))
        ticket = do(self._accept())
        test_id = do(cast.operator.start(ticket["ticket"]))
        return test_id, self.running.begin(cast.operator.follow(test_id, 60.0))

    async def _accept(self) -> dict[str, Any]:
        """Enter a clean car, again where a bureau that has just been started did not hear the question."""
        operator = self.cast.operator
        for _ in range(3):
            ticket = await operator.accept(form("clean_petrol"))
            if ticket["status"] == "waiting":
                return dict(ticket)
            assert ticket["refusal"]["code"] == "BUREAU_UNREACHABLE", ticket
            await operator.dismiss(ticket["ticket"])
        raise AssertionError("the bureau hears no question")

    async def _stand_still(self) -> None:
        wheel = self.cast.wheel
        state = await wheel.say(do="state")
        if state["vehicle"] is None:
            return
        await wheel.say(do="target", speed_kmh=0)
        async with asyncio.timeout(10.0):
            while float(str(state["speed_kmh"])) > 0.1:
                await asyncio.sleep(0.05)
                state = await wheel.say(do="state")

    def brake(self) -> str:
        """Return what the dynamometer's brake does now."""
        return str(self.running.do(self.cast.wheel.say(do="state"))["brake"])

    def kill_and_restart(self) -> float:
        """Kill the daemon, start it again, wait until it may test; return how long the load stayed on."""
        cast, do = self.cast, self.running.do
        do(cast.children.kill("lane-01"))
        killed = time.monotonic()
        do(cast.children.start_lane(cast.first_lane))
        while self.brake() != "off":
            assert time.monotonic() - killed < ZERO_WITHIN_S, "the load is still on"
            time.sleep(0.02)
        off_after = time.monotonic() - killed
        do(cast.lane_ready("01"))
        return off_after

    def record_of(self, test_id: str, within_s: float = CLOSED_WITHIN_S) -> dict[str, Any]:
        """Return the one record of a test, waiting for it."""
        deadline = time.monotonic() + within_s
        while True:
            found = [record for record in self.books.look() if record["test_id"] == test_id]
            assert len(found) < 2, f"{test_id} is there twice"
            if found:
                return dict(found[0])
            assert time.monotonic() < deadline, f"{test_id} has no record"
            time.sleep(0.05)

    def bureau_agrees(self) -> None:
        """The bureau has what the ledger has, verified, each once, and the outbox empties."""
        records = [(record["sequence"], record["test_id"], record["outcome"]) for record in self.books.look()]

        def same(bureau: Any) -> bool:
            rows = bureau.received()
            return [(row.sequence, row.test_id, row.outcome) for row in rows] == records and all(
                row.verified for row in rows
            )

        assert self.cast.bureau.wait_until(same, DRAINED_WITHIN_S), (self.cast.bureau.received(), records)
        emptied = self.cast.operator.until(lambda view: view["uplink"]["outbox"] == 0, "outbox not empty", 20.0)
        self.running.do(emptied)
        assert self.cast.bureau.refused() == []
        # A camera that has no picture yet is told, and a person should look at it: nothing else may be strange.
        assert [notice for notice in self.cast.bureau.notices() if notice[1] != "camera_bad"] == []
        kept = self.office.look()
        assert len(kept) == len(set(kept)) == 2 * len(records)


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of all processes that were started with something in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it has ended meanwhile
            continue
        if str(folder) in words:
            found.append(words)
    return found


def nothing_left(folder: Path) -> bool:
    return not list(folder.iterdir()) and not processes_of(folder)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Return a new folder with a short name: the names of sockets in it may have a hundred letters at most."""
    with tempfile.TemporaryDirectory(prefix="l", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def temp(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for everything temporary, so that what is left behind can be seen."""
    monkeypatch.setenv("TMPDIR", str(short_folder))
    return short_folder


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Return one station for all tests that kill and unplug: every one of them leaves a lane that can test.

    Broker and bureau are processes of their own in it; what the tests see of the bureau is its file.
    """
    with tempfile.TemporaryDirectory(prefix="l", dir="/tmp") as name, Running(Path(name) / "s") as station_up:
        yield station_up


@pytest.fixture(scope="session")
def lane(running: Running) -> Lane:
    """Return the lane of that station."""
    return Lane(running)


@pytest.fixture(scope="session")
def lanectl() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run one command of lanectl to its end."""

    def run(*arguments: str, within_s: float = 30.0) -> "subprocess.CompletedProcess[str]":
        command = lanectl_command(*arguments)
        return subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)

    return run


@pytest.fixture(scope="session")
def program() -> list[str]:
    """Return the command line of lanectl as an installed program."""
    return [sys.executable, "-c", "from lanectl.cli import main; main()"]
