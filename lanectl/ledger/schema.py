"""The tables of a ledger file, and how an older file becomes a newer one.

Knows tables, generated columns and the triggers that keep history append-only. Columns to search by are computed from
the signed bytes by SQLite itself, so that there is no second copy which could differ.
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

APPEND_ONLY = ("records", "members", "receipts", "rejected", "checkpoints")
"""Never updated, never deleted from."""
FROZEN = ("tests", "journal", "outbox")
"""Never updated; rows leave when a test is sealed or a message settled."""

SEARCHED = {
    "test_id": "$.test_id",
    "plate": "$.vehicle.plate",
    "vin": "$.vehicle.vin",
    "outcome": "$.outcome",
    "repair": "$.gate.repair",
}

Columns = dict[str, type]

migrations = Migrations("lanectl-ledger")


@migrations()
def m001_first(db: Database) -> None:
    """Create every table of the first release."""
    db.table("meta").create({"key": str, "value": str}, pk="key", not_null={"value"}, strict=True)
    _create_open_tests(db)
    _create_records(db)
    _create_outbox(db)
    for table in APPEND_ONLY:
        _forbid(db, table, "update")
        _forbid(db, table, "delete")
    for table in FROZEN:
        _forbid(db, table, "update")


def _create_open_tests(db: Database) -> None:
    columns: Columns = {"test_id": str, "opening": bytes, "digest": str}
    db.table("tests").create(columns, pk="test_id", not_null=columns.keys(), strict=True)
    columns = {"id": int, "test_id": str, "body": bytes, "digest": str}
    db.table("journal").create(
        columns, pk="id", not_null=columns.keys(), foreign_keys=[("test_id", "tests", "test_id")], strict=True
    )
    db.table("journal").create_index(["test_id", "id"])


def _create_records(db: Database) -> None:
    columns: Columns = {"sequence": int, "record": bytes, "signature": bytes}
    db.table("records").create(columns, pk="sequence", not_null=columns.keys(), strict=True)
    for name, path in SEARCHED.items():
        text = "cast(record as text)"
        computed = f"case when json_valid({text}) then json_extract({text}, '{path}') end"
        db.execute(f"alter table records add column {name} text generated always as ({computed}) virtual")
    db.table("records").create_index(["test_id"], unique=True)
    for name in ("plate", "vin", "repair"):
        db.table("records").create_index([name])
    columns = {"sequence": int, "name": str, "body": bytes}
    db.table("members").create(
        columns,
        pk=("sequence", "name"),
        not_null=columns.keys(),
        foreign_keys=[("sequence", "records", "sequence")],
        strict=True,
    )
    columns = {"sequence": int, "body": bytes}
    db.table("checkpoints").create(columns, pk="sequence", not_null=columns.keys(), strict=True)


def _create_outbox(db: Database) -> None:
    message: Columns = {"seq": int, "message_id": str, "kind": str, "sequence": int, "payload": bytes, "sha256": str}
    always = {"message_id", "kind", "sha256", "digest"}
    waiting: Columns = {**message, "posted_at": str, "digest": str}
    db.table("outbox").create(waiting, pk="seq", not_null=always | {"posted_at"}, strict=True)
    db.table("outbox").create_index(["message_id"], unique=True)
    rejected: Columns = {**waiting, "reason": str}
    db.table("rejected").create(rejected, pk="seq", not_null=always | {"posted_at", "reason"}, strict=True)
    settled: Columns = {
        "seq": int,
        "message_id": str,
        "kind": str,
        "sequence": int,
        "sha256": str,
        "receipt": bytes,
        "digest": str,
    }
    db.table("receipts").create(settled, pk="seq", not_null=always | {"receipt"}, strict=True)
    db.table("receipts").create_index(["message_id"], unique=True)
    db.table("receipts").create_index(["sequence"])


def _forbid(db: Database, table: str, action: str) -> None:
    db.execute(
        f"create trigger {table}_no_{action} before {action} on {table} "
        f"begin select raise(abort, '{table} is append-only'); end"
    )
