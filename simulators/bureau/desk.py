"""What the bureau does with each message: keep it once, answer it, notice what is wrong.

No broker and no socket: bytes and a topic in, replies out. Everything is synced before a reply is handed back.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from secrets import token_hex

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from simulators.bureau import cases
from simulators.bureau.cameras import read_camera, rows
from simulators.bureau.cases import Filed
from simulators.bureau.checks import FIRST, RecordFacts, RefusedError, check_members, check_record
from simulators.bureau.seals import Json, Seal, read_object, sha256
from simulators.bureau.store import Store

PREFIX = "lanectl/v1/"
BEIJING = timezone(timedelta(hours=8))
KINDS = ("record", "trace", "event", "qc")


@dataclass(frozen=True, slots=True)
class Misdeeds:
    """How a bureau can be bad, for tests and sabotage. By default it is a good one."""

    seals_receipts_with: Path | None = None
    """Signs receipts with this key instead of its own."""
    seals_answers_with: Path | None = None
    forgets_failures: bool = False
    """Answers every question with an empty list of failures."""
    loses_receipts: int = 0
    """Stores so many messages without ever answering the first time."""
    ignores_questions: bool = False
    refuses: Callable[[RecordFacts], str | None] = field(default=lambda _facts: None)
    """Returns a reason for which a good record is refused for good."""


@dataclass(frozen=True, slots=True)
class MStation:
    """An M-station of the published list."""

    code: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back, and where."""

    topic: str
    payload: bytes


