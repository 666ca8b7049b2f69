"""Wire faces of the weather stations XCE-100 (answers) and XCE-101 (speaks by itself, and can be calibrated).

Knows the texts. How often an XCE-101 speaks is only known as "at least twice in half a second"; its calibration here
shifts what it shows, as the real one's is meant to. Does not know ports, rain, or what the weather is needed for.
"""

from dataclasses import replace

from protocols.weather import Weather
from protocols.xce_text import XCE_100, XCE_101, Question, Questions, TrueValue, Word, encode
from simulators.patience import Patience
from simulators.sample_line import Air
from simulators.weather import WeatherSensors

READINGS_PER_S = 5.0
CALIBRATION_S = 5.0
"""How long a calibration that nobody ends keeps it from speaking."""


class Xce100Face(WeatherSensors):
    """A station that answers when asked."""

    full_scale = Weather(999.9, 999.9, 999.9)

    def __init__(self, air: Air) -> None:
        super().__init__(air)
        self._patience = Patience(lambda: Questions(XCE_100))

    def feed(self, data: bytes) -> bytes:
        """Answer each question that these bytes complete."""
        return b"".join(encode(self.weather()) for _ in self._patience.feed(data))

    def step(self, dt_s: float) -> bytes:
        """Forget half a question after a while; this station never speaks unasked."""
        self._patience.step(dt_s)
        return b""


class Xce101Face(WeatherSensors):
    """A station that says its reading again and again, but for the time of a calibration."""

    full_scale = Weather(999.9, 999.9, 999.9)

    def __init__(self, air: Air) -> None:
        super().__init__(air)
        self._patience = Patience(lambda: Questions(XCE_101))
        self._shift: dict[str, float] = {}
        self._calibrating_s = 0.0
        self._due = 0.0

    def weather(self) -> Weather:
        """Return what the sensors show, as calibrated."""
        felt = super().weather()
        return replace(felt, **{name: getattr(felt, name) + shift for name, shift in self._shift.items()})

    def feed(self, data: bytes) -> bytes:
        """Answer each step of a calibration that these bytes complete."""
        return b"".join(encode(self._answer(each)) for each in self._patience.feed(data))

    def step(self, dt_s: float) -> bytes:
        """Say the readings that fall due."""
        self._patience.step(dt_s)
        self._calibrating_s = max(0.0, self._calibrating_s - dt_s)
        self._due += dt_s * READINGS_PER_S
        count = int(self._due + 1e-6)
        self._due -= count
        return b"" if self._calibrating_s else encode(self.weather()) * count

    def _answer(self, asked: Question | TrueValue) -> Word:
        if isinstance(asked, Question):
            self._calibrating_s = CALIBRATION_S
            return Word.CALIBRATING
        if not self._calibrating_s or self.broken_sensor:
            return Word.FAILED
        self._calibrating_s = 0.0
        self._shift.pop(asked.name, None)
        self._shift[asked.name] = asked.value - getattr(self.weather(), asked.name)
        return Word.TAKEN
