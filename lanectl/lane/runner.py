"""Runs one test: feeds the procedure, carries out its commands, and takes the one way out.

    beats -> board -> sample -> interlocks -> journal (kept, then judged) -> status -> procedure -> commands
                                                     end, stop or trouble -> load off -> sealed record

Knows the order of things. Steps are the procedures', the law is the core's, bytes are the drivers'.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime

from drivers.errors import NotReadyError
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Trial
from lanectl.lane import recording, safety
from lanectl.lane.camera_log import CameraLog
from lanectl.lane.clock import BeatMark, beats
from lanectl.lane.ending import end_tasks, make_safe, see_through
from lanectl.lane.hands import Hands
from lanectl.lane.job import Job
from lanectl.lane.journal import Journal
from lanectl.lane.kit import GAS, NOX, OBD, OPACIMETER, PART, TACHOMETER, Kit, kit_of
from lanectl.lane.load import LoadKeeper
from lanectl.lane.panel import Panel
from lanectl.lane.parts import LaneParts
from lanectl.ledger.errors import LedgerUnavailableError
from lanectl.ledger.values import SealedRecord, TestOpening
from lanectl.model.outcome import AbortCause
from lanectl.model.sample import LaneEvent, Sample
from lanectl.procedures import inspection
from lanectl.procedures.commands import (
    Ask,
    BeginMeasure,
    Command,
    Do,
    Finish,
    HoldLoad,
    HoldSpeed,
    Mark,
    Prompt,
    ReleaseLoad,
)
from lanectl.procedures.events import Answer, Beat, Done, Event, MethodStatus, Stop, Trouble

log = logging.getLogger(__name__)
ENOUGH_ROWS = 5
"""A measured second made from fewer of its ten beats means that the host was too slow to see the test."""
REST_WITHIN_S = 60
STANDS_LOOKS = 5
"""Looks in a row, five a second, that must see the rollers stand before the lift moves."""
SPEAKS_BY = {GAS: "co2_pct", OBD: "obd_rpm", OPACIMETER: "opacity_n_pct", NOX: "nox_ppm", TACHOMETER: "engine_rpm"}
"""The channel by whose silence a device is found to be lost while a test is measured."""
ASKS_FOR_PROBE = ("two_speed_idle", "free_acceleration")
"""Methods whose core waits, in the middle, for the operator's word that the probe is in."""
SEAL_TRIES, SEAL_AGAIN_S = 20, 3.0


