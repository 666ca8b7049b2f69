"""Software identity: which program judged. Goes into every record, so that a verdict names its judge.

Digest of core sources and limits, SHA-256 of every loaded binary of ours, digests of drivers, protocols, lane and
ledger.
"""

import hashlib
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from lanectl.model.record import RecordSoftware
from lanectl.version import VERSION

ROOMS = ("drivers", "protocols", "lanectl.lane", "lanectl.ledger", "lanectl.gate", "lanectl.procedures")
JUDGES = ("lanectl.core", "lanectl.model", "lanectl.ledger", "lanectl.app")


def _folder(package: str) -> Path:
    found = import_module(package).__file__
    assert found is not None
    return Path(found).parent


def _digest(files: Iterable[tuple[str, bytes]]) -> str:
    total = hashlib.sha256()
    for name, content in files:
        total.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _sources(folder: Path, endings: tuple[str, ...] = (".py", ".pxd")) -> list[tuple[str, bytes]]:
    files = sorted(path for path in folder.rglob("*") if path.suffix in endings)
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in files]


def core_digest(limits: bytes) -> str:
    """Return the digest of the core's sources and of the limits that it judges by."""
    return _digest([*_sources(_folder("lanectl.core")), ("limits", limits)])


def program_digest() -> str:
    """Return the digest of all that has a part in judging a bundle again: core, model, ledger and its callers."""
    return _digest((f"{room}/{name}", content) for room in JUDGES for name, content in _sources(_folder(room)))


def software_identity(limits: bytes) -> RecordSoftware:
    """Return the identity of the running program. ``limits`` are the exact bytes of the limits file."""
    binaries = {}
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and file.endswith(".so") and name.split(".")[0] in ("lanectl", "drivers", "protocols"):
            binaries[name] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return RecordSoftware(
        version=VERSION,
        core_digest=core_digest(limits),
        compiled=any(name.startswith("lanectl.core.") for name in binaries),
        binaries=binaries,
        digests={room: _digest(_sources(_folder(room))) for room in ROOMS},
    )
