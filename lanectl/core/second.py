"""The legal second: the one row a second that is judged, signed and uploaded.

Knows how samples by channel name become seconds, as they come in; the rule itself is second_sums.py's. Knows no method
and no clock; time comes in as whole milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanectl.core.channels import scale_of
from lanectl.core.second_sums import ChannelSum, SecondWalk

SECOND_MS = 1000
FARTHEST_MS = 10**15
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


def time_trouble(code: int, last_ms: int, t_ms: int) -> TimeError:
    """Say what a walk over the rows found wrong with a time."""
    told = {
        -1: f"time goes back from {last_ms} ms to {t_ms} ms",
        -2: f"time jumps from {last_ms} ms to {t_ms} ms",
        -3: f"too many rows in the second of {t_ms} ms",
    }
    return TimeError(told[code])


class SecondMaker:
    """Turn samples into legal seconds, whatever their pace. Seconds without any row come out empty, never left out."""

    def __init__(self, t0_ms: int = 0) -> None:
        self._walk = SecondWalk(t0_ms)
        self._start_ms = t0_ms
        self._sums: dict[str, ChannelSum] = {}
        self._samples: list[tuple[int, Mapping[str, float | None]]] = []

    def push(self, t_ms: int, values: Mapping[str, float | None]) -> list[LegalSecond]:
        """Take one sample; return the seconds that it closes, oldest first."""
        closes = self._walk.step(max(-FARTHEST_MS, min(FARTHEST_MS, t_ms)))
        if closes < 0:
            raise time_trouble(closes, self._walk.last_ms, t_ms)
        closed = [self._close_second(0 if number else self._walk.rows_before) for number in range(closes)]
        self._samples.append((t_ms, values))
        for name, value in values.items():
            total = self._sums.get(name)
            if total is None:
                total = self._sums[name] = ChannelSum(scale_of(name))
            if value is not None and not total.add(value):
                raise ValueError(f"{name}: {value!r} cannot be kept in a trace")
        return closed

    def close(self) -> list[LegalSecond]:
        """End the trace: return the second under way, if a row fell into it."""
        return [self._close_second(len(self._samples))] if self._samples else []

    def _close_second(self, rows: int) -> LegalSecond:
        means = {name: total.close(rows) for name, total in self._sums.items()}
        values = {name: mean if mean == mean else None for name, mean in means.items()}
        second = LegalSecond(self._start_ms, values, rows, tuple(self._samples))
        self._start_ms += SECOND_MS
        self._samples = []
        return second
