"""Kept tables read back as columns: the numbers of float(), to the bit; whatever was not written so is damage."""

import csv
import importlib.util
import io
import math
import random
import struct
from array import array
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lanectl.core.columns import Columns
from lanectl.ledger import cells, columns
from lanectl.ledger.columns import sample_columns, trace_columns
from lanectl.ledger.tables import TableError, samples_csv, trace_csv
from lanectl.model.record import SecondRow
from lanectl.model.sample import Channel, Sample

SOURCE = Path(columns.__file__).with_name("cells.py")
NAMES = ("co_pct", "hc_ppm", "obd_rpm", "speed_kmh")

floats = st.floats(allow_nan=False, allow_infinity=False)
measured = st.builds(lambda count, power: count / 10**power, st.integers(-(10**12), 10**12), st.integers(0, 12))
numbers = floats | measured | st.integers(-(10**22), 10**22)
reasons = st.sampled_from(["no_reply", "stale", "a,b", 'quote"', '"', '""', "换行\n,", "\n\n\n\n\n\n\n\n"])
channel = (
    st.builds(Channel, numbers, st.none() | st.integers(0, 9999))
    | st.builds(Channel, st.none(), st.none(), reasons)
    | st.builds(Channel, numbers, st.integers(0, 10**17), reasons)
)
sample = st.builds(
    Sample, st.integers(0, 9999), st.integers(-5, 10**6), st.integers(0, 10**9), st.integers(0, 2 * 10**12),
    st.dictionaries(st.sampled_from(NAMES), channel, max_size=4), st.integers(0, 3),
)  # fmt: skip
second = st.builds(
    SecondRow, st.integers(0, 10**6).map(lambda s: s * 1000) | st.integers(0, 10**9),
    st.dictionaries(st.sampled_from(NAMES), st.none() | numbers, max_size=4), st.integers(0, 100),
    st.none() | st.sampled_from(["asm5025", "idle", 'x"y', "a,b"]),
    st.dictionaries(st.sampled_from(NAMES), reasons, max_size=2),
)  # fmt: skip


def _interpreted() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cells_as_source", SOURCE, loader=SourceFileLoader("x", str(SOURCE)))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    exec(compile(SOURCE.read_text("utf-8"), SOURCE, "exec"), module.__dict__)
    return module


INTERPRETED = _interpreted()


