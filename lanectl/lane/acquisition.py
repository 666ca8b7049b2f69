"""Acquisition: asks the devices on their own rhythm and posts what they say on the board.

Knows which reading becomes which channel. Does not know the law, and never makes a value up: silence is posted as
silence.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from drivers.errors import DeviceError
from drivers.readings import AmbientReading, DynoReading, GasReading
from drivers.roles import WeatherStation
from lanectl.lane.board import Board
from lanectl.lane.clock import Clock
from lanectl.lane.equipment import Equipment, Slot

GAS_EVERY_S = 0.5
AMBIENT_EVERY_MS = 10_000
WEATHER_EVERY_S = 1.0
OBD_EVERY_S = 1.0
AMBIENT_CHANNELS = ("ambient_temp_c", "humidity_pct", "pressure_kpa")


class Acquisition:
    """Runs one loop per slow device; the dynamometer's stream is looked at on each beat."""

    def __init__(self, equipment: Equipment, board: Board, clock: Clock, parasitic_n: Callable[[float], float]) -> None:
        self._equipment = equipment
        self._board = board
        self._clock = clock
        self._parasitic_n = parasitic_n
        self._ambient_asked_ms = -AMBIENT_EVERY_MS
        self._dyno: DynoReading | None = None
        self.obd_live = False

    async def run(self) -> None:
        """Ask gas analyzer and OBD reader for as long as the lane lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._gas_loop(), name="acquire-gas")
            group.create_task(self._obd_loop(), name="acquire-obd")
            if (slot := self._equipment.weather) is not None:
                group.create_task(self._weather_loop(slot), name="acquire-weather")

    def look_at_dyno(self) -> None:
        """Post the last status of the dynamometer stream."""
        slot = self._equipment.slots["dyno"]
        try:
            reading = self._equipment.dyno.latest()
        except DeviceError as error:
            self._equipment.report(slot, error)
            self._board.blank("dyno", error.code)
            self._dyno = None
            return
        self._dyno = reading
        if reading is not None:
            self._equipment.report_good(slot)
            self._board.put("dyno", self._dyno_channels(reading), reading.arrived_ms)

    def dyno_now(self) -> tuple[int | None, bool]:
        """Return when the last status that was looked at had arrived (None: there is none), and whether it was idle."""
        reading = self._dyno
        return (None, False) if reading is None else (reading.arrived_ms, reading.state == "idle")

    def _dyno_channels(self, reading: DynoReading) -> dict[str, float | None]:
        speed, brake = reading.speed_kmh, reading.brake_force_n
        if speed is None or brake is None:
            return {"speed_kmh": speed, "brake_force_n": brake, "force_n": None, "power_total_kw": None}
        loss_n = self._parasitic_n(speed)
        force = brake + loss_n
        return {
            "speed_kmh": speed,
            "brake_force_n": brake,
            "force_n": force,
            "power_parasitic_kw": loss_n * speed / 3600.0,
            "power_total_kw": force * speed / 3600.0,
        }

    async def _gas_loop(self) -> None:
        while True:
            await self._clock.sleep(GAS_EVERY_S)
            slot = self._equipment.slots["gas"]
            if not slot.usable and slot.state != "fault":
                self._board.blank("gas", slot.code or "lost")
                self._board.blank(self._own_ambient, slot.code or "lost")
                continue
            if slot.busy.locked():  # somebody else is talking with it; the last reading ages meanwhile
                continue
            async with slot.busy:
                await self.ask_gas()

    async def ask_gas(self) -> None:
        """Ask the analyzer once (and its weather sensor when due); the caller holds the slot."""
        slot = self._equipment.slots["gas"]
        try:
            reading = await self._equipment.gas.read()
            now_ms = self._clock.now_ms()
            turning = self._board.channel("obd_rpm", now_ms).value
            self._board.put("gas", gas_channels(reading, turning), now_ms)
            if now_ms - self._ambient_asked_ms >= AMBIENT_EVERY_MS:
                ambient = await self._equipment.gas.read_ambient()
                self.post_own_ambient(ambient)
                self._ambient_asked_ms = now_ms
        except DeviceError as error:
            self._equipment.report(slot, error)
            self._board.blank("gas", error.code)
        else:
            self._equipment.report_good(slot)

    @property
    def _own_ambient(self) -> str:
        """Source of what the analyzer's own weather sensor says: beside a weather station it has names of its own."""
        return "ambient" if self._equipment.weather is None else "own_ambient"

    def post_own_ambient(self, reading: AmbientReading) -> None:
        """Post what the analyzer's own weather sensor says."""
        source, values = self._own_ambient, ambient_channels(reading)
        if source != "ambient":
            values = {f"own_{name}": value for name, value in values.items()}
        self._board.put(source, values, self._clock.now_ms())

    async def ask_weather(self, slot: Slot) -> AmbientReading:
        """Ask the weather station once and post what it says; the caller holds the slot."""
        reading = await cast(WeatherStation, slot.device).read()
        self._board.put("ambient", ambient_channels(reading), self._clock.now_ms())
        return reading

    async def _weather_loop(self, slot: Slot) -> None:
        while True:
            await self._clock.sleep(WEATHER_EVERY_S)
            if not slot.usable and slot.state != "fault":
                self._board.blank("ambient", slot.code or "lost")
                continue
            async with slot.busy:
                try:
                    await self.ask_weather(slot)
                except DeviceError as error:
                    self._equipment.report(slot, error)
                    self._board.blank("ambient", error.code)
                else:
                    self._equipment.report_good(slot)

    async def _obd_loop(self) -> None:
        while True:
            await self._clock.sleep(OBD_EVERY_S)
            slot = self._equipment.slots["obd"]
            if not self.obd_live or slot.busy.locked():
                continue
            if not slot.usable and slot.state != "fault":
                self._board.blank("obd", slot.code or "lost")
                continue
            async with slot.busy:
                await self._ask_obd()

    async def _ask_obd(self) -> None:
        slot = self._equipment.slots["obd"]
        try:
            live = await self._equipment.obd.read_live()
        except DeviceError as error:
            self._equipment.report(slot, error)
            self._board.blank("obd", error.code)
        else:
            self._board.put("obd", live.values, self._clock.now_ms())
            self._equipment.report_good(slot)


def gas_channels(reading: GasReading, obd_rpm: float | None) -> dict[str, float | None]:
    """Return the trace channels of one gas reading; the device's own lambda is kept, never judged.

    An analyzer whose pick-up is not attached says 0 r/min. While the control unit says that the engine turns, such a 0
    is no reading; when both say 0, or nobody else can be asked, it stands.
    """
    loose_pick_up = reading.engine_rpm == 0 and bool(obd_rpm)
    return {
        "hc_ppm": reading.hc_ppm,
        "co_pct": reading.co_pct,
        "co2_pct": reading.co2_pct,
        "o2_pct": reading.o2_pct,
        "no_ppm": reading.no_ppm,
        "engine_rpm": None if loose_pick_up else reading.engine_rpm,
        "oil_temp_c": reading.oil_temp_c,
        "lambda": reading.lambda_,
        "low_flow": 1.0 if "low_flow" in reading.flags else 0.0,
    }


def ambient_channels(reading: AmbientReading) -> dict[str, float | None]:
    """Return the trace channels of one look at the weather."""
    values = (reading.ambient_temp_c, reading.humidity_pct, reading.pressure_kpa)
    return dict(zip(AMBIENT_CHANNELS, values, strict=True))
