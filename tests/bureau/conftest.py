"""Records as a lane makes them, built by hand, and a bureau desk without a broker."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from simulators.bureau import Bureau, Misdeeds, MStation, enrolled
from simulators.pki import StationFiles, key_id, make_station

LANE, OTHER = "440106/44010625/01", "440106/44010699/01"
PLATE, VIN = "粤A12345", "LSVAA4182E2123456"
NOON = datetime.fromisoformat("2026-11-21T12:00:00+08:00")
MEMBERS = {"trace.csv.gz": b"rows", "events.json": b"[]"}


@dataclass
class LaneHand:
    """Seals records for one lane, one after another, as its ledger would."""

    lane: str
    key: Ed25519PrivateKey
    previous: str = "0" * 64
    sequence: int = 0
    messages: list[tuple[str, bytes]] = field(default_factory=list)

    def seal(self, outcome: str = "pass", **changes: Any) -> bytes:
        """Return a record message; the trace message follows it in ``messages``."""
        record = self.record(outcome, **changes)
        self.sequence += 1
        previous, self.previous = self.previous, hashlib.sha256(record).hexdigest()
        signature = {
            "suite": "ed25519",
            "key_id": key_id(self.key.public_key()),
            "signature": base64.b64encode(self.key.sign(record)).decode(),
            "previous": previous,
            "sequence": self.sequence,
        }
        message = self._say("record", record=base64.b64encode(record).decode(), signature=signature)
        members = {name: base64.b64encode(data).decode() for name, data in MEMBERS.items()}
        self._say("trace", test_id=json.loads(record)["test_id"], members=members)
        return message

    def record(self, outcome: str, **changes: Any) -> bytes:
        region, station, lane = self.lane.split("/")
        number = self.sequence + 1
        body: dict[str, Any] = {
            "schema": "lanectl/record/1",
            "lane": {"region": region, "station": station, "lane": lane},
            "sequence": number,
            "previous": self.previous,
            "test_id": f"{station}-{number}",
            "outcome": outcome,
            "vehicle": {"plate": PLATE, "vin": VIN},
            "ended_at": (NOON + timedelta(minutes=number)).isoformat(),
            "gate": {"decision": "allow", "code": "FIRST_TEST", "failure": None, "repair": None, "bureau": "reachable"},
            "members": {name: hashlib.sha256(data).hexdigest() for name, data in MEMBERS.items()},
        }
        return rfc8785.dumps({**body, **changes})

    def event(self, number: int) -> bytes:
        return self._say("event", kind="door_opened", number=number)

    def _say(self, last: str, **content: Any) -> bytes:
        name = f"{last}-message" if last in ("record", "trace") else last
        message_id = f"{last}-{self.lane}-{len(self.messages)}"
        body: dict[str, Any] = {
            "schema": f"lanectl/{name}/1",
            "id": message_id,
            "seq": len(self.messages) + 1,
            **content,
        }
        payload = rfc8785.dumps(body)
        self.messages.append((f"lanectl/v1/{self.lane}/{last}", payload))
        return payload


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> StationFiles:
    return make_station(tmp_path_factory.mktemp("station"), [LANE, OTHER], ["M0001", "M0002"])


class World:
    """One bureau at noon, and hands of lanes."""

    lane, other, plate, vin, members = LANE, OTHER, PLATE, VIN, MEMBERS

    def __init__(self, station: StationFiles, folder: Path) -> None:
        self.station = station
        self._folder = folder
        self._bureaus: list[Bureau] = []
        self.now = NOON

    def bureau(self, **misdeeds: Any) -> Bureau:
        """Open a new, empty bureau."""
        file = self._folder / f"bureau-{len(self._bureaus)}.db"
        return self.reopen(file, **misdeeds)

    def reopen(self, file: Path, **misdeeds: Any) -> Bureau:
        made = Bureau(
            file,
            self.station.bureau_signing.private,
            enrolled(self.station.trust),
            m_stations=[MStation("M0001", date(2026, 1, 1))],
            misdeeds=Misdeeds(**misdeeds),
            wall=lambda: self.now,
        )
        self._bureaus.append(made)
        return made

    def hand(self, lane: str = LANE, signs_as: str | None = None) -> LaneHand:
        """Return a lane's hand; with ``signs_as`` it uses another lane's key."""
        return self.hand_with_key(lane, self.station.lanes[signs_as or lane].signing.private)

    def hand_with_key(self, lane: str, file: Path) -> LaneHand:
        key = load_pem_private_key(file.read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return LaneHand(lane, key)

    def tell(self, bureau: Bureau, topic: str, payload: bytes) -> list[dict[str, Any]]:
        """Hand one message to the bureau; return what it answers."""
        return [json.loads(reply.payload) for reply in bureau.desk.handle(topic, payload)]

    def tell_all(self, bureau: Bureau, messages: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
        return [answer for topic, payload in messages for answer in self.tell(bureau, topic, payload)]

    def repair(self, **changes: Any) -> dict[str, Any]:
        """Return what an M-station uploads for our vehicle."""
        body = {
            "plate": PLATE,
            "vin": VIN,
            "settled_on": "2026-11-22",
            "uploaded": True,
            "documents": {"certificate": "C1", "settlement_list": "L1", "invoice": "I1"},
        }
        return {**body, **changes}

    def close(self) -> None:
        for bureau in self._bureaus:
            bureau.stop()


@pytest.fixture
def world(station: StationFiles, tmp_path: Path) -> Iterator[World]:
    made = World(station, tmp_path)
    yield made
    made.close()
