"""The doctor: looks at everything that a lane needs, all at once, and says what to do about what is wrong.

Reads, and connects where connecting says nothing; never speaks to a device, a camera or the bureau. Changes nothing.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from lanectl.app.doctor.devices import check_grades
from lanectl.app.doctor.files import check_files, read_lane_file
from lanectl.app.doctor.finding import Finding, found
from lanectl.app.doctor.line import check_line
from lanectl.app.doctor.machine import check_clock, check_service
from lanectl.app.doctor.person import holders_of, who_runs
from lanectl.app.doctor.ports import check_camera, check_page, check_port
from lanectl.app.doctor.program import check_program
from lanectl.settings.lane_file import INSTALLED, LaneFile

Check = Callable[[], Iterable[Finding]]


def diagnose(path: Path | None) -> list[Finding]:
    """Look at this machine, and at the lane of this file or of the installed one. OSError: the file cannot be read."""
    checks: list[Check] = [check_program, _one(check_clock), _one(check_service)]
    file = path or INSTALLED
    try:
        lane_file, read = read_lane_file(file)
    except FileNotFoundError:
        if path is not None:
            raise
        lane_file, read = None, [found("lane_file", "lane_file_missing", file=file)]
    if lane_file is not None:
        checks += _of_lane(file, lane_file)
    return [*read, *_all(checks)]


def _of_lane(path: Path, lane_file: LaneFile) -> list[Check]:
    person, ours = who_runs(path), _ours(lane_file)
    ports = {name: table["port"] for name, table in lane_file.devices.items() if isinstance(table.get("port"), str)}
    return [
        partial(check_files, lane_file, person),
        *(partial(check_port, name, port, person, ours) for name, port in ports.items()),
        partial(check_grades, {name: str(table.get("driver")) for name, table in lane_file.devices.items()}),
        *(partial(check_camera, camera) for camera in lane_file.cameras),
        partial(check_line, lane_file.uplink),
        _one(partial(check_page, lane_file, ours)),
    ]


def _one(check: Callable[[], Finding]) -> Check:
    return lambda: [check()]


def _ours(lane_file: LaneFile) -> frozenset[int]:
    """Return the process that runs this lane, as the lock beside its ledger says."""
    file = lane_file.ledger.file
    return frozenset(holders_of(file.with_name(file.name + ".lock")))


def _all(checks: list[Check]) -> list[Finding]:
    """Make every check, those that wait for the network beside each other; in the order of the list."""
    with ThreadPoolExecutor(max_workers=8) as several:
        made = [several.submit(_whole, check) for check in checks]
        return [finding for one in made for finding in one.result()]


def _whole(check: Check) -> list[Finding]:
    return list(check())
