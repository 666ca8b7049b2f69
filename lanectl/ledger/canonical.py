"""One value, one byte string: RFC 8785 canonical JSON.

Knows what JSON cannot carry and says which value it was. Does not know records.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

_EXACT = 2**53
_BEYOND_UTF16 = re.compile("[\U00010000-\U0010ffff]")


class NotCanonicalError(ValueError):
    """A value has no canonical form; says where and why."""


def canonical_bytes(value: object) -> bytes:
    """Return the RFC 8785 bytes of a JSON-able value; NaN, infinities and integers beyond 2^53 are refused by place."""
    return rfc8785.dumps(_plain(value, "$"))


def parse_canonical(data: bytes) -> object:
    """Return the value of canonical bytes; bytes that are not their own canonical form are refused."""
    odd: list[str] = []
    try:
        text = data.decode("utf-8")
        value: object = json.loads(text, parse_int=_integer, parse_float=lambda digits: _float(digits, odd))
    except (ValueError, RecursionError) as error:
        raise NotCanonicalError(f"no JSON: {error}") from None
    if (odd or not _json_writes_it_so(value, text)) and canonical_bytes(value) != data:
        raise NotCanonicalError("not in canonical form")
    return value


def parse_object(data: bytes) -> dict[str, object]:
    """Return the object that canonical bytes hold; anything but an object is refused."""
    value = parse_canonical(data)
    if not isinstance(value, dict):
        raise NotCanonicalError("not a JSON object")
    return value


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of bytes in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def _json_writes_it_so(value: object, text: str) -> bool:
    """Say whether the json module writes this text again: then it is canonical, and found so far faster.

    It writes few things otherwise than RFC 8785, and none of them may be in the text: exponents and whole doubles (the
    caller has looked for them), and keys in another order than that of UTF-16 units.
    """
    try:
        again = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    except (ValueError, RecursionError):
        return False
    return again == text and (text.isascii() or _BEYOND_UTF16.search(text) is None)


def _float(digits: str, odd: list[str]) -> float:
    if "e" in digits or "E" in digits or digits.endswith(".0"):
        odd.append(digits)
    return float(digits)


def _plain(value: object, place: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, place)
    if isinstance(value, int):
        if abs(value) >= _EXACT:
            raise NotCanonicalError(f"{place}: {value} is beyond 2^53")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotCanonicalError(f"{place}: {value} is not a number that JSON can carry; absence is null")
        return float(value)
    if isinstance(value, Mapping):
        return {_key(key, place): _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    raise NotCanonicalError(f"{place}: a {type(value).__name__} has no JSON form")


def _integer(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) < _EXACT else float(digits)  # RFC 8785 writes large doubles without an exponent


def _key(key: object, place: str) -> str:
    if not isinstance(key, str):
        raise NotCanonicalError(f"{place}: the key {key!r} is no text")
    return _text(key, place)


def _text(value: str, place: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise NotCanonicalError(f"{place}: text with half a character (lone surrogate)") from None
    return str(value)
