"""One question to the bureau and its signed answer, matched by id and nonce.

Knows what makes an answer good. Does not know the connection: it is given a function to send with.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from lanectl.lane.ports import BureauUnreachableError, VehicleHistory
from lanectl.ledger.keys import TrustStore
from lanectl.uplink.messages import Answer, QueryMessage, to_bytes
from lanectl.uplink.moments import read_moment
from lanectl.uplink.ports import LineClock, Wall
from lanectl.uplink.signed import NotTrustedError, open_signed

OLDEST_ANSWER_MS = 5 * 60_000
"""The nonce proves that an answer is new; a stamp further off than this means that one of the two clocks is wrong."""


class Questions:
    """Asks, and waits until a good answer is there or the time is up."""

    def __init__(
        self, send: Callable[[bytes], bool], trust: TrustStore, clock: LineClock, wall: Wall, patience_s: float
    ) -> None:
        self._send = send
        self._trust = trust
        self._clock = clock
        self._wall = wall
        self._patience_s = patience_s
        self._asked: dict[str, tuple[QueryMessage, asyncio.Future[Answer]]] = {}
        self._refused: dict[str, str] = {}
        self._count = 0

    async def ask_vehicle(self, plate: str, vin: str) -> VehicleHistory:
        """Return the signed history of a vehicle, or raise BureauUnreachableError."""
        self._count += 1
        nonce = secrets.token_hex(16)
        query = QueryMessage(
            id=f"query-{nonce}", seq=self._count, question="vehicle_history", plate=plate, vin=vin, nonce=nonce
        )
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[query.id] = (query, future)
        try:
            if not self._send(to_bytes(query)):
                raise BureauUnreachableError("no connection to the bureau")
            answer = await self._wait(query.id, future)
        finally:
            del self._asked[query.id]
            self._refused.pop(query.id, None)
        return VehicleHistory(answer.failures, answer.repairs, answer.m_stations)

    def take_answer(self, payload: bytes) -> None:
        """Take what came on the answer topic. Raises NotTrustedError; a forged answer does not end the waiting."""
        answer = open_signed(payload, Answer, self._trust)
        query, future = self._asked.get(answer.id, (None, None))
        if query is None or future is None or future.done():
            return  # too late: the one who asked has gone
        try:
            self._check(answer, query)
        except NotTrustedError as error:
            self._refused[answer.id] = error.code
            raise
        future.set_result(answer)

    def _check(self, answer: Answer, query: QueryMessage) -> None:
        if answer.nonce != query.nonce:
            raise NotTrustedError("other_nonce")
        if (answer.plate, answer.vin) != (query.plate, query.vin):
            raise NotTrustedError("other_vehicle")
        if abs(read_moment(answer.answered_at) - self._wall()) > OLDEST_ANSWER_MS:
            raise NotTrustedError("stale")

    async def _wait(self, query_id: str, future: "asyncio.Future[Answer]") -> Answer:
        patience = asyncio.ensure_future(self._clock.sleep(self._patience_s))
        both: set[asyncio.Future[Any]] = {future, patience}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()
            await asyncio.gather(patience, return_exceptions=True)
        if not future.done():
            future.cancel()
            why = self._refused.get(query_id)
            raise BureauUnreachableError(f"the only answer was refused: {why}" if why else "no answer in time")
        return future.result()
