"""The operator's way through the page, by touch: from accepting a car to its result, and what may go wrong."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

if TYPE_CHECKING:
    from tests.terminal.conftest import ServedDesk

pytestmark = pytest.mark.browser

VIN = "1M8GDM9AXKP042788"
"""A VIN whose check digit is known to be right (X)."""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True, reduced_motion="reduce")
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, shared_lane: "ServedDesk") -> Page:
    opened = context.new_page()
    opened.set_default_timeout(8_000)
    opened.goto(shared_lane.url)
    opened.locator(".accept-button").wait_for()
    return opened


def key(page: Page, sign: str) -> None:
    page.locator(f".key:text-is('{sign}')").tap()


def fill_form(page: Page, plate_digits: str) -> None:
    """Plate and masses by finger, the VIN by the code scanner."""
    begin_form(page, plate_digits, "汽油", "两驱")
    enter(page, reference_mass_kg="1320", gross_mass_kg="1755")


def begin_form(page: Page, plate_digits: str, fuel: str, drive: str) -> None:
    """The step about the vehicle, which ends at the first figure of the second step."""
    page.locator(".accept-button").tap()
    for sign in f"粤B{plate_digits}":
        key(page, sign)
    page.locator(".next").tap()
    choose(page, fuel)
    page.keyboard.type(VIN)
    page.keyboard.press("Enter")
    choose(page, drive)
    page.locator(".tile-operator").tap()
    choose(page, "陈志强")


def choose(page: Page, label: str) -> None:
    page.locator(".entry-choices .button", has_text=label).tap()


def enter(page: Page, **figures: str) -> None:
    for field, digits in figures.items():
        page.locator(f".tile-{field}").tap()
        for sign in digits:
            key(page, sign)


class Finger:
    """One finger on the glass that can stay down."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)

    def down(self, selector: str) -> None:
        box = self._page.locator(selector).bounding_box()
        assert box is not None
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        self._send("touchStart", [point])

    def up(self) -> None:
        self._send("touchEnd", [])

    def _send(self, kind: str, points: list[dict[str, float]]) -> None:
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_car_goes_from_the_form_to_a_stopped_test_and_its_result(page: Page, shared_lane: "ServedDesk") -> None:
    fill_form(page, "12345")
    page.locator(".actions .primary").tap()
    row = page.locator(".ticket", has_text="粤B12345")
    row.get_by_role("button", name="开始检测").tap()
    page.locator(".dialog .button", has_text="陈志强").tap()
    row.get_by_role("button", name="开始检测").tap()
    expect(page.locator(".question h1")).to_contain_text("故障灯亮吗")
    page.locator(".question .button:enabled", has_text="是，亮").tap()
    expect(page.locator(".instruction h1")).to_have_text("保持 25 km/h")
    page.locator(".trace-plot canvas").wait_for()
    shared_lane.drive([20.0 + i / 10 for i in range(50)], engine_rpm=1900.0, hc_ppm=12.0)
    expect(page.locator(".gauge-digits")).to_have_text("24.9")
    expect(page.locator(".readings-list")).to_contain_text("1900")
    assert int(page.locator(".trace-plot").get_attribute("data-points") or 0) > 10
    finger = Finger(page)
    finger.down(".hold")
    page.locator(".stop-card").wait_for()
    finger.up()
    page.locator(".stop-card .button", has_text="车辆异常").tap()
    expect(page.locator(".banner h1")).to_have_text("中止")

    accepted = shared_lane.desk.forms[0]
    assert (accepted.plate, accepted.vin, accepted.fuel) == ("粤B12345", VIN, "petrol")
    assert (accepted.reference_mass_kg, accepted.gross_mass_kg, accepted.operator) == (1320.0, 1755.0, "op1")
    assert (accepted.drive, accepted.rated_power_kw, accepted.aspiration) == ("two_wheel", None, None)
    assert shared_lane.desk.calls == [
        ("accept", "粤B12345"),
        ("start", "T-101", "op1"),
        ("answer", "mil_lights_at_key_on", "yes", "op1"),
        ("stop", "op1", "vehicle_trouble"),
    ]


def test_a_diesel_comes_with_its_engine_and_with_what_keeps_it_off_the_rollers(
    page: Page, shared_lane: "ServedDesk"
) -> None:
    begin_form(page, "12345", "柴油", "全时四驱")
    enter(page, reference_mass_kg="2180", rated_power_kw="93.5")
    expect(page.locator(".lacking")).to_have_text("还缺：额定转速 r/min、进气方式")
    expect(page.locator(".actions .primary")).to_be_disabled()
    enter(page, rated_rpm="3200")
    page.locator(".next").tap()
    choose(page, "增压")
    page.locator(".actions .primary").tap()
    page.locator(".ticket", has_text="粤B12345").wait_for()

    form = shared_lane.desk.forms[0]
    assert (form.fuel, form.drive, form.gross_mass_kg) == ("diesel", "four_wheel_full_time", None)
    assert (form.rated_power_kw, form.rated_rpm, form.aspiration) == (93.5, 3200.0, "turbo")


