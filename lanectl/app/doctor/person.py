"""As whom the lane runs, what that user may do with a file, and which programs hold one.

Knows classic permissions and /proc. Opens nothing: a port that is opened may reset its device.
"""

import contextlib
import grp
import os
import pwd
import re
from dataclasses import dataclass
from pathlib import Path

SERVICE_USER = "lanectl"
SERVICE_HOME = Path("/etc/lanectl")
READ, WRITE, SEARCH = 4, 2, 1
_LOCK = re.compile(r"^\d+: FLOCK +\S+ +\S+ +(\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) ")


@dataclass(frozen=True, slots=True)
class Person:
    """A user of this machine."""

    name: str
    uid: int
    groups: frozenset[int]

    def may(self, path: Path, want: int) -> bool:
        """Say whether this user may do what is wanted with a path that exists, by the permissions of it and its way."""
        real = Path(os.path.realpath(path))
        return self._allowed(real, want) and all(self._allowed(folder, SEARCH) for folder in real.parents)

    def _allowed(self, path: Path, want: int) -> bool:
        if self.uid == 0:
            return True
        try:
            found = path.stat()
        except OSError:
            return False
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid in self.groups else 0
        return (found.st_mode >> shift) & want == want


def who_runs(lane_file: Path) -> Person:
    """Return the service's own user for an installed lane file, else whoever asks."""
    if SERVICE_HOME in lane_file.absolute().parents:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(SERVICE_USER)
            groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
            return Person(entry.pw_name, entry.pw_uid, frozenset(groups))
    uid = os.geteuid()
    return Person(_user_name(uid), uid, frozenset((os.getegid(), *os.getgroups())))


def group_name(gid: int) -> str:
    """Return the name of a group, or its number."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def holders_of(path: Path) -> dict[int, str]:
    """Return the other processes that lock or hold this file, as far as this user may see; id to name."""
    try:
        found = path.stat()
    except OSError:
        return {}
    pids = {*_lockers(found), *_openers(os.path.realpath(path))} - {os.getpid()}
    return {pid: _process_name(pid) for pid in sorted(pids)}


def _lockers(found: os.stat_result) -> list[int]:
    try:
        lines = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:  # ProcSubset=pid
        return []
    held = []
    for line in lines:
        match = _LOCK.match(line)
        if match and int(match[4]) == found.st_ino:
            device = os.makedev(int(match[2], 16), int(match[3], 16))
            if device == found.st_dev and int(match[1]) > 0:
                held.append(int(match[1]))
    return held


def _openers(real: str) -> list[int]:
    return [pid for pid in _processes() if any(link == real for link in _open_files(pid))]


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _open_files(pid: int) -> list[str]:
    links: list[str] = []
    with contextlib.suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                links.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return links


def _process_name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text("utf-8").strip()
    except OSError:
        return "?"


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
