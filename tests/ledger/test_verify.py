"""Any one changed byte of what is stored is found, and so is what is missing."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanectl.ledger.canonical import canonical_bytes
from lanectl.ledger.keys import Signer, TrustedKey, TrustStore, new_key
from lanectl.ledger.store import Ledger
from lanectl.ledger.verify import Verified, verify_ledger

BUREAU = Signer(new_key())


@pytest.fixture
def keys(bench: Any) -> TrustStore:
    lane = TrustedKey(bench.signer.key_id, bench.signer.public, "lane", "training", bench.lane.path)
    return TrustStore([lane, TrustedKey(BUREAU.key_id, BUREAU.public, "bureau")])


@pytest.fixture
def ledger_file(bench: Any) -> Path:
    """Three records, one receipt, one rejected message, one event, a checkpoint and an open test."""
    ledger: Ledger = bench.open()
    for number in (1, 2, 3):
        bench.seal(ledger, f"t{number}")
    record, trace = ledger.pending(2)
    said = {
        "schema": "lanectl/receipt/1",
        "id": record.message_id,
        "sha256": record.sha256,
        "accepted": True,
        "reason": None,
        "report": "R-1",
        "received_at": "2026-03-01T09:00:05+08:00",
        "key_id": BUREAU.key_id,
    }
    ledger.settle(record.message_id, canonical_bytes({**said, "signature": BUREAU.sign(canonical_bytes(said))}))
    ledger.quarantine(trace.message_id, "too large")
    ledger.post("event", {"event": "door"}, bench.at)
    ledger.checkpoint(bench.at)
    bench.begin(ledger, "t4")
    ledger.append("t4")
    ledger.append("t4")
    bench.close()
    return Path(bench.path)


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as a thief would: triggers away, and back again before anybody looks."""
    db = sqlite3.connect(path, isolation_level=None)
    triggers = db.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"drop trigger {name}")
    yield db
    for _, sql in triggers:
        db.execute(sql)
    db.close()


def first_code(found: Verified) -> tuple[int | None, str]:
    assert found.first_bad is not None, "the change was not found"
    return found.first_bad.sequence, found.first_bad.code


def test_an_untouched_ledger_is_sound(ledger_file: Path, keys: TrustStore) -> None:
    assert verify_ledger(ledger_file, keys) == Verified(3)


TABLES = ("meta", "records", "members", "outbox", "receipts", "rejected", "checkpoints", "tests", "journal")


def cells(db: sqlite3.Connection) -> Iterator[tuple[str, str, int, object]]:
    for table in TABLES:
        columns = [row[1] for row in db.execute(f"pragma table_info({table})")]
        for column in columns:
            for rowid, value in db.execute(f"select rowid, {column} from {table}").fetchall():
                yield table, column, rowid, value


def changed(value: object, chance: random.Random) -> object:
    if isinstance(value, int):
        return value + 1_000
    if value is None:
        return 1
    assert isinstance(value, str | bytes)
    data = bytearray(value if isinstance(value, bytes) else value.encode())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(7)
    return bytes(data) if isinstance(value, bytes) else data.decode("utf-8", "replace").replace("\0", "?")


def test_every_changed_cell_of_every_table_is_found(ledger_file: Path, keys: TrustStore, tmp_path: Path) -> None:
    chance = random.Random(20260301)
    with sqlite3.connect(ledger_file) as db:
        everything = list(cells(db))
    db.close()
    assert {table for table, *_ in everything} == set(TABLES)
    copy = tmp_path / "copy.db"
    for table, column, rowid, value in everything:
        if (table, column) == ("journal", "id"):
            continue  # numbers of rows mean nothing but their order, which the digests hold
        shutil.copy(ledger_file, copy)
        with unguarded(copy) as thief:
            other = changed(value, chance)
            other = b"1" if value is None and column == "payload" else other  # strict tables take no number there
            thief.execute("pragma foreign_keys = off")
            thief.execute(f"update {table} set {column} = ? where rowid = ?", (other, rowid))
        assert not verify_ledger(copy, keys).ok, f"{table}.{column} of row {rowid}: {value!r} became {other!r}"


