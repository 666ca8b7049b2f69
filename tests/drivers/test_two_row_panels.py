"""Panels with two rows: what goes out as a transcript, and what people then read on the simulated panel."""

import asyncio
from typing import Any

import pytest

from drivers.errors import PortLostError, RefusedError
from drivers.registry import DRIVERS
from drivers.roles import DriverDisplay
from tests.drivers.conftest import built

PANELS = ("tongji-led", "antong-led")
CLEAR = bytes.fromhex("1B 01 44 0D")
UPPER, LOWER = bytes.fromhex("1B 01 04 BC EC B2 E2 D6 D0 0D"), bytes.fromhex("1B 01 05 C7 EB BC D3 CB D9 0D")


def made(script: Any, clock: Any, device: str, **settings: Any) -> Any:
    return built(DriverDisplay, "led", device, script, clock, **{"byte_gap_ms": 0, **settings})


async def test_two_rows_go_out_in_one_write_and_a_missing_one_is_cleared(script: Any, manual_clock: Any) -> None:
    panel = made(script, manual_clock, "tongji-led")
    await panel.open()
    await panel.show("检测中", "请加速")
    await panel.show("检测中")
    await panel.close()
    assert script.heard == [CLEAR, UPPER + LOWER, CLEAR + UPPER, CLEAR]


async def test_another_address_is_spoken_to(script: Any, manual_clock: Any) -> None:
    panel = made(script, manual_clock, "tongji-led", address=3)
    await panel.open()
    await panel.show("检测中")
    assert script.heard[1:] == [bytes.fromhex("1B 03 44 0D 1B 03 04 BC EC B2 E2 D6 D0 0D")]


async def test_a_panel_without_a_clearing_frame_is_blanked_with_spaces(script: Any, manual_clock: Any) -> None:
    panel = made(script, manual_clock, "antong-led", columns=4)
    await panel.open()
    await panel.show("检测中")
    blank = bytes.fromhex("49 49 49 20 20 20 20 02")
    assert script.heard == [
        bytes.fromhex("4C 4C 4C 20 20 20 20 02") + blank,
        bytes.fromhex("4C 4C 4C BC EC B2 E2 D6 D0 02") + blank,
    ]


@pytest.mark.parametrize("device", PANELS)
@pytest.mark.parametrize("text", ["🚗", "two\rlines", "\x02", "检" * 300])
async def test_what_no_panel_can_show_is_refused_and_nothing_is_sent(
    script: Any, manual_clock: Any, device: str, text: str
) -> None:
    with pytest.raises(RefusedError, match="led: show text"):
        await made(script, manual_clock, device).show("好", text)
    assert script.heard == []


@pytest.mark.parametrize("device", PANELS)
async def test_its_bytes_go_out_one_by_one_unless_told_otherwise(script: Any, manual_clock: Any, device: str) -> None:
    info = DRIVERS[device]
    panel: Any = info.build(
        "led", info.settings.model_validate({"driver": device, "port": "x"}), script.near, manual_clock
    )
    showing = asyncio.create_task(panel.open())
    await manual_clock.advance(0.2)
    await showing
    assert script.heard
    assert all(len(heard) == 1 for heard in script.heard)


@pytest.mark.parametrize("device", PANELS)
async def test_the_driver_reads_what_the_lane_tells_him_until_the_cable_is_pulled(new_rig: Any, device: str) -> None:
    rig = new_rig(device)
    panel = rig.devices["led"]
    await rig.see(panel.open())
    await rig.see(panel.show("粤AF3308", "CO₂ 请松开"))
    await rig.wait(0.1)
    assert rig.lane.state()["led"] == ["粤AF3308", "CO2 请松开"]
    await rig.see(panel.show("", "请加速"))
    await rig.wait(0.1)
    assert rig.lane.state()["led"] == ["请加速"]
    rig.lane.fault("led", "unplug")
    await rig.wait(0.1)
    with pytest.raises(PortLostError):
        await rig.see(panel.show("好"))
    rig.lane.clear()
    await rig.wait(0.1)
    await rig.see(panel.open())
    assert rig.lane.state()["led"] == []
    await rig.see(panel.close())
