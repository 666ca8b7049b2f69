"""The watcher against children that behave, crash, hang and babble. No video: the children print what they are told."""

import asyncio
import contextlib
import json
import math
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from lanectl.cameras.room import CameraRoom
from lanectl.cameras.watcher import LONGEST_PAUSE_S, Camera, Watcher

CAMERA = Camera("front", "前摄像头", "rtsp://user:secret@192.0.2.1/live")
LOOK = {"level": 110.0, "spread": 50.0, "edges": 6.0, "change": 1.5, "match": None, "clock_offset_s": -0.1}
SAY = "import json, sys; order = json.loads(sys.stdin.readline())\n"


def saying(*lines: object, then: str = "sys.stdin.read()") -> str:
    """A child that prints these lines."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return SAY + "".join(f"print({text!r}, flush=True)\n" for text in texts) + then


class Nursery:
    """Starts children from their source, one after another; the last one again and again."""

    def __init__(self, *sources: str) -> None:
        self.sources, self.born = list(sources), 0

    async def spawn(self) -> asyncio.subprocess.Process:
        source = self.sources[min(self.born, len(self.sources) - 1)]
        self.born += 1
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", source, stdin=pipe, stdout=pipe, stderr=nothing, limit=4096
        )


class Changes:
    """Counts what it is told, and lets a test wait for something to hold after a change."""

    def __init__(self) -> None:
        self.count = 0
        self._bell = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._bell.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self._bell.clear()
                await self._bell.wait()


@contextlib.asynccontextmanager
async def watching(clock: Any, *sources: str) -> AsyncIterator[tuple[Watcher, Changes, Nursery]]:
    nursery, changes = Nursery(*sources), Changes()
    watcher = Watcher(CAMERA, clock, changes, nursery.spawn)
    task = asyncio.create_task(watcher.run())
    try:
        yield watcher, changes, nursery
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_pictures_from_a_child_make_a_camera_online(manual_clock: Any) -> None:
    async with watching(manual_clock, saying(LOOK, LOOK)) as (watcher, changes, _):
        assert watcher.report().bad_for_s == math.inf
        await changes.until(lambda: watcher.report().state == "online")
        report = watcher.report()
    assert (report.bad_for_s, report.trouble, report.clock_offset_s) == (None, None, -0.1)
    assert report.last_frame_ms == manual_clock.wall_ms()


async def test_a_child_that_says_why_is_quoted(manual_clock: Any) -> None:
    async with watching(manual_clock, saying({"trouble": "not_let_in"}, then="")) as (watcher, changes, _):
        await changes.until(lambda: watcher.report().trouble == "not_let_in")
        assert watcher.report().state == "offline"


@pytest.mark.parametrize(
    "source",
    [
        SAY + "import os; os.kill(os.getpid(), 11)",
        SAY + "raise SystemExit(3)",
        saying("this is no line of ours"),
        saying('["neither"]'),
        saying({"level": 1.0}),
        saying({**LOOK, "level": "bright"}),
        saying({**LOOK, "level": float("nan")}),
        saying("x" * 100_000),
    ],
    ids=["segfault", "exit", "babble", "list", "too little", "text", "nan", "flood"],
)
async def test_a_child_that_crashes_or_babbles_costs_the_picture_and_nothing_else(
    manual_clock: Any, source: str
) -> None:
    async with watching(manual_clock, source, saying(LOOK, LOOK)) as (watcher, changes, nursery):
        await changes.until(lambda: watcher.report().trouble == "decoder_crashed")
        await manual_clock.advance(1.0)
        await changes.until(lambda: watcher.report().state == "online")
    assert nursery.born == 2


async def test_a_camera_that_was_good_goes_offline_with_its_child_and_counts_from_then(manual_clock: Any) -> None:
    async with watching(manual_clock, saying(LOOK, LOOK, then=""), saying({"trouble": "no_server"}, then="")) as (
        watcher, changes, _,
    ):  # fmt: skip
        await changes.until(lambda: watcher.report().state == "offline" and watcher.report().bad_for_s == 0.0)
        await manual_clock.advance(1.0)
        await changes.until(lambda: watcher.report().trouble == "no_server")
        assert watcher.report().bad_for_s == 1.0
        assert not watcher.report().stops_tests
        await manual_clock.advance(29.5)
        assert watcher.report().stops_tests


async def test_a_child_that_falls_silent_makes_the_camera_offline(manual_clock: Any) -> None:
    async with watching(manual_clock, saying(LOOK, LOOK)) as (watcher, changes, _):
        await changes.until(lambda: watcher.report().state == "online")
        await manual_clock.advance(7.0)
        assert (watcher.report().state, watcher.report().trouble) == ("offline", "silent")


async def test_pauses_grow_while_no_child_brings_a_picture(manual_clock: Any) -> None:
    async with watching(manual_clock, saying({"trouble": "no_server"}, then="")) as (watcher, _, nursery):
        for pause_s in (1.0, 2.0, 4.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S):
            await at_rest(nursery, watcher)
            born = nursery.born
            await manual_clock.advance(pause_s - 0.1)
            assert nursery.born == born
            await manual_clock.advance(0.2)
            assert nursery.born == born + 1


async def at_rest(nursery: Nursery, watcher: Watcher) -> None:
    """Wait until the last child has ended and the watcher pauses."""
    async with asyncio.timeout(20):
        while nursery.born == 0 or watcher.ended < nursery.born:  # noqa: ASYNC110 - processes end in real time
            await asyncio.sleep(0.01)


async def test_without_the_decoder_installed_the_camera_says_so(manual_clock: Any) -> None:
    changes, nursery = Changes(), Nursery("")
    watcher = Watcher(CAMERA, manual_clock, changes, nursery.spawn, lambda: False)
    task = asyncio.create_task(watcher.run())
    await changes.until(lambda: watcher.report().trouble == "no_decoder")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert nursery.born == 0


async def test_an_address_that_has_been_pointed_at_this_machine_is_not_opened(manual_clock: Any) -> None:
    changes, nursery, asked = Changes(), Nursery(""), []

    def refused(url: str) -> str | None:
        asked.append(url)
        return "network_loopback"

    watcher = Watcher(CAMERA, manual_clock, changes, nursery.spawn, lambda: True, refused)
    task = asyncio.create_task(watcher.run())
    await changes.until(lambda: watcher.report().trouble == "simulated_end")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (nursery.born, asked[0]) == (0, CAMERA.url)


async def test_the_end_of_the_watcher_is_the_end_of_its_child(manual_clock: Any) -> None:
    children: list[asyncio.subprocess.Process] = []
    nursery, changes = Nursery(saying(LOOK, LOOK)), Changes()

    async def spawn() -> asyncio.subprocess.Process:
        children.append(await nursery.spawn())
        return children[-1]

    watcher = Watcher(CAMERA, manual_clock, changes, spawn)
    task = asyncio.create_task(watcher.run())
    await changes.until(lambda: watcher.report().state == "online")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert children[0].returncode is not None


async def test_the_password_in_an_address_is_not_shown(manual_clock: Any) -> None:
    assert "secret" not in repr(CAMERA)
    assert json.loads(CAMERA.order())["url"] == CAMERA.url


async def test_a_room_reports_every_camera(manual_clock: Any) -> None:
    room = CameraRoom([CAMERA, Camera("rear", "后", "http://192.0.2.2/", required=False)], manual_clock, lambda: None)
    assert [(report.id, report.required, report.stops_tests) for report in room.cameras()] == [
        ("front", True, True),
        ("rear", False, False),
    ]
