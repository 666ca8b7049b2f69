"""Wire face of gas analysers that speak the 503 dialect (Nanhua, Fuli, Chida) before a simulated sample line.

Knows which command does what to pump, cell and weather sensor, and how each model tells that long-running work is done.
Does not know where gas comes from, ports, or time of day.
"""

from collections.abc import Callable

from protocols.dialect_503 import (
    CDF_5000,
    FLA_502,
    FLA_502_HEX,
    GAS_WRITES,
    LONG_RUNNING,
    NHA_503,
    NHA_503V,
    NHA_506I,
    SENSOR_WRITES,
    Action,
    Ambient,
    Data,
    Model,
    Pef,
    Reply,
    Request,
    RequestFramer,
    Status,
    WarmUpLeft,
    Word,
    encode_reply,
)
from protocols.models_503 import DATA_STATES
from simulators.exhaust import Gas, air_ratio
from simulators.patience import Patience
from simulators.sample_line import SampleLine

MODELS_503 = {
    "nanhua-nha-503": NHA_503,
    "nanhua-nha-503v": NHA_503V,
    "nanhua-nha-506i": NHA_506I,
    "fuli-fla-502": FLA_502,
    "fuli-fla-502-hex": FLA_502_HEX,
    "chida-cdf-5000": CDF_5000,
}
"""Device id -> model. There are two FLA-502: one for each reading of its codes."""
PATIENCE_S = 0.5
PEF = 0.497
LOW_FLOW_WORD = 0x8888
O2_AGED, NO_AGED = 0x01, 0x02
SENTINEL = Gas(-1.0, -0.01, -0.01, -0.01, -1.0)
"""Every word FFFF: no value."""
LAMBDA_WITHOUT_EXHAUST = 0.0
SHORT = 19
"""Bytes of a data block without lambda."""

JOBS = {Action.ZERO: "zero", Action.LEAK_CHECK: "leak", Action.CALIBRATE: "calibrate", Action.CHECK: "check"}
PUMPS = {
    Action.PUMP_AMBIENT: "ambient",
    Action.PUMP_SAMPLE: "sample",
    Action.BACK_PURGE: "purge",
    Action.STOP_PUMP: "off",
}


