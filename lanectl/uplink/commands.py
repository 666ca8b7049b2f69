"""Orders of the bureau: obeyed once, in order, while they last, and only when signed for this lane.

Knows signature, addressee, expiry and replay. Does not carry anything out: a good order goes to a callback.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lanectl.ledger.keys import TrustStore
from lanectl.uplink.memory import LineMemory
from lanectl.uplink.messages import CommandMessage
from lanectl.uplink.moments import read_moment
from lanectl.uplink.ports import Wall
from lanectl.uplink.signed import NotTrustedError, open_signed

SKEW_MS = 60_000
"""How far an order may come from the future before it, or this clock, is not believed."""


@dataclass(frozen=True, slots=True)
class Command:
    """An order that has passed every check."""

    id: str
    seq: int
    command: Literal["stop", "lock", "unlock"]
    reason: str
    issued_at: str
    expires_at: str


class CommandDesk:
    """Checks orders and hands the good ones over."""

    def __init__(
        self, lane: str, trust: TrustStore, memory: LineMemory, wall: Wall, on_command: Callable[[Command], None]
    ) -> None:
        self._lane = lane
        self._trust = trust
        self._memory = memory
        self._wall = wall
        self._on_command = on_command

    async def take(self, payload: bytes) -> Command | None:
        """Hand a good order over and return it; None for a second delivery of the last one; else NotTrustedError."""
        message = open_signed(payload, CommandMessage, self._trust)
        if message.lane != self._lane:
            raise NotTrustedError("other_lane")
        if message.id == self._memory.command_id and message.seq == self._memory.command_seq:
            return None  # QoS 1 may deliver twice
        if message.seq <= self._memory.command_seq:
            raise NotTrustedError("replayed")
        self._check_time(message)
        await asyncio.to_thread(self._memory.obeyed, message.seq, message.id)
        shown = message.model_dump(include=set(Command.__dataclass_fields__))
        command = Command(**shown)
        self._on_command(command)
        return command

    def _check_time(self, message: CommandMessage) -> None:
        now_ms = self._wall()
        if read_moment(message.expires_at) <= now_ms:
            raise NotTrustedError("expired")
        if read_moment(message.issued_at) > now_ms + SKEW_MS:
            raise NotTrustedError("from_the_future")


class RefusalMeter:
    """Lets only so many refusals a minute become events, so that a flood of forgeries does not fill the ledger."""

    def __init__(self, each_minute: int = 10) -> None:
        self._each_minute = each_minute
        self._minute = -1
        self._count = 0
        self.suppressed = 0
        """Refusals that were not told since the last one that was."""

    def may_tell(self, now_ms: int) -> bool:
        """Say whether this refusal may be told; if not, count it."""
        minute = now_ms // 60_000
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        if self._count <= self._each_minute:
            return True
        self.suppressed += 1
        return False

    def told(self) -> int:
        """Return how many were suppressed, and start counting anew."""
        count, self.suppressed = self.suppressed, 0
        return count
