"""Every screen at both panel sizes and in both languages: nothing cut, targets large enough, text readable.

With LANECTL_SCREENS set, the pictures go to docs/screens (zh all, en those of ENGLISH_PICTURES).
"""

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page

if TYPE_CHECKING:
    from tests.terminal.conftest import ServedDesk

pytestmark = pytest.mark.browser

PANELS = {"1280x800": (1280, 800), "1024x600": (1024, 600)}
PICTURES = Path(__file__).parents[2] / "docs" / "screens"
ENGLISH_PICTURES = {"queue", "accept_vin", "running_measure", "result_fail", "refused"}
SMALLEST_TARGET = 64
LEAST_CONTRAST = 4.5

Scene = Callable[["ServedDesk", Page, dict[str, Any]], None]

LOOK = """
(smallest) => {
  const shown = (e) => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; };
  const says = (e) => `${e.tagName}.${e.className} "${(e.textContent || '').trim().slice(0, 40)}"`;
  const faults = [];
  const lists = [...document.querySelectorAll('.scroll')];
  for (const e of document.querySelectorAll('button, input, select, a')) {
    if (!shown(e)) continue;
    const b = e.getBoundingClientRect();
    if (b.width < smallest - 0.01 || b.height < smallest - 0.01)
      faults.push(`small target ${Math.round(b.width)}x${Math.round(b.height)}: ${says(e)}`);
  }
  for (const e of document.querySelectorAll('#app *')) {
    if (!shown(e) || e.closest('svg, canvas, .uplot')) continue;
    const b = e.getBoundingClientRect();
    const rolls = lists.some((list) => list !== e && list.contains(e));
    if (b.left < -0.5 || b.right > innerWidth + 0.5 || (!rolls && (b.top < -0.5 || b.bottom > innerHeight + 0.5)))
      faults.push(`outside the panel: ${says(e)}`);
    if (e.classList.contains('scroll') || getComputedStyle(e).textOverflow === 'ellipsis') {
      if (e.scrollWidth > e.clientWidth + 1) faults.push(`cut: ${says(e)}`);
      continue;
    }
    const style = getComputedStyle(e);
    if (style.display === 'inline' || e.clientWidth === 0 || e.classList.contains('icon')) continue;
    // A tall font reaches beyond its line box without being cut, unless the box clips.
    const spare = style.overflowY === 'visible' ? 0.46 * parseFloat(style.fontSize) : 4;
    if (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + spare)
      faults.push(`overflows ${e.scrollWidth}x${e.scrollHeight} in ${e.clientWidth}x${e.clientHeight}: ${says(e)}`);
  }
  const root = document.scrollingElement;
  if (root.scrollHeight > innerHeight || root.scrollWidth > innerWidth) faults.push('the page scrolls');
  return faults;
}
"""

OVERLAPS = """
() => {
  const boxes = [...document.querySelectorAll('button, .plate, .vin, h1, h2, p, dd, dt, td, small, .outcome, .tag')]
    .filter((e) => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; })
    .filter((e) => !e.querySelector('button, h1, h2, p, dd, dt, td, small, .plate, .vin, .outcome, .tag'));
  const faults = [];
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    if (boxes[i].contains(boxes[j]) || boxes[j].contains(boxes[i])) continue;
    if (boxes[i].closest('.scroll') !== boxes[j].closest('.scroll')) continue;
    const a = boxes[i].getBoundingClientRect(), b = boxes[j].getBoundingClientRect();
    const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (w > 2 && h > 2) faults.push(`${boxes[i].className}/${boxes[i].textContent} over ${boxes[j].textContent}`);
  }
  return faults;
}
"""

CONTRASTS = """
() => {
  const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
  const poor = [];
  const walker = document.createTreeWalker(document.querySelector('#app'), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.textContent.trim() || e.getBoundingClientRect().width === 0) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    poor.push([ratio, node.textContent.trim()]);
  }
  return poor;
}
"""


def tap(page: Page, selector: str) -> None:
    page.locator(selector).first.tap()


