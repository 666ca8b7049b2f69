"""The shipped figures: every one has value, confidence and clause, and every section is one that a check reads."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import lanectl.core.equipment as room
from lanectl.app import identity


def figures(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, entry in table.items():
        if isinstance(entry, Mapping) and "value" in entry:
            yield f"{path}{name}", entry
        elif isinstance(entry, Mapping) and name != "meta":
            yield from figures(entry, f"{path}{name}.")


def test_every_figure_has_value_confidence_and_clause(equipment: dict[str, Any], petrol: dict[str, Any]) -> None:
    found = [*figures(equipment), *figures(petrol["vmas"]["load"], "vmas.load.")]
    assert len(found) > 100
    for name, entry in found:
        assert entry["conf"] in ("A", "B", "C"), name
        assert entry["clause"], name
        assert set(entry) <= {"value", "conf", "clause", "choices", "readings"}, name


def test_every_schedule_figure_has_them_too(schedule_files: dict[str, dict[str, Any]]) -> None:
    for data in schedule_files.values():
        for check, table in data["checks"].items():
            for name, entry in figures(table):
                assert (entry["conf"] in ("A", "B", "C"), bool(entry["clause"])) == (True, True), f"{check}.{name}"


def test_the_value_in_use_is_among_its_readings(equipment: dict[str, Any]) -> None:
    for name, entry in figures(equipment):
        if "readings" in entry:
            assert entry["value"] in entry["readings"], name
            assert len(entry["readings"]) > 1, name
        if "choices" in entry:
            assert entry["value"] in entry["choices"], name


def test_each_file_says_what_it_is_and_from_when(
    equipment: dict[str, Any], schedule_files: dict[str, dict[str, Any]]
) -> None:
    for schema, data in (
        ("lanectl/equipment/1", equipment),
        *(("lanectl/schedule/1", data) for data in schedule_files.values()),
    ):
        assert data["schema"] == schema
        assert data["meta"]["effective_from"] == "2019-05-01"
        assert data["meta"]["region"]


def test_the_identity_of_the_core_covers_this_room() -> None:
    covered = {name for name, _ in identity._sources(identity._folder("lanectl.core"))}
    assert {f"equipment/{path.name}" for path in Path(room.__file__).parent.glob("*.py")} <= covered


@pytest.mark.parametrize("name", ["equipment-gb", "schedule-cn", "schedule-guangzhou"])
def test_each_file_bears_its_own_name(
    name: str, equipment: dict[str, Any], schedule_files: dict[str, dict[str, Any]]
) -> None:
    assert {"equipment-gb": equipment, **schedule_files}[name]["meta"]["name"] == name
