"""A vehicle with several exhaust pipes that work independently: what counts is the mean over the pipes.

Knows the arithmetic, in the counts of a trace. Does not know which pipe is which.
"""

from collections.abc import Mapping, Sequence

from lanectl.core.channels import from_count, to_count
from lanectl.core.formulas import half_even


def mean_of_pipes(pipes: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """Return the mean of each channel over all pipes, rounded to the kept count, ties to even.

    Every pipe counts: a channel that one of them lacks has no mean. There must be a pipe. Raises ValueError for a value
    that no trace can hold.
    """
    if not pipes:
        raise ValueError("no pipe: give at least one")
    names = dict.fromkeys(name for pipe in pipes for name in pipe)
    return {name: _mean(name, [pipe.get(name) for pipe in pipes]) for name in names}


def _mean(name: str, values: Sequence[float | None]) -> float | None:
    counts = [to_count(name, value) for value in values if value is not None]
    return from_count(name, half_even(sum(counts), len(counts))) if len(counts) == len(values) else None