def test_facts_of_a_fuel_that_was_corrected_stay_behind(page: Page, shared_lane: "ServedDesk") -> None:
    begin_form(page, "12345", "柴油", "两驱")
    enter(page, reference_mass_kg="1320", gross_mass_kg="4300", rated_power_kw="90", rated_rpm="5500")
    page.locator(".next").tap()
    choose(page, "自然吸气")
    page.locator(".step-vehicle").tap()
    page.locator(".tile-fuel").tap()
    choose(page, "汽油")
    page.locator(".step-figures").tap()
    expect(page.locator(".tile-rated_power_kw")).to_have_count(0)
    page.locator(".actions .primary").tap()
    page.locator(".ticket", has_text="粤B12345").wait_for()

    form = shared_lane.desk.forms[0]
    assert (form.fuel, form.gross_mass_kg, form.rated_rpm) == ("petrol", 4300.0, 5500.0)
    assert (form.rated_power_kw, form.aspiration) == (None, None)


def test_a_rating_that_no_engine_has_is_not_sent(page: Page, shared_lane: "ServedDesk") -> None:
    begin_form(page, "12345", "柴油", "两驱")
    enter(page, reference_mass_kg="2180", rated_power_kw="4200", rated_rpm="3200")
    page.locator(".next").tap()
    choose(page, "增压")

    expect(page.locator(".tile-rated_power_kw")).to_have_class(re.compile(r"\bbad\b"))
    expect(page.locator(".actions .primary")).to_be_disabled()


def test_the_chart_keeps_what_was_before_a_question(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any]
) -> None:
    ticket = scenery["TICKETS"][0]
    shared_lane.show(running=scenery["measuring"](ticket))
    page.locator(".trace-plot canvas").wait_for()
    shared_lane.drive([20.0 + i / 10 for i in range(50)])
    expect(page.locator(".gauge-digits")).to_have_text("24.9")
    drawn = int(page.locator(".trace-plot").get_attribute("data-points") or 0)
    shared_lane.show(running=scenery["running_of"](ticket, question=scenery["MIL_QUESTION"]))
    page.locator(".question").wait_for()
    shared_lane.show(running=scenery["measuring"](ticket))

    assert drawn > 10
    expect(page.locator(".trace-plot")).to_have_attribute("data-points", str(drawn))


def test_a_camera_that_fails_during_a_test_shows_until_it_is_good_again(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any]
) -> None:
    good = shared_lane.desk.now.cameras
    shared_lane.show(running=scenery["measuring"](scenery["TICKETS"][0]))
    page.locator(".running").wait_for()
    expect(page.locator(".camera-badge")).to_have_count(0)
    shared_lane.show(cameras=scenery["BAD_CAMERAS"])
    expect(page.locator(".camera-badge")).to_have_text("前摄像头 被遮挡、后摄像头 离线")
    shared_lane.show(cameras=good)

    expect(page.locator(".camera-badge")).to_have_count(0)


def test_a_short_touch_on_the_stop_button_stops_nothing(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any]
) -> None:
    shared_lane.show(running=scenery["measuring"](scenery["TICKETS"][0]))
    page.locator(".hold").wait_for()
    finger = Finger(page)
    finger.down(".hold")
    expect(page.locator(".hold")).to_contain_text("继续按住")
    page.wait_for_timeout(500)
    finger.up()
    page.wait_for_timeout(1_300)

    assert page.locator(".stop-card").count() == 0
    assert shared_lane.desk.calls == []


def test_the_reasons_to_stop_are_dead_while_the_finger_is_down(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any]
) -> None:
    shared_lane.show(running=scenery["measuring"](scenery["TICKETS"][0]))
    page.locator(".hold").wait_for()
    finger = Finger(page)
    finger.down(".hold")
    page.locator(".stop-card").wait_for()
    page.wait_for_timeout(600)
    while_down = page.locator(".stop-card .button:enabled").count()
    finger.up()
    page.locator(".keep:enabled").tap()
    expect(page.locator(".gauge-digits")).to_be_visible()

    assert while_down == 0
    assert shared_lane.desk.calls == []


