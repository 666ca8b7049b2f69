"""Every code that a check or the schedule may give has words in both languages."""

import re
from pathlib import Path

import lanectl.core.equipment as room
from lanectl.core.equipment import crossing, result, schedule
from lanectl.model.words.equipment import EQUIPMENT_REASONS, SCHEDULE_REASONS

GIVEN = re.compile(r'"([a-z_]+_(?:off|missing|outside_range|up|unknown|high|drifted|slow|weak|recipe|step|domain))"')
IN_SCHEDULE = (
    schedule.FAILED, schedule.NEVER_DONE, schedule.MISSED, schedule.DUE_NOW, schedule.CHANGED, schedule.FAILURE_BEFORE,
    schedule.NEXT_TEST, schedule.NO_CERTIFICATE, schedule.EXPIRED, schedule.DATED_AHEAD,
)  # fmt: skip


def test_no_code_of_a_check_is_without_words() -> None:
    sources = [
        path.read_text("utf-8") for path in Path(room.__file__).parent.glob("*.py") if "schedule" not in path.name
    ]
    codes = {code for text in sources for code in GIVEN.findall(text)}
    codes |= {crossing.TOO_FEW, crossing.NOT_REACHED, crossing.HOLE, crossing.ALREADY_THERE, "leaking", "low_flow"}
    codes = (codes | {result.NO_READING, result.NO_NUMBER}) - {"mid_high", "check_high", "calibrate_high"}
    assert len(codes) > 30
    assert codes - set(EQUIPMENT_REASONS) == set()


def test_no_code_of_the_schedule_is_without_words() -> None:
    assert set(IN_SCHEDULE) == set(SCHEDULE_REASONS)
    for text in (*EQUIPMENT_REASONS.values(), *SCHEDULE_REASONS.values()):
        assert text.zh
        assert text.en
