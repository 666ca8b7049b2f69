# cython: annotation_typing=False
"""The rule of the legal second, for one sample at a time and for whole columns: when seconds end, what their mean is.

Knows times in whole ms and sums of whole counts. Knows no channel name, no method and no clock. Types: second_sums.pxd.
A second's value is the mean of the rows in [s, s + 1 s) that have it, rounded to the stored count (ties to the even
count); a value that fewer than half of those rows have speaks for no second.
"""

from array import array

from lanectl.core.formulas import half_even

NO_VALUE: float = float("nan")
"""How a missing value enters the compiled core; nothing but the core ever sees it."""
SECOND: int = 1000
LONGEST_GAP: int = 3_600_000
MOST_ROWS: int = 9000
"""So many of the largest counts add up to less than 2^63. A lane has 10 to 100 rows a second."""
LEAST_PART: int = 2
"""One row in so many has to have a value for the second to have it: half. [C], docs/decisions/0079."""
LARGEST_COUNT: float = 1.0e15
SHIFT: float = 1.5 * 2.0**52

GOES_BACK: int = -1
JUMPS: int = -2
TOO_MANY: int = -3


class SecondWalk:
    """Where a trace stands: the beginning of the second under way (ms), the last row's time, and its rows so far."""

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.last_ms = start_ms
        self.rows = 0
        self.rows_before = 0

    def step(self, t_ms: int) -> int:
        """Take the next row; return how many seconds it closes, or GOES_BACK, JUMPS, TOO_MANY.

        Of the seconds closed the first had ``rows_before`` rows, the others none.
        """
        if t_ms < self.last_ms:
            return GOES_BACK
        if t_ms - self.last_ms > LONGEST_GAP:
            return JUMPS
        closed = (t_ms - self.start_ms) // SECOND
        if closed == 0 and self.rows >= MOST_ROWS:
            return TOO_MANY
        self.last_ms = t_ms
        if closed > 0:
            self.start_ms += closed * SECOND
            self.rows_before = self.rows
            self.rows = 0
        self.rows += 1
        return closed


class ChannelSum:
    """One channel over the second under way; ``scale`` is how many counts one unit of it is."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.total = 0
        self.rows = 0

    def add(self, value: float) -> int:
        """Take the value of one row (no number: the row has none); 0 says that no trace can hold it, else 1."""
        if value - value != 0.0:
            return 1
        scaled = value * self.scale
        if scaled >= LARGEST_COUNT or scaled <= -LARGEST_COUNT:
            return 0
        self.total += nearest_count(scaled)
        self.rows += 1
        return 1

    def close(self, rows: int) -> float:
        """End a second of so many rows: return its value, or NO_VALUE, and begin the next."""
        mean = NO_VALUE
        if self.rows > 0 and self.rows * LEAST_PART >= rows:
            mean = half_even(self.total, self.rows) / self.scale
        self.total = 0
        self.rows = 0
        return mean


def nearest_count(scaled: float) -> int:
    """Return the nearest whole number, ties to the even one; ``scaled`` is within +-1e15.

    Beside SHIFT doubles are one apart, so adding it rounds as IEEE 754 does, and taking it off again is exact.
    """
    return int((scaled + SHIFT) - SHIFT)


def count_rows(walk: SecondWalk, t_ms: "array[int]", rows: "array[int]") -> int:
    """Write how many rows each second has and return how many seconds there are, or what is wrong (see step).

    ``rows`` is all 0 and has a place for each second up to the last row. With an error, ``walk`` stands before it.
    """
    second = 0
    for place in range(len(t_ms)):
        closed = walk.step(t_ms[place])
        if closed < 0:
            return closed
        second += closed
        rows[second] = walk.rows
    return second + 1


def mean_rows(total: ChannelSum, column: "array[float]", rows: "array[int]", means: "array[float]") -> int:
    """Write the value of each second of one channel; return 0, or the number (from 1) of a row no trace can hold."""
    place = 0
    for second in range(len(rows)):
        for _ in range(rows[second]):
            if total.add(column[place]) == 0:
                return place + 1
            place += 1
        means[second] = total.close(rows[second])
    return 0


def first_row(t_ms: "array[int]", begin_ms: int) -> int:
    """Return the place of the first row from ``begin_ms`` on (the length, if there is none), or GOES_BACK."""
    found = 0
    for place in range(len(t_ms)):
        if place > 0 and t_ms[place] < t_ms[place - 1]:
            return GOES_BACK
        if t_ms[place] < begin_ms:
            found = place + 1
    return found
