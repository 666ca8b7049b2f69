"""The hot path: what an open test has said so far, kept before it is judged.

Knows how samples, seconds and events are written down compactly. Rows of a test form a chain of digests, so that a
disk that lies is noticed; the signature comes with the seal.
"""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes, parse_object, sha256_hex
from lanectl.ledger.errors import BodyInvalidError, LedgerDamagedError, TestNotOpenError
from lanectl.ledger.values import Kept, TestOpening, Unfinished
from lanectl.model.record import SecondRow
from lanectl.model.sample import Channel, LaneEvent, Sample

Rows = tuple[list[Sample], list[SecondRow], list[LaneEvent]]


def begin(db: sqlite3.Connection, opening: TestOpening) -> None:
    """Write down that a test begins."""
    if db.execute("select 1 from records where test_id = ?", (opening.test_id,)).fetchone():
        raise BodyInvalidError(f"test {opening.test_id} is sealed already; a test id is used once")
    written = canonical_bytes(
        {
            "test_id": opening.test_id,
            "opened_at": opening.opened_at.isoformat(),
            "body": opening.body,
            "devices": opening.devices,
        }
    )
    db.execute("insert into tests values (?, ?, ?)", (opening.test_id, written, sha256_hex(written)))


def append(
    db: sqlite3.Connection,
    test_id: str,
    samples: Sequence[Sample],
    seconds: Sequence[SecondRow],
    events: Sequence[LaneEvent],
) -> None:
    """Write one journal row that holds all of these."""
    body = _encode(samples, seconds, events)
    digest = chained(_last_digest(db, test_id), body)
    db.execute("insert into journal (test_id, body, digest) values (?, ?, ?)", (test_id, body, digest))


def read(db: sqlite3.Connection, test_id: str) -> tuple[TestOpening, Kept]:
    """Return an open test with everything its journal holds."""
    row = db.execute("select opening, digest from tests where test_id = ?", (test_id,)).fetchone()
    if row is None:
        raise TestNotOpenError(f"test {test_id} is not open")
    return _opening(test_id, row[0]), _kept(db, test_id, row[1])


def unfinished(db: sqlite3.Connection) -> list[Unfinished]:
    """Return every open test, oldest first."""
    ids = [test_id for (test_id,) in db.execute("select test_id from tests order by rowid")]
    return [Unfinished(*read(db, test_id)) for test_id in ids]


def forget(db: sqlite3.Connection, test_id: str) -> None:
    """Drop the journal of a test whose record is now kept."""
    db.execute("delete from journal where test_id = ?", (test_id,))
    db.execute("delete from tests where test_id = ?", (test_id,))


def chained(previous: str, body: bytes) -> str:
    """Return the digest of a journal row that follows the row with digest ``previous``."""
    return hashlib.sha256(previous.encode("ascii") + body).hexdigest()


def _last_digest(db: sqlite3.Connection, test_id: str) -> str:
    row = db.execute("select digest from journal where test_id = ? order by id desc limit 1", (test_id,)).fetchone()
    row = row or db.execute("select digest from tests where test_id = ?", (test_id,)).fetchone()
    if row is None:
        raise TestNotOpenError(f"test {test_id} is not open")
    return str(row[0])


def _opening(test_id: str, written: bytes) -> TestOpening:
    try:
        value = parse_object(written)
        body, devices = value["body"], value["devices"]
        opened_at = datetime.fromisoformat(str(value["opened_at"]))
        if not isinstance(body, dict) or not isinstance(devices, dict):
            raise TypeError("body and devices are objects")
    except (NotCanonicalError, KeyError, ValueError, TypeError) as error:
        raise LedgerDamagedError(f"the opening of test {test_id} was changed on the disk: {error}") from error
    return TestOpening(test_id, opened_at, body, devices)


def _kept(db: sqlite3.Connection, test_id: str, digest: str) -> Kept:
    (opening,) = db.execute("select opening from tests where test_id = ?", (test_id,)).fetchone()
    damaged = None if sha256_hex(opening) == digest else "the opening of the test was changed on the disk"
    samples: list[Sample] = []
    seconds: list[SecondRow] = []
    events: list[LaneEvent] = []
    rows = db.execute("select id, body, digest from journal where test_id = ? order by id", (test_id,))
    for number, body, row_digest in rows:
        digest = chained(digest, body)
        if damaged is None and digest != row_digest:
            damaged = f"journal row {number} was changed on the disk"
        if damaged is None:
            some_samples, some_seconds, some_events = _decode(body)
            samples += some_samples
            seconds += some_seconds
            events += some_events
    return Kept(tuple(samples), tuple(seconds), tuple(events), damaged)


def _encode(samples: Sequence[Sample], seconds: Sequence[SecondRow], events: Sequence[LaneEvent]) -> bytes:
    value = {
        "samples": [[s.seq, s.t_ms, s.mono_ms, s.wall_ms, s.missed, _channels(s)] for s in samples],
        "seconds": [[s.t_ms, s.rows, s.phase, dict(s.values), dict(s.missing)] for s in seconds],
        "events": [[e.t_ms, e.wall_ms, e.kind, e.detail] for e in events],
    }
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, TypeError):
        canonical_bytes(value)  # names the place
        raise


def _channels(sample: Sample) -> dict[str, list[float | int | str | None]]:
    return {name: [channel.value, channel.age_ms, channel.why] for name, channel in sample.channels.items()}


def _decode(body: bytes) -> Rows:
    value = json.loads(body)
    samples = [
        Sample(seq, t_ms, mono_ms, wall_ms, {name: Channel(*channel) for name, channel in channels.items()}, missed)
        for seq, t_ms, mono_ms, wall_ms, missed, channels in value["samples"]
    ]
    seconds = [SecondRow(t_ms, values, rows, phase, missing) for t_ms, rows, phase, values, missing in value["seconds"]]
    return samples, seconds, [LaneEvent(*event) for event in value["events"]]