class Desk:
    """The bureau's work, one message at a time whoever calls."""

    def __init__(
        self,
        store: Store,
        seal: Seal,
        lanes: Mapping[str, Ed25519PublicKey],
        m_stations: Sequence[MStation],
        misdeeds: Misdeeds,
        wall: Callable[[], datetime],
        patience: timedelta,
    ) -> None:
        self.store = store
        self.lock = threading.RLock()
        self._seal = seal
        self._receipt_seal = Seal(misdeeds.seals_receipts_with) if misdeeds.seals_receipts_with else seal
        self._answer_seal = Seal(misdeeds.seals_answers_with) if misdeeds.seals_answers_with else seal
        self._lanes = lanes
        self._m_stations = m_stations
        self._misdeeds = misdeeds
        self._to_lose = misdeeds.loses_receipts
        self._answers = 0
        self._wall = wall
        self._patience = patience
        """How long a trace waits for its record before it is refused."""

    def handle(self, topic: str, payload: bytes, answer_to: str | None = None) -> list[Reply]:
        """Take one message as the broker delivered it; return what to send."""
        parts = topic.removeprefix(PREFIX).split("/")
        if len(parts) < 4:
            return []
        lane, kind = "/".join(parts[:3]), parts[3]
        try:
            message = read_object(payload)
        except (ValueError, TypeError):
            self._unreadable(lane, kind)
            return []
        with self.lock:
            if kind in KINDS:
                return self._keep(lane, kind, message, payload)
            if kind == "query":
                return self._answer(lane, message, answer_to)
            if kind == "state":
                self._see_state(lane, message)
            if kind == "camera" and len(parts) == 5:
                self._see_camera(lane, parts[4], message)
            self.look_for_silence()
        return []

    def look_for_silence(self) -> None:
        """Alarm for every camera whose heartbeats stay away, unless its lane said that it stops."""
        with self.lock:
            for row in rows(self.store, self._wall()):
                state = self.store.state(row.lane)
                if row.silent and (state is None or state["state"] != "stopped"):
                    self._notice(row.lane, "camera_silent", f"{row.camera}: three heartbeats missed")

    def command(self, lane: str, command: str, reason: str, lasts_s: float) -> Reply:
        """Return a signed command for a lane."""
        with self.lock, self.store.together():
            seq = self.store.next_command(lane)
            now = self._wall()
            body: Json = {
                "schema": "lanectl/command/1",
                "id": f"command-{token_hex(8)}",
                "seq": seq,
                "lane": lane,
                "command": command,
                "reason": reason,
                "issued_at": _stamp(now),
                "expires_at": _stamp(now + timedelta(seconds=lasts_s)),
            }
            payload = self._seal.signed(body)
            self.store.keep_command(lane, seq, payload)
        return Reply(f"{PREFIX}{lane}/command", payload)

    def history(self, plate: str, vin: str) -> Json:
        """Return what the bureau knows of a vehicle: failures, repairs, and the list of M-stations."""
        with self.lock:
            records = self.store.of_vehicle(plate, vin)
            used = cases.used_repairs(self.store.all_records())
            repairs = [r for r in self.store.repairs() if r["plate"] == plate or r["vin"] == vin]
        return {
            "failures": [] if self._misdeeds.forgets_failures else cases.failures(records),
            "repairs": [_shown(repair, used) for repair in repairs],
            "m_stations": [
                {"code": m.code, "valid_from": str(m.valid_from), "valid_to": m.valid_to and str(m.valid_to)}
                for m in self._m_stations
            ],
        }

    # messages that are kept ------------------------------------------------------------------------------------------

    def _keep(self, lane: str, kind: str, message: Json, payload: bytes) -> list[Reply]:
        message_id, digest = str(message.get("id")), sha256(payload)
        known = self.store.told(lane, message_id)
        for told in known:
            if told.sha256 == digest:
                self.store.again(lane, message_id, digest)
                return [Reply(f"{PREFIX}{lane}/receipt", told.receipt)]
        if kind == "trace" and self._too_early(lane, message_id, digest, message):
            return []
        with self.store.together():
            reason, report = self._file(lane, kind, message, payload, claimed=any(told.accepted for told in known))
            body: Json = {
                "schema": "lanectl/receipt/1",
                "id": message_id,
                "seq": self.store.count_messages() + 1,
                "sha256": digest,
                "accepted": reason is None,
                "reason": reason or "kept",
                "report": report,
                "received_at": _stamp(self._wall()),
            }
            receipt = self._receipt_seal.signed(body)
            self.store.keep_message(lane, kind, body, receipt)
        if self._to_lose:
            self._to_lose -= 1
            return []
        return [Reply(f"{PREFIX}{lane}/receipt", receipt)]

    def _file(
        self, lane: str, kind: str, message: Json, payload: bytes, *, claimed: bool
    ) -> tuple[str | None, str | None]:
        """Keep the content; return (reason for refusing, report number)."""
        try:
            if claimed:
                raise RefusedError("id_used_for_another_message")
            if message.get("schema") != _SCHEMAS.get(kind, message.get("schema")):
                raise RefusedError("unknown_schema")
            if kind == "record":
                return None, self._file_record(lane, message)
            if kind == "trace":
                self._file_trace(lane, message, payload)
            else:
                self.store.file_event(lane, str(message.get("id")), kind, payload.decode())
        except RefusedError as error:
            self._notice(lane, "refused", f"{kind} {message.get('id')}: {error.reason}")
            return error.reason, None
        return None, None

    def _file_record(self, lane: str, message: Json) -> str:
        facts, record = check_record(lane, self._lanes.get(lane), message)
        same = self.store.at_sequence(lane, facts.sequence)
        if same is not None:
            if same.facts.sha256 == facts.sha256:
                return same.report  # the same record under another id: one effect
            self._notice(lane, "fork", f"two different records have sequence {facts.sequence}")
            raise RefusedError("fork")
        self._check_chain(facts)
        if self.store.of_test(lane, facts.test_id) is not None:
            raise RefusedError("test_recorded_before")
        reason = self._misdeeds.refuses(facts)
        if reason is not None:
            raise RefusedError(reason)
        filed = Filed(facts, report_number(facts))
        self.store.file_record(filed, record)
        return filed.report

    def _check_chain(self, facts: RecordFacts) -> None:
        before = self.store.at_sequence(facts.lane, facts.sequence - 1)
        after = self.store.at_sequence(facts.lane, facts.sequence + 1)
        broken = (
            (facts.sequence == 1 and facts.previous != FIRST)
            or (before is not None and before.facts.sha256 != facts.previous)
            or (after is not None and after.facts.previous != facts.sha256)
        )
        if broken:
            self._notice(facts.lane, "chain_broken", f"record {facts.sequence} does not fit its neighbours")
            raise RefusedError("chain_broken")

    def _file_trace(self, lane: str, message: Json, payload: bytes) -> None:
        filed = self.store.of_test(lane, str(message.get("test_id")))
        if filed is None:
            raise RefusedError("no_record")
        check_members(filed.facts, message.get("members"))
        self.store.file_trace(lane, filed.facts.test_id, payload)

    def _too_early(self, lane: str, message_id: str, digest: str, message: Json) -> bool:
        """Say whether to wait with a trace: its record may still be on the way. Some later resend decides."""
        if self.store.of_test(lane, str(message.get("test_id"))) is not None:
            return False
        now = self._wall()
        since = self.store.held_since(lane, message_id, digest, _stamp(now))
        return now - datetime.fromisoformat(since) < self._patience

    # the rest --------------------------------------------------------------------------------------------------------

    def _answer(self, lane: str, message: Json, answer_to: str | None) -> list[Reply]:
        if self._misdeeds.ignores_questions or message.get("question") != "vehicle_history":
            return []
        self._answers += 1
        plate, vin = str(message.get("plate")), str(message.get("vin"))
        body: Json = {
            "schema": "lanectl/answer/1",
            "id": str(message.get("id")),
            "seq": self._answers,
            "nonce": str(message.get("nonce")),
            "plate": plate,
            "vin": vin,
            **self.history(plate, vin),
            "answered_at": _stamp(self._wall()),
        }
        home = f"{PREFIX}{lane}/answer"  # an answer goes to the lane that asked, whatever it asks for
        return [Reply(answer_to if answer_to == home else home, self._answer_seal.signed(body))]

    def _see_state(self, lane: str, message: Json) -> None:
        try:
            session, state = int(str(message["session"])), str(message["state"])
        except (KeyError, ValueError):
            self._notice(lane, "unreadable", "state")
            return
        known = self.store.state(lane)
        highest = 0 if known is None else int(str(known["highest"]))
        if session < highest:
            if state == "online":
                self._notice(lane, "two_with_one_identity", f"session {session} is alive beside session {highest}")
            return  # the late death of an old connection says nothing about the new one
        expires = message.get("expires_at")
        self.store.keep_state(lane, state, session, None if expires is None else str(expires), session)

    def _see_camera(self, lane: str, camera: str, message: Json) -> None:
        try:
            facts = read_camera(message, camera, self._wall())
        except (KeyError, ValueError, TypeError):
            self._notice(lane, "unreadable", f"camera/{camera}")
            return
        self.store.keep_camera(lane, camera, facts)
        if message["state"] != "online" and message.get("required") is not False:
            self._notice(lane, "camera_bad", f"{camera}: {message['state']}")

    def _unreadable(self, lane: str, kind: str) -> None:
        with self.lock:
            self._notice(lane, "unreadable", kind)

    def _notice(self, lane: str, kind: str, detail: str) -> None:
        self.store.notice(lane, kind, detail, _stamp(self._wall()))


_SCHEMAS = {"record": "lanectl/record-message/1", "trace": "lanectl/trace-message/1"}


def report_number(facts: RecordFacts) -> str:
    """Return the report number: station, day, lane and the record's place in the chain."""
    lane = facts.lane.rsplit("/", 1)[1]
    return f"{facts.station}{facts.ended.astimezone(BEIJING):%Y%m%d}{lane}{facts.sequence:06d}"


def real_wall() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


def _shown(repair: Json, used: Mapping[str, str]) -> Json:
    names = ("record", "m_station", "settled_on", "uploaded", "plate", "vin", "documents")
    return {**{name: repair[name] for name in names}, "used_by": used.get(str(repair["record"]))}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="milliseconds")
