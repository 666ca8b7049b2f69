"""One tap, one action: a repeated request with the same Idempotency-Key gets the first one's answer.

Knows keys, bodies and answers. Does not know what the actions do.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lanectl.terminal.errors import ApiError, Json

REMEMBERED = 256
"""A page repeats a request within seconds; this many keys cover hours of work."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a POST is answered."""

    status: int
    body: Json


@dataclass(frozen=True, slots=True)
class _Entry:
    fingerprint: bytes
    task: "asyncio.Task[Answer]"


class Once:
    """Remembers the latest keyed requests. An action that has begun goes on when its page goes away."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._remembered = remembered

    async def run(self, key: str, fingerprint: bytes, action: Callable[[], Awaitable[Answer]]) -> tuple[Answer, bool]:
        """Return the answer, and whether it is the answer to an earlier request."""
        entry = self._entries.get(key)
        if entry is not None and entry.fingerprint != fingerprint:
            raise ApiError(422, "key_reused")
        repeated = entry is not None
        if entry is None:
            entry = _Entry(fingerprint, asyncio.ensure_future(_run(action)))
            self._remember(key, entry)
        try:
            return await asyncio.shield(entry.task), repeated
        except Exception:
            self._forget(key, entry)  # a breakdown is no answer: the same tap may be tried again
            raise

    def _remember(self, key: str, entry: _Entry) -> None:
        self._entries[key] = entry
        while len(self._entries) > self._remembered:
            self._entries.popitem(last=False)

    def _forget(self, key: str, entry: _Entry) -> None:
        if self._entries.get(key) is entry:
            del self._entries[key]


async def _run(action: Callable[[], Awaitable[Answer]]) -> Answer:
    return await action()
