"""What every opacimeter's driver does, whatever its dialect, in the role Opacimeter.

Knows which question does what, how an end of zeroing is recognised, and which numbers no such sensor can give.
Does not know frames, tests, limits, snaps, how k follows from N, or how often it is read.
"""

import contextlib
from typing import TypeVar

from drivers.errors import DeviceError, GarbledReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import AnalyzerStatus, OpacityMaxima, OpacityReading
from drivers.roles import Device, Identity
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.smoke import Action, Alarms, Dialect, Done, Maxima, Refused, Reply, Smoke, State

ReplyT = TypeVar("ReplyT")

BAUD = 9600
REPLY_TIMEOUT_S = 0.2
"""The device answers within 100 ms; an adapter may add a few tens."""
REPEATS = 1
POLL_S = 0.5
LONGEST_ZERO_S = 30.0
STATES = {
    "warming": "warming",
    "measuring": "measuring",
    "zeroing": "zeroing",
    "menu": "ready",
    "snap_new": "busy",
    "snap_in_use": "busy",
    "snap": "busy",
    "stable": "busy",
    "standby": "ready",
    "other": "ready",
    "internal_error": "fault",
}
PLAUSIBLE = {
    "opacity_n_pct": (-5.0, 100.0),
    "opacity_k_per_m": (-0.2, 16.1),
    "engine_rpm": (0.0, 12_000.0),
    "oil_temp_c": (-40.0, 200.0),
}
"""Measuring ranges (N to 99.9 %, k to 16.06 1/m), with room for drift below zero."""


class DialectOpacimeter:
    """An opacimeter, by its dialect."""

    def __init__(self, dialect: Dialect, exchange: Exchange, pace: Pace) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self._dialect = dialect
        self._pace = pace

    async def open(self) -> None:
        """Open the port, make sure that this model answers, and let it measure unless it is still warming up."""
        await self.exchange.open()
        await self.identify()
        if (await self.status()).state not in ("warming", "fault"):
            await self.start_measuring()

    async def identify(self) -> Identity:
        """Check that the dialect is spoken. None has a question for model or serial number."""
        try:
            await self.status()
        except (RefusedError, GarbledReplyError) as error:
            raise WrongDeviceError(self.device, "identify", f"does not answer like an {self._dialect.name}") from error
        return Identity(None, None, None)

    async def close(self) -> None:
        """Close the port. The device goes on by itself; nothing of it moves."""
        await self.exchange.close()

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now. It does not say how long it still warms up."""
        state = await self._ask(Action.READ_STATE, State, "read state")
        return AnalyzerStatus(STATES[state.state])

    async def start_measuring(self) -> None:
        """Go to real-time measuring; NotReadyError while it warms up."""
        try:
            await self._ask(Action.SET_STATE, Done, "start measuring", state="measuring")
        except RefusedError as error:
            await self._explain(error)
            raise

    async def read(self) -> OpacityReading:
        """Take one look at the smoke; NotReadyError while it warms up or sets zero."""
        try:
            smoke = await self._ask(Action.READ, Smoke, "read smoke")
        except RefusedError as error:
            await self._explain(error)
            raise
        values, flags = _sift(smoke)
        if self._dialect.tells_oil and smoke.oil_temp_c is None:
            flags |= {"no_oil_probe"}
        return OpacityReading(gas_temp_c=smoke.gas_temp_c, flags=flags, **values)

    async def read_maxima(self) -> OpacityMaxima:
        """Return the highest values since they were cleared; RefusedError where the device keeps none."""
        maxima = await self._ask(Action.READ_MAXIMA, Maxima, "read maxima")
        values, flags = _sift(maxima)
        values.pop("oil_temp_c")
        return OpacityMaxima(flags=flags - {"oil_temp_c_out_of_range"}, **values)

    async def clear_maxima(self) -> None:
        """Forget the highest values; RefusedError where the device cannot."""
        await self._ask(Action.CLEAR_MAXIMA, Done, "clear maxima")

    async def read_alarms(self) -> int:
        """Return the sixteen alarm bits as a number; 0 also where a device has no question for them.

        What each means stands in the maker's service papers.
        """
        if Action.READ_ALARMS not in self._dialect.actions:
            return 0
        return (await self._ask(Action.READ_ALARMS, Alarms, "read alarms")).bits

    async def zero(self) -> None:
        """Set zero with a clear beam. It is done once the device shows another state than zeroing, and gives values."""
        await self._ask(Action.ZERO, Done, "set zero")
        end_ms = self._pace.now_ms() + round(LONGEST_ZERO_S * 1000)
        while not await self._measures_again():
            if self._pace.now_ms() >= end_ms:
                raise NotReadyError(self.device, "set zero", f"still at it after {LONGEST_ZERO_S:g} s")
            await self._pace.sleep(POLL_S)

    async def _measures_again(self) -> bool:
        with contextlib.suppress(RefusedError):  # busy: one model says so by its state, the others by refusing
            if (await self._ask(Action.READ_STATE, State, "set zero")).state != "zeroing":
                await self._ask(Action.READ, Smoke, "set zero")
                return True
        return False

    async def _explain(self, refusal: RefusedError) -> None:
        """Turn a refusal into NotReadyError where the state tells why; the lane waits then."""
        try:
            state = (await self.status()).state
        except DeviceError:
            return
        if state in ("warming", "zeroing"):
            raise NotReadyError(self.device, refusal.doing, f"the device is {state}") from refusal

    async def _ask(self, action: Action, kind: type[ReplyT], doing: str, state: str | None = None) -> ReplyT:
        if action not in self._dialect.actions:
            raise RefusedError(self.device, doing, f"an {self._dialect.name} has no command for this")
        reply: Reply = await self.exchange.ask(
            self._dialect.encode_request(action, state),
            lambda: self._dialect.reply_framer(action),
            doing,
            timeout_s=REPLY_TIMEOUT_S,
            repeats=REPEATS,
        )
        if isinstance(reply, Refused):
            raise RefusedError(self.device, doing, f"the device said no ({reply.error:02X}): not now, or not known")
        if not isinstance(reply, kind):
            raise GarbledReplyError(self.device, doing, f"answered {reply}")
        return reply


def _sift(reply: Smoke | Maxima) -> tuple[dict[str, float | None], frozenset[str]]:
    """Take out what no such sensor can mean, and say so by a flag."""
    values: dict[str, float | None] = {name: getattr(reply, name) for name in PLAUSIBLE if hasattr(reply, name)}
    outside = {name for name, value in values.items() if value is not None and not _plausible(name, value)}
    flags = {f"{name}_out_of_range" for name in outside}
    return {name: None if name in outside else value for name, value in values.items()}, frozenset(flags)


def _plausible(name: str, value: float) -> bool:
    low, high = PLAUSIBLE[name]
    return low <= value <= high


def build_meter(device: str, port: str, dialect: Dialect, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an opacimeter on a serial port, 9600 8N1."""
    line = transport or SerialPort(port, BAUD, device=device)
    return DialectOpacimeter(dialect, Exchange(device, line, pace), pace)
