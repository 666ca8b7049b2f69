"""The daemon: starts a joined lane, closes what a crash left open, and runs until told to end.

Knows the order of starting and ending. One asyncio loop; the ledger has its own thread, every serial port its reader.
"""

import asyncio
import errno
import fcntl
import functools
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path

from lanectl.app.compose import Lane, join
from lanectl.app.heart import HeardClock, Heart
from lanectl.app.mode import url_refused
from lanectl.app.service import Manager
from lanectl.cameras.room import CameraRoom
from lanectl.cameras.watcher import Camera
from lanectl.lane import recording
from lanectl.lane.clock import Clock, RealClock
from lanectl.lane.equipment import Slot
from lanectl.lane.parts import LaneParts
from lanectl.lane.ports import BureauPort, BureauUnreachableError, UplinkState, VehicleHistory
from lanectl.ledger.errors import LedgerError, LedgerUnavailableError
from lanectl.ledger.keys import TrustStore
from lanectl.ledger.writer import LedgerCaller
from lanectl.model.record import LaneIdentity
from lanectl.model.words.ports import DOUBTED, grade_text
from lanectl.settings.lane_file import LaneFile
from lanectl.terminal.server import serve
from lanectl.uplink.bureau_port import MqttBureau
from lanectl.uplink.client import LineSettings
from lanectl.uplink.commands import Command
from lanectl.uplink.memory import LineMemory

log = logging.getLogger(__name__)
UPLINK_AGAIN_S = 5.0


class AlreadyRunningError(Exception):
    """Another lanectl holds this lane's ledger. Two of them would close each other's tests."""


class BrokeOffError(Exception):
    """A part of the daemon ended by itself, and the lane with it; everything was left in order."""


