"""Which devices a test uses, and which of them counts the engine's revolutions.

Knows methods and roles. Does not know makers, ports or what is done with a device.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GAS, DYNO, OBD = "gas_analyzer", "dynamometer", "obd_reader"
OPACIMETER, NOX, TACHOMETER = "opacimeter", "nox_analyzer", "tachometer"
WEATHER, IO, DISPLAY = "weather_station", "lane_io", "driver_display"

PART: Mapping[str, str] = {
    GAS: "gas",
    DYNO: "dyno",
    OBD: "obd",
    OPACIMETER: "opacity",
    NOX: "nox",
    TACHOMETER: "tachometer",
    WEATHER: "weather",
    IO: "io",
    DISPLAY: "display",
}
"""What each role is called in channels' sources and in reasons (``gas_lost``)."""

NEEDED: Mapping[str, frozenset[str]] = {
    "asm": frozenset({GAS, DYNO, OBD}),
    "two_speed_idle": frozenset({GAS, OBD}),
    "free_acceleration": frozenset({OPACIMETER, OBD}),
    "lug_down": frozenset({DYNO, OPACIMETER, NOX, OBD}),
}
"""Roles without which a method cannot be done."""
ALWAYS = frozenset({WEATHER, IO})
"""Roles that every test uses where the lane has them."""
COUNTS_ENGINE = {
    "asm": (GAS,),
    "two_speed_idle": (TACHOMETER, GAS),
    "free_acceleration": (TACHOMETER, OPACIMETER),
    "lug_down": (TACHOMETER, OPACIMETER),
}
"""Who may count the engine's revolutions, the better one first: an instrument of its own, else one with a pick-up."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The roles that one test uses."""

    roles: frozenset[str]
    engine_speed_from: str
    """The role whose count is the engine speed of this test."""

    def loads(self) -> bool:
        """Tell whether the test brakes the rollers."""
        return DYNO in self.roles


def kit_of(method: str, present: Iterable[str]) -> Kit | None:
    """Return what a method uses of the roles that a lane has; None where something is missing.

    None as well for a method that no lane does: the core judges its traces, nothing here drives it.
    """
    have = frozenset(present)
    if method not in NEEDED or not NEEDED[method] <= have:
        return None
    counter = next(role for role in COUNTS_ENGINE[method] if role in have)
    return Kit(NEEDED[method] | (ALWAYS & have) | {counter}, counter)


def possible_methods(present: Iterable[str]) -> tuple[str, ...]:
    """Return the methods that a lane with these roles can do."""
    have = frozenset(present)
    return tuple(method for method in NEEDED if kit_of(method, have) is not None)
