"""Wire faces of tachometers that only speak: RPM-5300 and MQZ-3 (four digits and a carriage return), VTET-1000 (text).

Knows when to speak: ten times a second, which for a VTET-1000 nobody has published. Does not know engines, ports, or
time of day.
"""

from collections.abc import Callable

from protocols import rpm_digits
from protocols.revolutions import Revolutions
from simulators.tachometer import EngineSensor

COUNTS_PER_S = 10.0


class SpeakingTachometerFace(EngineSensor):
    """A tachometer that says its counts as ``encode`` writes them."""

    def __init__(
        self,
        engine_rpm: Callable[[], float],
        seed: int = 0,
        encode: Callable[[Revolutions], bytes] = rpm_digits.encode,
    ) -> None:
        super().__init__(engine_rpm, seed)
        self._encode = encode
        self._due = 0.0

    def feed(self, data: bytes) -> bytes:
        """Hear nothing: this device takes no commands."""
        return b""

    def step(self, dt_s: float) -> bytes:
        """Say the counts that fall due."""
        self._due += dt_s * COUNTS_PER_S
        count = int(self._due + 1e-6)
        self._due -= count
        return b"".join(self._encode(self.count()) for _ in range(count))
