"""Every screen of the lane at both panel sizes and in both languages: nothing cut, targets large enough, text readable.

Pictures are kept in Chinese, those of ENGLISH_PICTURES in English as well. The screens of the methods are in
test_method_screens.py.
"""

import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.terminal.screens.conftest import Glass, Scene

pytestmark = pytest.mark.browser

ENGLISH_PICTURES = {"queue", "accept_vin", "running_measure", "result_fail", "refused"}


def queue(glass: "Glass") -> None:
    glass.see(".accept-button")


def queue_locked(glass: "Glass") -> None:
    uplink = glass.lane.desk.now.uplink.model_copy(update={"connected": False, "outbox": 17, "oldest_s": 5400})
    glass.lane.show(
        locks=(glass.parts["LOCK"],), devices=glass.parts["TROUBLED"], cameras=glass.parts["BAD_CAMERAS"], uplink=uplink
    )
    glass.see(".lock")


def queue_done(glass: "Glass") -> None:
    glass.page.locator(".tab").nth(2).tap()
    glass.see(".outcome-fail")


def operator_dialog(glass: "Glass") -> None:
    glass.tap(".who")
    glass.see(".dialog")


def accept_plate(glass: "Glass") -> None:
    glass.tap(".accept-button")
    glass.tap(".key:has-text('粤')")
    glass.tap(".key:text-is('A')")


def accept_province(glass: "Glass") -> None:
    glass.tap(".accept-button")
    glass.see(".key:has-text('粤')")


def accept_vin(glass: "Glass") -> None:
    accept_plate(glass)
    glass.page.keyboard.type("6688H")
    glass.tap(".tile-fuel")
    glass.tap(".entry-choices .button")
    glass.page.keyboard.type("LSVAG2180E2100001")
    glass.see(".entry-text:has-text('LSVAG2180E2100001')")


def accept_fuel(glass: "Glass") -> None:
    glass.tap(".accept-button")
    glass.tap(".tile-fuel")


def accept_mass(glass: "Glass") -> None:
    accept_vin(glass)
    glass.tap(".step-figures")
    glass.tap(".tile-reference_mass_kg")
    glass.page.keyboard.type("1320")


def accept_date(glass: "Glass") -> None:
    accept_vin(glass)
    glass.tap(".tile-first_registered")
    glass.page.keyboard.type("20180512")


def accept_permit(glass: "Glass") -> None:
    glass.tap(".accept-button")
    glass.tap(".step-figures")
    glass.tap(".tile-permit")


def devices(glass: "Glass") -> None:
    glass.page.locator(".strip-button").nth(1).tap()
    glass.see(".device")


def devices_trouble(glass: "Glass") -> None:
    glass.lane.show(devices=glass.parts["TROUBLED"])
    devices(glass)


def cameras_bad(glass: "Glass") -> None:
    glass.lane.show(devices=glass.parts["DEVICES"][:1], cameras=glass.parts["BAD_CAMERAS"])
    devices(glass)
    glass.see(".device.edge-covered")


def running_prepare(glass: "Glass") -> None:
    prompt = {
        "code": "drive_onto_rollers",
        "text": glass.parts["text"](
            "慢速驶上底盘测功机，挂空挡，固定车辆", "Drive slowly onto the rollers, neutral, chock the car"
        ),
    }
    run = glass.parts["running_of"](
        glass.parts["TICKETS"][0],
        stage="prepare",
        phase="prepare",
        phase_text=glass.parts["text"]("测前检查", "Checks before the test"),
        prompt=prompt,
    )
    glass.lane.show(running=run)
    glass.see(".running")


def running_question(glass: "Glass") -> None:
    glass.lane.show(running=glass.parts["running_of"](glass.parts["TICKETS"][0], question=glass.parts["MIL_QUESTION"]))
    glass.see(".question .button:enabled")


def running_three_choices(glass: "Glass") -> None:
    glass.lane.show(
        running=glass.parts["running_of"](glass.parts["TICKETS"][0], question=glass.parts["NO_LINK_QUESTION"])
    )
    glass.see(".question .button:enabled")


