"""Opens what the bureau signed: Ed25519 over the canonical bytes of the object without ``signature``.

Knows trust and bytes. Does not know what a receipt or a command means.
"""

import json
from typing import TypeVar

from pydantic import ValidationError

from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes
from lanectl.ledger.keys import TrustStore
from lanectl.uplink.messages import FromBureau

LARGEST_PAYLOAD = 1_000_000
"""A history of hundreds of repairs stays far below this; anything larger is no answer."""

M = TypeVar("M", bound=FromBureau)


class NotTrustedError(Exception):
    """A message that claims to come from the bureau, but nothing proves it. ``code`` says what is wrong."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def open_signed(payload: bytes, shape: type[M], trust: TrustStore) -> M:
    """Return the message when a trusted bureau key signed exactly this content, else raise NotTrustedError."""
    body = _parse(payload)
    signature, key_id = body.get("signature"), body.get("key_id")
    if not isinstance(signature, str) or not isinstance(key_id, str):
        raise NotTrustedError("unsigned")
    key = trust.find("bureau", key_id)
    if key is None:
        raise NotTrustedError("unknown_key")
    if not key.signed(_signed_bytes(body), signature):
        raise NotTrustedError("bad_signature")
    try:
        return shape.model_validate(body)
    except ValidationError:
        raise NotTrustedError("wrong_shape") from None


def _signed_bytes(body: dict[str, object]) -> bytes:
    try:
        return canonical_bytes({name: value for name, value in body.items() if name != "signature"})
    except NotCanonicalError:
        raise NotTrustedError("unreadable") from None


def _parse(payload: bytes) -> dict[str, object]:
    if len(payload) > LARGEST_PAYLOAD:
        raise NotTrustedError("too_large")
    try:
        body = json.loads(payload, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise NotTrustedError("unreadable") from None
    if not isinstance(body, dict):
        raise NotTrustedError("unreadable")
    return body


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse doubled keys: two readers could see two different messages."""
    body = dict(pairs)
    if len(body) != len(pairs):
        raise ValueError("doubled key")
    return body


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
