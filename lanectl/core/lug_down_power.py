# cython: annotation_typing=False
"""The power of a lug-down: the way up, the scan for its maximum, and what the weather makes of it.

Knows the engine's highest speed and the way up (both only where a trace holds them), the scan with its moving VelMaxHP,
the correction by the last known weather, and the least power. Knows no phase and no outcome: lug_down.py's. Counts:
speed 1e-6 km/h, engine speed 1e-6 r/min, power 1e-6 kW. A missing value is NaN. Types: lug_down_power.pxd.

In the scan the rollers slow down, and what their mass and the car's give back is part of the power that is measured
there. At the two points the speed stands still: there the engine alone makes the power, so these confirm the scan.
"""

from lanectl.core.diesel import power_correction
from lanectl.core.formulas import half_even, is_missing, power_from_force, to_nearest


class PowerScan:
    """From the highest engine speed in neutral to the end of the scan."""

    def __init__(self, figures: dict[str, int], second_point: float, inertia_kg: float) -> None:
        self.second_point = second_point
        self.inertia_kg = inertia_kg
        self.tolerance = figures["tolerance"]
        self.top_speed_s = figures["top_speed_s"]
        self.top_speed_from = figures["top_speed_from"]
        self.top_speed_to = figures["top_speed_to"]
        self.idle_to = figures["idle_to"]
        self.fastest_scan = figures["fastest_scan"]
        self.saw_missing = self.saw_fast_scan = self.saw_100_kmh = 0
        # Highest engine speed, and the road speed at it: they give the calculated VelMaxHP.
        self.max_rpm = self.speed_at_max_rpm = 0
        self.knows_max_rpm = 0
        self.revved = self.steady_s = 0
        self.top_speed = 0
        # The maximum, its speed, and how fast the rollers slowed down there: from before it to after it.
        self.max_power = self.vel_max = 0
        self.speed_before = self.speed_before_max = -1
        self.is_max_fresh = 0
        self.slowing = 0
        # What the scan lets expect at each point: its power there, less what the slowing masses gave.
        self.expected_100 = self.expected_80 = 0

    def rev(self, rpm: float) -> int:
        """Take the highest engine speed in neutral; return 1 once the engine is back at idle."""
        if is_missing(rpm):
            return 0
        speed = to_nearest(rpm * 1.0e6)
        if speed <= self.idle_to:
            return self.revved
        self.revved = 1
        if speed > self.max_rpm:
            self.max_rpm = speed
            self.knows_max_rpm = 1
        return 0

    def speed_up(self, speed: float) -> int:
        """Return 1 once the vehicle, at full throttle and without load, goes no faster."""
        if is_missing(speed):
            self.steady_s = 0
            return 0
        now = to_nearest(speed * 1.0e6)
        if now > self.top_speed + self.tolerance or now < self.top_speed_from:
            self.steady_s = 0
        else:
            self.steady_s += 1
        if now > self.top_speed:
            self.top_speed = now
        if self.steady_s < self.top_speed_s:
            return 0
        self.speed_at_max_rpm = self.top_speed
        return 1

    def follow(self, speed: float, force: float, rpm: float) -> int:
        """Follow the power; return 1 at 80 % of the speed of its maximum, where the scan is over."""
        power = power_from_force(force, speed)
        if is_missing(speed) or is_missing(power):
            self.saw_missing = 1
            self.speed_before = -1
            self.is_max_fresh = 0
            return 0
        now = to_nearest(speed * 1.0e6)
        if now > self.top_speed_to:
            self.saw_100_kmh = 1
        slowing = self.fastest_scan
        if self.speed_before >= 0:
            slowing = self.speed_before - now
            if slowing > self.fastest_scan:
                self.saw_fast_scan = 1
        self._keep_max_rpm(rpm, now)
        self._keep_max_power(to_nearest(power * 1.0e6), now, slowing)
        self.speed_before = now
        if self.max_power <= 0 or now > self.second_speed():
            return 0
        self.expected_100 = self.max_power - self._power_of_slowing(self.slowing, self.vel_max)
        self.expected_80 = to_nearest(power * 1.0e6) - self._power_of_slowing(slowing, now)
        return 1

    def second_speed(self) -> int:
        """Return the speed of the second point: its share of the speed of the power maximum."""
        return to_nearest(self.vel_max * self.second_point)

    def _keep_max_power(self, power: int, now: int, slowing: int) -> None:
        if self.is_max_fresh:
            self.slowing = slowing
            if self.speed_before_max >= 0:
                self.slowing = to_nearest((self.speed_before_max - now) / 2.0)
        self.is_max_fresh = 0
        if power > self.max_power:
            self.max_power = power
            self.vel_max = now
            self.speed_before_max = self.speed_before
            self.slowing = slowing
            self.is_max_fresh = 1

    def _power_of_slowing(self, slowing: int, speed: int) -> int:
        """Return what the rollers' mass gives back while it slows down; nothing while it does not."""
        if slowing <= 0:
            return 0
        metres_per_s2 = slowing / 3.6e6
        metres_per_s = speed / 3.6e6
        return to_nearest(self.inertia_kg * metres_per_s2 * metres_per_s * 1.0e3)

    def _keep_max_rpm(self, rpm: float, now: int) -> None:
        if self.knows_max_rpm or is_missing(rpm):
            return
        if to_nearest(rpm * 1.0e6) > self.max_rpm:
            self.max_rpm = to_nearest(rpm * 1.0e6)
            self.speed_at_max_rpm = now


