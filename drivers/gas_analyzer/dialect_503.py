"""Exhaust gas analyzers that speak the 503 dialect: NHA-503, NHA-503V, NHA-506I; FLA-502 of Fuli, CDF-5000 of Chida.

Knows which command does what, how the end of long-running work is recognised, and which numbers no such sensor can
give. Models that only show in their data that a setting of zero is over do not tell whether it failed; the air that
the lane looks at afterwards is what guards it there.
Does not know tests, limits, averaging, the order of a preparation, or how often it is read.
"""

from dataclasses import replace
from typing import Literal, TypeVar

from drivers.errors import GarbledReplyError, NotReadyError, RefusedError
from drivers.exchange import Exchange
from drivers.gas_analyzer.plausible import PLAUSIBLE, sift
from drivers.pace import Pace
from drivers.pumped import PumpedAnalyzer
from drivers.readings import AmbientReading, AnalyzerStatus, GasReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.dialect_503 import (
    CDF_5000,
    FLA_502,
    FLA_502_HEX,
    NHA_503,
    NHA_503V,
    NHA_506I,
    Action,
    Ambient,
    Data,
    Model,
    Reply,
    ReplyFramer,
    Status,
    WarmUpLeft,
    Word,
    encode_request,
)

ReplyT = TypeVar("ReplyT")

BAUD = 9600
REPLY_TIMEOUT_S = 1.0
REPEATS = 1
POLL_S = 2.0
"""How often running work is asked whether it is done."""
LONGEST_WORK_S = 180.0
LONGEST_START_S = 5.0
"""Work that does not show in the data within this has not begun."""
LOOK_S = 0.5
"""How often the data are looked at for the end of work that shows there."""
WORK_STATE = {Action.ZERO: "zeroing", Action.LEAK_CHECK: "leak_check"}
NO_VALUE = {"hc_ppm": -1.0, "co_pct": -0.01, "co2_pct": -0.01, "o2_pct": -0.01, "no_ppm": -1.0}
"""FFFF in all five words at once: the device has no gas values. One of them alone is drift."""


class _Settings(Strict):
    port: PortName


class _NanhuaSettings(_Settings):
    oldest_firmware: bool = False
    """The oldest firmware sends the data block without lambda (19 bytes)."""
    reads_water_trap: bool = False
    """Read the longer block that also tells whether the water trap is full (one source only; see the manual)."""


class Nha503Settings(_NanhuaSettings):
    """An NHA-503 on a serial port."""

    driver: Literal["nanhua-nha-503"]
    asks_by_01: bool = False
    """Public programs ask this model for gases by 81 or by 01; set this for one that refuses 81."""


class Nha503vSettings(_NanhuaSettings):
    """An NHA-503V on a serial port."""

    driver: Literal["nanhua-nha-503v"]


class Nha506iSettings(_NanhuaSettings):
    """An NHA-506I on a serial port."""

    driver: Literal["nanhua-nha-506i"]
    oil_temp_in_tenths: bool = False
    """Most NHA-506I count whole degrees of oil temperature; set this for one that counts tenths."""


class Fla502Settings(_Settings):
    """An FLA-502 on a serial port. Two public readers describe it differently; no question tells which holds."""

    driver: Literal["fuli-fla-502"]
    codes: Literal["decimal", "hex_digits"]
    """``decimal``: code 34 is byte 22h and asks for the status; zero and leak check are polled, as on Nanhua's models.
    ``hex_digits``: codes above 9 are written with the same digits (byte 34h starts a test, and is never sent here);
    zero and leak check are accepted with 06, and the data tell how they go. With the wrong one, opening the device or
    setting zero ends in an error."""


class Cdf5000Settings(_Settings):
    """A CDF-5000 on a serial port, its petrol side."""

    driver: Literal["chida-cdf-5000"]
    with_lambda: bool = False
    """Its one reader relies on 19 bytes of data; set this for firmware that sends lambda as well (21 bytes)."""


