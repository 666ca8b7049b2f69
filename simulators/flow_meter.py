"""Wire face of exhaust flow meters before a simulated tube, whatever their dialect.

Knows which command does what, and what a meter says while it is cold. A meter whose blower no command switches runs it
from the start. Does not know frames, where exhaust comes from, ports, or time of day.
"""

from protocols.flow import Action, Dialect, Done, Flow, Reply, Status
from simulators.flow_tube import FlowTube
from simulators.patience import Patience

KELVIN = 273.15


class FlowMeterFace:
    """A flow meter that answers one request at a time."""

    def __init__(self, dialect: Dialect, tube: FlowTube) -> None:
        self._dialect = dialect
        self._tube = tube
        self._patience = Patience(dialect.request_framer)
        tube.blower_on = Action.BLOWER_ON not in dialect.actions

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete; what it does not do stays unanswered."""
        answers = []
        for request in self._patience.feed(data):
            if request.action is not None:
                answers.append(self._dialect.encode_reply(request.action, self._answer(request.action)))
        return b"".join(answers)

    def step(self, dt_s: float) -> bytes:
        """Forget half a request after a while; this device never speaks unasked."""
        self._patience.step(dt_s)
        return b""

    def _answer(self, action: Action) -> Reply:
        tube = self._tube
        if action is Action.READ_STATUS:
            said = (("warming", tube.warming), ("pressure_fault", tube.pressure_fault))
            return Status(frozenset(word for word, is_so in said if is_so))
        if action is Action.READ:
            o2, flow = tube.reading()
            standard = flow * tube.pressure_kpa / 101.325 * KELVIN / (tube.temp_c + KELVIN)
            return Flow(o2, tube.temp_c, tube.pressure_kpa, flow, standard)
        tube.blower_on = action is Action.BLOWER_ON
        return Done(action)
