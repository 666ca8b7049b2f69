"""Wire face of opacimeters before a simulated measuring chamber, whatever their dialect.

Knows which command does what, and when the device says no. Of error codes only their existence is published: here 01
stands for warming up, 02 for busy, 03 for what it does not do, 04 for a damaged request. It runs no acceleration
sequences of its own. Does not know frames, where smoke comes from, ports, or time of day.
"""

from collections.abc import Callable

from protocols.smoke import (
    Action,
    Alarms,
    Dialect,
    Done,
    Full,
    Maxima,
    Refused,
    Reply,
    Request,
    Smoke,
    State,
)
from protocols.weather import Weather
from simulators.patience import Patience
from simulators.sample_line import Air
from simulators.smoke_meter import SmokeMeter

WARMING, BUSY, UNKNOWN, DAMAGED = Refused(0x01), Refused(0x02), Refused(0x03), Refused(0x04)
SETTABLE = ("measuring", "menu")
GAS_TEMP_C = 90.0
"""What the heated chamber keeps the smoke at."""


class OpacimeterFace:
    """An opacimeter that answers one request at a time.

    ``engine`` returns what the clamp on the injection line and the probe in the oil feel: r/min and degrees C.
    """

    def __init__(
        self, dialect: Dialect, meter: SmokeMeter, engine: Callable[[], tuple[float, float]], air: Air
    ) -> None:
        self.oil_probe_in = True
        self.alarm_bits = 0
        self._dialect = dialect
        self._meter = meter
        self._engine = engine
        self._air = air
        self._patience = Patience(dialect.request_framer)
        self._state = "measuring"

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete."""
        answers = []
        for request in self._patience.feed(data):
            reply = self._answer(request) if isinstance(request, Request) else DAMAGED
            answers.append(self._dialect.encode_reply(reply))
        return b"".join(answers)

    def step(self, dt_s: float) -> bytes:
        """Forget half a request after a while; this device never speaks unasked."""
        self._patience.step(dt_s)
        return b""

    def _answer(self, request: Request) -> Reply:
        if self._meter.zeroing and not self._tells_zeroing(request.action):
            return BUSY
        match request.action:
            case Action.READ_STATE:
                return State(self._state_now())
            case Action.ABORT_WARM_UP:
                self._meter.warm_up_left_s = 0.0
                return Done(Action.ABORT_WARM_UP)
            case Action.READ_ALARMS:
                return Alarms(self.alarm_bits)
        return WARMING if self._meter.warming else self._work(request)

    def _work(self, request: Request) -> Reply:
        meter = self._meter
        match request.action:
            case Action.SET_STATE if request.state in SETTABLE:
                self._state = request.state
            case Action.ZERO:
                meter.start_zero()
            case Action.CLEAR_MAXIMA:
                meter.clear_maxima()
            case Action.READ:
                return self._smoke()
            case Action.READ_FULL:
                air = self._air
                return Full(self._smoke(), Weather(air.temp_c, air.humidity_pct, air.pressure_kpa))
            case Action.READ_MAXIMA:
                return Maxima(meter.n_max_pct, meter.k_max_per_m, meter.rpm_max, self._engine()[1])
            case _:
                return UNKNOWN
        return Done(request.action)

    def _smoke(self) -> Smoke:
        meter = self._meter
        oil_c = self._engine()[1] if self.oil_probe_in else None
        return Smoke(meter.n_pct, meter.k_per_m, meter.engine_rpm, oil_c, gas_temp_c=GAS_TEMP_C)

    def _tells_zeroing(self, action: Action | None) -> bool:
        """One model has a state for setting zero; the others are deaf meanwhile."""
        return action is Action.READ_STATE and "zeroing" in self._dialect.states

    def _state_now(self) -> str:
        if self._meter.warming:
            return "warming"
        return "zeroing" if self._meter.zeroing else self._state
