"""A trace by columns: what a bulk judge reads, one double a row and channel, NaN where nothing was given.

Knows shapes only. The numbers are those of the rows, so that judging columns and judging row by row give the same bits.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lanectl.core.second import NO_VALUE, LegalSecond


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

    def row(self, number: int) -> dict[str, float | None]:
        """Return one row by channel; None where nothing was given."""
        found = {name: column[number] for name, column in self.values.items()}
        return {name: value if value == value else None for name, value in found.items()}
