"""The journal of a running test: samples and events go to the ledger once a second, before they are judged.

Knows the order: kept first, judged after. Does not know what a second means.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from lanectl.core.second import LegalSecond, SecondMaker
from lanectl.ledger.errors import LedgerError
from lanectl.ledger.writer import LedgerCaller
from lanectl.model.record import SecondRow
from lanectl.model.sample import LaneEvent, Sample

log = logging.getLogger(__name__)
SECOND_MS = 1_000


@dataclass(slots=True)
class Batch:
    """What one second of lane time brought."""

    samples: list[Sample] = field(default_factory=list)
    events: list[LaneEvent] = field(default_factory=list)
    seconds: list[LegalSecond] = field(default_factory=list)


class Journal:
    """Collects beats, closes seconds, keeps them, and only then hands the seconds on to be judged."""

    def __init__(
        self,
        ledger: LedgerCaller,
        test_id: str,
        judge: Callable[[LegalSecond], str],
        failed: Callable[[str], None],
    ) -> None:
        self._ledger, self._test_id = ledger, test_id
        self._judge, self._failed = judge, failed
        self._batch = Batch()
        self._queue: asyncio.Queue[Batch | None] = asyncio.Queue()
        self._maker: SecondMaker | None = None
        self._phase: str | None = None
        self._last: Sample | None = None
        self.measure_from_ms: int | None = None

    def begin_measure(self, now_ms: int) -> None:
        """Let legal seconds begin with the next full second of the test."""
        self.measure_from_ms = (now_ms // SECOND_MS + 1) * SECOND_MS
        self._maker = SecondMaker()

    def note(self, event: LaneEvent) -> None:
        """Take note of an event."""
        self._batch.events.append(event)

    def take(self, sample: Sample) -> int | None:
        """Take one beat; returns how many rows the second had that it closed, if it closed one that is measured."""
        crossed = self._last is not None and sample.t_ms // SECOND_MS != self._last.t_ms // SECOND_MS
        closed = self._close_seconds(sample)
        if crossed:
            self._hand_over()
        self._batch.samples.append(sample)
        self._last = sample
        return min((second.rows for second in closed), default=None)

    def _close_seconds(self, sample: Sample) -> list[LegalSecond]:
        if self._maker is None or self.measure_from_ms is None or sample.t_ms < self.measure_from_ms:
            return []
        values = {name: channel.value for name, channel in sample.channels.items()}
        closed = self._maker.push(sample.t_ms - self.measure_from_ms, values)
        self._batch.seconds.extend(closed)
        return closed

    def _hand_over(self) -> None:
        self._queue.put_nowait(self._batch)
        self._batch = Batch()

    async def run(self) -> None:
        """Keep and judge batch after batch until ``end``; a ledger that fails is reported once and ends the test."""
        while (batch := await self._queue.get()) is not None:
            try:
                await self._keep(batch)
            except LedgerError as error:
                log.error("journal of %s: %s", self._test_id, error)
                self._failed(str(error))
                return
            for second in batch.seconds:
                self._phase = self._judge(second)

    async def end(self) -> None:
        """Hand over what is left; ``run`` comes to its end after it."""
        self._hand_over()
        self._queue.put_nowait(None)

    async def _keep(self, batch: Batch) -> None:
        rows = [self._row(second) for second in batch.seconds]
        if batch.samples or rows or batch.events:
            await self._ledger.call(self._ledger.ledger.append, self._test_id, batch.samples, rows, batch.events)

    def _row(self, second: LegalSecond) -> SecondRow:
        channels = self._last.channels if self._last is not None else {}
        missing = {
            name: (channels[name].why if name in channels else None) or "no_value"
            for name, value in second.values.items()
            if value is None
        }
        return SecondRow(second.t_ms, second.values, second.rows, self._phase, missing)
