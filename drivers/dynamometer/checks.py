"""What every bench is checked for before it is told something.

Knows which forces and speeds no brake can hold, and when a lift may rise. Does not know protocols, limits, or tests.
"""

from drivers.errors import NotReadyError, RefusedError
from drivers.readings import DynoReading

LIFT_BELOW_KMH = 1.0


def check_force(device: str, brake_force_n: float) -> None:
    """Raise RefusedError for a force that no brake can hold."""
    if not 0.0 <= brake_force_n < float("inf"):
        raise RefusedError(device, "hold force", f"a brake cannot hold {brake_force_n} N")


def check_speed(device: str, speed_kmh: float) -> None:
    """Raise RefusedError for a speed that no brake can hold."""
    if not 0.0 < speed_kmh < float("inf"):
        raise RefusedError(device, "hold speed", f"a brake cannot hold {speed_kmh} km/h")


def check_standing(device: str, reading: DynoReading | None) -> None:
    """Raise NotReadyError while the rollers turn or their speed is unknown: no lift may rise then."""
    if reading is None or reading.speed_kmh is None or abs(reading.speed_kmh) > LIFT_BELOW_KMH:
        speed = "unknown" if reading is None else f"{reading.speed_kmh} km/h"
        raise NotReadyError(device, "raise lift", f"roller speed is {speed}")
