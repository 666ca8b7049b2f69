# cython: annotation_typing=False
"""The ten-second windows of an ASM mode: which hold, and whether their means are within the limits.

Knows the seconds on the mode's timer, the sums over the window that ends now, and the sums of the windows that were
judged. Knows no timer and no tolerance: those are asm.py's, whose part this is; counts are told there.

A window is named by the timer second that it ends with, from 1. It is compared by its sum: what a limit allows, with
its rounding, comes in as the largest sum that is within it. Sums are whole counts, so that adding the second that comes
and taking off the one that goes is exact. Types: asm_windows.pxd.
"""

from collections.abc import MutableSequence

from lanectl.core.formulas import CountedSecond, air_ratio_lambda, is_missing, power_from_force, to_nearest


class AsmWindows:
    """The windows of one ASM test. ``figures`` are counts by name; ``needed`` are the bits that no window may lack."""

    def __init__(self, figures: dict[str, int], needed: int, hcv: float, ocv: float) -> None:
        self.hcv = hcv
        self.ocv = ocv
        self.window_s = figures["window_s"]
        self.steady_below = figures["steady_below"]
        self.each_to_first = figures["each_to_first"]
        self.hc_judged = figures["hc_judged"]
        self.needed = needed
        # By mode, check (whole limits, quick check), way of rounding (the data's, the other) and gas.
        self.most = [0] * 24
        # Every second on the mode's timer, up to 300: four counts, eight values as seen, and the bits of what it lacks.
        self.rows = [0] * 1200
        self.seen = [0.0] * 2400
        self.rows_lack = [0] * 300
        self.begin()

    def begin(self) -> None:
        """Begin a test, or the next one: figures and limits stay."""
        self.result = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        self.result_end = [0, 0]
        self.result_lacks = [0, 0]
        self.clear()

    def clear(self) -> None:
        """Begin a mode's timer (anew)."""
        self.total = [0, 0, 0]
        self.lacked_at = 0

    def set_most(self, mode: int, quick: int, otherwise: int, gas: int, most: int) -> None:
        """Set the largest sum of a window that is within a gas's limit (gas 0 CO, 1 HC, 2 NO).

        ``quick`` 1: within the quick check's part of it; ``otherwise`` 1: if means were rounded the other way.
        """
        self.most[mode * 12 + quick * 6 + otherwise * 3 + gas] = most

    # fmt: off
    def see(
        self, place: int, co: float, hc: float, no: float, co2: float, o2: float, rpm: float, force: float,
        speed: float,
    ) -> None:
        # fmt: on
        """Write down what was measured at a place of the timer; if it is not kept, the next second takes its place."""
        self.seen[place * 8] = co
        self.seen[place * 8 + 1] = hc
        self.seen[place * 8 + 2] = no
        self.seen[place * 8 + 3] = co2
        self.seen[place * 8 + 4] = o2
        self.seen[place * 8 + 5] = rpm
        self.seen[place * 8 + 6] = force
        self.seen[place * 8 + 7] = speed

    def keep(self, place: int, now: CountedSecond, lacks: int) -> None:
        """Write down a second at a place of the timer, from 0, and bring the sums to the window that it ends."""
        channel = 0
        while channel < 4:
            self.rows[place * 4 + channel] = now.counts[channel]
            channel += 1
        gas = 0
        while gas < 3:
            self.total[gas] += now.counts[gas]
            if place >= self.window_s:
                self.total[gas] -= self.rows[(place - self.window_s) * 4 + gas]
            gas += 1
        self.rows_lack[place] = lacks
        if lacks & self.needed:
            self.lacked_at = place + 1

    def is_valid(self, end: int) -> int:
        """Tell whether the window that ends now lacks nothing that is judged, and was driven steadily."""
        first = end - self.window_s
        if self.lacked_at > first:
            return 0
        second = first if self.each_to_first else end - 1
        while second < end:
            change = self.rows[second * 4 + 3] - self.rows[first * 4 + 3]
            if change < 0:
                change = -change
            if change >= self.steady_below:
                return 0
            second += 1
        return 1

    def is_within(self, mode: int, quick: int, otherwise: int) -> int:
        """Tell whether the window's means are within the limits; ``quick`` and ``otherwise`` as in set_most."""
        first = mode * 12 + quick * 6 + otherwise * 3
        gas = 0
        while gas < 3:
            if (gas != 1 or self.hc_judged) and self.total[gas] > self.most[first + gas]:
                return 0
            gas += 1
        return 1

    def take(self, mode: int, end: int) -> None:
        """Make a window that is over the one that its mode is judged by."""
        channel = 0
        while channel < 8:
            self.result[mode * 8 + channel] = 0
            channel += 1
        lacks = 0
        second = end - self.window_s
        while second < end:
            lacks |= self.rows_lack[second] | self._add_second(mode * 8, second)
            second += 1
        self.result_end[mode] = end
        self.result_lacks[mode] = lacks
        gas = 0
        while gas < 3:
            self.total[gas] = self.result[mode * 8 + gas]
            gas += 1

    def _add_second(self, base: int, second: int) -> int:
        """Add a second of the judged window; return the bits of what it lacks beside the gases.

        Only here is worked out what is told beside them: it judges nothing, and few seconds are in such a window.
        """
        gas = 0
        while gas < 3:
            self.result[base + gas] += self.rows[second * 4 + gas]
            gas += 1
        co = self.seen[second * 8]
        hc = self.seen[second * 8 + 1]
        no = self.seen[second * 8 + 2]
        co2 = self.seen[second * 8 + 3]
        o2 = self.seen[second * 8 + 4]
        air = air_ratio_lambda(co, co2, o2, hc, no, self.hcv, self.ocv)
        power = power_from_force(self.seen[second * 8 + 6], self.seen[second * 8 + 7])
        lacks = self._add(base + 3, co2, 1.0e9, 16) | self._add(base + 4, o2, 1.0e9, 32)
        lacks |= self._add(base + 5, self.seen[second * 8 + 5], 1.0e6, 64)
        return lacks | self._add(base + 6, air, 1.0e9, 128) | self._add(base + 7, power, 1.0e6, 256)

    def _add(self, place: int, value: float, scale: float, bit: int) -> int:
        self.result[place] += to_nearest(value * scale)
        return bit if is_missing(value) else 0

    def tell(self, told: MutableSequence[int], place: int) -> None:
        """Write down the judged windows of both modes: where each ends (0: none), what it lacks, and its sums."""
        channel = 0
        while channel < 2:
            told[place + channel] = self.result_end[channel]
            told[place + 2 + channel] = self.result_lacks[channel]
            channel += 1
        channel = 0
        while channel < 16:
            told[place + 4 + channel] = self.result[channel]
            channel += 1
