"""`lanectl replay` of what is no bundle, or a forged one: exit 1 and what is damaged, exit 2 for what is not there."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lanectl.app.evidence import take_out
from lanectl.app.replay import ReplayDamageError, replay
from lanectl.cli import main
from lanectl.ledger.bundle import bundle_bytes
from lanectl.ledger.canonical import canonical_bytes, sha256_hex
from lanectl.ledger.gz import gunzip_bytes, gzip_bytes

Members = dict[str, bytes]
Ask = Callable[[Path], tuple[int, dict[str, Any], str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def put(path: Path) -> tuple[int, dict[str, Any], str]:
        with pytest.raises(SystemExit) as end:
            main(["replay", str(path), "--json"])
        said = capsys.readouterr()
        assert isinstance(end.value.code, int)
        assert "Traceback" not in said.err
        return end.value.code, json.loads(said.out), said.err

    return put


@pytest.fixture
def members(station: Any) -> Members:
    station.seal("t1", station.puffs(35.0), method="free_acceleration")
    found: Members = take_out(station.ledger, "t1")
    return found


def forged(members: Members, change: Callable[[dict[str, Any]], None], **tables: bytes) -> Members:
    """Change the record, and tables with it, as somebody with the lane's key could."""
    made = {**members, **tables}
    record: dict[str, Any] = copy.deepcopy(json.loads(members["record.json"]))
    change(record)
    record["members"] = {name: sha256_hex(made[name]) for name in record["members"]}
    return {**made, "record.json": canonical_bytes(record)}


def test_a_sound_bundle_is_the_same(members: Members, ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "sound.lane"
    path.write_bytes(bundle_bytes(members))
    assert ask(path)[0] == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"no zip at all\n" * 99,
        lambda data: "plate,粤A12345\n".encode("utf-16"),
        lambda data: bytes(range(256)) * 400,
        lambda data: data[:10],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: b"\0" + data,
        lambda data: data[:4] + b"\xff" * 26 + data[30:],
        lambda data: data.replace(b"samples.csv.gz", b"../amples.c.gz"),
    ],
)
def test_what_is_no_bundle_is_damage(
    members: Members, ask: Ask, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "junk.lane"
    path.write_bytes(spoil(bundle_bytes(members)))
    code, said, _ = ask(path)
    assert (code, said["same"], said["recorded"], said["recomputed"]) == (1, False, {}, {})
    assert said["differences"][0].startswith("damaged: ")


def test_a_gigabyte_that_is_no_bundle_is_left_at_once(ask: Ask, tmp_path: Path) -> None:
    hole = tmp_path / "hole.lane"
    with hole.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(2**30)  # a sparse file: nothing is written
    code, said, _ = ask(hole)
    assert (code, said["differences"]) == (1, ["damaged: larger than 536870912 bytes"])


def test_what_is_not_there_or_no_file_is_named_with_a_remedy(ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "folder.lane"
    folder.mkdir()
    for path in (tmp_path / "none.lane", folder, Path("/dev/zero")):
        code, said, err = ask(path)
        assert (code, set(said)) == (2, {"error"})
        assert str(path) in said["error"]["message"]
        assert said["error"]["remedy"] in err


def test_any_flipped_bit_is_found(members: Members, ask: Ask, tmp_path: Path) -> None:
    whole, chance = bundle_bytes(members), random.Random(3)
    path = tmp_path / "flipped.lane"
    for _ in range(20):
        place, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        code, said, _ = ask(path)
        # Of a flip in the signature replay knows nothing: verify does.
        assert code == (0 if said["same"] else 1)
        assert said["same"] or said["differences"]


def set_figure(section: str, name: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        found = record["obd"]["rules"] if section == "obd" else record["limits"]["data"]
        if value is None:
            del found["rules"][name]
        else:
            found["rules"][name] = {**found["rules"][name], "value": value}

    return change


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("limits", "compare", None),
        ("limits", "compare", ["rounded"]),
        ("limits", "opacity_rate_share", 1e300),
        ("limits", "pedal_within_s", 2**50),
        ("limits", "blow_outs", -1),
        ("limits", "path_m", "0.43"),
        ("obd", "enforced_from", "soon"),
        ("obd", "open_monitors_to_drive", True),
        ("obd", "readiness_monitors", 4),
    ],
)
def test_a_record_whose_limits_are_none_is_damage(members: Members, section: str, name: str, value: object) -> None:
    with pytest.raises(ReplayDamageError, match=r"limits figure|cannot be"):
        replay(forged(members, set_figure(section, name, value)))


@pytest.mark.parametrize("cell", ["inf", "nan", "1e999", "-5", "x", "", "99999999999999999999999"])
@pytest.mark.parametrize("table", ["trace.csv.gz", "samples.csv.gz"])
def test_a_table_whose_times_are_none_is_damage_or_differs(members: Members, table: str, cell: str) -> None:
    lines = gunzip_bytes(members[table]).decode().splitlines()
    column = lines[0].split(",").index("t_s" if table == "trace.csv.gz" else "t_ms")
    cells = lines[20].split(",")
    lines[20] = ",".join([*cells[:column], cell, *cells[column + 1 :]])
    spoilt = {table: gzip_bytes(("\n".join(lines) + "\n").encode())}
    try:
        same = replay(forged(members, lambda _: None, **spoilt)).same
    except ReplayDamageError:
        same = False
    assert not same
