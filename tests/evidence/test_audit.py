"""The audit of an archive: what it finds, what other limits would say, and how it is stopped, resumed and bounded."""

import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

from lanectl.app.audit.archive import LISTED, audit, walk
from lanectl.app.audit.bundle import Finding, Reason, audit_bundle
from lanectl.app.audit.pool import Item, Pool, PoolError, Work
from lanectl.app.audit.state import State, StateError
from lanectl.app.evidence import take_out
from lanectl.cli import audit as command
from lanectl.cli.output import UsageError
from lanectl.ledger.bundle import bundle_bytes
from lanectl.ledger.canonical import canonical_bytes, parse_object
from lanectl.ledger.keys import Signer, TrustStore, new_key, write_public_key

QUESTION = {"archive": "a", "program": "p", "limits": "as recorded", "keys": "[]"}


@pytest.fixture
def archive(station: Any) -> Path:
    folder: Path = station.folder / "archive"
    (folder / "2026" / "03").mkdir(parents=True)
    return folder


@pytest.fixture
def put(station: Any, archive: Path) -> Callable[..., Path]:
    """Seal a test, change its record as somebody with the lane's key could, and lay the bundle into the archive."""

    def lay(test_id: str, samples: Any, until: int | None = None, method: str = "asm", **changes: Any) -> Path:
        station.seal(test_id, samples, until, method)
        members = take_out(station.ledger, test_id)
        if changes:
            record = canonical_bytes({**parse_object(members["record.json"]), **changes})
            signer = Signer.load(station.folder / "lane.key.pem")
            said = {**parse_object(members["signature.json"]), "signature": signer.sign(record)}
            members |= {"record.json": record, "signature.json": canonical_bytes(said)}
        path = archive / "2026" / "03" / f"{test_id}.lane"
        path.write_bytes(bundle_bytes(members))
        return path

    return lay


@pytest.fixture
def keys(station: Any) -> TrustStore:
    return TrustStore.files([station.public_key])


@pytest.fixture
def lanectl(station: Any) -> Callable[..., tuple[int, Any]]:
    app = typer.Typer()
    command.register(app)

    def run(*arguments: object) -> tuple[int, Any]:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(done.exception, UsageError):
            return 2, done.exception
        assert isinstance(done.exception, click.ClickException | SystemExit | None), done.exception
        return done.exit_code, json.loads(done.stdout) if "--json" in arguments else done.output

    return run


def codes(finding: Finding) -> list[str]:
    return [reason.code for reason in finding.reasons]


def test_a_pass_a_fail_and_a_stopped_test_are_the_same(
    station: Any, put: Callable[..., Path], keys: TrustStore
) -> None:
    for test_id, samples, until, outcome in (
        ("pass", station.beats(1000), None, "pass"),
        ("fail", station.beats(1000, co_pct=3.1), None, "fail"),
        ("stopped", station.beats(120), 100, "aborted"),
    ):
        found = audit_bundle(put(test_id, samples, until), keys)
        assert found == Finding("same", test_id, found.sequence, "asm", outcome, outcome)


def test_a_verdict_that_the_trace_does_not_give_is_different_whoever_signed_it(
    station: Any, put: Callable[..., Path], keys: TrustStore
) -> None:
    path = put("t1", station.beats(1000, co_pct=3.1), outcome="pass", reasons=[], judgements=[])
    found = audit_bundle(path, keys)
    assert (found.state, found.recorded, found.recomputed) == ("different", "pass", "fail")
    assert found.reasons == (Reason("differs", "outcome: recorded pass, recomputed fail"),)


def test_damage_is_named_by_what_is_damaged(station: Any, put: Callable[..., Path], keys: TrustStore) -> None:
    path = put("t1", station.beats(300))
    data = path.read_bytes()
    stranger = station.folder / "stranger.pem"
    write_public_key(stranger, new_key().public_key())
    assert codes(audit_bundle(path, TrustStore.files([stranger]))) == ["unknown_key"]
    assert codes(audit_bundle(path, TrustStore())) == ["unknown_key"]
    for junk in (b"", b"no zip", data[:-1], data + b"\0", data[:200] + bytes([data[200] ^ 1]) + data[201:]):
        path.write_bytes(junk)
        assert audit_bundle(path, keys).state == "damaged"
    path.unlink()
    assert codes(audit_bundle(path, keys)) == ["unreadable"]


def test_signed_evidence_that_cannot_be_judged_is_damaged(
    station: Any, put: Callable[..., Path], keys: TrustStore
) -> None:
    found = audit_bundle(put("t1", station.beats(60), method_reason=None, method="asm", start_phase="nowhere"), keys)
    assert (found.state, codes(found)) == ("damaged", ["not_judged"])


def test_what_if_says_which_outcomes_would_be_others(station: Any, put: Callable[..., Path], keys: TrustStore) -> None:
    path = put("smoky", station.puffs(35.0), method="free_acceleration")
    assert audit_bundle(path, keys, "a").state == "same"
    found = audit_bundle(path, keys, "b")
    assert (found.state, found.recorded, found.recomputed, codes(found)) == ("different", "pass", "fail", ["changes"])
    assert audit_bundle(put("clean", station.puffs(10.0), method="free_acceleration"), keys, "b").state == "same"
    stopped = audit_bundle(put("stopped", station.beats(120), 100), keys, "b")
    assert (stopped.state, stopped.recomputed) == ("same", "aborted")


