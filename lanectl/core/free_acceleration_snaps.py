# cython: annotation_typing=False
"""The snaps of free acceleration: the one under way, those that count, and the smoke at idle before each.

Knows what a snap shows: its peak, what marks it, whether it counts or has to be repeated, and what was left before it.
Knows no phase, and not when a snap begins or ends: free_acceleration.py's. Counts: k 1e-9 1/m, engine speed 1e-6 r/min,
time 1 ms. Types: free_acceleration_snaps.pxd.
"""

# Marks of a snap, as free_acceleration_verdict.py spells them out.
SLOW: int = 1
FULL_SCALE: int = 4
SHORT_HOLD: int = 8
FLAT: int = 64
SHORT_OF_SPEED: int = 128
NO_OPACITY: int = 1024
PEAK_AT_IDLE: int = 2048

# How many samples at idle the two rings hold: those of the time to look back, at up to sixty a second.
IDLE_ROWS: int = 128


class IdleSmoke:
    """The last samples at idle, in a ring, and the last one there of full opacity."""

    def __init__(self, look_back_ms: int) -> None:
        self.look_back_ms = look_back_ms
        self.rows = self.next = 0
        self.t_full = -1
        self.times = [0] * 128
        self.densities = [0] * 128
        # What ``look_back`` found: when the smoke was lowest, how much that was, and the highest since.
        self.t_valley = 0
        self.valley_k = 0
        self.has_peak = 0
        self.peak_k = 0

    def forget(self) -> None:
        """Begin anew: the engine has only now come back to idle."""
        self.rows = self.next = 0

    def keep(self, t_ms: int, density: int) -> None:
        """Keep a sample."""
        self.times[self.next] = t_ms
        self.densities[self.next] = density
        self.next = (self.next + 1) % IDLE_ROWS
        if self.rows < IDLE_ROWS:
            self.rows += 1

    def keep_full(self, t_ms: int) -> None:
        """Keep when the beam was last dark at idle."""
        self.t_full = t_ms

    def look_back(self, t_ms: int, last_k: int) -> None:
        """Find the valley of the last moments at idle: what was left before the smoke of a snap began to rise.

        The engine takes its time from the pedal to the speed at which a snap begins, and smokes on the way: that
        smoke is this snap's own, and so is the peak of it.
        """
        self.valley_k = last_k
        self.t_valley = t_ms - self.look_back_ms
        found = 0
        row = 0
        while row < self.rows:
            near = 1 if t_ms - self.times[row] <= self.look_back_ms else 0
            if near and (not found or self.densities[row] < self.valley_k):
                self.valley_k = self.densities[row]
                self.t_valley = self.times[row]
                found = 1
            row += 1
        self.has_peak = 0
        row = 0
        while row < self.rows:
            if self.times[row] >= self.t_valley and (not self.has_peak or self.densities[row] > self.peak_k):
                self.peak_k = self.densities[row]
                self.has_peak = 1
            row += 1

    def was_dark(self) -> int:
        """Tell whether the beam was dark at idle since the valley that was found."""
        return 1 if self.t_full >= 0 and self.t_full >= self.t_valley else 0


class Snap:
    """The snap under way, or the one that comes next: what is marked at idle before a snap is the snap's own."""

    def __init__(self, figures: dict[str, int]) -> None:
        self.governed_from = figures["governed_from"]
        self.hold_ms = figures["hold_ms"]
        self.flat_k = figures["flat_k"]
        self.fewest_per_10_s = figures["fewest_per_10_s"]
        self.clear()

    def clear(self) -> None:
        """Forget the snap."""
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

    def begin(self, t_ms: int, t_smoke: int, k_before: int) -> None:
        """Begin: the engine goes up, so much smoke was left before it, and that was when it was last seen."""
        self.k_before = k_before
        self.rows = 0
        self.t_first = t_ms
        self.t_opacity = t_smoke
        self.went_up = 1

    def mark(self, marks: int) -> None:
        """Add to what has to be said of the snap."""
        self.marks |= marks

    def take_idle_peak(self, density: int) -> None:
        """Take the highest smoke of the engine on its way up, before the snap began."""
        if not self.has_peak or density > self.peak_k:
            self.peak_k = density
            self.has_peak = 1
            self.marks |= PEAK_AT_IDLE

    def take(self, density: int) -> None:
        """Take the smoke of a sample."""
        if not self.has_peak or density > self.peak_k:
            self.peak_k = density
            self.has_peak = 1
            self.marks &= ~PEAK_AT_IDLE

    def count(self, t_ms: int) -> None:
        """Count a sample of the opacimeter, dark or not."""
        self.rows += 1
        self.t_opacity = t_ms

    def take_speed(self, t_ms: int, speed: int) -> None:
        """Take the engine's speed: how high it is, and for how long it is held at the governed speed."""
        if speed > self.peak_rpm:
            self.peak_rpm = speed
        if speed < self.governed_from:
            self.t_top = -1
            return
        if self.t_top < 0:
            self.t_top = t_ms
        if t_ms - self.t_top > self.top_ms:
            self.top_ms = t_ms - self.t_top

    def close(self) -> None:
        """End the snap: mark what only now is known."""
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


class KeptSnaps:
    """The last three snaps that count, how many did and did not, and the highest peak of those that do not."""

    def __init__(self, repeated_marks: int) -> None:
        self.repeated_marks = repeated_marks
        self.counted = 0
        self.repeats = 0
        self.repeat_marks = 0
        # What did not count: how high it smoked, and whether that was beyond measure.
        self.has_discarded = self.discarded_full = 0
        self.discarded_k = 0
        self.peaks = [0, 0, 0]
        self.speeds = [0, 0, 0]
        self.marks = [0, 0, 0]
        self.numbers = [0, 0, 0]

    def take(self, marks: int, has_peak: int, peak_k: int, peak_rpm: int, number: int) -> None:
        """Take a snap that is over: it counts, pushing out the oldest of three, or it has to be repeated."""
        if marks & self.repeated_marks:
            self.repeats += 1
            self.repeat_marks |= marks & self.repeated_marks
            self._discard(marks, has_peak, peak_k)
            return
        if self.counted >= 3:
            self._discard(self.marks[0], 1, self.peaks[0])
        older = 0
        while older < 2:
            self.peaks[older] = self.peaks[older + 1]
            self.speeds[older] = self.speeds[older + 1]
            self.marks[older] = self.marks[older + 1]
            self.numbers[older] = self.numbers[older + 1]
            older += 1
        self.peaks[2] = peak_k
        self.speeds[2] = peak_rpm
        self.marks[2] = marks
        self.numbers[2] = number
        self.counted += 1

    def peak_of(self, snap: int) -> int:
        """Return the peak k of a snap that counts (0, 1, 2 in their order); see ``counted``."""
        return self.peaks[snap]

    def speed_of(self, snap: int) -> int:
        """Return the highest engine speed of a snap that counts."""
        return self.speeds[snap]

    def marks_of(self, snap: int) -> int:
        """Return the bits of what is to be said about a snap that counts."""
        return self.marks[snap]

    def number_of(self, snap: int) -> int:
        """Return the number of a snap that counts; 0 where the trace has no numbers."""
        return self.numbers[snap]

    def _discard(self, marks: int, has_peak: int, peak: int) -> None:
        """Keep the highest peak of all that do not count."""
        if marks & FULL_SCALE:
            self.discarded_full = 1
        if not has_peak:
            return
        if not self.has_discarded or peak > self.discarded_k:
            self.discarded_k = peak
        self.has_discarded = 1
