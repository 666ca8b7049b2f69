"""The lane's whole uplink over a real broker, with a hand-held bureau at the other end."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from lanectl.lane.ports import BureauUnreachableError
from lanectl.uplink.memory import LineMemory

PLATE, VIN = "粤A12345", "LSVAA4182E2123456"


async def _standing(bench: Any, say: Any, **options: Any) -> Any:
    """Return an uplink whose line stands, with its outbox and task."""
    outbox = options.pop("outbox", None) or say.memory_outbox()
    uplink = bench.uplink(outbox, **options)
    task = bench.run(uplink)
    await say.eventually(lambda: uplink.state().connected)
    return uplink, outbox, task


def _receipts(say: Any, key: Any, peer: Any, **changes: Any) -> Callable[[Any], None]:
    def react(message: Any) -> None:
        if message.topic.endswith(("/record", "/event")):
            body = json.loads(message.payload)
            peer.say(f"lanectl/v1/{say.lane}/receipt", say.receipt(key, body["id"], message.payload, **changes))

    return react


def _answers(say: Any, key: Any, peer: Any, **changes: Any) -> Callable[[Any], None]:
    def react(message: Any) -> None:
        if message.topic.endswith("/query"):
            topic = message.properties.ResponseTopic
            peer.say(topic, say.answer(key, json.loads(message.payload), **changes))

    return react


async def test_the_outbox_is_drained_by_signed_receipts_in_order(bench: Any, peer: Any, say: Any, station: Any) -> None:
    bureau = await peer(f"lanectl/v1/{say.lane}/#")
    outbox = say.memory_outbox()
    messages = [outbox.add("record", number=number) for number in range(40)]
    uplink, _, _ = await _standing(bench, say, outbox=outbox)
    await say.eventually(lambda: len(bureau.payloads("record")) >= 8)
    assert len(outbox.rows) == 40, "a PUBACK must not settle anything"
    bureau.react = _receipts(say, station.bureau_signing, bureau)
    await say.eventually(lambda: not outbox.rows)
    assert list(outbox.settled) == messages
    await say.eventually(lambda: uplink.state().outbox == 0)


async def test_the_newest_state_comes_before_the_old_records(bench: Any, peer: Any, say: Any) -> None:
    bureau = await peer(f"lanectl/v1/{say.lane}/#")
    outbox = say.memory_outbox()
    outbox.add("record")
    await _standing(bench, say, outbox=outbox)
    await say.eventually(lambda: bureau.payloads("record"))
    assert bureau.heard[0].topic.endswith("/state")
    state = bureau.payloads("state")[0]
    assert (state["state"], state["schema"]) == ("online", "lanectl/state/1")


async def test_states_are_retained_renewed_and_followed_by_a_farewell(bench: Any, peer: Any, say: Any) -> None:
    bureau = await peer(f"lanectl/v1/{say.lane}/state")
    _, _, task = await _standing(bench, say)
    await say.eventually(lambda: len(bureau.payloads("state")) >= 3)
    await bench.end(task)
    await say.eventually(lambda: bureau.payloads("state")[-1]["state"] == "stopped")
    late = await peer(f"lanectl/v1/{say.lane}/state")
    await say.eventually(lambda: late.heard)
    assert late.heard[0].retain
    assert late.payloads("state")[0]["state"] == "stopped"


async def test_each_connection_has_a_session_of_its_own_and_the_will_names_it(
    bench: Any, peer: Any, say: Any, broker: Any
) -> None:
    bureau = await peer(f"lanectl/v1/{say.lane}/state")
    uplink, _, _ = await _standing(bench, say)
    await say.eventually(lambda: bureau.payloads("state"))
    say.cut(uplink._line)
    await say.eventually(lambda: [s for s in bureau.payloads("state") if s["session"] == 2])
    states = [(s["session"], s["state"]) for s in bureau.payloads("state")]
    assert (1, "offline") in states
    assert states.index((1, "online")) < states.index((1, "offline"))


async def test_a_broker_restart_loses_nothing_and_no_message_is_settled_twice(
    bench: Any, peer: Any, say: Any, station: Any, broker: Any
) -> None:
    outbox = say.memory_outbox()
    uplink, _, _ = await _standing(bench, say, outbox=outbox)
    messages = [outbox.add("record", number=number) for number in range(30)]
    uplink.wake()
    await broker.restart()
    bureau = await peer(f"lanectl/v1/{say.lane}/record")
    bureau.react = _receipts(say, station.bureau_signing, bureau)
    await say.eventually(lambda: not outbox.rows, within_s=15)
    assert list(outbox.settled) == messages
    heard = {body["id"] for body in bureau.payloads("record")}
    assert heard == set(messages)


async def test_forged_receipts_settle_nothing_and_become_events(bench: Any, peer: Any, say: Any, forger: Any) -> None:
    bureau = await peer(f"lanectl/v1/{say.lane}/record")
    bureau.react = _receipts(say, forger, bureau)
    outbox = say.memory_outbox()
    outbox.add("record")
    await _standing(bench, say, outbox=outbox)
    await say.eventually(lambda: outbox.events)
    assert len(outbox.rows) == 1
    assert outbox.events[0]["kind"] == "receipt_refused"
    assert outbox.events[0]["detail"]["code"] == "unknown_key"


async def test_a_question_is_answered_to_the_one_who_asked(bench: Any, peer: Any, say: Any, station: Any) -> None:
    bureau = await peer("lanectl/v1/+/+/+/query")
    failure = {
        "report": "R1",
        "station": "44010699",
        "failed_on": "2026-11-20T09:00:00+08:00",
        "cycle": "2026",
        "plate": PLATE,
        "vin": VIN,
    }
    bureau.react = _answers(say, station.bureau_signing, bureau, failures=[failure])
    uplink, _, _ = await _standing(bench, say)
    first, second = await asyncio.gather(uplink.ask_vehicle(PLATE, VIN), uplink.ask_vehicle(PLATE, VIN))
    assert first.failures[0].report == "R1"
    assert first == second
    assert len({query["nonce"] for query in bureau.payloads("query")}) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "0" * 32},
        {"vin": "OTHER"},
        {"answered_at": "2020-01-01T00:00:00+08:00"},
        {"failures": [{"report": 1}]},
    ],
    ids=["another nonce", "another vehicle", "stale", "wrong shape"],
)
async def test_an_answer_that_does_not_fit_the_question_counts_as_none(
    bench: Any, peer: Any, say: Any, station: Any, changes: Any
) -> None:
    bureau = await peer("lanectl/v1/+/+/+/query")
    bureau.react = _answers(say, station.bureau_signing, bureau, **changes)
    uplink, outbox, _ = await _standing(bench, say, habits=_impatient(say))
    with pytest.raises(BureauUnreachableError):
        await uplink.ask_vehicle(PLATE, VIN)
    await say.eventually(lambda: outbox.events)
    assert outbox.events[0]["kind"] == "answer_refused"


async def test_a_forged_answer_does_not_hide_the_true_one(
    bench: Any, peer: Any, say: Any, station: Any, forger: Any
) -> None:
    bureau = await peer("lanectl/v1/+/+/+/query")

    def react(message: Any) -> None:
        _answers(say, forger, bureau)(message)
        _answers(say, station.bureau_signing, bureau)(message)

    bureau.react = react
    uplink, outbox, _ = await _standing(bench, say)
    assert (await uplink.ask_vehicle(PLATE, VIN)).failures == ()
    await say.eventually(lambda: outbox.events)
    assert outbox.events[0]["kind"] == "answer_refused"


async def test_a_silent_bureau_is_unreachable_and_a_late_answer_does_no_harm(
    bench: Any, peer: Any, say: Any, station: Any
) -> None:
    bureau = await peer("lanectl/v1/+/+/+/query")
    uplink, outbox, _ = await _standing(bench, say, habits=_impatient(say))
    with pytest.raises(BureauUnreachableError, match="no answer in time"):
        await uplink.ask_vehicle(PLATE, VIN)
    for message in list(bureau.heard):
        _answers(say, station.bureau_signing, bureau)(message)
    bureau.react = _answers(say, station.bureau_signing, bureau)
    await uplink.ask_vehicle(PLATE, VIN)
    assert outbox.events == []


async def test_without_a_line_the_bureau_is_unreachable_at_once(bench: Any, say: Any) -> None:
    uplink = bench.uplink(say.memory_outbox())
    began = time.monotonic()
    with pytest.raises(BureauUnreachableError, match="no connection"):
        await uplink.ask_vehicle(PLATE, VIN)
    assert time.monotonic() - began < 1.0


async def test_an_order_is_obeyed_and_a_forged_one_becomes_an_event(
    bench: Any, peer: Any, say: Any, station: Any, forger: Any
) -> None:
    bureau = await peer()
    _, outbox, _ = await _standing(bench, say)
    topic = f"lanectl/v1/{say.lane}/command"
    bureau.say(topic, say.order(forger))
    bureau.say(topic, say.order(station.bureau_signing, 1, lane=say.other_lane))
    bureau.say(topic, say.order(station.bureau_signing, 1))
    bureau.say(topic, say.order(station.bureau_signing, 1, id="again"))
    await say.eventually(lambda: len(outbox.events) >= 4)
    assert [order.command for order in bench.orders] == ["stop"]
    told = [(event["kind"], event["detail"].get("code")) for event in outbox.events]
    assert told == [
        ("command_refused", "unknown_key"),
        ("command_refused", "other_lane"),
        ("command_obeyed", None),
        ("command_refused", "replayed"),
    ]


async def test_the_state_says_how_much_waits_and_how_old_it_is(bench: Any, say: Any) -> None:
    outbox = say.memory_outbox()
    uplink, _, task = await _standing(bench, say, outbox=outbox)
    outbox.add("record")
    uplink.wake()
    await say.eventually(lambda: uplink.state().outbox == 1)
    assert uplink.state().oldest_s in (0, 1)
    await bench.end(task)
    assert not uplink.state().connected


@pytest.mark.peer
@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)
async def test_on_mosquitto_a_lane_cannot_speak_for_another(bench: Any, peer: Any, say: Any, station: Any) -> None:
    bureau = await peer("lanectl/v1/#")
    lane = await peer(line=station.lanes[say.lane].line)
    lane.say(f"lanectl/v1/{say.other_lane}/record", b"forged")
    lane.say(f"lanectl/v1/{say.lane}/record", b"own")
    await say.eventually(lambda: bureau.heard)
    assert [message.payload for message in bureau.heard] == [b"own"]


@pytest.mark.peer
@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)
async def test_a_clone_is_noticed_told_and_not_fought_with(bench: Any, say: Any) -> None:
    outbox, its_outbox = say.memory_outbox(), say.memory_outbox()
    await _standing(bench, say, outbox=outbox)
    clone = bench.uplink(its_outbox)
    bench.run(clone)
    await say.eventually(lambda: outbox.events)
    await say.eventually(lambda: its_outbox.events)
    assert outbox.events[0]["kind"] == its_outbox.events[0]["kind"] == "session_taken_over"
    sessions = clone._session
    await asyncio.sleep(1.0)
    assert clone._session - sessions <= 1


async def test_a_restarted_lane_is_no_clone(bench: Any, say: Any) -> None:
    memory = LineMemory()
    _, outbox, task = await _standing(bench, say, memory=memory)
    await bench.end(task)
    uplink, _, _ = await _standing(bench, say, outbox=outbox, memory=memory)
    say.cut(uplink._line)
    await say.eventually(lambda: uplink._session == 3 and uplink.state().connected)
    await asyncio.sleep(0.2)
    assert outbox.events == []


def _impatient(say: Any) -> Any:
    return type(say.quick)(pace=say.quick.pace, patience_s=0.5, state_every_s=10.0)
