"""Brings the outbox to the bureau. A message is done by the bureau's signed receipt, and by nothing else.

Knows sending, resending and receipts. A PUBACK means only that a broker has the message in its memory, so it is not
even looked at. Does not know the connection: it is told when the line is up, and given a function to send with.
"""

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lanectl.ledger.keys import TrustStore
from lanectl.uplink.messages import Receipt
from lanectl.uplink.ports import LineClock, OnLedger, OutboxPort, OutboxRow, OutboxSummary, Report
from lanectl.uplink.signed import NotTrustedError, open_signed

UNREAD_RECEIPTS = 256
"""Receipts that wait to be read; a flood of forged ones pushes out its own, and a lost one comes again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard the sender pushes. Times are those of the clock it is given."""

    window: int = 16
    """Messages under way without a receipt."""
    resend_after_s: float = 30.0
    look_every_s: float = 5.0


class Sender:
    """Keeps at most ``window`` messages under way, oldest first, until each has its receipt."""

    def __init__(
        self,
        outbox: OutboxPort,
        on_ledger: OnLedger,
        send: Callable[[str, bytes], bool],
        trust: TrustStore,
        clock: LineClock,
        report: Report,
        pace: Pace | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._outbox = outbox
        self._on_ledger = on_ledger
        self._send = send
        self._trust = trust
        self._clock = clock
        self._report = report
        self._pace = pace or Pace()
        self._on_change = on_change
        self._bell = asyncio.Event()
        self._line_is_up = False
        self._sent_ms: dict[str, int] = {}
        self._receipts: deque[bytes] = deque(maxlen=UNREAD_RECEIPTS)
        self.summary: OutboxSummary | None = None
        """How much waited when last looked; None before the first look."""

    def wake(self) -> None:
        """Say that there is something new in the outbox."""
        self._bell.set()

    def line_up(self) -> None:
        """Say that a new connection stands: whatever has no receipt is sent again on it."""
        self._line_is_up = True
        self._sent_ms.clear()
        self._bell.set()

    def line_down(self) -> None:
        """Say that the connection ended."""
        self._line_is_up = False

    def take_receipt(self, payload: bytes) -> None:
        """Take what came on the receipt topic, unread."""
        self._receipts.append(payload)
        self._bell.set()

    async def run(self) -> None:
        """Work until cancelled. A ledger that refuses is not survived: the error reaches the daemon."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_now_and_then())
            while True:
                await self.work_once()
                await self._bell.wait()
                self._bell.clear()

    async def work_once(self) -> None:
        """Read the receipts that came, then send what is due."""
        rows = await self._on_ledger(self._outbox.pending, self._pace.window)
        settled = await self._read_receipts({row.message_id: row for row in rows})
        if settled:
            rows = await self._on_ledger(self._outbox.pending, self._pace.window)
        self._send_due(rows)
        summary = await self._on_ledger(self._outbox.outbox_state)
        if summary != self.summary:
            self.summary = summary
            self._on_change()

    async def _look_now_and_then(self) -> None:
        while True:
            await self._clock.sleep(self._pace.look_every_s)
            self._bell.set()

    def _send_due(self, rows: Sequence[OutboxRow]) -> None:
        waiting = {row.message_id for row in rows}
        self._sent_ms = {message_id: at for message_id, at in self._sent_ms.items() if message_id in waiting}
        if not self._line_is_up:
            return
        now_ms = self._clock.now_ms()
        for row in rows:
            sent_ms = self._sent_ms.get(row.message_id)
            due = sent_ms is None or now_ms - sent_ms >= self._pace.resend_after_s * 1000.0
            if due and self._send(row.kind, row.payload):
                self._sent_ms[row.message_id] = now_ms

    async def _read_receipts(self, rows: dict[str, OutboxRow]) -> bool:
        """Return whether a message left the outbox."""
        settled = False
        while self._receipts:
            payload = self._receipts.popleft()
            try:
                settled |= await self._read_receipt(payload, rows)
            except NotTrustedError as error:
                if not self._is_about_an_event(payload, rows):  # else each report would earn a refusal of its own
                    self._report("receipt_refused", {"code": error.code})
        return settled

    @staticmethod
    def _is_about_an_event(payload: bytes, rows: dict[str, OutboxRow]) -> bool:
        """Say whether a receipt that nobody believes at least names an event; a hint, and never more than that."""
        try:
            named = json.loads(payload)["id"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        row = rows.get(named) if isinstance(named, str) else None
        return row is not None and row.kind == "event"

    async def _read_receipt(self, payload: bytes, rows: dict[str, OutboxRow]) -> bool:
        receipt = open_signed(payload, Receipt, self._trust)
        row = rows.get(receipt.id)
        if row is None:
            return False  # settled already, or not under way; if it matters, the resend brings it again
        if hashlib.sha256(row.payload).hexdigest() != receipt.sha256:
            raise NotTrustedError("other_payload")
        del rows[receipt.id]
        if receipt.accepted:
            await self._on_ledger(self._outbox.settle, receipt.id, payload)
        else:
            await self._set_aside(row, receipt)
        return True

    async def _set_aside(self, row: OutboxRow, receipt: Receipt) -> None:
        await self._on_ledger(self._outbox.quarantine, row.message_id, receipt.reason)
        if row.kind != "event":  # an event about a refused event would be refused in its turn, for ever
            detail = {"message": row.message_id, "kind": row.kind, "reason": receipt.reason}
            self._report("message_quarantined", detail)
