"""The legal second: the one row a second that is judged, signed and uploaded.

Knows the one rule by which samples become seconds: the mean of the rows in [s, s + 1 s) that have the value, rounded to
the stored count (ties to the even count). A value that fewer than half of those rows have speaks for no second: the
second lacks it. Knows no method and no clock; time comes in as whole milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanectl.core.channels import from_count, to_count
from lanectl.core.formulas import half_even, is_missing

SECOND_MS = 1000
LONGEST_GAP_S = 3600
LEAST_PART = 2
"""One row in so many has to have a value for the second to have it: half. [C], docs/decisions/0079."""
NO_VALUE = float("nan")
"""How a missing value enters the compiled core; nothing but the core ever sees it."""


class TimeError(ValueError):
    """Time ran backwards, or jumped so far that it cannot be a gap in a test."""


@dataclass(frozen=True, slots=True)
class LegalSecond:
    """One second of a test. ``t_ms`` is its beginning; ``rows`` says how many samples it was made from (0: a gap).

    ``samples`` are those samples with their times, for a method that reads peaks. They are no part of the legal row.
    """

    t_ms: int
    values: Mapping[str, float | None]
    rows: int = 1
    samples: "tuple[tuple[int, Mapping[str, float | None]], ...]" = field(default=(), compare=False, repr=False)

    def number(self, name: str) -> float:
        """Return the value of a channel for the core: NaN where the second has none."""
        value = self.values.get(name)
        return NO_VALUE if value is None else value


@dataclass(slots=True)
class _Sums:
    rows: int = 0
    samples: list[tuple[int, Mapping[str, float | None]]] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, t_ms: int, values: Mapping[str, float | None]) -> None:
        self.rows += 1
        self.samples.append((t_ms, values))
        for name, value in values.items():
            self.names[name] = None
            if value is None or is_missing(value):
                continue
            self.totals[name] = self.totals.get(name, 0) + to_count(name, value)
            self.counts[name] = self.counts.get(name, 0) + 1

    def mean(self, name: str) -> float | None:
        rows = self.counts.get(name, 0)
        if rows == 0 or rows * LEAST_PART < self.rows:
            return None
        return from_count(name, half_even(self.totals[name], rows))


class SecondMaker:
    """Turn samples into legal seconds, whatever their pace. Seconds without any row come out empty, never left out."""

    def __init__(self, t0_ms: int = 0) -> None:
        self._start_ms = t0_ms
        self._last_ms = t0_ms
        self._sums = _Sums()
        self._seen: dict[str, None] = {}
        self._open = False

    def push(self, t_ms: int, values: Mapping[str, float | None]) -> list[LegalSecond]:
        """Take one sample; return the seconds that it closes, oldest first."""
        if t_ms < self._last_ms:
            raise TimeError(f"time goes back from {self._last_ms} ms to {t_ms} ms")
        if t_ms - self._last_ms > LONGEST_GAP_S * SECOND_MS:
            raise TimeError(f"time jumps from {self._last_ms} ms to {t_ms} ms")
        self._last_ms = t_ms
        closed = []
        while t_ms >= self._start_ms + SECOND_MS:
            closed.append(self._close_second())
        self._open = True
        self._sums.add(t_ms, values)
        return closed

    def close(self) -> list[LegalSecond]:
        """End the trace: return the second under way, if a row fell into it."""
        if not self._open:
            return []
        self._open = False
        return [self._close_second()]

    def _close_second(self) -> LegalSecond:
        self._seen.update(self._sums.names)
        values = {name: self._sums.mean(name) for name in self._seen}
        second = LegalSecond(self._start_ms, values, self._sums.rows, tuple(self._sums.samples))
        self._start_ms += SECOND_MS
        self._sums = _Sums()
        return second
