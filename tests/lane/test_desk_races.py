"""What happens at the desk while the bureau is being asked."""

import asyncio
from typing import Any

import pytest

from lanectl.lane.ports import RefusedError


@pytest.fixture
def slow_bureau(lane: Any) -> asyncio.Event:
    """Make the bureau answer only when told."""
    may_answer, ask = asyncio.Event(), lane.bureau.ask_vehicle

    async def slowly(plate: str, vin: str) -> Any:
        await may_answer.wait()
        return await ask(plate, vin)

    lane.bureau.ask_vehicle = slowly
    may_answer.set()
    return may_answer


async def begin(lane: Any, work: Any, slow_bureau: asyncio.Event) -> Any:
    slow_bureau.clear()
    task = asyncio.create_task(work)
    await lane.run_for(0.2)
    return task


async def code_of(task: Any, slow_bureau: asyncio.Event) -> str:
    slow_bureau.set()
    with pytest.raises(RefusedError) as refused:
        await task
    return str(refused.value.refusal.code)


async def test_a_vehicle_dismissed_while_the_bureau_is_asked_is_not_tested(
    lane: Any, slow_bureau: asyncio.Event
) -> None:
    ticket = (await lane.accept("clean_petrol")).ticket
    starting = await begin(lane, lane.desk.start(ticket, "op1"), slow_bureau)

    await lane.desk.dismiss(ticket, "op1")

    assert await code_of(starting, slow_bureau) == "not_waiting"
    assert lane.view().queue == ()


async def test_a_lane_locked_while_the_bureau_is_asked_starts_nothing(lane: Any, slow_bureau: asyncio.Event) -> None:
    ticket = (await lane.accept("clean_petrol")).ticket
    starting = await begin(lane, lane.desk.start(ticket, "op1"), slow_bureau)

    lane.desk.locks.lock_by_bureau("inspection")

    assert await code_of(starting, slow_bureau) == "locked"
    assert lane.desk._run is None


@pytest.mark.parametrize("changes", [{}, {"vin": "LSVAA4182E2123457"}])
async def test_one_vehicle_accepted_twice_at_once_stands_once_in_the_queue(
    lane: Any, slow_bureau: asyncio.Event, changes: dict[str, object]
) -> None:
    first = await begin(lane, lane.accept("clean_petrol"), slow_bureau)
    second = await begin(lane, lane.accept("clean_petrol", **changes), slow_bureau)

    slow_bureau.set()
    await first

    assert await code_of(second, slow_bureau) == "already_queued"
    assert len(lane.view().queue) == 1
