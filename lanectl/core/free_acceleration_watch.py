# cython: annotation_typing=False
"""What else must be seen for free acceleration to be a real one: engine speed without holes, pedal, warmth.

Knows when the engine's speed was not known for too long, whether the control unit tells the same speed that is counted,
and how fast the pedal went down. Knows no phase: free_acceleration.py's. Counts: engine speed 1e-6 r/min, pedal 1e-6 %,
time 1 ms. A missing value is NaN. Types: free_acceleration_watch.pxd.
"""

from lanectl.core.formulas import is_missing, to_nearest
from lanectl.core.warmth import Warmth

# An engine speed above this is none: it is not compared. Keeps the sums of whole counts within bounds.
HIGHEST_RPM: float = 1.0e5


class FreeAccelerationWatch:
    """Looks at each sample beside the state machine."""

    def __init__(self, figures: dict[str, int], warm_from_c: float) -> None:
        self.warmth = Warmth(warm_from_c)
        self.hole_ms = figures["hole_ms"]
        self.pedal_ms = figures["pedal_ms"]
        self.pedal_up = figures["pedal_up"]
        self.pedal_down = figures["pedal_down"]
        self.told_idle_ms = figures["told_idle_ms"]
        self.told_top_ms = figures["told_top_ms"]
        # When the engine speed was last known, and whether it has turned at all.
        self.t_rpm = -1
        self.rpm_missed = 0
        self.has_turned = 0
        # Engine speed as counted, and as the control unit tells it, at steady idle and held at the top.
        self.idle_pairs = self.top_pairs = 0
        self.idle_counted = self.idle_told = 0
        self.top_counted = self.top_told = 0
        self.told_last = -1.0
        self.t_told = -1
        # When the pedal was last up, while it is on its way down; whether anybody told of it.
        self.t_pedal = -1
        self.saw_pedal = 0

    def see(self, pedal: float, oil_c: float, coolant_c: float) -> None:
        """Look at what a sample has that no rule of a snap asks for."""
        self.warmth.take(oil_c, coolant_c)
        if pedal == pedal:
            self.saw_pedal = 1

    def is_speed_unknown(self, t_ms: int, rpm: float) -> int:
        """Tell whether the engine speed was not known for too long until this sample.

        While nobody counts, the engine can go up and come back, and its smoke would belong to no snap.
        """
        missed = 1 if is_missing(rpm) else 0
        unknown = 1 if self.t_rpm >= 0 and t_ms - self.t_rpm > self.hole_ms and (missed or self.rpm_missed) else 0
        self.rpm_missed = missed
        if not missed:
            self.t_rpm = t_ms
            self.has_turned = 1
        return unknown

    def is_pedal_slow(self, t_ms: int, pedal: float) -> int:
        """Tell whether the pedal has been on its way down for too long."""
        if is_missing(pedal):
            return 0
        pressed = to_nearest(pedal * 1.0e6)
        if pressed <= self.pedal_up:
            self.t_pedal = t_ms
        elif pressed >= self.pedal_down:
            self.t_pedal = -1
        elif self.t_pedal >= 0 and t_ms - self.t_pedal > self.pedal_ms:
            return 1
        return 0

    def compare(self, t_ms: int, rpm: float, told_rpm: float, t_top: int, idle_since: int) -> None:
        """Add a pair of engine speeds, where both have had the time to be the same one.

        ``t_top`` and ``idle_since`` say since when the engine is held at the top, or at idle; below zero: it is not.
        """
        if is_missing(told_rpm) or told_rpm < 0.0 or told_rpm > HIGHEST_RPM:
            return
        if told_rpm != self.told_last:
            self.told_last = told_rpm
            self.t_told = t_ms
        if is_missing(rpm) or rpm > HIGHEST_RPM:
            return
        if t_top >= 0:
            if self.t_told >= t_top and t_ms - t_top >= self.told_top_ms:
                self.top_pairs += 1
                self.top_counted += to_nearest(rpm * 1.0e6)
                self.top_told += to_nearest(told_rpm * 1.0e6)
        elif idle_since >= 0 and t_ms - idle_since >= self.told_idle_ms:
            self.idle_pairs += 1
            self.idle_counted += to_nearest(rpm * 1.0e6)
            self.idle_told += to_nearest(told_rpm * 1.0e6)
