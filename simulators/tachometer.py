"""What every simulated tachometer feels of the engine: revolutions with a little noise, or nothing.

Knows the sensor, and what a lost or a stuck one counts. Does not know any wire, engines, ports, or time of day.
"""

from collections.abc import Callable
from random import Random

from protocols.revolutions import Revolutions

LOWEST_RPM = 120.0
"""Below this nothing is counted."""
NOISE_RPM = 3.0


class EngineSensor:
    """A sensor on the engine. ``engine_rpm`` returns what it feels."""

    lowest_rpm = LOWEST_RPM
    highest_rpm = 9999

    def __init__(self, engine_rpm: Callable[[], float], seed: int = 0) -> None:
        self.signal = True
        """False when the sensor has fallen off."""
        self.stuck = False
        self._engine_rpm = engine_rpm
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._last = Revolutions(0)

    def count(self) -> Revolutions:
        """Count once; a stuck one repeats itself."""
        if not self.stuck:
            rpm = self._engine_rpm() if self.signal else 0.0
            counted = rpm + self._random.gauss(0.0, NOISE_RPM) if rpm > self.lowest_rpm else 0.0
            self._last = Revolutions(min(self.highest_rpm, round(counted)))
        return self._last