@pytest.mark.parametrize("column", ["record", "signature"])
def test_any_one_changed_byte_of_a_record_or_its_signature_is_found_and_named(
    ledger_file: Path, keys: TrustStore, tmp_path: Path, column: str
) -> None:
    with sqlite3.connect(ledger_file) as db:
        (whole,) = db.execute(f"select {column} from records where sequence = 2").fetchone()
    db.close()
    copy = tmp_path / "copy.db"
    for place in sorted({0, len(whole) - 1, *random.Random(7).sample(range(len(whole)), 40)}):
        data = bytearray(whole)
        data[place] ^= 1
        shutil.copy(ledger_file, copy)
        with unguarded(copy) as thief:
            thief.execute(f"update records set {column} = ? where sequence = 2", (bytes(data),))
        assert first_code(verify_ledger(copy, keys))[0] == 2, f"byte {place} of {column}"


def test_a_changed_member_is_named(ledger_file: Path, keys: TrustStore) -> None:
    with unguarded(ledger_file) as thief:
        thief.execute("update members set body = x'00' where sequence = 2 and name = 'raw/obd.bin'")
    found = verify_ledger(ledger_file, keys)
    assert first_code(found) == (2, "member_changed")
    assert found.first_bad is not None
    assert "raw/obd.bin" in found.first_bad.reason


@pytest.mark.parametrize("gone", [1, 2])
def test_a_missing_record_is_named(ledger_file: Path, keys: TrustStore, gone: int) -> None:
    with unguarded(ledger_file) as thief:
        for table in ("records", "members"):
            thief.execute(f"delete from {table} where sequence = ?", (gone,))
    found = verify_ledger(ledger_file, keys)
    assert first_code(found) == (gone, "record_missing")
    assert found.records == 2


@pytest.mark.parametrize("witness", ["receipts", "checkpoints", "outbox"])
def test_a_truncated_tail_is_found_when_anything_knows_of_it(ledger_file: Path, keys: TrustStore, witness: str) -> None:
    with unguarded(ledger_file) as thief:
        if witness == "receipts":
            thief.execute("update receipts set sequence = 3")
        for table in {"records", "members", "outbox", "checkpoints", "rejected"} - {witness}:
            thief.execute(f"delete from {table} where sequence = 3")
    assert any(p.code == "record_missing" and p.sequence == 3 for p in verify_ledger(ledger_file, keys).problems)


def test_two_records_that_changed_places_are_found(ledger_file: Path, keys: TrustStore) -> None:
    with unguarded(ledger_file) as thief:
        for before, after in ((1, 9), (2, 1), (9, 2)):
            for table in ("records", "members"):
                thief.execute(f"update {table} set sequence = ? where sequence = ?", (after, before))
    assert first_code(verify_ledger(ledger_file, keys)) == (1, "out_of_order")


def test_a_record_signed_by_an_unknown_key_is_named_with_the_key(ledger_file: Path, bench: Any) -> None:
    stranger = Signer(new_key())
    found = verify_ledger(ledger_file, TrustStore([TrustedKey(stranger.key_id, stranger.public, "lane")]))
    assert first_code(found) == (1, "unknown_key")
    assert found.first_bad is not None
    assert bench.signer.key_id in found.first_bad.reason


def test_a_bureaus_key_does_not_make_a_lanes_record(ledger_file: Path, bench: Any) -> None:
    key = TrustedKey(bench.signer.key_id, bench.signer.public, "bureau")
    assert first_code(verify_ledger(ledger_file, TrustStore([key]))) == (1, "unknown_key")


