"""A register map is part of the lane file's check: found beside it, read whole, and signed where it must be."""

from pathlib import Path

import pytest

from lanectl.app.compose import map_signers
from lanectl.app.config_check import check_whole
from lanectl.app.mode import kind_of_end
from lanectl.ledger.keys import Signer, TrustStore, new_key, write_public_key
from lanectl.settings.data_files import DataError, write_signature
from lanectl.settings.lane_file import load_lane_file

LANE = """\
[lane]
region = "440106"
station = "44010625"
lane = "01"
name = "一号线"
mode = "{mode}"

[uplink]
host = "bureau.example"

[[operators]]
id = "op1"
name = "张三"

[devices.dyno]
driver = "generic-modbus-dyno"
port = "tcp://192.0.2.7:502"
map = "{map}"
"""
EXAMPLE = (Path(__file__).parents[2] / "config/maps/example-dyno.toml").read_text("utf-8")


def lane_file(folder: Path, name: str, mode: str = "training") -> Path:
    file = folder / "lane.toml"
    file.write_text(LANE.format(map=name, mode=mode), "utf-8")
    return file


def test_a_map_beside_the_lane_file_is_read_from_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our.toml").write_text(EXAMPLE, "utf-8")
    lane_file(tmp_path, "our.toml")
    monkeypatch.chdir(tmp_path)
    assert [each.key for each in check_whole(Path("lane.toml")).problems if each.key.startswith("devices")] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [(("speed_kmh =", "speed_kph ="), "read.speed_kph"), (('type = "f32"', 'type = "f33"'), "read.speed_kmh.type")],
)
def test_a_wrong_map_is_told_with_its_key_at_the_line_that_names_it(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    (tmp_path / "our.toml").write_text(EXAMPLE.replace(*change, 1), "utf-8")

    found = [each for each in check_whole(lane_file(tmp_path, "our.toml")).problems if each.key == "devices.dyno.map"]

    assert [(each.code, each.line) for each in found] == [("bad_value", 18)]
    assert said in found[0].message.en


def test_an_official_lane_wants_its_map_signed(tmp_path: Path) -> None:
    map_file, authority = tmp_path / "our.toml", new_key()
    map_file.write_text(EXAMPLE, "utf-8")
    for role in ("lane", "bureau", "authority"):
        (tmp_path / "trust" / role).mkdir(parents=True)
    write_public_key(tmp_path / "trust/authority/a.pem", authority.public_key(), mode="official")
    trust = TrustStore.folder(tmp_path / "trust")
    assert map_signers(load_lane_file(lane_file(tmp_path, "our.toml")), trust) == {}
    official = load_lane_file(lane_file(tmp_path, "our.toml", "official"))
    with pytest.raises(DataError):
        map_signers(official, trust)
    write_signature(map_file, Signer(authority))
    assert map_signers(official, trust) == {"map of dyno": "official"}
    with pytest.raises(DataError):
        map_signers(load_lane_file(lane_file(tmp_path, "example-dyno", "official")), trust)


def test_a_tcp_port_on_this_machine_is_a_simulated_end() -> None:
    assert kind_of_end("tcp://127.0.0.1:502") == "network_loopback"
    assert kind_of_end("tcp://[::1]:502") == "network_loopback"
    assert kind_of_end("tcp://192.0.2.7:502") == "real"
