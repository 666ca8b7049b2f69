"""What each device tells about itself, asked of its simulator: the registry names just those facts."""

from collections.abc import Callable
from typing import Any

import pytest

from drivers.info import DriverInfo
from drivers.registry import DRIVERS
from drivers.roles import Identity
from drivers.settings import FACTS
from simulators.devices import DEVICE_IDS
from tests.drivers.needed import MAPS

A_MAP_TELLS = {"generic-modbus-dyno", "generic-modbus-io"}
"""What these are called is their map's word, not the device's."""


@pytest.mark.parametrize("info", DRIVERS.values(), ids=lambda info: info.id)
async def test_what_a_device_tells_about_itself_is_what_the_registry_says(
    info: DriverInfo, new_rig: Callable[..., Any]
) -> None:
    """So an official lane file can name it, and ``config check`` refuses to expect what is never told."""
    rig = new_rig(info.id, **{"port": "/dev/lane/x", **MAPS[info.id]})
    rig.lane.drive_on("clean_petrol")
    device = rig.devices[DEVICE_IDS[info.id]]
    await rig.see(device.open())

    said = await rig.see(device.identify())

    told = {fact for fact in FACTS if getattr(said, fact) is not None}
    assert isinstance(said, Identity)
    assert (set() if info.id in A_MAP_TELLS else told) == info.tells
    await rig.see(device.close())
