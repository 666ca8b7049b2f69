"""Permits: a bureau's signed leave for one vehicle, one test, a limited time.

Knows a permit's form, ``base64url(canonical JSON).base64url(Ed25519)`` without padding, and when it counts. Does not
know keys: whoever asks hands in a function that verifies; and does not know which permits were used, it is told.
"""

import base64
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

import rfc8785
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lanectl.gate.moments import day_of, local
from lanectl.gate.same_vehicle import same_vehicle
from lanectl.model.case import CaseVehicle, Moment

Verify = Callable[[str, bytes, bytes], bool]
"""Key id, signed bytes, signature: True only if that key is trusted to speak for the bureau and made this signature."""
LONGEST_TOKEN = 4096
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class Permit(BaseModel):
    """What the bureau signs. ``id`` is its number and is used once; ``lane`` null means any lane of the station."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["lanectl/permit/1"] = Field(alias="schema")
    id: Annotated[str, Field(min_length=8, max_length=64)]
    scope: Literal["outage_unlock", "parameter_change"]
    plate: Annotated[str, Field(min_length=1, max_length=16)]
    vin: Annotated[str, Field(min_length=1, max_length=17)]
    station: Annotated[str, Field(min_length=1, max_length=32)]
    lane: Annotated[str, Field(min_length=1, max_length=32)] | None
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class PermitError(Exception):
    """A permit does not count; ``fault`` is a code of model.words.gate.PERMIT_FAULTS."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def _nobody(key_id: str, message: bytes, signature: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class PermitDesk:
    """How permits are judged here: who verifies, which were used, at which lane. By default none counts."""

    verify: Verify = _nobody
    used: Collection[str] = field(default_factory=frozenset)
    """Ids of the permits that were used."""
    lane: str | None = None


def open_permit(token: str, desk: PermitDesk, vehicle: CaseVehicle, station: str, at: Moment) -> Permit:
    """Return the permit if it opens the outage route for this vehicle, here and now; otherwise raise PermitError."""
    permit = read_permit(token, desk.verify)
    if permit.scope != "outage_unlock":
        raise PermitError("other_scope")
    if not same_vehicle(permit.plate, permit.vin, vehicle):
        raise PermitError("other_vehicle")
    if permit.station != station or (permit.lane is not None and desk.lane is not None and permit.lane != desk.lane):
        raise PermitError("other_place")
    if permit.id in desk.used:
        raise PermitError("used")
    if not _in_force(permit, at):
        raise PermitError("not_in_force")
    return permit


def read_permit(token: str, verify: Verify) -> Permit:
    """Return what a token says, if its signature holds; otherwise raise PermitError."""
    head, dot, tail = token.partition(".")
    if len(token) > LONGEST_TOKEN or not dot:
        raise PermitError("malformed")
    message, signature = _decode(head), _decode(tail)
    try:
        value = json.loads(message)
        if rfc8785.dumps(value) != message:
            raise PermitError("malformed")
        permit = Permit.model_validate_json(message)
    except (ValueError, RecursionError, rfc8785.CanonicalizationError, ValidationError):
        raise PermitError("malformed") from None
    if not verify(permit.key_id, message, signature):
        raise PermitError("bad_signature")
    return permit


def permit_bytes(permit: Permit) -> bytes:
    """Return the canonical bytes that are signed."""
    return rfc8785.dumps(permit.model_dump(mode="json", by_alias=True))


def permit_token(message: bytes, signature: bytes) -> str:
    """Join signed bytes and signature to the token that is scanned."""
    return f"{_encode(message)}.{_encode(signature)}"


def _in_force(permit: Permit, at: Moment) -> bool:
    if isinstance(at, datetime):
        return permit.issued_at <= local(at) < permit.expires_at
    return day_of(permit.issued_at) <= at <= day_of(permit.expires_at) and permit.issued_at < permit.expires_at


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Decode exactly one spelling: no padding, no other alphabet, no stray bits at the end."""
    if not _BASE64URL.fullmatch(text):
        raise PermitError("malformed")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise PermitError("malformed") from None
    if _encode(data) != text:
        raise PermitError("malformed")
    return data
