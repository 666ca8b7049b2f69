"""Wire face of Nanhua's NHA-506 and Mingquan's MQW-511 before a simulated sample line.

Knows their few commands. After warming up each sets zero by itself, once; an order to pump is refused until then. Bytes
that nobody looks at are 0, the last is the sum of all before it, and what is no order to pump, to stop or to show gets
no answer. Does not know where gas comes from, ports, or time of day.
"""

from collections.abc import Callable
from dataclasses import replace

from protocols import gas_simple
from protocols.gas import Action, Done, Gases, Refused, Reply, Request
from simulators.gas_face import GasFace
from simulators.sample_line import SampleLine

MODELS = {"nanhua-nha-506": gas_simple.NHA_506, "mingquan-mqw-511": gas_simple.MQW_511}
"""Device id -> model."""


class SimpleGasFace(GasFace):
    """An NHA-506 or MQW-511."""

    def __init__(self, model: gas_simple.Model, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(gas_simple.dialect(model), line, engine)
        self.sentinel = False
        self.oil_probe_in = True
        self._was_warming = line.warming

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside, and how it is switched on and off."""
        return {
            "sentinel": lambda on: setattr(self, "sentinel", on),
            "no_oil_probe": lambda on: setattr(self, "oil_probe_in", not on),
        }

    def step(self, dt_s: float) -> bytes:
        """Set zero once the device is warm; it never speaks unasked."""
        if self._was_warming and not self._line.warming:
            self._line.start("zero")
        self._was_warming = self._line.warming
        return super().step(dt_s)

    def _say(self, request: Request) -> bytes:
        action = request.action
        if action is None:
            return b""
        return self._dialect.encode_reply(action, self._answer(action))

    def _answer(self, action: Action) -> Reply:
        line = self._line
        if action is Action.READ:
            return self._look()
        if action is Action.READ_STATUS:
            zeroing = line.job is not None
            return gas_simple.status("warming" if line.warming else "zeroing" if zeroing else "ready")
        if action is Action.DRAW_SAMPLE and self._occupied:
            return Refused()
        line.pump = "sample" if action is Action.DRAW_SAMPLE else "off"
        return Done(action)

    def _look(self) -> Gases:
        gases = self._gases()
        if not self.oil_probe_in:
            gases = replace(gases, oil_temp_c=None)
        if self.sentinel:
            gases = replace(gases, hc_ppm=None, co_pct=None, co2_pct=None, o2_pct=None, no_ppm=None)
        return gases
