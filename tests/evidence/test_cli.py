import json
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

from lanectl.cli import evidence
from lanectl.cli.output import UsageError
from lanectl.ledger.keys import Signer, TrustStore, load_public_key, new_key, write_private_key, write_public_key

LANE_FILE = """
[lane]
region = "440106"
station = "44010625"
lane = "01"
name = "一号线"
mode = "training"
[[operators]]
id = "op1"
name = "王"
[devices.gas]
driver = "x"
"""


@pytest.fixture
def lanectl(station: Any) -> Any:
    (station.folder / "lane.toml").write_text(LANE_FILE, "utf-8")
    app = typer.Typer()
    evidence.register(app)
    runner = CliRunner()

    def run(*arguments: object) -> tuple[int, dict[str, Any]]:
        done = runner.invoke(app, [str(argument) for argument in arguments])
        if isinstance(done.exception, UsageError):
            return 2, {"message": done.exception.message, "remedy": done.exception.remedy}
        if isinstance(done.exception, click.ClickException | SystemExit):
            return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("{") else {"text": done.output}
        assert done.exception is None, done.exception
        return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("{") else {"text": done.output}

    return run


@pytest.fixture
def bundle(station: Any, lanectl: Any) -> Path:
    station.seal("t1", station.beats(1000))
    code, said = lanectl("export", "t1", "--to", station.folder / "out", "--ledger", station.ledger, "--json")
    assert code == 0
    return Path(said["files"][0])


def test_a_ledger_is_verified_with_what_the_lane_file_names(station: Any, lanectl: Any, bundle: Path) -> None:
    code, said = lanectl("verify", "--config", station.folder / "lane.toml", "--json")
    assert (code, said["ok"], said["records"], said["first_bad"]) == (0, True, 1, None)


def test_a_bundle_is_verified_with_a_key_given_by_hand(station: Any, lanectl: Any, bundle: Path) -> None:
    stranger = station.folder / "stranger.pem"
    write_public_key(stranger, new_key().public_key())
    keys = ("--key", stranger, "--key", station.public_key)
    assert lanectl("verify", bundle, *keys, "--json") == (
        0,
        {"ok": True, "records": 1, "first_bad": None, "problems": []},
    )
    code, said = lanectl("verify", bundle, "--key", stranger, "--json")
    assert (code, said["ok"], said["first_bad"]["sequence"], said["first_bad"]["code"]) == (1, False, 1, "unknown_key")
    assert said["first_bad"]["reason"].startswith("unknown_key: ")


def test_without_any_key_nobody_is_trusted_and_the_bundle_is_refused_as_such(lanectl: Any, bundle: Path) -> None:
    code, said = lanectl("verify", bundle, "--json")
    assert (code, said["ok"], said["first_bad"]["code"]) == (1, False, "unknown_key")


def test_a_damaged_bundle_exits_1_and_a_missing_one_2(station: Any, lanectl: Any, bundle: Path) -> None:
    data = bytearray(bundle.read_bytes())
    data[100] ^= 1
    bundle.write_bytes(data)
    code, said = lanectl("verify", bundle, "--trust", station.trust, "--json")
    assert (code, said["ok"]) == (1, False)
    code, said = lanectl("replay", bundle, "--json")
    assert (code, said["same"], said["differences"][0].partition(":")[0]) == (1, False, "damaged")
    (station.folder / "text.lane").write_text("no zip")
    assert lanectl("verify", station.folder / "text.lane", "--trust", station.trust)[0] == 1
    for command in (("verify", "none.lane", "--trust", station.trust), ("replay", "none.lane")):
        code, said = lanectl(*command)
        assert (code, said["message"]) == (2, "none.lane: no such file")


def test_unusable_input_is_named_with_a_remedy(station: Any, lanectl: Any, bundle: Path) -> None:
    for command in (
        ("verify", "--config", "/none/lane.toml"),
        ("verify", bundle, "--key", "/none/key.pem"),
        ("verify", bundle, "--trust", "/none"),
        ("verify", "--ledger", "/none/ledger.db", "--trust", station.trust),
        ("verify", station.trust, "--trust", station.trust),
        ("replay", "t9", "--ledger", station.ledger),
        ("export", "t9", "--to", station.folder / "out", "--ledger", station.ledger),
        ("sign-data", bundle, "--key", "/none/key.pem"),
    ):
        code, said = lanectl(*command)
        assert code == 2, command
        assert said["message"], command
        assert said["remedy"], command


def test_a_replay_by_test_id_and_by_bundle_say_the_same(station: Any, lanectl: Any, bundle: Path) -> None:
    by_id = lanectl("replay", "t1", "--ledger", station.ledger, "--json")
    assert by_id == lanectl("replay", bundle, "--json")
    assert (by_id[0], by_id[1]["same"], by_id[1]["recorded"]["outcome"]) == (0, True, "pass")
    assert by_id[1]["recorded"]["values"] == by_id[1]["recomputed"]["values"]


def test_a_person_reads_the_verdict_and_the_damage(station: Any, lanectl: Any, bundle: Path) -> None:
    assert "same" in lanectl("replay", bundle)[1]["text"]
    assert "sound" in lanectl("verify", bundle, "--trust", station.trust)[1]["text"]
    code, said = lanectl("verify", bundle.parent, "--key", _stranger(station))
    assert code == 1
    assert "#1" in said["text"]
    assert "不受信任" in said["text"]


def _stranger(station: Any) -> Path:
    path = Path(station.folder) / "someone.pem"
    write_public_key(path, new_key().public_key())
    return path


def test_data_files_are_signed_over_their_exact_bytes(station: Any, lanectl: Any) -> None:
    private = new_key()
    write_private_key(station.folder / "authority.key.pem", private)
    data = station.folder / "limits.toml"
    data.write_bytes(b"a = 1\r\n")
    code, said = lanectl("sign-data", data, "--key", station.folder / "authority.key.pem", "--json")
    signature = json.loads(Path(said["files"][0]).read_text())
    assert (code, Path(said["files"][0]).name) == (0, "limits.toml.sig")
    assert set(signature) == {"suite", "key_id", "signature"}
    write_public_key(station.folder / "authority.pem", private.public_key())
    key = load_public_key(station.folder / "authority.pem")
    assert (signature["suite"], signature["key_id"]) == ("ed25519", Signer(private).key_id)
    assert key.signed(b"a = 1\r\n", signature["signature"])
    assert not key.signed(b"a = 1\n", signature["signature"])
    assert "PRIVATE" not in json.dumps(said)


def test_a_private_key_that_others_may_read_is_not_used(station: Any, lanectl: Any) -> None:
    key = station.folder / "authority.key.pem"
    write_private_key(key, new_key())
    key.chmod(0o644)
    code, said = lanectl("sign-data", station.folder / "lane.toml", "--key", key)
    assert (code, "chmod 600" in said["message"]) == (2, True)


def test_the_trust_store_of_a_station_holds_its_lane_key(station: Any) -> None:
    assert len(TrustStore.folder(station.trust)) == 1
