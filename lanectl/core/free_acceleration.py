# cython: annotation_typing=False
"""Free acceleration: the legal state machine, one push() a raw sample, because a peak is a sample and not a mean.

Knows blow-outs, snaps from idle to the governed speed and back, what makes a snap count or be repeated, and the three
that count. Knows no figure of the law: durations, speeds and limits come in as whole counts (free_acceleration_trial).
Counts: k 1e-9 1/m, engine speed 1e-6 r/min, pedal 1e-6 %, time 1 ms. A missing value is NaN.

A snap begins when the engine leaves idle and is over when it has been back at idle for the settling time. Where the
trace numbers its snaps, a number is one snap, whatever the engine does under it, and the last three numbers count;
where it does not, the third good snap ends the test.
"""

from lanectl.core.diesel import smoke_density_per_m
from lanectl.core.formulas import is_missing, to_nearest

# Codes that free_acceleration_trial.py spells out: phases, outcomes, causes, marks of a snap.
BLOW_OUT_IDLE: int = 0
BLOW_OUT: int = 1
PROBE: int = 2
SNAP_IDLE: int = 3
SNAP: int = 4
SNAP_SETTLE: int = 5
DONE: int = 6

OPEN: int = 0
JUDGED: int = 1
INVALID: int = 3

INCOMPLETE: int = 1
TOO_MANY_RETRIES: int = 2
ENGINE_STALL: int = 4
NO_ENGINE_SPEED: int = 11

SLOW: int = 1
HOLE: int = 2
FULL_SCALE: int = 4
SHORT_HOLD: int = 8
SLOW_PEDAL: int = 16
SHORT_IDLE: int = 32
FLAT: int = 64
SHORT_OF_SPEED: int = 128
NOT_SETTLED: int = 256
NOT_FROM_IDLE: int = 512
NO_OPACITY: int = 1024
PEAK_AT_IDLE: int = 2048

# An engine speed above this is none: it is not compared. Keeps the sums of whole counts within bounds.
HIGHEST_RPM: float = 1.0e5

# How many samples at idle the two rings hold: those of the time to look back, at up to sixty a second.
IDLE_ROWS: int = 128


