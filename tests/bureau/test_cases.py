"""Repair cases: opened by a fail anywhere, answered to everybody, closed by a pass at home, each repair used once."""

import json
from typing import Any

import pytest


def _gate(repair: str | None, code: str = "SYSTEM_RECORD") -> dict[str, Any]:
    return {"decision": "allow", "code": code, "failure": None, "repair": repair, "bureau": "reachable"}


def _query(world: Any, **changes: Any) -> dict[str, Any]:
    body = {"id": "q1", "question": "vehicle_history", "plate": world.plate, "vin": world.vin, "nonce": "n"}
    return {"schema": "lanectl/query/1", "seq": 1, **body, **changes}


def _answer(world: Any, bureau: Any, lane: str) -> dict[str, Any]:
    [answer] = world.tell(bureau, f"lanectl/v1/{lane}/query", json.dumps(_query(world)).encode())
    return dict(answer)


def test_a_lane_at_another_station_hears_of_the_failure(world: Any) -> None:
    bureau, hand = world.bureau(), world.hand()
    hand.seal("fail")
    world.tell_all(bureau, hand.messages)
    answer = _answer(world, bureau, world.other)
    assert answer["nonce"] == "n"
    [failure] = answer["failures"]
    assert (failure["station"], failure["cycle"], failure["closed_by"]) == ("44010625", "2026", None)
    assert answer["m_stations"] == [{"code": "M0001", "valid_from": "2026-01-01", "valid_to": None}]


@pytest.mark.parametrize(("plate", "vin"), [("粤A12345", "OTHER"), ("other", "LSVAA4182E2123456")])
def test_plate_or_vin_alone_finds_the_history(world: Any, plate: str, vin: str) -> None:
    bureau, hand = world.bureau(), world.hand()
    hand.seal("fail")
    world.tell_all(bureau, hand.messages)
    assert len(bureau.history(plate, vin)["failures"]) == 1
    assert bureau.history("nobody", "nothing")["failures"] == []


def test_a_pass_at_home_closes_the_case_and_uses_the_repair(world: Any) -> None:
    bureau, hand = world.bureau(), world.hand()
    bureau.take_repair("M0001", "R1", world.repair())
    hand.seal("fail")
    hand.seal("pass", gate=_gate("R1"))
    reports = [answer["report"] for answer in world.tell_all(bureau, hand.messages) if answer["report"]]
    history = bureau.history(world.plate, world.vin)
    assert history["failures"][0]["closed_by"] == reports[1]
    assert history["repairs"][0]["used_by"] == reports[1]
    assert all(row.verified for row in bureau.received())


def test_a_pass_elsewhere_leaves_the_case_open_and_shows_as_a_problem(world: Any) -> None:
    bureau, hand, there = world.bureau(), world.hand(), world.hand(world.other)
    hand.seal("fail")
    there.sequence = 0
    there.seal("pass", ended_at="2026-11-21T15:00:00+08:00")
    world.tell_all(bureau, hand.messages + there.messages)
    assert bureau.history(world.plate, world.vin)["failures"][0]["closed_by"] is None
    problems = {row.lane: row.problems for row in bureau.received()}
    assert problems[world.other] == ("retest_elsewhere", "retest_without_repair")


@pytest.mark.parametrize(
    ("repair", "uploads", "problem"),
    [
        (None, {}, "retest_without_repair"),
        ("R1", None, "repair_not_uploaded"),
        ("R1", {"uploaded": False}, "repair_not_uploaded"),
    ],
)
def test_a_retest_that_the_rules_forbid_shows_as_a_problem(
    world: Any, repair: str | None, uploads: dict[str, Any] | None, problem: str
) -> None:
    bureau, hand = world.bureau(), world.hand()
    if uploads is not None:
        bureau.take_repair("M0001", "R1", world.repair(**uploads))
    hand.seal("fail")
    hand.seal("pass", gate=_gate(repair))
    world.tell_all(bureau, hand.messages)
    assert bureau.received()[1].problems == (problem,)


def test_a_repair_used_twice_shows_as_a_problem_and_stays_with_the_first(world: Any) -> None:
    bureau, hand = world.bureau(), world.hand()
    bureau.take_repair("M0001", "R1", world.repair())
    hand.seal("fail")
    hand.seal("fail", gate=_gate("R1"))
    hand.seal("pass", gate=_gate("R1"))
    reports = [answer["report"] for answer in world.tell_all(bureau, hand.messages) if answer["report"]]
    assert bureau.received()[2].problems == ("repair_used_twice",)
    assert bureau.history(world.plate, world.vin)["repairs"][0]["used_by"] == reports[1]


@pytest.mark.parametrize("outcome", ["aborted", "invalid"])
def test_a_test_without_a_verdict_opens_closes_and_uses_nothing(world: Any, outcome: str) -> None:
    bureau, hand = world.bureau(), world.hand()
    bureau.take_repair("M0001", "R1", world.repair())
    hand.seal("fail")
    hand.seal(outcome, gate=_gate("R1"))
    world.tell_all(bureau, hand.messages)
    history = bureau.history(world.plate, world.vin)
    assert [failure["closed_by"] for failure in history["failures"]] == [None]
    assert history["repairs"][0]["used_by"] is None


def test_a_bad_bureau_can_forget_failures(world: Any) -> None:
    bureau, hand = world.bureau(forgets_failures=True), world.hand()
    hand.seal("fail")
    world.tell_all(bureau, hand.messages)
    assert _answer(world, bureau, world.lane)["failures"] == []
    assert len(bureau.snapshot()["failures"]) == 1


def test_a_bureau_can_ignore_questions(world: Any) -> None:
    bureau = world.bureau(ignores_questions=True)
    assert world.tell(bureau, f"lanectl/v1/{world.lane}/query", json.dumps(_query(world)).encode()) == []


def test_an_answer_goes_to_the_lane_that_asked_and_nowhere_else(world: Any) -> None:
    bureau = world.bureau()
    query = json.dumps(_query(world)).encode()
    elsewhere = f"lanectl/v1/{world.other}/answer"
    [reply] = bureau.desk.handle(f"lanectl/v1/{world.lane}/query", query, elsewhere)
    assert reply.topic == f"lanectl/v1/{world.lane}/answer"