@pytest.fixture(params=["compiled", "interpreted"])
def read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Both readers, compiled and as source."""
    if request.param == "compiled":
        assert str(cells.__file__).endswith(".so"), "build it: python setup.py build_ext --inplace"
    else:
        monkeypatch.setattr(columns, "Cells", INTERPRETED.Cells)
    return columns


def bits(values: "array[float]") -> list[str]:
    return ["-" if value != value else value.hex() for value in values]


def expected(rows: list[dict[str, float | None]], name: str) -> list[str]:
    return ["-" if (value := row.get(name)) is None else float(value).hex() for row in rows]


@given(st.lists(sample, max_size=6))
def test_samples_come_back_as_the_numbers_that_were_kept(kept: list[Sample]) -> None:
    for reader in (cells.Cells, INTERPRETED.Cells):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(columns, "Cells", reader)
            again = sample_columns(samples_csv(kept))
        assert list(again.t_ms) == [sample.t_ms for sample in kept]
        rows: list[dict[str, float | None]] = [{n: c.value for n, c in s.channels.items()} for s in kept]
        assert again.values.keys() == {name for row in rows for name in row}
        for name, column in again.values.items():
            assert bits(column) == expected(rows, name)


@given(st.lists(second, max_size=6))
def test_seconds_come_back_as_the_numbers_that_were_kept(kept: list[SecondRow]) -> None:
    for reader in (cells.Cells, INTERPRETED.Cells):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(columns, "Cells", reader)
            again = trace_columns(trace_csv(kept))
        assert list(again.t_ms) == [second.t_ms for second in kept]
        assert list(again.rows) == [second.rows for second in kept]
        for name in NAMES:
            column = again.values.get(name, array("d", [math.nan]) * len(kept))
            assert bits(column) == expected([dict(second.values) for second in kept], name)


def _number(text: str) -> Columns:
    return sample_columns(f"seq,t_ms,mono_ms,wall_ms,missed,x,x_age_ms,x_why\n0,0,0,0,0,{text},,\n".encode())


@given(st.integers(0, 2**64 - 1), st.integers(0, 27))
@example(2**53 + 1, 0)
@example(2**64 - 1, 27)
@example(9007199254740993, 0)
@example(45035996273704965, 1)
@example(10**19, 19)
def test_digits_become_the_double_that_float_gives(digits: int, scale: int) -> None:
    whole, part = divmod(digits, 10**scale)
    text = f"{whole}.{part:0{scale}}" if scale else str(whole)
    for module in (cells, INTERPRETED):
        assert module.decimal_value(digits, scale).hex() == float(text).hex()
    assert _number(text).values["x"][0].hex() == float(text).hex()


@given(st.floats(1e-10, 1e15), st.integers(-2, 2))
def test_digits_close_to_halfway_between_two_doubles_become_the_nearest(near: float, beside: int) -> None:
    """Written out, the point halfway between neighbours may need more digits than a word has; the nearest 19 do."""
    mantissa, exponent = math.frexp(near)
    halfway = 2 * int(mantissa * 2**53) + 1  # times 2**(exponent - 54)
    up, down = max(exponent - 54, 0), max(54 - exponent, 0)
    scale = max(0, min(27, 18 - len(str((halfway << up) >> down))))
    digits = (halfway << up) * 10**scale // (1 << down) + beside
    if 0 < digits < 2**64:
        text = f"{digits // 10**scale}.{digits % 10**scale:0{scale}}" if scale else str(digits)
        for module in (cells, INTERPRETED):
            assert module.nearest_quotient(digits, scale).hex() == float(text).hex()


def test_random_doubles_of_every_size_read_back(read: Any) -> None:
    chance = random.Random(5)
    kept = []
    for number in range(400):
        anything = struct.unpack("<d", chance.randbytes(8))[0]
        given = [anything if math.isfinite(anything) else 0.5, chance.gauss(0, 1000), chance.uniform(0, 1) / 3]
        kept.append(Sample(number, number, 0, 0, {str(i): Channel(value) for i, value in enumerate(given)}))
    again = read.sample_columns(samples_csv(kept))
    for name in "012":
        assert bits(again.values[name]) == [(sample.channels[name].value or 0.0).hex() for sample in kept]


BEAT = "seq,t_ms,mono_ms,wall_ms,missed,hc_ppm,hc_ppm_age_ms,hc_ppm_why\n"
GOOD = "0,0,0,0,0,1.5,40,\n"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("0,0,0,0,0,abc,40,\n", "row 3, column hc_ppm: 'abc'"),
        ("0,0,0,0,0,nan,40,\n", "column hc_ppm: 'nan'"),
        ("0,0,0,0,0,inf,40,\n", "column hc_ppm: 'inf'"),
        ("0,0,0,0,0,1e999,40,\n", "column hc_ppm: '1e999'"),
        ("0,0,0,0,0,1E+16,40,\n", "column hc_ppm: '1E\\+16'"),
        ("0,0,0,0,0,1_0.0,40,\n", "column hc_ppm: '1_0.0'"),
        ("0,0,0,0,0, 1.0,40,\n", "column hc_ppm: ' 1.0'"),
        ("0,0,0,0,0,+1.0,40,\n", "column hc_ppm"),
        ("0,0,0,0,0,01.0,40,\n", "column hc_ppm"),
        ("0,0,0,0,0,1.,40,\n", "column hc_ppm"),
        ("0,0,0,0,0,.5,40,\n", "column hc_ppm"),
        ("0,0,0,0,0,-,40,\n", "column hc_ppm"),
        ("0,0,0,0,0,1.5.5,40,\n", "column hc_ppm"),
        ("0,0,0,0,0,1.5,4.0,\n", "column hc_ppm_age_ms: '4.0'"),
        ("0,0,0,0,0,1.5,-0,\n", "column hc_ppm_age_ms"),
        ("0,0,0,0,0,1.5,1234567890123456789,\n", "column hc_ppm_age_ms"),
        (",0,0,0,0,1.5,40,\n", "column seq: ''"),
        ("0,1.0,0,0,0,1.5,40,\n", "column t_ms: '1.0'"),
        ("0,0,0,0,0,1.5,40\n", "column hc_ppm_age_ms: the row has fewer cells"),
        ("0,0,0,0,0,1.5,40,,\n", "column hc_ppm_why: the row has more cells"),
        ("\n", "row 3, column seq"),
        ('0,0,0,0,0,,,a"b\n', "column hc_ppm_why"),
        ("0,0,0,0,0,,,a\rb\n", "column hc_ppm_why"),
        ('0,0,0,0,0,,,"a"b\n', "column hc_ppm_why"),
        ('0,0,0,0,0,,,"ab\n', "column hc_ppm_why: the quoted text does not end"),
        ('0,0,0,0,0,,,"ab""\n', "the quoted text does not end"),
        ("0,0,0,0,0,1.5,40,\r\n0,0,0,0,0,1.5,40,", "the last line does not end"),
        ("0,0,0,0,0,1.5,40,\n\n\n\n\n\n\n\n\n\n", "row 4, column seq"),
    ],
)
def test_what_was_not_written_so_is_named_by_row_and_column(read: Any, row: str, told: str) -> None:
    with pytest.raises(TableError, match=told):
        read.sample_columns((BEAT + GOOD + row).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\xff\n",
        b"t_s,rows\n",
        b"t_s,phase,rows,missing",
        b"t_s,phase,rows,missing\nx,,1,\n",
        b"t_s,phase,rows,missing\n,,1,\n",
        b"t_s,phase,rows,missing\n1e3,,1,\n",
        b"t_s,phase,rows,missing\n9999999999999.0,,1,\n",
        b"t_s,phase,rows,missing\n0,,,\n",
        b"t_s,phase,rows,missing\n0,,4294967296,\n",
        b"t_s,phase,rows,missing\n0,\xff,1,\n",
        b"t_s,co_pct,co_pct,phase,rows,missing\n0,1,2,,1,\n",
        b'"t_s,phase,rows,missing\n',
        b"t_s," + b"x" * 200_000 + b",phase,rows,missing\n",
        b"seq,t_ms,mono_ms,wall_ms,missed,hc_ppm,hc_ppm_age_ms\n",
    ],
)
@pytest.mark.parametrize("reader", [trace_columns, sample_columns])
def test_what_is_no_table_of_ours_is_refused(reader: Callable[[bytes], Columns], data: bytes) -> None:
    with pytest.raises(TableError):
        reader(data)


@given(st.binary(max_size=200), st.integers(0, 10**6))
def test_bytes_changed_anywhere_never_do_more_than_be_refused(junk: bytes, place: int) -> None:
    """A changed table either reads as the csv module reads it, or is damage."""
    data = bytearray((BEAT + GOOD + '1,100,0,0,0,,,"no,reply"\n' + "2,200,0,0,0,2.25e-05,,\n").encode())
    place %= len(data)
    data[place : place + len(junk)] = junk
    try:
        again = sample_columns(bytes(data))
    except TableError:
        return
    header, *rows = csv.reader(io.StringIO(bytes(data).decode(), newline=""), strict=True)
    assert len(rows) == len(again.t_ms)
    for name, column in again.values.items():
        cell = header.index(name)
        assert bits(column) == [float(row[cell]).hex() if row[cell] else "-" for row in rows]


def test_rows_that_are_all_line_ends_ask_for_no_memory() -> None:
    wide = ",".join(f"c{n}" for n in range(20_000))
    data = f"t_s,{wide},phase,rows,missing\n".encode() + b"\n" * 3_000_000
    with pytest.raises(TableError, match="row 2, column t_s"):
        trace_columns(data)
