import asyncio
import threading
from typing import Any

import pytest

from lanectl.ledger.errors import TestNotOpenError
from lanectl.ledger.writer import LedgerInline, LedgerThread
from lanectl.model.sample import LaneEvent


async def test_calls_run_one_by_one_in_one_thread_of_their_own(bench: Any) -> None:
    writer = LedgerThread(bench.open())
    bench.begin(writer.ledger, "t1")
    seen: list[str] = []

    def note(number: int) -> int:
        seen.append(threading.current_thread().name)
        writer.ledger.append("t1", [], [], [LaneEvent(number, 0, "beat")])
        return number

    assert await asyncio.gather(*(writer.call(note, number) for number in range(5))) == [0, 1, 2, 3, 4]
    (found,) = await writer.call(writer.ledger.unfinished)
    assert [event.t_ms for event in found.kept.events] == [0, 1, 2, 3, 4]
    assert len(set(seen)) == 1
    assert seen[0] != threading.current_thread().name
    await writer.close()


async def test_a_cancelled_caller_does_not_undo_what_it_asked_for(bench: Any) -> None:
    writer = LedgerThread(bench.open())
    bench.begin(writer.ledger, "t1")
    task = asyncio.create_task(writer.call(writer.ledger.append, "t1", [], [], [LaneEvent(1, 1, "kept")]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (found,) = await writer.call(writer.ledger.unfinished)
    assert [event.kind for event in found.kept.events] == ["kept"]
    await writer.close()


@pytest.mark.parametrize("kind", [LedgerThread, LedgerInline])
async def test_an_error_reaches_the_caller(bench: Any, kind: type) -> None:
    writer = kind(bench.open())
    with pytest.raises(TestNotOpenError):
        await writer.call(writer.ledger.append, "t9")
    await writer.close()
