"""Petrol cars on a lane whose gas analyzer is another make: the same test, with nothing changed but the lane file."""

from pathlib import Path
from typing import Any

import pytest

from simulators.station import PETROL_LANE

REST = tuple(device for device in PETROL_LANE if device != "nanhua-nha-506i")


@pytest.fixture
def lane_of(lane_file: Path) -> Any:
    """Return a function that puts another gas analyzer into the lane file."""

    def put(driver: str) -> Path:
        lane_file.write_text(lane_file.read_text("utf-8").replace("nanhua-nha-506i", driver), "utf-8")
        return lane_file

    return put


@pytest.mark.parametrize(("driver", "preset", "outcome"), [("mingquan-mqw-50a", "worn_catalyst", "fail")])
async def test_a_car_is_tested_with_another_analyzer(
    lane_of: Any, lock_step: Any, manual_clock: Any, driver: str, preset: str, outcome: str
) -> None:
    async with lock_step(lane_of(driver), manual_clock, devices=(driver, *REST)) as lane:
        await lane.start(preset, drive="four_wheel_full_time")

        body = await lane.until_done()

        assert (body["method"], body["outcome"]) == ("two_speed_idle", outcome), body["reasons"]


async def test_an_analyzer_that_takes_no_order_to_set_zero_never_gets_to_a_test(
    lane_of: Any, lock_step: Any, manual_clock: Any
) -> None:
    async with lock_step(lane_of("nanhua-nha-506"), manual_clock, devices=("nanhua-nha-506", *REST)) as lane:
        await lane.start("clean_petrol", drive="four_wheel_full_time")

        body = await lane.until_done()

        assert body["outcome"] not in ("pass", "fail")
        assert "a NHA-506 has no known command for this" in str(body["reasons"])