class FreeAcceleration:
    """One free acceleration test. ``figures`` are counts by name, ``path_m`` is the optical path that N is told for."""

    def __init__(self, figures: dict[str, int], path_m: float, phase: int) -> None:
        self.path_m = path_m
        self._set_figures(figures)
        self.phase = phase
        self.outcome = OPEN
        self.cause = 0
        self.saw_gap = 0
        self.blow_outs_done = 0
        self.blow_outs_short = 0
        self.blow_peak_rpm = 0
        # What the operator said of the probe, and whether it came before the blow-outs were over, or never.
        self.saw_probe = self.probe_in = 0
        self.probe_early = self.probe_unasked = 0
        self.counted = 0
        self.repeats = 0
        self.repeat_marks = 0
        self.numbered = 0
        self.number = 0
        # What did not count: how high it smoked, and whether that was beyond measure.
        self.has_discarded = self.discarded_full = 0
        self.discarded_k = 0
        # Engine speed as counted, and as the control unit tells it, at steady idle and held at the top.
        self.idle_pairs = self.top_pairs = 0
        self.idle_counted = self.idle_told = 0
        self.top_counted = self.top_told = 0
        self.told_last = -1.0
        self.t_told = -1
        # When the engine speed was last known, and whether it has turned at all.
        self.t_rpm = -1
        self.rpm_missed = 0
        self.has_turned = 0
        # The sample before, and since when the engine has been at idle.
        self.t_last = -1
        self.t_phase = 0
        self.idle_since = -1
        self.k_last = 0
        self.k_known = 0
        # The last samples at idle, in a ring, and the last one there of full opacity.
        self.t_full = -1
        self.idle_rows = self.idle_next = 0
        self.idle_t = [0] * 128
        self.idle_k = [0] * 128
        # The snap under way.
        self.went_up = 0
        self.marks = self.rows = 0
        self.t_first = self.t_opacity = -1
        self.peak_k = self.peak_rpm = self.k_before = 0
        self.has_peak = 0
        self.t_top = -1
        self.top_ms = 0
        self.t_pedal = -1
        # The last three that count: peak k, peak engine speed, marks, number.
        self.peaks = [0, 0, 0]
        self.speeds = [0, 0, 0]
        self.snap_marks = [0, 0, 0]
        self.numbers = [0, 0, 0]

    def _set_figures(self, figures: dict[str, int]) -> None:
        self.blow_outs = figures["blow_outs"]
        self.snaps = figures["snaps"]
        self.idle_to = figures["idle_to"]
        self.governed_from = figures["governed_from"]
        self.stall_below = figures["stall_below"]
        self.settled_k = figures["settled_k"]
        self.look_back_ms = figures["look_back_ms"]
        self.flat_k = figures["flat_k"]
        self.settle_ms = figures["settle_ms"]
        self.idle_ms = figures["idle_ms"]
        self.hold_ms = figures["hold_ms"]
        self.pedal_ms = figures["pedal_ms"]
        self.pedal_up = figures["pedal_up"]
        self.pedal_down = figures["pedal_down"]
        self.hole_ms = figures["hole_ms"]
        self.repeats_at_most = figures["repeats_at_most"]
        self.repeats_blow_outs = figures["repeats_blow_outs"]
        self.told_idle_ms = figures["told_idle_ms"]
        self.told_top_ms = figures["told_top_ms"]
        self.fewest_per_10_s = figures["fewest_per_10_s"]
        self.repeated_marks = figures["repeated_marks"]

    def push(self, t_ms: int, n: float, rpm: float, number: float, pedal: float, probe: float, told_rpm: float) -> int:
        """Take one sample and return the phase it leads to.

        ``number`` is the snap that the trace says it belongs to, ``told_rpm`` the control unit's own engine speed.
        """
        if self.outcome != OPEN:
            return self.phase
        if rpm * 1.0e6 < self.stall_below:
            return self._finish(INVALID, ENGINE_STALL if self.has_turned else NO_ENGINE_SPEED)
        if self.t_last < 0:
            self.t_phase = t_ms
        self._watch_probe(probe)
        self._watch_counter(t_ms, rpm)
        # A number that changes while the engine comes down belongs to the sample after the snap before it.
        follows_first = 1 if self.phase == SNAP else 0
        if follows_first:
            self._follow(t_ms, rpm)
        if number >= 1.0 and number < 1.0e6:
            self._count_on(t_ms, to_nearest(number))
        if not follows_first:
            self._follow(t_ms, rpm)
        self._watch(t_ms, n, rpm, pedal)
        self._compare(t_ms, rpm, told_rpm)
        self.t_last = t_ms
        return self.phase

    def gap(self) -> None:
        """Say that a whole second without any sample has passed."""
        self.saw_gap = 1

    def end(self) -> int:
        """Say that the trace is over. A snap that its number names is whole once the engine is back at idle."""
        if self.outcome != OPEN:
            return self.outcome
        if self.numbered and self.phase == SNAP_SETTLE:
            self._close()
        if self._bound():
            return self.outcome
        if self.counted >= self.snaps:
            self._finish(JUDGED, 0)
        else:
            self._finish(INVALID, INCOMPLETE)
        return self.outcome

    def peak_of(self, snap: int) -> int:
        """Return the peak k of a snap that counts (0, 1, 2 in their order); see ``counted``."""
        return self.peaks[snap]

    def speed_of(self, snap: int) -> int:
        """Return the highest engine speed of a snap that counts."""
        return self.speeds[snap]

    def marks_of(self, snap: int) -> int:
        """Return the bits of what is to be said about a snap that counts."""
        return self.snap_marks[snap]

    def number_of(self, snap: int) -> int:
        """Return the number of a snap that counts; 0 where the trace has no numbers."""
        return self.numbers[snap]

    def _follow(self, t_ms: int, rpm: float) -> None:
        """Follow the engine from idle up and back."""
        if is_missing(rpm) or self.outcome != OPEN:
            return
        if to_nearest(rpm * 1.0e6) > self.idle_to:
            if self.phase == BLOW_OUT_IDLE:
                self.blow_peak_rpm = 0
                self._go(BLOW_OUT, t_ms)
            elif self.phase == SNAP_IDLE:
                self._begin(t_ms)
            elif self.phase == SNAP_SETTLE:
                self._go(SNAP, t_ms)
            if to_nearest(rpm * 1.0e6) > self.blow_peak_rpm:
                self.blow_peak_rpm = to_nearest(rpm * 1.0e6)
            self.idle_since = -1
            return
        if self.idle_since < 0:
            self.idle_since = t_ms
            self.idle_rows = self.idle_next = 0
        if self.phase == BLOW_OUT:
            self._end_blow_out()
            self._go(PROBE if self.blow_outs_done >= self.blow_outs else BLOW_OUT_IDLE, t_ms)
        if self.phase == PROBE:
            self._pass_probe(t_ms)
        elif self.phase == SNAP:
            self._go(SNAP_SETTLE, t_ms)
        elif self.phase == SNAP_SETTLE and not self.numbered and t_ms - self.idle_since >= self.settle_ms:
            self._close()
            self._clear()
            self._go(SNAP_IDLE, t_ms)
            if self.counted >= self.snaps:
                self._finish(JUDGED, 0)
            self._bound()

    def _end_blow_out(self) -> None:
        """Count a blow-out: a touch of the pedal blows nothing out, so it has to reach the governed speed."""
        if self.blow_peak_rpm < self.governed_from:
            self.blow_outs_short += 1
            if self.repeats_blow_outs:
                return
        self.blow_outs_done += 1

    def _bound(self) -> int:
        """End a test that has been repeated too often: out of enough snaps, three good ones can always be had."""
        if self.outcome != OPEN or self.repeats <= self.repeats_at_most:
            return 0
        self._finish(INVALID, TOO_MANY_RETRIES)
        return 1

    def _watch_probe(self, probe: float) -> None:
        """Keep what the operator last said of the probe: 1 it is in, less it is not yet."""
        if is_missing(probe):
            return
        self.saw_probe = 1
        self.probe_in = 1 if probe >= 1.0 else 0
        if self.probe_in and self.phase < PROBE:
            self.probe_early = 1

    def _pass_probe(self, t_ms: int) -> None:
        """Go on to the snaps once the probe is in; a trace that says nothing of it is not held up."""
        if self.saw_probe and not self.probe_in:
            return
        if not self.saw_probe:
            self.probe_unasked = 1
        self.idle_rows = self.idle_next = 0
        self._go(SNAP_IDLE, t_ms)

    def _begin(self, t_ms: int) -> None:
        """Begin a snap. What was marked before it, at idle, is kept."""
        if self.idle_since < 0:
            self.marks |= NOT_FROM_IDLE
        elif self.counted + self.repeats > 0 and t_ms - self.idle_since < self.idle_ms:
            self.marks |= SHORT_IDLE
        self._look_back(t_ms)
        if self.k_known and self.k_before > self.settled_k:
            self.marks |= NOT_SETTLED
        self.rows = 0
        self.t_first = t_ms
        self.t_opacity = t_ms
        self.went_up = 1
        self._go(SNAP, t_ms)

    def _look_back(self, t_ms: int) -> None:
        """Find the valley of the last moments at idle: what was left before the smoke of this snap began to rise.

        The engine takes its time from the pedal to the speed at which a snap begins, and smokes on the way: that
        smoke is this snap's own, and so is the peak of it.
        """
        self.k_before = self.k_last
        valley = t_ms - self.look_back_ms
        found = 0
        row = 0
        while row < self.idle_rows:
            if t_ms - self.idle_t[row] <= self.look_back_ms and (not found or self.idle_k[row] < self.k_before):
                self.k_before = self.idle_k[row]
                valley = self.idle_t[row]
                found = 1
            row += 1
        row = 0
        while row < self.idle_rows:
            if self.idle_t[row] >= valley and (not self.has_peak or self.idle_k[row] > self.peak_k):
                self.peak_k = self.idle_k[row]
                self.has_peak = 1
                self.marks |= PEAK_AT_IDLE
            row += 1
        if self.t_full >= 0 and self.t_full >= valley:
            self.marks |= FULL_SCALE

    def _keep_idle(self, t_ms: int) -> None:
        self.idle_t[self.idle_next] = t_ms
        self.idle_k[self.idle_next] = self.k_last
        self.idle_next = (self.idle_next + 1) % IDLE_ROWS
        if self.idle_rows < IDLE_ROWS:
            self.idle_rows += 1

    def _count_on(self, t_ms: int, number: int) -> None:
        """Take the trace's own number of the snap; a new one ends the snap before it."""
        if self.phase < SNAP_IDLE or number == self.number:
            return
        self.numbered = 1
        up = 1 if self.phase == SNAP else 0
        if self.number > 0:
            if up:
                self.marks |= NOT_SETTLED
            if self.went_up:
                self._close()
            self._clear()
            self._go(SNAP_IDLE, t_ms)
            if up:
                self._begin(t_ms)
        self.number = number
        self._bound()

    def _is_sampling(self, t_ms: int) -> int:
        """Tell whether a snap is under way, its settling time included."""
        if self.phase == SNAP_SETTLE:
            return 1 if t_ms - self.idle_since <= self.settle_ms else 0
        return 1 if self.phase == SNAP else 0

    def _watch(self, t_ms: int, n: float, rpm: float, pedal: float) -> None:
        """Keep what the sample says about the snap under way."""
        if self._is_sampling(t_ms) and t_ms - self.t_opacity > self.hole_ms:
            self.marks |= HOLE
        if not is_missing(n):
            self._watch_opacity(t_ms, n)
        if self.phase == SNAP and not is_missing(rpm):
            self._watch_speed(t_ms, to_nearest(rpm * 1.0e6))
        self._watch_pedal(t_ms, pedal)

    def _watch_opacity(self, t_ms: int, n: float) -> None:
        density = smoke_density_per_m(n, self.path_m)
        self.k_known = 0 if is_missing(density) else 1
        if self.k_known:
            self.k_last = to_nearest(density * 1.0e9)
            if self.idle_since >= 0:
                self._keep_idle(t_ms)
        elif self.idle_since >= 0:
            self.t_full = t_ms
        if self.phase < SNAP and not self.numbered:
            return
        if not self.k_known:
            self.marks |= FULL_SCALE
        elif not self.has_peak or self.k_last > self.peak_k:
            self.peak_k = self.k_last
            self.has_peak = 1
            self.marks &= ~PEAK_AT_IDLE
        if self._is_sampling(t_ms):
            self.rows += 1
            self.t_opacity = t_ms

    def _watch_counter(self, t_ms: int, rpm: float) -> None:
        """Mark the snap that is under way or comes next, where the engine speed was not known for too long before it.

        While nobody counts, the engine can go up and come back, and its smoke would belong to no snap.
        """
        missed = 1 if is_missing(rpm) else 0
        unknown = 1 if self.t_rpm >= 0 and t_ms - self.t_rpm > self.hole_ms and (missed or self.rpm_missed) else 0
        if unknown and (self.phase == SNAP_IDLE or self._is_sampling(t_ms)):
            self.marks |= HOLE
        self.rpm_missed = missed
        if not missed:
            self.t_rpm = t_ms
            self.has_turned = 1

    def _compare(self, t_ms: int, rpm: float, told_rpm: float) -> None:
        """Add a pair of engine speeds, where both have had the time to be the same one."""
        if is_missing(told_rpm) or told_rpm < 0.0 or told_rpm > HIGHEST_RPM:
            return
        if told_rpm != self.told_last:
            self.told_last = told_rpm
            self.t_told = t_ms
        if self.phase < SNAP_IDLE or is_missing(rpm) or rpm > HIGHEST_RPM:
            return
        if self.phase == SNAP:
            fresh = 1 if self.t_top >= 0 and self.t_told >= self.t_top else 0
            if fresh and self.governed_from > 0 and t_ms - self.t_top >= self.told_top_ms:
                self.top_pairs += 1
                self.top_counted += to_nearest(rpm * 1.0e6)
                self.top_told += to_nearest(told_rpm * 1.0e6)
        elif self.idle_since >= 0 and t_ms - self.idle_since >= self.told_idle_ms:
            self.idle_pairs += 1
            self.idle_counted += to_nearest(rpm * 1.0e6)
            self.idle_told += to_nearest(told_rpm * 1.0e6)

    def _watch_speed(self, t_ms: int, speed: int) -> None:
        if speed > self.peak_rpm:
            self.peak_rpm = speed
        if speed < self.governed_from:
            self.t_top = -1
            return
        if self.t_top < 0:
            self.t_top = t_ms
        if t_ms - self.t_top > self.top_ms:
            self.top_ms = t_ms - self.t_top

    def _watch_pedal(self, t_ms: int, pedal: float) -> None:
        if is_missing(pedal):
            return
        pressed = to_nearest(pedal * 1.0e6)
        if pressed <= self.pedal_up:
            self.t_pedal = t_ms
        elif pressed >= self.pedal_down:
            self.t_pedal = -1
        elif self.t_pedal >= 0 and self.phase == SNAP and t_ms - self.t_pedal > self.pedal_ms:
            self.marks |= SLOW_PEDAL

    def _clear(self) -> None:
        self.went_up = 0
        self.marks = 0
        self.rows = 0
        self.t_first = -1
        self.t_opacity = -1
        self.peak_k = 0
        self.peak_rpm = 0
        self.has_peak = 0
        self.k_before = 0
        self.t_top = -1
        self.top_ms = 0

    def _close(self) -> None:
        """End the snap under way: it counts, pushing out the oldest of three, or it has to be repeated."""
        lasted = self.t_opacity - self.t_first
        if not self.has_peak:
            self.marks |= NO_OPACITY
        elif (self.rows - 1) * 10000 < lasted * self.fewest_per_10_s:
            self.marks |= SLOW
        if self.peak_rpm < self.governed_from:
            self.marks |= SHORT_OF_SPEED
        elif self.governed_from > 0 and self.top_ms < self.hold_ms:
            self.marks |= SHORT_HOLD
        if self.peak_k - self.k_before < self.flat_k:
            self.marks |= FLAT
        self.went_up = 0
        if self.marks & self.repeated_marks:
            self.repeats += 1
            self.repeat_marks |= self.marks & self.repeated_marks
            if self.marks & FULL_SCALE:
                self.discarded_full = 1
            if self.has_peak:
                self._discard(self.peak_k)
            return
        if self.counted >= 3:
            if self.snap_marks[0] & FULL_SCALE:
                self.discarded_full = 1
            self._discard(self.peaks[0])
        older = 0
        while older < 2:
            self.peaks[older] = self.peaks[older + 1]
            self.speeds[older] = self.speeds[older + 1]
            self.snap_marks[older] = self.snap_marks[older + 1]
            self.numbers[older] = self.numbers[older + 1]
            older += 1
        self.peaks[2] = self.peak_k
        self.speeds[2] = self.peak_rpm
        self.snap_marks[2] = self.marks
        self.numbers[2] = self.number
        self.counted += 1

    def _discard(self, peak: int) -> None:
        """Keep the highest peak of all that do not count."""
        if not self.has_discarded or peak > self.discarded_k:
            self.discarded_k = peak
        self.has_discarded = 1

    def _go(self, phase: int, t_ms: int) -> None:
        self.phase = phase
        self.t_phase = t_ms

    def _finish(self, outcome: int, cause: int) -> int:
        self.outcome = outcome
        self.cause = cause
        self.phase = DONE
        return self.phase
