"""The simulated camera: what it shows, and how its stream is cut into packets."""

import asyncio
import json
import struct
from typing import Any

import pytest

from simulators.camera import CameraDesk, Encoder, SimulatedCamera
from simulators.rtsp import LARGEST_PAYLOAD, AccessUnit, RtpSender, nal_units, payloads
from simulators.scene import HEIGHT, LOOP_S, WIDTH, Scene

NOON_S = 1_795_233_600.0
CLOCK_ROWS = 28 * WIDTH


def below_the_clock(picture: bytes) -> bytes:
    return picture[CLOCK_ROWS:]


def test_the_hall_lives_and_its_clock_goes_on() -> None:
    scene = Scene()
    first, second = scene.picture(1.0, NOON_S), scene.picture(2.0, NOON_S + 1)
    assert len(first) == WIDTH * HEIGHT
    assert first[:CLOCK_ROWS] != second[:CLOCK_ROWS]
    assert below_the_clock(first) != below_the_clock(second)


def test_the_same_seed_and_moment_show_the_same() -> None:
    assert Scene(seed=3).picture(1.0, NOON_S) == Scene(seed=3).picture(1.0, NOON_S)
    assert Scene(seed=3).picture(1.0, NOON_S) != Scene(seed=4).picture(1.0, NOON_S)


def test_a_frozen_picture_stands_still_behind_a_clock_that_goes_on() -> None:
    scene = Scene()
    scene.see("frozen", 5.0)
    first, second = scene.picture(6.0, NOON_S), scene.picture(9.0, NOON_S + 3)
    assert below_the_clock(first) == below_the_clock(second)
    assert first != second


def test_a_loop_shows_the_same_seconds_again_with_their_clock() -> None:
    scene = Scene()
    scene.see("loop", 10.0)
    first, other, again = (scene.picture(at_s, NOON_S + at_s) for at_s in (11.0, 12.0, 11.0 + LOOP_S))
    assert first == again
    assert below_the_clock(first) != below_the_clock(other)


@pytest.mark.parametrize("sight", ["covered", "dark"])
def test_a_cover_and_darkness_show_one_grey(sight: Any) -> None:
    scene = Scene()
    scene.see(sight, 0.0)
    assert len(set(below_the_clock(scene.picture(1.0, NOON_S)))) == 1


def test_every_tenth_picture_is_whole() -> None:
    encoder, scene = Encoder(), Scene()
    units = [unit for n in range(25) for unit in encoder.encode(scene.picture(n / 10, NOON_S), n / 10)]
    assert [number for number, unit in enumerate(units) if unit.is_key] == [0, 10, 20]


@pytest.mark.parametrize("size", [1, 2, LARGEST_PAYLOAD, LARGEST_PAYLOAD + 1, LARGEST_PAYLOAD + 2, 9_999])
def test_a_unit_comes_out_of_its_fragments_as_it_went_in(size: int) -> None:
    unit = bytes([0x65]) + bytes(number % 251 for number in range(size - 1))
    cut = list(payloads(unit))
    assert [ends for _, ends in cut] == [False] * (len(cut) - 1) + [True]
    if len(cut) == 1:
        assert cut[0][0] == unit
        return
    assert cut[0][0][1] & 0x80
    assert all(len(payload) <= LARGEST_PAYLOAD + 2 for payload, _ in cut)
    assert bytes([cut[0][0][0] & 0xE0 | cut[0][0][1] & 0x1F]) + b"".join(p[2:] for p, _ in cut) == unit


def test_nal_units_are_cut_at_long_and_short_start_codes() -> None:
    assert nal_units(b"\0\0\0\1ab\0\0\1cd\0\0\0\1e") == [b"ab", b"cd", b"e"]


def test_packets_are_numbered_and_the_last_of_a_picture_is_marked() -> None:
    sender = RtpSender(sequence=0xFFFF)
    sent = sender.picture(AccessUnit(b"\0\0\0\1ab\0\0\1cd", True, 2.0))
    first, second = sent[:18], sent[18:]
    assert [struct.unpack(">cBHBBHI", packet[:12]) for packet in (first, second)] == [
        (b"$", 0, 14, 0x80, 96, 0xFFFF, 180_000),
        (b"$", 0, 14, 0x80, 96 | 0x80, 0, 180_000),
    ]


def test_a_sender_report_ties_the_stream_to_the_time_of_day() -> None:
    sender = RtpSender(packets=3, octets=40)
    channel, _, kind, ntp, rtp, packets, octets = struct.unpack(">xBH xBxxxxxxQIII", sender.report(0.5, 90_000))
    assert (channel, kind, rtp, packets, octets) == (1, 200, 90_000, 3, 40)
    assert ntp == (2_208_988_800 << 32) + (1 << 31)


async def answers(*lines: bytes) -> tuple[list[dict[str, Any]], SimulatedCamera]:
    camera = SimulatedCamera()
    desk = CameraDesk(camera)
    said = [json.loads(desk.handle_line(line)) for line in lines]
    await asyncio.sleep(0)
    return said, camera


async def test_a_camera_does_as_it_is_told() -> None:
    said, camera = await answers(
        b'{"do": "see", "sight": "covered"}', b'{"do": "clock", "offset_s": 12}', b'{"do": "drop", "for_s": 5}'
    )
    assert all(reply["ok"] for reply in said)
    assert (camera.scene.sight, camera.clock_offset_s) == ("covered", 12.0)
    assert camera.away_until_s is not None


@pytest.mark.parametrize(
    "line", [b"no json", b"[]", b'{"do": "explode"}', b'{"do": "see"}', b'{"do": "drop", "for_s": "long"}']
)
async def test_what_it_does_not_understand_it_says(line: bytes) -> None:
    (reply,), _ = await answers(line)
    assert reply["ok"] is False
    assert reply["error"]


async def test_a_player_that_asks_for_another_stream_or_transport_is_told_so() -> None:
    camera, ready = SimulatedCamera(), asyncio.Event()
    task = asyncio.create_task(camera.run(lambda url: ready.set()))
    await ready.wait()
    reader, writer = await asyncio.open_connection(camera.server.host, camera.server.port)

    async def ask(request: str) -> str:
        writer.write(f"{request}\r\n\r\n".encode())
        return (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0]

    url = camera.server.url
    assert await ask(f"DESCRIBE {url}2 RTSP/1.0\r\nCSeq: 1") == "RTSP/1.0 404 Not Found"
    assert await ask(f"SETUP {url}/track1 RTSP/1.0\r\nTransport: RTP/AVP;unicast") == (
        "RTSP/1.0 461 Unsupported Transport"
    )
    assert await ask(f"RECORD {url} RTSP/1.0") == "RTSP/1.0 501 Not Implemented"
    writer.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
