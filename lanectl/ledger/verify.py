"""Check a whole ledger, or a bundle, with no network and no trust but in the keys that are given.

Finds every changed byte of what is stored, and what is missing between the first record and the last that anything
knows of. Does not judge whether a verdict is right; replay does.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lanectl.ledger.bundle import BundleDamagedError, parse_bundle, read_bundle
from lanectl.ledger.checks import Header, Problem, check_checkpoint, check_members, check_signature, read_header
from lanectl.ledger.database import fresh_schema, open_for_reading, schema_of
from lanectl.ledger.errors import LedgerDamagedError
from lanectl.ledger.keys import TrustStore
from lanectl.ledger.members import CHECKPOINT, RECORD, SIGNATURE
from lanectl.ledger.records import highest_known, members_of
from lanectl.ledger.verify_mail import check_journal, check_mail
from lanectl.model.record import NO_RECORD, LaneIdentity

_LISTED = 100
"""So many missing records are named one by one; a longer gap is named as a range."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check found."""

    records: int
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is as it was stored."""
        return not self.problems

    @property
    def first_bad(self) -> Problem | None:
        """The problem of the lowest sequence; one that concerns no single record only when there is no other."""
        return min(self.problems, key=lambda problem: (problem.sequence is None, problem.sequence or 0), default=None)


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle that was checked: its record, its tables unpacked (by name of member), and what is wrong with it."""

    record: bytes
    plain: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()


_IDENTITY = ("region", "station", "lane", "mode")


def verify_ledger(path: Path, keys: TrustStore) -> Verified:
    """Check a ledger file: database, chain, signatures, members, outbox, receipts, checkpoints, open tests."""
    try:
        with open_for_reading(path) as db:
            problems = list(_check_database(db))
            known = tuple(dict(db.execute("select key, value from meta").fetchall()).get(name) for name in _IDENTITY)
            lane = LaneIdentity(*(str(part) for part in known))
            chain = _Chain(db, keys, lane)
            problems += chain.check()
            problems += _check_checkpoints(db, keys, lane, chain.digests)
            problems += check_mail(db, keys)
            problems += check_journal(db)
    except LedgerDamagedError as error:
        return Verified(0, (Problem(None, "ledger_unreadable", str(error)),))
    return Verified(chain.records, tuple(problems))


def verify_bundle(path: Path, keys: TrustStore) -> Verified:
    """Check a bundle file; OSError when it cannot be read."""
    try:
        members = read_bundle(path)
    except BundleDamagedError as error:
        return Verified(0, (Problem(None, "bundle_damaged", f"{path.name}: {error}"),))
    return Verified(1, tuple(_check_bundle(members, keys)))


def verify_bundle_bytes(data: bytes, keys: TrustStore) -> Verified:
    """Check the bytes of a bundle."""
    try:
        members = parse_bundle(data)
    except BundleDamagedError as error:
        return Verified(0, (Problem(None, "bundle_damaged", str(error)),))
    return Verified(1, tuple(_check_bundle(members, keys)))


def open_bundle(path: Path, keys: TrustStore) -> Opened:
    """Check a bundle file and return what is in it, unpacked; OSError when it cannot be read."""
    try:
        members = read_bundle(path)
    except BundleDamagedError as error:
        return Opened(b"", {}, (Problem(None, "bundle_damaged", str(error)),))
    plain: dict[str, bytes] = {}
    problems = tuple(_check_bundle(dict(members), keys, plain))
    return Opened(members.get(RECORD, b""), plain, problems)


def _check_bundle(
    members: dict[str, bytes], keys: TrustStore, plain: dict[str, bytes] | None = None
) -> Iterator[Problem]:
    record, signature = members.pop(RECORD, None), members.pop(SIGNATURE, None)
    checkpoint = members.pop(CHECKPOINT, None)
    if record is None or signature is None:
        yield Problem(None, "bundle_damaged", "record.json or signature.json is missing")
        return
    header = read_header(record, None)
    if isinstance(header, Problem):
        yield header
        return
    yield from check_signature(header, record, signature, keys)
    yield from check_members(header, members, plain)
    if checkpoint is not None:
        yield from _check_bundle_head(checkpoint, header, keys)


