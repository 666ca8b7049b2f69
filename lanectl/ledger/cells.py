# cython: annotation_typing=False
"""A walk over the bytes of a kept table: each cell checked to be as this program writes it, numbers read to the bit.

Knows cells: numbers, whole numbers, seconds, text, empty. Knows no header, no channel and no file. Types: cells.pxd.
A number is ``-?digits(.digits)?`` without leading zeros. One with an exponent or more than 19 digits is left to the
caller (HARD), who has float(); every other is worked out here, to the same double that float() gives.
"""

from array import array

from lanectl.core.second_sums import nearest_count

# Kinds of columns.
NUMBER: int = 0
WHOLE: int = 1
WHOLE_KEPT: int = 2
AGE: int = 3
SECONDS: int = 4
TEXT: int = 5

# What a walk comes to.
END: int = 0
GOOD: int = 1
HARD: int = 2
BAD_CELL: int = 3
FEW_CELLS: int = 4
MANY_CELLS: int = 5
OPEN_QUOTE: int = 6

COMMA: int = 44
LINE_END: int = 10
QUOTE: int = 34
RETURN: int = 13
MINUS: int = 45
POINT: int = 46
ZERO: int = 48
NINE: int = 57
EXPONENT: int = 101

NO_VALUE: float = float("nan")
MOST_DIGITS: int = 19
LONGEST_WHOLE: int = 18
FARTHEST: float = 1.0e15
EXACT: int = 2**53
"""Every whole number up to here is a double."""
TOP_BIT: int = 2**63
LARGEST_TEN: int = 22
"""10**22 is the largest power of ten that is a double: dividing an exact double by it rounds once, and rightly."""
TENS: list[float] = [float(10**power) for power in range(23)]
LARGEST_FIVE: int = 27
FIVES: list[int] = [5**power for power in range(28)]
FIVE_BITS: list[int] = [(5**power).bit_length() for power in range(28)]
HALVES: list[float] = [2.0**-power for power in range(64)]


