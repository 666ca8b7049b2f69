"""Cameras at the bureau: their last word, and an alarm after three heartbeats that did not come."""

import json
from datetime import timedelta
from typing import Any

import pytest

TOPIC = "lanectl/v1/440106/44010625/01/camera/front"


def message(world: Any, **changes: object) -> bytes:
    body = {
        "schema": "lanectl/camera/1",
        "id": "camera-front-abcd-1",
        "seq": 1,
        "camera": "front",
        "required": True,
        "state": "online",
        "trouble": None,
        "last_frame_at": world.now.isoformat(),
        "clock_offset_s": -0.1,
        "expires_at": (world.now + timedelta(seconds=30)).isoformat(),
    }
    return json.dumps({**body, **changes}).encode()


def kinds(bureau: Any) -> list[str]:
    return [kind for _, kind, _ in bureau.notices()]


def test_the_bureau_shows_what_a_camera_said_last(world: Any) -> None:
    bureau = world.bureau()
    assert world.tell(bureau, TOPIC, message(world)) == []
    world.tell(bureau, TOPIC, message(world, state="covered"))
    (row,) = bureau.cameras()
    assert (row.lane, row.camera, row.state, row.clock_offset_s) == (world.lane, "front", "covered", -0.1)
    assert (world.lane, "camera_bad", "front: covered") in bureau.notices()


def test_a_camera_is_alarmed_for_after_three_missed_heartbeats_and_not_before(world: Any) -> None:
    bureau = world.bureau()
    world.tell(bureau, TOPIC, message(world))
    world.now += timedelta(seconds=30)
    assert kinds(bureau) == []
    assert bureau.cameras()[0].state == "online"

    world.now += timedelta(seconds=1)
    assert kinds(bureau) == ["camera_silent"]
    assert (bureau.cameras()[0].state, bureau.cameras()[0].silent) == ("unknown", True)


def test_any_message_makes_the_bureau_look_for_silent_cameras(world: Any) -> None:
    bureau = world.bureau()
    world.tell(bureau, TOPIC, message(world))
    world.now += timedelta(seconds=31)
    world.tell(bureau, TOPIC.replace("front", "rear"), message(world, camera="rear"))
    with bureau.desk.lock:
        assert [kind for _, kind, _ in bureau.desk.store.notices()] == ["camera_silent"]


def test_an_expiry_in_the_far_future_keeps_no_silent_camera_alive(world: Any) -> None:
    bureau = world.bureau()
    world.tell(bureau, TOPIC, message(world, expires_at="2099-01-01T00:00:00+08:00"))
    world.now += timedelta(seconds=31)
    assert kinds(bureau) == ["camera_silent"]


def test_an_old_message_that_the_broker_kept_is_not_taken_for_a_living_camera(world: Any) -> None:
    bureau, old = world.bureau(), message(world)
    world.now += timedelta(hours=1)
    world.tell(bureau, TOPIC, old)
    assert bureau.cameras()[0].state == "unknown"
    assert kinds(bureau) == ["camera_silent"]


def test_a_lane_that_said_that_it_stops_is_not_alarmed_for(world: Any) -> None:
    bureau = world.bureau()
    world.tell(bureau, TOPIC, message(world))
    stopped = {"schema": "lanectl/state/1", "id": "s", "seq": 1, "state": "stopped", "session": 1, "expires_at": None}
    world.tell(bureau, f"lanectl/v1/{world.lane}/state", json.dumps(stopped).encode())
    world.now += timedelta(hours=1)
    assert kinds(bureau) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"camera": "rear"},
        {"state": "splendid"},
        {"schema": "lanectl/camera/2"},
        {"expires_at": "soon"},
        {"expires_at": "2026-11-21T12:00:00"},
        {"clock_offset_s": "late"},
    ],
)
def test_a_message_that_cannot_be_right_is_noted_and_not_kept(world: Any, changes: dict[str, object]) -> None:
    bureau = world.bureau()
    world.tell(bureau, TOPIC, message(world, **changes))
    assert bureau.cameras() == []
    assert kinds(bureau) == ["unreadable"]
