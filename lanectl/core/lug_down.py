# cython: annotation_typing=False
"""Lug-down: the legal state machine, one push() a legal second.

Knows the engine's highest speed and the way up (both only where a trace holds them), the power scan with its moving
VelMaxHP, and the two points: the way there, settling, sampling. Knows no figure of the law: durations, tolerances and
limits come in as whole counts (lug_down_trial.py). Counts: speed 1e-6 km/h, engine speed 1e-6 r/min, power 1e-6 kW,
k 1e-9 1/m, NOx 1e-6 ppm, CO2 1e-9 %, kH 1e-9. A missing value is NaN. What else shows that a test was a real one
(probe, pedal, flow, the control unit's engine speed) is lug_down_watch.py's.

In the scan the rollers slow down, and what their mass and the car's give back is part of the power that is measured
there. At the two points the speed stands still: there the engine alone makes the power, so these confirm the scan.

The pedal is on the floor from the way up to the last sample; that time has a hard end.
"""

from lanectl.core.diesel import power_correction, smoke_density_per_m
from lanectl.core.formulas import half_even, is_missing, power_from_force, to_nearest

# Codes that lug_down_trial.py spells out: phases, outcomes, causes.
MAX_RPM: int = 0
ACCELERATE: int = 1
SCAN: int = 2
TO_100: int = 3
SETTLE_100: int = 4
SAMPLE_100: int = 5
TO_80: int = 6
SETTLE_80: int = 7
SAMPLE_80: int = 8
DONE: int = 9

OPEN: int = 0
JUDGED: int = 1
INVALID: int = 3

INCOMPLETE: int = 1
ENGINE_STALL: int = 2
GAP_IN_WINDOW: int = 3
VALUE_MISSING: int = 4
FULL_SCALE: int = 5
TOO_LONG: int = 6
TOO_HOT: int = 7
NO_CORRECTION: int = 8
NO_HUMIDITY: int = 9
LOW_POWER: int = 10
NO_ENGINE_SPEED: int = 11
TOO_MANY_RETRIES: int = 12
NOT_CONFIRMED: int = 13
BY_INERTIA: int = 14

TO_SETTLE: int = 0
TO_SAMPLE: int = 1

CHANNELS: int = 7
POWER: int = 6


