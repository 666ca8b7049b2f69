"""What breaks in a program must not leave a load on, a record unmade, or a lane that nobody can use."""

import json
from typing import Any

import pytest

from drivers.errors import PortLostError
from lanectl.lane import recording
from lanectl.procedures import inspection


def breaks(*_: object) -> Any:
    raise RuntimeError("a fault of the program")


async def test_a_step_that_breaks_under_load_takes_the_load_off_and_seals_an_invalid_test(
    lane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lane.start("worn_catalyst")
    await lane.until_stage("measure", "asm5025")
    assert lane.commanded_brake_n() > 500.0

    monkeypatch.setattr(inspection, "step", breaks)
    await lane.run_for(0.5)

    assert lane.world.bench.brake.mode == "off"
    body = await lane.until_done()
    assert (body["outcome"], body["reasons"][0]) == ("invalid", "program_fault")


async def test_an_action_that_breaks_ends_the_test_instead_of_waiting_for_ever(
    lane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def zero() -> None:
        breaks()

    await lane.start("clean_petrol")
    monkeypatch.setattr(lane.lane.parts.equipment.gas, "zero", zero)

    body = await lane.until_done()

    assert (body["outcome"], body["reasons"][0]) == ("invalid", "program_fault")


async def test_a_record_that_cannot_be_made_locks_the_lane_and_leaves_the_desk_usable(
    lane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lane.start("clean_petrol")
    await lane.until_stage("prepare")

    monkeypatch.setattr(recording, "closing_body", breaks)
    await lane.desk.stop("op1", "unsafe")

    assert await lane.run_for(90.0, lambda: lane.desk._run is None)
    assert [lock.code for lock in lane.view().locks] == ["ledger"]
    assert [ticket.status for ticket in lane.view().queue] == ["done"]
    assert len(lane.lane.parts.ledger.ledger.unfinished()) == 1


async def test_a_release_that_is_not_taken_is_said_and_tried_again_until_it_is(
    lane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf() -> None:
        raise PortLostError("dyno", "release", "takes no bytes")

    test_id = await lane.start("worn_catalyst")
    await lane.until_stage("measure", "asm5025")
    with monkeypatch.context() as broken:
        broken.setattr(lane.lane.parts.equipment.dyno, "release", deaf)
        await lane.desk.stop("op1", "unsafe")
        ledger = lane.lane.parts.ledger.ledger
        assert await lane.run_for(5.0, lambda: ledger.record(test_id) is not None)
    await lane.until_done()

    events = json.loads(ledger.members(test_id)["events.json"])
    assert [event["detail"]["failed"] for event in events if event["kind"] == "made_safe"] == [["release_load"]]
    assert lane.world.bench.brake.mode == "off"


async def test_the_pump_stops_when_a_test_ends_in_the_middle_of_an_action(lane: Any) -> None:
    test_id = await lane.start("clean_petrol")
    assert await lane.run_for(200.0, lambda: lane.desk._run.prompt.code == "zeroing")
    await lane.run_for(1.0)

    await lane.desk.stop("op1", "unsafe")
    await lane.until_done()

    events = json.loads(lane.lane.parts.ledger.ledger.members(test_id)["events.json"])
    assert [event["detail"]["failed"] for event in events if event["kind"] == "made_safe"] == [[]]
