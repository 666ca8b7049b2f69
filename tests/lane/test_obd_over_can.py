"""Whole tests on a lane whose scan tool is a CAN interface: its facts in the record, and whose silence is whose."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.presets import PRESETS
from simulators.station import DIESEL_LANE, PETROL_LANE

ELM, CAN = 'driver = "elm327"\nport = "memory-obd"', 'driver = "iso15765-can"\nport = "/dev/lane/obd"'


def with_can(devices: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("iso15765-can" if device == "elm327" else device for device in devices)


def on_can(lane_file: Path) -> Path:
    text = lane_file.read_text("utf-8")
    assert ELM in text
    lane_file.write_text(text.replace(ELM, CAN), "utf-8")
    return lane_file


@pytest.fixture
async def can_lane(lane_file: Path, manual_clock: Any, lock_step: Any) -> AsyncIterator[Any]:
    async with lock_step(on_can(lane_file), manual_clock, devices=with_can(PETROL_LANE)) as running:
        yield running


async def test_a_car_with_its_lamp_on_fails_by_what_its_units_say_over_can(can_lane: Any) -> None:
    await can_lane.start("mil_on")

    body = await can_lane.until_done()

    facts = body["obd"]["facts"]
    assert body["obd"]["verdict"]["outcome"] == "fail"
    assert (facts["protocol"], facts["vin"]) == ("ISO 15765-4 CAN 11/500", PRESETS["mil_on"].vin)
    assert (facts["mil_on"], facts["stored_codes"]) == (True, ["P0420"])


async def test_the_cars_silence_is_a_question_to_the_operator_and_then_a_finding(can_lane: Any) -> None:
    asked: set[str] = set()

    def note_questions() -> bool:
        run = can_lane.desk._run
        if run is not None and run.question is not None:
            asked.add(run.question.question)
        return run is None

    can_lane.world.fault("obd", "out_of_socket")
    await can_lane.start("clean_petrol")
    assert await can_lane.run_for(120.0, note_questions)
    body = await can_lane.until_done()

    assert "obd_no_link_why" in asked
    assert body["obd"]["verdict"]["outcome"] == "fail"


async def test_an_adapter_that_dies_is_no_finding_about_the_car(can_lane: Any) -> None:
    can_lane.world.fault("obd", "silence")
    await can_lane.start("clean_petrol")

    body = await can_lane.until_done()

    assert (body["outcome"], body["obd"]) == ("invalid", None)
    assert any("adapter does not answer" in reason for reason in body["reasons"]), body["reasons"]


async def test_a_diesel_leaves_its_pedal_boost_and_nox_in_the_trace(
    diesel_lane_file: Path, manual_clock: Any, lock_step: Any
) -> None:
    devices = with_can((*DIESEL_LANE, "rz-1"))
    async with lock_step(on_can(diesel_lane_file), manual_clock, devices=devices) as lane:
        await lane.start("clean_diesel")
        seen: dict[str, float] = {}

        def watch() -> bool:
            now_ms = lane.clock.now_ms()
            for name in ("obd_pedal_d_pct", "obd_map_kpa", "obd_nox_ppm"):
                value = lane.lane.parts.board.channel(name, now_ms).value
                seen[name] = max(seen.get(name, 0.0), value or 0.0)
            return lane.desk._run is None

        assert await lane.run_for(500.0, watch)
        body = dict(lane.lane.parts.ledger.ledger.results(1)[0].sealed.body)
    assert body["obd"]["facts"]["ignition"] == "compression"
    assert seen["obd_pedal_d_pct"] > 50.0
    assert seen["obd_map_kpa"] > 101.0
    assert seen["obd_nox_ppm"] > 100.0


@pytest.mark.parametrize(("preset", "outcome"), [("heavy_diesel", "pass"), ("heavy_diesel_mil_on", "fail")])
async def test_a_truck_of_j1939_goes_through_the_same_check(
    diesel_lane_file: Path, manual_clock: Any, lock_step: Any, preset: str, outcome: str
) -> None:
    devices = with_can((*DIESEL_LANE, "rz-1"))
    async with lock_step(on_can(diesel_lane_file), manual_clock, devices=devices) as lane:
        await lane.start(preset)

        assert await lane.run_for(300.0, lambda: lane.desk._run is None or judged(lane) is not None)
        facts = judged(lane)

    assert facts is not None
    assert (facts["protocol"], facts["vin"]) == ("SAE J1939 CAN 29/250", PRESETS[preset].vin)
    assert facts["stored_codes"] == list(PRESETS[preset].diagnosis.stored)
    assert facts["readiness"]["nox_scr"] == (outcome == "pass")


def judged(lane: Any) -> Any:
    run = lane.desk._run
    return None if run is None else run._hands.findings.obd_facts
