"""Diesel analyzers of Mingquan: MQW-5101 and MQW-5102, in the role NoxAnalyzer.

Knows which command does what, how an end of zeroing is recognised, and which numbers no such sensor can give. Their
smoke words are not read here: a lane judges smoke by an opacimeter. Does not know tests, limits, averaging, whether a
unit has a converter (the lane file says what it measures), or how often it is read.
"""

from typing import Literal, TypeVar

from drivers.errors import GarbledReplyError, NotReadyError, RefusedError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.pumped import NO_EXHAUST, MingquanAnalyzer
from drivers.readings import AmbientReading, AnalyzerStatus, NoxReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.mqw_510x import (
    MQW_5101,
    MQW_5102,
    Action,
    DataAndStatus,
    Done,
    Model,
    Refused,
    Reply,
    ReplyFramer,
    Status,
    encode_request,
)
from protocols.values_mqw_510x import Data5101, Data5102

ReplyT = TypeVar("ReplyT")
Measures = Literal["nox", "no"]

BAUD = 9600
REPLY_TIMEOUT_S = 1.0
REPEATS = 1
POLL_S = 0.5
"""How often running work is asked whether it is done."""
LONGEST_ZERO_S = 60.0
LONGEST_LEAK_CHECK_S = 180.0
LEAST_ZERO_S = 10.0
"""An MQW-5102 does not say that it sets zero; it is given at least this long."""
PLAUSIBLE = {
    "nox_ppm": (-50.0, 5_000.0),
    "no_ppm": (-50.0, 5_000.0),
    "co2_pct": (-0.5, 18.0),
    "engine_rpm": (0.0, 12_000.0),
    "oil_temp_c": (-40.0, 200.0),
}
PLAUSIBLE_AIR = {"ambient_temp_c": (-40.0, 85.0), "humidity_pct": (0.0, 100.0), "pressure_kpa": (50.0, 110.0)}
"""Measuring ranges, with room for drift below zero. No word that stands for "no value" is published."""
WORK = (
    "purging",
    "auto_purging",
    "pumping_calibration_gas",
    "pumping_check_gas",
    "pumping_zero_gas",
    "background_test",
    "ambient_test",
    "calibrating_no",
    "calibrating_temperature",
    "calibrating_humidity",
    "calibrating_pressure",
    "calibrating_oil",
    "calibrating_line_pressure",
)
STATES = (
    *((word, word) for word in NO_EXHAUST),
    *((word, "busy") for word in WORK),
    *((word, "measuring") for word in ("pumping_sample", "pumping_ambient", "testing")),
    ("busy", "busy"),
)
"""Status word -> state; the first that is there counts."""


class _Settings(Strict):
    port: PortName
    measures: Measures
    """What this unit's word of nitrogen oxides is: ``nox`` with a converter before the cell, ``no`` without; see its
    type approval. Nothing on the wire tells."""


class Mqw5101Settings(_Settings):
    """An MQW-5101 on a serial port."""

    driver: Literal["mingquan-mqw-5101"]


class Mqw5102Settings(_Settings):
    """An MQW-5102 on a serial port."""

    driver: Literal["mingquan-mqw-5102"]


