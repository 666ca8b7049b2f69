"""The audit of an archive: what it finds, what other limits would say, and how it is stopped, resumed and bounded."""

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lanectl.app.audit.bundle import Finding, Reason, audit_bundle
from lanectl.app.evidence import take_out
from lanectl.ledger.canonical import parse_object
from lanectl.ledger.keys import TrustStore, new_key, write_public_key
from lanectl.settings.data_files import load_signed


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
        known = ((), outcome, False)  # these records name a limits file that there is not
        assert found == Finding("same", test_id, found.sequence, "asm", outcome, outcome, *known)


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


def test_what_if_does_not_decide_a_test_that_was_stopped(
    station: Any, put: Callable[..., Path], keys: TrustStore
) -> None:
    clean = station.beats(400, co_pct=0.2)  # passes the quick check of a within these 30 s, and not that of b
    assert audit_bundle(put("under-a", clean, 330), keys).recorded == "pass"
    path = put("under-b", clean, 330, under="b")
    for limit_set in ("a", "b", None):
        found = audit_bundle(path, keys, limit_set)
        assert (found.state, found.recorded, found.recomputed) == ("same", "aborted", "aborted")


def test_a_test_that_was_cut_off_after_the_decision_is_compared_and_counted_by_that_decision(
    station: Any, put: Callable[..., Path], archive: Path, keys: TrustStore, lanectl: Any
) -> None:
    cut = {"outcome": "aborted", "cause": "crash", "reasons": ["decided_before:pass"]}
    path = put("cut", station.puffs(35.0), method="free_acceleration", **cut)
    assert audit_bundle(path, keys).state == "same"
    found = audit_bundle(path, keys, "b")
    outcomes = (found.recorded, found.compared_with, found.recomputed)
    assert (found.state, *outcomes) == ("different", "aborted", "pass", "fail")
    told = lanectl(archive, "--key", station.public_key, "--limits", "b", "--json")[1]
    assert told["changes"] == [{"from": "pass", "to": "fail", "tests": 1}]


def test_limits_that_this_program_does_not_have_are_told_and_are_no_difference(
    station: Any, put: Callable[..., Path], archive: Path, keys: TrustStore, lanectl: Any
) -> None:
    file = load_signed("gb18285-2018", "limits")
    said = {**station.opening("t1")["limits"], "sha256": file.sha256, "signed_by": None}
    put("t0", station.beats(400), limits=said)
    milder = {**said, "data": {**said["data"], "remark": "of the lane's own making"}}
    obd: Any = parse_object(take_out(station.ledger, "t0")["record.json"])["obd"]
    lenient = {**obd, "rules": {**obd["rules"], "remark": "of the lane's own making"}}
    path = put("lenient-obd", station.beats(400), limits=said, obd=lenient)
    assert (audit_bundle(path, keys).state, audit_bundle(path, keys).limits_known) == ("same", False)
    for test_id, limits, known in (
        ("ours", said, True),
        ("strange", {**said, "sha256": "0" * 64}, False),
        ("named-as-ours", milder, False),
    ):
        found = audit_bundle(put(test_id, station.beats(400), limits=limits), keys)
        assert (found.state, found.limits_known) == ("same", known)
    code, told = lanectl(archive, "--key", station.public_key, "--json")
    assert (code, told["same"], told["limits_unknown"]) == (0, 5, 3)
    assert "  3 条所用限值" in lanectl(archive, "--key", station.public_key)[1]


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
    (archive / "gone").symlink_to("/none/folder")
    (archive / "text").symlink_to(archive / "notes.txt")
    before = sorted(archive.rglob("*"))
    report = station.folder / "report.jsonl"
    code, told = lanectl(archive, "--key", station.public_key, "--report", report, "--jobs", 1, "--json")
    counts = {"tests": 7, "same": 1, "different": 1, "damaged": 5, "undecidable": 0}
    assert (code, {name: told[name] for name in counts}) == (1, counts)
    assert told["tests_per_s"] > 0
    assert told["changes"] == [{"from": "pass", "to": "fail", "tests": 1}]
    assert [(found["path"], found["state"]) for found in told["listed"]] == [
        ("2026/03/lie.lane", "different"),
        ("gone", "damaged"),
        ("nowhere.lane", "damaged"),
        ("pipe.lane", "damaged"),
        ("round", "damaged"),
        ("torn.lane", "damaged"),
    ]
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert Counter(line["state"] for line in lines) == {"same": 1, "different": 1, "damaged": 5}
    reasons = {line["path"]: [reason["code"] for reason in line["reasons"]] for line in lines}
    assert reasons["2026/03/good.lane"] == []
    assert (reasons["gone"], reasons["pipe.lane"], reasons["round"]) == (["unreadable"], ["no_file"], ["not_followed"])
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
