"""The kept tables read back as columns of doubles: every cell checked, numbers to the last bit.

Knows the headers of ``trace.csv`` and ``samples.csv``, and how to say where a table is damaged. What the cells hold of
ages, reasons, phases and wall times is checked and left behind. Does not know what the columns are for.
"""

import csv
import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from lanectl.core.columns import Columns
from lanectl.core.second import NO_VALUE
from lanectl.ledger.cells import Cells
from lanectl.ledger.tables import AFTER, AGE, BEAT, TIME, WHY, TableError

_NUMBER, _WHOLE, _WHOLE_KEPT, _AGE, _SECONDS, _TEXT = range(6)
_END, _GOOD, _HARD, _BAD_CELL, _FEW_CELLS, _MANY_CELLS, _OPEN_QUOTE = range(7)
_EXPONENT = re.compile(rb"-?[0-9](\.[0-9]+)?e[+-][0-9]{2,3}")
_LONG = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_KIND_OF_BEAT = {"t_ms": _WHOLE_KEPT}
_KIND_AFTER = {"phase": _TEXT, "rows": _WHOLE_KEPT, "missing": _TEXT}
_TROUBLE = {
    _BAD_CELL: "is not as this program writes it",
    _FEW_CELLS: "the row has fewer cells than the header",
    _MANY_CELLS: "the row has more cells than the header",
    _OPEN_QUOTE: "the quoted text does not end",
}
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class _Layout:
    """A table's header: the name and kind of each column, and the channels in their order."""

    what: str
    names: Sequence[str]
    kinds: bytes
    channels: Sequence[str]
    wholes: int


def sample_columns(data: bytes) -> Columns:
    """Read ``samples.csv``: times of the beats and the value of each channel, NaN where there is none."""
    header, begin = _header(data, "samples")
    channels = header[len(BEAT) :: 3]
    named = [*BEAT, *(column for name in channels for column in (name, f"{name}{AGE}", f"{name}{WHY}"))]
    kinds = [_KIND_OF_BEAT.get(name, _WHOLE) for name in BEAT] + [_NUMBER, _AGE, _TEXT] * len(channels)
    layout = _layout("samples", header, named, kinds, channels)
    [t_ms], columns = _read(data, begin, layout)
    return Columns(t_ms, array("i", [1]) * len(t_ms), columns)


def trace_columns(data: bytes) -> Columns:
    """Read ``trace.csv``: the beginnings of the seconds, how many samples each was made from, and their values."""
    header, begin = _header(data, "trace")
    channels = header[1 : -len(AFTER)]
    kinds = [_SECONDS] + [_NUMBER] * len(channels) + [_KIND_AFTER[name] for name in AFTER]
    layout = _layout("trace", header, [TIME, *channels, *AFTER], kinds, channels)
    [t_ms, rows], columns = _read(data, begin, layout)
    try:
        return Columns(t_ms, array("i", rows), columns)
    except OverflowError:
        raise TableError("trace: a second has more rows than a second can have") from None


def _header(data: bytes, what: str) -> tuple[list[str], int]:
    end = data.find(b"\n")
    try:
        head = data[:end].decode("ascii")
        data.isascii() or data.decode("utf-8")
    except UnicodeDecodeError:
        raise TableError(f"{what}: not text in UTF-8, or not a header") from None
    if end < 0 or not data.endswith(b"\n"):
        raise TableError(f"{what}: the last line does not end")
    try:
        [names] = csv.reader([head], strict=True)
    except csv.Error as error:
        raise TableError(f"{what}: the header does not read: {error}") from None
    return names, end + 1


def _layout(
    what: str, header: Sequence[str], named: Sequence[str], kinds: Sequence[int], channels: Sequence[str]
) -> _Layout:
    if list(header) != list(named) or len(set(named)) != len(named):
        raise TableError(f"{what}: the header is not that of a kept table, or names a column twice")
    wholes = sum(kind in (_WHOLE_KEPT, _SECONDS) for kind in kinds)
    return _Layout(what, named, bytes(kinds), channels, wholes)


def _read(data: bytes, begin: int, layout: _Layout) -> "tuple[list[array[int]], dict[str, array[float]]]":
    """Walk over all cells. No row is shorter than its line ends and commas, which bounds what a table can ask for."""
    capacity = min(data.count(b"\n", begin), (len(data) - begin) // len(layout.kinds))
    numbers = array("d", [NO_VALUE]) * (capacity * len(layout.channels))
    wholes = array("q", [0]) * (capacity * layout.wholes)
    cells = Cells(data, begin, layout.kinds, capacity, numbers, wholes)
    told = cells.run()
    while told == _HARD:
        told = _give_hard(data, cells, layout)
        if told == _GOOD:
            told = cells.run()
    if told != _END:
        raise _damage(data, cells, layout, told)
    lines = [slice(line * capacity, line * capacity + cells.row) for line in range(len(layout.channels))]
    columns = {name: numbers[line] for name, line in zip(layout.channels, lines, strict=True)}
    return [wholes[line * capacity : line * capacity + cells.row] for line in range(layout.wholes)], columns


def _give_hard(data: bytes, cells: Cells, layout: _Layout) -> int:
    """Read a number with an exponent, or with more digits than fit a machine word."""
    text = _cell(data, cells.begin)
    if _EXPONENT.fullmatch(text) or _LONG.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return cells.give(value, cells.begin + len(text))
    raise _damage(data, cells, layout, _BAD_CELL)


def _cell(data: bytes, begin: int) -> bytes:
    end = data.index(b"\n", begin)
    comma = data.find(b",", begin, end)
    return data[begin : end if comma < 0 else comma]


def _damage(data: bytes, cells: Cells, layout: _Layout, told: int) -> TableError:
    place = f"{layout.what} row {cells.row + 2}, column {layout.names[cells.column]}"
    if told != _BAD_CELL:
        return TableError(f"{place}: {_TROUBLE[told]}")
    shown = _cell(data, cells.begin)[:_SHOWN].decode("utf-8", "replace")
    return TableError(f"{place}: {shown!r} {_TROUBLE[told]}")
