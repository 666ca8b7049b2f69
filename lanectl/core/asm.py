# cython: annotation_typing=False
"""ASM steady-state method (ASM5025, ASM2540): the legal state machine, one push() a legal second.

Knows the 5 s hold, the mode timer with its resets, the corrected seconds and the decision; its ten-second windows are
kept by asm_windows.py. Knows no figure of the law: limits, tolerances and switches come in as counts (asm_law.py).
Counts: gases in % as 1e-9 %, in ppm as 1e-6, speed 1e-6 km/h, force 1e-6 N. A missing value is NaN. Types: asm.pxd.

One mode: hold (5 s inside the speed band), timer 0, preset 10 s, quick check over seconds 10..19, decision at 90 s.
Pass ends the test; a failed 5025 goes on to the hold of 2540; what fails there fails the vehicle.
"""

from collections.abc import MutableSequence, Sequence

from lanectl.core.asm_windows import AsmWindows
from lanectl.core.formulas import CountedSeconds

# Codes that asm_verdict.py spells out: phases, outcomes, causes, bits of what a second lacks.
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
NO_FORCE: int = 16
NO_CO_AND_CO2: int = 32
NO_KH: int = 64

# What AsmWindows.look finds.
NOT_VALID: int = 0
WITHIN: int = 1

LAST_VALID: int = 0
ANY_PASSING: int = 1


