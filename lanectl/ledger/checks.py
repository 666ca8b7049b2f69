"""Checks of one record with its signature and its members; the same for a ledger and for a bundle.

Trusts only the keys it is given. Knows no file and no database.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes, parse_canonical, parse_object, sha256_hex
from lanectl.ledger.gz import NotCanonicalGzipError, gunzip_bytes
from lanectl.ledger.keys import TrustStore
from lanectl.ledger.members import ALWAYS, is_member_name
from lanectl.model.record import RECORD_SCHEMA, Checkpoint, LaneIdentity, SignatureFile
from lanectl.model.words.evidence import problem_text
from lanectl.model.words.text import Text

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was stored; ``sequence`` is None where no single record is concerned."""

    sequence: int | None
    code: str
    detail: str = ""

    @property
    def text(self) -> Text:
        """The message, in both languages."""
        return problem_text(self.code, self.detail)

    @property
    def reason(self) -> str:
        """Code and message in one line."""
        return f"{self.code}: {self.text.en}"


@dataclass(frozen=True, slots=True)
class Header:
    """What the checks need to know of a record."""

    lane: LaneIdentity
    sequence: int
    previous: str
    members: Mapping[str, str]
    sha256: str


def read_header(record: bytes, at: int | None) -> Header | Problem:
    """Read the fields that hold the chain together; bytes that are not canonical are a problem."""
    try:
        value = parse_object(record)
    except NotCanonicalError as error:
        return Problem(at, "record_not_canonical", str(error))
    if value.get("schema") != RECORD_SCHEMA:
        return Problem(at, "unknown_schema", str(value.get("schema"))[:80])
    lane, sequence, previous, members = (value.get(name) for name in ("lane", "sequence", "previous", "members"))
    identity = _identity(lane, value.get("mode"))
    if identity is None:
        return Problem(at, "record_malformed", "lane, mode")
    if type(sequence) is not int or not _is_digest(previous):
        return Problem(at, "record_malformed", "sequence, previous")
    if not isinstance(members, dict) or not all(is_member_name(n) and _is_digest(d) for n, d in members.items()):
        return Problem(at, "record_malformed", "members")
    return Header(identity, sequence, str(previous), members, sha256_hex(record))


def check_signature(header: Header, record: bytes, signature: bytes, keys: TrustStore) -> Iterator[Problem]:
    """Check that a trusted key of this lane and mode signed exactly these bytes."""
    at = header.sequence
    try:
        parse_object(signature)
        said = SignatureFile.model_validate_json(signature)
    except (NotCanonicalError, ValidationError) as error:
        yield Problem(at, "signature_malformed", str(error).partition("\n")[0])
        return
    if (said.sequence, said.previous) != (header.sequence, header.previous):
        yield Problem(at, "signature_differs", f"sequence {said.sequence}, previous {said.previous[:16]}…")
    key = keys.find("lane", said.key_id)
    if key is None:
        yield Problem(at, "unknown_key", said.key_id)
        return
    if key.mode not in (None, header.lane.mode) or key.lane not in (None, header.lane.path):
        yield Problem(at, "wrong_realm", f"{said.key_id}: {key.lane or 'any lane'}, {key.mode or 'any mode'}")
    if not key.signed(record, said.signature):
        yield Problem(at, "signature_wrong", said.key_id)


def check_members(
    header: Header, members: Mapping[str, bytes], plain: dict[str, bytes] | None = None
) -> Iterator[Problem]:
    """Check every member against the digest that the record holds, and that it is in canonical form.

    ``plain`` is given the tables as they come out of their packing, so that nobody has to unpack them twice.
    """
    at = header.sequence
    for name in sorted({*ALWAYS, *header.members} - members.keys()):
        yield Problem(at, "member_missing", name)
    for name, data in members.items():
        if name not in header.members:
            yield Problem(at, "member_extra", name)
        elif sha256_hex(data) != header.members[name]:
            yield Problem(at, "member_changed", name)
        elif trouble := _form_trouble(name, data, plain):
            yield Problem(at, "member_not_canonical", f"{name} ({trouble})")


def check_checkpoint(body: bytes, lane: LaneIdentity, keys: TrustStore) -> Checkpoint | Problem:
    """Return a checkpoint that a trusted key of this lane signed, or what is wrong with it."""
    try:
        value = parse_object(body)
        said = Checkpoint.model_validate_json(body)
    except (NotCanonicalError, ValidationError) as error:
        return Problem(None, "checkpoint_wrong", str(error).partition("\n")[0])
    key = keys.find("lane", said.key_id)
    if key is None:
        return Problem(said.sequence, "unknown_key", said.key_id)
    signature = str(value.pop("signature"))
    if not key.signed(canonical_bytes(value), signature):
        return Problem(said.sequence, "checkpoint_wrong", "the signature does not fit")
    if LaneIdentity(said.lane.region, said.lane.station, said.lane.lane, said.mode) != lane:
        return Problem(said.sequence, "checkpoint_wrong", "it is of another lane or mode")
    return said


def _identity(lane: object, mode: object) -> LaneIdentity | None:
    if (
        not isinstance(lane, dict)
        or lane.keys() != {"region", "station", "lane"}
        or mode not in ("official", "training")
    ):
        return None
    if not all(isinstance(part, str) for part in lane.values()):
        return None
    return LaneIdentity(**lane, mode=str(mode))


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _form_trouble(name: str, data: bytes, plain: dict[str, bytes] | None) -> str | None:
    try:
        if name.endswith(".csv.gz"):
            unpacked = gunzip_bytes(data)
            if plain is not None:
                plain[name] = unpacked
        elif name.endswith(".json") and not name.startswith("raw/"):
            parse_canonical(data)
    except (NotCanonicalGzipError, NotCanonicalError) as error:
        return str(error)
    return None