def _check_bundle_head(checkpoint: bytes, header: Header, keys: TrustStore) -> Iterator[Problem]:
    said = check_checkpoint(checkpoint, header.lane, keys)
    if isinstance(said, Problem):
        yield said
    elif said.sequence < header.sequence or (said.sequence == header.sequence and said.sha256 != header.sha256):
        yield Problem(header.sequence, "checkpoint_wrong", f"it ends at record {said.sequence}")


class _Chain:
    """A walk along all records of a ledger, from the first to the last that anything knows of."""

    def __init__(self, db: sqlite3.Connection, keys: TrustStore, lane: LaneIdentity) -> None:
        self._db = db
        self._keys = keys
        self._lane = lane
        self._previous: str | None = NO_RECORD
        self.records = 0
        self.digests: dict[int, str] = {}

    def check(self) -> Iterator[Problem]:
        expected = 1
        rows = self._db.execute("select sequence, record, signature from records order by sequence")
        for sequence, record, signature in rows:
            yield from self._missing(expected, sequence)
            yield from self._check_record(sequence, _blob(record), _blob(signature))
            expected = sequence + 1
            self.records += 1
        yield from self._missing(expected, highest_known(self._db) + 1)

    def _missing(self, expected: int, found: int) -> Iterator[Problem]:
        if found <= expected:
            return
        self._previous = None
        if found - expected > _LISTED:
            yield Problem(expected, "record_missing", f"{expected}–{found - 1}")
        else:
            yield from (Problem(sequence, "record_missing", str(sequence)) for sequence in range(expected, found))

    def _check_record(self, sequence: int, record: bytes, signature: bytes) -> Iterator[Problem]:
        header = read_header(record, sequence)
        if isinstance(header, Problem):
            self._previous = None
            yield header
            return
        if header.sequence != sequence:
            yield Problem(sequence, "out_of_order", f"record {header.sequence} stands in place {sequence}")
        if self._previous is not None and header.previous != self._previous:
            yield Problem(sequence, "chain_broken", f"previous {header.previous[:16]}…, not {self._previous[:16]}…")
        if header.lane != self._lane:
            yield Problem(sequence, "identity_changed", f"{header.lane.path} {header.lane.mode}")
        yield from check_signature(header, record, signature, self._keys)
        yield from check_members(header, {n: _blob(d) for n, d in members_of(self._db, sequence).items()})
        self._previous = self.digests[sequence] = header.sha256


def _check_database(db: sqlite3.Connection) -> Iterator[Problem]:
    for line in _integrity(db):
        yield Problem(None, "database_damaged", line)
    changed = sorted(name for name, _ in schema_of(db) ^ fresh_schema())
    if changed:
        yield Problem(None, "schema_changed", ", ".join(dict.fromkeys(changed)))


def _integrity(db: sqlite3.Connection) -> list[str]:
    try:
        lines = [str(line) for (line,) in db.execute("pragma integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if lines == ["ok"] else lines


def _check_checkpoints(
    db: sqlite3.Connection, keys: TrustStore, lane: LaneIdentity, digests: dict[int, str]
) -> Iterator[Problem]:
    for sequence, body in db.execute("select sequence, body from checkpoints order by sequence"):
        said = check_checkpoint(_blob(body), lane, keys)
        if isinstance(said, Problem):
            yield Problem(sequence, said.code, said.detail)
        elif said.sequence != sequence or digests.get(sequence, said.sha256) != said.sha256:
            yield Problem(sequence, "checkpoint_wrong", f"it names record {said.sequence} as {said.sha256[:16]}…")


def _blob(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode("utf-8", "surrogatepass")
