"""What the whole-process tests share: a station of processes, a short folder, and how to run a command."""

import asyncio
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import pytest

from simulators.demo.layout import lanectl_command
from simulators.demo.stage import Cast, station

T = TypeVar("T")
CLOCK_FACTOR = 3.0


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
        async with station(self._folder, clock_factor=CLOCK_FACTOR, terminal_ports={}, lanes=("01",)) as cast:
            await cast.lane_ready("01")
            up.set_result(cast)
            await self._over.wait()

    def do(self, work: Coroutine[Any, Any, T], within_s: float = 120.0) -> T:
        """Have something done at the station and return what came of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)

    def begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Have something begun at the station."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Return a new folder with a short name: the names of sockets in it may have a hundred letters at most."""
    with tempfile.TemporaryDirectory(prefix="l", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Return one station for all tests that kill and unplug: every one of them leaves a lane that can test."""
    with tempfile.TemporaryDirectory(prefix="l", dir="/tmp") as name, Running(Path(name) / "s") as station_up:
        yield station_up


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
