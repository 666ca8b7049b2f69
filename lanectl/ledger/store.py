"""The ledger of one lane: the one face behind which everything durable lives.

Knows what is kept together in one synced transaction. Does not know the wire, the law, or what time it is: moments are
handed in. Synchronous, for one thread; see ledger.writer for the daemon.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from lanectl.ledger import history, journal, outbox, records
from lanectl.ledger.database import open_for_writing, told_apart, transaction
from lanectl.ledger.errors import LedgerDamagedError, OtherLaneError
from lanectl.ledger.keys import Signer
from lanectl.ledger.values import (
    LocalHistory,
    OutboxMessage,
    OutboxState,
    ResultRow,
    SealedRecord,
    TestOpening,
    Unfinished,
)
from lanectl.model.record import LaneIdentity, SecondRow
from lanectl.model.sample import LaneEvent, Sample


class Ledger:
    """Everything a lane remembers. When a method has returned, what it keeps is on the disk."""

    def __init__(self, connection: sqlite3.Connection, lane: LaneIdentity, signer: Signer) -> None:
        self._connection = connection
        self._lane = lane
        self._signer = signer

    @classmethod
    def open(cls, path: Path, lane: LaneIdentity, signer: Signer) -> "Ledger":
        """Open this lane's ledger, or found it. Another lane's file, or one with a lost tail, is refused."""
        connection = open_for_writing(path)
        try:
            _claim(connection, lane)
            _check_tail(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection, lane, signer)

    def close(self) -> None:
        """Close the file. What was kept stays kept."""
        self._connection.close()

    # a test under way ------------------------------------------------------------------------------------------------

    def begin_test(self, opening: TestOpening) -> None:
        """Keep that a test begins, before anything runs."""
        with transaction(self._connection) as db:
            journal.begin(db, opening)

    def append(
        self,
        test_id: str,
        samples: Sequence[Sample] = (),
        seconds: Sequence[SecondRow] = (),
        events: Sequence[LaneEvent] = (),
    ) -> None:
        """Keep what came in since the last call (about once a second); one synced commit."""
        with transaction(self._connection) as db:
            journal.append(db, test_id, samples, seconds, events)

    def unfinished(self) -> list[Unfinished]:
        """Return the tests that were begun and never sealed, oldest first, with all that the journal holds of them."""
        with told_apart():
            return journal.unfinished(self._connection)

    def seal(
        self,
        test_id: str,
        body: Mapping[str, object],
        at: datetime,
        *,
        devices: Mapping[str, object] | None = None,
        raw: Mapping[str, bytes] | None = None,
    ) -> SealedRecord:
        """Make the record of an open test, sign it, chain it and post it to the bureau: one synced transaction.

        ``devices`` replaces what the opening said of the devices; ``raw`` are further members (name without ``raw/``).
        A pass or fail over a damaged journal is refused (LedgerDamagedError); aborted and invalid are sealed over what
        is left of it, and an event says so.
        """
        with told_apart():
            opening, kept = journal.read(self._connection, test_id)
        draft = records.draft(opening, kept, body, devices, raw or {})
        with transaction(self._connection) as db:
            sealed = records.keep(db, draft, self._lane, self._signer)
            outbox.post_record(db, sealed, at)
            journal.forget(db, test_id)
        return sealed

    # the outbox ------------------------------------------------------------------------------------------------------

    def post(self, kind: str, payload: Mapping[str, object], at: datetime) -> str:
        """Put a message of another kind (event, qc, …) into the outbox; the ledger adds schema, id and seq."""
        with transaction(self._connection) as db:
            return outbox.post(db, kind, payload, at)

    def pending(self, limit: int = 20) -> list[OutboxMessage]:
        """Return messages without a receipt, oldest first."""
        with told_apart():
            return outbox.pending(self._connection, limit)

    def settle(self, message_id: str, receipt: bytes) -> bool:
        """Take a message out for an accepting receipt that names its id and payload; False when it was out already.

        The caller has checked the receipt's signature. A receipt of another message raises ReceiptMismatchError.
        """
        with transaction(self._connection) as db:
            return outbox.settle(db, message_id, receipt)

    def quarantine(self, message_id: str, reason: str) -> None:
        """Take a message out that the bureau rejected; it is kept with the reason, and not sent again."""
        with transaction(self._connection) as db:
            outbox.quarantine(db, message_id, reason)

    def outbox_state(self) -> OutboxState:
        """Return how much waits for a receipt."""
        with told_apart():
            return outbox.state(self._connection)

    # memory ----------------------------------------------------------------------------------------------------------

    def history(self, plate: str, vin: str) -> LocalHistory:
        """Return what this ledger knows of a vehicle: failures, and repair records already used."""
        with told_apart():
            return history.of_vehicle(self._connection, plate, vin)

    def used_permits(self) -> frozenset[str]:
        """Return the ids of the permits that this lane has used; each opens the gate once."""
        with told_apart():
            return history.used_permits(self._connection)

    def results(self, limit: int = 50) -> list[ResultRow]:
        """Return the latest records, newest first, each with its receipt if there is one."""
        with told_apart():
            return records.latest(self._connection, limit)

    def record(self, test_id: str) -> SealedRecord | None:
        """Return the sealed record of a test."""
        with told_apart():
            return records.of_test(self._connection, test_id)

    def members(self, test_id: str) -> dict[str, bytes]:
        """Return the sealed trace bytes of a test by member name; empty when it is not sealed."""
        with told_apart():
            return records.members_of_test(self._connection, test_id)

    def checkpoint(self, at: datetime) -> bytes | None:
        """Sign and keep the present head of the chain, so that a lost tail can be noticed; None without records."""
        with transaction(self._connection) as db:
            return records.checkpoint(db, self._lane, self._signer, at)


def _claim(connection: sqlite3.Connection, lane: LaneIdentity) -> None:
    facts = {"region": lane.region, "station": lane.station, "lane": lane.lane, "mode": lane.mode}
    with transaction(connection) as db:
        known = dict(db.execute("select key, value from meta").fetchall())
        if not known:
            db.executemany("insert into meta (key, value) values (?, ?)", facts.items())
        elif known != facts:
            raise OtherLaneError(f"this ledger belongs to {known}, not to {facts}")


def _check_tail(connection: sqlite3.Connection) -> None:
    with told_apart():
        last = records.last_sequence(connection)
        known = records.highest_known(connection)
    if known > last:
        raise LedgerDamagedError(f"records {last + 1} to {known} are missing: a receipt or checkpoint knows them")
