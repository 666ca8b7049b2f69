"""The audit of many bundles: stopped, gone on with, remembered, over processes that die; and what it never does."""

import json
import multiprocessing
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import tracemalloc
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lanectl.app.audit.archive import LISTED, audit, walk
from lanectl.app.audit.bundle import Finding, Reason
from lanectl.app.audit.pool import Item, Pool, PoolError, Work, _Worker
from lanectl.app.audit.state import State, StateError
from lanectl.ledger.keys import TrustStore

QUESTION = {"archive": "a", "program": "p", "limits": "as recorded", "keys": "[]"}


def codes(finding: Finding) -> list[str]:
    return [reason.code for reason in finding.reasons]


def many(archive: Path, bundle: Path, count: int) -> None:
    data = bundle.read_bytes()
    for number in range(count):
        (archive / f"copy-{number:04}.lane").write_bytes(data)


KILLED = """
import os, signal, sys
from pathlib import Path
from lanectl.app.audit import archive
from lanectl.app.audit.pool import Pool
from lanectl.app.audit.state import State
from lanectl.ledger.keys import TrustStore
folder, key, state, question = sys.argv[1:]
if __name__ == "__main__":
    archive.COMMIT_S = 0.0
    keys = TrustStore.files([Path(key)])
    with State(Path(state), dict(pair.split("=") for pair in question.split(";"))) as memory, \
            Pool(Path(folder), keys, None, 1) as pool:
        for tally in archive.audit(Path(folder), pool, memory):
            if tally.tests == 9:
                os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_audit_that_was_killed_goes_on_where_it_was(
    station: Any, put: Callable[..., Path], archive: Path, keys: TrustStore, tmp_path: Path
) -> None:
    many(archive, put("t1", station.beats(40)), 20)
    script, state = tmp_path / "killed.py", tmp_path / "state"
    script.write_text(KILLED)
    question = ";".join(f"{name}={answer}" for name, answer in QUESTION.items())
    done = subprocess.run([sys.executable, script, archive, station.public_key, state, question], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    reported: list[str] = []
    with State(state, QUESTION) as memory, Pool(archive, keys, None, 1) as pool:
        tallies = [
            (t.tests, t.judged) for t in audit(archive, pool, memory, lambda path, _finding: reported.append(path))
        ]
    assert tallies[-1][0] == len(set(reported)) == 21
    assert 21 - tallies[-1][1] in (8, 9)  # the last one may not have been committed yet


def test_a_bundle_that_was_changed_since_is_judged_again(tmp_path: Path) -> None:
    found = Finding("different", "t1", 4, "asm", "pass", "fail", (Reason("differs", "x"),))
    item = Item("a/\udcff.lane", "10 77")
    with State(tmp_path / "state", QUESTION) as state:
        state.keep(item, found)
    with State(tmp_path / "state", QUESTION) as state:
        assert state.find(item) == found
        assert state.find(Item(item.path, "10 78")) is None
        assert state.remembered == 1
        with pytest.raises(StateError, match="locked"):
            State(tmp_path / "state", QUESTION)


def test_a_bundle_that_was_changed_behind_its_date_is_judged_again(
    station: Any, put: Callable[..., Path], archive: Path, lanectl: Any
) -> None:
    path = put("t1", station.beats(40))
    put("t2", station.beats(40))
    ask = (archive, "--key", station.public_key, "--state", station.folder / "state")
    assert lanectl(*ask, "--json")[1]["remembered"] == 0
    code, told = lanectl(*ask, "--json")
    assert (code, told["tests"], told["same"], told["remembered"], told["tests_per_s"]) == (0, 2, 2, 2, 0.0)
    date, data = path.stat().st_mtime_ns, bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(date, date))
    code, told = lanectl(*ask, "--json")
    assert (code, told["same"], told["damaged"], told["remembered"]) == (1, 1, 1, 1)
    assert "其中 2 条沿用" in lanectl(*ask)[1]


def tear(state: Path, finding: str) -> None:
    with sqlite3.connect(state) as db:
        db.execute("update findings set finding = ?", (finding,))


SOUND = {"state": "same", "reasons": []}


@pytest.mark.parametrize(
    "finding",
    [
        "{",
        "[]",
        "7",
        "{}",
        json.dumps({**SOUND, "state": "fine"}),
        json.dumps({**SOUND, "more": 1}),
        json.dumps({**SOUND, "test_id": 7}),
        json.dumps({**SOUND, "reasons": [{"code": "no such code"}]}),
        json.dumps({**SOUND, "reasons": [7]}),
    ],
)
def test_a_state_with_a_torn_row_is_refused(tmp_path: Path, finding: str) -> None:
    item = Item("t.lane", "1")
    with State(tmp_path / "state", QUESTION) as state:
        state.keep(item, Finding("same"))
    tear(tmp_path / "state", finding)
    with State(tmp_path / "state", QUESTION) as state, pytest.raises(StateError, match="does not read") as refused:
        state.find(item)
    assert "--state" in refused.value.remedy


def test_a_torn_state_ends_the_command_with_a_remedy(
    station: Any, put: Callable[..., Path], archive: Path, lanectl: Any
) -> None:
    put("t1", station.beats(40))
    ask = (archive, "--key", station.public_key, "--state", station.folder / "state", "--json")
    assert lanectl(*ask)[0] == 0
    tear(station.folder / "state", "{")
    code, error = lanectl(*ask)
    assert (code, error.error_class, "--state" in error.remedy) == (2, "StateError", True)


def test_a_full_disk_ends_the_audit_with_a_remedy_wherever_it_is_met(tmp_path: Path) -> None:
    def fill() -> None:
        with State(tmp_path / "state", QUESTION) as state:
            state._db.execute("pragma max_page_count = 4")
            for number in range(1000):
                state.keep(Item(str(number)), Finding("same", "x" * 1000))

    with pytest.raises(StateError, match="full") as refused:
        fill()
    assert "room" in refused.value.remedy
    with pytest.raises(StateError, match="closed"), State(tmp_path / "other", QUESTION) as state:
        state._db.close()


def test_nothing_is_written_into_the_archive_nor_over_its_bundles(
    station: Any, put: Callable[..., Path], archive: Path, lanectl: Any
) -> None:
    bundle = put("t1", station.beats(40))
    outside = station.folder / "outside.lane"
    outside.write_bytes(bundle.read_bytes())
    (archive / "linked.lane").symlink_to(outside)
    second_name = station.folder / "second.name"
    second_name.hardlink_to(bundle)
    door = station.folder / "door"
    door.symlink_to(archive / "2026")
    before = {path: path.stat().st_mtime_ns for path in archive.rglob("*")}
    for option in ("--report", "--state"):
        for path in (bundle, archive / "new", archive / "2026" / ".." / "new", door / "new", outside, second_name):
            code, error = lanectl(archive, "--key", station.public_key, option, path)
            assert (code, "never written to" in error.message, bool(error.remedy)) == (2, True, True)
    both = station.folder / "both"
    code, error = lanectl(archive, "--key", station.public_key, "--report", both, "--state", both)
    assert (code, "are one file" in error.message, both.exists()) == (2, True, False)
    assert {path: path.stat().st_mtime_ns for path in archive.rglob("*")} == before


@pytest.mark.parametrize("name", list(QUESTION))
def test_a_state_of_another_question_is_refused(tmp_path: Path, name: str) -> None:
    with State(tmp_path / "state", QUESTION):
        pass
    with pytest.raises(StateError, match=f"other {name}") as refused:
        State(tmp_path / "state", {**QUESTION, name: "another"})
    assert "--state" in refused.value.remedy


def test_a_process_that_dies_is_reported_with_its_bundle_and_the_others_go_on(
    station: Any, put: Callable[..., Path], archive: Path, keys: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lanectl.app.audit.pool.BATCH", 150)
    many(archive, put("t1", station.beats(40)), 150)
    found: list[Finding] = []
    with Pool(archive, keys, None, 1) as pool:
        for _item, finding, _fresh in pool.run(walk(archive)):
            found.append(finding)
            if len(found) == 2:
                os.kill(pool._workers[0].process.pid or 0, signal.SIGKILL)
    assert Counter(finding.state for finding in found) == {"same": 150, "damaged": 1}
    [lost] = [finding for finding in found if finding.state == "damaged"]
    assert lost.reasons == (Reason("program_died", "signal 9"),)
    assert not lost.lasts


def test_a_process_that_dies_while_it_writes_is_reported_with_its_bundle(archive: Path, keys: TrustStore) -> None:
    mine, theirs = multiprocessing.Pipe()
    os.write(theirs.fileno(), struct.pack("!i", 100) + b"the first bytes of a finding")
    theirs.close()
    process: Any = SimpleNamespace(join=lambda seconds: None, exitcode=-9)
    worker = _Worker(process, mine, deque([Item("a.lane"), Item("b.lane")]), ready=True)
    pool = Pool(archive, keys, None, 1)
    pool._workers.append(worker)
    [(item, finding, fresh)] = pool._collect(worker)
    assert (item.path, finding.reasons, fresh) == ("a.lane", (Reason("program_died", "signal 9"),), True)
    assert (list(pool._again), pool._workers) == ([Item("b.lane")], [])


def test_processes_that_cannot_start_end_the_audit(
    archive: Path, keys: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive / "t.lane").write_bytes(b"")
    monkeypatch.setattr("lanectl.app.audit.pool._work", os._exit)  # a process that ends before it says anything
    with Pool(archive, keys, None, 1) as pool, pytest.raises(PoolError, match="did not start"):
        list(pool.run(walk(archive)))


class Untiring:
    """Stands for a pool of processes: finds every bundle damaged, at once."""

    def run(self, work: Work) -> Iterator[tuple[Item, Finding, bool]]:
        for item, _known in work:
            yield item, Finding("damaged", reasons=(Reason("bundle_damaged", item.path),)), True


def test_memory_does_not_grow_with_the_archive(archive: Path) -> None:
    peaks = []
    for more in (range(300), range(300, 6000)):
        for number in more:
            (archive / f"{number:06}.lane").touch()
        tracemalloc.start()
        [last] = deque(audit(archive, Untiring()), maxlen=1)  # type: ignore[arg-type]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert last.tests == 6000
    assert [path for path, _ in last.listed] == [f"{number:06}.lane" for number in range(LISTED)]
    assert peaks[1] < peaks[0] + 100_000


def test_a_folder_that_cannot_be_read_is_damage_and_not_silence(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def refusing(path: Path) -> Any:
        if path.name == "03":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    [(item, finding)] = walk(archive)
    assert finding is not None
    assert (item.path, codes(finding), finding.lasts) == ("2026/03", ["unreadable"], False)
