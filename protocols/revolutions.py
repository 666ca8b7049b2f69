"""What tachometers say, in one form for every protocol.

Knows one number. Does not know any wire, or what the engine is doing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Revolutions:
    """What the sensor on the engine counts; 0 without a signal."""

    engine_rpm: int
