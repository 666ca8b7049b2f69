"""Messages for the bureau, each kept until the bureau's own receipt for exactly these bytes is here.

A message about a record is not stored twice: it is made again from the record, to the same bytes, whose digest is kept.
Knows messages and receipts. Does not know MQTT, or whose signature a receipt bears (the uplink has checked it).
"""

import base64
import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime

from lanectl.ledger.canonical import canonical_bytes, sha256_hex
from lanectl.ledger.errors import LedgerDamagedError, ReceiptMismatchError
from lanectl.ledger.records import members_of
from lanectl.ledger.values import OutboxMessage, OutboxState, SealedRecord

RECEIPT_SCHEMA = "lanectl/receipt/1"
ABOUT_RECORDS = ("record", "trace")
COLUMNS = ("seq", "message_id", "kind", "sequence", "payload", "sha256", "posted_at")


def post_record(db: sqlite3.Connection, sealed: SealedRecord, at: datetime) -> None:
    """Post a record and its trace (in the caller's transaction)."""
    for kind in ABOUT_RECORDS:
        seq = _next_seq(db)
        message_id = f"{kind}-{sealed.sha256[:32]}"
        payload = record_payload(db, kind, seq, message_id, sealed)
        _insert(db, (seq, message_id, kind, sealed.sequence, None, sha256_hex(payload), at.isoformat()))


def post(db: sqlite3.Connection, kind: str, payload: Mapping[str, object], at: datetime) -> str:
    """Post another message; its id is made from what it says, when, and its number."""
    seq = _next_seq(db)
    said = {"schema": f"lanectl/{kind}/1", **payload, "seq": seq}
    message_id = f"{kind}-{sha256_hex(canonical_bytes([at.isoformat(), said]))[:32]}"
    written = canonical_bytes({**said, "id": message_id})
    _insert(db, (seq, message_id, kind, None, written, sha256_hex(written), at.isoformat()))
    return message_id


def record_payload(db: sqlite3.Connection, kind: str, seq: int, message_id: str, sealed: SealedRecord) -> bytes:
    """Make the message about a record (``record``: the record and its signature; ``trace``: its members)."""
    message: dict[str, object] = {"schema": f"lanectl/{kind}-message/1", "id": message_id, "seq": seq}
    if kind == "record":
        message["record"] = base64.b64encode(sealed.record).decode("ascii")
        message["signature"] = json.loads(sealed.signature)
    else:
        members = members_of(db, sealed.sequence)
        message["test_id"] = sealed.body["test_id"]
        message["members"] = {name: base64.b64encode(data).decode("ascii") for name, data in members.items()}
    return canonical_bytes(message)


def pending(db: sqlite3.Connection, limit: int) -> list[OutboxMessage]:
    """Return waiting messages, oldest first."""
    rows = db.execute(f"select {', '.join(COLUMNS)} from outbox order by seq limit ?", (limit,)).fetchall()  # noqa: S608
    return [_message(db, row) for row in rows]


def settle(db: sqlite3.Connection, message_id: str, receipt: bytes) -> bool:
    """Move a message from the outbox to the receipts."""
    row = db.execute(
        "select seq, message_id, kind, sequence, sha256 from outbox where message_id = ?", (message_id,)
    ).fetchone()
    settled = db.execute("select sha256 from receipts where message_id = ?", (message_id,)).fetchone()
    if row is None and settled is None:
        raise ReceiptMismatchError(f"no message {message_id} was posted")
    _check_receipt(message_id, row[-1] if row else settled[0], receipt)
    if row is None:
        return False
    cells = (*row, receipt)
    db.execute("insert into receipts values (?, ?, ?, ?, ?, ?, ?)", (*cells, row_digest(cells)))
    db.execute("delete from outbox where message_id = ?", (message_id,))
    return True


def quarantine(db: sqlite3.Connection, message_id: str, reason: str) -> None:
    """Move a message from the outbox to the rejected ones."""
    row = db.execute(f"select {', '.join(COLUMNS)} from outbox where message_id = ?", (message_id,)).fetchone()  # noqa: S608
    if row is None:
        raise ReceiptMismatchError(f"no message {message_id} waits in the outbox")
    db.execute("insert into rejected values (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, row_digest((*row, reason)), reason))
    db.execute("delete from outbox where message_id = ?", (message_id,))


def state(db: sqlite3.Connection) -> OutboxState:
    """Count what waits."""
    waiting = db.execute("select count(*) from outbox").fetchone()[0]
    oldest = db.execute("select posted_at from outbox order by seq limit 1").fetchone()
    rejected = db.execute("select count(*) from rejected").fetchone()[0]
    return OutboxState(waiting, datetime.fromisoformat(oldest[0]) if oldest else None, rejected)


def row_digest(cells: tuple[object, ...]) -> str:
    """Return a digest over the cells of a row, so that a disk that lies is noticed."""
    return sha256_hex(canonical_bytes([sha256_hex(cell) if isinstance(cell, bytes) else cell for cell in cells]))


def _next_seq(db: sqlite3.Connection) -> int:
    tables = ("outbox", "receipts", "rejected")
    highest = (db.execute(f"select coalesce(max(seq), 0) from {table}").fetchone()[0] for table in tables)  # noqa: S608
    return int(max(highest)) + 1


def _insert(db: sqlite3.Connection, cells: tuple[object, ...]) -> None:
    db.execute("insert into outbox values (?, ?, ?, ?, ?, ?, ?, ?)", (*cells, row_digest(cells)))


def _message(db: sqlite3.Connection, row: tuple[int, str, str, int | None, bytes | None, str, str]) -> OutboxMessage:
    seq, message_id, kind, sequence, payload, sha256, posted_at = row
    if payload is None:
        found = db.execute("select sequence, record, signature from records where sequence = ?", (sequence,)).fetchone()
        if found is None:
            raise LedgerDamagedError(f"record {sequence} is missing: message {message_id} is about it")
        payload = record_payload(db, kind, seq, message_id, SealedRecord(*found))
    if sha256_hex(payload) != sha256:
        raise LedgerDamagedError(f"message {message_id} is not the one that was posted")
    return OutboxMessage(seq, message_id, kind, payload, datetime.fromisoformat(posted_at))


def _check_receipt(message_id: str, sha256: str, receipt: bytes) -> None:
    try:
        said = json.loads(receipt)
        named = (said["schema"], said["id"], said["sha256"])
    except (ValueError, KeyError, TypeError):
        raise ReceiptMismatchError(f"message {message_id}: this is no receipt") from None
    if named != (RECEIPT_SCHEMA, message_id, sha256):
        raise ReceiptMismatchError(f"message {message_id}: the receipt is for another message")
    if said.get("accepted") is not True:
        raise ReceiptMismatchError(f"message {message_id}: the bureau did not accept it; quarantine it")
