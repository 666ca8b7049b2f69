from dataclasses import replace
from typing import Any

import pytest

from lanectl.app.evidence import take_out
from lanectl.app.replay import Replay, ReplayDamageError, replay
from lanectl.core.obd_check import decide_obd
from lanectl.ledger.canonical import canonical_bytes, parse_object, sha256_hex
from lanectl.ledger.gz import gunzip_bytes, gzip_bytes


def judged(station: Any, test_id: str) -> Replay:
    return replay(take_out(station.ledger, test_id))


def forged(members: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    """Change the record as somebody with the lane's key could, and its members' digests with it."""
    record = parse_object(members["record.json"])
    digests = {name: sha256_hex(data) for name, data in members.items() if name in record["members"]}  # type: ignore[operator]
    return {**members, "record.json": canonical_bytes({**record, **changes, "members": digests})}


def test_a_pass_comes_out_the_same_to_the_last_bit(station: Any) -> None:
    sealed = station.seal("t1", station.beats(1000))
    assert sealed.body["outcome"] == "pass"
    result = judged(station, "t1")
    assert result.same, result.differences
    assert result.recomputed["values"] == sealed.body["values"]
    assert any(value is not None for value in result.recomputed["values"].values())  # type: ignore[attr-defined]


def test_a_fail_comes_out_the_same_to_the_last_bit(station: Any) -> None:
    sealed = station.seal("t1", station.beats(1600, co_pct=3.1))
    assert sealed.body["outcome"] == "fail"
    assert judged(station, "t1").same


@pytest.mark.parametrize(("peak_n", "outcome"), [(35.0, "pass"), (45.0, "fail")])
def test_peaks_come_out_the_same_from_the_kept_samples(station: Any, peak_n: float, outcome: str) -> None:
    sealed = station.seal("t1", station.puffs(peak_n), method="free_acceleration")
    assert sealed.body["outcome"] == outcome
    result = judged(station, "t1")
    assert result.same, result.differences
    assert result.recomputed["values"] == sealed.body["values"]


def test_a_test_that_was_stopped_before_a_decision_is_the_same(station: Any) -> None:
    station.seal("t1", station.beats(120), 100)
    result = judged(station, "t1")
    assert result.same
    assert (result.recorded["outcome"], result.recomputed["outcome"]) == ("aborted", None)


def test_a_fail_that_was_called_an_abort_is_found(station: Any) -> None:
    told = {"outcome": "aborted", "cause": "operator", "reasons": ["operator"], "values": {}, "judgements": []}
    station.seal("t1", station.beats(1600, co_pct=3.1), **told)
    assert judged(station, "t1").differences == ("outcome: recorded aborted, recomputed fail",)


def test_a_pass_that_no_trace_supports_is_found(station: Any) -> None:
    station.seal("t1", station.beats(120), outcome="pass", cause=None, reasons=[])
    assert not judged(station, "t1").same


def test_one_changed_digit_of_a_judged_value_is_found(station: Any) -> None:
    station.seal("t1", station.beats(1000))
    members = take_out(station.ledger, "t1")
    values = dict(parse_object(members["record.json"])["values"])  # type: ignore[call-overload]
    name = next(name for name, value in values.items() if name.endswith("_raw") and value)
    values[name] *= 1 + 2**-52
    assert replay(forged(members, values=values)).differences == ("values: recorded and recomputed differ",)


def test_seconds_that_the_samples_do_not_give_are_found(station: Any) -> None:
    station.seal("t1", station.beats(1000))
    members = take_out(station.ledger, "t1")
    lines = gunzip_bytes(members["trace.csv.gz"]).decode().splitlines()
    cells = lines[20].split(",")
    column = lines[0].split(",").index("hc_ppm")
    lines[20] = ",".join([*cells[:column], repr(float(cells[column]) + 1e-6), *cells[column + 1 :]])
    changed = {**members, "trace.csv.gz": gzip_bytes(("\n".join(lines) + "\n").encode())}
    assert "trace: second 19 is not what its samples give" in replay(forged(changed)).differences
    row = f"500{',' * (lines[0].count(',') - 1)}0,\n"
    for extra, found in (
        (1, "second 500 is not what its samples give"),
        (2, "98 seconds are kept, the samples give 97"),
    ):
        longer = gunzip_bytes(members["trace.csv.gz"]) + (row * extra).encode()
        result = replay(forged({**members, "trace.csv.gz": gzip_bytes(longer)}))
        assert result.differences[0] == f"trace: {found}"


def test_an_obd_answer_that_was_turned_round_is_found(station: Any) -> None:
    station.seal("t1", station.beats(1000))
    members = take_out(station.ledger, "t1")
    obd = dict(parse_object(members["record.json"])["obd"])  # type: ignore[call-overload]
    obd["facts"] = {**obd["facts"], "mil_on": True}
    assert "obd: recorded and recomputed differ" in replay(forged(members, obd=obd)).differences


def test_a_pass_over_a_failed_obd_check_is_found(station: Any) -> None:
    station.seal("t1", station.beats(1000))
    members = take_out(station.ledger, "t1")
    obd = dict(parse_object(members["record.json"])["obd"])  # type: ignore[call-overload]
    facts = {**obd["facts"], "mil_on": True}
    verdict = decide_obd(facts, obd["answers"], True, obd["rules"], {"fuel": "petrol"})
    obd |= {"facts": facts, "verdict": verdict.as_json()}
    assert replay(forged(members, obd=obd)).differences == ("outcome: recorded pass, the OBD check fails",)


def test_a_pass_over_an_obd_check_that_is_not_whole_is_found(station: Any) -> None:
    station.seal("t1", station.beats(1000))
    members = take_out(station.ledger, "t1")
    record = parse_object(members["record.json"])
    obd: dict[str, Any] = dict(record["obd"])  # type: ignore[call-overload]
    facts = {**obd["facts"], "mil_on": None}
    verdict = decide_obd(facts, obd["answers"], True, obd["rules"], {"fuel": "petrol"}).as_json()
    assert verdict["outcome"] == "invalid"
    changed = replay(forged(members, obd={**obd, "facts": facts, "verdict": verdict}))
    assert changed.differences == ("outcome: recorded pass, the OBD check is not whole",)


def test_a_record_from_before_a_vehicles_monitors_were_listed_is_judged_as_it_was(station: Any) -> None:
    station.seal("t1", station.beats(1000))
    members = take_out(station.ledger, "t1")
    obd: dict[str, Any] = dict(parse_object(members["record.json"])["obd"])  # type: ignore[call-overload]
    named = {"enforced_from", "readiness_monitors"}
    rules = {"rules": {name: rule for name, rule in obd["rules"]["rules"].items() if name not in named}}
    verdict = decide_obd(obd["facts"], obd["answers"], True, rules).as_json()
    assert replay(forged(members, obd={**obd, "rules": rules, "verdict": verdict})).same
    assert set(verdict["values"]) == {"communication", "mil_on", "stored_codes", "pending_codes", "open_monitors"}  # type: ignore[call-overload]


def test_a_binding_obd_check_that_was_called_not_binding_is_found(station: Any) -> None:
    station.seal("t1", station.beats(1000))
    members = take_out(station.ledger, "t1")
    obd = dict(parse_object(members["record.json"])["obd"])  # type: ignore[call-overload]
    verdict = decide_obd(obd["facts"], obd["answers"], False, obd["rules"], {"fuel": "petrol"}).as_json()
    changed = replay(forged(members, obd={**obd, "binding": False, "verdict": verdict}))
    assert changed.differences == ("obd: whether the check binds is not what the vehicle's dates say",)


def test_samples_that_lie_in_time_are_damage(station: Any) -> None:
    beats = station.beats(200)
    station.seal("t1", [*beats, replace(beats[50], seq=999)], 100)
    with pytest.raises(ReplayDamageError, match="time goes back"):
        judged(station, "t1")


def test_what_is_damaged_is_not_judged(station: Any) -> None:
    station.seal("t1", station.beats(100))
    members = take_out(station.ledger, "t1")
    with pytest.raises(ReplayDamageError, match=r"samples\.csv\.gz is missing or was changed"):
        replay({**members, "samples.csv.gz": b"x"})
    with pytest.raises(ReplayDamageError, match="does not read as a record"):
        replay({**members, "record.json": b"{}"})
    with pytest.raises(ReplayDamageError, match="cannot be opened"):
        replay(forged(members, method="unknown"))
