"""The outbox goes out, and only a signed receipt for exactly these bytes takes a message out of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanectl.ledger.keys import TrustStore
from lanectl.uplink.sender import Pace, Sender


class Out:
    """A sender over a memory outbox, with a wire that only notes what was sent."""

    def __init__(self, say: Any, station: Any, clock: Any, **pace: Any) -> None:
        self.outbox = say.memory_outbox()
        self.sent: list[tuple[str, bytes]] = []
        self.reports: list[tuple[str, dict[str, object]]] = []
        self.sender = Sender(
            self.outbox,
            say.at_once,
            self._send,
            TrustStore.folder(station.trust),
            clock,
            lambda kind, detail: self.reports.append((kind, dict(detail))),
            Pace(**pace),
        )
        self._say = say
        self._key = station.bureau_signing

    def _send(self, kind: str, payload: bytes) -> bool:
        self.sent.append((kind, payload))
        return True

    async def receipt(self, message_id: str, **changes: Any) -> None:
        payload = self.outbox.rows[message_id].payload
        self.sender.take_receipt(self._say.receipt(self._key, message_id, payload, **changes))
        await self.sender.work_once()


@pytest.fixture
def out(say: Any, station: Any, manual_clock: Any) -> Callable[..., Out]:
    return lambda **pace: Out(say, station, manual_clock, **pace)


async def test_nothing_is_sent_while_the_line_is_down(out: Any) -> None:
    made = out()
    made.outbox.add()
    await made.sender.work_once()
    assert made.sent == []


async def test_a_message_leaves_the_outbox_by_its_receipt_and_not_by_being_sent(out: Any) -> None:
    made = out()
    message = made.outbox.add("record")
    made.sender.line_up()
    await made.sender.work_once()
    assert [kind for kind, _ in made.sent] == ["record"]
    assert message in made.outbox.rows
    await made.receipt(message)
    assert made.outbox.rows == {}
    assert message in made.outbox.settled


async def test_only_a_window_is_under_way_and_it_moves_with_the_receipts(out: Any) -> None:
    made = out(window=3)
    messages = [made.outbox.add() for _ in range(5)]
    made.sender.line_up()
    await made.sender.work_once()
    assert len(made.sent) == 3
    await made.receipt(messages[1])
    assert len(made.sent) == 4
    assert list(made.outbox.rows) == [messages[0], *messages[2:]]


async def test_what_has_no_receipt_is_sent_again_after_a_time_with_the_same_bytes(out: Any, manual_clock: Any) -> None:
    made = out(resend_after_s=30.0)
    made.outbox.add()
    made.sender.line_up()
    await made.sender.work_once()
    await manual_clock.advance(29.0)
    await made.sender.work_once()
    assert len(made.sent) == 1
    await manual_clock.advance(1.0)
    await made.sender.work_once()
    assert len(made.sent) == 2
    assert made.sent[0] == made.sent[1]


async def test_a_new_connection_sends_everything_without_receipt_again(out: Any) -> None:
    made = out()
    made.outbox.add()
    made.sender.line_up()
    await made.sender.work_once()
    made.sender.line_down()
    made.sender.line_up()
    await made.sender.work_once()
    assert len(made.sent) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sha256": "0" * 64}, "other_payload"),
        ({"schema": "lanectl/answer/1"}, "wrong_shape"),
        ({"accepted": "perhaps"}, "wrong_shape"),
    ],
)
async def test_a_signed_receipt_for_something_else_is_ignored_and_reported(out: Any, changes: Any, code: str) -> None:
    made = out()
    message = made.outbox.add("record")
    made.sender.line_up()
    await made.receipt(message, **changes)
    assert message in made.outbox.rows
    assert made.reports == [("receipt_refused", {"code": code})]


async def test_a_receipt_signed_by_a_stranger_is_ignored_and_reported(out: Any, say: Any, forger: Any) -> None:
    made = out()
    message = made.outbox.add("record")
    made.sender.line_up()
    made.sender.take_receipt(say.receipt(forger, message, made.outbox.rows[message].payload))
    await made.sender.work_once()
    assert message in made.outbox.rows
    assert made.reports == [("receipt_refused", {"code": "unknown_key"})]


async def test_a_key_of_a_lane_cannot_sign_receipts(out: Any, say: Any, station: Any) -> None:
    made = out()
    message = made.outbox.add("record")
    made.sender.take_receipt(say.receipt(station.lanes[say.lane].signing, message, made.outbox.rows[message].payload))
    await made.sender.work_once()
    assert message in made.outbox.rows


async def test_a_receipt_for_an_unknown_message_changes_nothing(out: Any, say: Any, station: Any) -> None:
    made = out()
    made.outbox.add("record")
    made.sender.take_receipt(say.receipt(station.bureau_signing, "somebody-else", b"x"))
    await made.sender.work_once()
    assert len(made.outbox.rows) == 1
    assert made.reports == []


async def test_a_disbelieved_receipt_of_an_event_is_not_reported_by_another_event(out: Any, say: Any) -> None:
    made = out()
    message = made.outbox.add("event")
    made.sender.line_up()
    await made.sender.work_once()

    await made.receipt(message, sha256="0" * 64)

    assert made.reports == []
    assert message in made.outbox.rows


async def test_a_refused_message_is_set_aside_with_its_reason_and_the_queue_moves_on(out: Any) -> None:
    made = out(window=1)
    poison, good = made.outbox.add("record"), made.outbox.add("record")
    made.sender.line_up()
    await made.sender.work_once()
    await made.receipt(poison, accepted=False, reason="bad_signature")
    assert made.outbox.quarantined == {poison: "bad_signature"}
    assert made.reports == [("message_quarantined", {"message": poison, "kind": "record", "reason": "bad_signature"})]
    await made.receipt(good)
    assert made.outbox.rows == {}


async def test_a_refused_event_is_not_reported_by_another_event(out: Any) -> None:
    made = out()
    poison = made.outbox.add("event")
    await made.receipt(poison, accepted=False, reason="no")
    assert made.outbox.quarantined == {poison: "no"}
    assert made.reports == []


async def test_a_ledger_that_refuses_reaches_the_daemon(out: Any) -> None:
    made = out()

    def refuse(*_args: object) -> None:
        raise OSError("disk full")

    made.outbox.pending = refuse
    with pytest.raises(OSError, match="disk full"):
        await made.sender.work_once()


async def test_the_sender_works_by_itself_when_woken_and_ends_when_cancelled(out: Any, manual_clock: Any) -> None:
    made = out(look_every_s=5.0)
    task = asyncio.create_task(made.sender.run())
    made.sender.line_up()
    await manual_clock.settle()
    made.outbox.add()
    made.sender.wake()
    await manual_clock.settle()
    assert len(made.sent) == 1
    made.outbox.add()
    await manual_clock.advance(5.0)
    assert len(made.sent) == 2
    assert made.sender.summary.waiting == 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    noise=st.one_of(
        st.binary(max_size=80), st.recursive(st.none() | st.text(max_size=5), st.lists).map(repr).map(str.encode)
    )
)
def test_no_bytes_on_the_receipt_topic_do_harm(say: Any, station: Any, manual_clock: Any, noise: bytes) -> None:
    async def scene() -> None:
        made = Out(say, station, manual_clock)
        made.outbox.add()
        made.sender.take_receipt(noise)
        await made.sender.work_once()
        assert len(made.outbox.rows) == 1
        assert [kind for kind, _ in made.reports] == ["receipt_refused"]

    asyncio.run(scene())