def test_what_if_says_which_traces_are_too_short_to_say(
    station: Any, put: Callable[..., Path], keys: TrustStore
) -> None:
    quick = put("quick", station.beats(400, co_pct=0.2), 232)  # the lane stops where the quick check passes
    assert audit_bundle(quick, keys).recorded == "pass"
    found = audit_bundle(quick, keys, "b")
    assert (found.state, found.recomputed, codes(found)) == ("undecidable", None, ["trace_too_short"])


def test_what_if_cannot_ask_limits_that_the_record_does_not_hold(
    station: Any, put: Callable[..., Path], keys: TrustStore
) -> None:
    law = station.opening("t1")["limits"]
    without_b = {**law["data"], "sets": {"a": law["data"]["sets"]["a"]}}
    path = put("t1", station.beats(400), limits={**law, "data": without_b, "signed_by": None})
    assert audit_bundle(path, keys).state == "same"
    assert (audit_bundle(path, keys, "b").state, codes(audit_bundle(path, keys, "b"))) == (
        "undecidable",
        ["limits_lack_the_set"],
    )


def test_nothing_follows_from_a_record_that_does_not_replay(
    station: Any, put: Callable[..., Path], keys: TrustStore
) -> None:
    path = put("t1", station.puffs(45.0), method="free_acceleration", outcome="pass", reasons=[], judgements=[])
    found = audit_bundle(path, keys, "b")
    assert (found.state, codes(found)) == ("damaged", ["does_not_replay"])


def test_the_command_counts_lists_and_reports(
    station: Any, put: Callable[..., Path], archive: Path, lanectl: Any
) -> None:
    put("good", station.beats(400))
    put("lie", station.beats(400, co_pct=3.1), outcome="pass", reasons=[], judgements=[])
    (archive / "torn.lane").write_bytes(b"PK")
    (archive / "notes.txt").write_text("not a bundle")
    (archive / "folder.lane").mkdir()
    os.mkfifo(archive / "pipe.lane")
    (archive / "nowhere.lane").symlink_to("/none/at/all")
    (archive / "round").symlink_to(archive)
    before = sorted(archive.rglob("*"))
    report = station.folder / "report.jsonl"
    code, told = lanectl(archive, "--key", station.public_key, "--report", report, "--jobs", 1, "--json")
    counts = {"tests": 4, "same": 1, "different": 1, "damaged": 2, "undecidable": 0}
    assert (code, {name: told[name] for name in counts}) == (1, counts)
    assert told["tests_per_s"] > 0
    assert told["changes"] == [{"from": "pass", "to": "fail", "tests": 1}]
    assert [(found["path"], found["state"]) for found in told["listed"]] == [
        ("2026/03/lie.lane", "different"),
        ("nowhere.lane", "damaged"),
        ("torn.lane", "damaged"),
    ]
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert Counter(line["state"] for line in lines) == {"same": 1, "different": 1, "damaged": 2}
    assert {line["path"]: line["reasons"] for line in lines}["2026/03/good.lane"] == []
    assert sorted(archive.rglob("*")) == before
    text = lanectl(archive, "--key", station.public_key)[1]
    assert "不一致 different 1" in text
    assert "pass -> fail: 1" in text
    assert "lie.lane" in text


def test_what_if_exits_0_however_many_outcomes_would_change(
    station: Any, put: Callable[..., Path], archive: Path, lanectl: Any
) -> None:
    put("smoky", station.puffs(35.0), method="free_acceleration")
    code, told = lanectl(archive, "--key", station.public_key, "--limits", "b", "--json")
    assert (code, told["limits"], told["different"], told["undecidable"]) == (0, "b", 1, 0)
    assert told["changes"] == [{"from": "pass", "to": "fail", "tests": 1}]
    assert lanectl(archive, "--limits", "b", "--json")[0] == 1  # nobody is trusted: damaged


def test_what_cannot_be_asked_is_said_with_a_remedy(
    station: Any, put: Callable[..., Path], archive: Path, lanectl: Any
) -> None:
    key = ("--key", station.public_key)
    other = station.folder / "other.db"
    other.write_bytes(b"no database" * 100)
    for arguments, message in (
        ((archive, *key), "no *.lane file in"),
        ((archive / "none", *key), "no such folder"),
        ((station.public_key, *key), "not a folder"),
        ((archive, *key, "--limits", "c"), "no limit set 'c'"),
        ((archive, "--key", "/none.pem"), "/none.pem"),
        ((archive, *key, "--report", "/none/report"), "/none/report"),
        ((archive, *key, "--state", "/none/state"), "/none/state"),
        ((archive, *key, "--state", other), "no state of an audit"),
    ):
        code, error = lanectl(*arguments, "--json")
        assert (code, message in error.message, bool(error.remedy)) == (2, True, True), error.message


# -- many bundles ------------------------------------------------------------------------------------------------------


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
    item = Item("a/\udcff.lane", 10, 77)
    with State(tmp_path / "state", QUESTION) as state:
        state.keep(item, found)
    with State(tmp_path / "state", QUESTION) as state:
        assert state.find(item) == found
        assert state.find(Item(item.path, 11, 77)) is None
        assert state.find(Item(item.path, 10, 78)) is None
        with pytest.raises(StateError, match="locked"):
            State(tmp_path / "state", QUESTION)


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