class Asm:
    """One ASM test. ``figures`` are counts by name, ``a`` and ``cap`` belong to DF, ``hcv`` and ``ocv`` to lambda."""

    def __init__(self, figures: dict[str, int], a: float, cap: float, hcv: float, ocv: float, phase: int) -> None:
        self.seconds = CountedSeconds(a, cap, hcv, ocv)
        self._set_figures(figures)
        needed = NO_CO | NO_NO | NO_SPEED | (NO_HC if self.hc_judged else 0)
        self.windows = AsmWindows(figures, needed, self.seconds)
        self.begin(phase)

    def begin(self, phase: int) -> None:
        """Begin a test, or the next one: figures, forces and limits stay, all that a trace has changed goes."""
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
        self.gross_open = 0
        # Windows are named by the timer second that they end with; 0 is none.
        self.last_valid = self.last_pass = self.first_fail = 0
        self.seconds.begin()
        self.windows.begin()
        self.now = 511  # the place of the second that was taken last
        # What the verdict has to tell beside its values.
        self.saw_low_gas = self.saw_low_flow = self.saw_gap = self.saw_gap_in_hold = 0
        self.saw_rpm = self.saw_no_kh = self.saw_missing = self.went_on = 0
        self.rounding_matters = self.quick_otherwise = self.deciding_matters = self.preset_matters = 0
        self.lacks = 0

    def _set_figures(self, figures: dict[str, int]) -> None:
        self.hold_s = figures["hold_s"]
        self.preset_s = figures["preset_s"]
        self.window_s = figures["window_s"]
        self.mode_s = figures["mode_s"]
        self.mode_total_s = figures["mode_total_s"]
        self.speed_tolerance = figures["speed_tolerance"]
        self.out_in_a_row_s = figures["out_in_a_row_s"]
        self.out_in_total_s = figures["out_in_total_s"]
        self.deciding_window = figures["deciding_window"]
        self.gross_s = figures["gross_s"]
        self.hc_judged = figures["hc_judged"]
        self.co_plus_co2_min = figures["co_plus_co2_min"]
        self.co_plus_co2_s = figures["co_plus_co2_s"]
        self.low_flow_s = figures["low_flow_s"]
        self.stall_below = figures["stall_below"]
        self.nominal = [figures["speed_25"], figures["speed_40"]]
        self.force = [0.0, 0.0]
        self.force_tolerance = [0.0, 0.0]
        self.gross = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    def set_force(self, mode: int, force: int, tolerance: int) -> None:
        """Set the roller force of a mode (0, 1) and its tolerance, which belong to the vehicle's mass."""
        self.force[mode] = force
        self.force_tolerance[mode] = tolerance

    def set_gross(self, mode: int, gas: int, gross: int) -> None:
        """Set the multiple of a limit above which corrected seconds fail at once."""
        self.gross[mode * 3 + gas] = gross

    # fmt: off
    def push(
        self, present: int, speed: float, force: float, hc: float, co: float, co2: float, o2: float, no: float,
        rpm: float, t_c: float, rh: float, kpa: float, flow_is_low: float,
    ) -> int:
        # fmt: on
        """Take one legal second (``present`` 0: nothing was recorded in it) and return the phase it leads to."""
        if self.outcome == OPEN:
            self.seconds.take((self.now + 1) & 511, present, speed, force, hc, co, co2, o2, no, rpm, t_c, rh, kpa)
            self._step(present, rpm, flow_is_low)
        return self.phase

    def feed(self, rows: Sequence[int], block: "memoryview[float]") -> int:
        """Push every second of a trace: the rows that each was made from, and its channels, a channel a line."""
        return self.feed_part(rows, block, 0, len(rows))

    def feed_part(self, rows: Sequence[int], block: "memoryview[float]", first: int, end: int) -> int:
        """Push the seconds from ``first`` up to ``end``, without it, of columns that may hold many traces."""
        second = first
        while second < end and self.outcome == OPEN:
            counted = self.seconds.take_some((self.now + 1) & 511, rows, block, second, end)
            while second < counted and self.outcome == OPEN:
                self._step(1 if rows[second] > 0 else 0, block[7, second], block[11, second])
                second += 1
        return self.phase

    def _step(self, present: int, rpm: float, flow_is_low: float) -> None:
        """Go on by the second that stands counted at the next place."""
        self.now = (self.now + 1) & 511
        self.lacks = self.seconds.lacks[self.now]
        if rpm == rpm:
            self.saw_rpm = 1
        holding = 1 if self.phase == HOLD_25 or self.phase == HOLD_40 else 0
        if present == 0 and holding:
            self.saw_gap_in_hold = 1
        if rpm * 1.0e6 < self.stall_below:
            self._finish(INVALID, ENGINE_STALL)
        elif holding:
            self._hold()
        else:
            self.total_s += 1
            self._run(present, flow_is_low)
            if self.total_s >= self.mode_total_s and self.outcome == OPEN and self.phase != HOLD_40:
                self._finish(INVALID, TOO_MANY_RETRIES)

    def end(self) -> int:
        """Say that the trace is over."""
        if self.outcome == OPEN:
            self._finish(INVALID, INCOMPLETE)
        return self.outcome

    def tell(self, told: MutableSequence[int], place: int) -> None:
        """Write what the verdict is made from to 36 places, in the order of asm_verdict.AsmTold."""
        told[place] = self.outcome
        told[place + 1] = self.cause
        told[place + 2] = self.mode
        told[place + 3] = self.went_on
        told[place + 4] = self.force_restarts
        told[place + 5] = self.rounding_matters
        told[place + 6] = self.quick_otherwise
        told[place + 7] = self.deciding_matters
        told[place + 8] = self.preset_matters
        told[place + 9] = self.saw_gap
        told[place + 10] = self.saw_gap_in_hold
        told[place + 11] = self.saw_rpm
        told[place + 12] = self.saw_no_kh
        told[place + 13] = self.saw_missing
        told[place + 14] = self.saw_low_gas
        told[place + 15] = self.saw_low_flow
        self.windows.tell(told, place + 16)

    def _hold(self) -> int:
        if self._speed_is_out():
            self.held_s = 0
            return self.phase
        self.held_s += 1
        if self.held_s >= self.hold_s:
            self.phase += 1
        return self.phase

    def _speed_is_out(self) -> int:
        off = self.seconds.speed_count[self.now] - self.nominal[self.mode]
        return 1 if (self.lacks & NO_SPEED) or abs(off) > self.speed_tolerance else 0

    def _force_is_out(self) -> int:
        off = self.seconds.force_count[self.now] - self.force[self.mode]
        return 1 if (self.lacks & NO_FORCE) or abs(off) > self.force_tolerance[self.mode] else 0

    def _run(self, present: int, flow_is_low: float) -> int:
        speed_out = self._speed_is_out()
        force_out = self._force_is_out()
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
        if self._gas_is_void():
            return self._finish(INVALID, CO_PLUS_CO2_LOW)
        if self._flow_is_void(flow_is_low):
            return self._finish(INVALID, LOW_FLOW)
        if self._left_tolerance(speed_out, force_out):
            return self._reset()
        return self._keep()

    def _gas_is_void(self) -> int:
        if self.lacks & NO_CO_AND_CO2:
            return 0
        if self.seconds.co_plus_co2[self.now] < self.co_plus_co2_min:
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
        if not speed_out and not force_out:  # nor do the sums grow, which were looked at when they last did
            self.speed_row = 0
            self.force_row = 0
            return 0
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
        self.gross_run = [0, 0, 0]
        self.gross_run_all = [0, 0, 0]
        self.gross_open = 0
        self.windows.clear()

    def _keep(self) -> int:
        """Put the corrected second on the mode's timer, then see what it completes."""
        if self.timer_s == 0 or self.lacks:
            self.windows.keep(self.timer_s, self.now)
        if self.lacks and self.timer_s >= self.preset_s:
            if self.lacks & NO_KH:
                self.saw_no_kh = 1
            elif self.lacks & self.windows.needed:
                self.saw_missing = 1
        gross = self._count_gross()
        self.timer_s += 1
        if gross:
            self.windows.take(self.mode, self.timer_s)
            return self._finish(FAIL, IMMEDIATE_FAIL)
        if self.timer_s >= self.preset_s + self.window_s:
            self._look_at_window()
        if self.timer_s >= self.mode_s and self.outcome == OPEN:
            return self._decide()
        return self.phase

    def _count_gross(self) -> int:
        """Count corrected seconds far above a limit, after the preset; tell whether one stayed there too long."""
        if not self.gross_open and not self._is_far_above():
            return 0  # nearly every second of nearly every car
        found = 0
        self.gross_open = 0
        gas = 0
        while gas < 3:
            judged = 1 if gas != 1 or self.hc_judged else 0
            seen = 0 if self.lacks & (1 << gas) else 1
            above = 1 if judged and seen and self._is_above(gas) else 0
            self.gross_run_all[gas] = self.gross_run_all[gas] + 1 if above else 0
            self.gross_open |= above
            if self.timer_s < self.preset_s:
                above = 0
            self.gross_run[gas] = self.gross_run[gas] + 1 if above else 0
            if self.gross_run[gas] >= self.gross_s:
                found = 1
            elif self.gross_run_all[gas] >= self.gross_s:
                self.preset_matters = 1
            gas += 1
        return found

    def _is_far_above(self) -> int:
        return 1 if self._is_above(0) or self._is_above(1) or self._is_above(2) else 0

    def _is_above(self, gas: int) -> int:
        most = self.gross[self.mode * 3 + gas]
        if gas == 0:
            return 1 if self.seconds.co_count[self.now] > most else 0
        if gas == 1:
            return 1 if self.seconds.hc_count[self.now] > most else 0
        return 1 if self.seconds.no_count[self.now] > most else 0

    def _look_at_window(self) -> None:
        end = self.timer_s
        found = self.windows.look(self.mode, end)
        if found == NOT_VALID:
            return
        self.last_valid = end
        if found == WITHIN:
            self.last_pass = end
        elif self.first_fail == 0:
            self.first_fail = end
        if end == self.preset_s + self.window_s:
            self._check_quickly(end)

    def _check_quickly(self, end: int) -> None:
        passed = self.windows.is_within(self.mode, 1, 0)
        if passed != self.windows.is_within(self.mode, 1, 1):
            if passed:
                self.rounding_matters = 1
            else:
                self.quick_otherwise = 1
        if passed:
            self.windows.take(self.mode, end)
            self._finish(PASS, QUICK_CHECK)

    def _decide(self) -> int:
        if self.last_valid == 0:
            return self._finish(INVALID, NO_VALID_WINDOW)
        end = self.last_valid
        if self.deciding_window == ANY_PASSING:
            if self.last_pass:
                end = self.last_pass
        elif self.deciding_window != LAST_VALID and self.first_fail:
            end = self.first_fail
        self.windows.take(self.mode, end)
        if self.last_pass and self.first_fail:
            self.deciding_matters = 1
        passed = self.windows.is_within(self.mode, 0, 0)
        if passed != self.windows.is_within(self.mode, 0, 1):
            self.rounding_matters = 1
        if passed:
            return self._finish(PASS, 0)
        if self.mode == 1:
            return self._finish(FAIL, 0)
        self._clear()
        self.went_on = 1
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
