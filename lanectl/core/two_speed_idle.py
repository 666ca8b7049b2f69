# cython: annotation_typing=False
"""Two-speed idle method: the legal state machine, one push() a legal second.

Knows the phases (precondition, high idle settle and sample, drop to idle, idle settle and sample), their restarts and
their sums. Knows no figure of the law: durations, bands and limits come in as whole counts (see two_speed_trial.py).
Counts: gases in % as 1e-9 %, in ppm as 1e-6, engine speed 1e-6 r/min, lambda 1e-9. A missing value is NaN.

Leaving the band while settling starts the settling again; leaving it while sampling starts the sampling (or, by a
switch in the data, the settling) again. The drop to idle is not timed: idle settling begins with the first second at or
below the speed that counts as idle.
"""

from lanectl.core.formulas import air_ratio_lambda, is_missing, to_nearest

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
CO_PLUS_CO2_LOW: int = 3
ENGINE_STALL: int = 4
GAP_IN_WINDOW: int = 6
LOW_FLOW: int = 7
VALUE_MISSING: int = 10


class TwoSpeedIdle:
    """One two-speed idle test. ``figures`` are counts by name, ``hcv`` and ``ocv`` belong to lambda."""

    def __init__(self, figures: dict[str, int], hcv: float, ocv: float, phase: int) -> None:
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
        self.phase = phase
        self.outcome = OPEN
        self.cause = 0
        self.timer_s = 0
        self.restarts = 0
        self.sampling_restarts = 0
        self.low_gas_s = 0
        self.low_flow_run = 0
        self.saw_low_gas = 0
        self.saw_low_flow = 0
        self.saw_gap = 0
        self.without_no = 0
        # What the operator said of the probe, and whether it came before the precondition was over, or never.
        self.saw_probe = self.probe_in = 0
        self.probe_early = self.probe_unasked = 0
        self.air = 0.0
        self.sums = [0] * 16
        self.counts = [0] * 16

    def push(
        self, present: int, hc: float, co: float, co2: float, o2: float, no: float, rpm: float, flow_is_low: float,
        probe: float,
    ) -> int:  # fmt: skip
        """Take one legal second (``present`` 0: nothing was recorded in it) and return the phase it leads to."""
        if self.outcome != OPEN:
            return self.phase
        if rpm * 1.0e6 < self.stall_below:
            return self._finish(INVALID, ENGINE_STALL)
        self._watch_probe(probe)
        if self.phase != HIGH and self.phase != IDLE:
            return self._pass_time(present, rpm)
        return self._sample(present, hc, co, co2, o2, no, rpm, flow_is_low)

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

    def _pass_time(self, present: int, rpm: float) -> int:
        """Let a phase without sampling pass; some only wait for an engine speed."""
        if present == 0:
            self.saw_gap = 1
        speed = to_nearest(rpm * 1.0e6)
        known = 1 if present and rpm == rpm else 0
        if self.phase == PRECONDITION and not (known and speed >= self.precondition_from):
            return self.phase
        if self.phase == PROBE:
            self._pass_probe()
        if self.phase == PROBE:
            return self.phase
        if self.phase == TO_HIGH:
            if not (known and speed >= self.high_from and speed <= self.high_to):
                return self.phase
            self.phase = SETTLE_HIGH
        elif self.phase == DROP:
            if not (known and speed <= self.idle_to):
                return self.phase
            self.phase = SETTLE_IDLE
        if known and self.phase != PRECONDITION and self._is_out(rpm):
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
        self, present: int, hc: float, co: float, co2: float, o2: float, no: float, rpm: float, flow_is_low: float
    ) -> int:
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
        self._tick()
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
        self.sampling_restarts += 1
        channel = 0
        while channel < 8:
            self.sums[idle * 8 + channel] = 0
            self.counts[idle * 8 + channel] = 0
            channel += 1
        self.timer_s = 0
        self.low_gas_s = 0
        self.low_flow_run = 0
        if self.restart_settle:
            self.phase = DROP if idle else TO_HIGH
        return self.phase

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
