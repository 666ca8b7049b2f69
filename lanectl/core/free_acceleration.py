# cython: annotation_typing=False
"""Free acceleration: the legal state machine, one push() a raw sample, because a peak is a sample and not a mean.

Knows blow-outs, snaps from idle to the governed speed and back, when a snap begins and ends, and when the test does.
What a snap shows, and which three count, is kept by its parts in free_acceleration_snaps.py; what else shows that a
test was a real one (the control unit's engine speed, pedal, warmth) in free_acceleration_watch.py. Knows no figure of
the law: durations, speeds and limits come in as whole counts (free_acceleration_figures.py). Counts: k 1e-9 1/m, engine
speed 1e-6 r/min, pedal 1e-6 %, time 1 ms. A missing value is NaN.

A snap begins when the engine leaves idle and is over when it has been back at idle for the settling time. Where the
trace numbers its snaps, a number is one snap, whatever the engine does under it, and the last three numbers count;
where it does not, the third good snap ends the test.
"""

from collections.abc import Sequence

from lanectl.core.diesel import smoke_density_per_m
from lanectl.core.formulas import is_missing, to_nearest
from lanectl.core.free_acceleration_snaps import IdleSmoke, KeptSnaps, Snap
from lanectl.core.free_acceleration_watch import FreeAccelerationWatch

# Codes that free_acceleration_trial.py and free_acceleration_verdict.py spell out: phases, outcomes, causes, marks.
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

HOLE: int = 2
FULL_SCALE: int = 4
SLOW_PEDAL: int = 16
SHORT_IDLE: int = 32
NOT_SETTLED: int = 256
NOT_FROM_IDLE: int = 512


