"""What goes into the ledger and comes out of it: frozen values, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lanectl.ledger.canonical import parse_object, sha256_hex
from lanectl.model.case import Failure
from lanectl.model.record import SecondRow
from lanectl.model.sample import LaneEvent, Sample
from lanectl.model.vehicle import Vehicle


@dataclass(frozen=True, slots=True)
class TestOpening:
    """What is known when a test begins: enough to seal it as aborted should the machine die.

    ``body`` holds every field of the record body that is known by now (see model.record.RecordBody);
    ``devices`` says which devices take part (identity, serial number, calibration state).
    """

    __test__ = False

    test_id: str
    opened_at: datetime
    body: Mapping[str, object]
    devices: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the journal holds of an open test."""

    samples: tuple[Sample, ...]
    seconds: tuple[SecondRow, ...]
    events: tuple[LaneEvent, ...]
    damaged: str | None = None
    """What is wrong with the journal; what stands before the damage is kept."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A test that was begun and never sealed: the machine died in it."""

    opening: TestOpening
    kept: Kept


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record as it is stored: the exact bytes that were signed, and the signature file."""

    sequence: int
    record: bytes
    signature: bytes

    @property
    def sha256(self) -> str:
        """Digest of the record's bytes; the next record names it as its previous."""
        return sha256_hex(self.record)

    @property
    def body(self) -> dict[str, object]:
        """The record as a value."""
        return parse_object(self.record)


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A sealed record for a list of results, with whether the bureau's receipt for it is here."""

    sealed: SealedRecord
    receipt: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message that the bureau has not yet receipted; ``payload`` is the same bytes each time it is asked for."""

    seq: int
    message_id: str
    kind: str
    payload: bytes
    posted_at: datetime

    @property
    def sha256(self) -> str:
        """Digest of the payload; the receipt names it."""
        return sha256_hex(self.payload)


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How much waits for a receipt, since when, and how much the bureau rejected."""

    waiting: int
    oldest_at: datetime | None
    quarantined: int


@dataclass(frozen=True, slots=True)
class LastTest:
    """How a vehicle was entered and tested the last time."""

    method: str
    vehicle: Vehicle


@dataclass(frozen=True, slots=True)
class LocalHistory:
    """What this ledger knows of a vehicle, for the retest gate."""

    failures: tuple[Failure, ...]
    used_repairs: Mapping[str, str]
    """Repair record to the report of the test that used it."""
    undecided: int = 0
    """Tests that were begun since the last pass or fail, and were aborted or invalid."""
    last: LastTest | None = None
    """The last test of this VIN, however it ended."""
