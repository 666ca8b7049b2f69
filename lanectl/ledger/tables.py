"""Trace and samples as documented CSV columns that anybody can read without this program.

Numbers are written in the shortest form that reads back to the same bits. Knows how columns are written, not how they
are read back (columns.py); does not know digests.

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

TIME = "t_s"
BEAT = ("seq", "t_ms", "mono_ms", "wall_ms", "missed")
AGE, WHY = "_age_ms", "_why"
NO_VALUE = "no_value"
AFTER = ("phase", "rows", "missing")


class TableError(ValueError):
    """A kept table does not read as one; says the row and the column."""


def trace_csv(seconds: Sequence[SecondRow]) -> bytes:
    """Write the legal seconds; ``t_s`` is 0 where sampling begins, as every trace file has it."""
    used = {name for second in seconds for name in second.values}
    channels = _ordered(used, always=TRACE_ORDER)
    rows: list[list[str]] = [[TIME, *channels, *AFTER]]
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


def samples_csv(samples: Sequence[Sample]) -> bytes:
    """Write the samples exactly as they were kept."""
    channels = _ordered({name for sample in samples for name in sample.channels})
    header = [*BEAT, *(column for name in channels for column in (name, f"{name}{AGE}", f"{name}{WHY}"))]
    rows = [header]
    for sample in samples:
        cells = [str(getattr(sample, name)) for name in BEAT]
        for name in channels:
            cells += _channel_cells(sample.channels.get(name))
        rows.append(cells)
    return _write(rows)


def _channel_cells(channel: Channel | None) -> list[str]:
    if channel is None:
        return ["", "", ""]
    why = channel.why or (NO_VALUE if channel.value is None else "")
    return [_number(channel.value), "" if channel.age_ms is None else str(channel.age_ms), why]


def _ordered(names: set[str], always: Sequence[str] = ()) -> list[str]:
    known = [name for name in TRACE_ORDER if name in names or name in always]
    return [*known, *sorted(names.difference(known))]


def _seconds(t_ms: int) -> str:
    return str(t_ms // 1000) if t_ms % 1000 == 0 else repr(t_ms / 1000)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _write(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")
