"""Watches one camera: keeps its decoder process alive, listens to it, and knows how the camera stands.

Knows processes, pauses and lines of JSON. What a picture shows is measured in the child (decode), what it means is
decided in judge. A decoder that crashes, hangs or floods costs the picture and nothing else.
"""

import asyncio
import contextlib
import importlib.util
import json
import logging
import math
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lanectl.cameras.judge import Look, Seen, judge, see
from lanectl.model.camera import CameraReport, CameraState

log = logging.getLogger(__name__)
SILENT_AFTER_S = 15.0
"""A child that says nothing for so long hangs; its own limits for opening and reading are shorter."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
LONGEST_LINE = 4_096
LAST_WORDS_S = 2.0
TICK_S = 0.5
COMMAND = (sys.executable, "-m", "lanectl.cameras.decode")


class CameraClock(Protocol):
    """Real time: a camera shows the world, which no clock factor hurries."""

    def now_ms(self) -> int:
        """Return monotonic time in ms."""

    def wall_ms(self) -> int:
        """Return UTC in ms since 1970."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera as the lane file describes it."""

    id: str
    name: str
    url: str = field(repr=False)
    required: bool = True
    clock_region: tuple[float, float, float, float] | None = None
    """Where the on-screen clock is: x, y, width, height as fractions of the picture."""
    reference: Path | None = None

    def order(self) -> bytes:
        """Return what the child is told; not on its command line, for the address may hold a password."""
        reference = None if self.reference is None else str(self.reference)
        order = {"url": self.url, "clock_region": self.clock_region, "reference": reference}
        return json.dumps(order).encode() + b"\n"


Spawn = Callable[[], Awaitable[asyncio.subprocess.Process]]


async def spawn_decoder() -> asyncio.subprocess.Process:
    """Start the decoder's process, in a session of its own so that a Ctrl-C at the daemon's terminal is not its."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        *COMMAND, stdin=pipe, stdout=pipe, stderr=nothing, limit=LONGEST_LINE, start_new_session=True
    )


def decoder_is_installed() -> bool:
    """Say whether the extra ``lanectl[camera]`` is there."""
    return importlib.util.find_spec("av") is not None


class Watcher:
    """One camera. ``changed`` is called whenever its state or trouble changes."""

    def __init__(
        self,
        camera: Camera,
        clock: CameraClock,
        changed: Callable[[], None] = lambda: None,
        spawn: Spawn = spawn_decoder,
        installed: Callable[[], bool] = decoder_is_installed,
        refused: Callable[[str], str | None] | None = None,
    ) -> None:
        self._refused = refused
        self.camera = camera
        self.ended = 0
        """Children that have ended so far."""
        self._clock, self._changed, self._spawn, self._installed = clock, changed, spawn, installed
        self._seen = Seen()
        self._state: CameraState = "offline"
        self._trouble: str | None = "starting"
        self._last_frame_ms: int | None = None
        self._bad_since_ms: float | None = -math.inf

    def report(self) -> CameraReport:
        """Return how the camera stands."""
        bad = self._bad_since_ms
        look = self._seen.last
        return CameraReport(
            id=self.camera.id,
            name=self.camera.name,
            required=self.camera.required,
            state=self._state,
            trouble=self._trouble if self._state == "offline" else None,
            last_frame_ms=self._last_frame_ms,
            clock_offset_s=None if look is None or self._state == "offline" else look.clock_offset_s,
            bad_for_s=None if bad is None else max(0.0, (self._clock.now_ms() - bad) / 1000.0),
        )

    async def run(self) -> None:
        """Watch until cancelled: one child after another, with growing pauses while none brings a picture."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick())
            failures = 0
            while True:
                brought = await self._one_child()
                failures = 0 if brought else failures + 1
                await self._clock.sleep(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 10)))

    async def _tick(self) -> None:
        """Notice that pictures stay away."""
        while True:
            await self._clock.sleep(TICK_S)
            self._look_again()

    async def _not_allowed(self) -> str | None:
        """Ask, off the loop, where the address leads to now: resolving a name may take seconds."""
        return None if self._refused is None else await asyncio.to_thread(self._refused, self.camera.url)

    async def _one_child(self) -> bool:
        """Run one child to its end; says whether it brought a picture."""
        if not self._installed():
            self._set_trouble("no_decoder")
            return False
        if (kind := await self._not_allowed()) is not None:
            log.error("camera %s: its address leads to an end that this mode does not open: %s", self.camera.id, kind)
            self._set_trouble("simulated_end")
            return False
        try:
            child = await self._spawn()
        except OSError as error:
            log.error("camera %s: the decoder cannot be started: %s", self.camera.id, error)
            self._set_trouble("decoder_crashed")
            return False
        frames = self._last_frame_ms
        try:
            trouble = await self._listen(child)
        finally:
            await _end(child)
            self.ended += 1
        log.warning("camera %s: the stream ended (%s)", self.camera.id, trouble)
        self._seen = Seen()
        self._set_trouble(trouble)
        return self._last_frame_ms != frames

    async def _listen(self, child: asyncio.subprocess.Process) -> str:
        """Take what the child says until its end; returns the trouble code."""
        assert child.stdin is not None
        assert child.stdout is not None
        with contextlib.suppress(ConnectionError):  # it is gone already: its silence says so
            child.stdin.write(self.camera.order())
            await child.stdin.drain()
        while True:
            try:
                async with asyncio.timeout(SILENT_AFTER_S):
                    line = await child.stdout.readline()
                if not line:
                    return "decoder_crashed"
                said = json.loads(line)
                if not isinstance(said, dict):
                    return "decoder_crashed"
                if "trouble" in said:
                    return str(said["trouble"])
                self._take(said)
            except TimeoutError:
                return "decoder_hangs"
            except (ValueError, TypeError, KeyError):  # no line of ours: a child that babbles is not believed
                return "decoder_crashed"

    def _take(self, said: Mapping[str, object]) -> None:
        figures = {name: _figure(said, name) for name in ("change", "match", "clock_offset_s")}
        level, spread, edges = (_number(said[name]) for name in ("level", "spread", "edges"))
        self._seen = see(self._seen, Look(self._clock.now_ms(), level, spread, edges, **figures))
        self._last_frame_ms = self._clock.wall_ms()
        self._look_again()

    def _set_trouble(self, trouble: str) -> None:
        differs, self._trouble = trouble != self._trouble, trouble
        if not self._look_again() and differs:
            self._changed()

    def _look_again(self) -> bool:
        """Judge anew; says whether the state changed, and told so."""
        now_ms = self._clock.now_ms()
        state, before = judge(self._seen, now_ms), self._state
        if state == "online":
            self._bad_since_ms = None
        elif self._bad_since_ms is None:
            self._bad_since_ms = now_ms
        self._state = state
        if state == before:
            return False
        log.warning("camera %s: %s, was %s", self.camera.id, state, before)
        if state == "offline" and self._seen.last is not None:
            self._trouble = "silent"  # pictures stay away from a stream that has not ended
        self._changed()
        return True


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("no number")
    return float(value)


def _figure(said: Mapping[str, object], name: str) -> float | None:
    return None if said.get(name) is None else _number(said[name])


async def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    assert child.stdout is not None
    # What it still had to say is thrown away: asyncio calls a process ended only when its pipe is empty.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LAST_WORDS_S):
            while await child.stdout.read(LONGEST_LINE):
                pass
        await child.wait()
