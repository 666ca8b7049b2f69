"""Wire face of the RPM-5300 and MQZ-3 tachometers: four digits and a carriage return, ten times a second.

Knows when to speak and what a lost signal looks like. Does not know engines, ports, or time of day.
"""

from collections.abc import Callable
from random import Random

from protocols.rpm_digits import HIGHEST_RPM, Revolutions, encode

COUNTS_PER_S = 10.0
LOWEST_RPM = 120.0
"""Below this nothing is counted."""
NOISE_RPM = 3.0


class TachometerFace:
    """A tachometer that only speaks. ``engine_rpm`` returns what its sensor feels."""

    def __init__(self, engine_rpm: Callable[[], float], seed: int = 0) -> None:
        self.signal = True
        """False when the sensor has fallen off."""
        self.stuck = False
        self._engine_rpm = engine_rpm
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._due = 0.0
        self._last = encode(Revolutions(0))

    def feed(self, data: bytes) -> bytes:
        """Hear nothing: this device takes no commands."""
        return b""

    def step(self, dt_s: float) -> bytes:
        """Say the counts that fall due."""
        self._due += dt_s * COUNTS_PER_S
        count = int(self._due + 1e-6)
        self._due -= count
        return b"".join(self._count() for _ in range(count))

    def _count(self) -> bytes:
        if not self.stuck:
            rpm = self._engine_rpm() if self.signal else 0.0
            counted = rpm + self._random.gauss(0.0, NOISE_RPM) if rpm > LOWEST_RPM else 0.0
            self._last = encode(Revolutions(min(HIGHEST_RPM, round(counted))))
        return self._last
