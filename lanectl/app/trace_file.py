"""Recorded traces as CSV: strict reading, one row at a time, however large the file.

Knows the published columns, and that every fault is told with row and column. Knows no method and judges nothing.
An empty cell is a value that was not given. Time counts in whole milliseconds from the first row.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from lanectl.core.channels import fits, is_channel

TIME = "t_s"
LONGEST_LINE = 65_536
MOST_LINES_A_ROW = 100
"""A row may hold quoted line breaks; one that goes on and on is an open quote in a file of any size."""
NOT_NUMBERS = ("phase_code",)
LATEST_S = 1e11


class TraceError(Exception):
    """The trace cannot be read: what and where, and what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One row: its number (1 is the first after the header), its time from the first row, and its values."""

    number: int
    t_ms: int
    values: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class _Column:
    place: int
    name: str


class TraceFile:
    """A trace that is being read. Use it as a context manager, then iterate over rows()."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._stream: TextIO | None = None
        self._row_begins_at = 0

    def __enter__(self) -> "TraceFile":
        try:
            self._stream = self.path.open(encoding="utf-8-sig", newline="")
        except OSError as error:
            raise TraceError(f"{self.path}: {error.strerror or error}", "name a readable trace file (CSV)") from None
        try:
            self._reader = csv.reader(self._lines(self._stream), strict=True)
            self._read_header()
        except BaseException:
            self._stream.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def need(self, names: Iterable[str], instead: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> None:
        """Make sure that these columns are there, or all those that may stand for one of them."""
        there = {column.name for column in self._columns}
        replaced = {name for name, others in instead.items() if set(others) <= there}
        missing = [name for name in names if name not in there and name not in replaced]
        if missing:
            raise TraceError(
                f"{self.path}: missing column {', '.join(missing)}",
                "add the columns, named as in docs/methods.md; leave cells empty where nothing was given",
            )

    def rows(self) -> Iterator[TraceRow]:
        """Yield the rows in order; raises TraceError at the first that is no good."""
        first = last = None
        for number, cells in enumerate(self._records(), start=1):
            if len(cells) != self._width:
                raise self._fault(
                    number, f"{len(cells)} cells instead of {self._width}", "make every row as long as the header"
                )
            time_s = self._number(number, self._time, cells[self._time.place])
            if time_s is None or abs(time_s) > LATEST_S:
                raise self._fault(number, f"column {TIME}: no usable time", "give each row its time in seconds")
            if last is not None and time_s <= last:
                told = f"column {TIME}: time does not increase ({last:g} s, then {time_s:g} s)"
                raise self._fault(number, told, "sort the rows by time and remove doubled ones")
            first = time_s if first is None else first
            last = time_s
            values = {c.name: self._number(number, c, cells[c.place]) for c in self._columns}
            yield TraceRow(number, round((time_s - first) * 1000), values)
        if first is None:
            raise TraceError(f"{self.path}: no rows below the header", "give the whole recorded trace")

    def _lines(self, stream: TextIO) -> Iterator[str]:
        """Yield lines of bounded length, and say what is no text in the words of a trace."""
        while True:
            try:
                line = stream.readline(LONGEST_LINE)
            except UnicodeDecodeError:
                raise TraceError(f"{self.path}: not UTF-8 text", "save the trace as CSV in UTF-8") from None
            except OSError as error:
                raise TraceError(
                    f"{self.path}: {error.strerror or error}", "name a readable trace file (CSV)"
                ) from None
            if not line:
                return
            endless = self._reader.line_num - self._row_begins_at >= MOST_LINES_A_ROW
            if endless or "\0" in line or (len(line) == LONGEST_LINE and not line.endswith(("\n", "\r"))):
                raise TraceError(
                    f"{self.path}: this is no CSV file", "give a text file with a header and one row a line"
                )
            yield line

    def _records(self) -> Iterator[list[str]]:
        try:
            for cells in self._reader:
                self._row_begins_at = self._reader.line_num
                if cells:
                    yield cells
        except csv.Error as error:
            raise TraceError(
                f"{self.path}, line {self._reader.line_num}: {error}", "write plain CSV, no open quotes"
            ) from None

    def _read_header(self) -> None:
        header = [cell.strip() for cell in next(self._records(), [])]
        if not header:
            raise TraceError(f"{self.path}: the file is empty", "give a trace with a header and rows")
        if TIME not in header:
            found = ", ".join(header)[:120]
            raise TraceError(
                f"{self.path}: missing column {TIME} in the header ({found})",
                "begin the header with t_s; separate columns by commas",
            )
        doubled = sorted({name for name in header if name and header.count(name) > 1})
        if doubled:
            raise TraceError(f"{self.path}: column {', '.join(doubled)} appears twice", "keep one column of each name")
        self._width = len(header)
        self._time = _Column(header.index(TIME), TIME)
        wanted = [name for name in header if is_channel(name) and name not in NOT_NUMBERS]
        self._columns = [_Column(header.index(name), name) for name in wanted]
        self._warn(header)

    def _warn(self, header: list[str]) -> None:
        known = {TIME, *NOT_NUMBERS}
        unknown = [name for name in header if name not in known and not is_channel(name)]
        if unknown:
            self.warnings.append(f"unknown columns ignored: {', '.join(name or '(no name)' for name in unknown)}")
        if header[0] != TIME:
            self.warnings.append(f"{TIME} is not the first column")

    def _number(self, number: int, column: _Column, cell: str) -> float | None:
        text = cell.strip()
        if not text:
            return None
        try:
            # float() also takes 1_000 and digits of other scripts; a trace does not.
            value = float(text) if text.isascii() and "_" not in text else None
        except ValueError:
            value = None
        if value is None:
            told = f"column {column.name}: {text[:40]!r} is no number"
            raise self._fault(number, told, "write plain decimal numbers; leave the cell empty where nothing was given")
        if value - value != 0.0:
            told = f"column {column.name}: {text[:40]!r} is no measured value"
            raise self._fault(number, told, "leave the cell empty where the device gave no value")
        if column.name != TIME and not fits(column.name, value):
            told = f"column {column.name}: {text[:40]!r} is larger than any measured value"
            raise self._fault(number, told, "check the unit of the column")
        return value

    def _fault(self, number: int, told: str, remedy: str) -> TraceError:
        return TraceError(f"{self.path}, row {number} (line {self._reader.line_num}), {told}", remedy)
