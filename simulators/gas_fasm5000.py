"""Wire face of Foshan Analytical's FASM-5000 before a simulated sample line.

Knows which command does what to pump and cell, and that the end of work is told unasked. While it warms up or is at
work it can do nothing but read and stop. Does not know where gas comes from, ports, or time of day.
"""

from collections.abc import Callable
from dataclasses import replace

from protocols.fasm_5000 import DIALECT
from protocols.gas import Action, Done, Outcome, Refused, Reply, Request
from simulators.gas_face import GasFace
from simulators.sample_line import SampleLine

FULL_FLOW = 30.0
JOBS = {Action.ZERO: "zero", Action.LEAK_CHECK: "leak"}
PUMPS = {
    Action.DRAW_SAMPLE: "sample",
    Action.DRAW_AMBIENT: "ambient",
    Action.DRAW_ZERO_GAS: "ambient",
    Action.PURGE: "purge",
    Action.DRAW_CHECK_GAS: "off",
    Action.DRAW_CALIBRATION_GAS: "off",
}
"""No bottle stands beside it: with one of its valves open nothing flows."""


class Fasm5000Face(GasFace):
    """A FASM-5000."""

    def __init__(self, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(DIALECT, line, engine)

    def _say(self, request: Request) -> bytes:
        if request.action is None:
            return b""
        return self._dialect.encode_reply(request.action, self._answer(request.action))

    def _answer(self, action: Action) -> Reply:
        line = self._line
        if action is Action.READ:
            flows = line.pump in ("sample", "ambient") and not line.low_flow
            return replace(self._gases(weather=True), flow_word=FULL_FLOW if flows else 0.0)
        if action is Action.STOP:
            line.pump, line.job = "off", None
        elif self._occupied:
            return Refused()
        elif action in JOBS:
            line.start(JOBS[action])
        else:
            line.pump = PUMPS[action]
        return Done(action)

    def _ended(self, kind: str, went_well: bool) -> bytes:
        return self._dialect.encode_reply(Action.ZERO, Outcome(went_well))
