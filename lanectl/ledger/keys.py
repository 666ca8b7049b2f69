"""Keys: the lane's private key, and the public keys that somebody installed as trusted.

Knows Ed25519, PEM files, key ids, and the notes a public key file may carry (whose key it is).
Never prints a private key.
"""

import base64
import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SUITE = "ed25519"
ROLES = ("lane", "bureau", "authority")
_BEGIN = b"-----BEGIN"


class KeyFileError(Exception):
    """A key file is missing, unreadable, of the wrong kind, or open to others; says which file and what to do."""


def key_id_of(public: Ed25519PublicKey) -> str:
    """Return the first 16 hex digits of the SHA-256 over the key's SubjectPublicKeyInfo (DER)."""
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


class Signer:
    """Signs with one Ed25519 private key."""

    suite = SUITE

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key()
        self.key_id = key_id_of(self.public)

    @classmethod
    def load(cls, path: Path) -> "Signer":
        """Read a private key (PEM, PKCS#8, no passphrase); a file that others may read is refused."""
        data = _read_private(path)
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyFileError(f"{path}: not a private key in PEM form without a passphrase") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileError(f"{path}: not an Ed25519 private key")
        return cls(key)

    def sign(self, data: bytes) -> str:
        """Return the signature over exactly these bytes, in base64."""
        return base64.b64encode(self._private.sign(data)).decode("ascii")

    def __repr__(self) -> str:
        return f"Signer(key_id={self.key_id!r})"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key that somebody trusts, with what its file says about it. None means: the file does not say."""

    key_id: str
    public: Ed25519PublicKey
    role: str | None = None
    mode: str | None = None
    lane: str | None = None
    """``region/station/lane``."""

    def __reduce__(self) -> tuple[object, ...]:
        """Let a key travel to a process that checks beside this one."""
        return _received, (self.public.public_bytes_raw(), self.role, self.mode, self.lane)

    def signed(self, data: bytes, signature: str) -> bool:
        """Say whether this key made this base64 signature over exactly these bytes."""
        try:
            raw = base64.b64decode(signature, validate=True)
            if base64.b64encode(raw).decode("ascii") != signature:
                return False
            self.public.verify(raw, data)
        except (InvalidSignature, ValueError):
            return False
        return True


class TrustStore:
    """The trusted keys, found by role and key id."""

    def __init__(self, keys: Iterable[TrustedKey] = ()) -> None:
        self._keys = tuple(keys)

    @classmethod
    def folder(cls, path: Path) -> "TrustStore":
        """Read the ``*.pem`` files in ``lane/``, ``bureau/`` and ``authority/`` of an installed trust store."""
        if not path.is_dir():
            raise KeyFileError(f"{path}: no such trust store (a folder with lane/, bureau/, authority/)")
        return cls(
            load_public_key(file, role)
            for role in ROLES
            for file in sorted((path / role).glob("*.pem"))
            if file.is_file()
        )

    @classmethod
    def files(cls, paths: Iterable[Path]) -> "TrustStore":
        """Trust exactly these key files, whatever their role."""
        return cls(load_public_key(path, None) for path in paths)

    def find(self, role: str, key_id: str) -> TrustedKey | None:
        """Return the key of this id that is trusted in this role; a key given by hand is trusted in each."""
        return next((key for key in self._keys if key.key_id == key_id and key.role in (role, None)), None)

    def has(self, role: str) -> bool:
        """Say whether a key is installed for exactly this role."""
        return any(key.role == role for key in self._keys)

    def realms(self, role: str) -> dict[str, str | None]:
        """Return the mode that each key of a role is bound to, by key id; None where its file does not say."""
        return {key.key_id: key.mode for key in self._keys if key.role == role}

    def facts(self) -> list[list[str]]:
        """Return what is known of each key, in a fixed order: two stores that trust alike say the same."""
        told = [[key.key_id, key.role or "", key.mode or "", key.lane or ""] for key in self._keys]
        return sorted(told)

    def __len__(self) -> int:
        return len(self._keys)


def load_public_key(path: Path, role: str | None = None) -> TrustedKey:
    """Read a PEM SubjectPublicKeyInfo file; lines ``Mode: …`` and ``Lane: …`` before it bind the key."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None
    try:
        public = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path}: not a public key in PEM form (SubjectPublicKeyInfo)") from None
    if not isinstance(public, Ed25519PublicKey):
        raise KeyFileError(f"{path}: not an Ed25519 public key")
    notes = _notes(data)
    return TrustedKey(key_id_of(public), public, role, notes.get("mode"), notes.get("lane"))


def new_key() -> Ed25519PrivateKey:
    """Make a new private key."""
    return Ed25519PrivateKey.generate()


def write_private_key(path: Path, private: Ed25519PrivateKey) -> None:
    """Write a private key that only its owner may read; an existing file is never overwritten."""
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private.private_bytes(*form))


def write_public_key(path: Path, public: Ed25519PublicKey, mode: str | None = None, lane: str | None = None) -> None:
    """Write a public key, with the mode and the lane it is bound to."""
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    notes = "".join(f"{name}: {value}\n" for name, value in (("Mode", mode), ("Lane", lane)) if value)
    path.write_bytes(notes.encode("utf-8") + pem)


def _received(raw: bytes, role: str | None, mode: str | None, lane: str | None) -> TrustedKey:
    public = Ed25519PublicKey.from_public_bytes(raw)
    return TrustedKey(key_id_of(public), public, role, mode, lane)


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyFileError(f"{path}: others may read this private key; run: chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None


def _notes(data: bytes) -> dict[str, str]:
    head = data.partition(_BEGIN)[0].decode("utf-8", "replace")
    pairs = (line.partition(":") for line in head.splitlines() if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
