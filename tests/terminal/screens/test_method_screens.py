"""The screens of every method but ASM: form, test and result of petrol off the rollers and of diesels; bad cameras.

Pictures are kept in Chinese, those of ENGLISH_PICTURES in English as well.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from lanectl.model.view import PromptView, TextView
from lanectl.model.words.prompts import PHASES, PROMPTS, QUESTIONS
from lanectl.model.words.text import Text
from lanectl.terminal.page import STATIC

if TYPE_CHECKING:
    from tests.terminal.screens.conftest import Glass, Scene

pytestmark = pytest.mark.browser

ENGLISH_PICTURES = {"accept_drive", "diesel_snap_down", "diesel_point", "diesel_result_fail"}

Beat = Mapping[str, float]


def begin(glass: "Glass", fuel: str) -> None:
    """The first step of the form, all that is required."""
    glass.tap(".accept-button")
    glass.tap(".key:has-text('粤')")
    glass.page.keyboard.type("B6688H")
    glass.tap(".tile-fuel")
    glass.tap(f".entry-choices .button:has-text('{fuel}')")
    glass.page.keyboard.type("LSVAG2180E2100001")


def accept_drive(glass: "Glass") -> None:
    begin(glass, "柴油")
    glass.tap(".tile-drive")
    glass.tap(".entry-choices .button:has-text('全时四驱')")
    glass.tap(".tile-drive")
    glass.see(".entry-choices .primary")


def accept_diesel(glass: "Glass") -> None:
    begin(glass, "柴油")
    glass.tap(".tile-drive")
    glass.tap(".entry-choices .button:has-text('两驱')")
    for field, figure in {"reference_mass_kg": "2180", "rated_power_kw": "93.5", "rated_rpm": "3200"}.items():
        glass.tap(".step-figures")
        glass.tap(f".tile-{field}")
        glass.page.keyboard.type(figure)
    glass.see(".entry-text:has-text('3200')")


def accept_aspiration(glass: "Glass") -> None:
    accept_diesel(glass)
    glass.tap(".tile-aspiration")
    glass.tap(".entry-choices .button:has-text('增压')")
    glass.tap(".tile-aspiration")
    glass.see(".entry-choices .primary")


def accept_petrol(glass: "Glass") -> None:
    begin(glass, "汽油")
    glass.tap(".step-figures")
    glass.tap(".tile-rated_rpm")
    glass.page.keyboard.type("5500")


def run(glass: "Glass", running: object, beats: Sequence[Beat], shown: str) -> None:
    """Show a running test after these beats; ``shown`` is the large figure at the end of them."""
    glass.lane.show(running=running)
    glass.see(".trace-plot canvas")
    glass.lane.play(beats)
    glass.see(f".gauge-digits:has-text('{shown}')")


def two_speed_idle(glass: "Glass") -> None:
    gases = {"oil_temp_c": 88.0, "co_pct": 0.143, "hc_ppm": 48.2, "co2_pct": 14.31, "o2_pct": 0.42}
    revs = [790 + 1720 * (1 - math.exp(-max(0, i - 40) / 40)) + 55 * math.sin(i / 13) for i in range(400)]
    revs[-1] = 2487.0
    run(
        glass,
        glass.parts["high_idle"](glass.parts["TICKETS"][1]),
        [{"engine_rpm": each, **gases} for each in revs],
        "2487",
    )


def idle(glass: "Glass") -> None:
    running = glass.parts["high_idle"](glass.parts["TICKETS"][1])
    prompt = running.prompt.model_copy(
        update={
            "code": "let_idle",
            "text": shown(PROMPTS["let_idle"]),
            "target_rpm": None,
            "tolerance_rpm": None,
            "remaining_s": 9,
        }
    )
    gases = {"oil_temp_c": 88.0, "co_pct": 0.41, "hc_ppm": 63.0, "co2_pct": 14.1, "o2_pct": 0.61}
    revs = [748 + 1700 * math.exp(-max(0, i - 150) / 12) for i in range(390)]
    running = running.model_copy(update={"prompt": prompt, "phase_text": shown(PHASES["idle"])})
    run(glass, running, [{"engine_rpm": each, **gases} for each in revs], "748")


def shown(message: Text) -> TextView:
    return TextView(zh=message.zh, en=message.en)


def snaps(until: int) -> list[Beat]:
    """Readings of a diesel that is floored every 15 s for 3 s; smoke follows the engine a little later."""
    rpm, k = 780.0, 0.04
    beats: list[Beat] = []
    for i in range(until):
        floored = 20 <= i % 150 < 50
        rpm += (3650 - rpm) * 0.16 if floored else (780 - rpm) * 0.07
        k += (1.05 - k) * 0.22 if 22 <= i % 150 < 36 else (0.04 - k) * 0.12
        beats.append(
            {
                "engine_rpm": rpm,
                "opacity_k_per_m": k,
                "opacity_n_pct": 100 * (1 - math.exp(-0.43 * k)),
                "oil_temp_c": 84.0,
            }
        )
    return beats


def snap_scene(phase: str, code: str, until: int) -> "Scene":
    def scene(glass: "Glass") -> None:
        beats = snaps(until)
        run(glass, glass.parts["snap"](glass.parts["TICKETS"][0], phase, code), beats, f"{beats[-1]['engine_rpm']:.0f}")

    return scene


def lugging(until: int) -> list[Beat]:
    """Readings of a diesel that the brake slows down from 76 km/h and then holds at 62.4 km/h."""
    beats: list[Beat] = []
    for i in range(until):
        speed = max(62.4, 76 - 0.14 * max(0, i - 40)) + 0.1 * math.sin(i / 7)
        power = 64 - 0.11 * (speed - 62) ** 2
        beats.append(
            {
                "speed_kmh": speed,
                "power_total_kw": power,
                "opacity_k_per_m": 0.6 + 0.02 * (76 - speed),
                "nox_ppm": 1183.0,
                "engine_rpm": 44.2 * speed,
                "co2_pct": 9.84,
            }
        )
    return beats


def lug_scene(part: str, until: int) -> "Scene":
    def scene(glass: "Glass") -> None:
        beats = lugging(until)
        run(glass, glass.parts[part](glass.parts["TICKETS"][0]), beats, f"{beats[-1]['speed_kmh']:.1f}")

    return scene


def result(method: str, outcome: str, judgements: str, **more: Any) -> "Scene":
    def scene(glass: "Glass") -> None:
        ticket = glass.parts["TICKETS"][3]
        reasons = tuple(glass.parts["text"](*each) for each in more.get("reasons", ()))
        shown = glass.parts["result_of"](
            ticket, outcome, method=method, judgements=glass.parts[judgements], reasons=reasons
        )
        glass.lane.show(results=(shown,))
        glass.page.locator(".tab").nth(2).tap()
        glass.tap(".ticket .button")
        glass.see(f".banner-{outcome}")

    return scene


def camera_waiting(glass: "Glass") -> None:
    glass.lane.show(cameras=glass.parts["BAD_CAMERAS"])
    glass.see(".camera-card")


def camera_waiting_with_many_devices(glass: "Glass") -> None:
    glass.lane.show(
        devices=glass.parts["DEVICES"] + glass.parts["DIESEL_DEVICES"],
        cameras=glass.parts["BAD_CAMERAS"],
        locks=(glass.parts["LOCK"],),
    )
    glass.see(".camera-card")


def camera_running(glass: "Glass") -> None:
    glass.lane.show(cameras=glass.parts["BAD_CAMERAS"])
    lug_scene("lug_down_point", 300)(glass)
    glass.see(".camera-badge")


def camera_asked(glass: "Glass") -> None:
    running = glass.parts["running_of"](glass.parts["TICKETS"][0], question=glass.parts["MIL_QUESTION"])
    glass.lane.show(running=running, cameras=glass.parts["BAD_CAMERAS"][:1])
    glass.see(".question .button:enabled")


POWERLESS = (
    (
        "最大轮边功率低于额定功率的 40 %，判定不合格：维修后复检",
        "Wheel power below 40 % of the rated power: have it repaired, then retest",
    ),
    ("排放超过限值：维修后复检", "Over the limit: have it repaired, then retest"),
)

SCENES: dict[str, "Scene"] = {
    "accept_drive": accept_drive,
    "accept_diesel": accept_diesel,
    "accept_aspiration": accept_aspiration,
    "accept_petrol": accept_petrol,
    "petrol_high_idle": two_speed_idle,
    "petrol_idle": idle,
    "petrol_result_fail": result("two_speed_idle", "fail", "TWO_SPEED"),
    "diesel_snap_down": snap_scene("snap", "snap_now", 331),
    "diesel_snap_up": snap_scene("snap", "snap_let_go", 354),
    "diesel_snap_wait": snap_scene("snap_idle", "snap_wait", 440),
    "diesel_result_pass": result("free_acceleration", "pass", "SNAPS"),
    "diesel_scan": lug_scene("lug_down_scan", 120),
    "diesel_point": lug_scene("lug_down_point", 300),
    "diesel_result_fail": result("lug_down", "fail", "LUGGED", reasons=POWERLESS),
    "every_side_of_a_limit": result("lug_down", "fail", "EVERY_SIDE"),
    "camera_waiting": camera_waiting,
    "camera_waiting_with_many_devices": camera_waiting_with_many_devices,
    "camera_running": camera_running,
    "camera_asked": camera_asked,
}
UNPICTURED = {"accept_petrol", "every_side_of_a_limit", "camera_waiting_with_many_devices", "camera_asked"}


@pytest.mark.parametrize("scene", list(SCENES))
def test_the_screens_of_every_method_fit_both_panels_in_both_languages(glass: "Glass", scene: str) -> None:
    SCENES[scene](glass)
    in_english = ("en",) if scene in ENGLISH_PICTURES else ()
    faults = glass.faults(scene, () if scene in UNPICTURED else ("zh", *in_english))

    assert len(faults) == 4
    assert not any(faults.values()), faults


@pytest.mark.parametrize("size", ["1280x800", "1024x600"])
def test_the_engine_speed_can_be_read_from_the_driver_seat(glass: "Glass", size: str) -> None:
    glass.resize(size)
    two_speed_idle(glass)

    assert glass.digit_height(".gauge-engine_rpm .gauge-digits") >= 120


@pytest.mark.parametrize("size", ["1280x800", "1024x600"])
@pytest.mark.parametrize("scene", ["diesel_snap_down", "diesel_snap_up"])
def test_the_calls_of_a_snap_can_be_read_from_the_driver_seat(glass: "Glass", size: str, scene: str) -> None:
    glass.resize(size)
    SCENES[scene](glass)

    assert glass.digit_height(".instruction .fitted") >= 36
    assert glass.page.locator(".instruction.pedal-down, .instruction.pedal-up").locator(".icon").count() == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("method", ["asm", "free_acceleration"])
def test_every_instruction_and_every_question_fits_the_smaller_panel(glass: "Glass", method: str, lang: str) -> None:
    glass.resize("1024x600")
    if lang == "en":
        glass.tap(".language")
    cut = []
    for code, message in [*PROMPTS.items(), *QUESTIONS.items()]:
        text = shown(message.fill(target="62.4", number=3))
        prompt = PromptView(code=code, text=text, remaining_s=30)
        running = glass.parts["running_of"](glass.parts["TICKETS"][0], method=method, stage="measure", prompt=prompt)
        glass.lane.show(running=running)
        call = glass.page.locator(".instruction .fitted")
        call.filter(has_text=getattr(text, lang)).wait_for()
        glass.redraw()
        if not call.evaluate("(e) => e.scrollHeight <= e.clientHeight + 4 && e.scrollWidth <= e.clientWidth + 1"):
            cut.append(code)

    assert cut == []


def test_the_page_knows_no_call_of_the_pedal_that_the_lane_does_not_make() -> None:
    source = (STATIC.parent / "web" / "src" / "plans.ts").read_text(encoding="utf-8")
    pedals = re.search(r"const PEDALS.*?\{(.*?)\};", source, re.DOTALL)
    neutral = re.search(r"const IN_NEUTRAL.*?\[(.*?)\]", source)
    assert pedals is not None
    assert neutral is not None
    codes = {*re.findall(r"(\w+): \"", pedals[1]), *re.findall(r"\"(\w+)\"", neutral[1])}

    assert len(codes) >= 9
    assert codes <= set(PROMPTS)
