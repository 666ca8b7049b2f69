"""The driver's panel, as transcripts: two lines, in the panel's own character set."""

from typing import Any

import pytest

from drivers.display.led_nanhua import LedSettings, build
from drivers.display.panel import TextPanel
from drivers.errors import PortLostError, RefusedError
from drivers.roles import DriverDisplay
from protocols.led_nanhua import Line, LineFramer, Mode

BLANK = bytes.fromhex("00 30 31 32 0D 00 30 32 32 0D")


async def panel(script: Any, clock: Any, **settings: Any) -> TextPanel:
    made = build("led", LedSettings(driver="nanhua-led", port="x", **settings), script.near, clock)
    assert isinstance(made, DriverDisplay)
    assert isinstance(made, TextPanel)
    await made.open()
    return made


def lines(script: Any) -> list[Line]:
    return LineFramer().feed(b"".join(script.heard))


async def test_opening_and_closing_blank_the_panel(script: Any, manual_clock: Any) -> None:
    led = await panel(script, manual_clock)
    assert script.heard == [BLANK]
    await led.close()
    assert script.heard == [BLANK, BLANK]


async def test_two_lines_go_out_in_one_write_in_the_panels_own_letters(script: Any, manual_clock: Any) -> None:
    led = await panel(script, manual_clock, panel=1)
    script.heard.clear()
    await led.show("京A12345", "检测中")
    assert script.heard == [
        bytes.fromhex("00 31 31 32 BE A9 41 31 32 33 34 35 0D") + b"\x00122" + "检测中".encode("gb2312") + b"\r"
    ]


async def test_the_second_line_is_blanked_when_there_is_none(script: Any, manual_clock: Any) -> None:
    led = await panel(script, manual_clock)
    script.heard.clear()
    await led.show("加速")
    assert lines(script)[1] == Line(0, 2, Mode.CENTRE, "")


async def test_what_is_too_long_for_the_panel_scrolls(script: Any, manual_clock: Any) -> None:
    led = await panel(script, manual_clock, columns=8)
    script.heard.clear()
    await led.show("加速踏板", "请松开加速踏板")
    assert [line.mode for line in lines(script)] == [Mode.CENTRE, Mode.SCROLL_LEFT]


async def test_small_figures_that_the_panel_lacks_are_shown_plain(script: Any, manual_clock: Any) -> None:
    led = await panel(script, manual_clock)
    script.heard.clear()
    await led.show("CO₂ 14.2 %，20 ℃", "保持 25±2 km/h")
    assert [line.text for line in lines(script)] == ["CO2 14.2 %，20 ℃", "保持 25±2 km/h"]


@pytest.mark.parametrize("text", ["🚗", "two\rlines", "\x00", "检" * 300])
async def test_what_no_panel_can_show_is_refused_and_nothing_is_sent(script: Any, manual_clock: Any, text: str) -> None:
    led = await panel(script, manual_clock)
    script.heard.clear()
    with pytest.raises(RefusedError, match="led: show text"):
        await led.show("好", text)
    assert script.heard == []


async def test_a_panel_that_loses_letters_gets_them_one_by_one(script: Any, manual_clock: Any) -> None:
    import asyncio

    opening = asyncio.create_task(panel(script, manual_clock, byte_gap_ms=10))
    await manual_clock.advance(0.2)
    led = await opening
    script.heard.clear()
    first, second = asyncio.create_task(led.show("加速")), asyncio.create_task(led.show("减速"))
    await manual_clock.advance(1.0)
    await asyncio.gather(first, second)
    assert all(len(heard) == 1 for heard in script.heard)
    assert [line.text for line in lines(script)] == ["加速", "", "减速", ""], "two texts never mix"


async def test_a_lost_port_is_felt_when_something_is_to_be_shown(script: Any, manual_clock: Any) -> None:
    led = await panel(script, manual_clock)
    script.near.unplug()
    with pytest.raises(PortLostError):
        await led.show("好")
    await led.close()
