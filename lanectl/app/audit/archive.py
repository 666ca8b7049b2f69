"""The audit of a whole archive: found, judged, counted.

Memory does not grow with the archive: the walk is a stream, findings are counted, and of the bad ones a bounded list is
kept. Knows no process and no command line.
"""

import bisect
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lanectl.app.audit.bundle import DIFFERENT, SAME, STATES, Finding, damaged
from lanectl.app.audit.pool import Item, Pool, Work
from lanectl.app.audit.state import State
from lanectl.ledger.bundle import SUFFIX

LISTED = 100
COMMIT_S = 1.0
OPEN = "undecided"
"""What stands for the outcome of a trace that ends before a decision."""


@dataclass(slots=True)
class Tally:
    """What was found so far: counts, which outcomes changed into which, and the first bad ones by path."""

    counts: Counter[str] = field(default_factory=Counter)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    listed: list[tuple[str, Finding]] = field(default_factory=list)
    judged: int = 0
    """How many were judged in this run."""
    remembered: int = 0
    """How many were not judged in this run, since the state said what was found of them."""
    limits_unknown: int = 0
    """How many were judged by limits that this program does not have."""
    elapsed_s: float = 0.0

    @property
    def tests(self) -> int:
        """How many bundles there were."""
        return self.counts.total()

    @property
    def tests_per_s(self) -> float:
        """How many bundles this run judged in a second."""
        return self.judged / self.elapsed_s if self.elapsed_s else 0.0

    def add(self, path: str, finding: Finding) -> None:
        """Count a finding, and list it unless it is one of the good."""
        self.counts[finding.state] += 1
        self.limits_unknown += finding.limits_known is False
        if finding.state == DIFFERENT and finding.compared_with != finding.recomputed:
            self.changes[finding.compared_with or OPEN, finding.recomputed or OPEN] += 1
        if finding.state == SAME or (len(self.listed) == LISTED and path > self.listed[-1][0]):
            return
        bisect.insort(self.listed, (path, finding), key=lambda entry: entry[0])
        del self.listed[LISTED:]

    def as_json(self) -> dict[str, object]:
        """Return the keys of the contract, and with them what changed and what is not the same."""
        return {
            "tests": self.tests,
            **{state: self.counts[state] for state in STATES},
            "remembered": self.remembered,
            "limits_unknown": self.limits_unknown,
            "tests_per_s": round(self.tests_per_s, 1),
            "changes": [{"from": was, "to": now, "tests": n} for (was, now), n in sorted(self.changes.items())],
            "listed": [finding.as_json(path) for path, finding in self.listed],
        }


def audit(
    archive: Path, pool: Pool, state: State | None = None, report: Callable[[str, Finding], None] | None = None
) -> Iterator[Tally]:
    """Audit every bundle below a folder. Yields the tally after each, for whoever shows it; the last one is whole."""
    tally, begin = Tally(), time.monotonic()
    committed = begin
    for item, finding, fresh in pool.run(_work(archive, state)):
        now = time.monotonic()
        tally.add(item.path, finding)
        tally.judged += fresh
        tally.remembered = state.remembered if state else 0
        tally.elapsed_s = now - begin
        if report:
            report(item.path, finding)
        if state and fresh:
            if finding.lasts:
                state.keep(item, finding)
            if now - committed > COMMIT_S:
                state.commit()
                committed = now
        yield tally


def walk(archive: Path) -> Work:
    """Yield every bundle below a folder, as the file system lists it.

    Nothing that could be a bundle, or hold some, is passed over in silence: a folder that cannot be read, a link to a
    folder (not followed: it may lead round in a circle, or out of the archive), a link to nothing, a bundle's name on
    something that is no file are all damage.
    """
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(archive / folder) as entries:
                for entry in entries:
                    path = os.path.join(folder, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif entry.name.endswith(SUFFIX) or entry.is_symlink():
                        yield from _bundle(entry, path)
        except OSError as error:
            yield Item(folder or "."), damaged("unreadable", error.strerror or str(error))


def _bundle(entry: "os.DirEntry[str]", path: str) -> Work:
    try:
        told = entry.stat()
    except OSError as error:
        yield Item(path), damaged("unreadable", error.strerror or str(error))
        return
    if stat.S_ISDIR(told.st_mode):
        yield Item(path), damaged("not_followed", os.readlink(entry.path))
    elif entry.name.endswith(SUFFIX):
        if stat.S_ISREG(told.st_mode):
            yield Item(path, mark_of(told)), None
        else:
            yield Item(path), damaged("no_file", stat.filemode(told.st_mode))


def mark_of(told: os.stat_result) -> str:
    """Return what any change of a file changes: a date can be set back, the time of the inode's change cannot.

    The device is left out: its number may be another after the machine was started again.
    """
    return f"{told.st_size} {told.st_mtime_ns} {told.st_ctime_ns} {told.st_ino}"


def _work(archive: Path, state: State | None) -> Work:
    for item, finding in walk(archive):
        yield item, finding or (state.find(item) if state else None)
