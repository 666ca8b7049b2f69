import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.app.evidence import export, take_out
from lanectl.ledger.bundle import BundleDamagedError, bundle_bytes, parse_bundle, read_bundle
from lanectl.ledger.errors import UnknownTestError
from lanectl.ledger.keys import TrustStore
from lanectl.ledger.verify import verify_bundle, verify_bundle_bytes

names = st.sampled_from(
    ["record.json", "signature.json", "trace.csv.gz", "events.json", "raw/a.bin", "raw/b", "checkpoint"]
)


@pytest.fixture
def bundle(station: Any) -> bytes:
    station.seal("t1", [])
    ledger = station.open()
    ledger.checkpoint(station.at)
    ledger.close()
    (path,) = export(station.ledger, ["t1"], station.folder / "out")
    return Path(path).read_bytes()


@pytest.fixture
def keys(station: Any) -> TrustStore:
    return TrustStore.files([station.public_key])


@given(st.dictionaries(names, st.binary(max_size=60), min_size=1))
def test_members_come_back_as_they_went_in(members: dict[str, bytes]) -> None:
    assert parse_bundle(bundle_bytes(members)) == members


def test_any_tool_opens_it_and_finds_the_members_in_their_order(bundle: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        assert opened.testzip() is None
        first = ["record.json", "signature.json", "trace.csv.gz", "samples.csv.gz"]
        assert opened.namelist() == [*first, "events.json", "devices.json", "checkpoint"]


def test_a_whole_bundle_is_sound(bundle: bytes, keys: TrustStore) -> None:
    assert verify_bundle_bytes(bundle, keys).ok


def test_every_single_changed_byte_is_found(bundle: bytes, keys: TrustStore) -> None:
    for place in range(len(bundle)):
        data = bytearray(bundle)
        data[place] ^= 1 << (place % 8)
        result = verify_bundle_bytes(bytes(data), keys)
        assert result.first_bad is not None, f"byte {place} changed unseen"


def _zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
        archive.comment = comment
    return buffer.getvalue()


def test_the_same_members_in_any_other_zip_are_damage(bundle: bytes) -> None:
    members = parse_bundle(bundle)
    backwards = dict(reversed(members.items()))
    others = {
        "another program's zip": _zipped(members),
        "compressed": _zipped(members, zipfile.ZIP_DEFLATED),
        "comment": _zipped(members, comment=b"hello"),
        "another order": _zipped(backwards),
        "something behind": bundle + b"\0",
        "something before": b"\0" + bundle,
        "cut": bundle[:-1],
        "cut in a member": bundle[:700],
        "a member twice": bundle[: bundle.index(b"PK\x01\x02")] + bundle,
        "a foreign member": _zipped({**members, "virus.exe": b""}),
        "empty": b"",
        "no zip": b"nonsense" * 100,
    }
    for what, data in others.items():
        try:
            parse_bundle(data)
        except BundleDamagedError:
            continue
        pytest.fail(f"{what} was taken for a bundle")


def test_members_that_the_record_does_not_name_or_that_are_gone_are_found(bundle: bytes, keys: TrustStore) -> None:
    members = parse_bundle(bundle)
    less = bundle_bytes({name: data for name, data in members.items() if name != "events.json"})
    more = bundle_bytes({**members, "raw/extra": b"x"})
    for data, code in ((less, "member_missing"), (more, "member_extra")):
        bad = verify_bundle_bytes(data, keys).first_bad
        assert bad is not None
        assert (bad.sequence, bad.code) == (1, code)


def test_a_checkpoint_that_ends_before_its_record_is_found(station: Any, keys: TrustStore) -> None:
    station.seal("t1", [])
    ledger = station.open()
    early = ledger.checkpoint(station.at)
    ledger.close()
    station.seal("t2", [])
    data = bundle_bytes({**take_out(station.ledger, "t2"), "checkpoint": early})
    bad = verify_bundle_bytes(data, keys).first_bad
    assert bad is not None
    assert bad.code == "checkpoint_wrong"


def test_an_oversize_file_is_refused_before_it_is_read(tmp_path: Path, keys: TrustStore) -> None:
    path = tmp_path / "big.lane"
    with path.open("wb") as file:
        file.truncate(600 * 2**20)
    with pytest.raises(BundleDamagedError, match="larger than"):
        read_bundle(path)
    assert not verify_bundle(path, keys).ok


def test_export_writes_all_or_nothing(station: Any) -> None:
    station.seal("t1", [])
    with pytest.raises(UnknownTestError, match="t9"):
        export(station.ledger, ["t1", "t9"], station.folder / "out")
    assert not (station.folder / "out").exists()


def test_the_standard_unzip_of_python_lists_it(bundle: bytes, tmp_path: Path) -> None:
    (tmp_path / "t1.lane").write_bytes(bundle)
    done = subprocess.run(
        [sys.executable, "-m", "zipfile", "-t", str(tmp_path / "t1.lane")], capture_output=True, check=True
    )
    assert b"Done testing" in done.stdout
