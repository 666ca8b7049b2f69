"""A trace by columns: what a bulk judge reads, one double a row and channel, NaN where nothing was given.

Knows shapes only. The numbers are those of the rows, so that judging columns and judging row by row give the same bits.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lanectl.core.channels import scale_of
from lanectl.core.second import NO_VALUE, SECOND_MS, LegalSecond, TimeError, time_trouble
from lanectl.core.second_sums import ChannelSum, SecondWalk, count_rows, first_row, mean_rows

LONGEST_MS = 24 * 3600 * SECOND_MS
"""No test is longer than a day. Without a bound a few rows far apart would make more seconds than memory holds."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of a trace: their times in ms, how many samples each was made from (0: a gap), and the channels."""

    t_ms: "array[int]" = field(default_factory=lambda: array("q"))
    rows: "array[int]" = field(default_factory=lambda: array("i"))
    values: "Mapping[str, array[float]]" = field(default_factory=dict)

    def block(self, names: Sequence[str]) -> "memoryview[float]":
        """Return the named channels as one block of doubles, a channel a line; one that is not here is all NaN.

        There must be a row.
        """
        length = len(self.t_ms)
        nothing = array("d", [NO_VALUE]) * length
        joined = bytearray().join(self.values.get(name, nothing).tobytes() for name in names)
        return memoryview(joined).cast("d", (len(names), length))

    def seconds(self, samples: "Columns | None" = None) -> Iterable[LegalSecond]:
        """Yield the rows as legal seconds, each with those of the samples that begin in it."""
        place = 0
        for row, t_ms in enumerate(self.t_ms):
            found = []
            while samples is not None and place < len(samples.t_ms) and samples.t_ms[place] < t_ms + 1000:
                found.append((samples.t_ms[place], samples.row(place)))
                place += 1
            yield LegalSecond(t_ms, self.row(row), self.rows[row], tuple(found))

    def since(self, begin_ms: int) -> "Columns":
        """Return the rows from a time on, with their times counted from it; TimeError when time goes back in any."""
        first = first_row(self.t_ms, begin_ms)
        if first < 0:
            raise TimeError("time goes back in the samples")
        t_ms = array("q", [t - begin_ms for t in self.t_ms[first:]])
        return Columns(t_ms, self.rows[first:], {name: column[first:] for name, column in self.values.items()})

    def legal_seconds(self) -> "Columns":
        """Make the legal seconds of these samples, whose times count from where sampling begins.

        What a SecondMaker gives, bit for bit. Raises TimeError, and ValueError for a number that no trace can hold.
        """
        if not self.t_ms:
            return Columns()
        if max(self.t_ms) >= LONGEST_MS:
            raise TimeError(f"the samples reach over more than {LONGEST_MS // 3_600_000} hours")
        rows = array("i", [0]) * (max(*self.t_ms, 0) // SECOND_MS + 1)
        walk = SecondWalk(0)
        told = count_rows(walk, self.t_ms, rows)
        if told < 0:
            raise time_trouble(told, walk.last_ms, self.t_ms[sum(rows)])
        return Columns(
            array("q", range(0, told * SECOND_MS, SECOND_MS)),
            rows,
            {name: _means(name, column, rows) for name, column in self.values.items()},
        )

    def first_difference(self, other: "Columns") -> int | None:
        """Return the number of the first row that is another in ``other``, which has no fewer rows; None: none is."""
        length = len(self.t_ms)
        names = {*self.values, *other.values}
        nothing = array("d", [NO_VALUE]) * length
        pairs = [(self.values.get(name, nothing), other.values.get(name, nothing)) for name in names]
        heads = ((self.t_ms, other.t_ms), (self.rows, other.rows))
        if all(mine == theirs[:length] for mine, theirs in heads) and all(
            mine.tobytes() == theirs[:length].tobytes() for mine, theirs in pairs
        ):
            return None
        for row in range(length):
            if any(mine[row] != theirs[row] for mine, theirs in heads):
                return row
            if any(
                mine[row] != theirs[row] and (mine[row] == mine[row] or theirs[row] == theirs[row])
                for mine, theirs in pairs
            ):
                return row
        return None

    def row(self, number: int) -> dict[str, float | None]:
        """Return one row by channel; None where nothing was given."""
        found = {name: column[number] for name, column in self.values.items()}
        return {name: value if value == value else None for name, value in found.items()}


def _means(name: str, column: "array[float]", rows: "array[int]") -> "array[float]":
    means = array("d", [NO_VALUE]) * len(rows)
    bad = mean_rows(ChannelSum(scale_of(name)), column, rows, means)
    if bad:
        raise ValueError(f"{name}: {column[bad - 1]!r} cannot be kept in a trace")
    return means