class _Mqw510x(MingquanAnalyzer):
    """What both models have in common."""

    model: Model
    channels: frozenset[str]

    def __init__(self, measures: Measures, exchange: Exchange, pace: Pace) -> None:
        super().__init__(exchange, pace)
        self._measures = measures

    @property
    def _kind(self) -> str:
        return f"an {self.model.name}"

    async def _greet(self) -> AnalyzerStatus:
        return await self.status()

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now. It does not say how long it still warms up."""
        return AnalyzerStatus(self._state(await self._read_status("read status")))

    async def draw_ambient(self) -> None:
        """Pump ambient air."""
        await self._order(Action.PUMP_AMBIENT, "draw ambient air")

    async def draw_sample(self) -> None:
        """Pump from the probe."""
        await self._order(Action.PUMP_SAMPLE, "draw sample")

    async def purge(self) -> None:
        """Blow the sample line backwards."""
        await self._order(Action.BACK_PURGE, "purge")

    async def stop_pump(self) -> None:
        """Stop pump and purge."""
        await self._order(Action.STOP, "stop pump")

    def _reading(self, data: Data5101 | Data5102, co2_pct: float | None, status: Status) -> NoxReading:
        state = self._state(status)
        if state in NO_EXHAUST:
            raise NotReadyError(self.device, "read NOx", f"the device is at {state}")
        values = {
            f"{self._measures}_ppm": data.no_ppm,
            "co2_pct": co2_pct,
            "engine_rpm": data.engine_rpm,
            "oil_temp_c": data.oil_temp_c,
        }
        outside = {name for name, value in values.items() if value is not None and not _within(PLAUSIBLE[name], value)}
        kept = dict.fromkeys(("nox_ppm", "no_ppm", "no2_ppm")) | {
            name: None if name in outside else value for name, value in values.items()
        }
        low_flow = self.model.words(status) & {"low_flow"}
        return NoxReading(**kept, flags=low_flow | {f"{name}_out_of_range" for name in outside})

    def _state(self, status: Status) -> str:
        words = self.model.words(status)
        return next((state for word, state in STATES if word in words), "ready")

    async def _read_status(self, doing: str) -> Status:
        return await self._ask(Action.READ_STATUS, Status, doing)

    async def _words(self, doing: str) -> frozenset[str]:
        return self.model.words(await self._read_status(doing))

    async def _tell(self, order: Action, doing: str) -> Done:
        return await self._ask(order, Done, doing)

    async def _ask(self, action: Action, kind: type[ReplyT], doing: str) -> ReplyT:
        reply: Reply = await self.exchange.ask(
            encode_request(self.model, action),
            lambda: ReplyFramer(self.model, action),
            doing,
            timeout_s=REPLY_TIMEOUT_S,
            repeats=REPEATS,
        )
        if isinstance(reply, Refused):
            code = "" if reply.error is None else f" with {reply.error:02X}"
            raise RefusedError(self.device, doing, f"the device answered 15{code}: not now, or not known to this model")
        if not isinstance(reply, kind):
            raise GarbledReplyError(self.device, doing, f"answered {reply}")
        return reply


class Mqw5101(_Mqw510x):
    """An MQW-5101: nitrogen oxides without CO2, a weather sensor, and a status that says what it is doing."""

    model = MQW_5101

    def __init__(self, measures: Measures, exchange: Exchange, pace: Pace) -> None:
        super().__init__(measures, exchange, pace)
        self.channels = frozenset({f"{measures}_ppm"})

    async def read(self) -> NoxReading:
        """Take one look at the gas in the cell; NotReadyError while it holds no exhaust."""
        both = await self._ask(Action.READ_DATA_AND_STATUS, DataAndStatus, "read NOx")
        return self._reading(both.data, None, both.status)

    async def read_ambient(self) -> AmbientReading:
        """Read its own weather sensor."""
        data = await self._ask(Action.READ_DATA, Data5101, "read ambient")
        air = {name: getattr(data, name) for name in PLAUSIBLE_AIR}
        return AmbientReading(
            **{name: value if _within(PLAUSIBLE_AIR[name], value) else None for name, value in air.items()}
        )

    async def zero(self) -> None:
        """Set zero; returns when the device says it is done."""
        await self._work(Action.ZERO, "zeroing", LONGEST_ZERO_S, POLL_S, "set zero")

    async def check_leak(self) -> bool:
        """Run the leak check; True when tight."""
        words = await self._work(Action.LEAK_CHECK, "leak_check", LONGEST_LEAK_CHECK_S, POLL_S, "check leak")
        return "leak_tight" in words


class Mqw5102(_Mqw510x):
    """An MQW-5102: nitrogen oxides with CO2, without weather; of its status only the warm-up is published."""

    model = MQW_5102

    def __init__(self, measures: Measures, exchange: Exchange, pace: Pace) -> None:
        super().__init__(measures, exchange, pace)
        self.channels = frozenset({f"{measures}_ppm", "co2_pct"})

    async def read(self) -> NoxReading:
        """Take one look at the gas in the cell; NotReadyError while it warms up."""
        status = await self._read_status("read NOx")
        data = await self._ask(Action.READ_DATA, Data5102, "read NOx")
        return self._reading(data, data.co2_pct, status)

    async def read_ambient(self) -> AmbientReading:
        """Return no value: this model sends no weather."""
        return AmbientReading(None, None, None)

    async def zero(self) -> None:
        """Set zero with the pump at rest; done when the status is again what it was before, and not too soon."""
        await self.stop_pump()
        rest = await self._read_status("set zero")
        await self._order(Action.ZERO, "set zero")
        began_ms = self._pace.now_ms()

        async def done() -> bool:
            at_rest = await self._read_status("set zero") == rest
            return at_rest and self._pace.now_ms() - began_ms >= LEAST_ZERO_S * 1000

        await self._wait(done, LONGEST_ZERO_S, POLL_S, "set zero")

    async def check_leak(self) -> bool:
        """Raise RefusedError: this model's result is not published, and no leak may pass for tight."""
        raise RefusedError(self.device, "check leak", "the MQW-5102 shows its result on its own display alone")


def _within(span: tuple[float, float], value: float) -> bool:
    return span[0] <= value <= span[1]


def build_5101(device: str, settings: Mqw5101Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQW-5101."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Mqw5101(settings.measures, Exchange(device, line, pace), pace)


def build_5102(device: str, settings: Mqw5102Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an MQW-5102."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return Mqw5102(settings.measures, Exchange(device, line, pace), pace)
