"""What the screens of the other methods say as readings come: figures, bands, pedal, and the sides of a limit."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.terminal.screens.conftest import Glass

pytestmark = pytest.mark.browser


def test_the_large_figure_follows_what_the_driver_is_to_hold(glass: "Glass") -> None:
    glass.lane.show(running=glass.parts["high_idle"](glass.parts["TICKETS"][1]))
    glass.page.locator(".trace-plot canvas").wait_for()
    glass.lane.drive([0.0], engine_rpm=2150.0)
    expect(glass.page.locator(".gauge-digits")).to_have_text("2150")
    expect(glass.page.locator(".aim")).to_have_text("目标 2500 ± 200▲ 加油")
    glass.lane.drive([0.0], from_ms=100, engine_rpm=2700.0)
    expect(glass.page.locator(".aim")).to_have_text("目标 2500 ± 200● 保持")
    glass.lane.show(running=glass.parts["measuring"](glass.parts["TICKETS"][1]))
    glass.lane.drive([25.0], from_ms=200, engine_rpm=2000.0)

    expect(glass.page.locator(".gauge-digits")).to_have_text("25.0")


def test_nobody_with_the_pedal_on_the_floor_is_told_to_go_faster(glass: "Glass") -> None:
    glass.lane.show(running=glass.parts["lug_down_point"](glass.parts["TICKETS"][0]))
    glass.page.locator(".trace-plot canvas").wait_for()
    glass.lane.drive([58.0], power_total_kw=61.5, opacity_k_per_m=0.84)

    expect(glass.page.locator(".aim")).to_have_text("目标 62.4 ± 0.5")
    expect(glass.page.locator(".readings-list")).to_contain_text("61.5")


DATA_LIST = {
    "obd_rpm": 2310.0, "obd_speed_kmh": 62.0, "obd_pedal_d_pct": 100.0, "obd_load_pct": 98.0, "obd_power_kw": 61.2,
    "obd_coolant_c": 88.0, "obd_maf_g_s": 61.4, "obd_map_kpa": 186.0, "obd_boost_kpa": 85.0, "obd_fuel_l_100km": 27.4,
    "obd_fuel_l_h": 17.0, "obd_nox_ppm": 640.0, "obd_reagent_l_h": 0.68, "obd_exhaust_c": 520.0, "obd_dpf_kpa": 2.1,
    "obd_egr_pct": 0.0, "obd_rail_kpa": 160000.0,
}  # fmt: skip
"""All that a diesel tells at full load."""
SNAP = ("snap", "snap_now")
"""Phase and prompt."""


@pytest.mark.parametrize(("scene", "more"), [("lug_down_point", ()), ("high_idle", ()), ("snap", SNAP)])
def test_what_the_vehicle_tells_is_shown_as_far_as_it_tells_and_covers_nothing(
    glass: "Glass", scene: str, more: tuple[str, ...]
) -> None:
    glass.lane.show(running=glass.parts[scene](glass.parts["TICKETS"][0], *more))
    glass.page.locator(".trace-plot canvas").wait_for()
    glass.lane.drive([58.0], power_total_kw=61.5)
    expect(glass.page.locator(".data-list")).to_have_count(0)
    glass.lane.drive([58.0], from_ms=100, power_total_kw=61.5, **DATA_LIST)
    expect(glass.page.locator(".data-list span")).to_have_count(len(DATA_LIST))
    expect(glass.page.locator(".data-list")).to_contain_text("轨压 kPa 160000")

    glass.lane.drive([58.0], from_ms=200, power_total_kw=61.5, **DATA_LIST)
    assert {at: found for at, found in glass.faults().items() if found} == {}


def test_a_result_tells_minimum_range_and_maximum_apart(glass: "Glass") -> None:
    glass.lane.show(
        results=(glass.parts["result_of"](glass.parts["TICKETS"][3], "fail", judgements=glass.parts["EVERY_SIDE"]),)
    )
    glass.page.locator(".tab").nth(2).tap()
    glass.page.locator(".ticket .button").tap()

    rows = [row.replace("\n", " ").split("\t") for row in glass.page.locator(".judgements tbody tr").all_inner_texts()]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["修正最大轮边功率 kW", "31.20", "≥ 37.20", "不足"],
        ["高怠速 λ", "1.07", "0.95 – 1.05", "超标"],
        ["高怠速 λ", "0.91", "0.95 – 1.05", "不足"],
        ["100 % 点光吸收系数 k m⁻¹", "1.203", "≤ 1.200", "超标"],
        ["80 % 点 NOx 10⁻⁶", "–", "≤ 1500", "无数值"],
        ["怠速 CO %", "0.41", "≤ 0.60", "达标"],
    ]
