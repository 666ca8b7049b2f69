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