class CorrectedPower:
    """The maximum as the weather of the test corrects it, and whether that is enough."""

    def __init__(self, figures: dict[str, int], fm: float, turbo: int) -> None:
        self.fm = fm
        self.turbo = turbo
        self.weather_at_most_s = figures["weather_at_most_s"]
        self.least_power = figures["least_power"]
        self.power_unit = figures["power_unit"]
        self.compare_full = figures["compare_full"]
        self.hottest = figures["hottest"]
        # The last known weather with its age in seconds.
        self.t_c = 0.0
        self.kpa = 0.0
        self.knows_t_c = self.knows_kpa = self.t_age_s = self.kpa_age_s = 0
        self.factor = 0.0
        self.corrected = self.corrected_100 = 0
        self.full_decides_otherwise = 0

    def keep_weather(self, t_c: float, kpa: float) -> int:
        """Keep the last known weather for as long as it may speak for the present; return 1 if it is too hot."""
        self.t_age_s += 1
        self.kpa_age_s += 1
        if not is_missing(t_c):
            self.t_c = t_c
            self.knows_t_c = 1
            self.t_age_s = 0
        if not is_missing(kpa):
            self.kpa = kpa
            self.knows_kpa = 1
            self.kpa_age_s = 0
        if self.t_age_s > self.weather_at_most_s:
            self.knows_t_c = 0
        if self.kpa_age_s > self.weather_at_most_s:
            self.knows_kpa = 0
        return 1 if self.knows_t_c and to_nearest(self.t_c * 1.0e6) > self.hottest else 0

    def correct(self, power: int) -> int:
        """Correct the maximum of the scan, once; return 0 where the weather is not known."""
        if not self.knows_t_c or not self.knows_kpa:
            return 0
        self.factor = power_correction(self.turbo, self.t_c, self.kpa, self.fm)
        if is_missing(self.factor):
            return 0
        self.corrected = to_nearest(power * self.factor)
        return 1

    def correct_point(self, total: int, seconds: int) -> None:
        """Correct the mean power of the first point by the same factor."""
        self.corrected_100 = to_nearest(total * self.factor / seconds)

    def judge(self, corrected: int) -> int:
        """Return 1 if this power is below the least; keep whether the other way of rounding says otherwise."""
        if self.is_weak(corrected) != self._is_below(corrected, 1 - self.compare_full):
            self.full_decides_otherwise = 1
        return self.is_weak(corrected)

    def is_weak(self, corrected: int) -> int:
        """Return 1 if this power is below the least."""
        return self._is_below(corrected, self.compare_full)

    def _is_below(self, corrected: int, full: int) -> int:
        power = corrected
        if not full:
            power = half_even(power, self.power_unit) * self.power_unit
        return 1 if power < self.least_power else 0
