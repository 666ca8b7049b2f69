# cython: annotation_typing=False
"""ASM steady-state method (ASM5025, ASM2540): the legal state machine, one push() a legal second.

Knows the 5 s hold, the mode timer with its resets, the corrected seconds, the ten-second windows and the decision.
Knows no figure of the law: limits, tolerances and switches come in as whole counts (see asm_trial.py).
Counts: gases in % as 1e-9 %, in ppm as 1e-6, speed 1e-6 km/h, force 1e-6 N. A missing value is NaN. Types: asm.pxd.

One mode: hold (5 s inside the speed band), timer 0, preset 10 s, quick check over seconds 10..19, decision at 90 s.
Pass ends the test; a failed 5025 goes on to the hold of 2540; what fails there fails the vehicle.
"""

from lanectl.core.formulas import (
    air_ratio_lambda,
    dilution_factor,
    half_even,
    is_missing,
    no_humidity_factor,
    power_from_force,
    to_nearest,
)

# Codes that asm_trial.py spells out: phases, outcomes, causes, bits of what a second lacks.
HOLD_25: int = 0
HOLD_40: int = 2
DONE: int = 4

OPEN: int = 0
PASS: int = 1
FAIL: int = 2
INVALID: int = 3

INCOMPLETE: int = 1
TOO_MANY_RETRIES: int = 2
CO_PLUS_CO2_LOW: int = 3
ENGINE_STALL: int = 4
NO_VALID_WINDOW: int = 5
GAP_IN_WINDOW: int = 6
LOW_FLOW: int = 7
QUICK_CHECK: int = 8
IMMEDIATE_FAIL: int = 9

NO_CO: int = 1
NO_HC: int = 2
NO_NO: int = 4
NO_SPEED: int = 8

LAST_VALID: int = 0
ANY_PASSING: int = 1


