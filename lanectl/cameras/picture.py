"""What one small grey picture shows: brightness, contrast, edges, change, likeness to a reference. Pure arithmetic.

Knows 96 x 54 grey levels and the part of them where a clock is drawn in. Does not know streams, time or states.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from math import ceil, floor, sqrt
from typing import TypedDict

WIDTH, HEIGHT = 96, 54
BLOCK_WIDTH, BLOCK_HEIGHT = 8, 9
TEXTURED_FROM = 6.0
"""Blocks of the reference whose levels vary less than this (standard deviation) say nothing about its place."""
BLOCKS_NEEDED = 6
ALIKE_FROM = 0.5
"""A block shows the same thing when its levels correlate with the reference's at least this much."""


class Figures(TypedDict):
    """The figures of one picture. Levels run from 0 (black) to 255; the clock's region counts nowhere."""

    level: float
    """Mean level."""
    spread: float
    """Standard deviation of the levels."""
    edges: float
    """Mean difference between neighbours in a row."""
    change: float | None
    """Mean difference to the picture before; None for the first."""
    match: float | None
    """Share of the reference's textured blocks that are seen again; None without a usable reference."""


@dataclass(frozen=True, slots=True)
class Block:
    """A textured block of the reference: where it is, and its levels less their mean, scaled to length 1."""

    places: tuple[int, ...]
    shape: tuple[float, ...]


class Eye:
    """Looks at one picture after another. ``clock_region`` is x, y, width, height as fractions of the picture."""

    def __init__(self, clock_region: Sequence[float] | None = None, reference: bytes | None = None) -> None:
        self._kept = _kept(clock_region)
        self._edges = bytes(
            kept and place % WIDTH < WIDTH - 1 and self._kept[place + 1] for place, kept in enumerate(self._kept)
        )
        self._blocks = [] if reference is None else _blocks(reference, self._kept)
        self._before: bytes | None = None

    def look(self, grey: bytes) -> Figures:
        """Return the figures of a picture of WIDTH x HEIGHT levels, row after row."""
        if len(grey) != WIDTH * HEIGHT:
            raise ValueError(f"{len(grey)} levels instead of {WIDTH * HEIGHT}")
        shown = bytes(compress(grey, self._kept))
        level = sum(shown) / len(shown)
        spread = sqrt(max(0.0, sum(value * value for value in shown) / len(shown) - level * level))
        edges = [abs(grey[place + 1] - grey[place]) for place in compress(range(len(grey)), self._edges)]
        before, self._before = self._before, shown
        return Figures(
            level=level,
            spread=spread,
            edges=sum(edges) / len(edges),
            change=None if before is None else sum(abs(a - b) for a, b in zip(shown, before, strict=True)) / len(shown),
            match=self._match(grey),
        )

    def _match(self, grey: bytes) -> float | None:
        if len(self._blocks) < BLOCKS_NEEDED:
            return None
        alike = sum(_likeness(block, grey) >= ALIKE_FROM for block in self._blocks)
        return alike / len(self._blocks)


def _kept(region: Sequence[float] | None) -> bytes:
    """Return 1 for every place that counts, 0 inside the clock's region."""
    kept = bytearray([1]) * (WIDTH * HEIGHT)
    if region is not None:
        x, y, width, height = region
        left, right = floor(x * WIDTH), min(WIDTH, ceil((x + width) * WIDTH))
        for row in range(floor(y * HEIGHT), min(HEIGHT, ceil((y + height) * HEIGHT))):
            kept[row * WIDTH + left : row * WIDTH + right] = bytes(right - left)
    if sum(kept) < len(kept) // 2:
        raise ValueError("the clock's region hides more than half of the picture")
    return bytes(kept)


def _blocks(reference: bytes, kept: bytes) -> list[Block]:
    found = []
    for top in range(0, HEIGHT, BLOCK_HEIGHT):
        for left in range(0, WIDTH, BLOCK_WIDTH):
            places = tuple(
                row * WIDTH + column
                for row in range(top, top + BLOCK_HEIGHT)
                for column in range(left, left + BLOCK_WIDTH)
            )
            if all(kept[place] for place in places):
                shape = _shape([reference[place] for place in places], TEXTURED_FROM)
                if shape is not None:
                    found.append(Block(places, shape))
    return found


def _shape(levels: Sequence[int], least_deviation: float) -> tuple[float, ...] | None:
    mean = sum(levels) / len(levels)
    rest = [level - mean for level in levels]
    length = sqrt(sum(value * value for value in rest))
    if length < least_deviation * sqrt(len(levels)):
        return None
    return tuple(value / length for value in rest)


def _likeness(block: Block, grey: bytes) -> float:
    shape = _shape([grey[place] for place in block.places], 1.0)
    return 0.0 if shape is None else sum(a * b for a, b in zip(shape, block.shape, strict=True))
