# cython: annotation_typing=False
"""Two-speed idle method: the legal state machine, one push() a legal second.

Knows the phases (precondition, high idle settle and sample, drop to idle, idle settle and sample), their restarts and
their sums. Knows no figure of the law: durations, bands and limits come in as whole counts (see two_speed_trial.py).
Counts: gases in % as 1e-9 %, in ppm as 1e-6, engine speed 1e-6 r/min, lambda 1e-9. A missing value is NaN.

Leaving the band while settling starts the settling again; leaving it while sampling starts the sampling (or, by a
switch in the data, the settling) again. The drop to idle is not timed: idle settling begins with the first second at or
below the speed that counts as idle.
"""

from collections.abc import Sequence

from lanectl.core.formulas import air_ratio_lambda, half_even, is_missing, to_nearest
from lanectl.core.warmth import Warmth

# Codes that two_speed_trial.py spells out: phases, outcomes, causes.
PRECONDITION: int = 0
PROBE: int = 1
TO_HIGH: int = 2
SETTLE_HIGH: int = 3
HIGH: int = 4
DROP: int = 5
SETTLE_IDLE: int = 6
IDLE: int = 7
DONE: int = 8

OPEN: int = 0
JUDGED: int = 1
INVALID: int = 3

INCOMPLETE: int = 1
TOO_MANY_RETRIES: int = 2
CO_PLUS_CO2_LOW: int = 3
ENGINE_STALL: int = 4
GAP_IN_WINDOW: int = 6
LOW_FLOW: int = 7
VALUE_MISSING: int = 10
NO_ENGINE_SPEED: int = 11
ENGINE_SPEED_IMPLAUSIBLE: int = 12

# An engine speed above this is none: it is not compared. Keeps the sums of whole counts within bounds.
HIGHEST_RPM: float = 1.0e5


