"""The environment bureau of a training station: keeps, verifies, answers, commands, and notices what is wrong.

It checks with code of its own, so that a fault in the lane's code cannot hide in both.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from simulators.bureau import cases
from simulators.bureau.cameras import CameraRow, rows
from simulators.bureau.cases import Filed
from simulators.bureau.desk import Desk, Misdeeds, MStation, Reply, real_wall
from simulators.bureau.door import Door
from simulators.bureau.seals import Json, Seal, read_object, read_public_key
from simulators.bureau.store import Store
from simulators.bureau.wire import Wire
from simulators.pki import LineFiles

__all__ = ["Bureau", "CameraRow", "MStation", "Misdeeds", "ReceivedRow", "enrolled"]
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """One record as the bureau sees it now."""

    lane: str
    sequence: int
    test_id: str
    plate: str
    outcome: str
    report: str
    repair: str | None
    problems: tuple[str, ...]
    """Codes of what is wrong or missing: ``gap_before``, ``trace_missing``, ``retest_without_repair`` …"""

    @property
    def verified(self) -> bool:
        """Say whether signature, chain and trace all hold and the rules were kept."""
        return not self.problems


class Bureau:
    """Start it with a broker to listen to; ask it what it received. Safe to call from any thread."""

    def __init__(
        self,
        file: Path,
        signing_key: Path,
        lanes: Mapping[str, Path],
        *,
        m_stations: Sequence[MStation] = (),
        misdeeds: Misdeeds | None = None,
        wall: Callable[[], datetime] = real_wall,
        patience_s: float = 60.0,
    ) -> None:
        keys: dict[str, Ed25519PublicKey] = {lane: read_public_key(path) for lane, path in lanes.items()}
        self._store = Store(file)
        self.desk = Desk(
            self._store,
            Seal(signing_key),
            keys,
            m_stations,
            misdeeds or Misdeeds(),
            wall,
            timedelta(seconds=patience_s),
        )
        self._wall = wall
        self._changed = threading.Condition(self.desk.lock)
        self._wire: Wire | None = None
        self._door: Door | None = None
        self.door_port: int | None = None

    def start(self, host: str, port: int, line: LineFiles, door: LineFiles | None = None, door_port: int = 0) -> None:
        """Connect to the broker, and with a certificate for the door, open it for M-stations."""
        self._wire = Wire(host, port, line, self._handle)
        self._wire.start()
        if door is not None:
            self._door = Door(door, self.take_repair, door_port)
            self._door.start()
            self.door_port = self._door.port

    def stop(self) -> None:
        """Leave the broker, close the door and the file."""
        if self._wire is not None:
            self._wire.stop()
        if self._door is not None:
            self._door.stop()
        self._wire = self._door = None
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def command(self, lane: str, command: str, reason: str, lasts_s: float = 60.0) -> None:
        """Send a signed command: stop, lock or unlock."""
        reply = self.desk.command(lane, command, reason, lasts_s)
        if self._wire is not None:
            self._wire.send(reply)

    def take_repair(self, m_station: str, record: str, body: Json) -> str:
        """Take what an M-station hands in; ``uploaded`` false announces a record whose content is still to come."""
        repair = _repair(m_station, record, body)
        with self._changed:
            known = self._store.repair(record)
            if known is not None and known["m_station"] != m_station:
                raise PermissionError("this record belongs to another M-station")
            if known is not None and known["uploaded"] and known != repair:
                raise ValueError("this record was uploaded before, with other content")
            self._store.keep_repair(repair)
            self._changed.notify_all()
        return "uploaded" if repair["uploaded"] else "announced"

    def received(self) -> list[ReceivedRow]:
        """Return every record that was kept, by lane and sequence, with what is wrong about it."""
        with self.desk.lock:
            records = self._store.all_records()
            repairs = {str(repair["record"]): repair for repair in self._store.repairs()}
            traced = {(f.facts.lane, f.facts.test_id): self._has_trace(f) for f in records}
        places = {(filed.facts.lane, filed.facts.sequence) for filed in records}
        wrongs = cases.irregularities(records, repairs)
        return [_row(filed, places, traced, wrongs) for filed in records]

    def record(self, lane: str, test_id: str) -> Json | None:
        """Return the record of a test as the lane sealed it."""
        with self.desk.lock:
            sealed = self._store.record_of_test(lane, test_id)
        return None if sealed is None else read_object(sealed)

    def refused(self) -> list[Json]:
        """Return every message that was refused, with the reason."""
        return [message for message in self.messages() if not message["accepted"]]

    def messages(self) -> list[Json]:
        """Return every message that was answered; ``times`` counts how often it came."""
        with self.desk.lock:
            return self._store.messages()

    def notices(self) -> list[tuple[str, str, str]]:
        """Return what a person should look at, as (lane, kind, detail)."""
        with self.desk.lock:
            self.desk.look_for_silence()
            return self._store.notices()

    def events(self) -> list[tuple[str, Json]]:
        """Return every event that lanes reported, as (lane, message)."""
        with self.desk.lock:
            return self._store.events()

    def lane_state(self, lane: str) -> str:
        """Return online, stopped, offline, or unknown when the last state has expired or none came."""
        with self.desk.lock:
            state = self._store.state(lane)
        if state is None:
            return "unknown"
        expires = state["expires_at"]
        if expires is not None and datetime.fromisoformat(str(expires)) < self._wall():
            return "unknown"
        return str(state["state"])

    def cameras(self) -> list[CameraRow]:
        """Return every camera of every lane as of now."""
        with self.desk.lock:
            return rows(self._store, self._wall())

    def history(self, plate: str, vin: str) -> Json:
        """Return what the bureau would answer about a vehicle."""
        return self.desk.history(plate, vin)

    def snapshot(self) -> Json:
        """Return everything that messages have brought about, independent of the order in which they came."""
        with self.desk.lock:
            records = self._store.all_records()
            return {
                "records": [[f.facts.lane, f.facts.sequence, f.facts.sha256, f.report] for f in records],
                "failures": cases.failures(records),
                "used_repairs": cases.used_repairs(records),
                "traces": sorted(f.facts.test_id for f in records if self._has_trace(f)),
                "events": sorted(str(event["id"]) for _, event in self._store.events()),
            }

    def wait_until(self, holds: Callable[["Bureau"], bool], timeout_s: float = 10.0) -> bool:
        """Block until something holds; False when the time is up first.

        Looked at after each message, and now and then: the bureau at work on this file may be another process.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not holds(self):
                left_s = deadline - time.monotonic()
                if left_s <= 0.0:
                    return False
                self._changed.wait(min(left_s, LOOK_EVERY_S))
            return True

    def _handle(self, topic: str, payload: bytes, answer_to: str | None) -> list[Reply]:
        replies = self.desk.handle(topic, payload, answer_to)
        with self._changed:
            self._changed.notify_all()
        return replies

    def _has_trace(self, filed: Filed) -> bool:
        return self._store.has_trace(filed.facts.lane, filed.facts.test_id)