class LugDown:
    """One lug-down test. ``figures`` are counts by name; path, fm, second point and the rest come as they are."""

    def __init__(
        self,
        figures: dict[str, int],
        path_m: float,
        fm: float,
        second_point: float,
        inertia_kg: float,
        confirm_share: float,
        turbo: int,
        phase: int,
    ) -> None:
        self.path_m = path_m
        self.fm = fm
        self.second_point = second_point
        self.inertia_kg = inertia_kg
        self.confirm_share = confirm_share
        self.turbo = turbo
        self._set_figures(figures)
        self.phase = phase
        self.outcome = OPEN
        self.cause = 0
        self.timer_s = self.floored_s = self.restarts = self.sampling_restarts = 0
        self.saw_gap = self.saw_missing = self.saw_fast_scan = self.saw_100_kmh = 0
        # Highest engine speed, and the road speed at it: they give the calculated VelMaxHP.
        self.max_rpm = self.speed_at_max_rpm = 0
        self.knows_max_rpm = 0
        self.revved = self.steady_s = 0
        self.top_speed = 0
        self.turned = 0
        # The scan: power maximum, its speed, and the last known weather with its age in seconds.
        self.max_power = self.vel_max = self.target = self.second_target = 0
        self.speed_before = -1
        self.t_c = 0.0
        self.kpa = 0.0
        self.knows_t_c = self.knows_kpa = self.t_age_s = self.kpa_age_s = 0
        self.factor = 0.0
        self.corrected = 0
        self.full_decides_otherwise = 0
        # What the scan lets expect at each point: its power there, less what the slowing masses gave.
        self.speed_before_max = -1
        self.is_max_fresh = 0
        self.slowing = 0
        self.expected_100 = self.expected_80 = 0
        self.corrected_100 = 0
        self.saw_not_confirmed = self.saw_by_inertia = 0
        self.sums = [0] * 14
        self.counts = [0] * 14
        # Highest mean of a sampling that was broken off, by point: k, NOx. Below zero: none was.
        self.discarded = [-1] * 4

    def _set_figures(self, figures: dict[str, int]) -> None:
        self.settle_s = figures["settle_s"]
        self.sample_s = figures["sample_s"]
        self.floored_at_most_s = figures["floored_at_most_s"]
        self.top_speed_s = figures["top_speed_s"]
        self.top_speed_from = figures["top_speed_from"]
        self.top_speed_to = figures["top_speed_to"]
        self.idle_to = figures["idle_to"]
        self.stall_below = figures["stall_below"]
        self.tolerance = figures["tolerance"]
        self.fastest_scan = figures["fastest_scan"]
        self.hottest = figures["hottest"]
        self.least_power = figures["least_power"]
        self.power_unit = figures["power_unit"]
        self.compare_full = figures["compare_full"]
        self.point_exit = figures["point_exit"]
        self.corrects_nox = figures["corrects_nox"]
        self.restarts_at_most = figures["restarts_at_most"]
        self.weather_at_most_s = figures["weather_at_most_s"]
        self.power_from_point = figures["power_from_point"]
        self.voids_not_confirmed = figures["voids_not_confirmed"]
        self.voids_by_inertia = figures["voids_by_inertia"]

    # fmt: off
    def push(
        self, present: int, speed: float, force: float, n: float, rpm: float, nox: float, co2: float, t_c: float,
        kpa: float, kh: float,
    ) -> int:
        # fmt: on
        """Take one legal second (``present`` 0: nothing was recorded in it) and return the phase it leads to."""
        if self.outcome != OPEN:
            return self.phase
        if rpm * 1.0e6 < self.stall_below:
            # A counter that never counted says nothing about the engine.
            return self._finish(INVALID, ENGINE_STALL if self.turned else NO_ENGINE_SPEED)
        if not is_missing(rpm):
            self.turned = 1
        self._keep_weather(t_c, kpa)
        if self.knows_t_c and to_nearest(self.t_c * 1.0e6) > self.hottest:
            return self._finish(INVALID, TOO_HOT)
        if present == 0:
            self.saw_gap = 1
        if self.phase == MAX_RPM:
            return self._rev(rpm)
        self.floored_s += 1
        if self.phase == ACCELERATE:
            self._speed_up(speed)
        elif self.phase == SCAN:
            self._scan(present, speed, force, rpm)
        elif self.phase == SAMPLE_100 or self.phase == SAMPLE_80:
            self._sample(present, speed, force, n, rpm, nox, co2, kh)
        else:
            self._settle(present, speed)
        if self.outcome == OPEN and self.floored_s >= self.floored_at_most_s:
            return self._finish(INVALID, TOO_LONG)
        return self.phase

    def end(self) -> int:
        """Say that the trace is over."""
        if self.outcome == OPEN:
            self._finish(INVALID, INCOMPLETE)
        return self.outcome

    def break_off(self, cause: int) -> None:
        """End the test without a judgement, for a cause that was found outside."""
        if self.outcome == OPEN:
            self._finish(INVALID, cause)

    def sum_of(self, second: int, channel: int) -> int:
        """Return a channel's sum over the sampled seconds of a point (0: 100 %, 1: 80 %)."""
        return self.sums[second * CHANNELS + channel]

    def count_of(self, second: int, channel: int) -> int:
        """Return how many sampled seconds of a point had this channel."""
        return self.counts[second * CHANNELS + channel]

    def discarded_of(self, second: int, channel: int) -> int:
        """Return the highest mean of k (0) or NOx (1) of a point's samplings that were broken off; below zero: none."""
        return self.discarded[second * 2 + channel]

    def _keep_weather(self, t_c: float, kpa: float) -> None:
        """Keep the last known weather for as long as it may speak for the present."""
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

    def _rev(self, rpm: float) -> int:
        """Take the highest engine speed in neutral; back at idle, the way up begins."""
        if is_missing(rpm):
            return self.phase
        speed = to_nearest(rpm * 1.0e6)
        if speed > self.idle_to:
            self.revved = 1
            if speed > self.max_rpm:
                self.max_rpm = speed
                self.knows_max_rpm = 1
        elif self.revved:
            self.phase = ACCELERATE
        return self.phase

    def _speed_up(self, speed: float) -> None:
        """Wait until the vehicle, at full throttle and without load, goes no faster."""
        if is_missing(speed):
            self.steady_s = 0
            return
        now = to_nearest(speed * 1.0e6)
        if now > self.top_speed + self.tolerance or now < self.top_speed_from:
            self.steady_s = 0
        else:
            self.steady_s += 1
        if now > self.top_speed:
            self.top_speed = now
        if self.steady_s >= self.top_speed_s:
            self.speed_at_max_rpm = self.top_speed
            self.phase = SCAN

    def _scan(self, present: int, speed: float, force: float, rpm: float) -> None:
        """Follow the power; at 80 % of the speed of its maximum the scan is over."""
        if present == 0:
            self._finish(INVALID, GAP_IN_WINDOW)
            return
        power = power_from_force(force, speed)
        if is_missing(speed) or is_missing(power):
            self.saw_missing = 1
            self.speed_before = -1
            self.is_max_fresh = 0
            return
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
        if self.max_power > 0 and now <= self._second(self.vel_max):
            self.expected_100 = self.max_power - self._power_of_slowing(self.slowing, self.vel_max)
            self.expected_80 = to_nearest(power * 1.0e6) - self._power_of_slowing(slowing, now)
            self._end_scan()

    def _keep_max_power(self, power: int, now: int, slowing: int) -> None:
        """Keep the maximum, its speed, and how fast the rollers slowed down there: from before it to after it."""
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

    def _second(self, speed: int) -> int:
        return to_nearest(speed * self.second_point)

    def _end_scan(self) -> None:
        """Correct the maximum power, once; where the scan decides, fail what stays below its least share."""
        if not self.knows_t_c or not self.knows_kpa:
            self._finish(INVALID, NO_CORRECTION)
            return
        self.factor = power_correction(self.turbo, self.t_c, self.kpa, self.fm)
        if is_missing(self.factor):
            self._finish(INVALID, NO_CORRECTION)
            return
        self.corrected = to_nearest(self.max_power * self.factor)
        self.target = self.vel_max
        self.second_target = self._second(self.vel_max)
        if self.power_from_point == 0 and self._judge_power(self.corrected):
            self._finish(JUDGED, LOW_POWER)
        else:
            self.phase = TO_100

    def _judge_power(self, corrected: int) -> int:
        if self._is_weak(corrected, self.compare_full) != self._is_weak(corrected, 1 - self.compare_full):
            self.full_decides_otherwise = 1
        return self._is_weak(corrected, self.compare_full)

    def _is_weak(self, corrected: int, full: int) -> int:
        power = corrected
        if not full:
            power = half_even(power, self.power_unit) * self.power_unit
        return 1 if power < self.least_power else 0

    def _is_out(self, present: int, speed: float) -> int:
        if present == 0 or is_missing(speed):
            return 1
        off = to_nearest(speed * 1.0e6) - self.target
        if off < 0:
            off = -off
        return 1 if off > self.tolerance else 0

    def _settle(self, present: int, speed: float) -> None:
        """Wait for the point's speed, and for the settling time inside its band."""
        if self._is_out(present, speed):
            if self.timer_s > 0:
                self.restarts += 1
            self.timer_s = 0
            if self.phase == SETTLE_100 or self.phase == SETTLE_80:
                self.phase -= 1
            return
        if self.phase == TO_100 or self.phase == TO_80:
            self.phase += 1
        self.timer_s += 1
        if self.timer_s >= self.settle_s:
            self.timer_s = 0
            self.phase += 1

    # fmt: off
    def _sample(
        self, present: int, speed: float, force: float, n: float, rpm: float, nox: float, co2: float, kh: float,
    ) -> None:
        # fmt: on
        """Take one second of a point into its means."""
        if present == 0:
            self._finish(INVALID, GAP_IN_WINDOW)
            return
        if self.point_exit <= TO_SAMPLE and self._is_out(present, speed):
            self._restart()
            return
        power = power_from_force(force, speed)
        lack = self._lacks(power, n, nox, kh)
        if lack:
            self._finish(INVALID, lack)
            return
        self._add(speed, power, n, rpm, nox, co2, kh)
        self.timer_s += 1
        if self.timer_s < self.sample_s:
            return
        self.timer_s = 0
        if self.phase == SAMPLE_80:
            self._end_80()
        else:
            self._end_100()

    def _end_100(self) -> None:
        """Compare the power of the engine alone with what the scan lets expect, and with the least power."""
        self.target = self.second_target
        self.phase = TO_80
        total = self.sums[POWER]
        self.corrected_100 = to_nearest(total * self.factor / self.sample_s)
        if self._is_below(total, self.expected_100):
            return
        if self.power_from_point:
            if self._judge_power(self.corrected_100):
                self._finish(JUDGED, LOW_POWER)
        elif self._is_weak(self.corrected_100, self.compare_full):
            self.saw_by_inertia = 1
            if self.voids_by_inertia:
                self._finish(INVALID, BY_INERTIA)

    def _end_80(self) -> None:
        if not self._is_below(self.sums[CHANNELS + POWER], self.expected_80):
            self._finish(JUDGED, 0)

    def _is_below(self, total: int, expected: int) -> int:
        """Tell whether a point's power voids the test: a pedal that is eased hides behind a speed that is held."""
        if total >= self.confirm_share * expected * self.sample_s:
            return 0
        self.saw_not_confirmed = 1
        if self.voids_not_confirmed:
            self._finish(INVALID, NOT_CONFIRMED)
        return self.voids_not_confirmed

    def _restart(self) -> None:
        """Throw a sampling away, but not what it showed, and not as often as anybody likes."""
        second = 1 if self.phase == SAMPLE_80 else 0
        point = second * CHANNELS
        channel = 0
        while channel < 2:
            if self.counts[point + channel] > 0:
                mean = half_even(self.sums[point + channel], self.counts[point + channel])
                if mean > self.discarded[second * 2 + channel]:
                    self.discarded[second * 2 + channel] = mean
            channel += 1
        channel = 0
        while channel < CHANNELS:
            self.sums[point + channel] = 0
            self.counts[point + channel] = 0
            channel += 1
        self.timer_s = 0
        self.restarts += 1
        self.sampling_restarts += 1
        if self.sampling_restarts > self.restarts_at_most:
            self._finish(INVALID, TOO_MANY_RETRIES)
        elif self.point_exit == TO_SETTLE:
            self.phase -= 2

    def _lacks(self, power: float, n: float, nox: float, kh: float) -> int:
        if is_missing(n) or is_missing(power):
            return VALUE_MISSING
        if is_missing(smoke_density_per_m(n, self.path_m)):
            return FULL_SCALE
        if self.phase != SAMPLE_80:
            return 0
        if is_missing(nox):
            return VALUE_MISSING
        return NO_HUMIDITY if self.corrects_nox and is_missing(kh) else 0

    # fmt: off
    def _add(
        self, speed: float, power: float, n: float, rpm: float, nox: float, co2: float, kh: float,
    ) -> None:
        # fmt: on
        point = CHANNELS if self.phase == SAMPLE_80 else 0
        self._put(point, smoke_density_per_m(n, self.path_m), 1.0e9)
        self._put(point + 1, nox * kh if self.corrects_nox else nox, 1.0e6)
        self._put(point + 2, rpm, 1.0e6)
        self._put(point + 3, co2, 1.0e9)
        self._put(point + 4, speed, 1.0e6)
        self._put(point + 5, kh, 1.0e9)
        self._put(point + POWER, power, 1.0e6)

    def _put(self, place: int, value: float, scale: float) -> None:
        if is_missing(value):
            return
        self.sums[place] += to_nearest(value * scale)
        self.counts[place] += 1

    def _finish(self, outcome: int, cause: int) -> int:
        self.outcome = outcome
        self.cause = cause
        self.phase = DONE
        return self.phase
