# cython: annotation_typing=False
"""Lug-down: the legal state machine, one push() a legal second, or feed() for all seconds of a trace.

Knows the phases and their timing: the way up (only where a trace holds it), the scan, and the two points: the way
there, settling, sampling. What the seconds add up to is kept by its parts: power and weather in lug_down_power.py, the
sums of a point in lug_down_points.py, and what else shows that a test was a real one (probe, pedal, flow, the control
unit's engine speed, warmth) in lug_down_watch.py. Knows no figure of the law: durations, tolerances and limits come in
as whole counts (lug_down_figures.py). Counts: speed 1e-6 km/h, power 1e-6 kW. A missing value is NaN.

The pedal is on the floor from the way up to the last sample; that time has a hard end.
"""

from collections.abc import Sequence

from lanectl.core.formulas import is_missing, no_humidity_factor, to_nearest
from lanectl.core.lug_down_points import Point
from lanectl.core.lug_down_power import CorrectedPower, PowerScan
from lanectl.core.lug_down_watch import LugDownWatch

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
TOO_LONG: int = 6
TOO_HOT: int = 7
NO_CORRECTION: int = 8
LOW_POWER: int = 10
NO_ENGINE_SPEED: int = 11
TOO_MANY_RETRIES: int = 12
NOT_CONFIRMED: int = 13
BY_INERTIA: int = 14

TO_SETTLE: int = 0
TO_SAMPLE: int = 1