class Dialect503Analyzer(PumpedAnalyzer):
    """A gas analyzer on the 503 dialect, in the role GasAnalyzer."""

    def __init__(self, model: Model, exchange: Exchange, pace: Pace, *, water_trap: bool = False) -> None:
        super().__init__(exchange, pace)
        self._model = model
        self._no_value = NO_VALUE | {"co_pct": -1.0 / model.co_divisor}
        self._data_action = Action.READ_DATA_WITH_TRAP if water_trap else Action.READ_DATA

    @property
    def _kind(self) -> str:
        return self._model.name

    async def _greet(self) -> AnalyzerStatus:
        return await self.status()

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now, with the seconds of warm-up that are left where the model tells them."""
        if self._model.states_in_data:
            return AnalyzerStatus(self._state(await self._look("read status"), "read status"))
        status = await self._ask(Action.READ_STATUS, Status, "read status")
        if status.state != "warming":
            return AnalyzerStatus(status.state)
        left = await self._ask(Action.READ_WARM_UP_LEFT, WarmUpLeft, "read warm-up time")
        return AnalyzerStatus(status.state, left.seconds)

    async def read(self) -> GasReading:
        """Take one look at the gas in the cell; NotReadyError where the data themselves say that it is no exhaust."""
        data = await self._look("read gases")
        if self._model.states_in_data and (state := self._state(data, "read gases")) != "ready":
            raise NotReadyError(self.device, "read gases", f"the device is at {state}")
        values = {name: getattr(data, name) for name in PLAUSIBLE}
        if all(values[name] == sentinel for name, sentinel in self._no_value.items()):
            values |= dict.fromkeys(NO_VALUE)
        return sift(values, self._model.flags(data))

    async def _look(self, doing: str) -> Data:
        return await self._ask(self._data_action, Data, doing)

    def _state(self, data: Data, doing: str) -> str:
        state = self._model.state(data)
        if state is None:
            raise NotReadyError(self.device, doing, f"its status byte {data.status_byte:02X} is not published")
        return state

    async def read_ambient(self) -> AmbientReading:
        """Read its own weather sensor."""
        ambient = await self._ask(Action.READ_AMBIENT, Ambient, "read ambient")
        return AmbientReading(ambient.ambient_temp_c, ambient.humidity_pct, ambient.pressure_kpa)

    async def draw_ambient(self) -> None:
        """Pump ambient air."""
        await self._do(Action.PUMP_AMBIENT, "draw ambient air")

    async def draw_sample(self) -> None:
        """Pump from the probe."""
        await self._do(Action.PUMP_SAMPLE, "draw sample")

    async def purge(self) -> None:
        """Blow the sample line backwards."""
        await self._do(Action.BACK_PURGE, "purge")

    async def stop_pump(self) -> None:
        """Stop pump and purge."""
        await self._do(Action.STOP_PUMP, "stop pump")

    async def zero(self) -> None:
        """Set zero; returns when the device says it is done, RefusedError when it failed."""
        if not await self._work(Action.ZERO, "set zero"):
            raise RefusedError(self.device, "set zero", "the device says that setting zero failed")

    async def check_leak(self) -> bool:
        """Run the leak check; True when tight."""
        return await self._work(Action.LEAK_CHECK, "check leak")

    async def _do(self, action: Action, doing: str) -> None:
        await self._ask(action, Word, doing)

    async def _work(self, action: Action, doing: str) -> bool:
        """Carry out long-running work; True when it is done, False when it failed."""
        if action in self._model.work_told_in_data:
            return await self._watch(action, doing)
        return await self._poll(action, doing)

    async def _poll(self, action: Action, doing: str) -> bool:
        """Start work and poll it, with the same byte, until it is done (True) or failed (False)."""
        end_ms = self._pace.now_ms() + round(LONGEST_WORK_S * 1000)
        while (word := await self._ask(action, Word, doing)) in (Word.RUNNING, Word.ACCEPTED):
            if self._pace.now_ms() >= end_ms:
                raise NotReadyError(self.device, doing, f"still running after {LONGEST_WORK_S:g} s")
            await self._pace.sleep(POLL_S)
        return word is Word.DONE

    async def _watch(self, action: Action, doing: str) -> bool:
        """Start work and look at the data until it is over. It must have shown there: else it has not begun.

        The flow word after a leak check tells its result: low flow stands for a leak.
        """
        await self._do(action, doing)
        began_ms, begun = self._pace.now_ms(), False
        while True:
            data = await self._look(doing)
            state = self._state(data, doing)
            begun = begun or state == WORK_STATE[action]
            if begun and state != WORK_STATE[action]:
                break
            self._check_patience(began_ms, doing, begun=begun)
            await self._pace.sleep(LOOK_S)
        if state != "ready":
            raise NotReadyError(self.device, doing, f"the device went to {state} meanwhile")
        return action is not Action.LEAK_CHECK or "low_flow" not in self._model.flags(data)

    def _check_patience(self, began_ms: int, doing: str, *, begun: bool) -> None:
        waited_ms = self._pace.now_ms() - began_ms
        if not begun and waited_ms >= LONGEST_START_S * 1000:
            raise RefusedError(self.device, doing, f"taken on, but not begun within {LONGEST_START_S:g} s")
        if waited_ms >= LONGEST_WORK_S * 1000:
            raise NotReadyError(self.device, doing, f"still running after {LONGEST_WORK_S:g} s")

    async def _ask(self, action: Action, kind: type[ReplyT], doing: str) -> ReplyT:
        reply: Reply = await self.exchange.ask(
            encode_request(self._model, action),
            lambda: ReplyFramer(self._model, action),
            doing,
            timeout_s=REPLY_TIMEOUT_S,
            repeats=REPEATS,
        )
        if reply is Word.REFUSED:
            raise RefusedError(self.device, doing, "the device answered 15: not now, or not known to this model")
        if not isinstance(reply, kind):
            raise GarbledReplyError(self.device, doing, f"answered {reply}")
        return reply


def _build(
    device: str, settings: _Settings, model: Model, transport: Transport | None, pace: Pace, *, trap: bool = False
) -> Device:
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Dialect503Analyzer(model, Exchange(device, line, pace), pace, water_trap=trap)


def _build_nanhua(
    device: str, settings: _NanhuaSettings, model: Model, transport: Transport | None, pace: Pace
) -> Device:
    if settings.oldest_firmware:
        model = replace(model, data_length=19)
    return _build(device, settings, model, transport, pace, trap=settings.reads_water_trap)


def build_503(device: str, settings: Nha503Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHA-503."""
    model = replace(NHA_503, codes={}) if settings.asks_by_01 else NHA_503
    return _build_nanhua(device, settings, model, transport, pace)


def build_503v(device: str, settings: Nha503vSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHA-503V."""
    return _build_nanhua(device, settings, NHA_503V, transport, pace)


def build_506i(device: str, settings: Nha506iSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an NHA-506I."""
    model = replace(NHA_506I, oil_divisor=10) if settings.oil_temp_in_tenths else NHA_506I
    return _build_nanhua(device, settings, model, transport, pace)


def build_fla_502(device: str, settings: Fla502Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an FLA-502."""
    return _build(device, settings, FLA_502 if settings.codes == "decimal" else FLA_502_HEX, transport, pace)


def build_cdf_5000(device: str, settings: Cdf5000Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a CDF-5000."""
    model = replace(CDF_5000, data_length=21) if settings.with_lambda else CDF_5000
    return _build(device, settings, model, transport, pace)
