"""How a screen is looked at: both panel sizes, both languages, every box measured, a picture kept where wanted.

With LANECTL_SCREENS set, the pictures go to docs/screens.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page

from lanectl.model.view import DeviceView, JudgementView, PromptView, RunningView, TextView, TicketView
from lanectl.model.words.prompts import PHASES, PROMPTS
from lanectl.model.words.text import Text

if TYPE_CHECKING:
    from tests.terminal.conftest import ServedDesk

PANELS = {"1280x800": (1280, 800), "1024x600": (1024, 600)}
PICTURES = Path(__file__).parents[3] / "docs" / "screens"
SMALLEST_TARGET = 64
LEAST_CONTRAST = 4.5


DIESEL_DEVICES = (
    *(
        DeviceView(
            name=name,
            role=role,
            driver=driver,
            state="ready",
            message=TextView(zh="就绪", en="Ready"),
            identity=None,
            age_ms=80,
        )
        for name, role, driver in (
            ("smoke", "opacimeter", "nanhua-nht-6"),
            ("nox", "nox_analyzer", "nanhua-nha-506"),
            ("rpm", "tachometer", "nanhua-rpm-5300"),
            ("panel", "driver_display", "nanhua-led"),
            ("weather", "weather_station", "rz-1"),
            ("io", "lane_io", "generic-modbus-io"),
        )
    ),
)


def words(message: Text) -> TextView:
    return TextView(zh=message.zh, en=message.en)


def measuring(ticket: TicketView, *, method: str, phase: str, prompt: PromptView, elapsed_s: int) -> RunningView:
    """A test by this method while it measures."""
    return RunningView(
        ticket=ticket.ticket,
        test_id=f"{ticket.ticket}-test",
        plate=ticket.plate,
        method=method,
        stage="measure",
        phase=phase,
        phase_text=words(PHASES[phase]),
        prompt=prompt,
        elapsed_s=elapsed_s,
    )


def high_idle(ticket: TicketView) -> RunningView:
    """A petrol vehicle at high idle."""
    return measuring(
        ticket,
        method="two_speed_idle",
        phase="high_idle",
        prompt=PromptView(
            code="hold_rpm",
            text=words(PROMPTS["hold_rpm"].fill(target=2500)),
            target_rpm=2500.0,
            tolerance_rpm=200.0,
            remaining_s=21,
        ),
        elapsed_s=96,
    )


def snap(ticket: TicketView, phase: str, code: str) -> RunningView:
    """A diesel in its second measured acceleration."""
    return measuring(
        ticket,
        method="free_acceleration",
        phase=phase,
        prompt=PromptView(code=code, text=words(PROMPTS[code])),
        elapsed_s=88,
    )


def lug_down_scan(ticket: TicketView) -> RunningView:
    """A diesel that the brake slows down, the pedal on the floor."""
    return measuring(
        ticket,
        method="lug_down",
        phase="scan",
        prompt=PromptView(code="keep_full_throttle", text=words(PROMPTS["keep_full_throttle"])),
        elapsed_s=61,
    )


def lug_down_point(ticket: TicketView) -> RunningView:
    """The same diesel, held at the speed of its first point."""
    return measuring(
        ticket,
        method="lug_down",
        phase="sample_100",
        prompt=PromptView(
            code="keep_full_throttle_at",
            text=words(PROMPTS["keep_full_throttle_at"].fill(target=62.4)),
            target_kmh=62.4,
            tolerance_kmh=0.5,
            remaining_s=6,
        ),
        elapsed_s=84,
    )


def judgement(
    quantity: str, value: float | None, limit: float, unit: str, ok: bool, limit_min: float | None = None
) -> JudgementView:
    return JudgementView(quantity=quantity, value=value, limit=limit, unit=unit, ok=ok, limit_min=limit_min)


TWO_SPEED = (
    judgement("high_idle_co_pct", 0.14, 0.30, "%", True),
    judgement("high_idle_hc_ppm", 48.0, 50.0, "10⁻⁶", True),
    judgement("idle_co_pct", 0.41, 0.60, "%", True),
    judgement("idle_hc_ppm", 63.0, 80.0, "10⁻⁶", True),
    judgement("high_idle_lambda", 1.09, 1.05, "", False, 0.95),
)
SNAPS = (judgement("opacity_k_per_m", 0.74, 1.20, "m⁻¹", True),)
LUGGED = (
    judgement("corrected_max_power_kw", 31.24, 37.20, "kW", False, 37.20),
    judgement("k100_per_m", 1.38, 1.20, "m⁻¹", False),
    judgement("k80_per_m", 1.17, 1.20, "m⁻¹", True),
    judgement("nox80_ppm", 1183.0, 1500.0, "10⁻⁶", True),
    judgement("engine_speed_100_rpm", 2760.0, 3300.0, "r/min", True, 2700.0),
)
EVERY_SIDE = (
    judgement("corrected_max_power_kw", 31.2, 37.2, "kW", False, 37.2),
    judgement("high_idle_lambda", 1.07, 1.05, "", False, 0.95),
    judgement("high_idle_lambda", 0.91, 1.05, "", False, 0.95),
    judgement("k100_per_m", 1.2031, 1.2, "m⁻¹", False),
    judgement("nox80_ppm", None, 1500.0, "10⁻⁶", False),
    judgement("idle_co_pct", 0.41, 0.6, "%", True),
)

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


@dataclass
class Glass:
    """A touch panel that shows the lane's page: what tests arrange on it, and what can be seen there."""

    lane: "ServedDesk"
    page: Page
    parts: dict[str, Any] = field(default_factory=dict)

    def tap(self, selector: str) -> None:
        """Touch the first of these."""
        self.page.locator(selector).first.tap()

    def see(self, selector: str) -> None:
        """Wait until one of these is there."""
        self.page.locator(selector).first.wait_for()

    def resize(self, size: str) -> None:
        """Become the other panel."""
        width, height = PANELS[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.redraw()

    def redraw(self) -> None:
        """Wait until everything that was asked for is drawn."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def digit_height(self, selector: str) -> float:
        """Return how high a digit of this element is, in pixels."""
        height: float = self.page.evaluate(
            """(selector) => {
              const style = getComputedStyle(document.querySelector(selector));
              const pen = document.createElement('canvas').getContext('2d');
              pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
              return pen.measureText('0').actualBoundingBoxAscent;
            }""",
            selector,
        )
        return height

    def faults(self, pictures: str = "", picture_in: tuple[str, ...] = ()) -> dict[tuple[str, str], list[object]]:
        """Look at the screen of the moment at both sizes and in both languages; keep pictures where wanted."""
        self.page.evaluate("document.fonts.ready")
        found = {}
        for lang in ("zh", "en"):
            if lang == "en" and not self._speak_english():
                break
            for size in PANELS:
                self.resize(size)
                if lang in picture_in and os.environ.get("LANECTL_SCREENS"):
                    PICTURES.mkdir(exist_ok=True)
                    self.page.screenshot(path=PICTURES / f"{pictures}_{lang}_{size}.png")
                found[lang, size] = self._faults_now()
        return found

    def _faults_now(self) -> list[object]:
        poor = [each for each in self.page.evaluate(CONTRASTS) if each[0] < LEAST_CONTRAST]
        return [*self.page.evaluate(LOOK, SMALLEST_TARGET), *self.page.evaluate(OVERLAPS), *poor]

    def _speak_english(self) -> bool:
        """Press the language switch, also where a card lies over it; False where the screen has none."""
        pressed: bool = self.page.evaluate(
            "() => { const e = document.querySelector('.language'); e?.click(); return e !== null; }"
        )
        if pressed:
            self.page.locator("html[lang=en]").wait_for(state="attached")
            self.redraw()
        return pressed


Scene = Callable[[Glass], None]


@pytest.fixture(scope="session")
def scenery(scenery: dict[str, Any]) -> dict[str, Any]:
    """The building blocks of scenes, with those of the other methods."""
    return {
        **scenery,
        "DIESEL_DEVICES": DIESEL_DEVICES,
        "EVERY_SIDE": EVERY_SIDE,
        "LUGGED": LUGGED,
        "SNAPS": SNAPS,
        "TWO_SPEED": TWO_SPEED,
        "high_idle": high_idle,
        "lug_down_point": lug_down_point,
        "lug_down_scan": lug_down_scan,
        "snap": snap,
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
def glass(kept_page: Page, shared_lane: "ServedDesk", scenery: dict[str, Any]) -> Glass:
    """The queue as a page shows it that has just been opened on the larger panel."""
    glass = Glass(shared_lane, kept_page, scenery)
    glass.resize("1280x800")
    kept_page.goto(shared_lane.url)
    glass.see(".accept-button")
    return glass
