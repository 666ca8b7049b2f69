"""What the uplink asks of the house below it: the outbox, a way to call the ledger's thread, and time.

``lanectl.ledger.store.Ledger`` fits OutboxPort and ``LedgerThread.call`` fits OnLedger. Does not know how anything is
stored, nor which thread that happens on.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

Wall = Callable[[], int]
"""UTC in milliseconds since 1970; only for stamps and expiry, never for durations."""

Report = Callable[[str, Mapping[str, object]], None]
"""Keep that something happened (event kind, detail), so that operator and bureau see it."""


class OutboxRow(Protocol):
    """One message that waits for its receipt."""

    @property
    def message_id(self) -> str:
        """Return the message id, the same on every resend."""

    @property
    def kind(self) -> str:
        """Return the last part of the topic: record, trace, event or qc."""

    @property
    def payload(self) -> bytes:
        """Return the whole message as published, the same bytes on every call."""


class OutboxSummary(Protocol):
    """How much waits."""

    @property
    def waiting(self) -> int:
        """Return the number of messages without a receipt, quarantined ones not counted."""

    @property
    def oldest_at(self) -> datetime | None:
        """Return when the oldest of them was posted."""


class OutboxPort(Protocol):
    """The ledger, as far as the uplink goes. Called only through OnLedger."""

    def pending(self, limit: int, /) -> Sequence[OutboxRow]:
        """Return the oldest messages without receipt, in order, also those that are under way."""

    def settle(self, message_id: str, receipt: bytes, /) -> bool:
        """Take a message out for the bureau's signed receipt; False when it was out already."""

    def quarantine(self, message_id: str, reason: str, /) -> None:
        """Set a message aside that the bureau refused for good; the queue goes on behind it."""

    def post(self, kind: str, payload: Mapping[str, object], at: datetime, /) -> str:
        """Put a message of another kind into the outbox; returns its id."""

    def outbox_state(self) -> OutboxSummary:
        """Return how much waits."""


class OnLedger(Protocol):
    """Runs a method of the ledger on the ledger's own thread."""

    def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Await the method's result."""


class LineClock(Protocol):
    """Monotonic time and waiting; ``lanectl.lane.clock.Clock`` fits."""

    def now_ms(self) -> int:
        """Return monotonic time in ms."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
