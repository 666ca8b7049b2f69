"""Signed data files: limits, profiles, calibration tables. Exact bytes, their digest, and who signed them.

Knows where data files are (a lane's own folder before the packaged ones) and the detached signature beside each.
Does not know what is in them.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from lanectl.ledger.keys import SUITE, Signer, TrustStore
from lanectl.model.words.settings import DATA_ERRORS
from lanectl.model.words.text import Text
from lanectl.settings.problems import parse_toml

SUFFIX = ".toml"
SIGNATURE_SUFFIX = ".sig"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class DataError(Exception):
    """A data file cannot be used; the message says which and what to do."""

    code = "unreadable"

    def __init__(self, **facts: object) -> None:
        self.text: Text = DATA_ERRORS[self.code].fill(**facts)
        super().__init__(self.text.en)


class DataMissingError(DataError):
    """There is no such file, neither in the lane's folder nor in the package."""

    code = "missing"


class DataUnreadableError(DataError):
    """The file or its signature cannot be read."""


class DataUnsignedError(DataError):
    """No signature beside the file, where one is needed."""

    code = "unsigned"


class DataTamperedError(DataError):
    """The signer is trusted, but these are not the bytes that it signed."""

    code = "tampered"


class DataUnknownError(DataError):
    """Signed by a key that nobody here trusts."""

    code = "unknown"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file as it was read. ``signed_by`` is None unless the signature of a trusted key was checked."""

    name: str
    kind: str
    data: dict[str, object]
    sha256: str
    signed_by: str | None
    path: str
    raw: bytes
    signature: bytes | None = None
    realm: str | None = None
    """``official`` or ``training``, where the signer's key file says so."""


def load_signed(name: str, kind: str, folder: Path | None = None, trust: TrustStore | None = None) -> DataFile:
    """Read ``<kind>/<name>.toml`` from the lane's folder or else from the package.

    With ``trust`` a good signature is required; without it nothing is checked and ``signed_by`` stays None.
    Raises a DataError, or FaultyFileError where the file is no TOML.
    """
    if not _NAME.fullmatch(name):
        raise DataMissingError(name=name, remedy="a name has letters, digits, '-', '_' and '.'")
    for home in _homes(kind, folder):
        file = home / (name + SUFFIX)
        if file.is_file():
            return _checked(_read(file, home / (name + SUFFIX + SIGNATURE_SUFFIX), name, kind), trust)
    known = ", ".join(names_of(kind, folder)) or "none"
    raise DataMissingError(name=f"{kind}/{name}", remedy=f"there are: {known}")


def load_signed_path(path: Path, kind: str, trust: TrustStore | None = None) -> DataFile:
    """Read a data file by its path, in the same way."""
    if not path.is_file():
        raise DataMissingError(name=path, remedy="correct the path")
    return _checked(_read(path, path.with_name(path.name + SIGNATURE_SUFFIX), path.stem, kind), trust)


def names_of(kind: str, folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of all data files of a kind, sorted."""
    homes = [home for home in _homes(kind, folder) if home.is_dir()]
    files = {entry.name for home in homes for entry in home.iterdir() if entry.name.endswith(SUFFIX)}
    return tuple(sorted(name.removesuffix(SUFFIX) for name in files))


def check_signature(file: DataFile, trust: TrustStore) -> DataFile:
    """Return the file with its signer, or raise DataUnsignedError, DataUnknownError or DataTamperedError."""
    if file.signature is None:
        raise DataUnsignedError(name=file.path)
    key_id, signature = _parts(file)
    key = trust.find("authority", key_id)
    if key is None:
        raise DataUnknownError(name=file.path, key_id=key_id)
    if not key.signed(file.raw, signature):
        raise DataTamperedError(name=file.path)
    return replace(file, signed_by=key_id, realm=key.mode)


def write_signature(path: Path, signer: Signer) -> Path:
    """Sign the exact bytes of a file; the signature stands beside it as ``<file>.sig``."""
    signature = {"suite": SUITE, "key_id": signer.key_id, "signature": signer.sign(path.read_bytes())}
    target = path.with_name(path.name + SIGNATURE_SUFFIX)
    target.write_text(json.dumps(signature, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return target


def _homes(kind: str, folder: Path | None) -> list[Traversable]:
    packaged = resources.files("config") / kind
    return [packaged] if folder is None else [folder / kind, packaged]


def _read(file: Traversable, signature: Traversable, name: str, kind: str) -> DataFile:
    try:
        raw = file.read_bytes()
        signed = signature.read_bytes() if signature.is_file() else None
    except OSError as error:
        raise DataUnreadableError(name=str(file), detail=error.strerror) from None
    data = parse_toml(raw, str(file)).data
    return DataFile(name, kind, data, hashlib.sha256(raw).hexdigest(), None, str(file), raw, signed)


def _checked(file: DataFile, trust: TrustStore | None) -> DataFile:
    return file if trust is None else check_signature(file, trust)


def _parts(file: DataFile) -> tuple[str, str]:
    """Return key id and signature; a signature file in any other shape is as good as damaged."""
    try:
        value = json.loads((file.signature or b"").decode("utf-8"))
        if set(value) != {"suite", "key_id", "signature"} or value["suite"] != SUITE:
            raise ValueError("not a signature of this suite")
        key_id, signature = value["key_id"], value["signature"]
        if not isinstance(key_id, str) or not isinstance(signature, str):
            raise ValueError("key_id and signature are text")
        base64.b64decode(signature, validate=True)
    except (ValueError, TypeError, RecursionError) as error:
        raise DataUnreadableError(name=file.path + SIGNATURE_SUFFIX, detail=str(error)) from None
    return key_id, signature
