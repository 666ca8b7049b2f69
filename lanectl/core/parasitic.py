"""Parasitic loss of the rollers at any speed, from the powers that the last check measured.

Between two measured speeds the loss force is taken as linear; outside it keeps the nearest force. At standstill there
is none. Knows no dynamometer.
"""

from collections.abc import Sequence

from lanectl.core.formulas import force_from_power


def loss_force_n(points: Sequence[tuple[float, float]], speed_kmh: float) -> float:
    """Return the loss force in N at a speed in km/h; ``points`` are (km/h, kW), ascending by speed, at least one."""
    if speed_kmh <= 0.0:
        return 0.0
    forces = [(speed, force_from_power(power_kw, speed)) for speed, power_kw in points]
    below = [pair for pair in forces if pair[0] <= speed_kmh]
    above = [pair for pair in forces if pair[0] > speed_kmh]
    if not below:
        return above[0][1]
    if not above:
        return below[-1][1]
    (low_kmh, low_n), (high_kmh, high_n) = below[-1], above[0]
    return low_n + (high_n - low_n) * (speed_kmh - low_kmh) / (high_kmh - low_kmh)