class LugDown:
    """One lug-down test. ``figures`` are counts by name, ``shares`` what does not come in counts, also by name."""

    def __init__(self, figures: dict[str, int], shares: dict[str, float], turbo: int, phase: int) -> None:
        self._set_figures(figures)
        self.confirm_share = shares["confirm"]
        self.scan = PowerScan(figures, shares["second_point"], shares["inertia_kg"])
        self.power = CorrectedPower(figures, shares["fm"], turbo)
        self.at_100 = Point(shares["path_m"], figures["corrects_nox"], 0)
        self.at_80 = Point(shares["path_m"], figures["corrects_nox"], 1)
        self.watch = LugDownWatch(figures, shares["pedal_down"], shares["off_obd"], shares["warm_from_c"])
        self.phase = phase
        self.outcome = OPEN
        self.cause = 0
        self.timer_s = self.floored_s = self.restarts = self.sampling_restarts = 0
        self.saw_gap = self.saw_rpm = self.nox_is_sum = 0
        self.turned = 0
        self.target = self.second_target = 0
        self.saw_not_confirmed = self.saw_by_inertia = 0

    def _set_figures(self, figures: dict[str, int]) -> None:
        self.settle_s = figures["settle_s"]
        self.sample_s = figures["sample_s"]
        self.floored_at_most_s = figures["floored_at_most_s"]
        self.stall_below = figures["stall_below"]
        self.tolerance = figures["tolerance"]
        self.point_exit = figures["point_exit"]
        self.restarts_at_most = figures["restarts_at_most"]
        self.power_from_point = figures["power_from_point"]
        self.voids_not_confirmed = figures["voids_not_confirmed"]
        self.voids_by_inertia = figures["voids_by_inertia"]

    def push(
        self, present: int, speed: float, force: float, n: float, rpm: float, nox: float, no: float, no2: float,
        co2: float, t_c: float, humidity: float, kpa: float, low_flow: float, told_rpm: float, pedal: float,
        oil_c: float, coolant_c: float,
    ) -> int:  # fmt: skip
        """Take one legal second (``present`` 0: nothing was recorded in it) and return the phase it leads to.

        Where there is no NOx, NO and NO2 together stand for it. ``told_rpm`` is the control unit's own engine speed.
        """
        if self.outcome != OPEN:
            return self.phase
        if rpm == rpm:
            self.saw_rpm = 1
        if nox != nox and no == no and no2 == no2:
            nox = no + no2
            self.nox_is_sum = 1
        floored = 1 if self.phase >= SCAN else 0
        sampling = 1 if self.phase == SAMPLE_100 or self.phase == SAMPLE_80 else 0
        if present:
            cause = self.watch.see(floored, sampling, co2, nox, low_flow, rpm, told_rpm, pedal, oil_c, coolant_c)
            if cause:
                return self._finish(INVALID, cause)
        if rpm * 1.0e6 < self.stall_below:
            # A counter that never counted says nothing about the engine.
            return self._finish(INVALID, ENGINE_STALL if self.turned else NO_ENGINE_SPEED)
        if not is_missing(rpm):
            self.turned = 1
        if self.power.keep_weather(t_c, kpa):
            return self._finish(INVALID, TOO_HOT)
        if present == 0:
            self.saw_gap = 1
        if self.phase == MAX_RPM:
            if self.scan.rev(rpm):
                self.phase = ACCELERATE
            return self.phase
        self.floored_s += 1
        if sampling:
            self._sample(present, speed, force, n, rpm, nox, co2, no_humidity_factor(t_c, humidity, kpa))
        else:
            self._move(present, speed, force, rpm)
        if self.outcome == OPEN and self.floored_s >= self.floored_at_most_s:
            return self._finish(INVALID, TOO_LONG)
        return self.phase

    def feed(self, rows: Sequence[int], block: "memoryview[float]") -> int:
        """Push every second of a trace: the rows that each was made from, and its channels, a channel a line."""
        second = 0
        while second < len(rows) and self.outcome == OPEN:
            self.push(
                1 if rows[second] > 0 else 0, block[0, second], block[1, second], block[2, second], block[3, second],
                block[4, second], block[5, second], block[6, second], block[7, second], block[8, second],
                block[9, second], block[10, second], block[11, second], block[12, second], block[13, second],
                block[14, second], block[15, second],
            )  # fmt: skip
            second += 1
        return self.phase

    def end(self) -> int:
        """Say that the trace is over."""
        if self.outcome == OPEN:
            self._finish(INVALID, INCOMPLETE)
        return self.outcome

    def _move(self, present: int, speed: float, force: float, rpm: float) -> None:
        """Take a second in which nothing is sampled."""
        if self.phase == ACCELERATE:
            if self.scan.speed_up(speed):
                self.phase = SCAN
        elif self.phase != SCAN:
            self._settle(present, speed)
        elif present == 0:
            self._finish(INVALID, GAP_IN_WINDOW)
        elif self.scan.follow(speed, force, rpm):
            self._end_scan()

    def _end_scan(self) -> None:
        """Correct the maximum power, once; where the scan decides, fail what stays below its least share."""
        if not self.power.correct(self.scan.max_power):
            self._finish(INVALID, NO_CORRECTION)
            return
        self.target = self.scan.vel_max
        self.second_target = self.scan.second_speed()
        if self.power_from_point == 0 and self.power.judge(self.power.corrected):
            self._finish(JUDGED, LOW_POWER)
        else:
            self.phase = TO_100

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

    def _sample(
        self, present: int, speed: float, force: float, n: float, rpm: float, nox: float, co2: float, kh: float
    ) -> None:
        """Take one second of a point into its means."""
        if present == 0:
            self._finish(INVALID, GAP_IN_WINDOW)
            return
        if self.point_exit <= TO_SAMPLE and self._is_out(present, speed):
            self._restart()
            return
        if self.phase == SAMPLE_80:
            lack = self.at_80.take(speed, force, n, rpm, nox, co2, kh)
        else:
            lack = self.at_100.take(speed, force, n, rpm, nox, co2, kh)
        if lack:
            self._finish(INVALID, lack)
            return
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
        self.power.correct_point(self.at_100.total_power(), self.sample_s)
        if self._is_eased(self.at_100.total_power(), self.scan.expected_100):
            return
        if self.power_from_point:
            if self.power.judge(self.power.corrected_100):
                self._finish(JUDGED, LOW_POWER)
        elif self.power.is_weak(self.power.corrected_100):
            self.saw_by_inertia = 1
            if self.voids_by_inertia:
                self._finish(INVALID, BY_INERTIA)

    def _end_80(self) -> None:
        if not self._is_eased(self.at_80.total_power(), self.scan.expected_80):
            self._finish(JUDGED, 0)

    def _is_eased(self, total: int, expected: int) -> int:
        """Tell whether a point's power voids the test: a pedal that is eased hides behind a speed that is held."""
        if total >= self.confirm_share * expected * self.sample_s:
            return 0
        self.saw_not_confirmed = 1
        if self.voids_not_confirmed:
            self._finish(INVALID, NOT_CONFIRMED)
        return self.voids_not_confirmed

    def _restart(self) -> None:
        """Throw a sampling away, but not what it showed, and not as often as anybody likes."""
        if self.phase == SAMPLE_80:
            self.at_80.discard()
        else:
            self.at_100.discard()
        self.timer_s = 0
        self.restarts += 1
        self.sampling_restarts += 1
        if self.sampling_restarts > self.restarts_at_most:
            self._finish(INVALID, TOO_MANY_RETRIES)
        elif self.point_exit == TO_SETTLE:
            self.phase -= 2

    def _finish(self, outcome: int, cause: int) -> int:
        self.outcome = outcome
        self.cause = cause
        self.phase = DONE
        return self.phase
