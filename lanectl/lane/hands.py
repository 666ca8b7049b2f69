"""The runner's hands: carries out the device actions that procedures command, and says how each ended.

Knows how long air is drawn before it is judged. Thresholds and decisions are the core's (equipment.air_check,
obd_check).
"""

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from drivers.errors import DeviceError, PortLostError, RefusedError
from drivers.readings import ObdFacts
from lanectl.core.equipment.air_check import check_background, check_residue, check_zero
from lanectl.core.equipment.result import CheckResult
from lanectl.core.obd_check import decide_obd, is_binding, known_problem
from lanectl.core.verdict import Verdict
from lanectl.lane.acquisition import Acquisition
from lanectl.lane.board import Board
from lanectl.lane.channels import ambient_channels
from lanectl.lane.clock import Clock, stamp
from lanectl.lane.equipment import Equipment, Slot
from lanectl.lane.kit import DYNO, GAS, NOX, OBD, OPACIMETER, PART, Kit
from lanectl.lane.safety import BARRIERS, may_move_lift
from lanectl.model.vehicle import Vehicle
from lanectl.procedures.events import Done, Failed

DRAW_S = 15
"""Drawing time before background and residue are read (lane modules of several makers: 15 s)."""
READ_LAST = 5
PURGE_S = 10
LIFT_S = 3
CONNECTOR = {"connector_damaged": "damaged", "connector_missing": "missing", "no_answer": "ok"}
GAS_NAMES = ("hc_ppm", "co_pct", "no_ppm")
NOX_NAMES = ("nox_ppm", "no_ppm", "no2_ppm")
NEEDS_WEATHER = ("asm", "lug_down")
"""Methods whose results are corrected for the weather; the others record it where somebody measures it."""
ROLE_OF = {
    "lift_down": DYNO,
    "lift_up": DYNO,
    "check_position": DYNO,
    "zero_gas": GAS,
    "check_background": GAS,
    "check_residue": GAS,
    "purge": GAS,
    "draw_sample": GAS,
    "zero_opacity": OPACIMETER,
    "zero_nox": NOX,
    "purge_nox": NOX,
    "draw_nox": NOX,
    "obd_connect": OBD,
    "obd_read": OBD,
    "obd_judge": OBD,
    "obd_live_on": OBD,
}
"""Whose trouble it is when an action fails; the weather's is found where it is asked."""


@dataclass(slots=True)
class Findings:
    """What the actions of one test found out, for the record."""

    obd_facts: dict[str, object] | None = None
    obd_answers: dict[str, str] = field(default_factory=dict)
    obd_verdict: Verdict | None = None
    obd_binding: bool | None = None
    obd_rules: Mapping[str, object] | None = None
    obd_known_problem: str | None = None
    """The id under which the signed data lists the car's model as one that does not communicate."""
    ambient: dict[str, object] | None = None
    checks: list[dict[str, object]] = field(default_factory=list)
    background_hc_ppm: float = 0.0

    def core_answers(self) -> dict[str, str]:
        """Return the operator's answers in the words of core.obd_check; what was not asked is absent.

        The connector is asked for where no link came about: a control unit that answered has answered through it.
        """
        linked = "ok" if (self.obd_facts or {}).get("communication") is True else None
        lamp = {
            "lamp_key_on": {"yes": "lit", "no": "dark"}.get(self.obd_answers.get("mil_lights_at_key_on", "")),
            "lamp_running": {"yes": "dark", "no": "lit"}.get(self.obd_answers.get("mil_out_with_engine_on", "")),
            "connector": CONNECTOR.get(self.obd_answers.get("obd_no_link_why", ""), linked),
        }
        return {name: answer for name, answer in lamp.items() if answer is not None}


