"""Roller benches that are asked for each look and told by letters (Nanhua NHC-03, MAHA ASM-P), in the role Dynamometer.

Knows that such a bench confirms what it takes, but never says whether it holds a load: ``state`` is what it confirmed
last. A stop is written at once and waits for nothing; until it is confirmed it is asked for again between the looks.
Does not know frames, powers, tests, limits, or which force or speed is right; it holds what it was told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from drivers.dynamometer.checks import check_force, check_speed, check_standing
from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, NotReadyError, RefusedError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import DynoReading
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.stream import Polled, Reports
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols import asm_p, nhc03
from protocols.bench_letters import (
    LOOK,
    STATUS,
    Control,
    Dialect,
    Look,
    Order,
    Read,
    Reply,
    Request,
    Status,
    Value,
    Word,
    Write,
)
from protocols.errors import ValueRangeError

BAUD = 9600
LOOK_EVERY_S = 0.05
LOST_AFTER_MS = 500
FIRST_LOOK_WITHIN_S = 1.5
STOP_AGAIN_MS = 100
"""A stop that is not confirmed, or that the brake has not obeyed, is repeated this often."""
QUIET_AFTER_STOP_MS = 100
"""What a bench says to a stop that nobody waited for has come by then, and answers no other order."""
RELEASED_BELOW_N, RELEASED_WITHIN_MS = 150.0, 1000
"""A brake that still gives more, this long after its stop was confirmed, is told to stop again."""
TRIES = 2
IDLE, STOPPING = "idle", "stopping"


class Nhc03Settings(Strict):
    """A Nanhua NHC-03 on a serial port."""

    driver: Literal["nanhua-nhc-03"]
    port: PortName


class AsmPSettings(Strict):
    """A MAHA ASM-P on a serial port."""

    driver: Literal["maha-asm-p"]
    port: PortName


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a bench may take to answer, and which error says that it does not want to."""

    look_s: float
    order_s: float
    refusal: type[DeviceError]


NHC_03 = Patience(0.2, 0.2, RefusedError)
ASM_P = Patience(0.2, 0.25, NotReadyError)
"""An ASM-P takes more than 0.1 s for some orders, and says by the byte of a refusal that it is busy. More patience
would only tell later that a bench is lost: a look is too old for a test after 0.3 s."""


class _WithdrawnError(Exception):
    """The load that was to be started is not wanted any more."""


