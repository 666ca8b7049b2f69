"""What the bureau holds, in one SQLite file. Synced before anything is answered. Knows tables, decides nothing."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from simulators.bureau.cases import Filed
from simulators.bureau.checks import RecordFacts
from simulators.bureau.seals import Json

TABLES = """
create table if not exists messages (lane text, id text, sha256 text, kind text, accepted int, reason text, report text,
  receipt blob, at text, times int default 1, primary key (lane, id, sha256));
create table if not exists records (lane text, sequence int, sha256 text, test_id text, plate text, vin text,
  report text, facts text, record blob, primary key (lane, sequence));
create unique index if not exists by_test on records (lane, test_id);
create index if not exists by_plate on records (plate);
create index if not exists by_vin on records (vin);
create table if not exists traces (lane text, test_id text, payload blob, primary key (lane, test_id));
create table if not exists held (lane text, id text, sha256 text, since text, primary key (lane, id, sha256));
create table if not exists events (lane text, id text, kind text, payload text, primary key (lane, id));
create table if not exists states (lane text primary key, state text, session int, expires_at text, highest int);
create table if not exists cameras (lane text, camera text, state text, last_frame_at text, clock_offset_s real,
  expires_at text, heard_at text, primary key (lane, camera));
create table if not exists repairs (record text primary key, m_station text, plate text, vin text, body text);
create table if not exists notices (lane text, kind text, detail text, at text, primary key (lane, kind, detail));
create table if not exists commands (lane text, seq int, payload blob, primary key (lane, seq));
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the bureau once answered to a message."""

    sha256: str
    accepted: bool
    receipt: bytes


class Store:
    """One file. Not for several threads at once: the desk holds a lock."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=full")
        self._db.executescript(TABLES)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keep everything inside, or nothing."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    # messages --------------------------------------------------------------------------------------------------------

    def told(self, lane: str, message_id: str) -> list[Told]:
        """Return what was answered to messages of this id."""
        rows = self._db.execute(
            "select sha256, accepted, receipt from messages where lane = ? and id = ?", (lane, message_id)
        )
        return [Told(sha256, bool(accepted), receipt) for sha256, accepted, receipt in rows]

    def again(self, lane: str, message_id: str, sha256: str) -> None:
        """Count a duplicate."""
        self._db.execute(
            "update messages set times = times + 1 where lane = ? and id = ? and sha256 = ?", (lane, message_id, sha256)
        )

    def keep_message(self, lane: str, kind: str, receipt: Json, payload: bytes) -> None:
        """Keep what is answered to a message, as sent."""
        facts = (receipt["id"], receipt["sha256"], kind, receipt["accepted"], receipt["reason"], receipt["report"])
        self._db.execute(
            "insert into messages (lane, id, sha256, kind, accepted, reason, report, receipt, at) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (lane, *facts, payload, receipt["received_at"]),
        )

    def count_messages(self) -> int:
        """Return how many messages were answered."""
        return int(self._db.execute("select count(*) from messages").fetchone()[0])

    def held_since(self, lane: str, message_id: str, sha256: str, now: str) -> str:
        """Remember that a message came too early; return since when it is known."""
        keys = (lane, message_id, sha256)
        self._db.execute("insert or ignore into held values (?, ?, ?, ?)", (*keys, now))
        query = "select since from held where lane = ? and id = ? and sha256 = ?"
        return str(self._db.execute(query, keys).fetchone()[0])

    def messages(self) -> list[Json]:
        """Return every answered message, without its receipt."""
        names = ("lane", "id", "kind", "accepted", "reason", "report", "at", "times")
        rows = self._db.execute(f"select {', '.join(names)} from messages order by rowid")  # noqa: S608
        return [dict(zip(names, row, strict=True)) for row in rows]

    # records ---------------------------------------------------------------------------------------------------------

    def file_record(self, filed: Filed, record: bytes) -> None:
        """Keep a record with its report number."""
        facts = filed.facts
        self._db.execute(
            "insert into records values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(facts.lane, facts.sequence, facts.sha256, facts.test_id, facts.plate, facts.vin),
                *(filed.report, json.dumps(asdict(facts)), record),
            ),
        )

    def at_sequence(self, lane: str, sequence: int) -> Filed | None:
        """Return the record of a lane at one place of its chain."""
        return self._one("lane = ? and sequence = ?", lane, sequence)

    def of_test(self, lane: str, test_id: str) -> Filed | None:
        """Return the record of a test."""
        return self._one("lane = ? and test_id = ?", lane, test_id)

    def record_of_test(self, lane: str, test_id: str) -> bytes | None:
        """Return the record of a test, byte for byte."""
        query = "select record from records where lane = ? and test_id = ?"
        row = self._db.execute(query, (lane, test_id)).fetchone()
        return None if row is None else bytes(row[0])

    def of_vehicle(self, plate: str, vin: str) -> list[Filed]:
        """Return the records that bear this plate or this VIN, of all lanes."""
        return self._records("plate = ? or vin = ?", plate, vin)

    def all_records(self) -> list[Filed]:
        """Return every record, by lane and sequence."""
        return self._records("1")

    def file_trace(self, lane: str, test_id: str, payload: bytes) -> None:
        """Keep what belongs to a record."""
        self._db.execute("insert or replace into traces values (?, ?, ?)", (lane, test_id, payload))

    def has_trace(self, lane: str, test_id: str) -> bool:
        """Say whether the trace of a test is here."""
        query = "select 1 from traces where lane = ? and test_id = ?"
        return self._db.execute(query, (lane, test_id)).fetchone() is not None

    # the rest --------------------------------------------------------------------------------------------------------

    def file_event(self, lane: str, message_id: str, kind: str, payload: str) -> None:
        """Keep an event or a quality-control message."""
        self._db.execute("insert or ignore into events values (?, ?, ?, ?)", (lane, message_id, kind, payload))

    def events(self) -> list[tuple[str, Json]]:
        """Return every event as (lane, message)."""
        rows = self._db.execute("select lane, payload from events order by rowid")
        return [(lane, json.loads(payload)) for lane, payload in rows]

    def state(self, lane: str) -> Json | None:
        """Return a lane's last state."""
        query = "select state, session, expires_at, highest from states where lane = ?"
        row = self._db.execute(query, (lane,)).fetchone()
        return None if row is None else dict(zip(("state", "session", "expires_at", "highest"), row, strict=True))

    def keep_state(self, lane: str, state: str, session: int, expires_at: str | None, highest: int) -> None:
        """Keep a lane's state."""
        self._db.execute(
            "insert or replace into states values (?, ?, ?, ?, ?)", (lane, state, session, expires_at, highest)
        )

    def keep_camera(self, lane: str, camera: str, facts: Sequence[object]) -> None:
        """Keep a camera's state: state, last frame, clock offset, expiry, and when it was heard."""
        self._db.execute("insert or replace into cameras values (?, ?, ?, ?, ?, ?, ?)", (lane, camera, *facts))

    def cameras(self) -> list[tuple[str, str, str, str | None, float | None, str, str]]:
        """Return every camera as (lane, camera, state, last frame, clock offset, expiry, when heard)."""
        return self._db.execute("select * from cameras order by lane, camera").fetchall()

    def keep_repair(self, repair: Json) -> None:
        """Keep a repair record, or what is new about it."""
        keys = (repair["record"], repair["m_station"], repair["plate"], repair["vin"])
        self._db.execute("insert or replace into repairs values (?, ?, ?, ?, ?)", (*keys, json.dumps(repair)))

    def repair(self, record: str) -> Json | None:
        """Return one repair record."""
        row = self._db.execute("select body from repairs where record = ?", (record,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def repairs(self) -> list[Json]:
        """Return every repair record."""
        return [json.loads(body) for (body,) in self._db.execute("select body from repairs order by record")]

    def notice(self, lane: str, kind: str, detail: str, at: str) -> None:
        """Note something that a person should look at; the same thing once."""
        self._db.execute("insert or ignore into notices values (?, ?, ?, ?)", (lane, kind, detail, at))

    def notices(self) -> list[tuple[str, str, str]]:
        """Return what was noted, as (lane, kind, detail)."""
        return self._db.execute("select lane, kind, detail from notices order by rowid").fetchall()

    def next_command(self, lane: str) -> int:
        """Return the number of a lane's next command."""
        query = "select coalesce(max(seq), 0) + 1 from commands where lane = ?"
        return int(self._db.execute(query, (lane,)).fetchone()[0])

    def keep_command(self, lane: str, seq: int, payload: bytes) -> None:
        """Keep a command as sent."""
        self._db.execute("insert into commands values (?, ?, ?)", (lane, seq, payload))

    def _one(self, where: str, *values: object) -> Filed | None:
        return next(iter(self._records(where, *values)), None)

    def _records(self, where: str, *values: object) -> list[Filed]:
        query = f"select facts, report from records where {where} order by lane, sequence"  # noqa: S608
        rows = self._db.execute(query, values).fetchall()
        return [Filed(RecordFacts(**json.loads(facts)), report) for facts, report in rows]
