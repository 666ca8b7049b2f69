"""Wire face of the Nanhua NHA-506I: the 503 dialect before a simulated sample line.

Knows which command does what to pump, cell and weather sensor, and how the long-running ones are polled.
Does not know where gas comes from, ports, or time of day.
"""

from collections.abc import Callable

from protocols.dialect_503 import (
    GAS_WRITES,
    LONG_RUNNING,
    NHA_506I,
    SENSOR_WRITES,
    Action,
    Ambient,
    Data,
    Pef,
    Reply,
    Request,
    RequestFramer,
    Status,
    WarmUpLeft,
    Word,
    encode_reply,
)
from simulators.exhaust import Gas, air_ratio
from simulators.sample_line import SampleLine

PATIENCE_S = 0.5
"""A request whose rest does not come is forgotten after this."""
PEF = 0.497
LOW_FLOW_WORD = 8888
O2_AGED, NO_AGED = 0x01, 0x02
SENTINEL = Gas(-1.0, -0.01, -0.01, -0.01, -1.0)
"""Every word FFFF: no value."""
LAMBDA_WITHOUT_EXHAUST = 0.0

JOBS = {Action.ZERO: "zero", Action.LEAK_CHECK: "leak", Action.CALIBRATE: "calibrate", Action.CHECK: "check"}
PUMPS = {
    Action.PUMP_AMBIENT: "ambient",
    Action.PUMP_SAMPLE: "sample",
    Action.BACK_PURGE: "purge",
    Action.STOP_PUMP: "off",
}


class Nha506iFace:
    """A gas analyser that answers one request at a time.

    ``engine`` returns what the clamp on the ignition and the probe in the oil feel: r/min and degrees C.
    """

    def __init__(self, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        self.o2_aged = False
        self.no_aged = False
        self.sentinel = False
        self._line = line
        self._engine = engine
        self._framer = RequestFramer(NHA_506I)
        self._silent_s = 0.0

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside, and how it is switched on and off."""

        def flag(name: str) -> Callable[[bool], None]:
            return lambda on: setattr(self, name, on)

        return {name: flag(name) for name in ("sentinel", "o2_aged", "no_aged")}

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete."""
        self._silent_s = 0.0
        answers = []
        for request in self._framer.feed(data):
            reply = self._answer(request) if isinstance(request, Request) else Word.REFUSED
            answers.append(encode_reply(NHA_506I, reply))
        return b"".join(answers)

    def step(self, dt_s: float) -> bytes:
        """Forget half a request after a while; this device never speaks unasked."""
        if self._silent_s < PATIENCE_S <= self._silent_s + dt_s:
            self._framer = RequestFramer(NHA_506I)
        self._silent_s += dt_s
        return b""

    def _answer(self, request: Request) -> Reply:
        action = request.action
        if action is None:
            return Word.REFUSED
        if action in LONG_RUNNING:
            return self._long_running(JOBS[action])
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

    def _long_running(self, kind: str) -> Word:
        """Start the task at first; the same byte again asks how it goes, and closes it when it is over."""
        line = self._line
        if line.warming or (line.job is not None and line.job.kind != kind):
            return Word.REFUSED
        if line.job is None:
            line.start(kind)
        if line.busy_for_ever or line.job is None or line.job.running:
            return Word.RUNNING
        return Word.DONE if line.finish() else Word.FAILED

    def _pump(self, pump: str) -> Word:
        line = self._line
        if (line.warming or line.job is not None) and pump != "off":
            return Word.REFUSED
        line.pump = pump
        return Word.ACCEPTED

    def _state(self) -> str:
        line = self._line
        if line.warming:
            return "warming"
        if line.job is not None and line.job.kind == "leak":
            return "leak_check"
        return "measuring" if line.pump in ("ambient", "sample") else "ready"

    def _data(self, *, with_trap: bool) -> Reply:
        line = self._line
        gas = SENTINEL if self.sentinel else line.reading()
        ratio = air_ratio(gas)
        rpm, oil_c = self._engine()
        return Data(
            *gas,
            engine_rpm=rpm,
            oil_temp_c=oil_c,
            flow_word=LOW_FLOW_WORD if line.low_flow else 0,
            status_byte=(O2_AGED if self.o2_aged else 0) | (NO_AGED if self.no_aged else 0),
            lambda_=LAMBDA_WITHOUT_EXHAUST if ratio is None else ratio,
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
        Action.FUEL_PETROL,
        Action.FUEL_LPG,
        Action.FUEL_NATURAL_GAS,
        Action.FUEL_GASOHOL,
    }
)
"""Switches that this simulation takes note of without any effect on what it measures."""
