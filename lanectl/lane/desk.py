"""The operator's desk: queue, acceptance, start, answers, stop. The lane's one port for screens (DeskPort).

Knows who waits and what runs. The gate decides who may be tested, the runner tests, the ledger remembers.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from lanectl.core.methods import open_trial
from lanectl.core.trial import VehicleFactMissing
from lanectl.lane import log_fields, screen
from lanectl.lane.admission import Admission
from lanectl.lane.choice import method_for
from lanectl.lane.clock import local_moment, stamp
from lanectl.lane.job import FIRST_PHASE, Job
from lanectl.lane.kit import DYNO, NEEDED, PART
from lanectl.lane.locks import Locks, words
from lanectl.lane.notice import Notice
from lanectl.lane.parts import LaneParts
from lanectl.lane.ports import RefusedError
from lanectl.lane.recording import moment
from lanectl.lane.runner import TestRun
from lanectl.lane.safety import may_move_lift
from lanectl.ledger.errors import LedgerError
from lanectl.ledger.values import ResultRow
from lanectl.model.outcome import AbortCause
from lanectl.model.sample import Sample
from lanectl.model.vehicle import Vehicle
from lanectl.model.view import AcceptForm, LaneView, RefusalView, ResultView, TicketView, UplinkView
from lanectl.model.words.refusals import REFUSALS

log = logging.getLogger(__name__)
LIVE_NAMES = (
    "speed_kmh", "force_n", "engine_rpm", "hc_ppm", "co_pct", "co2_pct", "o2_pct", "no_ppm", "oil_temp_c", "obd_rpm",
    "opacity_n_pct", "opacity_k_per_m", "nox_ppm", "power_total_kw",
)  # fmt: skip
DATA_LIST = "obd_"
"""What the vehicle itself tells: whichever of it there is."""
ASKED_HERE = {"two_speed_idle": ("closed_loop",), "free_acceleration": ("rated_rpm",)}
"""Facts that a method can do without, by judging less; a lane asks for them."""
RESULTS_SHOWN = 20
REFRESH_S = 1.0
MOST_LOOKS, LOOK_S = 6, 0.1
"""The slowest bench is asked ten times a second."""


def refusal(code: str, **facts: object) -> RefusedError:
    """Return a refusal with its words."""
    return RefusedError(RefusalView(code=code, codes=(code,), message=words(REFUSALS[code].fill(**facts))))


class Desk:
    """Implements DeskPort over the lane's parts."""

    def __init__(self, parts: LaneParts, state_folder: Path) -> None:
        self.locks = Locks(parts.equipment, parts.cameras, state_folder, parts.guard)
        if parts.guard is not None:
            parts.guard.listener = self
        self.parts = parts
        self._admission = Admission(parts)
        self._tickets: dict[str, TicketView] = {}
        self._jobs: dict[str, tuple[Vehicle, str | None]] = {}
        self._ticket_of_test: dict[str, str] = {}
        self._results: tuple[ResultView, ...] = ()
        self._shown: dict[int, ResultView] = {}
        self._run: TestRun | None = None
        self._ending = False
        self._task: asyncio.Task[None] | None = None
        self._notice = Notice()
        self._live: set[asyncio.Queue[dict[str, float | int | None]]] = set()
        self._seq = 0

    # screens ---------------------------------------------------------------------------------------------------------

    def view(self) -> LaneView:
        """Return the whole screen as of now."""
        parts, uplink = self.parts, self.parts.bureau.state()
        identity = parts.identity
        return LaneView.model_validate(
            {
                "seq": self._seq,
                "region": identity.region,
                "station": identity.station,
                "lane": identity.lane,
                "name": parts.name,
                "mode": identity.mode,
                "clock": stamp(parts.clock.wall_ms()),
                "operators": tuple(parts.operators.items()),
                "devices": screen.device_views(parts.equipment),
                "cameras": screen.camera_views(parts.cameras.cameras()),
                "uplink": UplinkView(connected=uplink.connected, outbox=uplink.outbox, oldest_s=uplink.oldest_s),
                "locks": self.locks.view(),
                "queue": tuple(self._tickets.values()),
                "running": None if self._run is None else screen.running_view(self._run, parts.clock),
                "results": self._results,
            }
        )

    async def changes(self) -> AsyncIterator[LaneView]:
        """Yield the screen now and after each change."""
        async for _ in self._notice.follow():
            yield self.view()

    async def live(self) -> AsyncIterator[dict[str, float | int | None]]:
        """Yield the live readings of each beat; a slow reader loses the oldest."""
        queue: asyncio.Queue[dict[str, float | int | None]] = asyncio.Queue(maxsize=5)
        self._live.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._live.discard(queue)

    def changed(self) -> None:
        """Tell every screen that there is something new."""
        self._seq += 1
        self._notice.ring()

    async def run(self) -> None:
        """Keep devices and results fresh while nothing runs."""
        while True:
            await self.refresh_results()
            if self._run is None:
                self.parts.acquisition.look_at_streams()
            for device, changes in self.parts.equipment.take_news():
                await self._tell_bureau("device_changed", device=device, changes=list(changes))
            self.changed()
            await self.parts.clock.sleep(REFRESH_S)

    async def refresh_results(self) -> None:
        """Read the latest results and their receipts from the ledger."""
        try:
            ledger = self.parts.ledger
            rows = await ledger.call(ledger.ledger.results, RESULTS_SHOWN)
            self._results = tuple(self._result_view(row) for row in rows)
        except LedgerError as error:
            self.locks.ledger_failed(str(error))

    # acceptance ------------------------------------------------------------------------------------------------------

    async def accept(self, form: AcceptForm) -> TicketView:
        """Put a vehicle into the queue after asking the gate; a refused one stands there with the reason."""
        self._known_operator(form.operator)
        vehicle = _vehicle(form)
        self._not_queued(form)
        method, reason = method_for(vehicle)
        if not self.parts.equipment.can(method):
            raise refusal("method_not_here", method=method)
        self._check_facts(method, vehicle)
        answer = await self._admission.ask(vehicle, form.permit)
        self._not_queued(form)
        wall_ms = self.parts.clock.wall_ms()
        ticket = TicketView(
            ticket=f"{local_moment(wall_ms):%m%d%H%M%S}{secrets.token_hex(2)}",
            plate=form.plate,
            vin=form.vin,
            fuel=form.fuel,
            method=method,
            status="waiting" if answer.decision.decision == "allow" else "refused",
            accepted_at=stamp(wall_ms),
            retest=answer.retest,
            refusal=answer.refusal,
        )
        self._tickets[ticket.ticket] = ticket
        self._jobs[ticket.ticket] = (vehicle, form.permit)
        facts = form.model_dump(mode="json", exclude={"permit"})
        told = {"ticket": ticket.ticket, "status": ticket.status, "method": method, "method_reason": reason, **facts}
        await self._tell_bureau("vehicle_accepted", **told)
        self.changed()
        return ticket

    async def dismiss(self, ticket: str, operator: str) -> None:
        """Take a waiting or refused vehicle out of the queue."""
        self._known_operator(operator)
        found = self._ticket(ticket)
        if found.status == "testing":
            raise refusal("not_waiting")
        del self._tickets[ticket]
        del self._jobs[ticket]
        await self._tell_bureau("vehicle_dismissed", ticket=ticket, operator=operator)
        self.changed()

    # the test --------------------------------------------------------------------------------------------------------

    async def start(self, ticket: str, operator: str) -> str:
        """Start the test of a waiting vehicle; the gate is asked again, since the world may have moved on."""
        self._known_operator(operator)
        found = self._ticket(ticket)
        if self._run is not None:
            raise refusal("busy")
        if found.status != "waiting":
            raise refusal("not_waiting")
        if self.locks.against(found.method):
            raise refusal("locked")
        if DYNO in NEEDED[found.method]:
            await self._rollers_stand()
        vehicle, permit = self._jobs[ticket]
        answer = await self._admission.ask(vehicle, permit)
        if self._tickets.get(ticket) is not found:
            raise refusal("not_waiting")
        if answer.refusal is not None:
            self._tickets[ticket] = found.model_copy(update={"status": "refused", "refusal": answer.refusal})
            self.changed()
            raise RefusedError(answer.refusal)
        if self._run is not None:
            raise refusal("busy")
        if self.locks.against(found.method):
            raise refusal("locked")
        test_id, gate = self._new_test_id(), answer.decision
        job = Job(
            ticket,
            test_id,
            operator,
            vehicle,
            found.method,
            gate,
            answer.bureau,
            answer.undecided,
            method_for(vehicle)[1],
            answer.changed,
        )
        self._tickets[ticket] = found.model_copy(update={"status": "testing"})
        self._ticket_of_test[job.test_id] = ticket
        self._run = TestRun(self.parts, job, self.changed, self._publish)
        self._task = asyncio.create_task(self._see_test_through(self._run), name=f"test-{job.test_id}")
        self.changed()
        return job.test_id

    async def answer(self, question: str, choice: str, operator: str) -> None:
        """Answer the question that the running test asks."""
        self._known_operator(operator)
        asked = self._run.question if self._run is not None else None
        if self._run is None or asked is None or asked.question != question:
            raise refusal("no_question")
        if choice not in asked.choices:
            raise refusal("bad_choice")
        self._run.answer(question, choice, operator)
        self.changed()

    async def stop(self, operator: str, why: str) -> None:
        """Stop the running test: load off, outcome aborted."""
        self._known_operator(operator)
        if self._run is None:
            raise refusal("nothing_running")
        self._run.stop(AbortCause.OPERATOR, why, operator)

    def stop_by_bureau(self, why: str) -> None:
        """Stop the running test, if any, because the bureau says so."""
        if self._run is not None:
            self._run.stop(AbortCause.BUREAU, why, "bureau")

    def estop_pressed(self) -> None:
        """Stop the running test, if any: somebody has pressed the emergency stop."""
        if self._run is not None:
            self._run.stop(AbortCause.SAFETY, "estop", "emergency stop")
        self.changed()

    def enable_opened(self, reason: str, device: str, evidence: str) -> None:
        """End the running test, if any: the dynamometer's enable circuit is open."""
        if self._run is not None:
            self._run.trouble(reason, device, evidence)
        self.changed()

    async def end(self) -> None:
        """End the lane's work: a running test is sealed as a forced exit."""
        self._ending = True
        if self._run is not None:
            self._run.stop(AbortCause.FORCED_EXIT, "the program was told to end", "system")
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=15.0)

    async def _see_test_through(self, run: TestRun) -> None:
        log_fields.note(test_id=run.job.test_id)
        ticket, outcome = run.job.ticket, "aborted"
        try:
            log.info("test %s begins", run.job.test_id)
            sealed = await run.run()
            outcome = str(sealed.body["outcome"])
            log.info("test %s is sealed as record %d: %s", run.job.test_id, sealed.sequence, outcome)
        except LedgerError as error:
            log.critical("test %s could not be sealed: %s", run.job.test_id, error)
            self.locks.ledger_failed(str(error))
        except Exception as error:  # nobody awaits this task: what is not said here is never heard
            log.critical("test %s could not be sealed", run.job.test_id, exc_info=error)
            self.locks.ledger_failed(repr(error))
        self._tickets[ticket] = self._tickets[ticket].model_copy(update={"status": "done", "outcome": outcome})
        await self.refresh_results()
        self.changed()
        try:
            if not self._ending:  # the load is off; nobody is left who could raise the lift
                await run.come_to_rest()
        finally:
            self._run = None
            self.changed()

    # helpers ---------------------------------------------------------------------------------------------------------

    def _publish(self, sample: Sample) -> None:
        values: dict[str, float | int | None] = {"t_ms": sample.t_ms}
        for name in LIVE_NAMES:
            channel = sample.channels.get(name)
            values[name] = channel.value if channel is not None else None
        told = ((name, channel.value) for name, channel in sample.channels.items() if name.startswith(DATA_LIST))
        values |= {name: value for name, value in told if value is not None}
        for queue in self._live:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(values)

    def _result_view(self, row: ResultRow) -> ResultView:
        """Return a result as the screen shows it; made once, and again only when its receipt has come."""
        known = self._shown.get(row.sealed.sequence)
        if known is None or (known.receipt == "waiting" and row.receipt is not None):
            known = screen.result_view(row, self._ticket_of_test.get(str(row.sealed.body["test_id"]), ""))
            self._shown[row.sealed.sequence] = known
        return known

    def _not_queued(self, form: AcceptForm) -> None:
        waiting = (ticket for ticket in self._tickets.values() if ticket.status in ("waiting", "testing"))
        if any(form.vin == ticket.vin or form.plate == ticket.plate for ticket in waiting):
            raise refusal("already_queued")

    def _ticket(self, ticket: str) -> TicketView:
        found = self._tickets.get(ticket)
        if found is None:
            raise refusal("unknown_ticket")
        return found

    async def _rollers_stand(self) -> None:
        """Look at the rollers now; again where they were last seen turning, because one look alone has no say."""
        for _ in range(MOST_LOOKS):
            self.parts.acquisition.look_at_streams()
            speed = self.parts.board.channel("speed_kmh", self.parts.clock.now_ms()).value
            if speed is not None and not self.parts.board.waits(PART[DYNO]):
                break
            await self.parts.clock.sleep(LOOK_S)
        if not may_move_lift(speed):
            raise refusal("rollers_turning")

    async def _tell_bureau(self, kind: str, **detail: object) -> None:
        """Put an event into the outbox: what is entered and taken away again does not vanish."""
        wall_ms, ledger = self.parts.clock.wall_ms(), self.parts.ledger
        event = {"kind": kind, "detail": detail, "at": stamp(wall_ms)}
        try:
            await ledger.call(ledger.ledger.post, "event", event, moment(wall_ms))
        except LedgerError as error:
            self.locks.ledger_failed(str(error))
        self.parts.bureau.wake()

    def _check_facts(self, method: str, vehicle: Vehicle) -> None:
        """Refuse a vehicle of which a fact is missing: what the method needs, and what it would else leave unjudged."""
        for fact in ASKED_HERE.get(method, ()):
            if getattr(vehicle, fact) is None:
                raise refusal("bad_vehicle", detail=f"{fact}: missing")
        section = self.parts.law.section(method, vehicle)
        try:
            open_trial(method, vehicle.model_dump(mode="json"), section.data, section.set, FIRST_PHASE[method])
        except VehicleFactMissing as error:
            raise refusal("bad_vehicle", detail=str(error)) from None

    def _known_operator(self, operator: str) -> None:
        if operator not in self.parts.operators:
            raise refusal("unknown_operator")

    def _new_test_id(self) -> str:
        identity, wall_ms = self.parts.identity, self.parts.clock.wall_ms()
        return f"{identity.station}-{identity.lane}-{local_moment(wall_ms):%Y%m%d%H%M%S}-{secrets.token_hex(2)}"


def _vehicle(form: AcceptForm) -> Vehicle:
    facts: Mapping[str, object] = form.model_dump(exclude={"operator", "permit"})
    try:
        return Vehicle.model_validate(facts)
    except ValidationError as error:
        first = error.errors()[0]
        raise refusal("bad_vehicle", detail=f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
