"""Wire face of Mingquan's MQW-50A and MQW-50B before a simulated sample line.

Knows which command does what to pump and cell, and how the status tells of work and of its end. Starting and stopping a
test draw the sample and stop. A refusal has no error byte; what is explained and never sent is refused, and a damaged
request gets no answer. Does not know where gas comes from, ports, or time of day.
"""

from collections.abc import Callable
from dataclasses import replace

from protocols import mqw_50
from protocols.gas import Action, Done, Gases, Pef, Refused, Reply, Request
from simulators.gas_face import GasFace
from simulators.sample_line import SampleLine

MODELS = {"mingquan-mqw-50a": mqw_50.MQW_50A, "mingquan-mqw-50b": mqw_50.MQW_50B}
"""Device id -> model."""
PEF = 0.512
LINE_SUCTION_KPA = 2.5
"""How far the pump draws the line below the pressure of the air."""
PUMPS = {
    Action.MEASURE: "sample",
    Action.DRAW_SAMPLE: "sample",
    Action.DRAW_AMBIENT: "ambient",
    Action.DRAW_ZERO_GAS: "ambient",
    Action.PURGE: "purge",
}
STOPS = (Action.STOP, Action.STANDBY)
JOBS = {Action.ZERO: "zero", Action.LEAK_CHECK: "leak"}
JOB_WORDS = {"zero": "zeroing", "leak": "leak_check"}


class Mqw50Face(GasFace):
    """An MQW-50A or MQW-50B."""

    def __init__(self, model: mqw_50.Model, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(mqw_50.dialect(model), line, engine)
        self._model = model
        self._leaked = False
        self.zero_fails = False

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside, and how it is switched on and off."""
        return {"zero_fails": lambda on: setattr(self, "zero_fails", on)}

    def _say(self, request: Request) -> bytes:
        if request.action is None:
            return mqw_50.encode_refusal(request.code)
        return mqw_50.encode_reply(self._model, request.action, self._answer(request.action))

    def _answer(self, action: Action) -> Reply:
        match action:
            case Action.READ:
                return self._look()
            case Action.READ_STATUS:
                return mqw_50.status(*self._words())
            case Action.READ_PEF:
                return Pef(PEF)
        return self._order(action)

    def _order(self, action: Action) -> Reply:
        line = self._line
        if action in STOPS:
            line.pump, line.job = "off", None
        elif self._occupied:
            return Refused()
        elif action in PUMPS:
            line.pump = PUMPS[action]
        elif action in JOBS:
            self._leaked = self._leaked and JOBS[action] != "leak"
            line.start(JOBS[action])
        return Done(action)

    def _ended(self, kind: str, went_well: bool) -> bytes:
        self._leaked = not went_well if kind == "leak" else self._leaked
        return b""

    def _words(self) -> list[str]:
        line, job = self._line, self._line.job
        said = {
            "warming": line.warming,
            "purging": line.pump == "purge",
            "low_flow": line.low_flow,
            "busy": self._occupied,
            "leak_failed": self._leaked,
            "zero_failed": self.zero_fails,
        }
        return [word for word, is_so in said.items() if is_so] + ([] if job is None else [JOB_WORDS[job.kind]])

    def _look(self) -> Gases:
        suction = LINE_SUCTION_KPA if self._line.pump in ("sample", "ambient") else 0.0
        gases = self._gases(weather=True)
        return replace(gases, line_pressure_kpa=self._line.air.pressure_kpa - suction, pef=PEF)
