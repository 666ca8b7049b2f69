"""The bureau as the lane sees it: ask, send, obey, and say how the line stands. The uplink's one face.

Knows which message goes where. Everything that a message means is decided by sender, questions and commands.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from lanectl.lane.clock import BEIJING
from lanectl.lane.ports import CameraPort, NoCameras, UplinkState, VehicleHistory
from lanectl.ledger.keys import TrustStore
from lanectl.model.record import LaneIdentity
from lanectl.uplink.client import TAKEN_OVER, Face, Incoming, Line, LineSettings, Retained
from lanectl.uplink.commands import Command, CommandDesk, RefusalMeter
from lanectl.uplink.heartbeat import CameraHeartbeat
from lanectl.uplink.memory import LineMemory
from lanectl.uplink.messages import StateMessage, to_bytes
from lanectl.uplink.moments import stamp
from lanectl.uplink.ports import LineClock, OnLedger, OutboxPort, Wall
from lanectl.uplink.questions import Questions
from lanectl.uplink.sender import Pace, Sender
from lanectl.uplink.signed import NotTrustedError
from lanectl.uplink.topics import LaneTopics

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Habits:
    """Times of the line, in the seconds of the clock it is given."""

    pace: Pace = field(default_factory=Pace)
    patience_s: float = 8.0
    """How long an answer may take."""
    state_every_s: float = 10.0
    state_lasts_s: float = 30.0
    """Real seconds after which a state that was not renewed counts as unknown."""


class MqttBureau:
    """Implements lane.ports.BureauPort over MQTT. Make it on the event loop, then ``run`` it beside the lane."""

    def __init__(
        self,
        lane: LaneIdentity,
        settings: LineSettings,
        outbox: OutboxPort,
        on_ledger: OnLedger,
        trust: TrustStore,
        clock: LineClock,
        wall: Wall,
        *,
        on_command: Callable[[Command], None],
        memory: LineMemory | None = None,
        habits: Habits | None = None,
        on_change: Callable[[], None] = lambda: None,
        cameras: CameraPort | None = None,
    ) -> None:
        self._topics = LaneTopics(lane)
        self._outbox, self._on_ledger = outbox, on_ledger
        self._clock, self._wall = clock, wall
        self._memory = memory or LineMemory()
        self._habits = habits or Habits()
        self._on_change = on_change
        self._session = 0
        self._states = 0
        self._first_session = 0
        self._clone_told = False
        self._instance = secrets.token_hex(4)
        """Part of the id of every state: tells this process from a clone with a copy of all its files."""
        self._heartbeat = CameraHeartbeat(
            cameras or NoCameras(), self._retain, wall, self._habits.state_lasts_s, self._instance
        )
        self._meter = RefusalMeter()
        self._events: asyncio.Queue[tuple[str, Mapping[str, object]]] = asyncio.Queue(maxsize=100)
        self._orders: asyncio.Queue[bytes] = asyncio.Queue(maxsize=100)
        face = Face(self._will, self._farewell, self._came_up, self._went_down, self._route)
        self._line = Line(settings, self._topics.client_id, self._topics.heard, clock, face)
        self._sender = Sender(
            outbox, on_ledger, self._send, trust, clock, self._tell, self._habits.pace, self._on_change
        )
        self._questions = Questions(self._ask, trust, clock, wall, self._habits.patience_s)
        self._commands = CommandDesk(self._topics.lane, trust, self._memory, wall, on_command)

    async def run(self) -> None:
        """Keep the line up and the outbox moving until cancelled; then say goodbye."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._line.run())
            group.create_task(self._sender.run())
            group.create_task(self._renew_state())
            group.create_task(self._keep_events())
            group.create_task(self._obey_orders())

    async def ask_vehicle(self, plate: str, vin: str) -> VehicleHistory:
        """Return the bureau's signed history of this vehicle, or raise BureauUnreachableError."""
        return await self._questions.ask_vehicle(plate, vin)

    def state(self) -> UplinkState:
        """Return the state of the line as of now."""
        summary = self._sender.summary
        if summary is None:
            return UplinkState(self._line.connected, 0, None)
        oldest = summary.oldest_at
        age_s = None if oldest is None else max(0, round(self._wall() / 1000.0 - oldest.timestamp()))
        return UplinkState(self._line.connected, summary.waiting, age_s)

    def wake(self) -> None:
        """Say that there is something new in the outbox."""
        self._sender.wake()

    def cameras_changed(self) -> None:
        """Say that a camera's state changed; the bureau hears it at once. To be called on the event loop."""
        if self._line.connected:
            self._heartbeat.changes()

    # the line --------------------------------------------------------------------------------------------------------

    def _came_up(self) -> None:
        self._publish_state("online")  # newest state first, then what is old
        self._heartbeat.beat()
        self._sender.line_up()
        self._on_change()

    def _went_down(self, reason: str) -> None:
        self._sender.line_down()
        if reason == TAKEN_OVER and not self._clone_told:
            self._tell_clone()
        self._clone_told = False
        self._on_change()

    def _route(self, message: Incoming) -> None:
        try:
            if message.topic == self._topics.receipt:
                self._sender.take_receipt(message.payload)
            elif message.topic == self._topics.answer:
                self._questions.take_answer(message.payload)
            elif message.topic == self._topics.command:
                self._put(self._orders, message.payload)
            elif message.topic == self._topics.state:
                self._see_own_state(message.payload)
        except NotTrustedError as error:
            self._tell("answer_refused", {"code": error.code})

    async def _obey_orders(self) -> None:
        while True:
            payload = await self._orders.get()
            try:
                command = await self._commands.take(payload)
            except NotTrustedError as error:
                self._tell("command_refused", {"code": error.code})
                continue
            if command is not None:
                facts = {"id": command.id, "seq": command.seq, "command": command.command, "reason": command.reason}
                self._tell("command_obeyed", facts)

    def _send(self, kind: str, payload: bytes) -> bool:
        return self._line.publish(self._topics.of(kind), payload)

    def _retain(self, last: str, payload: bytes) -> bool:
        return self._line.publish(self._topics.of(last), payload, retain=True)

    def _ask(self, payload: bytes) -> bool:
        return self._line.publish(self._topics.query, payload, answer_to=self._topics.answer)

    # the state -------------------------------------------------------------------------------------------------------

    async def _will(self) -> Retained:
        self._session = await asyncio.to_thread(self._memory.next_session)
        self._first_session = self._first_session or self._session
        return self._state_message("offline")

    def _farewell(self) -> Retained:
        return self._state_message("stopped")

    def _publish_state(self, state: str) -> None:
        message = self._state_message(state)
        self._line.publish(message.topic, message.payload, retain=True)

    def _state_message(self, state: str) -> Retained:
        self._states += 1
        expires_ms = self._wall() + round(self._habits.state_lasts_s * 1000.0)
        message = StateMessage.model_validate(
            {
                "id": f"state-{self._instance}-{self._session}-{self._states}",
                "seq": self._states,
                "state": state,
                "session": self._session,
                "expires_at": stamp(expires_ms) if state == "online" else None,
            }
        )
        return Retained(self._topics.state, to_bytes(message))

    def _see_own_state(self, payload: bytes) -> None:
        """Notice a clone: a state that we did not write, with a session number that none before us can have used."""
        try:
            state = StateMessage.model_validate_json(payload)
        except ValueError:
            return
        ours = state.id.startswith(f"state-{self._instance}-")
        if not ours and state.session >= self._first_session:
            self._tell_clone()
            self._line.give_way()

    def _tell_clone(self) -> None:
        self._clone_told = True
        self._tell("session_taken_over", {"client_id": self._topics.client_id})

    async def _renew_state(self) -> None:
        while True:
            await self._clock.sleep(self._habits.state_every_s)
            if self._line.connected:
                self._publish_state("online")
                self._heartbeat.beat()

    # events ----------------------------------------------------------------------------------------------------------

    def _tell(self, kind: str, detail: Mapping[str, object]) -> None:
        """Keep an event soon. Refusals are metered; a full queue drops the event, and the log still has it."""
        log.warning("%s %s", kind, dict(detail))
        if kind.endswith("_refused"):
            if not self._meter.may_tell(self._clock.now_ms()):
                return
            detail = {**detail, "suppressed": self._meter.told()}
        self._put(self._events, (kind, detail))

    @staticmethod
    def _put(queue: "asyncio.Queue[T]", item: T) -> None:
        """Add to a bounded queue; what does not fit is dropped (the log has it)."""
        if queue.full():
            log.warning("dropped: %s", item)
        else:
            queue.put_nowait(item)

    async def _keep_events(self) -> None:
        while True:
            kind, detail = await self._events.get()
            at = datetime.fromtimestamp(self._wall() / 1000.0, BEIJING)
            event = {"kind": kind, "detail": dict(detail), "at": at.isoformat(timespec="milliseconds")}
            await self._on_ledger(self._outbox.post, "event", event, at)
            self._sender.wake()
