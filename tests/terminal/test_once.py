"""One key, one action, also when the two requests overlap or the page goes away in between."""

import asyncio

import pytest

from lanectl.terminal.errors import ApiError
from lanectl.terminal.once import Answer, Once


class Work:
    """An action that ends when told, and counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = asyncio.Event()

    async def __call__(self) -> Answer:
        self.begun += 1
        number = self.begun
        await self.go_on.wait()
        return Answer(200, {"number": number})


async def test_two_requests_at_once_share_one_action() -> None:
    once, work = Once(), Work()
    first = asyncio.create_task(once.run("k", b"body", work))
    second = asyncio.create_task(once.run("k", b"body", work))
    await asyncio.sleep(0)
    work.go_on.set()

    assert (await first)[0] == (await second)[0] == Answer(200, {"number": 1})
    assert work.begun == 1


async def test_an_action_outlives_the_page_that_asked_for_it() -> None:
    once, work = Once(), Work()
    asking = asyncio.create_task(once.run("k", b"body", work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    work.go_on.set()

    assert await once.run("k", b"body", work) == (Answer(200, {"number": 1}), True)


async def test_another_body_under_the_same_key_is_refused() -> None:
    once, work = Once(), Work()
    work.go_on.set()
    await once.run("k", b"one", work)

    with pytest.raises(ApiError, match="key_reused"):
        await once.run("k", b"two", work)


async def test_memory_is_bounded() -> None:
    once, work = Once(remembered=3), Work()
    work.go_on.set()
    for number in range(5):
        await once.run(f"k{number}", b"", work)
    await once.run("k4", b"", work)
    await once.run("k0", b"", work)

    assert work.begun == 6
