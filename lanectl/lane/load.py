"""The load on the rollers: one place that commands the brake, and the one that lets go.

The law asks for a total force, and the brake gives what the rollers' own losses do not (core.formulas.total_force_n
read backwards); or it asks for a speed that the rollers shall not exceed. A release overtakes everything and is
repeated until the dynamometer has taken it.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from drivers.errors import DeviceError, RefusedError
from drivers.roles import Dynamometer
from lanectl.lane.clock import Clock

log = logging.getLogger(__name__)
REPEAT_EVERY_MS = 1_000
WORTH_SENDING_N = 2.0
WORTH_SENDING_KMH = 0.05
SLOWING_KMH_PER_S = 2.0
"""A lower speed is walked to: one jump of the set-point would ask the whole brake of a board, and stall the engine."""
RELEASE_TRIES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be held: a total roller force in N, or a roller speed in km/h."""

    kind: str
    value: float


class LoadKeeper:
    """Keeps what is commanded while speed wanders; ``parasitic_n(speed_kmh)`` is the calibrated loss.

    On a lane without rollers (``dyno`` None) there is nothing to hold and nothing to release. ``refused`` hears of a
    command that the dynamometer will not carry out at all.
    """

    def __init__(
        self,
        dyno: Dynamometer | None,
        clock: Clock,
        parasitic_n: Callable[[float], float],
        refused: Callable[[str], None] = lambda evidence: None,
    ) -> None:
        self._refused = refused
        self._dyno = dyno
        self._clock = clock
        self._parasitic_n = parasitic_n
        self._wanted: Wanted | None = None
        self._sent = Wanted("nothing", 0.0)
        self._sent_at_ms = 0
        self._sending: asyncio.Task[None] | None = None
        self._letting_off: asyncio.Task[None] | None = None
        self.owed = False
        """Whether a release is still to be taken by the dynamometer."""

    @property
    def on(self) -> bool:
        """Whether a load is commanded."""
        return self._wanted is not None

    def hold(self, total_force_n: float) -> None:
        """Command a constant total roller force from the next beat on."""
        self._wanted, self._sent_at_ms = Wanted("force", total_force_n), 0

    def hold_speed(self, speed_kmh: float) -> None:
        """Command a highest roller speed from the next beat on; it may move from beat to beat."""
        self._wanted = Wanted("speed", speed_kmh)

    def on_beat(self, speed_kmh: float | None) -> None:
        """Follow what is wanted at the present speed; sends only what is worth sending."""
        if self._wanted is None or speed_kmh is None or (self._sending and not self._sending.done()):
            return
        now_ms = self._clock.now_ms()
        order = self._order(self._wanted, speed_kmh, now_ms)
        if now_ms - self._sent_at_ms >= REPEAT_EVERY_MS or self._differs(order):
            self._sent, self._sent_at_ms = order, now_ms
            self._sending = asyncio.create_task(self._send(order), name="hold-load")

    def _order(self, wanted: Wanted, speed_kmh: float, now_ms: int) -> Wanted:
        if wanted.kind == "speed":
            from_kmh = self._sent.value if self._sent.kind == "speed" else speed_kmh
            walked = SLOWING_KMH_PER_S * min(1.0, (now_ms - self._sent_at_ms) / 1000.0)
            return Wanted("speed", max(wanted.value, from_kmh - walked))
        return Wanted("force", max(0.0, wanted.value - self._parasitic_n(speed_kmh)))

    def _differs(self, order: Wanted) -> bool:
        worth = WORTH_SENDING_KMH if order.kind == "speed" else WORTH_SENDING_N
        return order.kind != self._sent.kind or abs(order.value - self._sent.value) >= worth

    def let_off(self) -> None:
        """Take the load off while the dynamometer is not heard; ``on_beat`` brings it back once it is."""
        if self._wanted is not None and (self._letting_off is None or self._letting_off.done()):
            self._sent, self._sent_at_ms = Wanted("nothing", 0.0), 0
            self._letting_off = asyncio.create_task(self._quietly(self._release()), name="let-off")

    async def release(self) -> bool:
        """Command zero load, at once; returns whether the dynamometer took it."""
        self._wanted, self._sent = None, Wanted("nothing", 0.0)
        self.owed = self._dyno is not None
        if self._sending is not None:
            self._sending.cancel()
        for _ in range(RELEASE_TRIES):
            try:
                async with self._clock.timeout(0.4):
                    await self._release()
            except (DeviceError, TimeoutError) as error:
                log.error("release of the load not taken: %s", error)
            else:
                self.owed = False
                return True
        return False

    async def _release(self) -> None:
        if self._dyno is not None:
            await self._dyno.release()

    async def _send(self, order: Wanted) -> None:
        if self._dyno is None:
            return
        hold = self._dyno.hold_speed if order.kind == "speed" else self._dyno.hold_force
        await self._quietly(hold(order.value))

    async def _quietly(self, command: Coroutine[object, object, None]) -> None:
        """Carry a command out; one that is not taken is logged, and repeated with the next beats."""
        try:
            await command
        except RefusedError as error:
            log.error("load command refused: %s", error)
            self._refused(str(error))
        except DeviceError as error:
            log.warning("load command not taken: %s", error)
