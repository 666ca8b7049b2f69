"""Makes the certificates and signing keys of a training station: a private CA, and who is who.

Knows X.509 and files. Everything it makes is for training: a real lane gets its keys from its bureau. Private files are
readable by their owner alone, and nothing that exists is ever overwritten.
"""

import hashlib
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=825)
PrivateKey = ec.EllipticCurvePrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class LineFiles:
    """What one end of a TLS line needs."""

    ca: Path
    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key pair in files."""

    private: Path
    public: Path
    key_id: str


@dataclass(frozen=True, slots=True)
class LaneFiles:
    """What one lane has: its line certificate and its signing key."""

    line: LineFiles
    signing: SigningKey


@dataclass(frozen=True, slots=True)
class StationFiles:
    """Everybody's keys. ``trust`` is a trust store as a lane installs it: lane/, bureau/, authority/."""

    trust: Path
    broker: LineFiles
    bureau: LineFiles
    bureau_door: LineFiles
    bureau_signing: SigningKey
    authority_signing: SigningKey
    lanes: dict[str, LaneFiles]
    m_stations: dict[str, LineFiles]


class CertificateAuthority:
    """A private CA that lives in one folder."""

    def __init__(self, folder: Path, name: str = "lanectl training CA") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._cert = _sign_authority(self._name, self._key)
        self.file = folder / "ca.pem"
        _write_new(self.file, self._cert.public_bytes(serialization.Encoding.PEM), 0o644)
        _write_private(folder / "ca.key.pem", self._key)

    def server(self, file_name: str, hosts: Sequence[str] = ("127.0.0.1", "localhost")) -> LineFiles:
        """Issue a server certificate for these hosts."""
        names: list[x509.GeneralName] = [_host(host) for host in hosts]
        return self._issue(file_name, hosts[0], names, ExtendedKeyUsageOID.SERVER_AUTH)

    def client(self, file_name: str, common_name: str) -> LineFiles:
        """Issue a client certificate; brokers take the common name as the user's name."""
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(f"urn:lanectl:{common_name}")]
        return self._issue(file_name, common_name, names, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _issue(
        self, file_name: str, common_name: str, names: list[x509.GeneralName], use: x509.ObjectIdentifier
    ) -> LineFiles:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]), self._name, key)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(issuer, critical=False)
        )
        cert = builder.sign(self._key, hashes.SHA256())
        files = LineFiles(self.file, self._folder / f"{file_name}.pem", self._folder / f"{file_name}.key.pem")
        _write_new(files.cert, cert.public_bytes(serialization.Encoding.PEM), 0o644)
        _write_private(files.key, key)
        return files


def make_signing_key(folder: Path, name: str, *, mode: str | None = None, lane: str | None = None) -> SigningKey:
    """Make an Ed25519 key pair; the public file says for which mode and lane the key counts."""
    folder.mkdir(parents=True, exist_ok=True)
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    files = SigningKey(folder / f"{name}.key.pem", folder / f"{name}.pub.pem", key_id(public))
    _write_private(files.private, private)
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    notes = "".join(f"{label}: {value}\n" for label, value in (("Mode", mode), ("Lane", lane)) if value)
    _write_new(files.public, notes.encode() + public.public_bytes(*form), 0o644)
    return files


def make_station(
    folder: Path, lanes: Sequence[str], m_stations: Sequence[str] = (), mode: str = "training"
) -> StationFiles:
    """Make everything for lanes (``region/station/lane``), their broker, their bureau and the M-stations."""
    authority = CertificateAuthority(folder / "tls")
    keys, trust = folder / "keys", folder / "trust"
    bureau = make_signing_key(keys, "bureau", mode=mode)
    signer = make_signing_key(keys, "authority", mode=mode)
    _trust(trust / "bureau", bureau, "bureau")
    _trust(trust / "authority", signer, "authority")
    made: dict[str, LaneFiles] = {}
    for lane in lanes:
        name = file_name(lane)
        signing = make_signing_key(keys, f"lane-{name}", mode=mode, lane=lane)
        _trust(trust / "lane", signing, name)
        made[lane] = LaneFiles(authority.client(f"lane-{name}", lane), signing)
    return StationFiles(
        trust=trust,
        broker=authority.server("broker"),
        bureau=authority.client("bureau", "bureau"),
        bureau_door=authority.server("bureau-door"),
        bureau_signing=bureau,
        authority_signing=signer,
        lanes=made,
        m_stations={code: authority.client(f"m-station-{code}", f"m-station/{code}") for code in m_stations},
    )


def key_id(public: Ed25519PublicKey) -> str:
    """Return the first 16 hex digits of the SHA-256 over the key's SubjectPublicKeyInfo (DER)."""
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def file_name(lane: str) -> str:
    """Return a lane's name as files bear it."""
    return lane.replace("/", "-")


def _sign_authority(name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _trust(folder: Path, key: SigningKey, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _write_new(folder / f"{name}.pem", key.public.read_bytes(), 0o644)


def _write_private(path: Path, key: PrivateKey) -> None:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write_new(path, key.private_bytes(*form), 0o600)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
