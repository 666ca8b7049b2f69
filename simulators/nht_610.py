"""Wire face of Nanhua's NHT-610: an opacimeter's chamber and a gas cell behind one wire.

Knows that its pump runs by itself while it measures, so that the cell sees what the probe does, and that it wants no
key unless told so. Does not know where smoke and gas come from, ports, or time of day.
"""

from collections.abc import Callable

from protocols.nht_610 import LOCKED, READ_AMBIENT, dialect, encode
from protocols.smoke import Refused, Request
from protocols.weather import Weather
from simulators.diesel import NO_SHARE
from simulators.opacimeter import OpacimeterFace
from simulators.patience import Patience
from simulators.sample_line import SampleLine
from simulators.smoke_meter import SmokeMeter


class Nht610Face(OpacimeterFace):
    """Both sides of the device. The line's NO is what its cell of NO sees; NO2 is the rest of the nitrogen oxides."""

    def __init__(self, meter: SmokeMeter, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(dialect(self._gases), meter, engine, line.air)
        self.locked = False
        self._line = line
        self._ear = Patience(dialect().request_framer)
        line.pump = "sample"

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside, and how it is switched on and off."""
        return {"locked": lambda on: setattr(self, "locked", on)}

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete."""
        answers = []
        for request in self._ear.feed(data):
            if not isinstance(request, Request):
                continue  # one that is damaged is passed over
            if request.code == READ_AMBIENT and not self.locked:
                air = self._air
                answers.append(encode(Weather(air.temp_c, air.humidity_pct, air.pressure_kpa)))
            else:
                answers.append(self._dialect.encode_reply(Refused(LOCKED) if self.locked else self._answer(request)))
        return b"".join(answers)

    def step(self, dt_s: float) -> bytes:
        """Forget half a request after a while, and warm up as a whole; this device never speaks unasked."""
        self._ear.step(dt_s)
        if self._line.warming and not self._meter.warming:
            self._meter.power_cut()  # both sides are one device
        return b""

    def _gases(self) -> tuple[float, ...]:
        gas = self._line.reading()
        return (*gas, max(0.0, gas.no_ppm) * (1.0 - NO_SHARE) / NO_SHARE)