def queue(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    page.locator(".accept-button").wait_for()


def queue_locked(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    uplink = lane.desk.now.uplink.model_copy(update={"connected": False, "outbox": 17, "oldest_s": 5400})
    lane.show(locks=(parts["LOCK"],), devices=parts["TROUBLED"], cameras=parts["BAD_CAMERAS"], uplink=uplink)
    page.locator(".lock").wait_for()


def queue_done(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    page.locator(".tab").nth(2).tap()
    page.locator(".outcome-fail").wait_for()


def operator_dialog(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    tap(page, ".who")
    page.locator(".dialog").wait_for()


def accept_plate(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    tap(page, ".accept-button")
    tap(page, ".key:has-text('粤')")
    tap(page, ".key:text-is('A')")


def accept_province(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    tap(page, ".accept-button")
    page.locator(".key:has-text('粤')").wait_for()


def accept_vin(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    accept_plate(lane, page, parts)
    page.keyboard.type("6688H")
    tap(page, ".tile-fuel")
    tap(page, ".entry-choices .button")
    page.keyboard.type("LSVAG2180E2100001")
    page.locator(".entry-text:has-text('LSVAG2180E2100001')").wait_for()


def accept_fuel(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    tap(page, ".accept-button")
    tap(page, ".tile-fuel")


def accept_mass(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    accept_vin(lane, page, parts)
    tap(page, ".tile-reference_mass_kg")
    page.keyboard.type("1320")


def accept_date(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    accept_mass(lane, page, parts)
    tap(page, ".tile-first_registered")
    page.keyboard.type("20180512")


def accept_permit(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    tap(page, ".accept-button")
    tap(page, ".tile-permit")


def devices(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    page.locator(".strip-button").nth(1).tap()
    page.locator(".device").first.wait_for()


def devices_trouble(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    lane.show(devices=parts["TROUBLED"])
    devices(lane, page, parts)


def cameras_bad(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    lane.show(devices=parts["DEVICES"][:1], cameras=parts["BAD_CAMERAS"])
    devices(lane, page, parts)
    page.locator(".device.edge-covered").wait_for()


def running_prepare(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    prompt = {
        "code": "drive_onto_rollers",
        "text": parts["text"](
            "慢速驶上底盘测功机，挂空挡，固定车辆", "Drive slowly onto the rollers, neutral, chock the car"
        ),
    }
    run = parts["running_of"](
        parts["TICKETS"][0],
        stage="prepare",
        phase="prepare",
        phase_text=parts["text"]("测前检查", "Checks before the test"),
        prompt=prompt,
    )
    lane.show(running=run)
    page.locator(".running").wait_for()


def running_question(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    lane.show(running=parts["running_of"](parts["TICKETS"][0], question=parts["MIL_QUESTION"]))
    page.locator(".question .button:enabled").first.wait_for()


def running_three_choices(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    lane.show(running=parts["running_of"](parts["TICKETS"][0], question=parts["NO_LINK_QUESTION"]))
    page.locator(".question .button:enabled").first.wait_for()


def running_measure(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    lane.show(running=parts["measuring"](parts["TICKETS"][0]))
    page.locator(".trace-plot canvas").wait_for()
    # A driver who gets going, overshoots a little and settles.
    speeds = [
        25 * (1 - math.exp(-i / 55)) + 3.2 * math.exp(-(((i - 190) / 45) ** 2)) + 0.4 * math.sin(i / 9)
        for i in range(480)
    ]
    lane.drive(
        [max(0.0, speed) for speed in speeds],
        pause_s=0.002,
        engine_rpm=2012.0,
        co_pct=0.043,
        hc_ppm=11.4,
        no_ppm=171.5,
        co2_pct=14.62,
        o2_pct=0.31,
    )
    page.locator(".speed-digits:has-text('.')").wait_for()


def running_too_fast(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    lane.show(running=parts["measuring"](parts["TICKETS"][0]))
    page.locator(".trace-plot canvas").wait_for()
    lane.drive([98.8], engine_rpm=3012.0, co_pct=10.04, hc_ppm=9999.0, no_ppm=4999.0, co2_pct=14.6, o2_pct=20.9)
    page.locator(".pedal-off").wait_for()


def running_stop(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    lane.show(running=parts["measuring"](parts["TICKETS"][0]))
    box = page.locator(".hold").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.locator(".stop-card").wait_for()
    page.mouse.up()
    page.locator(".stop-card .button:enabled").first.wait_for()


def result(outcome: str, **facts: Any) -> Scene:
    def scene(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
        ticket = parts["TICKETS"][0]
        more = {
            name: parts[value] if isinstance(value, str) and value in parts else value for name, value in facts.items()
        }
        if "reasons" in more:
            more["reasons"] = tuple(parts["text"](*each) for each in more["reasons"])
        lane.show(running=parts["measuring"](ticket))
        page.locator(".running").wait_for()
        lane.show(running=None, results=(parts["result_of"](ticket, outcome, **more),))
        page.locator(f".banner-{outcome}").wait_for()

    return scene


def refused(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    page.locator(".tab").nth(1).tap()
    tap(page, ".button.warn")
    page.locator(".refusal-code").wait_for()


def offline(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    lane.show(running=parts["measuring"](parts["TICKETS"][0]))
    page.locator(".running").wait_for()
    lane.down()
    page.locator(".offline").wait_for()


def offline_in_english(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    tap(page, ".language")
    offline(lane, page, parts)


def dimmed(lane: "ServedDesk", page: Page, parts: dict[str, Any]) -> None:
    page.evaluate(
        """() => {
          Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    page.locator(".dimmed").wait_for()


NO_READING = (("分析仪失联：检查电源与串口线，然后重新检测", "Analyzer lost: check power and cable, then test again"),)
STOPPED = (("操作员停止：车辆异常", "Stopped by the operator: trouble with the car"),)

SCENES: dict[str, Scene] = {
    "queue": queue,
    "queue_locked": queue_locked,
    "queue_done": queue_done,
    "operator": operator_dialog,
    "accept_province": accept_province,
    "accept_plate": accept_plate,
    "accept_vin": accept_vin,
    "accept_fuel": accept_fuel,
    "accept_mass": accept_mass,
    "accept_date": accept_date,
    "accept_permit": accept_permit,
    "devices": devices,
    "devices_trouble": devices_trouble,
    "cameras_bad": cameras_bad,
    "running_prepare": running_prepare,
    "running_question": running_question,
    "running_three_choices": running_three_choices,
    "running_measure": running_measure,
    "running_too_fast": running_too_fast,
    "running_stop": running_stop,
    "result_pass": result("pass", judgements="PASSED"),
    "result_fail": result("fail", judgements="FAILED", receipt="waiting"),
    "result_aborted": result("aborted", reasons=STOPPED),
    "result_invalid": result("invalid", reasons=NO_READING, judgements="PASSED"),
    "refused": refused,
    "offline": offline,
    "offline_in_english": offline_in_english,
    "dimmed": dimmed,
}
UNPICTURED = {
    "offline_in_english",
    "accept_province",
    "accept_fuel",
    "accept_mass",
    "accept_permit",
    "running_too_fast",
    "running_three_choices",
}


@pytest.fixture(scope="module")
def kept_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(has_touch=True, reduced_motion="reduce")
    context.add_init_script("localStorage.clear()")
    page = context.new_page()
    page.set_default_timeout(8_000)
    yield page
    context.close()


@pytest.fixture
def page(kept_page: Page, shared_lane: "ServedDesk") -> Page:
    """The queue as a page shows it that has just been opened on the larger panel."""
    resize(kept_page, "1280x800")
    kept_page.goto(shared_lane.url)
    kept_page.locator(".accept-button").wait_for()
    return kept_page


@pytest.mark.parametrize("scene", list(SCENES))
def test_every_screen_fits_both_panels_in_both_languages(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any], scene: str
) -> None:
    SCENES[scene](shared_lane, page, scenery)
    page.evaluate("document.fonts.ready")
    faults = {}
    for lang in ("zh", "en"):
        if lang == "en" and not switch_language(page):
            break
        for size in PANELS:
            resize(page, size)
            keep_picture(page, scene, size, lang)
            faults[lang, size] = faults_of(page)

    assert len(faults) in (2, 4)
    assert not any(faults.values()), faults


def faults_of(page: Page) -> list[object]:
    poor = [each for each in page.evaluate(CONTRASTS) if each[0] < LEAST_CONTRAST]
    return [*page.evaluate(LOOK, SMALLEST_TARGET), *page.evaluate(OVERLAPS), *poor]


def resize(page: Page, size: str) -> None:
    width, height = PANELS[size]
    page.set_viewport_size({"width": width, "height": height})
    redraw(page)


def redraw(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def switch_language(page: Page) -> bool:
    """Press the language switch, also where a card lies over it; False where the screen has none."""
    pressed: bool = page.evaluate(
        "() => { const e = document.querySelector('.language'); e?.click(); return e !== null; }"
    )
    if pressed:
        page.locator("html[lang=en]").wait_for(state="attached")
        redraw(page)
    return pressed


def keep_picture(page: Page, scene: str, size: str, lang: str) -> None:
    wanted = os.environ.get("LANECTL_SCREENS") and scene not in UNPICTURED
    if wanted and (lang == "zh" or scene in ENGLISH_PICTURES):
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / f"{scene}_{lang}_{size}.png")


@pytest.mark.parametrize("size", list(PANELS))
def test_speed_digits_can_be_read_from_the_driver_seat(
    page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any], size: str
) -> None:
    resize(page, size)
    running_too_fast(shared_lane, page, scenery)

    height = page.evaluate(
        """() => {
          const style = getComputedStyle(document.querySelector('.speed-digits'));
          const pen = document.createElement('canvas').getContext('2d');
          pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
          return pen.measureText('0').actualBoundingBoxAscent;
        }"""
    )

    assert height >= 140
