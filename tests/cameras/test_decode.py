"""The decoder's child process against streams that a simulated camera and a plain web server serve."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame

from lanectl.cameras.decode import Chooser, trouble
from lanectl.cameras.watcher import Camera, Watcher
from lanectl.lane.clock import RealClock
from simulators.camera import SimulatedCamera
from simulators.scene import CLOCK_REGION, HEIGHT, WIDTH, Scene

WITHIN_S = 15.0


@pytest.fixture
async def camera() -> AsyncIterator[SimulatedCamera]:
    made, ready = SimulatedCamera(seed=7), asyncio.Event()
    task = asyncio.create_task(made.run(lambda url: ready.set()))
    await ready.wait()
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def watched(url: str, **options: Any) -> AsyncIterator[Callable[[Callable[[Any], bool]], Any]]:
    """Watch a stream; yields a function that waits for something to hold of the report, and returns it."""
    bell = asyncio.Event()
    watcher = Watcher(Camera("hall", "检测间", url, clock_region=CLOCK_REGION, **options), RealClock(), bell.set)
    task = asyncio.create_task(watcher.run())

    async def until(holds: Callable[[Any], bool]) -> Any:
        async with asyncio.timeout(WITHIN_S):
            while not holds(watcher.report()):
                bell.clear()
                await bell.wait()
        return watcher.report()

    try:
        yield until
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_simulated_camera_is_online_then_covered_then_gone_then_back(camera: SimulatedCamera) -> None:
    async with watched(camera.server.url) as until:
        online = await until(lambda report: report.state == "online")
        camera.see("covered")
        await until(lambda report: report.state == "covered")
        camera.see("live")
        await until(lambda report: report.state == "online")
        await camera.drop(1.0)
        await until(lambda report: report.state == "offline")
        await until(lambda report: report.state == "online")
    assert online.clock_offset_s is not None
    assert abs(online.clock_offset_s) < 1.0


async def test_a_frozen_picture_behind_a_clock_that_goes_on_is_frozen(camera: SimulatedCamera) -> None:
    async with watched(camera.server.url) as until:
        await until(lambda report: report.state == "online")
        camera.see("frozen")
        await until(lambda report: report.state == "frozen")


async def test_the_clock_of_the_stream_is_read_from_its_sender_reports(camera: SimulatedCamera) -> None:
    camera.clock_offset_s = 42.0
    async with watched(camera.server.url) as until:
        report = await until(lambda report: report.state == "online")
    assert report.clock_offset_s == pytest.approx(42.0, abs=1.0)


async def test_a_turned_camera_does_not_match_its_reference(camera: SimulatedCamera, tmp_path: Path) -> None:
    reference = tmp_path / "reference.png"
    keep_picture(reference, Scene(seed=7).picture(0.0, time.time()))
    async with watched(camera.server.url, reference=reference) as until:
        await until(lambda report: report.state == "online")
        camera.see("turned")
        await until(lambda report: report.state == "moved")


async def test_a_reference_that_is_no_picture_is_named(camera: SimulatedCamera, tmp_path: Path) -> None:
    (tmp_path / "reference.png").write_text("no picture")
    async with watched(camera.server.url, reference=tmp_path / "reference.png") as until:
        await until(lambda report: report.trouble == "bad_reference")


async def test_nobody_at_the_address_is_named(camera: SimulatedCamera) -> None:
    await camera.drop(60.0)
    async with watched(camera.server.url) as until:
        assert (await until(lambda report: report.trouble == "no_server")).state == "offline"


async def test_a_motion_jpeg_stream_over_http_is_watched_and_has_no_clock() -> None:
    async with motion_jpeg() as url, watched(url) as until:
        report = await until(lambda report: report.state == "online")
    assert report.clock_offset_s is None


def keep_picture(path: Path, grey: bytes) -> None:
    path.write_bytes(encoded(grey, "png", "gray"))


def encoded(grey: bytes, codec: str, pixels: str) -> bytes:
    frame = VideoFrame(WIDTH, HEIGHT, "gray")
    plane = frame.planes[0]
    rows = (grey[at : at + WIDTH].ljust(plane.line_size, b"\0") for at in range(0, len(grey), WIDTH))
    plane.update(b"".join(rows))
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = WIDTH, HEIGHT, pixels, Fraction(1, 10)
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame.reformat(format=pixels)), *encoder.encode()])


@contextlib.asynccontextmanager
async def motion_jpeg() -> AsyncIterator[str]:
    scene = Scene(seed=7)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            for number in range(1_000):
                jpeg = encoded(scene.picture(number / 10, time.time()), "mjpeg", "yuvj420p")
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                writer.write(head.encode() + jpeg + b"\r\n")
                await writer.drain()
                await asyncio.sleep(0.1)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/video"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_only_whole_pictures_are_decoded_when_they_come_often_enough() -> None:
    chooser = Chooser()
    decoded = []
    for number in range(60):  # fifteen pictures a second, every fifteenth whole
        now_s, is_key = number / 15, number % 15 == 0
        if chooser.decodes(is_key, now_s):
            decoded.append(number)
            chooser.measures(now_s)
    assert decoded == [*range(15), 30, 45]  # the one at 15 came right after a measured one


def test_every_picture_is_decoded_when_whole_ones_are_rare_and_two_a_second_are_measured() -> None:
    chooser = Chooser()
    measured = 0
    for number in range(150):
        assert chooser.decodes(number % 75 == 0, number / 15)
        measured += chooser.measures(number / 15)
    assert 18 <= measured <= 26


def test_of_a_stream_of_whole_pictures_no_more_is_decoded_than_is_measured() -> None:
    chooser = Chooser()
    decoded = 0
    for number in range(150):
        if chooser.decodes(True, number / 15):
            decoded += 1
            chooser.measures(number / 15)
    assert 18 <= decoded <= 27


def test_an_error_without_a_name_of_its_own_is_a_stream_that_broke_off() -> None:
    assert trouble(av.error.HTTPUnauthorizedError(1, "")) == "not_let_in"
    assert trouble(av.error.HTTPServerError(1, "")) == "broken_off"
