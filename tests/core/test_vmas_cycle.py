"""The cycle of 195 s: its own budget, its way, its table, and the envelope around it."""

from collections.abc import Mapping
from typing import Any

import pytest

from lanectl.core.figures import LimitsMissing
from lanectl.core.methods import open_trial
from lanectl.core.vmas_cycle import (
    GEAR_CHANGE,
    distance_is_valid,
    distance_km,
    read_cycle,
    reference_kmh,
    seconds_by_kind,
)

BUDGET = {"idle": 60, "accelerate": 36, "steady": 57, "decelerate": 25, "declutched": 9, "gear_change": 8}
TABLE = {
    0: 0.0, 11: 0.0, 12: 3.75, 13: 7.5, 15: 15.0, 23: 15.0, 24: 12.5, 25: 10.0, 26: 6.667, 28: 0.0, 49: 0.0, 50: 3.0,
    54: 15.0, 56: 15.0, 57: 18.4, 61: 32.0, 85: 32.0, 86: 29.25, 93: 10.0, 94: 6.667, 96: 0.0, 117: 0.0, 122: 15.0,
    124: 15.0, 125: 17.222, 133: 35.0, 135: 35.0, 136: 36.875, 143: 50.0, 155: 50.0, 156: 48.125, 163: 35.0,
    176: 35.0, 177: 33.5, 178: 32.0, 179: 28.857, 185: 10.0, 187: 3.333, 188: 0.0, 195: 0.0,
}  # fmt: skip
HELD = {176: 35.0, 177: 35.0, 178: 35.0, 179: 31.429, 184: 13.571, 185: 10.0}
ENVELOPE = {
    0: (0.0, 0.0), 11: (0.0, 3.75), 12: (0.0, 7.5), 15: (11.25, 15.0), 16: (15.0, 15.0), 23: (12.5, 15.0),
    56: (15.0, 18.4), 61: (28.6, 32.0), 85: (29.25, 32.0), 95: (0.0, 6.667), 124: (15.0, 17.222), 143: (48.125, 50.0),
    163: (35.0, 36.875), 177: (32.0, 35.0), 188: (0.0, 3.333), 195: (0.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize(("reading", "km"), [("falls_to_32", 1.0146), ("holds_35", 1.0183)])
def test_the_cycle_has_its_budget_and_its_way(limits: Mapping[str, Any], reading: str, km: float) -> None:
    operations = read_cycle(limits["vmas"], reading)
    assert seconds_by_kind(operations) == BUDGET
    assert (len(operations), operations[-1].end_s) == (25, 195)
    assert distance_km(operations) == pytest.approx(km, abs=5e-5)
    assert sum(reference_kmh(operations)) / 3600 == pytest.approx(distance_km(operations), abs=1e-9)


def test_the_way_with_35_held_is_known_exactly(limits: Mapping[str, Any]) -> None:
    assert distance_km(read_cycle(limits["vmas"], "holds_35")) == pytest.approx(1.0183333333333333, rel=1e-9)


def test_the_cycle_has_its_table(limits: Mapping[str, Any]) -> None:
    reference = reference_kmh(read_cycle(limits["vmas"], "falls_to_32"))
    assert len(reference) == 196
    assert {second: reference[second] for second in TABLE} == pytest.approx(TABLE, abs=5e-4)
    held = reference_kmh(read_cycle(limits["vmas"], "holds_35"))
    assert held[:177] == reference[:177]
    assert {second: held[second] for second in HELD} == pytest.approx(HELD, abs=5e-4)


def test_the_machine_drives_the_same_cycle_with_its_envelope(limits: Mapping[str, Any]) -> None:
    section = limits["vmas"]
    drive = open_trial("vmas", {"fuel": "petrol", "reference_mass_kg": 1480}, section, "a")._machine.drive  # type: ignore[attr-defined]  # what is inside
    assert drive.cycle_s == 195
    reference = reference_kmh(read_cycle(section, "falls_to_32"))
    assert [drive.reference_of(second) / 1e6 for second in range(196)] == list(reference)
    assert drive.reference_of(300) == 0
    for second, (lowest, highest) in ENVELOPE.items():
        assert drive.lowest_of(second) / 1e6 == pytest.approx(lowest, abs=5e-4), second
        assert drive.highest_of(second) / 1e6 == pytest.approx(highest, abs=5e-4), second


def test_the_gear_changes_are_eight_known_seconds(limits: Mapping[str, Any]) -> None:
    operations = read_cycle(limits["vmas"], "falls_to_32")
    changes = [s for part in operations if part.kind == GEAR_CHANGE for s in range(part.start_s, part.end_s)]
    assert changes == [54, 55, 122, 123, 133, 134, 176, 177]


@pytest.mark.parametrize(
    ("driven_km", "valid"), [(0.8, False), (0.82, True), (1.21, True), (1.22, False), (0.813, True), (0.812999, False)]
)
def test_a_way_counts_within_200_m_of_the_nominal_one(driven_km: float, valid: bool) -> None:
    assert distance_is_valid(driven_km, 1.013, 0.2) is valid


@pytest.mark.parametrize(
    "rows",
    [
        None,
        "idle",
        [],
        [["idle", 11]],
        ["idle 11 0"],
        [["rest", 11, 0]],
        [["idle", 0, 0]],
        [["idle", 11.5, 0]],
        [["idle", True, 0]],
        [["idle", 401, 0]],
        [["idle", 11, 0], ["idle", 11, 0]],
        [["idle", 11, -1]],
        [["idle", 11, 201]],
        [["idle", 11, "fast"]],
        [["idle", 11, True]],
    ],
)
def test_what_is_no_cycle_is_refused(rows: object) -> None:
    with pytest.raises(LimitsMissing, match=r"vmas\.cycle\.falls_to_32"):
        read_cycle({"cycle": {"falls_to_32": {"value": rows}}}, "falls_to_32")


def test_the_operation_that_is_none_is_named_by_its_place_from_one_on() -> None:
    rows = [["idle", 11, 0], ["accelerate", 15, 15], ["steady", 15, 15]]
    with pytest.raises(LimitsMissing, match="operation 3"):
        read_cycle({"cycle": {"falls_to_32": {"value": rows}}}, "falls_to_32")


@pytest.mark.parametrize("section", [{}, {"cycle": 1}, {"cycle": {}}, {"cycle": {"falls_to_32": 1}}])
def test_a_cycle_that_is_not_there_is_named(section: Mapping[str, object]) -> None:
    with pytest.raises(LimitsMissing, match=r"vmas\.cycle\.falls_to_32: missing"):
        read_cycle(section, "falls_to_32")
