"""The driving cycle of VMAS as data: operations with their kind, the second each ends at, and the speed there.

Knows how the limits data writes a cycle, and what can be said of it without driving. Knows no tolerance; the envelope
and the way driven are vmas.py's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanectl.core.figures import LimitsMissing
from lanectl.core.formulas import to_nearest
from lanectl.core.vmas_formulas import count_between

KINDS = ("idle", "accelerate", "steady", "decelerate", "declutched", "gear_change")
GEAR_CHANGE = "gear_change"
LONGEST_S = 400
FASTEST_KMH = 200.0
FINE = 10**6


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a cycle: straight from one speed to another, in counts of 1e-6 km/h."""

    kind: str
    start_s: int
    end_s: int
    start_speed: int
    end_speed: int


def read_cycle(section: Mapping[str, object], name: str) -> tuple[Operation, ...]:
    """Return the operations of a cycle of the limits data. It begins at second 0, standing.

    Each operation is written as [kind, second at its end, km/h at its end]. Raises LimitsMissing for anything else.
    """
    figure = f"vmas.cycle.{name}"
    cycles = section.get("cycle")
    entry = cycles.get(name) if isinstance(cycles, Mapping) else None
    rows = entry.get("value") if isinstance(entry, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise LimitsMissing(figure, "missing; it needs value, conf and clause")
    operations: list[Operation] = []
    for number, row in enumerate(rows, start=1):
        last = operations[-1] if operations else None
        start = (last.end_s, last.end_speed) if last else (0, 0)
        operations.append(_operation(row, start, f"{figure}, operation {number}"))
    return tuple(operations)


def reference_kmh(operations: Sequence[Operation]) -> tuple[float, ...]:
    """Return the speed of the cycle at each whole second, the second of its end included."""
    speeds = [operations[0].start_speed]
    for part in operations:
        length = part.end_s - part.start_s
        speeds += [count_between(part.start_speed, part.end_speed, i, length) for i in range(1, length + 1)]
    return tuple(speed / FINE for speed in speeds)


def distance_km(operations: Sequence[Operation]) -> float:
    """Return the length of the way that the cycle goes, followed exactly."""
    twice = sum((part.start_speed + part.end_speed) * (part.end_s - part.start_s) for part in operations)
    return twice / (2 * 3600 * FINE)


def seconds_by_kind(operations: Sequence[Operation]) -> dict[str, int]:
    """Return how many seconds of the cycle each kind of operation takes."""
    return {kind: sum(part.end_s - part.start_s for part in operations if part.kind == kind) for kind in KINDS}


def distance_is_valid(driven_km: float, nominal_km: float, max_error_km: float) -> bool:
    """Tell whether a driven distance is near enough to the nominal one, in whole counts as the method does."""
    return abs(distance_count(driven_km) - distance_count(nominal_km)) <= distance_count(max_error_km)


def distance_count(distance: float) -> int:
    """Return a distance in km as the sum of one-second speeds in 1e-6 km/h that makes it."""
    return to_nearest(distance * 3600 * FINE)


def _operation(row: object, start: tuple[int, int], figure: str) -> Operation:
    if not isinstance(row, Sequence) or isinstance(row, str) or len(row) != 3 or row[0] not in KINDS:
        raise LimitsMissing(figure, f"{row!r} is no [kind, second, km/h]; kinds: {', '.join(KINDS)}")
    kind, end_s, speed = row
    if isinstance(end_s, bool) or not isinstance(end_s, int) or not start[0] < end_s <= LONGEST_S:
        raise LimitsMissing(figure, f"{end_s!r} is no second after {start[0]}, up to {LONGEST_S}")
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 <= speed <= FASTEST_KMH:
        raise LimitsMissing(figure, f"{speed!r} is no speed from 0 to {FASTEST_KMH:g} km/h")
    return Operation(str(kind), start[0], end_s, start[1], to_nearest(speed * FINE))
