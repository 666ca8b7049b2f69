"""The bureau keeps each thing once, refuses what is wrong, and answers with its signature."""

import base64
import hashlib
import json
import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulators.bureau.seals import canonical, holds, read_public_key

FIELDS = ["schema", "id", "record", "signature", "members", "x"]


def _sealed(world: Any, *outcomes: str) -> Any:
    hand = world.hand()
    for outcome in outcomes:
        hand.seal(outcome)
    return hand


def test_a_good_record_with_its_trace_is_verified_and_gets_a_report_number(world: Any) -> None:
    bureau, hand = world.bureau(), _sealed(world, "pass")
    receipts = world.tell_all(bureau, hand.messages)
    assert [(receipt["accepted"], receipt["report"]) for receipt in receipts] == [
        (True, "440106252026112101000001"),
        (True, None),
    ]
    assert [(row.sequence, row.verified) for row in bureau.received()] == [(1, True)]


def test_a_receipt_names_the_bytes_and_bears_the_bureaus_signature(world: Any, station: Any) -> None:
    bureau, hand = world.bureau(), _sealed(world, "pass")
    topic, payload = hand.messages[0]
    [receipt] = world.tell(bureau, topic, payload)
    assert receipt["sha256"] == hashlib.sha256(payload).hexdigest()
    signature = receipt.pop("signature")
    assert holds(read_public_key(station.bureau_signing.public), signature, canonical(receipt))
    assert receipt["key_id"] == station.bureau_signing.key_id


def test_a_duplicate_gets_the_same_receipt_and_has_one_effect_also_after_a_restart(world: Any, tmp_path: Any) -> None:
    bureau, hand = world.reopen(tmp_path / "b.db"), _sealed(world, "fail")
    topic, payload = hand.messages[0]
    first = world.tell(bureau, topic, payload)
    assert world.tell(world.reopen(tmp_path / "b.db"), topic, payload) == first
    assert len(bureau.received()) == 1
    assert [message["times"] for message in bureau.messages()] == [2]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_disorder_and_duplicates_end_in_the_same_state(world: Any, seed: int) -> None:
    hand, there = world.hand(), world.hand(world.other)
    for outcome in ("pass", "aborted", "pass", "fail"):
        hand.seal(outcome)
        hand.event(1)
    there.seal("pass", vehicle={"plate": "other", "vin": "OTHER"})
    messages = hand.messages + there.messages
    clean, rough = world.bureau(), world.bureau()
    world.tell_all(clean, messages)
    shuffled = messages + random.Random(seed).sample(messages, len(messages) // 3)
    random.Random(seed).shuffle(shuffled)
    world.tell_all(rough, shuffled)
    unanswered = [message for message in messages if not _answered(rough, message[1])]
    world.tell_all(rough, unanswered)  # as a lane resends what has no receipt
    assert rough.snapshot() == clean.snapshot()
    assert rough.refused() == []
    assert all(row.verified for row in rough.received())


def _answered(bureau: Any, payload: bytes) -> bool:
    return json.loads(payload)["id"] in {message["id"] for message in bureau.messages()}


def test_a_trace_that_came_before_its_record_is_taken_when_it_comes_again(world: Any) -> None:
    bureau, hand = world.bureau(), _sealed(world, "pass")
    record, trace = hand.messages
    assert world.tell(bureau, *trace) == []
    world.tell(bureau, *record)
    assert world.tell(bureau, *trace)[0]["accepted"]


def test_a_trace_whose_record_never_comes_is_refused_in_the_end(world: Any) -> None:
    bureau, hand = world.bureau(), _sealed(world, "pass")
    assert world.tell(bureau, *hand.messages[1]) == []
    world.now += timedelta(seconds=59)
    assert world.tell(bureau, *hand.messages[1]) == []
    world.now += timedelta(seconds=1)
    [receipt] = world.tell(bureau, *hand.messages[1])
    assert (receipt["accepted"], receipt["reason"]) == (False, "no_record")


def test_a_changed_trace_is_refused_and_the_true_one_still_accepted(world: Any) -> None:
    bureau, hand = world.bureau(), _sealed(world, "pass")
    world.tell(bureau, *hand.messages[0])
    topic, payload = hand.messages[1]
    body = json.loads(payload)
    body["members"]["trace.csv.gz"] = base64.b64encode(b"nicer rows").decode()
    [receipt] = world.tell(bureau, topic, json.dumps(body).encode())
    assert (receipt["accepted"], receipt["reason"]) == (False, "member_digest")
    assert world.tell(bureau, topic, payload)[0]["accepted"]
    assert bureau.received()[0].verified


@pytest.mark.parametrize("name", ["missing", "added"])
def test_a_trace_with_other_members_is_refused(world: Any, name: str) -> None:
    bureau, hand = world.bureau(), _sealed(world, "pass")
    world.tell(bureau, *hand.messages[0])
    topic, payload = hand.messages[1]
    body = json.loads(payload)
    if name == "missing":
        del body["members"]["events.json"]
    else:
        body["members"]["more.json"] = ""
    [receipt] = world.tell(bureau, topic, json.dumps(body).encode())
    assert receipt["reason"] == "member_digest"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outcome", "pass"),
        ("test_id", "another"),
        ("vehicle", {"plate": "x", "vin": "y"}),
        ("ended_at", None),
        ("members", {}),
    ],
)
def test_a_relay_that_rewrites_a_field_of_a_record_is_refused_and_the_true_record_accepted(
    world: Any, field: str, value: Any
) -> None:
    bureau, hand = world.bureau(), _sealed(world, "fail")
    topic, payload = hand.messages[0]
    message = json.loads(payload)
    record = {**json.loads(base64.b64decode(message["record"])), field: value}
    message["record"] = base64.b64encode(canonical(record)).decode()
    [receipt] = world.tell(bureau, topic, json.dumps(message).encode())
    assert (receipt["accepted"], receipt["reason"]) == (False, "bad_signature")
    assert world.tell(bureau, topic, payload)[0]["accepted"]


