"""Signed data files: what is trusted, and by what name everything else is refused."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanectl.ledger.keys import Signer, TrustStore, write_public_key
from lanectl.settings.data_files import (
    DataMissingError,
    DataTamperedError,
    DataUnknownError,
    DataUnreadableError,
    DataUnsignedError,
    load_signed,
    load_signed_path,
    names_of,
    write_signature,
)
from lanectl.settings.problems import FaultyFileError
from lanectl.settings.profile import load_profile, profile_names

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture
def trust(tmp_path: Path) -> TrustStore:
    (tmp_path / "trust" / "authority").mkdir(parents=True)
    write_public_key(tmp_path / "trust" / "authority" / "a.pem", SIGNER.public, mode="training")
    return TrustStore.folder(tmp_path / "trust")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data" / "limits").mkdir(parents=True)
    (tmp_path / "data" / "limits" / "mine.toml").write_text("x = 1\n")
    return tmp_path / "data"


def test_a_signed_file_names_its_signer_and_realm(folder: Path, trust: TrustStore) -> None:
    write_signature(folder / "limits" / "mine.toml", SIGNER)
    file = load_signed("mine", "limits", folder, trust)
    assert (file.data, file.signed_by, file.realm) == ({"x": 1}, SIGNER.key_id, "training")


def test_without_trust_nothing_counts_as_signed(folder: Path) -> None:
    write_signature(folder / "limits" / "mine.toml", SIGNER)
    assert load_signed("mine", "limits", folder).signed_by is None


def test_a_file_without_signature_is_refused(folder: Path, trust: TrustStore) -> None:
    with pytest.raises(DataUnsignedError, match="sign-data"):
        load_signed("mine", "limits", folder, trust)


def test_one_changed_byte_is_refused(folder: Path, trust: TrustStore) -> None:
    path = folder / "limits" / "mine.toml"
    write_signature(path, SIGNER)
    path.write_text("x = 2\n")
    with pytest.raises(DataTamperedError):
        load_signed("mine", "limits", folder, trust)


def test_a_signer_that_nobody_trusts_is_refused(folder: Path) -> None:
    write_signature(folder / "limits" / "mine.toml", SIGNER)
    with pytest.raises(DataUnknownError, match=SIGNER.key_id):
        load_signed("mine", "limits", folder, TrustStore())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", "\xff", '{"suite": "md5", "key_id": "0", "signature": "AA=="}', "[" * 20_000],
)
def test_a_damaged_signature_file_is_named(folder: Path, trust: TrustStore, text: str) -> None:
    (folder / "limits" / "mine.toml.sig").write_text(text, encoding="latin-1")
    with pytest.raises(DataUnreadableError, match=r"mine\.toml\.sig"):
        load_signed("mine", "limits", folder, trust)


def test_a_signature_that_is_not_base64_is_no_signature(folder: Path, trust: TrustStore) -> None:
    value = {"suite": "ed25519", "key_id": SIGNER.key_id, "signature": "***"}
    (folder / "limits" / "mine.toml.sig").write_text(json.dumps(value))
    with pytest.raises(DataUnreadableError):
        load_signed("mine", "limits", folder, trust)


@pytest.mark.parametrize("name", ["nothing", "../limits/mine", "", ".", "a/b", "mine\x00"])
def test_a_name_is_a_name_and_never_a_path(folder: Path, name: str) -> None:
    with pytest.raises(DataMissingError):
        load_signed(name, "limits", folder)


def test_the_lanes_folder_goes_before_the_package(folder: Path) -> None:
    (folder / "profiles").mkdir()
    (folder / "profiles" / "default.toml").write_text("broken = true\n")
    with pytest.raises(FaultyFileError) as refused:
        load_profile("default", folder)
    assert "broken" in {problem.key for problem in refused.value.problems}
    assert "mine" in names_of("limits", folder)


def test_a_file_can_be_named_by_its_path(folder: Path, trust: TrustStore) -> None:
    path = folder / "limits" / "mine.toml"
    write_signature(path, SIGNER)
    assert load_signed_path(path, "limits", trust).signed_by == SIGNER.key_id


def test_the_packaged_profiles_load_and_say_where_each_rule_was_read() -> None:
    assert set(profile_names()) >= {"default", "liuzhou", "mangshi"}
    for name in profile_names():
        meta = load_profile(name).profile.meta
        assert meta.name == name
        assert meta.sources
    assert load_profile("liuzhou").profile.meta.draft


def test_a_calendar_in_the_lanes_folder_is_joined_to_the_profile(folder: Path, trust: TrustStore) -> None:
    (folder / "profiles").mkdir()
    table = folder / "profiles" / "workdays-2031.toml"
    table.write_text('year = 2031\nsource = "invented"\nholidays = [2031-05-01]\nworkdays = []\n')
    loaded = load_profile("default", folder)
    assert [entry.year for entry in loaded.gate.calendar] == [2031]
    assert [file.name for file in loaded.calendars] == ["workdays-2031"]
    assert "workdays-2031" not in profile_names(folder)
    table.write_text("year = 2031\nholidays = [2030-05-01]\nworkdays = []\n")
    with pytest.raises(FaultyFileError, match="workdays-2031"):
        load_profile("default", folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [("accepted = true", 'accepted = "yes"'), ('phase = "full"', 'phase = "ful"'), ('"invoice"]', '"invoise"]')],
)
def test_a_mistake_in_a_profile_has_its_line(tmp_path: Path, old: str, new: str) -> None:
    text = Path(load_profile("default").file.path).read_text(encoding="utf-8")
    where = text.partition(old)[0].count("\n") + 1
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FaultyFileError) as refused:
        load_profile(str(path))
    assert [problem.line for problem in refused.value.problems] == [where]


@pytest.mark.parametrize(
    "phases",
    [
        '[[gate.phases]]\nphase = "full"\n[[gate.phases]]\nphase = "none"\n',
        '[[gate.phases]]\nphase = "full"\nstarts = 2026-03-01\n[[gate.phases]]\nphase = "none"\nstarts = 2026-01-01\n',
    ],
)
def test_phases_must_follow_each_other(tmp_path: Path, phases: str) -> None:
    head = 'schema = "lanectl/profile/1"\n[meta]\nname = "x"\ntitle = "x"\nregion = "x"\n'
    (tmp_path / "x.toml").write_text(head + phases)
    with pytest.raises(FaultyFileError, match="follow each other"):
        load_profile(str(tmp_path / "x.toml"))