class LetteredDynamometer:
    """A roller bench. One task looks at it all the time; orders take their turn between two looks, a stop never."""

    def __init__(self, exchange: Exchange, pace: Pace, dialect: Dialect, patience: Patience) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self.holds_speed = True
        self._pace = pace
        self._dialect = dialect
        self._patience = patience
        self._looks = Polled(
            exchange, pace, self._look, Reports("look", "a look", FIRST_LOOK_WITHIN_S, LOST_AFTER_MS), LOOK_EVERY_S
        )
        self._wanted: str | None = None
        """The state that the bench is to take; None after a stop."""
        self._confirmed: str | None = None
        """The state that it has confirmed last; None while that is not known."""
        self._proved = False
        self._stop_owed = True
        self._stopped_ms = 0

    async def open(self) -> None:
        """Open the port, have the stop confirmed, and look once; go on looking."""
        await self.close()
        self._wanted = self._confirmed = None
        self._proved, self._stop_owed = False, True
        await self._looks.open()

    async def identify(self) -> Identity:
        """Check that it tells its status as its protocol says. There is no question for model or serial number."""
        reply = await self._ask(STATUS, "read the status", self._patience.look_s, repeats=1)
        if not isinstance(reply, Status):
            raise self._patience.refusal(self.device, "read the status", "it says no")
        return Identity(None, None, None)

    async def close(self) -> None:
        """Take the load off if the bench still listens, and close the port."""
        try:
            if self._proved:
                await self.release()
                await self._confirm_stop()
        except DeviceError:
            pass
        finally:
            self._proved = False
            await self._looks.close()

    def latest(self) -> DynoReading | None:
        """Return the last look; raises PortLostError or, after 500 ms without one, NoReply- or GarbledReplyError."""
        heard = self._looks.latest()
        return None if heard is None else heard.item

    async def hold_force(self, brake_force_n: float) -> None:
        """Brake with a constant force."""
        check_force(self.device, brake_force_n)
        await self._hold("force", Control.CONSTANT_FORCE, lambda: self._dialect.force(brake_force_n))

    async def hold_speed(self, speed_kmh: float) -> None:
        """Brake so that the rollers turn no faster than this. While they do, a new speed is a new set-point alone."""
        check_speed(self.device, speed_kmh)
        await self._hold("speed", Control.CONSTANT_SPEED, lambda: self._dialect.speed(speed_kmh))

    async def release(self) -> None:
        """Write the stop, at once, and wait for nothing; it is repeated until the bench has confirmed it."""
        self._wanted, self._stop_owed, self._stopped_ms = None, True, self._pace.now_ms()
        if self._confirmed != IDLE:
            self._confirmed = None
        await self.exchange.say(self._dialect.encode_request(Order(Control.RELEASE.value)))

    async def lift_up(self) -> None:
        """Raise the lift; NotReadyError while the rollers turn or their speed is unknown."""
        check_standing(self.device, self.latest())
        await self._tell(Order(Control.LIFT_UP.value), "raise lift")

    async def lift_down(self) -> None:
        """Lower the lift."""
        await self._tell(Order(Control.LIFT_DOWN.value), "lower lift")

    # --- holding ------------------------------------------------------------------------------------------------

    async def _hold(self, what: str, control: Control, setpoint: Callable[[], tuple[Write, ...]]) -> None:
        """Write the set-point, then start unless that goes on. A release in between has the last word."""
        state = control.name.lower()
        try:
            writes = setpoint()
        except ValueRangeError as error:
            raise RefusedError(self.device, f"hold {what}", str(error)) from None
        self._wanted = state
        await self._pace.sleep(max(0, self._stopped_ms + QUIET_AFTER_STOP_MS - self._pace.now_ms()) / 1000)
        for write in writes:
            if self._wanted == state:
                await self._tell(write, f"set the {what}")
        if self._wanted == state and self._confirmed != state:
            await self._start(control, state, f"brake with constant {what}")

    async def _start(self, control: Control, state: str, doing: str) -> None:
        """Start what is still wanted: looked at as late as can be, when its bytes are about to leave."""

        def bytes_to_say() -> bytes:
            if self._wanted != state:
                raise _WithdrawnError
            self._confirmed, self._stop_owed = None, False  # from here on the brake may take hold
            return self._dialect.encode_request(Order(control.value))

        try:
            await self._tell(Order(control.value), doing, bytes_to_say)
        except _WithdrawnError:
            return
        if self._wanted == state:
            self._confirmed = state

    async def _tell(self, order: Request, doing: str, said: Callable[[], bytes] | None = None) -> None:
        """Give an order and have it confirmed; one that is not confirmed is given once more."""
        for left in range(TRIES - 1, -1, -1):
            try:
                reply = await self._ask(order, doing, self._patience.order_s, said)
            except (NoReplyError, GarbledReplyError):
                if not left:
                    raise
            else:
                if reply is not Word.TAKEN:
                    raise self._patience.refusal(self.device, doing, "it says no")
                return

    # --- looking ------------------------------------------------------------------------------------------------

    async def _look(self) -> DynoReading:
        due = self._pace.now_ms() - self._stopped_ms >= STOP_AGAIN_MS
        if self._stop_owed and (due or not self._proved):
            await self._confirm_stop()
        if not self._proved:
            await self._prove()
        reply = await self._ask(LOOK, "look", self._patience.look_s)
        if not isinstance(reply, Look):
            raise NoReplyError(self.device, "look", "it says no instead")
        self._judge(reply)
        return DynoReading(reply.speed_kmh, reply.force_n, None, self._state(), None, self._pace.now_ms())

    def _state(self) -> str:
        return self._confirmed or self._wanted or STOPPING

    def _judge(self, look: Look) -> None:
        """Owe another stop to a brake that goes on braking though it has confirmed the last one."""
        long_since = self._pace.now_ms() - self._stopped_ms >= RELEASED_WITHIN_MS
        if self._wanted is None and long_since and look.force_n > RELEASED_BELOW_N:
            self._stop_owed = True

    async def _confirm_stop(self) -> None:
        """Give the stop as an order that is confirmed, unless a load is wanted again."""
        order = Order(Control.RELEASE.value)

        def bytes_to_say() -> bytes:
            if self._wanted is not None:
                raise _WithdrawnError
            self._stopped_ms = self._pace.now_ms()
            return self._dialect.encode_request(order)

        try:
            reply = await self._ask(order, "take the load off", self._patience.order_s, bytes_to_say)
        except _WithdrawnError:
            return
        if reply is not Word.TAKEN:
            raise NoReplyError(self.device, "take the load off", "it does not confirm the stop")
        if self._wanted is None:
            self._confirmed, self._stop_owed = IDLE, False

    async def _prove(self) -> None:
        """Refuse a bench that adds its own losses to the force that it shows: the lane adds the calibrated ones."""
        number = self._dialect.loss_compensation
        if number is not None:
            reply = await self._ask(Read(number), "read its loss compensation", self._patience.order_s)
            if not isinstance(reply, Value) or reply.value:
                doing, evidence = "look at its loss compensation", f"variable {number} is {reply}, it must be 0"
                raise NotReadyError(self.device, doing, evidence)
        self._proved = True

    async def _ask(
        self,
        request: Request,
        doing: str,
        timeout_s: float,
        said: Callable[[], bytes] | None = None,
        *,
        repeats: int = 0,
    ) -> Reply:
        frame = said or self._dialect.encode_request(request)
        framer = partial(self._dialect.reply_framer, request)
        return await self.exchange.ask(frame, framer, doing, timeout_s=timeout_s, repeats=repeats)


def build_nhc03(device: str, settings: Nhc03Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a Nanhua NHC-03."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return LetteredDynamometer(Exchange(device, line, pace), pace, nhc03.DIALECT, NHC_03)


def build_asm_p(device: str, settings: AsmPSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a MAHA ASM-P."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return LetteredDynamometer(Exchange(device, line, pace), pace, asm_p.DIALECT, ASM_P)
