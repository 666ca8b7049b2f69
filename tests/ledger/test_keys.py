from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lanectl.ledger.keys import (
    KeyFileError,
    Signer,
    TrustStore,
    load_public_key,
    new_key,
    write_private_key,
    write_public_key,
)


def test_a_written_key_signs_and_its_public_half_agrees(tmp_path: Path) -> None:
    write_private_key(tmp_path / "lane.key.pem", new_key())
    signer = Signer.load(tmp_path / "lane.key.pem")
    write_public_key(tmp_path / "lane.pem", signer.public, "training", "a/b/1")
    key = load_public_key(tmp_path / "lane.pem")
    assert (key.key_id, key.mode, key.lane) == (signer.key_id, "training", "a/b/1")
    signature = signer.sign(b"text")
    assert key.signed(b"text", signature)
    assert not key.signed(b"texT", signature)
    assert not key.signed(b"text", signature + "\n")
    assert not key.signed(b"text", "AAAA")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "lane.key.pem"
    write_private_key(path, new_key())
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Signer.load(path)


def test_a_private_key_is_never_shown_nor_overwritten(tmp_path: Path) -> None:
    private = new_key()
    signer = Signer(private)
    assert repr(signer) == f"Signer(key_id={signer.key_id!r})"
    write_private_key(tmp_path / "k.pem", private)
    with pytest.raises(FileExistsError):
        write_private_key(tmp_path / "k.pem", private)


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "p.pem").write_bytes(
        other.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(KeyFileError, match="not an Ed25519 public key"):
        load_public_key(tmp_path / "p.pem")
    (tmp_path / "x.pem").write_bytes(b"nonsense")
    (tmp_path / "x.pem").chmod(0o600)
    with pytest.raises(KeyFileError):
        load_public_key(tmp_path / "x.pem")
    with pytest.raises(KeyFileError):
        Signer.load(tmp_path / "x.pem")
    with pytest.raises(KeyFileError, match="No such file"):
        load_public_key(tmp_path / "missing.pem")


def test_a_trust_store_trusts_each_key_in_its_own_role(tmp_path: Path) -> None:
    signers = {role: Signer(new_key()) for role in ("lane", "bureau", "authority")}
    for role, signer in signers.items():
        (tmp_path / role).mkdir()
        write_public_key(tmp_path / role / "one.pem", signer.public)
    store = TrustStore.folder(tmp_path)
    assert len(store) == 3
    assert store.has("bureau")
    assert store.find("lane", signers["lane"].key_id) is not None
    assert store.find("lane", signers["bureau"].key_id) is None
    given = TrustStore.files([tmp_path / "bureau" / "one.pem"])
    assert given.find("lane", signers["bureau"].key_id) is not None
    assert not given.has("bureau")


def test_a_missing_trust_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="no such trust store"):
        TrustStore.folder(tmp_path / "none")
