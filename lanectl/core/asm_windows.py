# cython: annotation_typing=False
"""The ten-second windows of an ASM mode: which hold, and whether their means are within the limits.

Knows the seconds on the mode's timer, the sums over the window looked at, and those of the windows that were judged.
Knows no timer and no tolerance: those are asm.py's, whose part this is; counts are told there.

A window is named by the timer second that it ends with, from 1. It is compared by its sum: what a limit allows, with
its rounding, comes in as the largest sum that is within it. Sums are whole counts, so that what a window adds up to is
exactly the sum at its end less the one before it. Types: asm_windows.pxd.
"""

from collections.abc import MutableSequence

from lanectl.core.formulas import CountedSeconds

GASES_AND_SPEED: int = 15  # of its bits

# What look() finds.
NOT_VALID: int = 0
WITHIN: int = 1
ABOVE: int = 2


class AsmWindows:
    """The windows of one ASM test. ``figures`` are counts by name; ``needed`` are the bits that no window may lack.

    Seconds that are on a timer follow one another without a gap, so that the place of its first tells those of all.
    """

    def __init__(self, figures: dict[str, int], needed: int, seconds: CountedSeconds) -> None:
        self.window_s = figures["window_s"]
        self.steady_below = figures["steady_below"]
        self.each_to_first = figures["each_to_first"]
        self.hc_judged = figures["hc_judged"]
        self.needed = needed
        # By mode, check (whole limits, quick check), way of rounding (the data's, the other) and gas.
        self.most = [0] * 24
        self.seconds = seconds
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
        self.begun = 0  # the place of the timer's first second

    def set_most(self, mode: int, quick: int, otherwise: int, gas: int, most: int) -> None:
        """Set the largest sum of a window that is within a gas's limit (gas 0 CO, 1 HC, 2 NO).

        ``quick`` 1: within the quick check's part of it; ``otherwise`` 1: if means were rounded the other way.
        """
        self.most[mode * 12 + quick * 6 + otherwise * 3 + gas] = most

    def keep(self, second: int, now: int) -> None:
        """Note the timer's first second, which stands counted at ``now``, and every one that lacks what is judged."""
        if second == 0:
            self.begun = now
        if self.seconds.lacks[now] & self.needed:
            self.lacked_at = second + 1

    def look(self, mode: int, end: int) -> int:
        """Tell whether the window that ends now may be judged, and is within the limits: NOT_VALID, WITHIN or ABOVE.

        It may be judged if it lacks nothing that is judged, and was driven steadily.
        """
        first = end - self.window_s
        if self.lacked_at > first:
            return NOT_VALID
        began = self.seconds.speed_count[self._place(first)]
        second = first + 1 if self.each_to_first else end - 1
        while second < end:
            change = self.seconds.speed_count[self._place(second)] - began
            if abs(change) >= self.steady_below:
                return NOT_VALID
            second += 1
        self._add_up(first, end)
        return WITHIN if self.is_within(mode, 0, 0) else ABOVE

    def _add_up(self, first: int, end: int) -> None:
        """Let ``total`` be that of the seconds from ``first`` up to ``end``."""
        before = self._place(first - 1) * 4
        last = self._place(end - 1) * 4
        self.total[0] = self.seconds.sums[last] - self.seconds.sums[before]
        self.total[1] = self.seconds.sums[last + 1] - self.seconds.sums[before + 1]
        self.total[2] = self.seconds.sums[last + 2] - self.seconds.sums[before + 2]

    def _place(self, second: int) -> int:
        return (self.begun + second) & 511

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
        second = end - self.window_s
        self._add_up(second, end)
        channel = 0
        while channel < 8:
            self.result[mode * 8 + channel] = self.total[channel] if channel < 3 else 0
            channel += 1
        lacks = 0
        while second < end:
            lacks |= self._add_second(mode * 8, self._place(second))
            second += 1
        self.result_end[mode] = end
        self.result_lacks[mode] = lacks

    def _add_second(self, base: int, place: int) -> int:
        """Add what is told beside the gases of a second of the judged window; return the bits of what it lacks."""
        self.seconds.count_rest(place)
        channel = 0
        while channel < 5:
            self.result[base + 3 + channel] += self.seconds.rest[channel]
            channel += 1
        return (self.seconds.lacks[place] & GASES_AND_SPEED) | self.seconds.rest_lacks

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
