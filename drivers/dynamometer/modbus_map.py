"""Roller bench whose controller is described by a register map, in the role Dynamometer.

Knows how to ask often enough that the answers are a stream, and that 500 ms without one means it is lost.
Does not know powers, tests, limits, or which force or speed is right; it holds what it was told.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator

from drivers.dynamometer.checks import check_force, check_speed, check_standing
from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, PortLostError, RefusedError
from drivers.modbus_line import ModbusLine
from drivers.modbus_settings import LoadedMap, MapName, ModbusSettings, check_map, make_line
from drivers.pace import Pace
from drivers.readings import DynoReading
from drivers.roles import Device, Identity
from drivers.transports.base import Transport
from protocols.errors import FrameError, ValueRangeError
from protocols.register_map import DynoMap, Register, values_in

LOOK_EVERY_S = 0.05
LOOK_S = 0.1
"""Longest wait for one look. A lost look is followed by another at once, so that one of them spoils no test."""
LOST_AFTER_MS = 500
STOP_AGAIN_MS = 100
"""A stop that the controller has not obeyed is repeated this often."""


class ModbusDynoSettings(ModbusSettings):
    """A dynamometer controller on a serial or TCP port, with its register map."""

    driver: Literal["generic-modbus-dyno"]
    map: Annotated[MapName, AfterValidator(lambda name: check_map(name, DynoMap))]


class _WithdrawnError(Exception):
    """The load that was to be commanded is not wanted any more."""


class MappedDynamometer:
    """A roller bench. One task looks at it all the time; orders take their turn between two looks."""

    def __init__(self, device: str, line: ModbusLine, loaded: LoadedMap[DynoMap], pace: Pace) -> None:
        self.device = device
        self.exchange = line.exchange
        self._line = line
        self._map = loaded.map
        self.holds_speed = loaded.map.write.speed_setpoint_kmh is not None
        self._identity = Identity(loaded.map.model, None, loaded.firmware)
        self._pace = pace
        self._watcher: asyncio.Task[None] | None = None
        self._latest: DynoReading | None = None
        self._failure: DeviceError | None = None
        self._holding: str | None = None
        """The state that the controller was last told to take; None after a stop."""
        self._stopped_ms = 0

    async def open(self) -> None:
        """Open the port, take the load off, look once, and go on looking."""
        await self.close()
        self._latest = self._failure = None
        await self.exchange.open()
        try:
            await self.release()
            await self._look(repeats=1)
        except BaseException:
            await self.exchange.close()
            raise
        self._watcher = asyncio.create_task(self._watch(), name=f"{self.device} looks")

    async def identify(self) -> Identity:
        """Return what the map says: the registers have been read as the map describes them."""
        self.latest()
        return self._identity

    async def close(self) -> None:
        """Take the load off if the controller still listens, and close the port."""
        watcher, self._watcher = self._watcher, None
        if watcher is None:
            return
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
        with contextlib.suppress(DeviceError):
            await self.release()
        await self.exchange.close()

    def latest(self) -> DynoReading | None:
        """Return the last status; raises what ended the looking or, after 500 ms without an answer, NoReplyError."""
        if isinstance(self._failure, PortLostError):
            raise self._again()
        if self._latest is not None:
            age_ms = self._pace.now_ms() - self._latest.arrived_ms
            if age_ms > LOST_AFTER_MS:
                raise self._again() if self._failure else NoReplyError(self.device, "look", f"silence for {age_ms} ms")
        return self._latest

    async def hold_force(self, brake_force_n: float) -> None:
        """Brake with a constant force."""
        check_force(self.device, brake_force_n)
        await self._hold("force", "constant_force", self._map.write.force_setpoint_n, brake_force_n)

    async def hold_speed(self, speed_kmh: float) -> None:
        """Brake so that the rollers turn no faster than this; RefusedError where the map has no such set-point."""
        setpoint = self._map.write.speed_setpoint_kmh
        if setpoint is None:
            raise RefusedError(self.device, "hold speed", "the register map has no speed_setpoint_kmh")
        check_speed(self.device, speed_kmh)
        await self._hold("speed", "constant_speed", setpoint, speed_kmh)

    async def release(self) -> None:
        """Write mode off, before anything else. The watcher repeats it while the controller reports a load.

        Over TCP it is written at once. On a serial line it takes its turn, for bytes that run into others are lost; but
        it waits no longer than one look may take, and not at all for a controller that has fallen silent.
        """
        self._holding = None
        self._stopped_ms = self._pace.now_ms()
        if self._line.takes_turns and not isinstance(self._failure, NoReplyError):
            with contextlib.suppress(TimeoutError, NoReplyError):
                async with self._pace.timeout(LOOK_S):
                    await self._write_mode("off", "take the load off")
                    return
        mode, single = self._map.write.mode, self._map.write.single_function
        await self._line.say_registers(mode.address, mode.say("off"), single_function=single)

    async def lift_up(self) -> None:
        """Raise the lift; NotReadyError while the rollers turn or their speed is unknown."""
        check_standing(self.device, self.latest())
        await self._lift("up")

    async def lift_down(self) -> None:
        """Lower the lift."""
        await self._lift("down")

    async def _hold(self, word: str, state: str, setpoint: Register, value: float) -> None:
        """Write the set-point, then the mode unless it is on already. A release in between has the last word."""
        try:
            words = setpoint.encode(value)
        except ValueRangeError as error:
            raise RefusedError(self.device, f"hold {word}", str(error)) from None
        goes_on = self._holding == state and self._latest is not None and self._latest.state == state
        self._holding = state

        def still() -> None:
            if self._holding != state:
                raise _WithdrawnError

        with contextlib.suppress(_WithdrawnError):
            await self._write(setpoint.address, words, f"set the {word}", still)
            if not goes_on:
                await self._write_mode(word, f"brake with constant {word}", still)

    async def _write_mode(self, word: str, doing: str, still: Callable[[], None] | None = None) -> None:
        mode = self._map.write.mode
        await self._write(mode.address, mode.say(word), doing, still)

    async def _lift(self, word: str) -> None:
        lift = self._map.write.lift
        if lift is None:
            raise RefusedError(self.device, f"lift {word}", "the register map has no lift")
        await self._write(lift.address, lift.say(word), f"lift {word}")

    async def _write(
        self, address: int, words: tuple[int, ...], doing: str, still: Callable[[], None] | None = None
    ) -> None:
        single = self._map.write.single_function
        await self._line.write_registers(address, words, doing, single_function=single, still=still)

    async def _watch(self) -> None:
        pause_s = LOOK_EVERY_S
        while True:
            await self._pace.sleep(pause_s)
            pause_s = LOOK_EVERY_S
            try:
                await self._look()
                await self._insist()
            except PortLostError as error:
                self._failure = error
                return
            except NoReplyError as error:
                self._failure, pause_s = error, 0.0
            except DeviceError as error:
                self._failure = error

    async def _look(self, repeats: int = 0) -> None:
        read = self._map.read
        first, count = read.span()
        words = await self._line.read_registers(read.function, first, count, "look", timeout_s=LOOK_S, repeats=repeats)
        at = read.state.address - first
        values = values_in(read.registers(), first, words)
        try:
            state = read.state.word(words[at : at + read.state.words])
        except FrameError as error:
            raise GarbledReplyError(self.device, "look", str(error)) from None
        self._latest = DynoReading(
            values["speed_kmh"], values["brake_force_n"], values.get("duty_pct"), state, None, self._pace.now_ms()
        )
        self._failure = None

    async def _insist(self) -> None:
        """Say stop again to a controller that goes on braking though nobody wants it."""
        braking = self._latest is not None and self._latest.state != "idle"
        if braking and self._holding is None and self._pace.now_ms() - self._stopped_ms >= STOP_AGAIN_MS:
            await self.release()

    def _again(self) -> DeviceError:
        """Return the failure as a fresh error, so that no traceback grows for ever."""
        assert self._failure is not None
        return type(self._failure)(self.device, self._failure.doing, self._failure.evidence)


def build(device: str, settings: ModbusDynoSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a bench with a register map."""
    line = make_line(device, settings, transport, pace)
    return MappedDynamometer(device, line, LoadedMap(settings.map, DynoMap), pace)
