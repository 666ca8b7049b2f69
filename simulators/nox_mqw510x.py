"""Wire face of Mingquan's MQW-5101 and MQW-5102 before a simulated sample line.

Knows which command does what to pump and cell, and how each model tells it. The line brings what the unit measures: NOx
behind a converter, or NO. No smoke meter stands beside it: those words are 0. Of the status of the MQW-5102 only the
warm-up bit is published; the others stand here where the maker's petrol analyser has them. Orders that do nothing to
the gas are taken note of. A refusal has no error byte, and a damaged request gets no answer. Does not know where gas
comes from, ports, or time of day.
"""

from collections.abc import Callable

from protocols.mqw_510x import (
    MQW_5101,
    Action,
    DataAndStatus,
    Done,
    Model,
    Refused,
    Reply,
    Request,
    RequestFramer,
    Status,
    encode_reply,
)
from protocols.values_mqw_510x import Ambient, Background, Data5101, Data5102, SmokeMaxima
from simulators.sample_line import SampleLine

PATIENCE_S = 0.5
"""A request whose rest does not come is forgotten after this."""
LINE_SUCTION_KPA = 2.5
"""How far the pump draws the line below the pressure of the air."""
CHAMBER_C, SMOKE_C = 45.0, 75.0
PUMPS = {
    Action.PUMP_AMBIENT: "ambient",
    Action.PUMP_ZERO_GAS: "ambient",
    Action.PUMP_SAMPLE: "sample",
    Action.BACK_PURGE: "purge",
    Action.AUTO_PURGE: "purge",
}
JOBS = {Action.ZERO: "zero", Action.ZERO_NOX: "zero", Action.LEAK_CHECK: "leak"}
PUMP_WORDS = {"ambient": "pumping_ambient", "sample": "pumping_sample", "purge": "purging"}
JOB_WORDS = {"zero": "zeroing", "leak": "leak_check"}
BITS_5102 = {"warming": 0x0001, "purging": 0x0002, "leak_check": 0x0010, "zeroing": 0x0040, "low_flow": 0x0080}
BUSY_5102 = 0x8000
"""Second byte."""
NOTED = frozenset(
    {Action.ZERO_SMOKE, Action.CLEAR_SMOKE_MAXIMA, Action.KEYBOARD_LOCK, Action.KEYBOARD_UNLOCK}
    | {Action.PUMP_CALIBRATION_GAS, Action.PUMP_CHECK_GAS, Action.BACKGROUND_TEST, Action.AMBIENT_TEST}
)


class Mqw510xFace:
    """A diesel analyser that answers one request at a time.

    ``engine`` returns what the clamp on the injection line and the probe in the oil feel: r/min and degrees C.
    """

    def __init__(self, model: Model, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        self._model = model
        self._line = line
        self._engine = engine
        self._framer = RequestFramer(model)
        self._leak_tight = False
        self._silent_s = 0.0

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return nothing: whatever can go wrong with it happens in the sample line."""
        return {}

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete."""
        self._silent_s = 0.0
        requests = [each for each in self._framer.feed(data) if isinstance(each, Request)]
        return b"".join(encode_reply(self._model, self._answer(request)) for request in requests)

    def step(self, dt_s: float) -> bytes:
        """Close work that has ended, and forget half a request after a while; this device never speaks unasked."""
        job = self._line.job
        if job is not None and not job.running and not self._line.busy_for_ever:
            went_well = self._line.finish()
            self._leak_tight = went_well if job.kind == "leak" else self._leak_tight
        if self._silent_s < PATIENCE_S <= self._silent_s + dt_s:
            self._framer = RequestFramer(self._model)
        self._silent_s += dt_s
        return b""

    def _answer(self, request: Request) -> Reply:
        match request.action:
            case None:
                return Refused(request.code)
            case Action.READ_STATUS:
                return self._status()
            case Action.READ_DATA:
                return self._data_5101() if self._model is MQW_5101 else self._data_5102()
            case Action.READ_DATA_AND_STATUS:
                return DataAndStatus(self._data_5101(), self._status())
            case Action.READ_BACKGROUND:
                return Background(self._line.reading().no_ppm)
            case Action.READ_AMBIENT:
                data = self._data_5101()
                air = (data.ambient_temp_c, data.humidity_pct, data.pressure_kpa)
                return Ambient(data.no_ppm, *air, data.oil_temp_c)
            case Action.READ_SMOKE_MAXIMA:
                return SmokeMaxima(0.0, 0.0, 0.0)
        return self._order(request.action)

    def _order(self, action: Action) -> Reply:
        line = self._line
        if action is Action.SKIP_WARM_UP:
            line.warm_up_left_s = 0.0
        elif action is Action.STOP:
            line.pump, line.job = "off", None
        elif line.warming or line.job is not None:
            return Refused(action.value)
        elif action in PUMPS:
            line.pump = PUMPS[action]
        elif action in JOBS:
            self._leak_tight = self._leak_tight and JOBS[action] != "leak"
            line.start(JOBS[action])
        elif action not in NOTED:
            return Refused(action.value)
        return Done(action)

    def _status(self) -> Status:
        line = self._line
        words = {"warming"} if line.warming else set()
        words |= {PUMP_WORDS[line.pump]} if line.pump in PUMP_WORDS else set()
        words |= {JOB_WORDS[line.job.kind], "busy"} if line.job is not None else set()
        words |= {"low_flow"} if line.low_flow else set()
        if self._model is MQW_5101:
            return self._model.status(*words, *(["leak_tight"] if self._leak_tight else []))
        bits = sum(bit for word, bit in BITS_5102.items() if word in words)
        bits |= BUSY_5102 if "busy" in words else 0
        return Status(bits.to_bytes(self._model.status_bytes, "little"))

    def _line_pressure_kpa(self) -> float:
        suction = LINE_SUCTION_KPA if self._line.pump in ("sample", "ambient") else 0.0
        return self._line.air.pressure_kpa - suction

    def _data_5101(self) -> Data5101:
        air, (rpm, oil_c), no_ppm = self._line.air, self._engine(), self._line.reading().no_ppm
        weather = (air.temp_c, air.humidity_pct, air.pressure_kpa)
        smoke = (0.0, 0.0, 0.0, CHAMBER_C, SMOKE_C)
        return Data5101(no_ppm, *weather, oil_c, self._line_pressure_kpa(), rpm, *smoke)

    def _data_5102(self) -> Data5102:
        gas, (rpm, oil_c) = self._line.reading(), self._engine()
        smoke = (0.0, 0.0, 0.0, SMOKE_C)
        return Data5102(self._line_pressure_kpa(), oil_c, rpm, gas.no_ppm, gas.co2_pct, *smoke)