class TwoSpeedIdle:
    """One two-speed idle test. ``figures`` are counts by name, ``hcv`` and ``ocv`` belong to lambda."""

    def __init__(self, figures: dict[str, int], hcv: float, ocv: float, warm_from_c: float, phase: int) -> None:
        self.hcv = hcv
        self.ocv = ocv
        self.lasts = [
            figures["precondition_s"], 0, 0, figures["high_idle_settle_s"], figures["high_idle_s"],
            0, figures["idle_settle_s"], figures["idle_s"], 0,
        ]  # fmt: skip
        self.precondition_from = figures["precondition_from"]
        self.high_from = figures["high_from"]
        self.high_to = figures["high_to"]
        self.idle_to = figures["idle_to"]
        self.restart_settle = figures["restart_settle"]
        self.lambda_judged = figures["lambda_judged"]
        self.hc_judged = figures["hc_judged"]
        self.co_plus_co2_min = figures["co_plus_co2_min"]
        self.co_plus_co2_s = figures["co_plus_co2_s"]
        self.low_flow_s = figures["low_flow_s"]
        self.stall_below = figures["stall_below"]
        self.restarts_at_most = figures["restarts_at_most"]
        self.off_told_millionths = figures["off_told_millionths"]
        self.voids_off_told = figures["voids_off_told"]
        self.told_s = figures["told_s"]
        self.warmth = Warmth(warm_from_c)
        self.phase = phase
        self.outcome = OPEN
        self.cause = 0
        self.timer_s = 0
        self.restarts = 0
        self.sampling_restarts = 0
        self.left_band = 0
        self.low_gas_s = 0
        self.low_flow_run = 0
        self.saw_low_gas = 0
        self.saw_low_flow = 0
        self.saw_gap = 0
        self.saw_rpm = 0
        self.without_no = 0
        # What the operator said of the probe, and whether it came before the precondition was over, or never.
        self.saw_probe = self.probe_in = 0
        self.probe_early = self.probe_unasked = 0
        self.air = 0.0
        self.sums = [0] * 16
        self.counts = [0] * 16
        # Highest means of what was thrown away: CO and HC at high idle, CO and HC at idle.
        self.discarded = [0] * 4
        self.has_discarded = [0] * 4
        # Engine speed as counted and as the control unit tells it, over the sampled seconds that have both.
        self.counted_rpm = [0] * 2
        self.told_rpm = [0] * 2
        self.pairs = [0] * 2
        self.is_off_told = 0
        self.has_turned = 0

    def push(
        self, present: int, hc: float, co: float, co2: float, o2: float, no: float, rpm: float, flow_is_low: float,
        probe: float, told: float, oil_c: float, coolant_c: float,
    ) -> int:  # fmt: skip
        """Take one legal second and return the phase it leads to.

        ``present`` 0: nothing was recorded in it. ``told`` is the engine speed by the control unit's own word.
        """
        if self.outcome != OPEN:
            return self.phase
        if rpm == rpm:
            self.saw_rpm = 1
        if present:
            self.warmth.take(oil_c, coolant_c)
        if rpm * 1.0e6 < self.stall_below:
            return self._finish(INVALID, ENGINE_STALL if self.has_turned else NO_ENGINE_SPEED)
        if not is_missing(rpm):
            self.has_turned = 1
        self._watch_probe(probe)
        if self.phase != HIGH and self.phase != IDLE:
            return self._pass_time(present, rpm)
        return self._sample(present, hc, co, co2, o2, no, rpm, flow_is_low, told)

    def feed(self, rows: Sequence[int], block: "memoryview[float]") -> int:
        """Push every second of a trace: the rows that each was made from, and its channels, a channel a line."""
        second = 0
        while second < len(rows):
            self.push(
                1 if rows[second] > 0 else 0, block[0, second], block[1, second], block[2, second], block[3, second],
                block[4, second], block[5, second], block[6, second], block[7, second], block[8, second],
                block[9, second], block[10, second],
            )  # fmt: skip
            second += 1
        return self.phase

    def end(self) -> int:
        """Say that the trace is over."""
        if self.outcome == OPEN:
            self._finish(INVALID, INCOMPLETE)
        return self.outcome

    def sum_of(self, idle: int, channel: int) -> int:
        """Return a channel's sum over the sampled seconds (idle 0: at high idle, 1: at idle)."""
        return self.sums[idle * 8 + channel]

    def count_of(self, idle: int, channel: int) -> int:
        """Return how many sampled seconds had this channel."""
        return self.counts[idle * 8 + channel]

    def discarded_of(self, idle: int, channel: int) -> int:
        """Return the highest mean of a channel (0 CO, 1 HC) over the samplings that were broken off."""
        return self.discarded[idle * 2 + channel]

    def has_discarded_of(self, idle: int, channel: int) -> int:
        """Tell whether a sampling with this channel was broken off."""
        return self.has_discarded[idle * 2 + channel]

    def counted_of(self, idle: int) -> int:
        """Return the sum of the counted engine speed over the sampled seconds that can be compared."""
        return self.counted_rpm[idle]

    def told_of(self, idle: int) -> int:
        """Return the sum of the control unit's engine speed over the same seconds."""
        return self.told_rpm[idle]

    def pairs_of(self, idle: int) -> int:
        """Return how many seconds these are."""
        return self.pairs[idle]

    def _pass_time(self, present: int, rpm: float) -> int:
        """Let a phase without sampling pass; no time runs while the engine speed is not known."""
        if present == 0:
            self.saw_gap = 1
        speed = to_nearest(rpm * 1.0e6)
        if self.phase == PROBE:
            self._pass_probe()
        if self.phase == PROBE or present == 0 or is_missing(rpm):
            return self.phase
        if self.phase == PRECONDITION and speed < self.precondition_from:
            return self.phase
        if self.phase == TO_HIGH:
            if speed < self.high_from or speed > self.high_to:
                return self.phase
            self.phase = SETTLE_HIGH
        elif self.phase == DROP:
            if speed > self.idle_to:
                return self.phase
            self.phase = SETTLE_IDLE
        if self.phase != PRECONDITION and self._is_out(rpm):
            if self.timer_s > 0:
                self.restarts += 1
            self.timer_s = 0
            return self.phase
        self._tick()
        return self.phase

    def _tick(self) -> None:
        self.timer_s += 1
        if self.timer_s >= self.lasts[self.phase]:
            self.timer_s = 0
            self.phase += 1
        if self.phase == PROBE:
            self._pass_probe()

    def _watch_probe(self, probe: float) -> None:
        """Keep what the operator last said of the probe: 1 it is in, less it is not yet."""
        if is_missing(probe):
            return
        self.saw_probe = 1
        self.probe_in = 1 if probe >= 1.0 else 0
        if self.probe_in and self.phase < PROBE:
            self.probe_early = 1

    def _pass_probe(self) -> None:
        """Go on to high idle once the probe is in; a trace that says nothing of it is not held up."""
        if self.saw_probe and not self.probe_in:
            return
        if not self.saw_probe:
            self.probe_unasked = 1
        self.phase = TO_HIGH

    def _sample(
        self, present: int, hc: float, co: float, co2: float, o2: float, no: float, rpm: float, flow_is_low: float,
        told: float,
    ) -> int:  # fmt: skip
        if present == 0:
            return self._finish(INVALID, GAP_IN_WINDOW)
        if self._is_out(rpm):
            return self._restart()
        if self._gas_is_void(co, co2):
            return self._finish(INVALID, CO_PLUS_CO2_LOW)
        if self._flow_is_void(flow_is_low):
            return self._finish(INVALID, LOW_FLOW)
        if self._lacks_value(hc, co, co2, o2):
            return self._finish(INVALID, VALUE_MISSING)
        self._add(hc, co, co2, o2, no, rpm)
        self._add_told(rpm, told)
        idle = 1 if self.phase == IDLE else 0
        self._tick()
        if self.timer_s == 0 and self._differs(idle):
            self.is_off_told = 1
            if self.voids_off_told:
                return self._finish(INVALID, ENGINE_SPEED_IMPLAUSIBLE)
        if self.phase == DONE:
            return self._finish(JUDGED, 0)
        if self.phase == DROP:
            if self.lambda_judged and self.counts[2] < self.lasts[HIGH]:
                return self._finish(INVALID, VALUE_MISSING)
            self.low_gas_s = 0
            self.low_flow_run = 0
        return self.phase

    def _is_out(self, rpm: float) -> int:
        speed = to_nearest(rpm * 1.0e6)
        if is_missing(rpm):
            return 1
        if self.phase == SETTLE_IDLE or self.phase == IDLE:
            return 1 if speed > self.idle_to else 0
        return 1 if speed < self.high_from or speed > self.high_to else 0

    def _restart(self) -> int:
        idle = 1 if self.phase == IDLE else 0
        if self.timer_s > 0 or self.restart_settle:
            self.restarts += 1
        self.left_band = 1
        if self.timer_s > 0:
            self.sampling_restarts += 1
            self._discard(idle)
            if self.sampling_restarts > self.restarts_at_most:
                return self._finish(INVALID, TOO_MANY_RETRIES)
        channel = 0
        while channel < 8:
            self.sums[idle * 8 + channel] = 0
            self.counts[idle * 8 + channel] = 0
            channel += 1
        self.counted_rpm[idle] = 0
        self.told_rpm[idle] = 0
        self.pairs[idle] = 0
        self.timer_s = 0
        self.low_gas_s = 0
        self.low_flow_run = 0
        if self.restart_settle:
            self.phase = DROP if idle else TO_HIGH
        return self.phase

    def _discard(self, idle: int) -> None:
        """Keep the highest means of the samplings that were broken off: what is thrown away must not vanish."""
        channel = 0
        while channel < 2:
            seconds = self.counts[idle * 8 + channel]
            place = idle * 2 + channel
            if seconds > 0:
                mean = half_even(self.sums[idle * 8 + channel], seconds)
                if not self.has_discarded[place] or mean > self.discarded[place]:
                    self.discarded[place] = mean
                self.has_discarded[place] = 1
            channel += 1

    def _add_told(self, rpm: float, told: float) -> None:
        """Add the second's two engine speeds, where it has both."""
        if is_missing(told) or told < 0.0 or told > HIGHEST_RPM or is_missing(rpm) or rpm > HIGHEST_RPM:
            return
        idle = 1 if self.phase == IDLE else 0
        self.counted_rpm[idle] += to_nearest(rpm * 1.0e6)
        self.told_rpm[idle] += to_nearest(told * 1.0e6)
        self.pairs[idle] += 1

    def _differs(self, idle: int) -> int:
        """Tell whether the counted engine speed is not the control unit's, on the mean of a point."""
        off = self.counted_rpm[idle] - self.told_rpm[idle]
        if off < 0:
            off = -off
        if self.pairs[idle] < self.told_s or self.pairs[idle] < 1:
            return 0
        return 1 if off * 1000000 > self.off_told_millionths * self.told_rpm[idle] else 0

    def _gas_is_void(self, co: float, co2: float) -> int:
        if is_missing(co) or is_missing(co2):
            return 0
        if to_nearest(co * 1.0e9) + to_nearest(co2 * 1.0e9) < self.co_plus_co2_min:
            self.low_gas_s += 1
            self.saw_low_gas = 1
        else:
            self.low_gas_s = 0
        return 1 if self.low_gas_s >= self.co_plus_co2_s else 0

    def _flow_is_void(self, flow_is_low: float) -> int:
        if flow_is_low > 0.0:
            self.low_flow_run += 1
            self.saw_low_flow = 1
        elif flow_is_low == 0.0:
            self.low_flow_run = 0
        return 1 if self.low_flow_run >= self.low_flow_s else 0

    def _lacks_value(self, hc: float, co: float, co2: float, o2: float) -> int:
        if is_missing(co) or is_missing(co2) or (is_missing(hc) and self.hc_judged):
            return 1
        return 1 if self.phase == HIGH and self.lambda_judged and (is_missing(o2) or is_missing(hc)) else 0

    def _add(self, hc: float, co: float, co2: float, o2: float, no: float, rpm: float) -> None:
        """Add the second; lambda takes the NO term as nothing where the analyser gives no NO (at most 0.002)."""
        if is_missing(no):
            self.without_no = 1
            self.air = air_ratio_lambda(co, co2, o2, hc, 0.0, self.hcv, self.ocv)
        else:
            self.air = air_ratio_lambda(co, co2, o2, hc, no, self.hcv, self.ocv)
        base = 8 if self.phase == IDLE else 0
        self._put(base, co, 1.0e9)
        self._put(base + 1, hc, 1.0e6)
        self._put(base + 2, self.air, 1.0e9)
        self._put(base + 3, co2, 1.0e9)
        self._put(base + 4, o2, 1.0e9)
        self._put(base + 5, rpm, 1.0e6)
        self._put(base + 6, no, 1.0e6)

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
