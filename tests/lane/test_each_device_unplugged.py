"""Each device of the registry is unplugged under load: load off at once, an error with its name, back after replugging.

A walk over the registry: a device that is added is in it. The default run unplugs each while a test prepares, with a
load put on by hand; FULL=1 plays each test until it measures and brakes by itself.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from drivers.info import (
    DISPLAY,
    DYNO,
    FLOW,
    GAS,
    LANE_IO,
    NOX,
    OBD,
    OPACITY,
    ROLLER_MOTOR,
    TACHOMETER,
    WEATHER,
    DriverInfo,
)
from drivers.registry import DRIVERS
from lanectl.procedures.inspection import Finished
from simulators.devices import DEVICE_IDS
from tests.drivers.needed import MAPS
from tests.lane.conftest import lay_out

FULL = os.environ.get("FULL") == "1"
OFF_WITHIN_S, NAMED_WITHIN_S, BACK_WITHIN_S = 0.5, 2.0, 5.0
LOAD_N = 300.0
PETROL = {"gas": "nanhua-nha-506i", "dyno": "xincheng-bntd", "obd": "elm327"}
DIESEL = {**PETROL, "opacity": "nanhua-nht-6", "nox": "mingquan-mqw-5102"}
ON_ROLLERS = {
    GAS: ("clean_petrol", {**PETROL, "weather": "rz-1"}),
    DYNO: ("worn_catalyst", {**PETROL, "io": "generic-modbus-io"}),
    LANE_IO: ("worn_catalyst", PETROL),
    OBD: ("worn_catalyst", PETROL),
    WEATHER: ("worn_catalyst", PETROL),
    OPACITY: ("clean_diesel", DIESEL),
    NOX: ("clean_diesel", DIESEL),
    TACHOMETER: ("clean_diesel", DIESEL),
}
"""Role to a car whose test uses it, and what else that test needs. Not every analyzer purges, or knows the weather."""
BY_HAND = ("iso27145-can", "j1939-can", "nanhua-nha-506", "mingquan-mqw-511", "foshan-fga-4100")
"""Readers that this car's control unit does not answer, and analyzers that cannot set zero or purge when they are told:
no test comes to braking with them by itself."""
NO_PART = (DISPLAY, FLOW, ROLLER_MOTOR)
"""Roles whose loss ends no test under load: it is told, and the device comes back."""


def table(device: str) -> str:
    name = DEVICE_IDS[device]
    keys = {"driver": device, "port": f"/dev/lane/{name}", **MAPS[device]}
    keys |= {"measures": "nox"} if "measures" in keys else {}  # lug-down wants all of it
    return "\n".join([f"[devices.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items()), "\n"])


@pytest.fixture(scope="module")
def common_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a lane whose keys and signed data all of these tests share."""
    return lay_out(tmp_path_factory.mktemp("lane"))


def write(common_file: Path, name: str, devices: Iterable[str]) -> Path:
    text = common_file.read_text("utf-8")
    (common_file.parent / name).mkdir()
    lane_file = common_file.with_name(f"{name}.toml")
    ledger = f'[ledger]\nfile = "{name}/ledger.db"\n\n'
    lane_file.write_text(text[: text.index("[devices.")] + ledger + "\n".join(map(table, devices)), "utf-8")
    return lane_file


def is_off(lane: Any, device: str) -> bool:
    """Tell whether no load is commanded; where nobody can be told any more, whether its enable circuit is open."""
    if device == "dyno":
        return not (lane.world.io_face.outputs["watchdog"] or lane.world.bench.brake.enabled)
    return bool(lane.world.bench.brake.mode == "off")


async def brake_by_hand(lane: Any, info: DriverInfo) -> Any:
    """Bring a test to where it talks with this device, and have it brake."""
    run = lane.desk._run
    if FULL and info.id not in BY_HAND:
        assert await lane.run_for(400.0, lambda: run.stage == "measure" and lane.world.bench.brake.mode != "off")
        return run
    run._load.hold(LOAD_N)
    assert await lane.run_for(5.0, lambda: lane.commanded_brake_n() > 0.0)
    return run


@pytest.mark.parametrize("info", DRIVERS.values(), ids=lambda info: info.id)
async def test_a_device_that_is_unplugged_is_named_and_comes_back(
    info: DriverInfo, common_file: Path, manual_clock: Any, lock_step: Any
) -> None:
    name = DEVICE_IDS[info.id]
    car, kit = ON_ROLLERS.get(info.role, ("worn_catalyst", PETROL))
    devices = {**kit, name: info.id}
    lane_file = write(common_file, info.id, devices.values())

    async with lock_step(lane_file, manual_clock, devices=tuple(devices.values())) as lane:
        slot = lane.lane.parts.equipment.slots[name]
        assert await lane.run_for(10.0, lambda: slot.state == "ready"), slot.evidence
        await lane.start(car)
        run = await brake_by_hand(lane, info)

        lane.world.fault(name, "unplug")

        if info.role not in NO_PART:
            assert await lane.run_for(OFF_WITHIN_S, lambda: is_off(lane, name)), "the load is still commanded"
        assert await lane.run_for(NAMED_WITHIN_S - OFF_WITHIN_S, lambda: slot.state == "lost"), slot.state
        assert slot.code == "unplugged"
        if info.role not in NO_PART:
            assert await lane.run_for(NAMED_WITHIN_S, lambda: isinstance(run._state, Finished))
        lane.world.clear(name, "unplug")
        assert await lane.run_for(BACK_WITHIN_S, lambda: slot.state == "ready"), slot.evidence
