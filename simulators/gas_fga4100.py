"""Wire face of Foshan Analytical's FGA-4100 before a simulated sample line.

Knows which command does what to pump and cell. No refusal is published: what it cannot do now gets no answer, and the
packet that may follow zeroing is sent. Does not know where gas comes from, ports, or time of day.
"""

from collections.abc import Callable

from protocols.fga_4100 import DIALECT, ZERO_TAKEN
from protocols.gas import Action, Done, Request
from simulators.gas_face import GasFace
from simulators.sample_line import SampleLine


class Fga4100Face(GasFace):
    """An FGA-4100."""

    def __init__(self, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(DIALECT, line, engine)

    def _say(self, request: Request) -> bytes:
        action, line = request.action, self._line
        if action is Action.READ:
            return self._dialect.encode_reply(action, self._gases())
        if action is None or (self._occupied and action is not Action.STOP):
            return b""
        if action is Action.ZERO:
            line.start("zero")
            return self._dialect.encode_reply(action, Done(action)) + ZERO_TAKEN
        line.pump = "sample" if action is Action.DRAW_SAMPLE else "off"
        return self._dialect.encode_reply(action, Done(action))