def test_a_record_that_is_not_canonical_is_refused(world: Any) -> None:
    bureau, hand = world.bureau(), world.hand()
    hand.record = lambda outcome, **changes: type(hand).record(hand, outcome, **changes).replace(b",", b", ", 1)
    [receipt] = world.tell(bureau, _topic(world), hand.seal("pass"))
    assert receipt["reason"] == "not_canonical"


def test_a_record_of_another_lane_is_refused_whoever_signed_it(world: Any) -> None:
    bureau = world.bureau()
    there = world.hand(world.other)
    payload = there.seal("pass")
    [replayed] = world.tell(bureau, _topic(world), payload)
    assert replayed["reason"] == "unknown_key"
    borrowed = world.hand(world.lane, signs_as=world.other)
    [signed_by_another] = world.tell(bureau, _topic(world), borrowed.seal("pass"))
    assert signed_by_another["reason"] == "unknown_key"
    [not_enrolled] = world.tell(bureau, "lanectl/v1/1/2/3/record", payload)
    assert not_enrolled["reason"] == "lane_not_enrolled"
    assert bureau.received() == []


def test_a_record_that_names_another_lane_under_the_right_key_is_refused(world: Any) -> None:
    bureau, hand = world.bureau(), world.hand()
    payload = hand.seal("pass", lane={"region": "440106", "station": "44010625", "lane": "02"})
    [receipt] = world.tell(bureau, _topic(world), payload)
    assert receipt["reason"] == "other_lane"


def test_a_second_history_of_the_same_lane_is_a_fork_and_noticed(world: Any) -> None:
    bureau = world.bureau()
    world.tell_all(bureau, _sealed(world, "pass", "pass").messages)
    clone = world.hand()
    clone.seal("fail", test_id="clone-1")
    topic, payload = clone.messages[0]
    payload = payload.replace(b'"id":"record-', b'"id":"clone-')
    [receipt] = world.tell(bureau, topic, payload)
    assert (receipt["accepted"], receipt["reason"]) == (False, "fork")
    assert "fork" in {kind for _, kind, _ in bureau.notices()}