class Cells:
    """A walk over all cells after the header.

    ``kinds`` has a kind for each column. ``numbers`` and ``wholes`` have a line of ``capacity`` places for each column
    that is kept in them (NUMBER there, WHOLE_KEPT and SECONDS here), in the order of the columns. The data end with a
    line end, which is what stops every loop.
    """

    def __init__(
        self, data: bytes, place: int, kinds: bytes, capacity: int, numbers: "array[float]", wholes: "array[int]"
    ) -> None:
        self.data = data
        self.kinds = kinds
        self.numbers = numbers
        self.wholes = wholes
        self.capacity = capacity
        self.end = len(data)
        self.columns = len(kinds)
        self.place = place
        self.begin = place
        self.row = 0
        self.column = 0
        self.number_line = 0
        self.whole_line = 0

    def run(self) -> int:
        """Walk on to the end (END), to a number that the caller has to read (HARD), or to damage."""
        told = GOOD
        while told == GOOD:
            if self.column == 0:
                if self.place == self.end:
                    return END
                if self.row == self.capacity:
                    return FEW_CELLS
            self.begin = self.place
            told = self._cell(self.kinds[self.column])
            if told == GOOD:
                told = self._separator()
        return told

    def give(self, value: float, place: int) -> int:
        """Take the value of a HARD number, whose cell ends at ``place``; then run again."""
        self.place = place
        self._keep_number(value)
        return self._separator()

    def _cell(self, kind: int) -> int:
        if kind == NUMBER:
            return self._number()
        if kind == TEXT:
            return self._text()
        if kind == SECONDS:
            return self._seconds()
        if kind == AGE and self.data[self.place] in (COMMA, LINE_END):
            return GOOD
        return self._whole(kind)

    def _separator(self) -> int:
        byte = self.data[self.place]
        last = self.column == self.columns - 1
        if byte == COMMA:
            if last:
                return MANY_CELLS
            self.column += 1
        elif byte == LINE_END:
            if not last:
                return FEW_CELLS
            self.column = 0
            self.number_line = 0
            self.whole_line = 0
            self.row += 1
        else:
            return BAD_CELL
        self.place += 1
        return GOOD

    def _keep_number(self, value: float) -> None:
        self.numbers[self.number_line * self.capacity + self.row] = value
        self.number_line += 1

    def _keep_whole(self, value: int) -> None:
        self.wholes[self.whole_line * self.capacity + self.row] = value
        self.whole_line += 1

    def _number(self) -> int:
        byte = self.data[self.place]
        if byte in (COMMA, LINE_END):
            self._keep_number(NO_VALUE)
            return GOOD
        value = 0.0
        told = self._decimal()
        if told == GOOD:
            value = decimal_value(self.digits, self.scale)
            self._keep_number(-value if self.negative else value)
        return told

    def _seconds(self) -> int:
        told = self._decimal()
        if told != GOOD:
            return BAD_CELL
        thousandths = decimal_value(self.digits, self.scale) * 1000.0
        if thousandths >= FARTHEST:
            return BAD_CELL
        whole = nearest_count(thousandths)
        self._keep_whole(-whole if self.negative else whole)
        return GOOD

    def _decimal(self) -> int:
        """Read ``-?digits(.digits)?`` into digits, scale and negative; leave the place behind it when it is GOOD."""
        place = self.place
        self.negative = 0
        if self.data[place] == MINUS:
            self.negative = 1
            place += 1
        begin = place
        digits = 0
        count = 0
        while self.data[place] >= ZERO and self.data[place] <= NINE:
            if count < MOST_DIGITS:
                digits = digits * 10 + (self.data[place] - ZERO)
            count += digits > 0
            place += 1
        if place == begin or (self.data[begin] == ZERO and place - begin > 1):
            return BAD_CELL
        point = place
        if self.data[place] == POINT:
            place += 1
            while self.data[place] >= ZERO and self.data[place] <= NINE:
                if count < MOST_DIGITS:
                    digits = digits * 10 + (self.data[place] - ZERO)
                count += digits > 0
                place += 1
            if place == point + 1:
                return BAD_CELL
            point += 1
        self.digits = digits
        self.scale = place - point
        if self.data[place] == EXPONENT or count > MOST_DIGITS or self.scale > LARGEST_FIVE:
            return HARD
        self.place = place
        return GOOD

    def _whole(self, kind: int) -> int:
        place = self.place
        negative = 0
        if self.data[place] == MINUS:
            negative = 1
            place += 1
        begin = place
        value = 0
        while self.data[place] >= ZERO and self.data[place] <= NINE and place - begin < LONGEST_WHOLE:
            value = value * 10 + (self.data[place] - ZERO)
            place += 1
        if place == begin or (self.data[begin] == ZERO and (place - begin > 1 or negative)):
            return BAD_CELL
        self.place = place
        if kind == WHOLE_KEPT:
            self._keep_whole(-value if negative else value)
        return GOOD

    def _text(self) -> int:
        place = self.place
        if self.data[place] == QUOTE:
            place += 1
            while self.data[place] != QUOTE or self.data[place + 1] == QUOTE:
                place += 2 if self.data[place] == QUOTE else 1
                if place >= self.end:
                    return OPEN_QUOTE
            self.place = place + 1
            return GOOD
        while self.data[place] != COMMA and self.data[place] != LINE_END:
            if self.data[place] in (QUOTE, RETURN):
                return BAD_CELL
            place += 1
        self.place = place
        return GOOD


def decimal_value(digits: int, scale: int) -> float:
    """Return the double nearest to digits / 10**scale, ties to even, as IEEE 754 has it; digits < 2^64, scale <= 27."""
    if digits == 0:
        return 0.0
    if digits <= EXACT and scale <= LARGEST_TEN:
        return digits / TENS[scale]
    return nearest_quotient(digits, scale)


def nearest_quotient(digits: int, scale: int) -> float:
    """Return the double nearest to digits / 10**scale by whole numbers alone.

    10**scale is 5**scale times a power of two, so digits, moved up by whole bits, are divided by 5**scale: the quotient
    has 63 or 64 bits, of which 53 are kept, and whatever is cut off decides how the last one is rounded.
    """
    moved = FIVE_BITS[scale] - 1
    while digits < TOP_BIT:
        digits = digits * 2
        moved += 1
    dividend = digits
    dividend = dividend << (FIVE_BITS[scale] - 1)
    quotient = dividend // FIVES[scale]
    rest = dividend % FIVES[scale]
    drop = 11 if quotient >= TOP_BIT else 10
    kept = quotient >> drop
    tail = quotient - (kept << drop)
    half = 1 << (drop - 1)
    if tail > half or (tail == half and (rest > 0 or kept & 1)):
        kept += 1
    power = moved + scale - drop
    value = kept * 1.0
    while power < 0:
        value = value * 2.0
        power += 1
    while power > 63:
        value = value * HALVES[63]
        power -= 63
    return value * HALVES[power]
