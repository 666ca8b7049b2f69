"""Acquisition: asks the devices on their own rhythm and posts what they say on the board.

Knows rhythms, and that only the devices of the test under way speak on the board. Does not know the law, and never
makes a value up: silence is posted as silence.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from drivers.errors import DeviceError, GarbledReplyError
from drivers.readings import AmbientReading, DynoReading
from drivers.roles import WeatherStation
from lanectl.lane.board import Board
from lanectl.lane.channels import (
    Channels,
    ambient_channels,
    dyno_channels,
    gas_channels,
    nox_channels,
    opacity_channels,
    tachometer_channels,
)
from lanectl.lane.clock import Clock
from lanectl.lane.equipment import Equipment, Slot
from lanectl.lane.kit import DYNO, GAS, IO, NOX, OBD, OPACIMETER, PART, TACHOMETER, WEATHER, Kit
from lanectl.lane.second_look import Look

AMBIENT_EVERY_MS = 10_000
EVERY_S = {GAS: 0.3, NOX: 0.3, WEATHER: 0.3, OBD: 0.3, OPACIMETER: 0.05}
"""Pause before a device of the test under way is asked again: one that was unplugged is missed, and the load off,
within half a second. Twenty looks a second catch a peak of smoke."""
AGAIN_S = 0.02
"""Pause before a device is asked for the second look that bears out the first."""
LOOKS_AT_AIR, BETWEEN_LOOKS_S = 8, 0.3
"""How often the air is looked at until two looks agree; a station that speaks unasked needs its time for the second."""
IDLE_EVERY_S = 1.0
"""The same for a device that takes no part."""
STREAMS = (DYNO, IO)
"""These speak on the board whether they take part in a test or not: standing rollers and the emergency stop matter."""


class Acquisition:
    """Runs one loop per device that is asked; the streams are looked at on each beat."""

    def __init__(self, equipment: Equipment, board: Board, clock: Clock, parasitic_n: Callable[[float], float]) -> None:
        self._equipment = equipment
        self._board = board
        self._clock = clock
        self._parasitic_n = parasitic_n
        self._ambient_asked_ms = -AMBIENT_EVERY_MS
        self._dyno: DynoReading | None = None
        self._kit: Kit | None = None
        self.obd_live = False

    def use(self, kit: Kit | None) -> None:
        """Let only these devices speak on the board; None: no test runs, and all may."""
        self._kit = kit
        if kit is not None:
            self._board.keep_only({PART[role] for role in (*kit.roles, *STREAMS)} | {"ambient", "own_ambient"})

    async def run(self) -> None:
        """Ask every device that is asked for as long as the lane lives."""
        asks = {GAS: self.ask_gas, NOX: self.ask_nox, OPACIMETER: self.ask_opacimeter, OBD: self._ask_obd}
        async with asyncio.TaskGroup() as group:
            for role, ask in asks.items():
                if (slot := self._equipment.of_role(role)) is not None:
                    group.create_task(self._poll(slot, ask), name=f"acquire-{slot.part}")
            if (slot := self._equipment.weather) is not None:
                group.create_task(self._poll(slot, self._ask_weather), name="acquire-weather")

    async def _poll(self, slot: Slot, ask: Callable[[], Awaitable[None]]) -> None:
        """Ask one device again and again. A conversation under way is left alone; its last reading ages meanwhile."""
        again = False
        while True:
            await self._clock.sleep(AGAIN_S if again else self._pause_s(slot.role))
            was_again, again = again, False
            if slot.role == OBD and not self.obd_live:
                continue
            if not slot.usable and slot.state != "fault":
                self._blank(slot, slot.code or "lost")
            elif not slot.busy.locked():
                async with slot.busy:
                    await self._ask(slot, ask)
                again = not was_again and self._board.waits(_source(slot))

    def _pause_s(self, role: str) -> float:
        return EVERY_S[role] if self._kit is not None and role in self._kit.roles else IDLE_EVERY_S

    async def _ask(self, slot: Slot, ask: Callable[[], Awaitable[None]]) -> None:
        try:
            await ask()
        except DeviceError as error:
            self._equipment.report(slot, error)
            self._blank(slot, error.code)
        else:
            self._equipment.report_good(slot)

    def _blank(self, slot: Slot, why: str) -> None:
        self._board.blank(_source(slot), why)
        if slot.role == GAS:
            self._board.blank(self._own_ambient, why)

    def _post(self, role: str, values: Channels, at_ms: int) -> None:
        """Post what a device says, unless a test runs that it takes no part in."""
        if self._kit is None or role in self._kit.roles or role in STREAMS:
            self._board.put(PART[role], values, at_ms)

    def _counts(self, role: str) -> bool:
        """Tell whether this device counts the engine's revolutions now."""
        return self._kit is None or self._kit.engine_speed_from == role

    # streams ---------------------------------------------------------------------------------------------------------

    def look_at_streams(self) -> None:
        """Post the last word of every device that speaks unasked."""
        self.look_at_dyno()
        slot = self._equipment.of_role(TACHOMETER)
        if slot is None or not slot.opened:
            return
        try:
            reading = self._equipment.tachometer.latest()
        except DeviceError as error:
            self._equipment.report(slot, error)
            self._board.blank(PART[TACHOMETER], error.code)
            return
        if reading is not None:
            self._equipment.report_good(slot)
            self._post(TACHOMETER, tachometer_channels(reading), reading.arrived_ms)

    def look_at_dyno(self) -> None:
        """Post the last status of the dynamometer stream."""
        dyno, slot = self._equipment.dyno, self._equipment.of_role(DYNO)
        if dyno is None or slot is None:
            return
        try:
            reading = dyno.latest()
        except DeviceError as error:
            self._equipment.report(slot, error)
            self._board.blank("dyno", error.code)
            self._dyno = None
            return
        self._dyno = reading
        if reading is not None:
            self._equipment.report_good(slot)
            loss_n = 0.0 if reading.speed_kmh is None else self._parasitic_n(reading.speed_kmh)
            self._board.put("dyno", dyno_channels(reading, loss_n), reading.arrived_ms)

    def dyno_now(self) -> tuple[int | None, bool]:
        """Return when the last status that was looked at had arrived (None: there is none), and whether it was idle."""
        reading = self._dyno
        return (None, False) if reading is None else (reading.arrived_ms, reading.state == "idle")

    # questions -------------------------------------------------------------------------------------------------------

    async def ask_gas(self) -> None:
        """Ask the analyzer once (and its weather sensor when due); the caller holds the slot."""
        reading = await self._equipment.gas.read()
        now_ms = self._clock.now_ms()
        turning = self._board.channel("obd_rpm", now_ms).value
        self._post(GAS, gas_channels(reading, turning, counts=self._counts(GAS)), now_ms)
        await self._ask_own_ambient(GAS, self._equipment.gas.read_ambient)

    async def ask_nox(self) -> None:
        """Ask the NOx analyzer once (and its weather sensor when due); the caller holds the slot."""
        reading = await self._equipment.nox.read()
        self._post(NOX, nox_channels(reading), self._clock.now_ms())
        await self._ask_own_ambient(NOX, self._equipment.nox.read_ambient)

    async def _ask_own_ambient(self, role: str, ask: Callable[[], Awaitable[AmbientReading]]) -> None:
        now_ms = self._clock.now_ms()
        if now_ms - self._ambient_asked_ms < AMBIENT_EVERY_MS or not self._speaks_of_weather(role):
            return
        self.post_own_ambient(await ask())
        if not self._board.waits(self._own_ambient):
            self._ambient_asked_ms = now_ms

    def _speaks_of_weather(self, role: str) -> bool:
        """Tell whether this analyzer's own weather sensor is the one that is listened to; the air is the hall's."""
        return role == next((one for one in (GAS, NOX) if one in self._equipment.roles), None)

    async def ask_opacimeter(self) -> None:
        """Ask the opacimeter once; the caller holds the slot."""
        reading = await self._equipment.opacimeter.read()
        counts = self._counts(OPACIMETER)
        self._post(OPACIMETER, opacity_channels(reading, counts=counts), self._clock.now_ms())

    async def _ask_obd(self) -> None:
        live = await self._equipment.obd.read_live()
        self._post(OBD, dict(live.values), self._clock.now_ms())

    async def _ask_weather(self) -> None:
        slot = self._equipment.slot(WEATHER)
        await self.ask_weather(slot)

    async def ask_weather(self, slot: Slot) -> AmbientReading:
        """Ask the weather station once and post what it says; the caller holds the slot."""
        reading = await cast(WeatherStation, slot.device).read()
        self._board.put("ambient", ambient_channels(reading), self._arrived_ms(reading))
        return reading

    async def look_twice(self, device: str, ask: Callable[[], Awaitable[AmbientReading]]) -> AmbientReading:
        """Look at the air until two looks agree; GarbledReplyError when none do. The caller holds the slot."""
        second = self._board.second_look()
        for _ in range(LOOKS_AT_AIR):
            reading = await ask()
            at_ms, values = self._arrived_ms(reading), ambient_channels(reading)
            counting = second.of("ambient", values, at_ms)
            if all(value is None or counting.get(name) == Look(value, at_ms) for name, value in values.items()):
                return reading
            await self._clock.sleep(BETWEEN_LOOKS_S)
        raise GarbledReplyError(device, "look at the air", f"no two of {LOOKS_AT_AIR} looks agree")

    def _arrived_ms(self, reading: AmbientReading) -> int:
        return self._clock.now_ms() if reading.arrived_ms is None else reading.arrived_ms

    @property
    def _own_ambient(self) -> str:
        """Source of what an analyzer's own weather sensor says: beside a weather station it has names of its own."""
        return "ambient" if self._equipment.weather is None else "own_ambient"

    def post_own_ambient(self, reading: AmbientReading) -> None:
        """Post what an analyzer's own weather sensor says."""
        source, values = self._own_ambient, ambient_channels(reading)
        if source != "ambient":
            values = {f"own_{name}": value for name, value in values.items()}
        self._board.put(source, values, self._clock.now_ms())


def _source(slot: Slot) -> str:
    """Return what a device that is asked is called on the board."""
    return "ambient" if slot.role == WEATHER else slot.part
