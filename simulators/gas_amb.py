"""Wire faces of Fuli's FLA-501 and HORIBA's MEXA-584L before a simulated sample line.

Knows which command does what to pump, valve and cell. This FLA-501 draws the air of the hall while its valve is on, and
answers four bytes to a switch. What the published status of the MEXA-584L does not tell stays 0; while it sets zero, an
unpublished bit is up. A refusal bears no code. Does not know where gas comes from, ports, or time of day.
"""

from abc import abstractmethod
from collections.abc import Callable

from protocols.amb import MEXA_584L, Model, dialect, encode_reply, fla_501
from protocols.gas import Action, Done, Pef, Refused, Reply, Request, Status
from simulators.gas_face import GasFace
from simulators.sample_line import SampleLine

PEF = 0.5
HUNG_UP_PPM = 20.0
AT_WORK = 0x01
"""Bit of the fourth byte of the MEXA-584L's status while it sets zero."""
REFUSED = Refused(0)


class _AmbFace(GasFace):
    def __init__(self, model: Model, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(dialect(model), line, engine)
        self._model = model

    def _say(self, request: Request) -> bytes:
        action = request.action
        if action is None:
            return b""
        return encode_reply(self._model, action, self._answer(action))

    def _answer(self, action: Action) -> Reply:
        if action is Action.READ:
            return self._gases()
        if action is Action.READ_PEF:
            return Pef(PEF)
        if action is Action.ZERO:
            if self._occupied:
                return REFUSED
            self._line.start("zero")
            return Done(action)
        return self._obey(action)

    @abstractmethod
    def _obey(self, action: Action) -> Reply:
        """Do what is this model's own: everything but looks and zero."""


class Fla501Face(_AmbFace):
    """An FLA-501: pump and valve are switched one by one."""

    def __init__(self, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(fla_501(), line, engine)
        self._valve_on = False

    def _obey(self, action: Action) -> Reply:
        line = self._line
        if self._occupied and action is not Action.PUMP_OFF and action is not Action.STANDBY:
            return REFUSED
        if action in (Action.VALVE_ON, Action.VALVE_OFF):
            self._valve_on = action is Action.VALVE_ON
        runs = action is Action.PUMP_ON or (line.pump != "off" and action not in (Action.PUMP_OFF, Action.STANDBY))
        drawn = "ambient" if self._valve_on else "sample"
        line.pump = drawn if runs else "off"
        return Done(action)


class Mexa584LFace(_AmbFace):
    """A MEXA-584L with all options: it measures or stands by."""

    def __init__(self, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(MEXA_584L, line, engine)
        self.filter_dirty = False
        self.calibration_error = False

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside, and how it is switched on and off."""

        def flag(name: str) -> Callable[[bool], None]:
            return lambda on: setattr(self, name, on)

        return {name: flag(name) for name in ("filter_dirty", "calibration_error")}

    def _obey(self, action: Action) -> Reply:
        if action is Action.READ_STATUS:
            return self._status()
        if action is Action.READ_PARTS:
            return self._parts()
        if self._occupied and action is not Action.STANDBY:
            return REFUSED
        self._line.pump = "sample" if action is Action.MEASURE else "off"
        return Done(action)

    def _status(self) -> Status:
        words = ["warming"] if self._line.warming else []
        words += ["calibration_error"] if self.calibration_error else []
        raw = bytearray(self._model.status(Action.READ_STATUS, *words).raw)
        raw[2] |= AT_WORK if self._line.job is not None else 0
        return Status(bytes(raw), frozenset(words))

    def _parts(self) -> Status:
        line = self._line
        said = {
            "filter_dirty": self.filter_dirty,
            "measuring": line.pump == "sample",
            "leak": line.leaky,
            "hc_hang_up": line.residue_ppm > HUNG_UP_PPM,
        }
        fitted = ("o2_fitted", "no_fitted", "rpm_fitted", "oil_fitted")
        return self._model.status(Action.READ_PARTS, *fitted, *(word for word, is_so in said.items() if is_so))
