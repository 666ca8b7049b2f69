import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes, sha256_hex
from lanectl.ledger.errors import (
    BodyInvalidError,
    LedgerDamagedError,
    LedgerUnavailableError,
    OtherLaneError,
    ReceiptMismatchError,
    TestNotOpenError,
)
from lanectl.ledger.store import Ledger
from lanectl.ledger.values import OutboxMessage
from lanectl.ledger.verify import verify_ledger
from lanectl.model.record import NO_RECORD
from lanectl.model.sample import Channel, LaneEvent, Sample


def receipt_for(message: OutboxMessage, **changes: object) -> bytes:
    said = {
        "schema": "lanectl/receipt/1",
        "id": message.message_id,
        "sha256": message.sha256,
        "accepted": True,
        "reason": None,
        "report": None,
        "received_at": "2026-03-01T09:00:05+08:00",
        "key_id": "0" * 16,
        "signature": "",
    }
    return canonical_bytes({**said, **changes})


def raw(path: Path, statement: str, *cells: object) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(statement, cells)
    db.close()


def test_a_sealed_test_has_its_record_its_members_and_its_messages(bench: Any) -> None:
    ledger = bench.open()
    sealed = bench.seal(ledger, "t1")
    body = sealed.body
    assert (sealed.sequence, body["previous"], body["outcome"]) == (1, NO_RECORD, "fail")
    members = ledger.members("t1")
    assert list(members) == ["trace.csv.gz", "samples.csv.gz", "events.json", "devices.json", "raw/obd.bin"]
    assert body["members"] == {name: sha256_hex(data) for name, data in members.items()}
    assert json.loads(members["events.json"]) == [{"t_ms": 5, "wall_ms": 5, "kind": "prompt", "detail": {"code": "go"}}]
    assert [m.kind for m in ledger.pending()] == ["record", "trace"]
    assert ledger.unfinished() == []
    assert ledger.record("t1") == sealed
    assert [row.sealed for row in ledger.results()] == [sealed]


def test_records_follow_one_another_in_a_chain(bench: Any) -> None:
    ledger = bench.open()
    first, second = bench.seal(ledger, "t1"), bench.seal(ledger, "t2")
    assert (second.sequence, second.body["previous"]) == (2, first.sha256)
    assert verify_ledger(bench.path, bench.keys).ok


def test_what_was_appended_is_there_after_the_machine_died(bench: Any) -> None:
    ledger = bench.open()
    bench.begin(ledger, "t1")
    sample = Sample(
        1, 100, 5100, 1_795_400_000_100, {"hc_ppm": Channel(1.5, 30), "co_pct": Channel(None, None, "stale")}, 2
    )
    ledger.append("t1", [sample], [], [LaneEvent(3, 4, "prompt", {"code": "drive"})])
    bench.close()
    (found,) = bench.open().unfinished()
    assert (found.opening.test_id, found.opening.opened_at) == ("t1", bench.at)
    assert found.opening.devices == {"gas": {"serial_number": "7"}}
    assert found.kept.samples == (sample,)
    assert found.kept.events == (LaneEvent(3, 4, "prompt", {"code": "drive"}),)
    assert found.kept.damaged is None


def test_a_test_found_unfinished_is_sealed_from_its_opening(bench: Any) -> None:
    ledger = bench.open()
    bench.begin(ledger, "t1")
    (found,) = ledger.unfinished()
    body = {**found.opening.body, "outcome": "aborted", "cause": "crash", "ended_at": bench.at.isoformat()}
    assert ledger.seal("t1", body, bench.at).body["cause"] == "crash"
    assert verify_ledger(bench.path, bench.keys).ok


