"""When a recorded curve passes a level: between two samples by the straight line.

Knows times and readings. Knows no device. A sample without a reading is no sample, and where the next is too far away
nothing is made up for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lanectl.core.equipment.result import is_number

TOO_FEW, NOT_REACHED, HOLE, ALREADY_THERE = "too_few_samples", "not_reached", "hole_in_record", "already_there"


class RecordError(ValueError):
    """A record whose times do not rise, or with another number of readings than of times."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """The time at which a level was passed in s; None with the reason."""

    at_s: float | None
    why: str | None = None


def crossing(
    times_s: Sequence[float], readings: Sequence[float | None], level: float, rising: bool, longest_step_s: float
) -> Crossing:
    """Return when the curve passes the level for good: from then on it stays beyond.

    A spike that falls back does not count, so noise can make the time longer, never shorter. ``longest_step_s`` is how
    far apart the two samples around the crossing may be.
    """
    samples = list(samples_of(times_s, readings))
    if len(samples) < 2:
        return Crossing(None, TOO_FEW)
    beyond = [(value >= level) if rising else (value <= level) for _, value in samples]
    if not beyond[-1]:
        return Crossing(None, NOT_REACHED)
    if all(beyond):
        return Crossing(None, ALREADY_THERE)
    last_before = max(place for place, over in enumerate(beyond) if not over)
    return between(samples[last_before], samples[last_before + 1], level, longest_step_s)


def first_crossing(
    times_s: Sequence[float], readings: Sequence[float | None], level: float, longest_step_s: float
) -> Crossing:
    """Return when a falling curve first comes down to the level, as a timer of a coast-down does."""
    samples = list(samples_of(times_s, readings))
    if len(samples) < 2:
        return Crossing(None, TOO_FEW)
    for before, after in pairwise(samples):
        if before[1] > level >= after[1]:
            return between(before, after, level, longest_step_s)
    return Crossing(None, NOT_REACHED)


def between(before: tuple[float, float], after: tuple[float, float], level: float, longest_step_s: float) -> Crossing:
    """Return the time at the level on the straight line between two samples."""
    (before_s, low), (after_s, high) = before, after
    if after_s - before_s > longest_step_s * (1.0 + 1e-9):
        return Crossing(None, HOLE)
    return Crossing(before_s + (after_s - before_s) * (level - low) / (high - low))


def samples_of(times_s: Sequence[float], readings: Sequence[float | None]) -> Iterator[tuple[float, float]]:
    """Yield the samples that have a reading; RecordError where times and readings are no record."""
    if len(times_s) != len(readings):
        raise RecordError(f"{len(times_s)} times and {len(readings)} readings")
    if any(not is_number(time) for time in times_s) or any(b <= a for a, b in pairwise(times_s)):
        raise RecordError("the times do not rise")
    for time, value in zip(times_s, readings, strict=True):
        if value is not None and is_number(value):
            yield time, value
