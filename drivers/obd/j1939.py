"""A heavy diesel that speaks SAE J1939: its diagnostic messages for the OBD check, its broadcasts as the data list.

Knows which groups answer which question of a check, that a unit which has said it is there must not fall silent, and
that a refusal is no silence. Does not know adapters, transport, what a check concludes, or how often it is read.

Confirmed codes are those of DM12 (emissions, lamp on), never DM1's, which counts every fault of the vehicle; for the
same reason DM5's number of active codes is not handed on. J1939 does not tell the kind of engine.
"""

from collections.abc import Mapping, Sequence

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError
from drivers.obd.live_data import Values, with_what_follows
from drivers.obd.questions import NoAnswerError
from drivers.obd.reader import Vehicle
from drivers.pace import Pace
from drivers.readings import ObdEcu, ObdFacts, ObdLive
from drivers.transports.can_link import CanLine
from protocols import j1939, j1939_dm, j1939_signals
from protocols.errors import FrameError, SequenceError
from protocols.j1939_hearing import Hearing
from protocols.j1939_tp import Receiver

TRIES = 2
BUSY_WAIT_S, BUSY_TRIES = 0.25, 5
ENGINE = 0x00
"""Where an engine is that has not been heard yet."""
KEPT_MS, FORGOTTEN_MS = 50, 1000
"""What the adapter kept since the last look has been read by then; after a longer while it is not of now at all."""
SILENT_MS = 1000
"""The engine's speed comes every 10 to 100 ms."""
LIVE_NAMES: Mapping[str, tuple[tuple[int, str], ...]] = {
    "obd_rpm": ((j1939.EEC1, "engine_rpm"),),
    "obd_torque_pct": ((j1939.EEC1, "torque_pct"),),
    "obd_pedal_d_pct": ((j1939.EEC2, "pedal_pct"),),
    "obd_load_pct": ((j1939.EEC2, "engine_load_pct"),),
    "obd_speed_kmh": ((j1939.CCVS, "speed_kmh"),),
    "obd_coolant_c": ((j1939.ET1, "coolant_c"),),
    "obd_boost_kpa": ((j1939.IC1, "boost_kpa"),),
    "obd_exhaust_c": ((j1939.IC1, "exhaust_c"),),
    "obd_fuel_l_h": ((j1939.LFE, "fuel_rate_l_h"),),
    "obd_baro_kpa": ((j1939.AMBIENT, "baro_kpa"),),
    "obd_nox_ppm": ((j1939.AT_NOX_IN, "nox_in_ppm"),),
    "obd_nox_out_ppm": ((j1939.AT_NOX_OUT, "nox_out_ppm"),),
    "obd_dpf_kpa": ((j1939.AT_FILTER, "dpf_kpa"),),
    "obd_reagent_g_h": ((j1939.AT_REAGENT, "reagent_g_h"),),
}
"""Trace name -> group and number."""


async def find(line: CanLine, pace: Pace, bitrate_kbit: int) -> Vehicle | None:
    """Look for units that answer for their readiness, or an engine that broadcasts its speed."""
    found = J1939Vehicle(line, pace, bitrate_kbit)
    for _ in range(TRIES):
        there = await found.answers()
        if found.units:
            break
    if there:
        await found.learn()
    return found if there else None


