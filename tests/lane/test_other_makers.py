"""A lane of other makers: the same methods, with nothing changed but the lane file."""

from pathlib import Path
from typing import Any

import pytest

from simulators.station import PETROL_LANE

KIT = {
    "opacity": "fuli-flb-100",
    "rpm": "fuli-vmt-2000",
    "led": "tongji-led",
    "weather": "xincheng-xce-101",
    "flow": "nanhua-nhf-1",
}


@pytest.fixture
def other_makers_file(lane_file: Path) -> Path:
    tables = [f'[devices.{name}]\ndriver = "{driver}"\nport = "memory-{name}"\n' for name, driver in KIT.items()]
    lane_file.write_text("\n".join([lane_file.read_text("utf-8"), *tables]), "utf-8")
    return lane_file


async def test_a_lane_of_other_makers_tests_by_free_acceleration(
    other_makers_file: Path, manual_clock: Any, lock_step: Any
) -> None:
    async with lock_step(other_makers_file, manual_clock, devices=(*PETROL_LANE, *KIT.values())) as lane:
        await lane.start("smoky_diesel", drive="four_wheel_full_time")

        body = await lane.until_done()

        assert (body["method"], body["outcome"]) == ("free_acceleration", "fail"), (body["reasons"], body["values"])
        assert body["values"]["snaps_counted"] == 3
        assert all(slot.state == "ready" for slot in lane.lane.parts.equipment.slots.values())
        assert body["ambient"]["pressure_kpa"] == pytest.approx(100.8, abs=0.1)
