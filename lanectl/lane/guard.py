"""The guard: keeps the dynamometer's enable circuit closed, on every beat anew, and only while all is well.

The circuit runs through the watchdog output of the lane I/O module, which opens by itself when nobody refreshes it:
a program that hangs or dies takes the load off. Knows inputs and freshness. Does not know tests (GuardListener does).
"""

import logging
from typing import Protocol, cast

from drivers.errors import DeviceError
from drivers.readings import IoReading
from drivers.roles import LaneIo
from lanectl.lane.acquisition import Acquisition
from lanectl.lane.board import Board
from lanectl.lane.clock import BeatMark, Clock, beats
from lanectl.lane.equipment import Equipment, Slot
from lanectl.lane.safety import Enable, may_enable

log = logging.getLogger(__name__)


class GuardListener(Protocol):
    """Who is told."""

    def estop_pressed(self) -> None:
        """Stop what runs: somebody has pressed the emergency stop."""

    def enable_opened(self, reason: str, device: str, evidence: str) -> None:
        """End what runs: the enable circuit is open, the dynamometer brakes no more."""


class Guard:
    """Watches one lane I/O module for as long as the lane lives. ``listener`` is set once, before it runs."""

    def __init__(self, slot: Slot, equipment: Equipment, acquisition: Acquisition, board: Board, clock: Clock) -> None:
        self.listener: GuardListener | None = None
        self._slot = slot
        self._equipment = equipment
        self._acquisition = acquisition
        self._board = board
        self._clock = clock
        self._inputs: IoReading | None = None
        self._inputs_ms = 0
        self._closed = False
        self._kicked_ms = 0

    @property
    def io(self) -> LaneIo:
        """The lane I/O module."""
        return cast(LaneIo, self._slot.device)

    @property
    def estop(self) -> bool:
        """Whether the emergency stop is known to be pressed."""
        return self._inputs is not None and self._inputs.estop

    @property
    def closed(self) -> bool:
        """Whether the enable circuit is being kept closed."""
        return self._closed

    async def run(self) -> None:
        """Look, decide and refresh on every beat; whatever ends this leaves the circuit to open by itself."""
        async for mark in beats(self._clock):
            if not self._slot.opened:
                self._blind(self._slot.code or "lost")
                continue
            await self._one_beat(mark)

    async def _one_beat(self, mark: BeatMark) -> None:
        """Open the circuit first where it must open; only then ask for the inputs."""
        try:
            await self._open_if(self._against(mark.at_ms))
            await self._look()
            against = self._against(self._clock.now_ms())
            if against is None:
                await self.io.kick_watchdog()
                self._closed, self._kicked_ms = True, self._clock.now_ms()
            await self._open_if(against)
        except DeviceError as error:
            self._equipment.report(self._slot, error)
            self._blind(error.code)
        else:
            self._equipment.report_good(self._slot)

    def _against(self, now_ms: int) -> tuple[str, str, str] | None:
        """Return why the circuit must be open: reason, device, evidence."""
        self._acquisition.look_at_dyno()
        arrived_ms, idle = self._acquisition.dyno_now()
        late_ms = now_ms - self._kicked_ms
        if self._closed and late_ms > self.io.watchdog_ms:
            reason = "host_overloaded" if self._slot.state == "ready" else "io_lost"
            return reason, self._slot.name, f"the watchdog output was not refreshed for {late_ms} ms"
        return may_enable(
            Enable(
                dyno_age_ms=None if arrived_ms is None else now_ms - arrived_ms,
                dyno_idle=idle,
                inputs_age_ms=None if self._inputs is None else now_ms - self._inputs_ms,
                estop=self.estop,
                closed=self._closed,
            )
        )

    async def _look(self) -> None:
        reading = await self.io.read_inputs()
        pressed = reading.estop and not self.estop
        self._inputs, self._inputs_ms = reading, self._clock.now_ms()
        self._board.put("io", io_channels(reading), self._inputs_ms)
        if pressed:
            log.critical("the emergency stop is pressed")
            if self.listener is not None:
                self.listener.estop_pressed()

    async def _open_if(self, against: tuple[str, str, str] | None) -> None:
        """Open a closed circuit when something speaks against it; a write that fails leaves it to the module's time."""
        if against is None or not self._closed:
            return
        reason, device, evidence = against
        self._closed = False
        log.error("the enable circuit is opened: %s: %s", device, evidence, extra={"device": device})
        if self.listener is not None and reason != "estop":
            self.listener.enable_opened(reason, device, evidence)
        await self.io.drop_watchdog()

    def _blind(self, code: str) -> None:
        """Take note that the module does not answer: its output falls by its own time, and nobody knows the inputs."""
        self._board.blank("io", code)
        age_ms = self._clock.now_ms() - self._kicked_ms
        if self._closed and (self._slot.state == "lost" or age_ms > self.io.watchdog_ms):
            self._closed = False
            if self.listener is not None:
                evidence = f"{self._slot.evidence or code}; the enable circuit opens by itself"
                self.listener.enable_opened("io_lost", self._slot.name, evidence)


def io_channels(reading: IoReading) -> dict[str, float | None]:
    """Return the inputs as channels, 1 for what happens and 0 for what does not."""
    values = {"estop": reading.estop, "barrier_front": reading.barrier_front, "barrier_rear": reading.barrier_rear}
    return {name: None if value is None else float(value) for name, value in values.items()}
