# cython: annotation_typing=False
"""A point of the lug-down: the sums over its sampled seconds, and what a sampling that was broken off had shown.

Knows what a sampled second must have. Knows no phase, no timer and no limit: lug_down.py's. Counts: k, CO2 and kH 1e-9,
speed 1e-6 km/h, engine speed 1e-6 r/min, power 1e-6 kW, NOx 1e-6 ppm. A missing value is NaN.
"""

from lanectl.core.diesel import smoke_density_per_m
from lanectl.core.formulas import half_even, is_missing, power_from_force, to_nearest

# Causes, as lug_down_trial.py spells them out.
VALUE_MISSING: int = 4
FULL_SCALE: int = 5
NO_HUMIDITY: int = 9

# The places of the channels: k, NOx, engine speed, CO2, speed, kH, power.
CHANNELS: int = 7
POWER: int = 6


class Point:
    """One point of the two. ``judges_nox``: a second without NOx is none of this point's."""

    def __init__(self, path_m: float, corrects_nox: int, judges_nox: int) -> None:
        self.path_m = path_m
        self.corrects_nox = corrects_nox
        self.judges_nox = judges_nox
        self.sums = [0] * 7
        self.counts = [0] * 7
        # The highest means of samplings that were broken off: k, NOx. Below zero: none was.
        self.discarded = [-1] * 2

    def take(self, speed: float, force: float, n: float, rpm: float, nox: float, co2: float, kh: float) -> int:
        """Take one second into the means, or return what it lacks."""
        power = power_from_force(force, speed)
        density = smoke_density_per_m(n, self.path_m)
        lack = self._lacks(power, n, density, nox, kh)
        if lack:
            return lack
        self._put(0, density, 1.0e9)
        self._put(1, nox * kh if self.corrects_nox else nox, 1.0e6)
        self._put(2, rpm, 1.0e6)
        self._put(3, co2, 1.0e9)
        self._put(4, speed, 1.0e6)
        self._put(5, kh, 1.0e9)
        self._put(POWER, power, 1.0e6)
        return 0

    def total_power(self) -> int:
        """Return the sum of the power over the sampled seconds."""
        return self.sums[POWER]

    def discard(self) -> None:
        """Throw the sampling away, but not what it showed."""
        channel = 0
        while channel < 2:
            if self.counts[channel] > 0:
                mean = half_even(self.sums[channel], self.counts[channel])
                if mean > self.discarded[channel]:
                    self.discarded[channel] = mean
            channel += 1
        channel = 0
        while channel < CHANNELS:
            self.sums[channel] = 0
            self.counts[channel] = 0
            channel += 1

    def sum_of(self, channel: int) -> int:
        """Return a channel's sum over the sampled seconds."""
        return self.sums[channel]

    def count_of(self, channel: int) -> int:
        """Return how many sampled seconds had this channel."""
        return self.counts[channel]

    def discarded_of(self, channel: int) -> int:
        """Return the highest mean of k (0) or NOx (1) of the samplings that were broken off; below zero: none."""
        return self.discarded[channel]

    def _lacks(self, power: float, n: float, density: float, nox: float, kh: float) -> int:
        if is_missing(n) or is_missing(power):
            return VALUE_MISSING
        if is_missing(density):
            return FULL_SCALE
        if not self.judges_nox:
            return 0
        if is_missing(nox):
            return VALUE_MISSING
        return NO_HUMIDITY if self.corrects_nox and is_missing(kh) else 0

    def _put(self, place: int, value: float, scale: float) -> None:
        if is_missing(value):
            return
        self.sums[place] += to_nearest(value * scale)
        self.counts[place] += 1
