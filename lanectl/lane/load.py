"""The load on the rollers: one place that commands the brake, and the one that lets go.

The law asks for a total force; the brake gives what the rollers' own losses do not (core.formulas.total_force_n read
backwards). A release overtakes everything and is repeated until the dynamometer has taken it.
"""

import asyncio
import logging
from collections.abc import Callable

from drivers.errors import DeviceError
from drivers.roles import Dynamometer
from lanectl.lane.clock import Clock

log = logging.getLogger(__name__)
REPEAT_EVERY_MS = 1_000
WORTH_SENDING_N = 2.0
RELEASE_TRIES = 3


class LoadKeeper:
    """Keeps the commanded total force while speed wanders; ``parasitic_n(speed_kmh)`` is the calibrated loss."""

    def __init__(self, dyno: Dynamometer, clock: Clock, parasitic_n: Callable[[float], float]) -> None:
        self._dyno = dyno
        self._clock = clock
        self._parasitic_n = parasitic_n
        self._wanted_n: float | None = None
        self._sent_n = 0.0
        self._sent_at_ms = 0
        self._sending: asyncio.Task[None] | None = None
        self._letting_off: asyncio.Task[None] | None = None
        self.owed = False
        """Whether a release is still to be taken by the dynamometer."""

    @property
    def on(self) -> bool:
        """Whether a load is commanded."""
        return self._wanted_n is not None

    def hold(self, total_force_n: float) -> None:
        """Command a constant total roller force from the next beat on."""
        self._wanted_n = total_force_n
        self._sent_at_ms = 0

    def on_beat(self, speed_kmh: float | None) -> None:
        """Follow the parasitic loss at the present speed; sends only what is worth sending."""
        if self._wanted_n is None or speed_kmh is None or (self._sending and not self._sending.done()):
            return
        brake_n = max(0.0, self._wanted_n - self._parasitic_n(speed_kmh))
        now_ms = self._clock.now_ms()
        due = now_ms - self._sent_at_ms >= REPEAT_EVERY_MS or abs(brake_n - self._sent_n) >= WORTH_SENDING_N
        if due:
            self._sent_n, self._sent_at_ms = brake_n, now_ms
            self._sending = asyncio.create_task(self._send(brake_n), name="hold-force")

    def let_off(self) -> None:
        """Take the load off while the dynamometer is not heard; ``on_beat`` brings it back once it is."""
        if self._wanted_n is not None and (self._letting_off is None or self._letting_off.done()):
            self._sent_n, self._sent_at_ms = 0.0, 0
            self._letting_off = asyncio.create_task(self._send_release(), name="let-off")

    async def _send_release(self) -> None:
        try:
            await self._dyno.release()
        except DeviceError as error:
            log.warning("release not taken: %s", error)

    async def release(self) -> bool:
        """Command zero load, at once; returns whether the dynamometer took it."""
        self._wanted_n = None
        self.owed = True
        if self._sending is not None:
            self._sending.cancel()
        for _ in range(RELEASE_TRIES):
            try:
                async with self._clock.timeout(0.4):
                    await self._dyno.release()
            except (DeviceError, TimeoutError) as error:
                log.error("release of the load not taken: %s", error)
            else:
                self.owed = False
                return True
        return False

    async def _send(self, brake_n: float) -> None:
        try:
            await self._dyno.hold_force(brake_n)
        except DeviceError as error:
            log.warning("load command not taken: %s", error)