class Asm:
    """One ASM test. ``figures`` are counts by name, ``a`` and ``cap`` belong to DF, ``hcv`` and ``ocv`` to lambda."""

    def __init__(self, figures: dict[str, int], a: float, cap: float, hcv: float, ocv: float, phase: int) -> None:
        self.a = a
        self.cap = cap
        self.hcv = hcv
        self.ocv = ocv
        self._set_figures(figures)
        self.phase = phase
        self.mode = 0 if phase < HOLD_40 else 1
        self.outcome = OPEN
        self.cause = 0
        # The timer of the mode, and the four counters of what was out of tolerance on it.
        self.held_s = self.timer_s = self.total_s = 0
        self.waiting = self.restarts = self.force_restarts = 0
        self.speed_row = self.speed_sum = self.force_row = self.force_sum = 0
        self.low_gas_s = self.low_flow_run = 0
        self.gross_run = [0, 0, 0]
        self.gross_run_all = [0, 0, 0]
        # Windows are named by the timer second that they end with; 0 is none.
        self.last_valid = self.last_pass = self.first_fail = 0
        self.result_end = [0, 0]
        self.result_lacks = [0, 0]
        self.result = [0] * 16
        # What the verdict has to tell beside its values.
        self.saw_low_gas = self.saw_low_flow = self.saw_gap = self.saw_no_kh = self.saw_missing = 0
        self.rounding_matters = self.quick_otherwise = self.deciding_matters = self.preset_matters = 0
        # The second just taken, and every second on the mode's timer.
        self.df = self.kh = self.air = 0.0
        self.lacks = 0
        self.row = [0] * 9
        self.rows = [0] * 2700
        self.rows_lack = [0] * 300

    def _set_figures(self, figures: dict[str, int]) -> None:
        self.hold_s = figures["hold_s"]
        self.preset_s = figures["preset_s"]
        self.window_s = figures["window_s"]
        self.mode_s = figures["mode_s"]
        self.mode_total_s = figures["mode_total_s"]
        self.speed_tolerance = figures["speed_tolerance"]
        self.out_in_a_row_s = figures["out_in_a_row_s"]
        self.out_in_total_s = figures["out_in_total_s"]
        self.steady_below = figures["steady_below"]
        self.each_to_first = figures["each_to_first"]
        self.deciding_window = figures["deciding_window"]
        self.compare_full = figures["compare_full"]
        self.gross_s = figures["gross_s"]
        self.hc_judged = figures["hc_judged"]
        self.co_plus_co2_min = figures["co_plus_co2_min"]
        self.co_plus_co2_s = figures["co_plus_co2_s"]
        self.low_flow_s = figures["low_flow_s"]
        self.stall_below = figures["stall_below"]
        self.nominal = [figures["speed_25"], figures["speed_40"]]
        self.force = [figures["force_25"], figures["force_40"]]
        self.force_tolerance = [figures["force_tolerance_25"], figures["force_tolerance_40"]]
        self.unit = [figures["unit_co"], figures["unit_hc"], figures["unit_no"]]
        self.limit = [0, 0, 0, 0, 0, 0]
        self.quick = [0, 0, 0, 0, 0, 0]
        self.gross = [0, 0, 0, 0, 0, 0]

    # fmt: off
    def push(
        self, present: int, speed: float, force: float, hc: float, co: float, co2: float, o2: float, no: float,
        rpm: float, t_c: float, rh: float, kpa: float, flow_is_low: float,
    ) -> int:
        # fmt: on
        """Take one legal second (``present`` 0: nothing was recorded in it) and return the phase it leads to."""
        if self.outcome != OPEN:
            return self.phase
        self._correct(present, speed, force, hc, co, co2, o2, no, rpm, t_c, rh, kpa)
        if rpm * 1.0e6 < self.stall_below:
            return self._finish(INVALID, ENGINE_STALL)
        if self.phase == HOLD_25 or self.phase == HOLD_40:
            return self._hold()
        self.total_s += 1
        self._run(present, force, co, co2, flow_is_low)
        if self.outcome == OPEN and self.total_s >= self.mode_total_s and self.phase != HOLD_40:
            return self._finish(INVALID, TOO_MANY_RETRIES)
        return self.phase

    def set_limit(self, mode: int, gas: int, limit: int, quick: int, gross: int) -> None:
        """Set a limit (gas 0 CO, 1 HC, 2 NO), its quick-check part, and the multiple that fails at once."""
        self.limit[mode * 3 + gas] = limit
        self.quick[mode * 3 + gas] = quick
        self.gross[mode * 3 + gas] = gross

    def end(self) -> int:
        """Say that the trace is over."""
        if self.outcome == OPEN:
            self._finish(INVALID, INCOMPLETE)
        return self.outcome

    def sum_of(self, mode: int, channel: int) -> int:
        """Return a channel's sum over the window that a mode (0, 1) was judged by; end_of says whether there is one."""
        return self.result[mode * 8 + channel]

    def end_of(self, mode: int) -> int:
        """Return the timer second that the judged window of a mode ends with; 0 where no window was judged."""
        return self.result_end[mode]

    def lacks_of(self, mode: int) -> int:
        """Return the bits of what the judged window lacks."""
        return self.result_lacks[mode]

    # fmt: off
    def _correct(
        self, present: int, speed: float, force: float, hc: float, co: float, co2: float, o2: float, no: float,
        rpm: float, t_c: float, rh: float, kpa: float,
    ) -> None:
        # fmt: on
        self.df = dilution_factor(co, co2, self.a, self.cap)
        self.kh = no_humidity_factor(t_c, rh, kpa)
        self.air = air_ratio_lambda(co, co2, o2, hc, no, self.hcv, self.ocv)
        co_c = co * self.df
        hc_c = hc * self.df
        no_c = no * self.df * self.kh
        power = power_from_force(force, speed)
        self.row[0] = to_nearest(co_c * 1.0e9)
        self.row[1] = to_nearest(hc_c * 1.0e6)
        self.row[2] = to_nearest(no_c * 1.0e6)
        self.row[3] = to_nearest(co2 * 1.0e9)
        self.row[4] = to_nearest(o2 * 1.0e9)
        self.row[5] = to_nearest(rpm * 1.0e6)
        self.row[6] = to_nearest(self.air * 1.0e9)
        self.row[7] = to_nearest(power * 1.0e6)
        self.row[8] = to_nearest(speed * 1.0e6)
        lacks = 0
        if is_missing(co_c):
            lacks |= NO_CO
        if is_missing(hc_c):
            lacks |= NO_HC
        if is_missing(no_c):
            lacks |= NO_NO
        if is_missing(speed) or present == 0:
            lacks |= NO_SPEED
        lacks |= self._lacks_beside(co2, o2, rpm, power)
        self.lacks = lacks

    def _lacks_beside(self, co2: float, o2: float, rpm: float, power: float) -> int:
        lacks = 0
        if is_missing(co2):
            lacks |= 16
        if is_missing(o2):
            lacks |= 32
        if is_missing(rpm):
            lacks |= 64
        if is_missing(self.air):
            lacks |= 128
        if is_missing(power):
            lacks |= 256
        return lacks

    def _hold(self) -> int:
        if self._speed_is_out():
            self.held_s = 0
            return self.phase
        self.held_s += 1
        if self.held_s >= self.hold_s:
            self.phase += 1
        return self.phase

    def _speed_is_out(self) -> int:
        off = self.row[8] - self.nominal[self.mode]
        if off < 0:
            off = -off
        return 1 if (self.lacks & NO_SPEED) or off > self.speed_tolerance else 0

    def _force_is_out(self, force: float) -> int:
        off = to_nearest(force * 1.0e6) - self.force[self.mode]
        if off < 0:
            off = -off
        return 1 if is_missing(force) or off > self.force_tolerance[self.mode] else 0

    def _run(self, present: int, force: float, co: float, co2: float, flow_is_low: float) -> int:
        speed_out = self._speed_is_out()
        force_out = self._force_is_out(force)
        if present == 0:
            self.saw_gap = 1
        if self.waiting:
            if speed_out or force_out:
                return self.phase
            self.waiting = 0
        if present == 0:
            if self.timer_s >= self.preset_s:
                return self._finish(INVALID, GAP_IN_WINDOW)
            speed_out = 0
            force_out = 0
        if self._gas_is_void(co, co2):
            return self._finish(INVALID, CO_PLUS_CO2_LOW)
        if self._flow_is_void(flow_is_low):
            return self._finish(INVALID, LOW_FLOW)
        if self._left_tolerance(speed_out, force_out):
            return self._reset()
        return self._keep()

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

    def _left_tolerance(self, speed_out: int, force_out: int) -> int:
        self.speed_row = self.speed_row + 1 if speed_out else 0
        self.speed_sum += speed_out
        self.force_row = self.force_row + 1 if force_out else 0
        self.force_sum += force_out
        if self.force_row > self.out_in_a_row_s or self.force_sum > self.out_in_total_s:
            self.force_restarts += 1
            return 1
        return 1 if self.speed_row > self.out_in_a_row_s or self.speed_sum > self.out_in_total_s else 0

    def _reset(self) -> int:
        self._clear()
        self.waiting = 1
        self.restarts += 1
        return self.phase

    def _clear(self) -> None:
        self.timer_s = 0
        self.waiting = 0
        self.speed_row = 0
        self.speed_sum = 0
        self.force_row = 0
        self.force_sum = 0
        self.low_gas_s = 0
        self.low_flow_run = 0
        self.last_valid = 0
        self.last_pass = 0
        self.first_fail = 0
        gas = 0
        while gas < 3:
            self.gross_run[gas] = 0
            self.gross_run_all[gas] = 0
            gas += 1

    def _keep(self) -> int:
        """Put the corrected second on the mode's timer, then see what it completes."""
        channel = 0
        while channel < 9:
            self.rows[self.timer_s * 9 + channel] = self.row[channel]
            channel += 1
        self.rows_lack[self.timer_s] = self.lacks
        if self.timer_s >= self.preset_s:
            if self.kh != self.kh:
                self.saw_no_kh = 1
            elif self.lacks & self._needed():
                self.saw_missing = 1
        gross = self._count_gross()
        self.timer_s += 1
        if gross:
            self._take(self.timer_s)
            return self._finish(FAIL, IMMEDIATE_FAIL)
        if self.timer_s >= self.preset_s + self.window_s:
            self._look_at_window()
        if self.outcome == OPEN and self.timer_s >= self.mode_s:
            return self._decide()
        return self.phase

    def _needed(self) -> int:
        return NO_CO | NO_NO | NO_SPEED | (NO_HC if self.hc_judged else 0)

    def _count_gross(self) -> int:
        """Count corrected seconds far above a limit, after the preset; tell whether one stayed there too long."""
        found = 0
        gas = 0
        while gas < 3:
            judged = 1 if gas != 1 or self.hc_judged else 0
            seen = 0 if self.lacks & (1 << gas) else 1
            above = 1 if judged and seen and self.row[gas] > self.gross[self.mode * 3 + gas] else 0
            self.gross_run_all[gas] = self.gross_run_all[gas] + 1 if above else 0
            if self.timer_s < self.preset_s:
                above = 0
            self.gross_run[gas] = self.gross_run[gas] + 1 if above else 0
            if self.gross_run[gas] >= self.gross_s:
                found = 1
            elif self.gross_run_all[gas] >= self.gross_s:
                self.preset_matters = 1
            gas += 1
        return found

    def _look_at_window(self) -> None:
        end = self.timer_s
        if not self._is_valid(end):
            return
        self.last_valid = end
        if self._within(end, 0, self.compare_full):
            self.last_pass = end
        elif self.first_fail == 0:
            self.first_fail = end
        if end != self.preset_s + self.window_s:
            return
        passed = self._within(end, 1, self.compare_full)
        if passed != self._within(end, 1, 1 - self.compare_full):
            if passed:
                self.rounding_matters = 1
            else:
                self.quick_otherwise = 1
        if passed:
            self._take(end)
            self._finish(PASS, QUICK_CHECK)

    def _is_valid(self, end: int) -> int:
        first = end - self.window_s
        needed = self._needed()
        start_speed = self.rows[first * 9 + 8]
        second = first
        while second < end:
            if self.rows_lack[second] & needed:
                return 0
            change = self.rows[second * 9 + 8] - start_speed
            if change < 0:
                change = -change
            if (self.each_to_first or second == end - 1) and change >= self.steady_below:
                return 0
            second += 1
        return 1

    def _sum(self, end: int, channel: int) -> int:
        total = 0
        second = end - self.window_s
        while second < end:
            total += self.rows[second * 9 + channel]
            second += 1
        return total

    def _within(self, end: int, quick: int, full: int) -> int:
        """Tell whether a window's means are within the limits (or within the quick check's part of them)."""
        gas = 0
        while gas < 3:
            bound = self.quick[self.mode * 3 + gas] if quick else self.limit[self.mode * 3 + gas]
            total = self._sum(end, gas)
            if not full:
                total = half_even(total, self.unit[gas] * self.window_s) * self.unit[gas] * self.window_s
            if (gas != 1 or self.hc_judged) and total > bound * self.window_s:
                return 0
            gas += 1
        return 1

    def _take(self, end: int) -> None:
        """Keep the sums of the window that the mode is judged by."""
        first = end - self.window_s
        lacks = 0
        while first < end:
            lacks |= self.rows_lack[first]
            first += 1
        channel = 0
        while channel < 8:
            self.result[self.mode * 8 + channel] = self._sum(end, channel)
            channel += 1
        self.result_end[self.mode] = end
        self.result_lacks[self.mode] = lacks

    def _decide(self) -> int:
        if self.last_valid == 0:
            return self._finish(INVALID, NO_VALID_WINDOW)
        end = self.last_valid
        if self.deciding_window == ANY_PASSING:
            if self.last_pass:
                end = self.last_pass
        elif self.deciding_window != LAST_VALID and self.first_fail:
            end = self.first_fail
        self._take(end)
        if self.last_pass and self.first_fail:
            self.deciding_matters = 1
        passed = self._within(end, 0, self.compare_full)
        if passed != self._within(end, 0, 1 - self.compare_full):
            self.rounding_matters = 1
        if passed:
            return self._finish(PASS, 0)
        if self.mode == 1:
            return self._finish(FAIL, 0)
        self._clear()
        self.mode = 1
        self.phase = HOLD_40
        self.held_s = 0
        self.total_s = 0
        return self.phase

    def _finish(self, outcome: int, cause: int) -> int:
        self.outcome = outcome
        self.cause = cause
        self.phase = DONE
        return self.phase
