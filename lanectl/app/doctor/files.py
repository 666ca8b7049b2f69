"""Is what the lane reads and keeps in order: lane file, signed data, keys, disk, ledger.

Reads only. Knows the same questions that a start asks, asked one by one, so that all answers are seen at once.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from lanectl.app.compose import NotAllowedError, check_devices, may_run, read_papers
from lanectl.app.config_check import check_whole
from lanectl.app.doctor.finding import Finding, found
from lanectl.app.doctor.person import READ, WRITE, Person
from lanectl.ledger import outbox, records
from lanectl.ledger.database import open_for_reading
from lanectl.ledger.errors import LedgerDamagedError, LedgerError
from lanectl.ledger.keys import KeyFileError, Signer, TrustStore
from lanectl.settings.data_files import DataError
from lanectl.settings.lane_file import CheckedLaneFile, LaneFile
from lanectl.settings.problems import FaultyFileError

MOST_PROBLEMS = 5
LOW_GB, FULL_GB = 2.0, 0.2
LOOK_S = 2.0
"""A ledger that takes longer to check whole is left to ``lanectl verify``."""
IDENTITY = ("region", "station", "lane", "mode")


def read_lane_file(path: Path) -> tuple[LaneFile | None, list[Finding]]:
    """Read the lane file; None where nothing more can be asked about this lane. Raises OSError."""
    checked = check_whole(path)
    if checked.problems or checked.lane_file is None:
        return None, list(_problems(checked))
    lane = checked.lane_file.lane
    name = f"{lane.region}/{lane.station}/{lane.lane}"
    return checked.lane_file, [found("lane_file", "lane_file", file=path, lane=name, mode=lane.mode)]


def _problems(checked: CheckedLaneFile) -> Iterator[Finding]:
    for problem in checked.problems[:MOST_PROBLEMS]:
        place = f"{problem.file}:{problem.line}:{problem.column}"
        yield found("lane_file", "lane_file_wrong", place=place, message=problem.message, hint=problem.hint)


def check_files(lane_file: LaneFile, person: Person) -> Iterator[Finding]:
    """Look at everything that a start would read, and at what the lane keeps."""
    yield _devices(lane_file)
    yield from _law(lane_file, person)
    folder = lane_file.ledger.file.parent
    yield _disk(folder)
    yield check_ledger(lane_file, person)


def _devices(lane_file: LaneFile) -> Finding:
    try:
        check_devices(lane_file)
    except NotAllowedError as error:
        return found("devices", "devices_lacking", detail="; ".join(error.reasons))
    return found("devices", "devices", count=len(lane_file.devices), names=", ".join(lane_file.devices))


def _law(lane_file: LaneFile, person: Person) -> Iterator[Finding]:
    """Look at keys, then at the data that they must have signed, then at whether the mode allows it all."""
    signing, folder = lane_file.keys.signing, lane_file.keys.trust
    try:
        trust, signer = TrustStore.folder(folder), Signer.load(signing)
    except KeyFileError as error:
        yield found("keys", "key_refused", detail=error)
        return
    if not person.may(signing, READ):
        yield found("keys", "key_not_readable", user=person.name, file=signing)
    elif trust.find("lane", signer.key_id) is None:
        yield found("keys", "key_not_trusted", key_id=signer.key_id, trust=folder)
    else:
        yield found("keys", "keys", key_id=signer.key_id)
    mode = lane_file.lane.mode
    try:
        papers = read_papers(lane_file, trust)
    except (DataError, FaultyFileError, NotAllowedError) as error:
        detail = error.text if isinstance(error, DataError) else str(error)
        yield found("signed_data", "data_refused", detail=detail, folder=lane_file.data.folder or folder.parent)
        return
    yield found("signed_data", "signed_data", names=", ".join(sorted(papers.signers())))
    try:
        may_run(lane_file, papers, trust, signer)
    except NotAllowedError as error:
        yield found("mode", "mode_refused", mode=mode, detail="; ".join(error.reasons))
    except DataError as error:
        yield found("mode", "mode_refused", mode=mode, detail=error.text)
    else:
        yield found("mode", "mode", mode=mode)


def _disk(folder: Path) -> Finding:
    here = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free_gb = shutil.disk_usage(here).free / 1e9
    code = "disk_full" if free_gb < FULL_GB else "disk_low" if free_gb < LOW_GB else "disk"
    return found("disk", code, folder=here, free=f"{free_gb:.1f} GB")


def check_ledger(lane_file: LaneFile, person: Person) -> Finding:
    """Read the ledger, which the daemon may be writing, for as long as a look may take."""
    file = lane_file.ledger.file
    if not (file.parent.is_dir() and person.may(file.parent, READ | WRITE)):
        return found("ledger", "ledger_folder", user=person.name, folder=file.parent)
    if not file.exists():
        return found("ledger", "ledger_none", folder=file.parent)
    if not person.may(file, READ | WRITE):
        return found("ledger", "ledger_folder", user=person.name, folder=file)
    try:
        with open_for_reading(file) as db:
            return _read_ledger(db, lane_file)
    except LedgerDamagedError as error:
        return found("ledger", "ledger_damaged", detail=error)
    except LedgerError as error:
        return found("ledger", "ledger_not_readable", detail=error, user=person.name)


def _read_ledger(db: sqlite3.Connection, lane_file: LaneFile) -> Finding:
    lane, known = lane_file.lane, dict(db.execute("select key, value from meta").fetchall())
    owner = "/".join(str(known.get(name)) for name in IDENTITY)
    if owner != "/".join((lane.region, lane.station, lane.lane, lane.mode)):
        return found("ledger", "ledger_other", file=lane_file.ledger.file, owner=owner)
    kept, waiting = records.last_sequence(db), outbox.state(db).waiting
    if (missing := records.highest_known(db)) > kept:
        detail = f"records {kept + 1} to {missing} are missing"
        return found("ledger", "ledger_damaged", detail=detail)
    damage = _damage(db)
    if damage:
        return found("ledger", "ledger_damaged", detail=damage)
    return found("ledger", "ledger_partly" if damage is None else "ledger", records=kept, waiting=waiting)


def _damage(db: sqlite3.Connection) -> str | None:
    """Return what SQLite finds wrong, empty for nothing; None when the time for looking was over first."""
    ends_s = time.monotonic() + LOOK_S
    db.set_progress_handler(lambda: time.monotonic() > ends_s, 10_000)
    try:
        lines = [str(line) for (line,) in db.execute("pragma integrity_check(3)")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    finally:
        db.set_progress_handler(None, 0)
    return "" if lines == ["ok"] else "; ".join(lines)
