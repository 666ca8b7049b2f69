"""A simulated camera: a scene, encoded as H.264 and served over RTSP.

It can be covered, darkened, frozen, looped, turned or cut off on command. Knows encoding and time. What is to be seen
is told by scene.py, how it travels by rtsp.py.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import get_args

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from simulators.lane_faults import CannotDoError
from simulators.rtsp import AccessUnit, RtspServer
from simulators.runner import CONTROL_SOCKET, line_socket
from simulators.scene import HEIGHT, WIDTH, Scene, Sight

FRAMES_PER_S = 10
REPORT_EVERY_S = 2.0
SIGHTS: tuple[Sight, ...] = get_args(Sight)
GREY_CHROMA = bytes([128]) * (WIDTH // 2 * HEIGHT // 2)


class Encoder:
    """Pictures in, H.264 out; a whole picture every second."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libx264", "w")
        assert isinstance(codec, VideoCodecContext)
        codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, FRAMES_PER_S), Fraction(FRAMES_PER_S)
        codec.gop_size, codec.thread_count = FRAMES_PER_S, 1
        codec.options = {"preset": "ultrafast", "tune": "zerolatency", "qp": "26"}
        self._codec = codec
        self._count = 0

    def encode(self, grey: bytes, at_s: float) -> list[AccessUnit]:
        """Encode one picture."""
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, data in zip(frame.planes, (grey, GREY_CHROMA, GREY_CHROMA), strict=True):
            plane.update(_padded(data, plane.width, plane.line_size))
        frame.pts = self._count
        self._count += 1
        return [AccessUnit(bytes(packet), packet.is_keyframe, at_s) for packet in self._codec.encode(frame)]


def _padded(data: bytes, width: int, line_size: int) -> bytes:
    if line_size == width:
        return data
    return b"".join(data[at : at + width].ljust(line_size, b"\0") for at in range(0, len(data), width))


class SimulatedCamera:
    """One camera on loopback. ``clock_offset_s`` is how wrong its own clock is."""

    def __init__(self, name: str = "hall", port: int = 0, seed: int = 0, wall: Callable[[], float] = time.time) -> None:
        self.server = RtspServer(name, port)
        self.scene = Scene(seed)
        self.clock_offset_s = 0.0
        self.away_until_s: float | None = None
        self._wall = wall
        self._started_s = time.monotonic()

    def now_s(self) -> float:
        """Return seconds since the camera was made."""
        return time.monotonic() - self._started_s

    def see(self, sight: Sight) -> None:
        """Show the scene in another way from now on; ``live`` ends every trouble of the picture."""
        self.scene.see(sight, self.now_s())

    async def drop(self, for_s: float) -> None:
        """Cut every viewer off and refuse new ones for a time."""
        self.away_until_s = self.now_s() + for_s
        await self.server.close()

    async def run(self, ready: Callable[[str], None] = lambda url: None) -> None:
        """Serve until cancelled. ``ready`` hears the address."""
        await self.server.open()
        ready(self.server.url)
        try:
            await self._film()
        finally:
            await self.server.close()

    async def _film(self) -> None:
        encoder, number, report_at_s = Encoder(), 0, 0.0
        while True:
            now_s = self.now_s()
            if self.away_until_s is not None and now_s >= self.away_until_s:
                self.away_until_s = None
                await self.server.open()
            wall_s = self._wall() + self.clock_offset_s
            report_due = now_s >= report_at_s
            if report_due:
                report_at_s = now_s + REPORT_EVERY_S
            for unit in encoder.encode(self.scene.picture(now_s, wall_s), now_s):
                self.server.show(unit, wall_s, report_due)
            number = max(number + 1, int(self.now_s() * FRAMES_PER_S))
            await asyncio.sleep(number / FRAMES_PER_S - self.now_s())


class CameraDesk:
    """The control surface: one JSON object in, one out.

    ``{"do": "see", "sight": "live|covered|dark|frozen|loop|turned"}``, ``{"do": "drop", "for_s": 5}``,
    ``{"do": "clock", "offset_s": 12}``, ``{"do": "state"}``.
    """

    def __init__(self, camera: SimulatedCamera) -> None:
        self._camera = camera
        self._work: set[asyncio.Task[None]] = set()

    def handle_line(self, line: bytes) -> bytes:
        """Answer one line of JSON with one line of JSON; never raises."""
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise CannotDoError("a command is a JSON object")
            self._handle(command)
            reply: dict[str, object] = {"ok": True, **self._state()}
        except (ValueError, CannotDoError) as error:
            reply = {"ok": False, "error": str(error)}
        return json.dumps(reply).encode() + b"\n"

    def _handle(self, command: Mapping[str, object]) -> None:
        verb, camera = command.get("do"), self._camera
        if verb == "see":
            wanted = [sight for sight in SIGHTS if sight == command.get("sight")]
            if not wanted:
                raise CannotDoError(f"'sight' is one of {', '.join(SIGHTS)}")
            camera.see(wanted[0])
        elif verb == "drop":
            task = asyncio.ensure_future(camera.drop(_seconds(command, "for_s")))
            self._work.add(task)
            task.add_done_callback(self._work.discard)
        elif verb == "clock":
            camera.clock_offset_s = _seconds(command, "offset_s")
        elif verb != "state":
            raise CannotDoError(f"there is no {verb!r}; there are see, drop, clock, state")

    def _state(self) -> dict[str, object]:
        camera = self._camera
        return {"url": camera.server.url, "sight": camera.scene.sight, "clock_offset_s": camera.clock_offset_s}


def _seconds(command: Mapping[str, object], name: str) -> float:
    value = command.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CannotDoError(f"{name!r} is missing, or no number")
    return float(value)


async def run_camera(camera: SimulatedCamera, folder: Path, ready: Callable[[str], None]) -> None:
    """Serve the camera, with ``control.sock`` in the folder, until cancelled."""
    async with line_socket(CameraDesk(camera).handle_line, folder / CONTROL_SOCKET):
        await camera.run(ready)
