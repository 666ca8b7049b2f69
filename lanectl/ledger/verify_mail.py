"""Checks of what surrounds the records in a ledger: outbox, receipts, rejected messages, and open tests.

Every record must have its messages, each waiting, receipted or rejected, and each must still be about that record.
"""

import json
import sqlite3
from collections.abc import Iterator

from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes, sha256_hex
from lanectl.ledger.checks import Problem
from lanectl.ledger.journal import chained
from lanectl.ledger.keys import TrustStore
from lanectl.ledger.outbox import ABOUT_RECORDS, RECEIPT_SCHEMA, record_payload, row_digest
from lanectl.ledger.values import SealedRecord

_WAITING = "select seq, message_id, kind, sequence, payload, sha256, posted_at, digest from outbox order by seq"
_REJECTED = (
    "select seq, message_id, kind, sequence, payload, sha256, posted_at, reason, digest from rejected order by seq"
)
_SETTLED = "select seq, message_id, kind, sequence, sha256, receipt, digest from receipts order by seq"


def check_mail(db: sqlite3.Connection, keys: TrustStore) -> Iterator[Problem]:
    """Check every message, waiting or not, and that no record is without its messages."""
    found: set[tuple[int, str]] = set()
    for query in (_WAITING, _REJECTED, _SETTLED):
        for *cells, digest in db.execute(query):
            seq, message_id, kind, sequence = cells[:4]
            if row_digest(tuple(cells)) != digest:
                yield Problem(sequence, "outbox_changed", f"message {seq}, {message_id}")
            found.add((sequence, kind))
            payload, sha256 = (None, cells[4]) if query is _SETTLED else (cells[4], cells[5])
            yield from _check_message(db, seq, message_id, kind, sequence, payload, sha256, query is _SETTLED)
            if query is _SETTLED:
                yield from _check_receipt(message_id, sequence, sha256, cells[5], keys)
    for (sequence,) in db.execute("select sequence from records order by sequence"):
        for kind in ABOUT_RECORDS:
            if (sequence, kind) not in found:
                yield Problem(sequence, "message_missing", kind)


def check_journal(db: sqlite3.Connection) -> Iterator[Problem]:
    """Check the digests of every open test."""
    for test_id, opening, digest in db.execute("select test_id, opening, digest from tests order by rowid"):
        if sha256_hex(opening) != digest:
            yield Problem(None, "journal_changed", f"test {test_id}, opening")
        running = digest
        rows = db.execute("select id, body, digest from journal where test_id = ? order by id", (test_id,))
        for number, body, kept in rows:
            running = chained(running, body)
            if running != kept:
                yield Problem(None, "journal_changed", f"test {test_id}, row {number}")
                break
    strays = db.execute("select count(*) from journal where test_id not in (select test_id from tests)").fetchone()[0]
    if strays:
        yield Problem(None, "journal_changed", f"{strays} rows of no open test")


def _check_message(
    db: sqlite3.Connection,
    seq: int,
    message_id: str,
    kind: str,
    sequence: int | None,
    payload: bytes | None,
    sha256: str,
    settled: bool,
) -> Iterator[Problem]:
    if payload is None and sequence is not None:
        row = db.execute("select sequence, record, signature from records where sequence = ?", (sequence,)).fetchone()
        if row is None:
            return  # the missing record is named already
        try:
            payload = record_payload(db, kind, seq, message_id, SealedRecord(*row))
        except (NotCanonicalError, ValueError, KeyError, TypeError):
            payload = b""  # a record or signature that does not even read is named already; its message differs too
    elif payload is None and not settled:
        yield Problem(sequence, "outbox_changed", f"message {seq}, {message_id}: no content")
        return
    if payload is not None and sha256_hex(payload) != sha256:
        yield Problem(sequence, "outbox_changed", f"message {seq}, {message_id}: not about the record as it is now")


def _check_receipt(
    message_id: str, sequence: int | None, sha256: str, receipt: bytes, keys: TrustStore
) -> Iterator[Problem]:
    try:
        said = json.loads(receipt)
        named = (said["schema"], said["id"], said["sha256"], said["accepted"])
        key_id, signature = str(said["key_id"]), str(said.pop("signature"))
        signed = canonical_bytes(said)
    except (ValueError, KeyError, TypeError, AttributeError):
        yield Problem(sequence, "receipt_wrong", f"{message_id}: it does not read as a receipt")
        return
    if named != (RECEIPT_SCHEMA, message_id, sha256, True):
        yield Problem(sequence, "receipt_wrong", f"{message_id}: it is for another message")
    key = keys.find("bureau", key_id)
    if key is not None and not key.signed(signed, signature):
        yield Problem(sequence, "receipt_wrong", f"{message_id}: the bureau's signature does not fit")
    if key is None and keys.has("bureau"):
        yield Problem(sequence, "unknown_key", f"{key_id} (receipt of {message_id})")
