"""Every device of every method is unplugged in every phase: load off at once, a reason with its name, no result.

The default run takes each phase and each device of a method at least once; FULL=1 takes all pairs.
"""

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from lanectl.model.words.results import REASONS
from lanectl.procedures.inspection import Finished
from simulators.station import DIESEL_LANE

IO = """
[devices.io]
driver = "generic-modbus-io"
port = "memory-io"
map = "example-io"
"""
CARS: dict[str, tuple[str, dict[str, Any]]] = {
    "asm": ("worn_catalyst", {}),
    "two_speed_idle": ("clean_petrol", {"drive": "four_wheel_full_time"}),
    "free_acceleration": ("clean_diesel", {"drive": "four_wheel_full_time"}),
    "lug_down": ("clean_diesel", {}),
}
DEVICES = {
    "asm": ("dyno", "gas", "io", "obd", "weather"),
    "two_speed_idle": ("gas", "rpm", "obd", "weather", "io"),
    "free_acceleration": ("opacity", "rpm", "obd", "weather", "io"),
    "lug_down": ("dyno", "opacity", "io", "nox", "rpm", "obd", "weather"),
}
PHASES = {
    "asm": ("asm5025_hold", "asm5025", "asm2540_hold", "asm2540"),
    "two_speed_idle": ("precondition", "high_idle_settle", "high_idle", "idle_settle", "idle"),
    "free_acceleration": ("blow_out_idle", "blow_out", "snap_idle", "snap", "snap_settle"),
    "lug_down": (
        "max_rpm", "accelerate", "scan", "to_100", "settle_100", "sample_100", "to_80", "settle_80", "sample_80",
    ),
}  # fmt: skip
LOADED = ("asm", "lug_down")
LOST = {"rpm": "tachometer_lost"}
OFF_WITHIN_S, NAMED_WITHIN_S = 0.5, 2.0


def cases() -> Iterator[tuple[str, str, str]]:
    for method, devices in DEVICES.items():
        phases = ("obd_check", "prepare", *PHASES[method])
        if os.environ.get("FULL"):
            pairs = list(itertools.product(phases, devices))
        else:
            count = max(len(phases), len(devices))
            pairs = [(phases[n % len(phases)], devices[n % len(devices)]) for n in range(count)]
        for phase, device in pairs:
            yield method, phase, device


@pytest.fixture
def whole_lane_file(diesel_lane_file: Path) -> Path:
    diesel_lane_file.write_text(diesel_lane_file.read_text("utf-8") + IO, "utf-8")
    return diesel_lane_file


@pytest.fixture
async def whole_lane(whole_lane_file: Path, manual_clock: Any, lock_step: Any) -> AsyncIterator[Any]:
    """A lane with every role, lane I/O and its watchdog output included."""
    async with lock_step(whole_lane_file, manual_clock, devices=(*DIESEL_LANE, "rz-1", "generic-modbus-io")) as lane:
        yield lane


def is_off(lane: Any, device: str) -> bool:
    """Tell whether no load is commanded; where nobody can be told any more, whether its enable circuit is open."""
    if device == "dyno":
        return not (lane.world.io_face.outputs["watchdog"] or lane.world.bench.brake.enabled)
    return bool(lane.world.bench.brake.mode == "off")


@pytest.mark.parametrize(("method", "phase", "device"), list(cases()))
async def test_a_device_that_is_unplugged_ends_the_test_without_a_result(
    whole_lane: Any, method: str, phase: str, device: str
) -> None:
    lane, (car, facts) = whole_lane, CARS[method]
    await lane.start(car, **facts)
    stage = phase if phase in ("obd_check", "prepare") else "measure"
    await lane.until_stage(stage, "" if stage == phase else phase)
    run = lane.desk._run
    assert run.job.method == method

    lane.world.fault(device, "unplug")

    if method in LOADED:
        assert await lane.run_for(OFF_WITHIN_S, lambda: is_off(lane, device)), "the load is still commanded"
        assert await lane.run_for(NAMED_WITHIN_S - OFF_WITHIN_S, lambda: isinstance(run._state, Finished))
    assert await lane.run_for(NAMED_WITHIN_S, lambda: isinstance(run._state, Finished)), "not noticed"
    body = await lane.until_sealed()
    assert (body["outcome"], body["judgements"]) == ("invalid", [])
    assert body["reasons"][0] == LOST.get(device, f"{device}_lost"), body["reasons"]
    assert body["reasons"][0] in REASONS
    assert is_off(lane, device)


@pytest.mark.parametrize("method", ["two_speed_idle", "free_acceleration"])
async def test_a_panel_that_is_unplugged_is_no_trouble_of_a_test(whole_lane: Any, method: str) -> None:
    car, facts = CARS[method]
    await whole_lane.start(car, **facts)
    await whole_lane.until_stage("prepare")

    whole_lane.world.fault("led", "unplug")

    assert (await whole_lane.until_done())["outcome"] in ("pass", "fail")