class Dialect503Face:
    """A gas analyser that answers one request at a time.

    ``engine`` returns what the clamp on the ignition and the probe in the oil feel: r/min and degrees C.
    """

    def __init__(self, model: Model, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        self.o2_aged = False
        self.no_aged = False
        self.sentinel = False
        self._model = model
        self._line = line
        self._engine = engine
        self._patience = Patience(lambda: RequestFramer(model), PATIENCE_S)
        self._leaked_before = False

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside it, and how it is switched on and off."""

        def flag(name: str) -> Callable[[bool], None]:
            return lambda on: setattr(self, name, on)

        aged = {} if self._model.states_in_data else {"o2_aged": flag("o2_aged"), "no_aged": flag("no_aged")}
        return {"sentinel": flag("sentinel"), **aged}

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete."""
        answers = []
        for request in self._patience.feed(data):
            reply = self._answer(request) if isinstance(request, Request) else Word.REFUSED
            answers.append(encode_reply(self._model, reply))
        return b"".join(answers)

    def step(self, dt_s: float) -> bytes:
        """End work that nobody polls, and forget half a request after a while; this device never speaks unasked."""
        job = self._line.job
        told = {JOBS[action] for action in self._model.work_told_in_data}
        if job is not None and job.kind in told and not job.running and not self._line.busy_for_ever:
            went_well = self._line.finish()
            self._leaked_before = not went_well if job.kind == "leak" else self._leaked_before
        self._patience.step(dt_s)
        return b""

    def _answer(self, request: Request) -> Reply:
        action = request.action
        if action is None:
            return Word.REFUSED
        if action in LONG_RUNNING:
            return self._long_running(action)
        if action in PUMPS:
            return self._pump(PUMPS[action])
        if action in (Action.READ_DATA, Action.READ_DATA_WITH_TRAP):
            return self._data(with_trap=action is Action.READ_DATA_WITH_TRAP)
        return self._other(action)

    def _other(self, action: Action) -> Reply:
        line = self._line
        match action:
            case Action.READ_AMBIENT:
                return Ambient(line.air.temp_c, line.air.pressure_kpa, line.air.humidity_pct)
            case Action.READ_STATUS:
                return Status(self._state())
            case Action.READ_WARM_UP_LEFT:
                return WarmUpLeft(round(line.warm_up_left_s))
            case Action.READ_PEF:
                return Pef(PEF)
            case Action.CLEAR_NO_AGED:
                self.no_aged = False
        if action in SENSOR_WRITES:
            return Word.DONE
        return Word.ACCEPTED if action in GAS_WRITES or action in PLAIN_SWITCHES else Word.REFUSED

    def _long_running(self, action: Action) -> Word:
        """Start the task at first; where it is polled, the same byte asks how it goes, and closes it at the end."""
        line, kind = self._line, JOBS[action]
        polled = action not in self._model.work_told_in_data
        if line.warming or (line.job is not None and not (polled and line.job.kind == kind)):
            return Word.REFUSED
        if line.job is None:
            line.start(kind)
            self._leaked_before = self._leaked_before and kind != "leak"
            if action in self._model.accepts_work:
                return Word.ACCEPTED
        if line.busy_for_ever or line.job is None or line.job.running:
            return Word.RUNNING
        return Word.DONE if line.finish() else Word.FAILED

    def _pump(self, pump: str) -> Word:
        line = self._line
        if (line.warming or line.job is not None) and pump != "off":
            return Word.REFUSED
        line.pump, self._leaked_before = pump, False
        return Word.ACCEPTED

    def _state(self) -> str:
        line = self._line
        if line.warming:
            return "warming"
        if line.job is not None and line.job.kind == "leak":
            return "leak_check"
        if self._model.states_in_data:
            return "zeroing" if line.job is not None and line.job.kind == "zero" else "ready"
        return "measuring" if line.pump in ("ambient", "sample") else "ready"

    def _status_byte(self) -> int:
        if self._model.states_in_data:
            return next(code for code, state in DATA_STATES.items() if state == self._state())
        return (O2_AGED if self.o2_aged else 0) | (NO_AGED if self.no_aged else 0)

    def _data(self, *, with_trap: bool) -> Reply:
        line = self._line
        gas = SENTINEL if self.sentinel else line.reading()
        ratio = air_ratio(gas)
        rpm, oil_c = self._engine()
        return Data(
            *gas,
            engine_rpm=rpm,
            oil_temp_c=oil_c,
            flow_word=LOW_FLOW_WORD if self._model.tells_flow and (line.low_flow or self._leaked_before) else 0,
            status_byte=self._status_byte(),
            lambda_=None if self._model.data_length == SHORT else LAMBDA_WITHOUT_EXHAUST if ratio is None else ratio,
            water_trap_full=line.trap_full if with_trap else None,
        )


PLAIN_SWITCHES = frozenset(
    {
        Action.CLEAR_NO_AGED,
        Action.ZERO_WITH_AMBIENT_AIR,
        Action.ZERO_WITH_ZERO_AIR,
        Action.FOUR_STROKE,
        Action.TWO_STROKE,
        Action.SINGLE_IGNITION,
        Action.DOUBLE_IGNITION,
        Action.AUTO_ZERO_ON,
        Action.AUTO_ZERO_OFF,
        Action.KEYBOARD_UNLOCK,
        Action.KEYBOARD_LOCK,
        Action.DISPLAY_ON,
        Action.DISPLAY_OFF,
        Action.OPEN_CHECK_VALVE,
        Action.CLOSE_CHECK_VALVE,
        Action.OPEN_CALIBRATION_VALVE,
        Action.CLOSE_CALIBRATION_VALVE,
        Action.OPEN_ZERO_VALVE,
        Action.CLOSE_ZERO_VALVE,
        Action.START_TEST,
        Action.PREPARE_TEST,
        Action.FUEL_PETROL,
        Action.FUEL_LPG,
        Action.FUEL_NATURAL_GAS,
        Action.FUEL_GASOHOL,
    }
)
"""Switches that this simulation takes note of without any effect on what it measures."""