def test_a_refused_retest_shows_every_reason_and_what_to_do(page: Page, shared_lane: "ServedDesk") -> None:
    fill_form(page, "A9999")
    page.locator(".actions .primary").tap()

    expect(page.locator(".banner h1")).to_have_text("拒绝复检")
    expect(page.locator(".refusal-code")).to_have_text("GO_BACK_TO_ORIGINAL")
    expect(page.locator(".refusal-message")).to_contain_text("回原检测站")
    expect(page.locator(".reasons li")).to_have_count(3)
    expect(page.locator(".reasons")).to_contain_text("NOT_UPLOADED")


def test_a_refusal_by_the_lane_is_shown_in_its_own_words(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any]
) -> None:
    page.locator(".who").tap()
    page.locator(".dialog .button", has_text="李晓梅").tap()
    shared_lane.desk.refuse = scenery["BUSY"]
    page.get_by_role("button", name="开始检测").first.tap()

    expect(page.locator(".refusal-message")).to_have_text("正在检测其他车辆：请稍候")


def test_the_vin_check_digit_is_a_hint_and_no_barrier(page: Page, shared_lane: "ServedDesk") -> None:
    page.locator(".accept-button").tap()
    page.locator(".tile-vin").tap()
    page.keyboard.type("1m8gdm9a0kp0oiq4278")
    key(page, "8")
    hint = page.locator(".entry-hint")
    expect(hint).to_have_text("! 第 9 位校验应为 X：请对照车辆核对（部分车辆不适用）")
    expect(page.locator(".entry-text")).to_have_text("1M8GDM9A0KP042788")
    for _ in range(8):
        page.keyboard.press("Backspace")
    page.locator(".key-erase").tap()
    page.keyboard.type(VIN[8:])

    expect(hint).to_have_text("✓ 校验位相符")
    assert not {"I", "O", "Q"} & set(page.locator(".key").all_inner_texts())


def test_english_is_kept_when_the_page_is_loaded_again(page: Page, shared_lane: "ServedDesk") -> None:
    page.locator(".language").tap()
    expect(page.locator(".accept-button")).to_contain_text("Accept a vehicle")
    page.reload()

    expect(page.locator(".accept-button")).to_contain_text("Accept a vehicle")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_lost_lane_hides_the_readings_at_once_and_comes_back_by_itself(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any]
) -> None:
    ticket = scenery["TICKETS"][0]
    shared_lane.show(running=scenery["measuring"](ticket))
    page.locator(".trace-plot canvas").wait_for()
    shared_lane.drive([25.0])
    expect(page.locator(".gauge-digits")).to_have_text("25.0")
    shared_lane.down()
    expect(page.locator(".offline")).to_contain_text("松开油门", timeout=1_000)
    assert page.locator(".gauge-digits").count() == 0
    shared_lane.show(running=None, results=(scenery["result_of"](ticket, "aborted"),))
    shared_lane.restart()

    expect(page.locator(".banner h1")).to_have_text("中止", timeout=4_000)
    expect(page.locator(".dialog")).to_contain_text("粤A12345 的检测在连接中断期间结束")


def test_readings_that_stop_coming_are_not_left_on_the_screen(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any]
) -> None:
    shared_lane.show(running=scenery["measuring"](scenery["TICKETS"][0]))
    page.locator(".trace-plot canvas").wait_for()
    shared_lane.drive([24.0], engine_rpm=2000.0)
    expect(page.locator(".gauge-digits")).to_have_text("24.0")

    expect(page.locator(".gauge-digits")).to_have_text("–", timeout=3_000)
    expect(page.locator(".aim")).to_contain_text("没有读数")


def test_the_touch_that_wakes_a_dimmed_screen_presses_nothing(
    context: BrowserContext, shared_lane: "ServedDesk"
) -> None:
    page = context.new_page()
    page.add_init_script(
        "const real = setTimeout; window.setTimeout = (act, ms) => real(act, ms === 180000 ? 300 : ms);"
    )
    page.goto(shared_lane.url)
    page.locator(".dimmed").wait_for()
    page.touchscreen.tap(400, 748)  # where the accept button lies
    page.locator(".dimmed").wait_for(state="detached")

    expect(page.locator(".accept-button")).to_be_visible()
    assert page.locator(".accept").count() == 0


def test_the_page_asks_nobody_but_the_lane(context: BrowserContext, shared_lane: "ServedDesk") -> None:
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(shared_lane.url)
    page.locator(".accept-button").tap()
    page.locator(".key").first.tap()

    assert len(asked) >= 3
    assert all(url.startswith(shared_lane.url) for url in asked), asked
    assert complaints == []
