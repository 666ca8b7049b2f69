"""Our camera watcher against Debian's GStreamer RTSP server: a stream, an encoder and a clock that are not ours."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lanectl.cameras.watcher import Camera, Watcher
from lanectl.lane.clock import RealClock

pytestmark = pytest.mark.peer
SYSTEM_PYTHON = Path("/usr/bin/python3")
WITHIN_S = 10.0
CLOCK = (0.0, 0.0, 0.5, 0.2)


class Hall:
    """The peer's stream."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.url = f"rtsp://127.0.0.1:{port}/hall"

    def show(self, pattern: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"show {pattern}\n".encode())


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        SYSTEM_PYTHON, Path(__file__).with_name("rtsp_peer.py"), stdin=pipe, stdout=pipe
    )
    assert process.stdout is not None
    line = await process.stdout.readline()
    assert line, "the peer does not start: apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-*"
    yield Hall(process, int(line))
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


@contextlib.asynccontextmanager
async def watched(url: str) -> AsyncIterator["Eyewitness"]:
    witness = Eyewitness(url)
    task = asyncio.create_task(witness.watcher.run())
    yield witness
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Eyewitness:
    """A watcher, and how long it took to see what it should."""

    def __init__(self, url: str) -> None:
        self._changed = asyncio.Event()
        self.states: list[str] = []
        self.watcher = Watcher(Camera("hall", "检测间", url, clock_region=CLOCK), RealClock(), self._note)

    def _note(self) -> None:
        self.states.append(self.watcher.report().state)
        self._changed.set()

    async def sees(self, state: str) -> float:
        started_s = time.monotonic()
        async with asyncio.timeout(WITHIN_S):
            while self.watcher.report().state != state:
                self._changed.clear()
                await self._changed.wait()
        return time.monotonic() - started_s


async def test_a_stream_that_is_not_ours_is_online_then_frozen_then_dark_within_ten_seconds_each(hall: Hall) -> None:
    async with watched(hall.url) as witness:
        await witness.sees("online")
        hall.show("smpte75")  # stands still; the clock in its corner goes on
        await witness.sees("frozen")
        hall.show("black")
        await witness.sees("dark")
        hall.show("smpte")
        await witness.sees("online")
        report = witness.watcher.report()

    assert [state for state in witness.states if state != "offline"] == ["online", "frozen", "dark", "online"]
    assert report.clock_offset_s is not None
    assert abs(report.clock_offset_s) < 2.0
    assert report.last_frame_ms is not None


async def test_a_stream_that_is_not_there_is_named(hall: Hall) -> None:
    async with watched(hall.url.replace("hall", "yard")) as witness:
        async with asyncio.timeout(WITHIN_S):
            while witness.watcher.report().trouble == "starting":
                await witness._changed.wait()
        assert (witness.watcher.report().state, witness.watcher.report().trouble) == ("offline", "no_stream")