class TestRun:
    """One test under way. ``changed`` is called when the screen has something new, ``live`` with each sample."""

    __test__ = False

    def __init__(self, parts: LaneParts, job: Job, changed: Callable[[], None], live: Callable[[Sample], None]) -> None:
        self.job = job
        self.parts = parts
        self.prompt = Prompt("drive_onto_rollers")
        self.question: Ask | None = None
        self.stage = "prepare"
        self.phase = ""
        self.started_ms = parts.clock.now_ms()
        self._changed, self._live = changed, live
        self._plan = job.plan(parts.law)
        self._kit = _kit(job.method, parts)
        self._panel = Panel(parts.equipment)
        self._trial: Trial | None = None
        self._start_phase: str | None = None
        dyno = parts.equipment.dyno if self._kit.loads() else None
        self._load = LoadKeeper(dyno, parts.clock, parts.parasitic_n, self._load_refused)
        self._hands = Hands(
            parts.equipment,
            parts.acquisition,
            parts.board,
            parts.clock,
            parts.law.book(job.vehicle).data,
            job.vehicle,
            self.started_ms,
            job.method,
            self._kit,
        )
        self._cameras = CameraLog(parts.cameras)
        self._journal = Journal(parts.ledger, job.test_id, self._judge, self._journal_failed)
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._state: inspection.State | None = None
        self._actions: set[asyncio.Task[None]] = set()
        self._samples = 0
        self._troubled = False
        self._late_ms: int | None = None

    # what the desk may do --------------------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        """Time since the start of this test, in ms."""
        return self.parts.clock.now_ms() - self.started_ms

    def stop(self, cause: AbortCause, why: str, by: str) -> None:
        """Ask for the end now; the load goes to zero before anything else."""
        self._hear(Stop(self.now_ms, cause, why, by))

    def trouble(self, reason: str, device: str, evidence: str) -> None:
        """End the test as invalid: something that it needs is gone."""
        self._trouble(reason, device, evidence)

    def answer(self, question: str, choice: str, operator: str) -> None:
        """Hand in the operator's answer."""
        if question in ("mil_lights_at_key_on", "mil_out_with_engine_on", "obd_no_link_why"):
            self._hands.findings.obd_answers[question] = choice
        self.question = None
        self._hear(Answer(self.now_ms, question, choice, operator))

    async def run(self) -> SealedRecord:
        """Run the test to its sealed record. However it ends, the load is off and a record is there."""
        parts = self.parts
        parts.acquisition.use(self._kit)
        if self.job.method in ASKS_FOR_PROBE:
            parts.board.put("operator", {"probe_in": 0.0}, parts.clock.now_ms())
        parts.raw.begin()
        opening = recording.opening_body(self.job, parts, parts.clock.wall_ms())
        devices = recording.device_facts(parts.equipment)
        opened_at = recording.moment(parts.clock.wall_ms())
        ledger = parts.ledger.ledger
        await parts.ledger.call(ledger.begin_test, TestOpening(self.job.test_id, opened_at, opening, devices))
        workers = [
            asyncio.create_task(self._beat(), name="beats"),
            asyncio.create_task(self._journal.run(), name="journal"),
        ]
        for worker in workers:
            worker.add_done_callback(self._worker_ended)
        try:
            finish = await self._steer()
        except asyncio.CancelledError:
            finish = Finish(cause=AbortCause.FORCED_EXIT, detail="the program was told to end")
        except Exception as error:  # whatever breaks: load off, and a record that says so
            log.exception("test %s broke", self.job.test_id)
            finish = Finish(reason="program_fault", detail=repr(error))
        return await see_through(self._close(opening, devices, finish, workers))

    async def come_to_rest(self) -> None:
        """After the record is sealed: have the car stopped, then raise the lift; beside the rollers it just stands."""
        self.parts.acquisition.use(None)
        if not self._kit.loads():
            return
        self._show(Prompt("brake_to_stop"), "making_safe")
        clock, looks, standing = self.parts.clock, 0, 0
        while True:
            looks += 1
            if looks == REST_WITHIN_S * 5:
                log.error(
                    "rollers still turn, or are not heard, %d s after the test; the lift stays down", REST_WITHIN_S
                )
                self._show(Prompt("no_rest"), "making_safe")
            standing = standing + 1 if await self._stands(looks) else 0
            if standing >= STANDS_LOOKS and isinstance(await self._hands.do("lift_up"), Done):
                return
            await clock.sleep(0.2)

    async def _stands(self, looks: int) -> bool:
        """Look whether the rollers stand, unloaded; a release that is still owed is tried again each second."""
        self.parts.acquisition.look_at_streams()
        if self._load.owed and looks % 5 == 0:
            await self._load.release()
        speed = self.parts.board.channel("speed_kmh", self.parts.clock.now_ms()).value
        return not self._load.owed and safety.may_move_lift(speed)

    # the loop --------------------------------------------------------------------------------------------------------

    async def _steer(self) -> Finish:
        self._state, commands = inspection.begin(0, self._plan)
        while True:
            for command in commands:
                if isinstance(command, Finish):
                    return command
                await self._carry(command)
            event = await self._events.get()
            self._state, commands = inspection.step(self._state, event, self._plan)
            self._follow_stage()

    async def _carry(self, command: Command) -> None:
        match command:
            case Prompt():
                self._show(command, self.stage)
            case Ask():
                self.question = command
                self._changed()
            case Do(action):
                self._begin(self._act(action), f"do-{action}")
            case HoldLoad():
                force = self._trial.total_force_n() if self._trial is not None else None
                if force is not None:
                    self._note("load", total_force_n=round(force, 1))
                    self._load.hold(force)
            case HoldSpeed(speed_kmh):
                if not self._load.on:
                    self._note("hold_speed", speed_kmh=round(speed_kmh, 2))
                self._load.hold_speed(speed_kmh)
            case Mark(channel):
                self.parts.board.put("operator", {channel: 1.0}, self.parts.clock.now_ms())
                self._note("mark", channel=channel)
            case ReleaseLoad():
                await self._let_go()
            case BeginMeasure(start_phase):
                self._begin(self._hands.fan(on=True), "fan-on")
                self._start_phase = start_phase
                self._trial = self.job.open_trial(self.parts.law, start_phase)
                self._journal.begin_measure(self.now_ms)
                self._note("begin_measure", phase=start_phase, measure_from_ms=self._journal.measure_from_ms)

    def _begin(self, work: Coroutine[object, object, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._actions.add(task)
        task.add_done_callback(self._actions.discard)
        task.add_done_callback(self._worker_ended)

    async def _act(self, action: str) -> None:
        self._note("action", action=action)
        checked = len(self._hands.findings.checks)
        ended = await self._hands.do(action)
        for check in self._hands.findings.checks[checked:]:
            self._note("check", **check)
        if action == "obd_read" and self._hands.findings.obd_facts is not None:
            self._note("obd_facts", **self._hands.findings.obd_facts)
        self._hear(ended)

    async def _let_go(self) -> None:
        taken = await self._load.release()
        self._note("release_load", taken=taken)

    # beats -----------------------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        async for mark in beats(self.parts.clock):
            self._one_beat(mark)

    def _one_beat(self, mark: BeatMark) -> None:
        parts = self.parts
        parts.acquisition.look_at_streams()
        t_ms = mark.at_ms - self.started_ms
        self._samples += 1
        sample = parts.board.sample(self._samples, t_ms, mark.at_ms, parts.clock.wall_ms(), mark.missed)
        self._watch(sample)
        for change in self._cameras.look(t_ms, sample.wall_ms):
            self._journal.note(change)
        fewest_rows = self._journal.take(sample)
        if fewest_rows is not None and fewest_rows < ENOUGH_ROWS:
            self._trouble("host_overloaded", "host", f"a second with {fewest_rows} of 10 beats")
        speed, rpm = _value(sample, "speed_kmh"), _value(sample, "engine_rpm")
        self._load.on_beat(speed)
        self._events.put_nowait(Beat(t_ms, speed, rpm))
        self._live(sample)

    def _watch(self, sample: Sample) -> None:
        rollers = self._kit.loads() and sample.t_ms > safety.SETTLE_MS
        tripped = safety.dyno_interlock(sample) if rollers else None
        if sample.missed:
            self._late_ms = sample.t_ms
        if tripped is not None and not tripped.unsafe and safety.may_be_our_own_sleep(sample, self._late_ms):
            self._load.let_off()  # the load never waits for an explanation, only the outcome does
            tripped = None
        if tripped is None and self._kit.loads() and self._start_phase is not None:
            tripped = safety.barrier_interlock(sample)
        for role, channel in SPEAKS_BY.items() if self._start_phase is not None else ():
            if tripped is None and role in self._kit.roles and (role != OBD or self.parts.acquisition.obd_live):
                tripped = safety.source_interlock(sample, channel, PART[role])
        for slot in self.parts.equipment.slots.values():
            if tripped is None and slot.state == "lost" and slot.role in self._kit.roles:
                tripped = safety.Tripped(f"{slot.part}_lost", slot.name, slot.evidence, unsafe=False)
        if tripped is None:
            return
        if tripped.unsafe:
            self.stop(AbortCause.SAFETY, tripped.name, "interlock")
        else:
            self._trouble(tripped.name, tripped.device, tripped.evidence)

    def _trouble(self, reason: str, device: str, evidence: str) -> None:
        if self._troubled:  # the first trouble ends the test; its echoes on the next beats say nothing new
            return
        self._troubled = True
        self._hear(Trouble(self.now_ms, reason, device, evidence))

    def _judge(self, second: LegalSecond) -> str:
        assert self._trial is not None  # seconds are closed only after BeginMeasure
        status = self._trial.push(second)
        self.phase = status.phase
        event = MethodStatus(
            self.now_ms,
            status.phase,
            status.elapsed_s,
            status.remaining_s,
            status.restarts,
            status.decided,
            self._trial.guidance(),
        )
        self._events.put_nowait(event)
        return status.phase

    def _worker_ended(self, worker: asyncio.Task[None]) -> None:
        """End the test when a part of the program breaks; it must never go on half blind."""
        if not worker.cancelled() and (error := worker.exception()) is not None:
            log.critical("%s broke", worker.get_name(), exc_info=error)
            self._trouble("program_fault", worker.get_name(), repr(error))

    def _load_refused(self, evidence: str) -> None:
        self._trouble("load_refused", "dyno", evidence)

    def _journal_failed(self, evidence: str) -> None:
        self._trouble("ledger_failed", "ledger", evidence)

    # words and notes -------------------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        kind = type(event).__name__.lower()
        detail = {name: getattr(event, name) for name in event.__slots__ if name != "t_ms"}
        self._journal.note(LaneEvent(event.t_ms, self.parts.clock.wall_ms(), kind, detail))
        self._events.put_nowait(event)

    def _note(self, kind: str, **detail: object) -> None:
        self._journal.note(LaneEvent(self.now_ms, self.parts.clock.wall_ms(), kind, detail))

    def _follow_stage(self) -> None:
        if isinstance(self._state, inspection.Inspection):
            self.stage = self._state.stage

    def _show(self, prompt: Prompt, stage: str) -> None:
        if prompt.code != self.prompt.code:
            self._note("prompt", code=prompt.code)
        self.prompt, self.stage = prompt, stage
        self._panel.show(prompt)
        self._changed()

    # the one way out -------------------------------------------------------------------------------------------------

    async def _close(
        self, opening: dict[str, object], devices: dict[str, object], finish: Finish, workers: list[asyncio.Task[None]]
    ) -> SealedRecord:
        self.question = None
        stood = self.phase or self.stage
        # A driver may still have the foot down: what the car shall do goes before what the program does.
        moving = self._kit.loads() and self._start_phase is not None
        self._show(Prompt("brake_to_stop" if moving else "sealing"), "sealing")
        failed = await make_safe(
            self.parts.clock,
            (
                ("release_load", self._load_off),
                ("end_actions", self._end_actions),
                ("stop_pump", self._stop_pump),
                ("obd", self._leave_obd),
                ("fan", self._stop_fan),
            ),
        )
        self._note("made_safe", failed=failed)
        await end_tasks(workers[:1])
        await self._journal.end()
        await asyncio.gather(workers[1], return_exceptions=True)
        parts, ended_ms = self.parts, self.parts.clock.wall_ms()
        measured = (self._start_phase, self._journal.measure_from_ms)
        verdict = self._trial.verdict() if self._trial is not None else None
        remarks = [f"stopped_in:{stood}"] if finish.cause is not None else []
        findings, cameras = self._hands.findings, self._cameras.events
        body = recording.closing_body(opening, finish, verdict, findings, measured, ended_ms, remarks, cameras)
        sealed = await self._seal(body, devices, recording.moment(ended_ms))
        parts.bureau.wake()
        return sealed

    async def _seal(self, body: dict[str, object], devices: dict[str, object], at: datetime) -> SealedRecord:
        """Seal, and try again while the disk refuses: a decided test must not be lost to a full disk."""
        ledger = self.parts.ledger.ledger
        raw = self.parts.raw.taken()

        def seal() -> SealedRecord:
            return ledger.seal(self.job.test_id, body, at, devices=devices, raw=raw.members())

        for left in range(SEAL_TRIES, -1, -1):
            try:
                return await self.parts.ledger.call(seal)
            except LedgerUnavailableError as error:
                if not left:
                    raise
                log.error("the record of %s is not sealed yet: %s", self.job.test_id, error)
                await self.parts.clock.sleep(SEAL_AGAIN_S)
        raise AssertionError("unreachable: the last try returns or raises")

    async def _load_off(self) -> None:
        await self._let_go()
        if self._load.owed:
            raise NotReadyError("dyno", "release the load", "not taken; it is tried again until it is")

    async def _end_actions(self) -> None:
        await end_tasks(list(self._actions))

    async def _stop_pump(self) -> None:
        equipment = self.parts.equipment
        for role in (GAS, NOX):
            if role in self._kit.roles:
                async with equipment.slot(role).busy:
                    await (equipment.gas if role == GAS else equipment.nox).stop_pump()

    async def _stop_fan(self) -> None:
        await self._hands.fan(on=False)

    async def _leave_obd(self) -> None:
        self.parts.acquisition.obd_live = False
        self.parts.board.forget("obd")
        async with self.parts.equipment.slot(OBD).busy:
            await self.parts.equipment.obd.disconnect()


def _kit(method: str, parts: LaneParts) -> Kit:
    kit = kit_of(method, parts.equipment.roles)
    if kit is None:
        raise ValueError(f"this lane lacks a device for {method}")  # the desk has refused such a vehicle
    return kit


def _value(sample: Sample, name: str) -> float | None:
    channel = sample.channels.get(name)
    return channel.value if channel is not None else None
