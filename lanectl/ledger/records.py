"""Records: made from a finished test, chained, signed, kept; and read again.

Knows the chain and the bytes that are signed. Does not know the outbox or how a bundle looks.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes, sha256_hex
from lanectl.ledger.errors import BodyInvalidError, LedgerDamagedError
from lanectl.ledger.keys import Signer
from lanectl.ledger.members import make_members, member_order
from lanectl.ledger.values import Kept, ResultRow, SealedRecord, TestOpening
from lanectl.model.outcome import Outcome
from lanectl.model.record import NO_RECORD, RECORD_SCHEMA, LaneIdentity, Record


@dataclass(frozen=True, slots=True)
class Draft:
    """A record body with its members, before it has a place in the chain."""

    body: Mapping[str, object]
    members: Mapping[str, bytes]


def draft(
    opening: TestOpening,
    kept: Kept,
    body: Mapping[str, object],
    devices: Mapping[str, object] | None,
    raw: Mapping[str, bytes],
) -> Draft:
    """Make the members of a test; a pass or fail is not drafted over a damaged journal."""
    if body.get("test_id") != opening.test_id:
        raise BodyInvalidError(f"the body speaks of test {body.get('test_id')}, not of {opening.test_id}")
    if kept.damaged and body.get("outcome") in (Outcome.PASS, Outcome.FAIL):
        raise LedgerDamagedError(f"test {opening.test_id}: {kept.damaged}; it can only be aborted or invalid")
    return Draft(body, make_members(kept, opening.devices if devices is None else devices, raw))


def keep(db: sqlite3.Connection, made: Draft, lane: LaneIdentity, signer: Signer) -> SealedRecord:
    """Give a draft the next place in the chain, sign it, insert it with its members (in the caller's transaction)."""
    head = db.execute("select sequence, record from records order by sequence desc limit 1").fetchone()
    sequence, previous = (head[0] + 1, sha256_hex(head[1])) if head else (1, NO_RECORD)
    record = _record_bytes(made, lane, sequence, previous)
    signature = canonical_bytes(
        {
            "suite": signer.suite,
            "key_id": signer.key_id,
            "signature": signer.sign(record),
            "previous": previous,
            "sequence": sequence,
        }
    )
    db.execute("insert into records (sequence, record, signature) values (?, ?, ?)", (sequence, record, signature))
    rows = [(sequence, name, data) for name, data in made.members.items()]
    db.executemany("insert into members (sequence, name, body) values (?, ?, ?)", rows)
    return SealedRecord(sequence, record, signature)


def latest(db: sqlite3.Connection, limit: int) -> list[ResultRow]:
    """Return the newest records with the bureau's receipt for each, newest first."""
    found = db.execute(
        "select r.sequence, r.record, r.signature, p.receipt from records r "
        "left join receipts p on p.sequence = r.sequence and p.kind = 'record' order by r.sequence desc limit ?",
        (limit,),
    )
    return [ResultRow(SealedRecord(*row), json.loads(receipt) if receipt else None) for *row, receipt in found]


def of_test(db: sqlite3.Connection, test_id: str) -> SealedRecord | None:
    """Return the record of a test."""
    row = db.execute("select sequence, record, signature from records where test_id = ?", (test_id,)).fetchone()
    return SealedRecord(*row) if row else None


def members_of_test(db: sqlite3.Connection, test_id: str) -> dict[str, bytes]:
    """Return the members of a test's record in their order."""
    row = db.execute("select sequence from records where test_id = ?", (test_id,)).fetchone()
    return members_of(db, row[0]) if row else {}


def members_of(db: sqlite3.Connection, sequence: int) -> dict[str, bytes]:
    """Return the members of one record in their order."""
    rows = db.execute("select name, body from members where sequence = ?", (sequence,)).fetchall()
    return dict(sorted(rows, key=lambda row: member_order(row[0])))


def checkpoint(db: sqlite3.Connection, lane: LaneIdentity, signer: Signer, at: datetime) -> bytes | None:
    """Sign the present head and keep it; the one that is there already when nothing was added since."""
    head = db.execute("select sequence, record from records order by sequence desc limit 1").fetchone()
    if head is None:
        return None
    kept = db.execute("select body from checkpoints where sequence = ?", (head[0],)).fetchone()
    if kept:
        return bytes(kept[0])
    claim = {
        "schema": "lanectl/checkpoint/1",
        "lane": {"region": lane.region, "station": lane.station, "lane": lane.lane},
        "mode": lane.mode,
        "sequence": head[0],
        "sha256": sha256_hex(head[1]),
        "at": at.isoformat(),
        "key_id": signer.key_id,
    }
    body = canonical_bytes({**claim, "signature": signer.sign(canonical_bytes(claim))})
    db.execute("insert into checkpoints values (?, ?)", (head[0], body))
    return body


def last_sequence(db: sqlite3.Connection) -> int:
    """Return the sequence of the last record that is here; 0 without any."""
    return int(db.execute("select coalesce(max(sequence), 0) from records").fetchone()[0])


def highest_known(db: sqlite3.Connection) -> int:
    """Return the highest sequence that anything else in the ledger knows of: receipts, checkpoints, outbox."""
    tables = ("receipts", "checkpoints", "outbox", "rejected", "members")
    return max(int(db.execute(f"select coalesce(max(sequence), 0) from {t}").fetchone()[0]) for t in tables)  # noqa: S608


def _record_bytes(made: Draft, lane: LaneIdentity, sequence: int, previous: str) -> bytes:
    if made.body.get("mode") != lane.mode:
        raise BodyInvalidError(f"the body is of mode {made.body.get('mode')}, the lane of mode {lane.mode}")
    whole = {
        **made.body,
        "schema": RECORD_SCHEMA,
        "lane": {"region": lane.region, "station": lane.station, "lane": lane.lane},
        "sequence": sequence,
        "previous": previous,
        "members": {name: sha256_hex(data) for name, data in made.members.items()},
    }
    try:
        record = Record.model_validate_json(canonical_bytes(whole))
        return canonical_bytes(record.model_dump(mode="json", by_alias=True))
    except (ValidationError, NotCanonicalError) as error:
        raise BodyInvalidError(f"no record can be made of this body: {error}") from error