class FreeAcceleration:
    """One free acceleration test. ``figures`` are counts by name, ``path_m`` is the optical path that N is told for."""

    def __init__(self, figures: dict[str, int], path_m: float, warm_from_c: float, phase: int) -> None:
        self.path_m = path_m
        self._set_figures(figures)
        self.idle = IdleSmoke(figures["look_back_ms"])
        self.snap = Snap(figures)
        self.kept = KeptSnaps(figures["repeated_marks"])
        self.watch = FreeAccelerationWatch(figures, warm_from_c)
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
        self.numbered = 0
        self.number = 0
        # When the test began: every other time counts from there, so that below zero is never.
        self.has_begun = 0
        self.t_zero = 0
        # The sample before, the last one with smoke, and since when the engine has been at idle.
        self.t_last = -1
        self.t_smoke = -1
        self.t_phase = 0
        self.idle_since = -1
        self.k_last = 0
        self.k_known = 0

    def _set_figures(self, figures: dict[str, int]) -> None:
        self.blow_outs = figures["blow_outs"]
        self.snaps = figures["snaps"]
        self.idle_to = figures["idle_to"]
        self.governed_from = figures["governed_from"]
        self.stall_below = figures["stall_below"]
        self.settled_k = figures["settled_k"]
        self.settle_ms = figures["settle_ms"]
        self.idle_ms = figures["idle_ms"]
        self.hole_ms = figures["hole_ms"]
        self.repeats_at_most = figures["repeats_at_most"]
        self.repeats_blow_outs = figures["repeats_blow_outs"]

    def push(
        self, t_ms: int, n: float, rpm: float, number: float, pedal: float, probe: float, told_rpm: float,
        oil_c: float, coolant_c: float,
    ) -> int:  # fmt: skip
        """Take one sample and return the phase it leads to.

        ``number`` is the snap that the trace says it belongs to, ``told_rpm`` the control unit's own engine speed.
        """
        if self.outcome != OPEN:
            return self.phase
        if not self.has_begun:
            self.has_begun = 1
            self.t_zero = t_ms
        t_ms = t_ms - self.t_zero
        self.watch.see(pedal, oil_c, coolant_c)
        if rpm * 1.0e6 < self.stall_below:
            return self._finish(INVALID, ENGINE_STALL if self.watch.has_turned else NO_ENGINE_SPEED)
        if self.t_last < 0:
            self.t_phase = t_ms
        self._watch_probe(probe)
        # What is marked before a snap, at idle, is the next one's.
        if self.watch.is_speed_unknown(t_ms, rpm) and (self.phase == SNAP_IDLE or self._is_sampling(t_ms)):
            self.snap.mark(HOLE)
        # A number that changes while the engine comes down belongs to the sample after the snap before it.
        follows_first = 1 if self.phase == SNAP else 0
        if follows_first:
            self._follow(t_ms, rpm)
        if number >= 1.0 and number < 1.0e6:
            self._count_on(t_ms, to_nearest(number))
        if not follows_first:
            self._follow(t_ms, rpm)
        self._watch(t_ms, n, rpm)
        if self.watch.is_pedal_slow(t_ms, pedal) and self.phase == SNAP:
            self.snap.mark(SLOW_PEDAL)
        t_top = self.snap.t_top if self.phase == SNAP and self.governed_from > 0 else -1
        idle_since = self.idle_since if self.phase >= SNAP_IDLE and self.phase != SNAP else -1
        self.watch.compare(t_ms, rpm, told_rpm, t_top, idle_since)
        self.t_last = t_ms
        return self.phase

    def feed(
        self,
        seconds: Sequence[int],
        rows: Sequence[int],
        means: "memoryview[float]",
        times: Sequence[int],
        block: "memoryview[float]",
    ) -> int:
        """Push every sample of a trace, second by second.

        ``seconds`` are the beginnings of the seconds in ms, ``rows`` how many samples each was made from, ``means``
        their channels; ``times`` and ``block`` are the samples'. A second of no rows is a gap; one whose samples are
        not here counts as one sample itself.
        """
        second = 0
        sample = 0
        while second < len(rows) and self.outcome == OPEN:
            until = seconds[second] + 1000
            if rows[second] == 0:
                self.gap()
            elif sample >= len(times) or times[sample] >= until:
                self.push(
                    seconds[second], means[0, second], means[1, second], means[2, second], means[3, second],
                    means[4, second], means[5, second], means[6, second], means[7, second],
                )  # fmt: skip
            while sample < len(times) and times[sample] < until:
                self.push(
                    times[sample], block[0, sample], block[1, sample], block[2, sample], block[3, sample],
                    block[4, sample], block[5, sample], block[6, sample], block[7, sample],
                )  # fmt: skip
                sample += 1
            second += 1
        return self.phase

    def gap(self) -> None:
        """Say that a whole second without any sample has passed."""
        if self.outcome == OPEN:
            self.saw_gap = 1

    def end(self) -> int:
        """Say that the trace is over. A snap that its number names is whole once the engine is back at idle."""
        if self.outcome != OPEN:
            return self.outcome
        if self.numbered and self.phase == SNAP_SETTLE:
            self._close()
        if self._bound():
            return self.outcome
        if self.kept.counted >= self.snaps:
            self._finish(JUDGED, 0)
        else:
            self._finish(INVALID, INCOMPLETE)
        return self.outcome

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
            self.idle.forget()
        if self.phase == BLOW_OUT:
            self._end_blow_out()
            self._go(PROBE if self.blow_outs_done >= self.blow_outs else BLOW_OUT_IDLE, t_ms)
        if self.phase == PROBE:
            self._pass_probe(t_ms)
        elif self.phase == SNAP:
            self._go(SNAP_SETTLE, t_ms)
        elif self.phase == SNAP_SETTLE and not self.numbered and t_ms - self.idle_since >= self.settle_ms:
            self._close()
            self.snap.clear()
            self._go(SNAP_IDLE, t_ms)
            if self.kept.counted >= self.snaps:
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
        if self.outcome != OPEN or self.kept.repeats <= self.repeats_at_most:
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
        self.idle.forget()
        self._go(SNAP_IDLE, t_ms)

    def _begin(self, t_ms: int) -> None:
        """Begin a snap. What was marked before it, at idle, is kept."""
        if self.idle_since < 0:
            self.snap.mark(NOT_FROM_IDLE)
        elif self.kept.counted + self.kept.repeats > 0 and t_ms - self.idle_since < self.idle_ms:
            self.snap.mark(SHORT_IDLE)
        self.idle.look_back(t_ms, self.k_last)
        if self.idle.has_peak:
            self.snap.take_idle_peak(self.idle.peak_k)
        if self.idle.was_dark():
            self.snap.mark(FULL_SCALE)
        if self.k_known and self.idle.valley_k > self.settled_k:
            self.snap.mark(NOT_SETTLED)
        # A hole in the smoke that began at idle may hide the way up.
        self.snap.begin(t_ms, self.t_smoke if self.t_smoke >= 0 else t_ms, self.idle.valley_k)
        self._go(SNAP, t_ms)

    def _count_on(self, t_ms: int, number: int) -> None:
        """Take the trace's own number of the snap; a new one ends the snap before it."""
        if self.phase < SNAP_IDLE or number == self.number:
            return
        self.numbered = 1
        up = 1 if self.phase == SNAP else 0
        if self.number > 0:
            if up:
                self.snap.mark(NOT_SETTLED)
            if self.snap.went_up:
                self._close()
            self.snap.clear()
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

    def _watch(self, t_ms: int, n: float, rpm: float) -> None:
        """Keep what the sample says about the snap under way."""
        if self._is_sampling(t_ms) and t_ms - self.snap.t_opacity > self.hole_ms:
            self.snap.mark(HOLE)
        if not is_missing(n):
            self._watch_opacity(t_ms, n)
        if self.phase == SNAP and not is_missing(rpm):
            self.snap.take_speed(t_ms, to_nearest(rpm * 1.0e6))

    def _watch_opacity(self, t_ms: int, n: float) -> None:
        density = smoke_density_per_m(n, self.path_m)
        self.t_smoke = t_ms
        self.k_known = 0 if is_missing(density) else 1
        if self.k_known:
            self.k_last = to_nearest(density * 1.0e9)
            if self.idle_since >= 0:
                self.idle.keep(t_ms, self.k_last)
        elif self.idle_since >= 0:
            self.idle.keep_full(t_ms)
        if self.phase < SNAP and not self.numbered:
            return
        if self.k_known:
            self.snap.take(self.k_last)
        else:
            self.snap.mark(FULL_SCALE)
        if self._is_sampling(t_ms):
            self.snap.count(t_ms)

    def _close(self) -> None:
        """End the snap under way."""
        self.snap.close()
        self.kept.take(self.snap.marks, self.snap.has_peak, self.snap.peak_k, self.snap.peak_rpm, self.number)

    def _go(self, phase: int, t_ms: int) -> None:
        self.phase = phase
        self.t_phase = t_ms

    def _finish(self, outcome: int, cause: int) -> int:
        self.outcome = outcome
        self.cause = cause
        self.phase = DONE
        return self.phase
