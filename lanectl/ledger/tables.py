"""Trace and samples as documented CSV columns that anybody can read without this program.

Numbers are written in the shortest form that reads back to the same bits. Knows columns; does not know digests.

``trace.csv``: ``t_s``, the channels of the core in their order, ``phase`` (by name), ``rows`` (samples that the second
was made from), ``missing`` (``channel=reason`` joined by ``;``). ``samples.csv``: ``seq, t_ms, mono_ms, wall_ms,
missed``, then for each channel its value, ``…_age_ms`` and ``…_why``; three empty cells: not part of that beat.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from lanectl.core.channels import TRACE_ORDER
from lanectl.model.record import SecondRow
from lanectl.model.sample import Channel, Sample

BEAT = ("seq", "t_ms", "mono_ms", "wall_ms", "missed")
NO_VALUE = "no_value"
AFTER = ("phase", "rows", "missing")


class TableError(ValueError):
    """A kept table does not read as one; says the row."""


def trace_csv(seconds: Sequence[SecondRow]) -> bytes:
    """Write the legal seconds; ``t_s`` is 0 where sampling begins, as every trace file has it."""
    used = {name for second in seconds for name in second.values}
    channels = _ordered(used, always=TRACE_ORDER)
    rows: list[list[str]] = [["t_s", *channels, *AFTER]]
    for second in seconds:
        rows.append(
            [
                _seconds(second.t_ms),
                *(_number(second.values.get(name)) for name in channels),
                second.phase or "",
                str(second.rows),
                ";".join(f"{name}={why}" for name, why in sorted(second.missing.items())),
            ]
        )
    return _write(rows)


def read_trace(data: bytes) -> list[SecondRow]:
    """Read back what trace_csv wrote; channels that no row gives are left out of ``values``' numbers as None."""
    header, rows = _read(data)
    channels = [name for name in header[1:] if name not in AFTER]
    seconds = []
    for number, row in rows:
        cells = dict(zip(header, row, strict=True))
        try:
            missing = dict(pair.split("=", 1) for pair in cells["missing"].split(";") if pair)
            seconds.append(
                SecondRow(
                    t_ms=round(float(cells["t_s"]) * 1000),
                    values={name: _value(cells[name]) for name in channels},
                    rows=int(cells["rows"]),
                    phase=cells["phase"] or None,
                    missing=missing,
                )
            )
        except (KeyError, ValueError) as error:
            raise TableError(f"trace row {number}: {error}") from None
    return seconds


def samples_csv(samples: Sequence[Sample]) -> bytes:
    """Write the samples exactly as they were kept."""
    channels = _ordered({name for sample in samples for name in sample.channels})
    header = [*BEAT, *(column for name in channels for column in (name, f"{name}_age_ms", f"{name}_why"))]
    rows = [header]
    for sample in samples:
        cells = [str(getattr(sample, name)) for name in BEAT]
        for name in channels:
            cells += _channel_cells(sample.channels.get(name))
        rows.append(cells)
    return _write(rows)


def read_samples(data: bytes) -> list[Sample]:
    """Read back what samples_csv wrote."""
    header, rows = _read(data)
    channels = header[len(BEAT) :: 3]
    samples = []
    for number, row in rows:
        try:
            beat = dict(zip(BEAT, map(int, row[: len(BEAT)]), strict=True))
            cells = (row[start : start + 3] for start in range(len(BEAT), len(row), 3))
            found = {name: _channel(*three) for name, three in zip(channels, cells, strict=True) if any(three)}
        except (TypeError, ValueError) as error:
            raise TableError(f"samples row {number}: {error}") from None
        samples.append(Sample(channels=found, **beat))
    return samples


def _channel_cells(channel: Channel | None) -> list[str]:
    if channel is None:
        return ["", "", ""]
    why = channel.why or (NO_VALUE if channel.value is None else "")
    return [_number(channel.value), "" if channel.age_ms is None else str(channel.age_ms), why]


def _channel(value: str, age_ms: str, why: str) -> Channel:
    return Channel(_value(value), int(age_ms) if age_ms else None, why or None)


def _ordered(names: set[str], always: Sequence[str] = ()) -> list[str]:
    known = [name for name in TRACE_ORDER if name in names or name in always]
    return [*known, *sorted(names.difference(known))]


def _seconds(t_ms: int) -> str:
    return str(t_ms // 1000) if t_ms % 1000 == 0 else repr(t_ms / 1000)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _value(cell: str) -> float | None:
    return float(cell) if cell else None


def _write(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _read(data: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        header, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise TableError(f"not a table: {error}") from None
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise TableError(f"row {number} has {len(row)} cells, the header has {len(header)}")
    return header, list(enumerate(rows, start=2))