def enrolled(trust: Path) -> dict[str, Path]:
    """Return the lanes of a trust folder: each file in ``lane/`` says in its ``Lane:`` line whose key it is."""
    lanes: dict[str, Path] = {}
    for file in sorted((trust / "lane").glob("*.pem")):
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("Lane:"):
                lanes[line.removeprefix("Lane:").strip()] = file
    return lanes


def _row(
    filed: Filed,
    places: set[tuple[str, int]],
    traced: Mapping[tuple[str, str], bool],
    wrongs: Sequence[tuple[str, str]],
) -> ReceivedRow:
    facts = filed.facts
    problems = [code for report, code in wrongs if report == filed.report]
    if facts.sequence > 1 and (facts.lane, facts.sequence - 1) not in places:
        problems.append("gap_before")
    if not traced[facts.lane, facts.test_id]:
        problems.append("trace_missing")
    return ReceivedRow(
        lane=facts.lane,
        sequence=facts.sequence,
        test_id=facts.test_id,
        plate=facts.plate,
        outcome=facts.outcome,
        report=filed.report,
        repair=facts.repair,
        problems=tuple(problems),
    )


def _repair(m_station: str, record: str, body: Json) -> Json:
    papers = body.get("documents")
    if not isinstance(papers, dict):
        raise TypeError("documents: an object with certificate, settlement_list and invoice")
    settled = str(body.get("settled_on"))
    date.fromisoformat(settled[:10])
    names = ("certificate", "settlement_list", "invoice")
    return {
        "record": record,
        "m_station": m_station,
        "plate": str(body["plate"]) if "plate" in body else "",
        "vin": str(body["vin"]) if "vin" in body else "",
        "settled_on": settled,
        "uploaded": body.get("uploaded") is True,
        "documents": {name: None if papers.get(name) is None else str(papers[name]) for name in names},
        "items": body.get("items", []),
    }