def test_a_chain_that_does_not_fit_its_neighbour_is_refused_and_noticed(world: Any) -> None:
    bureau, hand = world.bureau(), world.hand()
    hand.seal()
    hand.previous = "ab" * 32
    hand.seal()
    answers = world.tell_all(bureau, [hand.messages[0], hand.messages[2]])
    assert answers[1]["reason"] == "chain_broken"
    assert "chain_broken" in {kind for _, kind, _ in bureau.notices()}


def test_a_gap_shows_until_the_missing_record_arrives(world: Any) -> None:
    bureau, hand = world.bureau(), _sealed(world, "pass", "pass", "pass")
    late = hand.messages.pop(2)
    world.tell_all(bureau, hand.messages)
    assert [row.problems for row in bureau.received()] == [(), ("gap_before",)]
    world.tell(bureau, *late)
    assert [row.sequence for row in bureau.received()] == [1, 2, 3]
    assert "gap_before" not in {code for row in bureau.received() for code in row.problems}


def test_an_id_that_was_used_for_another_message_is_refused(world: Any) -> None:
    bureau, hand = world.bureau(), world.hand()
    payload = hand.event(1)
    topic = f"lanectl/v1/{world.lane}/event"
    world.tell(bureau, topic, payload)
    [receipt] = world.tell(bureau, topic, payload.replace(b"door_opened", b"door_closed"))
    assert receipt["reason"] == "id_used_for_another_message"
    assert [event["kind"] for _, event in bureau.events()] == ["door_opened"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["record", "trace", "event", "qc", "query", "state", "camera"]),
    body=st.recursive(
        st.none() | st.integers(-5, 5) | st.text(max_size=4),
        lambda inner: st.dictionaries(
            st.sampled_from(["schema", "id", "record", "signature", "members", "x"]), inner, max_size=4
        ),
        max_leaves=8,
    ),
)
def test_nonsense_is_refused_or_ignored_and_never_kept(world: Any, kind: str, body: Any) -> None:
    bureau = world.bureau()
    answers = world.tell(bureau, f"lanectl/v1/{world.lane}/{kind}", json.dumps(body).encode())
    if kind in ("record", "trace"):
        assert not any(answer["accepted"] for answer in answers)
    assert bureau.received() == []


def test_bytes_that_are_no_json_are_noticed_once(world: Any) -> None:
    bureau = world.bureau()
    for _ in range(3):
        assert world.tell(bureau, _topic(world), b"\xff\x00") == []
    assert bureau.notices() == [(world.lane, "unreadable", "record")]


def test_states_expire_and_the_late_death_of_an_old_connection_does_not_count(world: Any) -> None:
    bureau = world.bureau()
    topic = f"lanectl/v1/{world.lane}/state"

    def state(session: int, what: str, expires: str | None) -> None:
        body = {
            "schema": "lanectl/state/1",
            "id": "s",
            "seq": 1,
            "state": what,
            "session": session,
            "expires_at": expires,
        }
        world.tell(bureau, topic, json.dumps(body).encode())

    assert bureau.lane_state(world.lane) == "unknown"
    state(2, "online", "2026-11-21T12:00:30+08:00")
    state(1, "offline", None)
    assert bureau.lane_state(world.lane) == "online"
    state(1, "online", "2026-11-21T12:00:30+08:00")
    assert "two_with_one_identity" in {kind for _, kind, _ in bureau.notices()}
    state(2, "online", "2026-11-21T11:59:59+08:00")
    assert bureau.lane_state(world.lane) == "unknown"
    state(2, "offline", None)
    assert bureau.lane_state(world.lane) == "offline"


def test_commands_are_signed_numbered_and_expire(world: Any, station: Any) -> None:
    bureau = world.bureau()
    commands = [json.loads(bureau.desk.command(world.lane, "lock", "audit", 60).payload) for _ in range(2)]
    assert [command["seq"] for command in commands] == [1, 2]
    signature = commands[0].pop("signature")
    assert holds(read_public_key(station.bureau_signing.public), signature, canonical(commands[0]))
    assert commands[0]["expires_at"] == "2026-11-21T12:01:00.000+08:00"


def _topic(world: Any) -> str:
    return f"lanectl/v1/{world.lane}/record"
