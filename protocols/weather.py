"""What weather stations say, in one form for every protocol.

Knows the three quantities and their names. Does not know any wire, or what weather is plausible.
"""

from dataclasses import dataclass

NAMES = ("ambient_temp_c", "humidity_pct", "pressure_kpa")


@dataclass(frozen=True, slots=True)
class Weather:
    """The air as a station reports it."""

    ambient_temp_c: float
    humidity_pct: float
    pressure_kpa: float
