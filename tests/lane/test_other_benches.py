"""Benches of other makers under a whole test: nothing changes but the lane file, no lost answer leaves a load on."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.station import PETROL_LANE

BNTD = '[devices.dyno]\ndriver = "xincheng-bntd"\nport = "memory-dyno"\n'
IO = '\n[devices.io]\ndriver = "generic-modbus-io"\nport = "memory-io"\nmap = "example-io"\n'
FULL = os.environ.get("FULL") == "1"
BENCHES = ("nanhua-nhc-03", "maha-asm-p", "igbt-ascii")
LOAD_N = 500.0
OFF_WITHIN_S, NAMED_WITHIN_S, BACK_WITHIN_S = 0.5, 2.0, 5.0


def fit_out(lane_file: Path, bench: str) -> tuple[str, ...]:
    """Write this bench and a lane I/O module into the lane file; returns the lane's devices."""
    text = lane_file.read_text("utf-8")
    assert BNTD in text
    lane_file.write_text(text.replace(BNTD, BNTD.replace("xincheng-bntd", bench)) + IO, "utf-8")
    return (*(bench if each == "xincheng-bntd" else each for each in PETROL_LANE), "generic-modbus-io")


@pytest.fixture(params=BENCHES)
async def other(
    request: pytest.FixtureRequest, lane_file: Path, manual_clock: Any, lock_step: Any
) -> AsyncIterator[Any]:
    """A lane with lane I/O on this bench."""
    async with lock_step(lane_file, manual_clock, devices=fit_out(lane_file, request.param)) as lane:
        yield lane


async def under_load(lane: Any) -> None:
    """Bring a test to where the bench is told to brake: by hand; FULL=1 waits until the test does."""
    await lane.start("worn_catalyst")
    if FULL:
        await lane.until_stage("measure", "asm5025")
    else:
        lane.desk._run._load.hold(LOAD_N)
    assert await lane.run_for(10.0, lambda: lane.commanded_brake_n() > 0.8 * LOAD_N)


@pytest.mark.parametrize("other", BENCHES if FULL else BENCHES[:1], indirect=True)
async def test_a_whole_asm_test_passes_and_leaves_no_load(other: Any) -> None:
    await other.start("clean_petrol")

    body = await other.until_done()

    assert (body["outcome"], body["reasons"][0]) == ("pass", "quick_check_passed")
    assert other.world.bench.brake.mode == "off"
    assert await other.run_for(6.0, lambda: other.world.bench.lift == "up")


async def test_lost_answers_leave_no_load_after_half_a_second_and_the_bench_comes_back_by_itself(other: Any) -> None:
    await under_load(other)
    brake, slot = other.world.bench.brake, other.lane.parts.equipment.slots["dyno"]

    other.world.fault("dyno", "silence")  # what it is told still arrives; a pulled cable: test_each_device_unplugged

    assert await other.run_for(OFF_WITHIN_S, lambda: brake.mode == "off"), "the load is still commanded"
    assert await other.run_for(NAMED_WITHIN_S - OFF_WITHIN_S, lambda: slot.state in ("lost", "fault"))
    assert slot.code == "no_reply"
    body = await other.until_sealed()
    assert (body["outcome"], body["judgements"], body["reasons"][0]) == ("invalid", [], "dyno_lost")

    other.world.clear()

    def back() -> bool:
        return bool(slot.state == "ready" and slot.device.latest().state == "idle")

    assert await other.run_for(BACK_WITHIN_S, back), slot.evidence
    assert brake.mode == "off", "no load comes back with the answers"