class J1939Vehicle:
    """The control units of one vehicle, each asked by its address."""

    def __init__(self, line: CanLine, pace: Pace, bitrate_kbit: int) -> None:
        self.protocol = f"SAE J1939 CAN 29/{bitrate_kbit}"
        self._line = line
        self._device = line.device
        self._pace = pace
        self._bitrate_kbit = bitrate_kbit
        self.units: tuple[int, ...] = ()
        """Those who tell their readiness."""
        self._engine = ENGINE
        self._reference_nm: float | None = None
        self._looked_ms = 0

    async def answers(self) -> bool:
        """Ask everybody for readiness."""
        heard = await self._request(j1939.DM5)
        self.units = tuple(sorted(heard.answers))
        engines = [unit for unit, groups in heard.speakers.items() if j1939.EEC1 in groups]
        self._engine = min(engines, default=ENGINE)
        return bool(self.units or engines)

    async def learn(self) -> None:
        """Ask the engine what 100 per cent of torque are."""
        told = await self._ask(j1939.ENGINE_CONFIGURATION, self._engine, "read the engine's configuration")
        if told is not None:
            self._reference_nm = j1939_signals.decode(j1939.ENGINE_CONFIGURATION, told)["reference_torque_nm"]

    # --- the check ------------------------------------------------------------------------------------------------

    async def read_check(self) -> ObdFacts:
        """Read everything that the OBD check needs."""
        ready = await self._readiness()
        stored = await self._confirmed(ready)
        lamps = [told.mil_on for told in (*stored.values(), *(await self._active()).values())]
        since = await self._each(j1939.DM21, "distances")
        with_mil = [j1939_dm.decode_since(data).km_with_mil for data in since.values()]
        return ObdFacts(
            protocol=self.protocol,
            obd_type=next((told.compliance for told in ready.values() if told.takes_part), None),
            vin=await self._vin(),
            mil_on=True if True in lamps else False if False in lamps else None,
            dtc_count=None,
            ignition=None,
            stored_codes=_codes(stored) or (),
            pending_codes=_codes(await self._faults(j1939.DM6, "pending codes")),
            monitors=_merge(list(ready.values())),
            distance_with_mil_km=max((km for km in with_mil if km is not None), default=None),
            ecus=await self._ecus(),
            permanent_codes=_codes(await self._faults(j1939.DM28, "permanent codes")),
            performance=await self._performance(),
        )

    async def _readiness(self) -> dict[int, j1939_dm.Readiness]:
        told = await self._each(j1939.DM5, "readiness")
        if not told:
            raise NoAnswerError("no control unit answers for its readiness (DM5), which each must have")
        return {unit: j1939_dm.decode_readiness(data) for unit, data in told.items()}

    async def _confirmed(self, ready: Mapping[int, j1939_dm.Readiness]) -> dict[int, j1939_dm.Faults]:
        """Return confirmed codes. Whoever takes part in on-board diagnosis must tell: silence is no clean sheet."""
        stored = await self._faults(j1939.DM12, "confirmed codes")
        silent = {unit for unit, told in ready.items() if told.takes_part} - stored.keys()
        if silent or not stored:
            who = ", ".join(f"{unit:02X}" for unit in sorted(silent)) or "any"
            raise NoAnswerError(f"control unit {who} does not tell its confirmed codes (DM12), which each must know")
        return stored

    async def _faults(self, pgn: int, what: str) -> dict[int, j1939_dm.Faults]:
        return {unit: j1939_dm.decode_faults(data) for unit, data in (await self._each(pgn, what)).items()}

    async def _active(self) -> dict[int, j1939_dm.Faults]:
        """Listen for the lamps, which every unit that has one broadcasts once a second."""
        heard = Hearing(j1939.DM1, self._pace.now_ms(), tool=j1939.TOOL, expected=frozenset(self.units))
        await self._listen(heard)
        return {unit: j1939_dm.decode_faults(data) for unit, data in heard.answers.items() if unit in self.units}

    async def _vin(self) -> str | None:
        for data in (await self._each(j1939.VIN, "vehicle identification")).values():
            vin = j1939_dm.decode_vin(data)
            if len(vin) == 17:
                return vin
        return None

    async def _ecus(self) -> tuple[ObdEcu, ...]:
        told = await self._each(j1939.DM19, "calibrations")
        units = [(f"{unit:02X}", j1939_dm.decode_calibrations(data)) for unit, data in told.items()]
        return tuple(ObdEcu(unit, tuple(c.cal_id for c in cals), tuple(c.cvn for c in cals)) for unit, cals in units)

    async def _performance(self) -> Mapping[str, int] | None:
        for data in (await self._each(j1939.DM20, "in-use performance")).values():
            try:
                return j1939_dm.decode_performance(data).counts
            except FrameError:  # kept beside the check: it spoils nothing
                return None
        return None

    # --- the data list --------------------------------------------------------------------------------------------

    async def read_live(self) -> ObdLive:
        """Take in what was broadcast since the last look, up to an engine speed of now; the rest is not in it."""
        if self._pace.now_ms() - self._looked_ms > FORGOTTEN_MS:
            self._line.link.purge()
        groups = await self._broadcasts()
        if j1939.EEC1 not in groups:
            await self._still_there("read live data")
            groups = await self._broadcasts()
        if j1939.EEC1 not in groups:
            raise NoAnswerError("the engine broadcasts no speed any more; is the ignition on and the plug seated?")
        self._looked_ms = self._pace.now_ms()
        values: Values = {}
        for name, sources in LIVE_NAMES.items():
            for pgn, number in sources:
                if pgn in groups:
                    values[name] = j1939_signals.decode(pgn, groups[pgn])[number]
        values["obd_reference_torque_nm"] = self._reference_nm
        return ObdLive(with_what_follows(values))

    async def _broadcasts(self) -> dict[int, bytes]:
        """Return the last data of each group, the engine's before anybody else's; ends with a speed of now."""
        began_ms = self._pace.now_ms()
        receiver = Receiver(j1939.TOOL)
        found: dict[int, tuple[int, bytes]] = {}
        fresh = False
        while not fresh and (left_ms := began_ms + SILENT_MS - self._pace.now_ms()) > 0:
            frame = await self._line.receive(left_ms / 1000)
            message = receiver.hear(frame, self._pace.now_ms())[0] if frame is not None else None
            if message is None or message.pgn not in j1939_signals.GROUPS:
                continue
            if message.source == self._engine or found.get(message.pgn, (None,))[0] != self._engine:
                found[message.pgn] = (message.source, message.data)
            fresh = message.pgn == j1939.EEC1 and self._pace.now_ms() - began_ms >= KEPT_MS
        return {pgn: data for pgn, (_, data) in found.items()}

    # --- asking ---------------------------------------------------------------------------------------------------

    async def _each(self, pgn: int, what: str) -> dict[int, bytes]:
        """Ask every unit for a group; those that do not have it are left out."""
        told = {}
        for unit in self.units:
            data = await self._ask(pgn, unit, f"read {what}")
            if data is not None:
                told[unit] = data
        return told

    async def _ask(self, pgn: int, unit: int, doing: str) -> bytes | None:
        """Return what a unit says; twice the same where the way to us has no checksum."""
        told = [await self._ask_once(pgn, unit, doing)]
        for _ in range(0 if self._line.link.checked else 2):
            again = await self._ask_once(pgn, unit, doing)
            if again in told:
                return again
            told.append(again)
        if len(told) > 1:
            raise SequenceError(f"{doing} of control unit {unit:02X}: three answers, no two of them alike")
        return told[0]

    async def _ask_once(self, pgn: int, unit: int, doing: str) -> bytes | None:
        """Return what a unit says. None where it refuses, or says nothing while it still tells its readiness."""
        heard = await self._request(pgn, unit)
        tries = 1
        while tries < (BUSY_TRIES if heard.busy else TRIES) and (heard.busy or heard.missing):
            await self._pace.sleep(BUSY_WAIT_S)
            heard = await self._request(pgn, unit)
            tries += 1
        if unit in heard.answers:
            return heard.answers[unit]
        if heard.busy:
            raise NotReadyError(self._device, doing, f"control unit {unit:02X} says that it is busy")
        if heard.damage:
            raise GarbledReplyError(self._device, doing, "; ".join(heard.damage))
        if heard.missing and unit in self.units:
            await self._still_there(doing, unit)
        return None

    async def _still_there(self, doing: str, unit: int = j1939.GLOBAL) -> None:
        """Raise unless units answer; an adapter that restarted is brought back onto the bus first."""
        link = self._line.link
        await link.check(doing)
        await link.join(self._bitrate_kbit)
        for _ in range(TRIES):
            heard = await self._request(j1939.DM5, unit)
            if heard.answers or (unit == j1939.GLOBAL and heard.speakers):
                return
        state = await link.check(doing)
        if state.disturbed:
            raise GarbledReplyError(self._device, doing, f"the bus is disturbed ({state.errors})")
        who = "the vehicle" if unit == j1939.GLOBAL else f"control unit {unit:02X}"
        raise NoReplyError(self._device, doing, f"{who} answers no more; is the plug seated?")

    async def _request(self, pgn: int, to: int = j1939.GLOBAL) -> Hearing:
        """Put one request and hear what comes."""
        self._line.link.purge()
        await self._line.send(j1939.request_frame(pgn, to))
        return await self._listen(Hearing(pgn, self._pace.now_ms(), tool=j1939.TOOL, to=to))

    async def _listen(self, heard: Hearing) -> Hearing:
        while (left_ms := heard.left_ms(self._pace.now_ms())) > 0:
            frame = await self._line.receive(left_ms / 1000)
            for reply in heard.hear(frame, self._pace.now_ms()) if frame is not None else ():
                await self._line.send(reply)
        heard.close()
        return heard


def _codes(told: Mapping[int, j1939_dm.Faults]) -> tuple[str, ...] | None:
    """Return the codes of all units; None when nobody tells, which is not the same as none."""
    codes = (str(code) for faults in told.values() for code in faults.codes)
    return tuple(dict.fromkeys(codes)) if told else None


def _merge(ready: Sequence[j1939_dm.Readiness]) -> dict[str, str]:
    """Return every monitor of every unit: complete only if it is complete everywhere."""
    monitors: dict[str, bool] = {}
    for told in ready:
        for name, complete in told.monitors.items():
            monitors[name] = complete and monitors.get(name, True)
    return {name: "complete" if complete else "incomplete" for name, complete in monitors.items()}
