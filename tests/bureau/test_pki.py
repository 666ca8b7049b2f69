"""Keys and certificates of a training station."""

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from lanectl.ledger.keys import Signer, TrustStore
from simulators.bureau import enrolled
from simulators.pki import make_station


def test_private_files_are_for_their_owner_alone(station: Any) -> None:
    root = station.trust.parent
    private = list(root.rglob("*.key.pem"))
    assert len(private) >= 8
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_the_trust_store_is_one_that_a_lane_can_install(world: Any, station: Any) -> None:
    trust = TrustStore.folder(station.trust)
    signing = station.lanes[world.lane].signing
    key = trust.find("lane", signing.key_id)
    assert key is not None
    assert (key.lane, key.mode) == (world.lane, "training")
    assert Signer.load(signing.private).key_id == signing.key_id
    assert trust.find("bureau", station.bureau_signing.key_id)
    assert trust.find("authority", station.authority_signing.key_id)
    assert trust.find("bureau", signing.key_id) is None


def test_the_bureau_enrols_the_lanes_of_the_same_folder(world: Any, station: Any) -> None:
    assert set(enrolled(station.trust)) == {world.lane, world.other}


def test_certificates_carry_what_strict_clients_ask_for(world: Any, station: Any) -> None:
    for file in (station.broker.cert, station.lanes[world.lane].line.cert):
        cert = x509.load_pem_x509_certificate(file.read_bytes())
        oids = {extension.oid for extension in cert.extensions}
        assert {
            ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
            ExtensionOID.SUBJECT_KEY_IDENTIFIER,
            ExtensionOID.KEY_USAGE,
            ExtensionOID.EXTENDED_KEY_USAGE,
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        } <= oids
    lane = x509.load_pem_x509_certificate(station.lanes[world.lane].line.cert.read_bytes())
    assert lane.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == world.lane


def test_nothing_that_exists_is_overwritten(world: Any, tmp_path: Path) -> None:
    make_station(tmp_path, [world.lane])
    with pytest.raises(FileExistsError):
        make_station(tmp_path, [world.lane])
