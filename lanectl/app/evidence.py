"""Glue between the ledger and whoever asks for evidence: find a lane's ledger and trust, take a record out, check many.

Opens ledgers for reading only. Knows no command line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lanectl.ledger.bundle import SUFFIX, write_bundle
from lanectl.ledger.checks import Problem
from lanectl.ledger.database import open_for_reading
from lanectl.ledger.errors import UnknownTestError
from lanectl.ledger.keys import TrustStore
from lanectl.ledger.members import CHECKPOINT, RECORD, SIGNATURE
from lanectl.ledger.records import members_of, of_test
from lanectl.ledger.verify import Verified, verify_bundle
from lanectl.settings.lane_file import load_lane_file

DEFAULT_LANE_FILE = Path("/etc/lanectl/lane.toml")


@dataclass(frozen=True, slots=True)
class Installed:
    """Where a lane keeps its ledger and the keys that it trusts."""

    ledger: Path
    trust: Path


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, and the file it was found in."""

    file: Path
    problem: Problem


def installed(lane_file: Path) -> Installed:
    """Read from a lane file where ledger and trust store are."""
    settings = load_lane_file(lane_file)
    return Installed(settings.ledger.file, settings.keys.trust)


def take_out(ledger: Path, test_id: str) -> dict[str, bytes]:
    """Return every member of the bundle of one test, with the checkpoint that covers it where there is one."""
    with open_for_reading(ledger) as db:
        sealed = of_test(db, test_id)
        if sealed is None:
            raise UnknownTestError(f"{ledger} holds no record of test {test_id}")
        members = {RECORD: sealed.record, SIGNATURE: sealed.signature, **members_of(db, sealed.sequence)}
        head = "select body from checkpoints where sequence >= ? order by sequence limit 1"
        row = db.execute(head, (sealed.sequence,)).fetchone()
    return {**members, CHECKPOINT: row[0]} if row else members


def export(ledger: Path, test_ids: Sequence[str], folder: Path) -> list[Path]:
    """Write one bundle for each test; nothing is written unless every test is there."""
    bundles = {folder / f"{test_id}{SUFFIX}": take_out(ledger, test_id) for test_id in test_ids}
    folder.mkdir(parents=True, exist_ok=True)
    for path, members in bundles.items():
        write_bundle(path, members)
    return list(bundles)


def bundles_in(paths: Sequence[Path]) -> list[Path]:
    """Return the bundle files that are meant: a file stands for itself, a folder for every bundle in it."""
    return [found for path in paths for found in (sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path])]


def verify_bundles(paths: Sequence[Path], keys: TrustStore) -> tuple[int, list[Found]]:
    """Check bundle files; returns how many records could be read, and every problem with its file."""
    records, found = 0, []
    for path in paths:
        result: Verified = verify_bundle(path, keys)
        records += result.records
        found += [Found(path, problem) for problem in result.problems]
    return records, found
