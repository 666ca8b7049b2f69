import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.channels import TRACE_ORDER
from lanectl.ledger.gz import NotCanonicalGzipError, gunzip_bytes, gzip_bytes
from lanectl.ledger.tables import samples_csv, trace_csv
from lanectl.model.record import SecondRow
from lanectl.model.sample import Channel, Sample

floats = st.floats(allow_nan=False, allow_infinity=False)
BESIDE = ("t_s", "phase", "rows", "missing")
names = st.sampled_from([*TRACE_ORDER[:12], "obd_rpm", "obd_speed_kmh"])
reasons = st.sampled_from(["no_reply", "stale", "a,b", 'quote"', "换行\n"])
channel = st.builds(Channel, floats, st.none() | st.integers(0, 9999)) | st.builds(
    Channel, st.none(), st.none(), reasons
)
sample = st.builds(
    Sample,
    st.integers(0, 9999),
    st.integers(0, 10**6),
    st.integers(0, 10**9),
    st.integers(0, 2 * 10**12),
    st.dictionaries(names, channel, max_size=5),
    st.integers(0, 3),
)


def read_samples(data: bytes) -> list[Sample]:
    """Read the table as anybody can, with nothing of this program."""
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    made = []
    for row in rows:
        cells = {n: row[i : i + 3] for n, i in zip(header[5::3], range(5, len(row), 3), strict=True)}
        found = {
            name: Channel(float(value) if value else None, int(age) if age else None, why or None)
            for name, (value, age, why) in cells.items()
            if value or age or why
        }
        seq, t_ms, mono_ms, wall_ms, missed = map(int, row[:5])
        made.append(Sample(seq, t_ms, mono_ms, wall_ms, found, missed))
    return made


@given(st.lists(sample, max_size=5))
def test_samples_read_back_to_the_last_bit(kept: list[Sample]) -> None:
    assert read_samples(samples_csv(kept)) == kept


@given(st.lists(st.dictionaries(names, st.none() | floats, max_size=6), max_size=5))
def test_seconds_read_back_to_the_last_bit(rows: list[dict[str, float | None]]) -> None:
    kept = [SecondRow(n * 1000, values, 10, "asm5025", {"hc_ppm": "stale"}) for n, values in enumerate(rows)]
    again = list(csv.DictReader(io.StringIO(trace_csv(kept).decode())))
    told = [(s["t_s"], s["rows"], s["phase"], s["missing"]) for s in again]
    assert told == [(str(n), "10", "asm5025", "hc_ppm=stale") for n in range(len(kept))]
    for before, after in zip(kept, again, strict=True):
        values = {name: float(after[name]) for name in after if name not in BESIDE and after[name]}
        assert values == {name: value for name, value in before.values.items() if value is not None}


def test_a_trace_is_a_plain_table_with_the_documented_columns() -> None:
    kept = trace_csv([SecondRow(0, {"obd_rpm": 1690.0, "co_pct": None}, 10, "asm5025", {"co_pct": "no_reply"})])
    (row,) = csv.DictReader(io.StringIO(kept.decode()))
    assert list(row) == ["t_s", *TRACE_ORDER, "obd_rpm", "phase", "rows", "missing"]
    assert (row["t_s"], row["obd_rpm"], row["co_pct"], row["missing"]) == ("0", "1690.0", "", "co_pct=no_reply")


@given(st.binary(max_size=300))
def test_gzip_is_canonical_and_any_tool_opens_it(data: bytes) -> None:
    packed = gzip_bytes(data)
    assert gunzip_bytes(packed) == data == gzip.decompress(packed)
    assert packed == gzip_bytes(data)


def test_gzip_in_any_other_form_is_refused() -> None:
    packed = gzip_bytes(b"trace" * 50)
    others = [
        gzip.compress(b"trace" * 50),  # has a time
        packed + b"\0",
        packed + packed,
        packed[:-1],
        packed[:3] + b"\x04" + packed[4:],
        packed[:-5] + bytes([packed[-5] ^ 1]) + packed[-4:],
    ]
    for other in others:
        with pytest.raises(NotCanonicalGzipError):
            gunzip_bytes(other)


def test_a_gzip_bomb_is_refused_before_it_unpacks() -> None:
    with pytest.raises(NotCanonicalGzipError, match="more than 1000 bytes"):
        gunzip_bytes(gzip_bytes(bytes(10**6)), largest=1000)
