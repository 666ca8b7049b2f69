"""Wire face of the Nanhua opacimeters NHT-6, NHT-1 and NHT-1L before a simulated measuring chamber.

Knows which command does what, and when the device says no. Of its error codes only their existence is published: here
01 stands for warming up, 02 for busy, 03 for what it does not do, 04 for a damaged request. It runs no acceleration
sequences of its own. Does not know where smoke comes from, ports, or time of day.
"""

from collections.abc import Callable

from protocols.nht import (
    Action,
    Alarms,
    Done,
    Maxima,
    Model,
    Refused,
    Reply,
    Request,
    RequestFramer,
    Smoke,
    State,
    encode_reply,
)
from simulators.smoke_meter import SmokeMeter

PATIENCE_S = 0.1
"""A request whose rest does not come is forgotten after this."""
WARMING, BUSY, UNKNOWN, DAMAGED = Refused(0x01), Refused(0x02), Refused(0x03), Refused(0x04)
SETTABLE = ("measuring", "menu")


class NhtFace:
    """An opacimeter that answers one request at a time.

    ``engine`` returns what the clamp on the injection line and the probe in the oil feel: r/min and degrees C.
    """

    def __init__(self, model: Model, meter: SmokeMeter, engine: Callable[[], tuple[float, float]]) -> None:
        self.oil_probe_in = True
        self.alarm_bits = 0
        self._model = model
        self._meter = meter
        self._engine = engine
        self._framer = RequestFramer(model)
        self._state = "measuring"
        self._silent_s = 0.0

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete."""
        self._silent_s = 0.0
        answers = []
        for request in self._framer.feed(data):
            reply = self._answer(request) if isinstance(request, Request) else DAMAGED
            answers.append(encode_reply(self._model, reply))
        return b"".join(answers)

    def step(self, dt_s: float) -> bytes:
        """Forget half a request after a while; this device never speaks unasked."""
        if self._silent_s < PATIENCE_S <= self._silent_s + dt_s:
            self._framer = RequestFramer(self._model)
        self._silent_s += dt_s
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
                oil_c = self._engine()[1] if self.oil_probe_in else None
                return Smoke(meter.n_pct, meter.k_per_m, meter.engine_rpm, oil_c)
            case Action.READ_MAXIMA:
                return Maxima(meter.n_max_pct, meter.k_max_per_m, meter.rpm_max)
            case _:
                return UNKNOWN
        return Done(request.action)

    def _tells_zeroing(self, action: Action | None) -> bool:
        """One model has a state for setting zero; the others are deaf meanwhile."""
        return action is Action.READ_STATE and "zeroing" in self._model.states

    def _state_now(self) -> str:
        if self._meter.warming:
            return "warming"
        return "zeroing" if self._meter.zeroing else self._state
