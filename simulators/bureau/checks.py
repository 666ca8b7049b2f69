"""Is this record what it claims to be? The bureau's own answer, from the bytes and the enrolled keys alone."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from simulators.bureau.seals import Json, canonical, holds, read_object, sha256
from simulators.pki import key_id

OUTCOMES = ("pass", "fail", "aborted", "invalid")
FIRST = "0" * 64


class RefusedError(Exception):
    """The bureau will never take this message; ``reason`` goes into the receipt."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What the bureau files of a record, read from the signed bytes."""

    lane: str
    station: str
    sequence: int
    previous: str
    sha256: str
    test_id: str
    plate: str
    vin: str
    outcome: str
    ended_at: str
    cycle: str
    gate_code: str
    repair: str | None
    members: Mapping[str, str]

    @property
    def ended(self) -> datetime:
        """When the test ended."""
        return datetime.fromisoformat(self.ended_at)


def check_record(lane: str, key: Ed25519PublicKey | None, message: Json) -> tuple[RecordFacts, bytes]:
    """Return what the record says and its bytes, when the lane's enrolled key signed them; else RefusedError."""
    signature = message.get("signature")
    if key is None:
        raise RefusedError("lane_not_enrolled")
    if not isinstance(signature, dict):
        raise RefusedError("unreadable")
    record = _bytes(message.get("record"))
    body = _canonical_object(record)
    if signature.get("suite") != "ed25519" or signature.get("key_id") != key_id(key):
        raise RefusedError("unknown_key")
    if not holds(key, signature.get("signature"), record):
        raise RefusedError("bad_signature")
    if (body.get("sequence"), body.get("previous")) != (signature.get("sequence"), signature.get("previous")):
        raise RefusedError("sequence_contradicts_signature")
    return _facts(lane, body, record), record


def check_members(facts: RecordFacts, members: object) -> None:
    """Refuse a trace that is not exactly what the record names."""
    if not isinstance(members, dict):
        raise RefusedError("unreadable")
    if {name: sha256(_bytes(data)) for name, data in members.items()} != dict(facts.members):
        raise RefusedError("member_digest")


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError("unreadable") from None


def _canonical_object(record: bytes) -> Json:
    try:
        body = read_object(record)
        if canonical(body) != record:
            raise RefusedError("not_canonical")
    except (ValueError, TypeError):
        raise RefusedError("unreadable") from None
    return body


def _facts(lane: str, body: Json, record: bytes) -> RecordFacts:
    try:
        place, vehicle, gate = _part(body, "lane"), _part(body, "vehicle"), _part(body, "gate")
        ended = datetime.fromisoformat(str(body["ended_at"]))
        facts = RecordFacts(
            lane="/".join(str(place[part]) for part in ("region", "station", "lane")),
            station=str(place["station"]),
            sequence=int(str(body["sequence"])),
            previous=str(body["previous"]),
            sha256=sha256(record),
            test_id=str(body["test_id"]),
            plate=str(vehicle.get("plate") or ""),
            vin=str(vehicle.get("vin") or ""),
            outcome=str(body["outcome"]),
            ended_at=str(body["ended_at"]),
            cycle=str(gate.get("cycle") or ended.year),
            gate_code=str(gate.get("code")),
            repair=None if gate.get("repair") is None else str(gate["repair"]),
            members={str(name): str(digest) for name, digest in _part(body, "members").items()},
        )
    except (KeyError, TypeError, ValueError):
        raise RefusedError("unreadable") from None
    if facts.lane != lane:
        raise RefusedError("other_lane")
    if facts.outcome not in OUTCOMES or ended.utcoffset() is None or facts.sequence < 1:
        raise RefusedError("unreadable")
    return facts


def _part(body: Json, name: str) -> Json:
    part = body[name]
    if not isinstance(part, dict):
        raise TypeError(name)
    return part
