"""The cameras' states on their way to the bureau: retained, on each change, and as a heartbeat."""

import json
from dataclasses import replace
from typing import Any

from lanectl.model.camera import CameraReport
from lanectl.uplink.heartbeat import CameraHeartbeat

FRONT = CameraReport(
    "front", "前摄像头", required=True, state="online", last_frame_ms=1_795_401_000_000, clock_offset_s=None
)
REAR = replace(FRONT, id="rear", state="offline", trouble="no_server", last_frame_ms=None, bad_for_s=4.0)
NOW_MS = 1_795_401_001_000


class Cameras:
    def __init__(self, *reports: CameraReport) -> None:
        self.reports = reports

    def cameras(self) -> tuple[CameraReport, ...]:
        return self.reports


class Broker:
    """Takes messages while it is up."""

    def __init__(self) -> None:
        self.up = True
        self.got: list[tuple[str, dict[str, Any]]] = []

    def take(self, last: str, payload: bytes) -> bool:
        if self.up:
            self.got.append((last, json.loads(payload)))
        return self.up

    def topics(self) -> list[str]:
        topics, self.got = [last for last, _ in self.got], []
        return topics


def heartbeat(cameras: Cameras, broker: Broker) -> CameraHeartbeat:
    return CameraHeartbeat(cameras, broker.take, lambda: NOW_MS, 30.0, "abcd")


def test_a_heartbeat_tells_every_camera_and_when_it_expires() -> None:
    broker = Broker()
    heartbeat(Cameras(FRONT, REAR), broker).beat()
    assert broker.got == [
        (
            "camera/front",
            {
                "schema": "lanectl/camera/1",
                "id": "camera-front-abcd-1",
                "seq": 1,
                "camera": "front",
                "required": True,
                "state": "online",
                "trouble": None,
                "last_frame_at": "2026-11-23T10:30:00.000+08:00",
                "clock_offset_s": None,
                "expires_at": "2026-11-23T10:30:31.000+08:00",
            },
        ),
        (
            "camera/rear",
            {
                "schema": "lanectl/camera/1",
                "id": "camera-rear-abcd-2",
                "seq": 2,
                "camera": "rear",
                "required": True,
                "state": "offline",
                "trouble": "no_server",
                "last_frame_at": None,
                "clock_offset_s": None,
                "expires_at": "2026-11-23T10:30:31.000+08:00",
            },
        ),
    ]


def test_only_the_camera_that_changed_is_told_between_heartbeats() -> None:
    cameras, broker = Cameras(FRONT, REAR), Broker()
    beating = heartbeat(cameras, broker)
    beating.beat()
    broker.topics()

    beating.changes()
    assert broker.topics() == []
    cameras.reports = (replace(FRONT, state="covered"), REAR)
    beating.changes()
    assert broker.topics() == ["camera/front"]


def test_a_change_that_did_not_get_out_is_told_again() -> None:
    cameras, broker = Cameras(FRONT), Broker()
    beating = heartbeat(cameras, broker)
    broker.up = False
    beating.changes()
    broker.up = True
    beating.changes()
    assert broker.topics() == ["camera/front"]


async def test_a_camera_is_heard_at_the_bureau_and_kept_by_the_broker(bench: Any, peer: Any, say: Any) -> None:
    cameras = Cameras(FRONT)
    topic = f"lanectl/v1/{say.lane}/camera/front"
    bureau = await peer(topic)
    uplink = bench.uplink(say.memory_outbox(), cameras=cameras)
    bench.run(uplink)

    await say.eventually(lambda: len(bureau.payloads("front")) >= 3)  # on coming up, then as heartbeats
    cameras.reports = (replace(FRONT, state="covered"),)
    uplink.cameras_changed()
    await say.eventually(lambda: bureau.payloads("front")[-1]["state"] == "covered")

    late = await peer(topic)
    await say.eventually(lambda: late.heard)
    assert late.heard[0].retain
    assert late.payloads("front")[0]["state"] == "covered"