@pytest.mark.parametrize("bound", [{"mode": "official"}, {"lane": "440106/44010625/02"}])
def test_a_key_of_another_realm_or_lane_is_found(ledger_file: Path, bench: Any, bound: dict[str, str]) -> None:
    key = replace(TrustedKey(bench.signer.key_id, bench.signer.public, "lane"), **bound)  # type: ignore[arg-type]
    assert first_code(verify_ledger(ledger_file, TrustStore([key]))) == (1, "wrong_realm")


def test_a_chain_made_again_with_the_lanes_own_key_is_found_by_the_receipt(
    bench: Any, ledger_file: Path, keys: TrustStore, tmp_path: Path
) -> None:
    forged = Ledger.open(tmp_path / "forged.db", bench.lane, bench.signer)
    bench.seal(forged, "t1", outcome="pass")
    forged.close()
    with sqlite3.connect(tmp_path / "forged.db") as db:
        record, signature = db.execute("select record, signature from records").fetchone()
    db.close()
    with unguarded(ledger_file) as thief:
        thief.execute("update records set record = ?, signature = ? where sequence = 1", (record, signature))
    codes = {p.code for p in verify_ledger(ledger_file, keys).problems if p.sequence == 1}
    assert codes == {"outbox_changed"}
    assert "chain_broken" in {p.code for p in verify_ledger(ledger_file, keys).problems if p.sequence == 2}


def test_a_receipt_that_the_bureau_did_not_sign_is_found(ledger_file: Path, bench: Any) -> None:
    stranger = Signer(new_key())
    lane = TrustedKey(bench.signer.key_id, bench.signer.public, "lane")
    other = TrustStore([lane, TrustedKey(stranger.key_id, stranger.public, "bureau")])
    assert first_code(verify_ledger(ledger_file, other)) == (1, "unknown_key")
    posing = TrustStore([lane, TrustedKey(BUREAU.key_id, stranger.public, "bureau")])
    assert first_code(verify_ledger(ledger_file, posing)) == (1, "receipt_wrong")


def test_a_dropped_trigger_and_a_lost_message_are_found(ledger_file: Path, keys: TrustStore) -> None:
    db = sqlite3.connect(ledger_file, isolation_level=None)
    db.execute("drop trigger records_no_update")
    db.execute("delete from outbox where sequence = 2 and kind = 'trace'")
    db.close()
    codes = {(p.sequence, p.code) for p in verify_ledger(ledger_file, keys).problems}
    assert codes == {(None, "schema_changed"), (2, "message_missing")}


def test_bits_that_fell_over_in_the_file_never_go_unseen_where_they_matter(
    ledger_file: Path, keys: TrustStore, tmp_path: Path
) -> None:
    """Free and unused bytes of a page may change unseen; then every record must still be what it was."""
    chance = random.Random(11)
    whole = ledger_file.read_bytes()
    with sqlite3.connect(ledger_file) as db:
        before = db.execute("select sequence, record, signature from records").fetchall()
    db.close()
    copy = tmp_path / "copy.db"
    found = 0
    for place in chance.sample(range(len(whole)), 150):
        data = bytearray(whole)
        data[place] ^= 1 << chance.randrange(8)
        copy.write_bytes(data)
        result = verify_ledger(copy, keys)
        found += not result.ok
        if result.ok:
            with sqlite3.connect(copy) as db:
                assert db.execute("select sequence, record, signature from records").fetchall() == before
            db.close()
    assert found > 10


def test_a_file_that_is_no_ledger_is_damage_not_a_crash(tmp_path: Path, keys: TrustStore) -> None:
    (tmp_path / "x.db").write_bytes(b"nonsense" * 600)
    assert first_code(verify_ledger(tmp_path / "x.db", keys)) == (None, "ledger_unreadable")


def test_a_ledger_on_a_read_only_medium_can_be_checked(ledger_file: Path, keys: TrustStore, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    shutil.copy(ledger_file, shelf / "ledger.db")
    (shelf / "ledger.db").chmod(0o444)
    shelf.chmod(0o555)
    try:
        assert verify_ledger(shelf / "ledger.db", keys).ok
    finally:
        shelf.chmod(0o755)