def test_a_pass_is_not_sealed_over_a_damaged_journal_but_an_abort_is(bench: Any) -> None:
    ledger = bench.open()
    bench.begin(ledger, "t1")
    ledger.append("t1", [], [], [LaneEvent(1, 1, "first")])
    ledger.append("t1", [], [], [LaneEvent(2, 2, "second")])
    raw(bench.path, "drop trigger journal_no_update")
    raw(
        bench.path,
        "update journal set body = cast(replace(cast(body as text), 'second', 'sec0nd') as blob) where id = 2",
    )
    (found,) = ledger.unfinished()
    assert found.kept.damaged == "journal row 2 was changed on the disk"
    with pytest.raises(LedgerDamagedError, match="can only be aborted or invalid"):
        ledger.seal("t1", bench.closing("t1", outcome="pass"), bench.at)
    ledger.seal("t1", bench.closing("t1", outcome="aborted", cause="crash"), bench.at)
    kinds = [event["kind"] for event in json.loads(ledger.members("t1")["events.json"])]
    assert kinds == ["first", "journal_damaged"]


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "aborted"},
        {"outcome": "fail", "cause": "operator"},
        {"outcome": "invalid"},
        {"outcome": "perhaps"},
        {"mode": "official"},
        {"test_id": "another"},
        {"surprise": 1},
        {"values": {"x": float("nan")}},
        {"started_at": "2026-03-01T09:00:00"},
    ],
)
def test_a_contradictory_body_is_refused_and_the_test_stays_open(bench: Any, changes: dict[str, object]) -> None:
    ledger = bench.open()
    bench.begin(ledger, "t1")
    with pytest.raises(BodyInvalidError):
        ledger.seal("t1", bench.closing("t1", **changes), bench.at)
    assert len(ledger.unfinished()) == 1
    assert ledger.results() == []


def test_nothing_is_appended_to_a_test_that_is_not_open(bench: Any) -> None:
    ledger = bench.open()
    with pytest.raises(TestNotOpenError):
        ledger.append("t1")
    bench.seal(ledger, "t1")
    with pytest.raises(TestNotOpenError):
        ledger.append("t1")
    with pytest.raises(TestNotOpenError):
        ledger.seal("t1", bench.closing("t1"), bench.at)
    with pytest.raises(BodyInvalidError, match="used once"):
        bench.begin(ledger, "t1")


def test_a_sample_that_is_no_number_is_refused_by_place(bench: Any) -> None:
    ledger = bench.open()
    bench.begin(ledger, "t1")
    with pytest.raises(NotCanonicalError, match="hc_ppm"):
        ledger.append("t1", [Sample(1, 1, 1, 1, {"hc_ppm": Channel(float("nan"))})])


def test_another_lane_does_not_get_this_ledger(bench: Any) -> None:
    bench.open()
    bench.close()
    with pytest.raises(OtherLaneError):
        Ledger.open(bench.path, replace(bench.lane, mode="official"), bench.signer)


def test_history_cannot_be_changed_through_sql(bench: Any) -> None:
    ledger = bench.open()
    bench.seal(ledger, "t1")
    ledger.settle(ledger.pending()[0].message_id, receipt_for(ledger.pending()[0]))
    ledger.checkpoint(bench.at)
    for statement in ("update records set record = x'00'", "delete from members", "delete from receipts",
                      "update outbox set kind = 'x'", "delete from checkpoints"):  # fmt: skip
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw(bench.path, statement)


def test_a_message_leaves_the_outbox_once_and_only_for_its_own_receipt(bench: Any) -> None:
    ledger = bench.open()
    bench.seal(ledger, "t1")
    record, trace = ledger.pending()
    assert ledger.outbox_state().waiting == 2
    for wrong in (
        receipt_for(trace),
        receipt_for(record, sha256="0" * 64),
        receipt_for(record, accepted=False),
        receipt_for(record, schema="other"),
        b"{}",
        b"nonsense",
        b"[]",
    ):
        with pytest.raises(ReceiptMismatchError):
            ledger.settle(record.message_id, wrong)
    assert ledger.settle(record.message_id, receipt_for(record)) is True
    assert ledger.settle(record.message_id, receipt_for(record)) is False
    assert [m.message_id for m in ledger.pending()] == [trace.message_id]
    with pytest.raises(ReceiptMismatchError, match="no message"):
        ledger.settle("unknown", receipt_for(record))
    assert verify_ledger(bench.path, bench.keys).ok


def test_a_message_is_the_same_bytes_each_time_and_after_a_restart(bench: Any) -> None:
    ledger = bench.open()
    bench.seal(ledger, "t1")
    message_id = ledger.post("event", {"event": "door"}, bench.at)
    before = ledger.pending()
    bench.close()
    again = bench.open().pending()
    assert before == again
    assert [m.seq for m in again] == [1, 2, 3]
    event = json.loads(again[2].payload)
    assert event == {"schema": "lanectl/event/1", "id": message_id, "seq": 3, "event": "door"}
    assert json.loads(again[1].payload)["members"].keys() == bench.open().members("t1").keys()


