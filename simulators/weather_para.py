"""Wire face of Nanhua's environment module: air, oil and engine in one answer.

Knows both reading requests; what is no such request gets no answer. Does not know ports, rain, or who needs the
weather.
"""

from collections.abc import Callable

from protocols.para_nanhua import Ask, Reading, Requests, encode_reply
from protocols.weather import Weather
from simulators.patience import Patience
from simulators.sample_line import Air
from simulators.weather import WeatherSensors

HIGHEST_RPM = 9999.0


class ParaFace(WeatherSensors):
    """A module that answers when asked. ``engine`` returns what its clamp and its probe feel: r/min and degrees C."""

    full_scale = Weather(969.9, 999.9, 999.9)

    def __init__(self, air: Air, engine: Callable[[], tuple[float, float]]) -> None:
        super().__init__(air)
        self._engine = engine
        self._patience = Patience(Requests)

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete."""
        return b"".join(encode_reply(self._answer(ask)) for ask in self._patience.feed(data))

    def step(self, dt_s: float) -> bytes:
        """Forget half a request after a while; this module never speaks unasked."""
        self._patience.step(dt_s)
        return b""

    def _answer(self, ask: Ask) -> Reading:
        if ask is Ask.AMBIENT:
            return Reading(self.weather())
        rpm, oil_c = self._engine()
        return Reading(self.weather(), max(-30.0, oil_c), min(HIGHEST_RPM, rpm))
