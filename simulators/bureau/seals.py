"""Signatures as the bureau checks and makes them: Ed25519 over RFC 8785 bytes. Written apart from the lane's code."""

import base64
import binascii
import hashlib
import json
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from simulators.pki import key_id

Json = dict[str, object]


class Seal:
    """Signs what the bureau says."""

    def __init__(self, private_file: Path) -> None:
        key = load_pem_private_key(private_file.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{private_file}: not an Ed25519 private key")
        self._key = key
        self.key_id = key_id(key.public_key())

    def signed(self, body: Json) -> bytes:
        """Return the object with key_id and signature, as bytes."""
        named = {**body, "key_id": self.key_id}
        signature = self._key.sign(canonical(named))
        return canonical({**named, "signature": base64.b64encode(signature).decode()})


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key file (PEM)."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"{path}: not an Ed25519 public key")
    return key


def holds(key: Ed25519PublicKey, signature: object, data: bytes) -> bool:
    """Say whether this base64 signature is the key's, over exactly these bytes."""
    try:
        key.verify(base64.b64decode(str(signature), validate=True), data)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def canonical(value: object) -> bytes:
    """Return RFC 8785 bytes; raises ValueError for what has none."""
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # its own type is private; it checks what it gets
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from error


def read_object(data: bytes) -> Json:
    """Return a JSON object; raises ValueError for anything else."""
    try:
        value = json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    return value


def sha256(data: bytes) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
