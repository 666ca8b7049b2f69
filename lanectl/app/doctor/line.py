"""Is the line to the bureau in order: certificates, and a TLS handshake with the broker.

Speaks no MQTT: a second client under this lane's name would push the first one off the line.
"""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from lanectl.app.doctor.finding import Finding, found
from lanectl.settings.lane_file import UplinkTable
from lanectl.uplink.client import LineSettings

CONNECT_S = 3.0
LISTEN_S = 0.3
"""With TLS 1.3 a broker refuses our certificate only after its own part of the handshake."""
SOON = timedelta(days=30)


def check_line(uplink: UplinkTable | None) -> Iterator[Finding]:
    """Look at our certificates, then shake hands with the broker."""
    if uplink is None:
        yield found("broker", "broker_none")
        return
    yield from (certificate(file) for file in (uplink.ca, uplink.cert))
    yield from _private(uplink.key)
    yield _broker(uplink)


def certificate(file: Path, now: datetime | None = None) -> Finding:
    """Say how long a certificate lasts."""
    now = now or datetime.now(UTC)
    try:
        read = x509.load_pem_x509_certificate(file.read_bytes())
    except OSError as error:
        return found("certificates", "certificate_unusable", detail=f"{file}: {error.strerror}")
    except ValueError:
        return found("certificates", "certificate_unusable", detail=f"{file}: not a certificate in PEM form")
    since, until = read.not_valid_before_utc, read.not_valid_after_utc
    facts = {"file": file, "since": _day(since), "until": _day(until)}
    if now < since:
        return found("certificates", "certificate_early", **facts)
    code = "certificate_over" if now > until else "certificate_soon" if until - now < SOON else "certificate"
    return found("certificates", code, **facts)


def _private(file: Path) -> Iterator[Finding]:
    try:
        mode = file.stat().st_mode
    except OSError as error:
        yield found("certificates", "certificate_unusable", detail=f"{file}: {error.strerror}")
        return
    if mode & 0o007:
        yield found("keys", "key_open", file=file)


def _broker(uplink: UplinkTable) -> Finding:
    facts = {"host": uplink.host, "port": uplink.port}
    settings = LineSettings(uplink.host, uplink.port, uplink.ca, uplink.cert, uplink.key)
    try:
        context = settings.tls()
    except (OSError, ssl.SSLError) as error:
        return found("certificates", "certificate_unusable", detail=error)
    try:
        raw = socket.create_connection((uplink.host, uplink.port), CONNECT_S)
    except OSError as error:
        return found("broker", "broker_unreachable", **facts, detail=error.strerror or str(error))
    try:
        with context.wrap_socket(raw, server_hostname=uplink.host) as line:
            until = ssl.cert_time_to_seconds(str((line.getpeercert() or {}).get("notAfter")))
            version, refused = line.version(), _refused(line)
    except ssl.SSLCertVerificationError as error:
        return found("broker", "broker_not_trusted", **facts, detail=error.verify_message)
    except (OSError, ssl.SSLError) as error:
        return found("broker", "broker_refuses", **facts, detail=error.strerror or str(error))
    if refused:
        return found("broker", "broker_refuses", **facts, detail=refused)
    ends = datetime.fromtimestamp(until, UTC)
    code = "broker_soon" if ends - datetime.now(UTC) < SOON else "broker"
    return found("broker", code, **facts, version=version, until=_day(ends))


def _refused(line: ssl.SSLSocket) -> str:
    """Listen whether the broker hangs up on our certificate; a broker that accepts it waits for us to speak."""
    line.settimeout(LISTEN_S)
    try:
        return "" if line.recv(1) else "the connection was closed"
    except TimeoutError:
        return ""
    except OSError as error:
        return str(getattr(error, "reason", None) or error.strerror or error)


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")
