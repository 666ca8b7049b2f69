"""What breaks in a program must not leave a load on, a record unmade, or a lane that nobody can use."""

from typing import Any

import pytest

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