def test_a_rejected_message_is_kept_aside_with_the_reason(bench: Any) -> None:
    ledger = bench.open()
    bench.seal(ledger, "t1")
    record = ledger.pending()[0]
    ledger.quarantine(record.message_id, "schema unknown")
    state = ledger.outbox_state()
    assert (state.waiting, state.quarantined, state.oldest_at) == (1, 1, bench.at)
    with pytest.raises(ReceiptMismatchError):
        ledger.quarantine(record.message_id, "again")
    assert ledger.post("event", {}, bench.at).startswith("event-")
    assert [m.seq for m in ledger.pending()] == [2, 3]
    assert verify_ledger(bench.path, bench.keys).ok


def test_failures_are_named_by_the_bureaus_report_and_closed_by_a_pass(bench: Any) -> None:
    ledger = bench.open()
    bench.seal(ledger, "t1")
    history = ledger.history("粤A12345", "LSVAA4182E2184847")
    assert [(f.report, f.station, f.cycle, f.closed_by) for f in history.failures] == [
        ("local:t1", "44010625", "2026", None)
    ]
    record = ledger.pending()[0]
    ledger.settle(record.message_id, receipt_for(record, report="R-77"))
    gate = {"decision": "allow", "code": "SYSTEM_RECORD", "bureau": "reachable", "failure": "R-77", "repair": "W-1"}
    bench.seal(ledger, "t2", outcome="invalid", reasons=["unplugged"], gate=gate)
    assert ledger.history("粤A12345", "").used_repairs == {}
    bench.seal(ledger, "t3", outcome="pass", gate=gate)
    history = ledger.history("other plate", "LSVAA4182E2184847")
    assert [(f.report, f.closed_by) for f in history.failures] == [("R-77", "local:t3")]
    assert history.used_repairs == {"W-1": "local:t3"}
    assert ledger.history("粤B1", "another").failures == ()
    assert [row.receipt is not None for row in ledger.results()] == [False, False, True]


def test_a_lost_tail_keeps_the_lane_from_starting(bench: Any) -> None:
    ledger = bench.open()
    bench.seal(ledger, "t1")
    bench.seal(ledger, "t2")
    ledger.checkpoint(bench.at)
    bench.close()
    db = sqlite3.connect(bench.path, isolation_level=None)
    for table in ("members", "records"):
        db.execute(f"drop trigger {table}_no_delete")
        db.execute(f"delete from {table} where sequence = 2")
    db.close()
    with pytest.raises(LedgerDamagedError, match="records 2 to 2 are missing"):
        bench.open()


def test_a_full_disk_keeps_nothing_of_the_call_and_all_of_what_was_before(bench: Any) -> None:
    ledger = bench.open()
    bench.begin(ledger, "t1")
    ledger.append("t1", [], [], [LaneEvent(1, 1, "kept")])
    ledger._connection.execute(
        f"pragma max_page_count = {ledger._connection.execute('pragma page_count').fetchone()[0]}"
    )
    with pytest.raises(LedgerUnavailableError, match="full"):
        ledger.append("t1", [], [], [LaneEvent(2, 2, "x" * 100_000)])
    with pytest.raises(LedgerUnavailableError, match="full"):
        ledger.seal("t1", bench.closing("t1"), bench.at, raw={"big": bytes(100_000)})
    ledger._connection.execute("pragma max_page_count = 100000")
    assert [e.kind for e in ledger.unfinished()[0].kept.events] == ["kept"]
    assert ledger.results() == []
    ledger.seal("t1", bench.closing("t1"), bench.at)
    assert verify_ledger(bench.path, bench.keys).ok


def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(bench: Any) -> None:
    bench.path.write_bytes(b"nonsense" * 1000)
    with pytest.raises(LedgerDamagedError):
        bench.open()
    assert bench.path.read_bytes() == b"nonsense" * 1000


def test_a_folder_that_is_missing_is_a_disk_that_refuses(bench: Any, tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailableError):
        Ledger.open(tmp_path / "none" / "ledger.db", bench.lane, bench.signer)