def running_measure(glass: "Glass") -> None:
    glass.lane.show(running=glass.parts["measuring"](glass.parts["TICKETS"][0]))
    glass.see(".trace-plot canvas")
    # A driver who gets going, overshoots a little and settles.
    speeds = [
        25 * (1 - math.exp(-i / 55)) + 3.2 * math.exp(-(((i - 190) / 45) ** 2)) + 0.4 * math.sin(i / 9)
        for i in range(480)
    ]
    glass.lane.drive(
        [max(0.0, speed) for speed in speeds],
        pause_s=0.002,
        engine_rpm=2012.0,
        co_pct=0.043,
        hc_ppm=11.4,
        no_ppm=171.5,
        co2_pct=14.62,
        o2_pct=0.31,
    )
    glass.see(".gauge-digits:has-text('.')")


def running_too_fast(glass: "Glass") -> None:
    glass.lane.show(running=glass.parts["measuring"](glass.parts["TICKETS"][0]))
    glass.see(".trace-plot canvas")
    glass.lane.drive([98.8], engine_rpm=3012.0, co_pct=10.04, hc_ppm=9999.0, no_ppm=4999.0, co2_pct=14.6, o2_pct=20.9)
    glass.see(".pedal-off")


def running_stop(glass: "Glass") -> None:
    glass.lane.show(running=glass.parts["measuring"](glass.parts["TICKETS"][0]))
    box = glass.page.locator(".hold").bounding_box()
    assert box is not None
    glass.page.mouse.move(box["x"] + 30, box["y"] + 30)
    glass.page.mouse.down()
    glass.see(".stop-card")
    glass.page.mouse.up()
    glass.see(".stop-card .button:enabled")


def result(outcome: str, **facts: Any) -> "Scene":
    def scene(glass: "Glass") -> None:
        ticket = glass.parts["TICKETS"][0]
        more = {
            name: glass.parts[value] if isinstance(value, str) and value in glass.parts else value
            for name, value in facts.items()
        }
        if "reasons" in more:
            more["reasons"] = tuple(glass.parts["text"](*each) for each in more["reasons"])
        glass.lane.show(running=glass.parts["measuring"](ticket))
        glass.see(".running")
        glass.lane.show(running=None, results=(glass.parts["result_of"](ticket, outcome, **more),))
        glass.see(f".banner-{outcome}")

    return scene


def refused(glass: "Glass") -> None:
    glass.page.locator(".tab").nth(1).tap()
    glass.tap(".button.warn")
    glass.see(".refusal-code")


def offline(glass: "Glass") -> None:
    glass.lane.show(running=glass.parts["measuring"](glass.parts["TICKETS"][0]))
    glass.see(".running")
    glass.lane.down()
    glass.see(".offline")


def offline_in_english(glass: "Glass") -> None:
    glass.tap(".language")
    offline(glass)


def dimmed(glass: "Glass") -> None:
    glass.page.evaluate(
        """() => {
          Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    glass.see(".dimmed")


NO_READING = (("分析仪失联：检查电源与串口线，然后重新检测", "Analyzer lost: check power and cable, then test again"),)
STOPPED = (("操作员停止：车辆异常", "Stopped by the operator: trouble with the car"),)

SCENES: dict[str, "Scene"] = {
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


@pytest.mark.parametrize("scene", list(SCENES))
def test_every_screen_fits_both_panels_in_both_languages(glass: "Glass", scene: str) -> None:
    SCENES[scene](glass)
    in_english = ("en",) if scene in ENGLISH_PICTURES else ()
    faults = glass.faults(scene, () if scene in UNPICTURED else ("zh", *in_english))

    assert len(faults) in (2, 4)
    assert not any(faults.values()), faults


@pytest.mark.parametrize("size", ["1280x800", "1024x600"])
def test_speed_digits_can_be_read_from_the_driver_seat(glass: "Glass", size: str) -> None:
    glass.resize(size)
    running_too_fast(glass)

    assert glass.digit_height(".gauge-speed_kmh .gauge-digits") >= 140
