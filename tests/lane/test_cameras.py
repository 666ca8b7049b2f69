"""Cameras at the lane: which ones keep a test from starting, and what a gap leaves in the record."""

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest

from lanectl.lane.ports import RefusedError
from lanectl.lane.recording import crash_body
from lanectl.model.camera import CameraReport

GOOD = CameraReport(
    "front", "前摄像头", required=True, state="online", last_frame_ms=1_795_401_000_000, clock_offset_s=-0.1
)
COVERED = replace(GOOD, state="covered", bad_for_s=30.5)


@dataclass
class CamerasOnPaper:
    """Cameras that stand as a test wrote them down."""

    reports: tuple[CameraReport, ...] = (GOOD,)

    def cameras(self) -> tuple[CameraReport, ...]:
        return self.reports


@pytest.fixture
def cameras(lane: Any) -> CamerasOnPaper:
    made = CamerasOnPaper()
    object.__setattr__(lane.lane.parts, "cameras", made)
    lane.desk.locks._cameras = made
    return made


async def refused(lane: Any) -> str:
    with pytest.raises(RefusedError) as told:
        await lane.start("clean_petrol")
    return str(told.value.refusal.code)


@pytest.mark.parametrize("bad_for_s", [30.1, 3_600.0, math.inf])
async def test_a_required_camera_that_has_been_bad_for_too_long_lets_no_test_start(
    lane: Any, cameras: CamerasOnPaper, bad_for_s: float
) -> None:
    cameras.reports = (replace(COVERED, bad_for_s=bad_for_s),)

    assert [lock.code for lock in lane.view().locks] == ["camera"]
    assert "前摄像头" in lane.view().locks[0].message.zh
    assert await refused(lane) == "locked"
    assert lane.desk._run is None


@pytest.mark.parametrize(
    "report", [GOOD, replace(COVERED, bad_for_s=29.9), replace(COVERED, required=False, bad_for_s=3_600.0)]
)
async def test_a_camera_that_is_good_or_bad_for_a_moment_or_not_required_lets_tests_start(
    lane: Any, cameras: CamerasOnPaper, report: CameraReport
) -> None:
    cameras.reports = (report,)
    await lane.start("clean_petrol")
    assert lane.desk._run is not None


async def test_a_camera_that_is_good_again_releases_its_lock(lane: Any, cameras: CamerasOnPaper) -> None:
    cameras.reports = (COVERED,)
    assert await refused(lane) == "locked"
    cameras.reports = (GOOD,)
    assert lane.view().locks == ()


async def test_the_screen_shows_every_camera_with_its_words(lane: Any, cameras: CamerasOnPaper) -> None:
    offline = replace(GOOD, id="rear", name="后", state="offline", trouble="not_let_in", last_frame_ms=None)
    cameras.reports = (COVERED, offline)
    covered, away = lane.view().cameras
    assert (covered.state, covered.last_frame_at, covered.clock_offset_s) == (
        "covered",
        "2026-11-23T10:30:00.000+08:00",
        -0.1,
    )
    assert covered.message.en.startswith("The lens is covered")
    assert (away.state, away.last_frame_at) == ("offline", None)
    assert "password" in away.message.en


async def test_a_gap_during_a_test_goes_into_its_record(lane: Any, cameras: CamerasOnPaper) -> None:
    await lane.start("clean_petrol")
    await lane.run_for(1.0)
    cameras.reports = (replace(COVERED, bad_for_s=0.0),)
    await lane.run_for(1.0)
    cameras.reports = (GOOD,)
    await lane.run_for(1.0)
    await lane.desk.stop("op1", "customer_asks")

    body = await lane.until_done()
    (camera,) = body["cameras"]
    assert (camera["id"], camera["required"], camera["state"]) == ("front", True, "online")
    assert [event["state"] for event in camera["events"]] == ["covered", "online"]
    first, second = (event["t_ms"] for event in camera["events"])
    assert 900 <= first <= 1_200
    assert 900 <= second - first <= 1_200


async def test_a_lane_without_cameras_says_so_in_the_record(lane: Any) -> None:
    await lane.start("clean_petrol")
    await lane.run_for(1.0)
    await lane.desk.stop("op1", "customer_asks")
    assert (await lane.until_done())["cameras"] is None


async def test_cameras_of_a_test_that_a_crash_cut_short_are_in_its_record_too(
    lane: Any, cameras: CamerasOnPaper
) -> None:
    await lane.start("clean_petrol")
    await lane.run_for(1.0)
    cameras.reports = (replace(COVERED, bad_for_s=0.0),)
    await lane.run_for(3.0)
    parts = lane.lane.parts
    (unfinished,) = parts.ledger.ledger.unfinished()
    body = crash_body(unfinished.opening.body, parts.clock.wall_ms(), unfinished.kept.events)
    assert isinstance(body["cameras"], list)
    assert [event["state"] for event in body["cameras"][0]["events"]] == ["covered"]