def hold_alone(ledger: Path) -> int:
    """Hold the ledger for this process alone, until it ends in whatever way; AlreadyRunningError when it is held."""
    try:
        descriptor = os.open(ledger.with_name(ledger.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerUnavailableError(f"{ledger.parent}: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise AlreadyRunningError(f"another lanectl runs this lane ({ledger}); end it first") from None
    return descriptor


def tell_grades(slots: Iterable[Slot]) -> None:
    """Log, before the first device is opened, whose protocol is not attested twice."""
    for slot in slots:
        text = grade_text(slot.name, slot.driver, slot.grade, DOUBTED)
        if text is not None:
            level = logging.WARNING if slot.grade == "B" else logging.INFO
            log.log(level, "%s %s", text.zh, text.en, extra={"device": slot.name})


class NoBureau:
    """A lane without an uplink (training alone): nobody answers, and the gate decides what that means."""

    async def ask_vehicle(self, plate: str, vin: str) -> VehicleHistory:
        """Raise BureauUnreachableError, always."""
        raise BureauUnreachableError("this lane has no uplink")

    def state(self) -> UplinkState:
        """Return a line that is not connected."""
        return UplinkState(False, 0, None)

    def wake(self) -> None:
        """Nobody is there to be woken."""


async def close_unfinished(parts: LaneParts) -> list[str]:
    """Seal every test that was under way when program or machine broke off: aborted, cause crash. Never resumed."""
    ledger, closed = parts.ledger.ledger, []
    for unfinished in await parts.ledger.call(ledger.unfinished):
        opening = unfinished.opening
        wall_ms = parts.clock.wall_ms()
        kept = unfinished.kept
        body = recording.crash_body(opening.body, wall_ms, kept.events, kept.seconds, kept.samples)
        await parts.ledger.call(ledger.seal, opening.test_id, body, recording.moment(wall_ms))
        log.warning("test %s was found unfinished and is closed as aborted, cause crash", opening.test_id)
        closed.append(opening.test_id)
    return closed


def settle_memory() -> None:
    """Take what the start has made (modules, rules, settings) out of the collector's sight: it stays for good.

    The collector stops everything else while it looks, so that looking through all of it in a test would hold beats up.
    """
    gc.collect()
    gc.freeze()


def _cameras(lane_file: LaneFile) -> list[Camera]:
    return [
        Camera(table.id, table.name, table.url, table.required, table.clock_region, table.reference)
        for table in lane_file.cameras
    ]


class Daemon:
    """One lane, running."""

    def __init__(self, lane_file: LaneFile, ready: Callable[[str], None] = lambda address: None) -> None:
        self._lane_file = lane_file
        self._ready = ready
        self._manager = Manager()
        self._page: str | None = None
        self._mqtt: MqttBureau | None = None
        refused = functools.partial(url_refused, lane_file.lane.mode)
        self._cameras = CameraRoom(_cameras(lane_file), RealClock(), self._cameras_changed, refused)
        self._held = hold_alone(lane_file.ledger.file)
        clock = HeardClock(RealClock(lane_file.lane.clock_factor))
        try:
            self.lane: Lane = join(lane_file, self._make_bureau, clock=clock, cameras=self._cameras)
        except BaseException:
            os.close(self._held)
            raise
        self._heart = Heart(self._manager, self.lane.parts.ledger, clock, self._status)

    def _make_bureau(
        self,
        identity: LaneIdentity,
        ledger: LedgerCaller,
        trust: TrustStore,
        clock: Clock,
        changed: Callable[[], None],
    ) -> BureauPort:
        uplink = self._lane_file.uplink
        if uplink is None:
            return NoBureau()
        settings = LineSettings(uplink.host, uplink.port, uplink.ca, uplink.cert, uplink.key)
        memory = LineMemory(self._folder() / "line_memory.json")
        self._mqtt = MqttBureau(
            identity, settings, ledger.ledger, ledger.call, trust, clock, clock.wall_ms,
            on_command=self._obey, memory=memory, on_change=changed, cameras=self._cameras,
        )  # fmt: skip
        return self._mqtt

    def _cameras_changed(self) -> None:
        self.lane.desk.changed()
        if self._mqtt is not None:
            self._mqtt.cameras_changed()

    def _folder(self) -> Path:
        return self._lane_file.ledger.file.parent

    def _obey(self, command: Command) -> None:
        desk = self.lane.desk
        if command.command == "stop":
            desk.stop_by_bureau(command.reason)
        elif command.command == "lock":
            desk.locks.lock_by_bureau(command.reason)
        else:
            desk.locks.unlock_by_bureau()
        desk.changed()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; a running test is then sealed as a forced exit before the program ends."""
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end.set)
        await close_unfinished(self.lane.parts)
        tell_grades(self.lane.parts.equipment.slots.values())
        workers = [asyncio.create_task(work, name=name) for name, work in self._work().items()]
        heart = asyncio.create_task(self._beat(), name="heart")
        try:
            ended = asyncio.create_task(end.wait(), name="end")
            await asyncio.wait([ended, heart, *workers], return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
        finally:
            self._manager.tell("STOPPING=1")
            await self._end(workers, heart)
        for worker in (*workers, heart):
            if not worker.cancelled() and (error := worker.exception()) is not None:
                raise BrokeOffError(self._why(worker.get_name(), error)) from error

    def _why(self, worker: str, error: BaseException) -> str:
        if worker == "terminal" and isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            port = self._lane_file.terminal.port
            return f"port {port} is taken by another program; end it, or choose another port under [terminal]"
        return f"{worker} ended: {error!r}"

    def _work(self) -> dict[str, Coroutine[object, object, None]]:
        parts, desk = self.lane.parts, self.lane.desk
        work: dict[str, Coroutine[object, object, None]] = {
            "equipment": parts.equipment.run(),
            "acquisition": parts.acquisition.run(),
            "desk": desk.run(),
            "terminal": serve(desk, port=self._lane_file.terminal.port, ready=self._say_ready),
        }
        if self._lane_file.cameras:
            work["cameras"] = self._cameras.run()
        if parts.guard is not None:
            work["guard"] = parts.guard.run()
        if self._mqtt is not None:
            work["uplink"] = self._keep_uplink(self._mqtt)
        return work

    async def _keep_uplink(self, mqtt: MqttBureau) -> None:
        """Keep the uplink going through storage trouble: it locks the lane, it never ends a running test."""
        while True:
            try:
                await mqtt.run()
            except* LedgerError as group:
                log.error("the uplink meets storage trouble: %s", group.exceptions[0])
                self.lane.desk.locks.ledger_failed(str(group.exceptions[0]))
            await self.lane.parts.clock.sleep(UPLINK_AGAIN_S)

    def _say_ready(self, address: str) -> None:
        self._page = address

    async def _beat(self) -> None:
        """Say that the lane is ready once it is, and from then on that it lives."""
        needed = ("acquire-", "desk") if self.lane.parts.guard is None else ("acquire-", "desk", "guard")
        await self._heart.until_ready(needed, lambda: self._page is not None)
        settle_memory()
        self._ready(self._page or "")
        await self._heart.run()

    def _status(self) -> str:
        """Say in one line how the lane stands."""
        parts = self.lane.parts
        bad = ", ".join(f"{slot.name} {slot.state}" for slot in parts.equipment.not_usable())
        uplink = parts.bureau.state()
        line = "connected" if uplink.connected else "not connected"
        return (
            f"{parts.name} {parts.identity.path} ({parts.identity.mode}): "
            f"{'devices not ready: ' + bad if bad else 'all devices ready'}; "
            f"bureau {line}, {uplink.outbox} messages wait; {self._page}"
        )

    async def _end(self, workers: list[asyncio.Task[None]], heart: asyncio.Task[None]) -> None:
        """End the lane's work; the heart beats until the devices are left harmless."""
        await self.lane.desk.end()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        parts = self.lane.parts
        await parts.equipment.close()
        heart.cancel()
        await asyncio.wait([heart])
        await parts.ledger.call(parts.ledger.ledger.checkpoint, recording.moment(parts.clock.wall_ms()))
        await parts.ledger.close()
        os.close(self._held)
