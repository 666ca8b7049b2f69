"""Whose protocol one reader alone attests is told when the lane starts: in the log, on the page, by the doctor."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from drivers.registry import DRIVERS
from lanectl.app.daemon import tell_grades
from lanectl.app.doctor.devices import check_grades
from lanectl.lane.equipment import Slot
from lanectl.lane.screen import device_views
from lanectl.model.words.ports import GRADES


def slot(name: str, driver: str) -> Slot:
    device: Any = SimpleNamespace()
    return Slot(name, DRIVERS[driver].role, driver, device, grade=DRIVERS[driver].grade)


OPACITY, NOX, GAS = slot("opacity", "foshan-fty-100"), slot("nox", "mingquan-mqw-5102"), slot("gas", "nanhua-nha-506i")


def test_the_log_tells_of_each_doubt_before_the_first_device_is_opened(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tell_grades([OPACITY, NOX, GAS])
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    for grade, said in zip(("B", "A/B"), caplog.messages, strict=True):
        assert GRADES[grade].zh in said
        assert GRADES[grade].en in said
    assert "foshan-fty-100" in caplog.messages[0]


def test_the_page_carries_it_as_long_as_the_lane_runs() -> None:
    equipment: Any = SimpleNamespace(slots={each.name: each for each in (OPACITY, NOX, GAS)})
    opacity, nox, gas = device_views(equipment)
    assert opacity.note is not None
    assert GRADES["B"].zh in opacity.note.zh
    assert GRADES["B"].en in opacity.note.en
    assert (nox.note, gas.note) == (None, None)


def test_the_doctor_warns_of_grade_b_and_says_what_to_do() -> None:
    lane = {
        "opacity": "foshan-fty-100",
        "nox": "mingquan-mqw-5102",
        "gas": "nanhua-nha-506i",
        "other": "somebody-elses",
    }
    found = {finding.name: finding for finding in check_grades(lane)}
    assert {name: finding.state for name, finding in found.items()} == {
        "device opacity": "warn", "device nox": "ok", "device gas": "ok",
    }  # fmt: skip
    assert "docs/devices/foshan-fty-100.md" in found["device opacity"].remedy.en
