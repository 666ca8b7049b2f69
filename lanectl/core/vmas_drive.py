# cython: annotation_typing=False
"""What is driven in VMAS: the cycle second by second, its envelope, the seconds outside it, and the way.

Knows no clock of its own: whoever asks names the second of the cycle. Counts: speeds 1e-6 km/h, the way as the sum of
one-second speeds, 1e-6 km/h s. Part of the method's machine (vmas.py). Types: vmas_drive.pxd.

Three readings of the envelope are followed beside each other, so that a verdict can say whether the choice between them
decided: 0 as judged, 1 by the narrower tolerance, 2 with the seconds of gear changes taken the other way.
"""

from lanectl.core.vmas_formulas import count_between

LEFT_TOO_LONG: int = 1
LEFT_IN_TOTAL: int = 2


class VmasDrive:
    """A drive through a cycle. ``figures`` are counts by name; operations are added one after another, then closed."""

    def __init__(self, figures: dict[str, int]) -> None:
        self.tolerance = figures["tolerance"]
        self.narrower = figures["narrower"]
        self.skips_shifting = figures["skips_shifting"]
        self.out_in_a_row_s = figures["out_in_a_row_s"]
        self.out_in_total_s = figures["out_in_total_s"]
        self.nominal = figures["nominal"]
        self.nominal_error = figures["nominal_error"]
        # Speed at each whole second, the lowest and highest near it, and the seconds of gear changes.
        self.cycle_s = 0
        self.reference = [0] * 402
        self.lowest = [0] * 402
        self.highest = [0] * 402
        self.shifting = [0] * 402
        self.distance = 0
        self.out_row = [0, 0, 0]
        self.out_sum = [0, 0, 0]
        self.out_longest = [0, 0, 0]
        self.out_times = [0, 0, 0]

    def add_operation(self, end_s: int, end_speed: int, is_shifting: int) -> None:
        """Go on with the cycle: from where it is, straight to this speed at this second."""
        start_s = self.cycle_s
        start_speed = self.reference[start_s]
        second = start_s
        while second < end_s:
            self.shifting[second] = is_shifting
            second += 1
            self.reference[second] = count_between(start_speed, end_speed, second - start_s, end_s - start_s)
        self.cycle_s = end_s

    def close_cycle(self, shift_s: int) -> None:
        """Work out the envelope: in each second the lowest and highest speed of the cycle within ``shift_s``."""
        second = 0
        while second <= self.cycle_s:
            self.lowest[second] = self.highest[second] = self.reference[second]
            near = second - shift_s if second > shift_s else 0
            while near <= second + shift_s and near <= self.cycle_s:
                if self.reference[near] < self.lowest[second]:
                    self.lowest[second] = self.reference[near]
                if self.reference[near] > self.highest[second]:
                    self.highest[second] = self.reference[near]
                near += 1
            second += 1

    def follow(self, second: int, speed: int) -> int:
        """Take the speed of a second of the cycle; tell whether the envelope was now left for too long (0: no)."""
        self.distance += speed
        is_shifting = self.shifting[second]
        skipped = 1 if is_shifting and self.skips_shifting else 0
        skipped_otherwise = 1 if is_shifting and not self.skips_shifting else 0
        self._count(0, 0 if skipped else self._is_outside(second, speed, self.tolerance))
        self._count(1, 0 if skipped else self._is_outside(second, speed, self.narrower))
        self._count(2, 0 if skipped_otherwise else self._is_outside(second, speed, self.tolerance))
        if self.out_row[0] > self.out_in_a_row_s:
            return LEFT_TOO_LONG
        return LEFT_IN_TOTAL if self.out_sum[0] > self.out_in_total_s else 0

    def is_distance_off(self) -> int:
        """Tell whether the way so far is too far from the nominal one."""
        off = self.distance - self.nominal
        if off < 0:
            off = -off
        return 1 if off > self.nominal_error else 0

    def reference_of(self, second: int) -> int:
        """Return the speed of the cycle at a whole second; after its end that of the end."""
        return self.reference[self.cycle_s if second > self.cycle_s else second]

    def lowest_of(self, second: int) -> int:
        """Return the lower edge of the envelope without the tolerance."""
        return self.lowest[second]

    def highest_of(self, second: int) -> int:
        """Return the upper edge of the envelope without the tolerance."""
        return self.highest[second]

    def out_sum_of(self, reading: int) -> int:
        """Return how many seconds were outside the envelope."""
        return self.out_sum[reading]

    def out_longest_of(self, reading: int) -> int:
        """Return how many seconds in a row were outside the envelope at most."""
        return self.out_longest[reading]

    def out_times_of(self, reading: int) -> int:
        """Return how often the envelope was left."""
        return self.out_times[reading]

    def _is_outside(self, second: int, speed: int, tolerance: int) -> int:
        if speed < self.lowest[second] - tolerance or speed > self.highest[second] + tolerance:
            return 1
        return 0

    def _count(self, reading: int, outside: int) -> None:
        if not outside:
            self.out_row[reading] = 0
            return
        if self.out_row[reading] == 0:
            self.out_times[reading] += 1
        self.out_row[reading] += 1
        self.out_sum[reading] += 1
        if self.out_row[reading] > self.out_longest[reading]:
            self.out_longest[reading] = self.out_row[reading]