class Hands:
    """Carries out actions for one test. ``limits`` is the whole limits data; its pretest and obd_check are used."""

    def __init__(
        self,
        equipment: Equipment,
        acquisition: Acquisition,
        board: Board,
        clock: Clock,
        limits: Mapping[str, object],
        vehicle: Vehicle,
        since_ms: int,
        method: str,
        kit: Kit,
    ) -> None:
        self.findings = Findings()
        self._equipment = equipment
        self._acquisition = acquisition
        self._board = board
        self._clock = clock
        self._limits = limits
        self._vehicle = vehicle
        self._since_ms = since_ms
        self._method, self._kit = method, kit
        self._actions: dict[str, Callable[[], Awaitable[Done | Failed]]] = {
            "lift_down": self._lift_down,
            "lift_up": self._lift_up,
            "check_position": self._check_position,
            "zero_gas": self._zero,
            "zero_opacity": self._zero_opacity,
            "zero_nox": self._zero_nox,
            "purge_nox": self._purge_nox,
            "draw_nox": self._draw_nox,
            "check_background": self._check_background,
            "check_residue": self._check_residue,
            "purge": self._purge,
            "read_ambient": self._read_ambient,
            "draw_sample": self._draw_sample,
            "obd_connect": self._obd_connect,
            "obd_read": self._obd_read,
            "obd_judge": self._obd_judge,
            "obd_live_on": self._obd_live_on,
        }

    async def do(self, action: str) -> Done | Failed:
        """Carry out one action; a device error becomes Failed, and the slot hears of it."""
        try:
            return await self._actions[action]()
        except DeviceError as error:
            if not isinstance(error, RefusedError) and (role := ROLE_OF.get(action)) is not None:
                self._equipment.report(self._equipment.slot(role), error)
            return Failed(self._now(), action, self._code(action, error), str(error))

    def _now(self) -> int:
        return self._clock.now_ms() - self._since_ms

    @staticmethod
    def _code(action: str, error: DeviceError) -> str:
        if isinstance(error, PortLostError) and action in ROLE_OF:
            return f"{PART[ROLE_OF[action]]}_lost"
        return "zero_failed" if action.startswith("zero_") and isinstance(error, RefusedError) else error.code

    def _done(self, action: str, detail: str = "") -> Done:
        return Done(self._now(), action, detail)

    def _slot(self, role: str) -> Slot:
        return self._equipment.slot(role)

    async def _lift_down(self) -> Done | Failed:
        if (refused := self._rollers_turn("lift_down")) is not None:
            return refused
        await self._move_lift(up=False)
        await self._clock.sleep(LIFT_S)
        return self._done("lift_down")

    async def _lift_up(self) -> Done | Failed:
        if (refused := self._rollers_turn("lift_up")) is not None:
            return refused
        await self._move_lift(up=True)
        return self._done("lift_up")

    async def _move_lift(self, *, up: bool) -> None:
        """Move the lift where it hangs: at the lane I/O module that has an output for it, else at the dynamometer."""
        module = self._equipment.switches("lift")
        async with self._slot(DYNO).busy:
            dyno = self._equipment.dyno
            if module is not None:
                await module.set_output("lift", on=up)
            elif dyno is not None:
                await (dyno.lift_up() if up else dyno.lift_down())

    def _rollers_turn(self, action: str) -> Failed | None:
        speed = self._board.channel("speed_kmh", self._clock.now_ms()).value
        if may_move_lift(speed):
            return None
        return Failed(self._now(), action, "rollers_turning", f"roller speed {speed} km/h")

    async def _check_position(self) -> Done | Failed:
        """Believe that the car stands on the rollers only when it is in no light barrier, where there are any."""
        now_ms = self._clock.now_ms()
        cut = [name for name in BARRIERS if self._board.channel(name, now_ms).value]
        if cut:
            return Failed(self._now(), "check_position", "not_in_position", f"interrupted: {', '.join(cut)}")
        return self._done("check_position")

    async def _zero_opacity(self) -> Done | Failed:
        """Set zero in clean air, and believe it only when clean air shows nothing afterwards and no alarm is up."""
        opacimeter = self._equipment.opacimeter
        async with self._slot(OPACIMETER).busy:
            alarms = await opacimeter.read_alarms()
            if alarms:
                return Failed(self._now(), "zero_opacity", "opacimeter_alarm", f"alarm bits {alarms:04X}")
            await opacimeter.zero()
            await opacimeter.start_measuring()
            await self._acquisition.ask_opacimeter()
        return await self._look_at_zero("zero_opacity", "opacity_n_pct")

    async def _zero_nox(self) -> Done | Failed:
        """Fill the cell with ambient air, set zero, and believe it only when that air shows nothing afterwards."""
        async with self._slot(NOX).busy:
            await self._equipment.nox.draw_ambient()
        await self._clock.sleep(DRAW_S)
        async with self._slot(NOX).busy:
            await self._equipment.nox.zero()
            await self._equipment.nox.draw_ambient()
            await self._acquisition.ask_nox()
        await self._clock.sleep(DRAW_S - READ_LAST)
        channels = self._equipment.nox.channels
        return await self._look_at_zero("zero_nox", *(name for name in NOX_NAMES if name in channels))

    async def _look_at_zero(self, action: str, *names: str) -> Done | Failed:
        figures = {name: f"zero_{'nox_ppm' if name in NOX_NAMES else name}" for name in names}
        rows = await self._hear(names)
        if len(rows) < READ_LAST:
            return Failed(self._now(), action, "no_reading", f"{', '.join(names)} heard in {len(rows)} looks")
        return self._judged(action, check_zero(action, rows, figures, self._pretest()))

    async def _hear(self, names: Iterable[str]) -> list[dict[str, float | None]]:
        """Return looks at which the device was heard. A host that slept has not listened: no word against the zero."""
        rows: list[dict[str, float | None]] = []
        for _ in range(3 * READ_LAST):
            await self._clock.sleep(1.0)
            now_ms = self._clock.now_ms()
            found = {name: self._board.channel(name, now_ms) for name in names}
            if not any(channel.why == "stale" for channel in found.values()):
                rows.append({name: channel.value for name, channel in found.items()})
            if len(rows) == READ_LAST:
                break
        return rows

    async def _look(self, names: Iterable[str]) -> list[dict[str, float | None]]:
        """Return what the board says once a second for some seconds."""
        rows = []
        for _ in range(READ_LAST):
            await self._clock.sleep(1.0)
            now_ms = self._clock.now_ms()
            rows.append({name: self._board.channel(name, now_ms).value for name in names})
        return rows

    async def _purge_nox(self) -> Done | Failed:
        async with self._slot(NOX).busy:
            await self._equipment.nox.purge()
        await self._clock.sleep(PURGE_S)
        async with self._slot(NOX).busy:
            await self._equipment.nox.stop_pump()
        return self._done("purge_nox")

    async def _draw_nox(self) -> Done | Failed:
        async with self._slot(NOX).busy:
            await self._equipment.nox.draw_sample()
            await self._acquisition.ask_nox()
        return self._done("draw_nox")

    async def _zero(self) -> Done | Failed:
        async with self._slot(GAS).busy:
            await self._equipment.gas.zero()
        return self._done("zero_gas")

    async def _check_background(self) -> Done | Failed:
        rows = await self._draw(self._equipment.gas.draw_ambient)
        result = check_background(rows, self._pretest())
        self.findings.background_hc_ppm = result.measured["hc_ppm"] or 0.0
        return self._judged("check_background", result)

    async def _check_residue(self) -> Done | Failed:
        rows = await self._draw(self._equipment.gas.draw_sample)
        result = check_residue(rows, self.findings.background_hc_ppm, self._pretest())
        return self._judged("check_residue", result)

    async def _draw(self, pump: Callable[[], Awaitable[None]]) -> list[dict[str, float | None]]:
        async with self._slot(GAS).busy:
            await pump()
        await self._clock.sleep(DRAW_S - READ_LAST)
        return await self._look(GAS_NAMES)

    def _judged(self, action: str, result: CheckResult) -> Done | Failed:
        self.findings.checks.append({**result.as_json(), "check": action})
        if result.code is None:
            return self._done(action)
        said = "; ".join(
            f"{one.name} {one.measured}, {'at most' if one.allowed is None else f'{one.allowed} around'} {one.nominal}"
            for one in result.quantities
        )
        return Failed(self._now(), action, result.code, said)

    def _pretest(self) -> Mapping[str, object]:
        figures = self._limits["pretest"]
        assert isinstance(figures, Mapping)  # the limits loader has checked the section
        return figures

    async def _purge(self) -> Done | Failed:
        async with self._slot(GAS).busy:
            await self._equipment.gas.purge()
        await self._clock.sleep(PURGE_S)
        async with self._slot(GAS).busy:
            await self._equipment.gas.stop_pump()
        return self._done("purge")

    async def _read_ambient(self) -> Done | Failed:
        own = await self._read_own_sensor()
        if own is not None:
            self.findings.ambient = dict(own)
        if (station := self._equipment.weather) is not None:
            failed = await self._read_station(station, own)
            if failed is not None:
                return failed
        elif self._method in NEEDS_WEATHER and (own is None or None in own.values()):
            return Failed(self._now(), "read_ambient", "no_weather", str(own))
        return self._done("read_ambient")

    async def _read_own_sensor(self) -> Mapping[str, float | None] | None:
        """Ask the weather sensor of an analyzer in this hall, whether it takes part or not."""
        role = next((role for role in (GAS, NOX) if role in self._equipment.roles), None)
        if role is None:
            return None
        slot = self._slot(role)
        try:
            async with slot.busy:
                analyzer = self._equipment.gas if role == GAS else self._equipment.nox
                own = await self._acquisition.look_twice(slot.name, analyzer.read_ambient)
        except DeviceError as error:
            self._equipment.report(slot, error)
            raise
        self._acquisition.post_own_ambient(own)
        return ambient_channels(own)

    async def _read_station(self, station: Slot, own: Mapping[str, float | None] | None) -> Failed | None:
        """Take the weather station's word before the analyzer's own sensor; the record keeps both."""
        try:
            async with station.busy:
                air = await self._acquisition.look_twice(station.name, lambda: self._acquisition.ask_weather(station))
            ambient = ambient_channels(air)
        except DeviceError as error:
            self._equipment.report(station, error)
            code = "weather_lost" if isinstance(error, PortLostError) else error.code
            return Failed(self._now(), "read_ambient", code, str(error))
        self.findings.ambient = {**ambient, "device": station.name, "own_sensor": None if own is None else dict(own)}
        if None in ambient.values():
            return Failed(self._now(), "read_ambient", "no_weather", str(ambient))
        return None

    async def fan(self, *, on: bool) -> None:
        """Switch the fan before the car, where there is one; a fan that fails is no trouble of a test."""
        module, slot = self._equipment.switches("fan"), self._equipment.io
        if module is None or slot is None:
            return
        try:
            await module.set_output("fan", on=on)
        except DeviceError as error:
            self._equipment.report(slot, error)

    async def _draw_sample(self) -> Done | Failed:
        async with self._slot(GAS).busy:
            await self._equipment.gas.draw_sample()
        return self._done("draw_sample")

    async def _obd_connect(self) -> Done | Failed:
        async with self._slot(OBD).busy:
            protocol = await self._equipment.obd.connect()
        return self._done("obd_connect", protocol)

    async def _obd_read(self) -> Done | Failed:
        async with self._slot(OBD).busy:
            facts = await self._equipment.obd.read_check()
        self.findings.obd_facts = _plain(facts)
        return self._done("obd_read")

    async def _obd_judge(self) -> Done | Failed:
        rules = self._limits["obd_check"]
        assert isinstance(rules, Mapping)  # the limits loader has checked the section
        facts: Mapping[str, object] = self.findings.obd_facts or {"communication": False}
        vehicle, today = self._vehicle.model_dump(mode="json"), stamp(self._clock.wall_ms())[:10]
        self.findings.obd_rules = rules
        self.findings.obd_binding = is_binding(vehicle, rules, today)
        self.findings.obd_known_problem = known_problem(vehicle, rules)
        verdict = decide_obd(facts, self.findings.core_answers(), self.findings.obd_binding, rules, vehicle, today)
        self.findings.obd_verdict = verdict
        linked = self.findings.obd_facts is not None
        return self._done("obd_judge", verdict.outcome if linked or verdict.outcome != "pass" else "no_link")

    async def _obd_live_on(self) -> Done | Failed:
        self._acquisition.obd_live = True
        return self._done("obd_live_on")


def _plain(facts: ObdFacts) -> dict[str, object]:
    """Return the facts as JSON-able values, as they go into the record."""
    plain = dataclasses.asdict(facts)
    plain["monitors"] = dict(facts.monitors)
    plain["readiness"] = {name: word == "complete" for name, word in facts.monitors.items()}
    for kind in ("stored_codes", "pending_codes", "permanent_codes"):
        codes = getattr(facts, kind)
        plain[kind] = None if codes is None else list(codes)
    plain["ecus"] = [{"ecu": e.ecu, "cal_ids": list(e.cal_ids), "cvns": list(e.cvns)} for e in facts.ecus]
    return {"communication": True, **plain}
