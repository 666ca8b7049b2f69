"""Official or training: a pure decision over facts about ends, keys and data.

In official mode nothing simulated, scaled, unsigned or trained may take part. The decision is a list of reasons
against; an empty list means that the lane may run. There is no switch that overrides it.
"""

import ipaddress
import os
import socket
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PTY_MAJORS = range(136, 144)
"""Linux device majors of Unix98 pseudo-terminals (devices.txt of the kernel)."""
SIMULATED_PREFIXES = (
    "socket://",
    "loop://",
    "rfc2217://",
    "virtual:",
    "udp_multicast:",
    "slcan:",
    "tcp://127.",
    "127.",
    "localhost",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the decision looks at."""

    mode: str
    clock_factor: float
    ends: Mapping[str, str]
    """Device name to the kind of its end: ``real``, ``pseudo_terminal``, ``network_loopback``, ``missing``."""
    signers: Mapping[str, str | None]
    """Data file to the realm of the key that signed it: ``official``, ``training``, or None when unsigned."""
    lane_key_realm: str
    has_watchdog_output: bool
    loaded_methods: bool
    uplink_configured: bool
    cameras: Mapping[str, str] = field(default_factory=dict)
    """Camera id to the kind of its end: ``real``, ``network_loopback``, ``this_machine``, ``missing``."""


def reasons_against(facts: Facts) -> list[str]:
    """Return why this lane may not run in its mode; codes with the thing concerned, empty when it may."""
    against = [f"data_unsigned: {name}" for name, realm in facts.signers.items() if realm is None]
    if facts.mode == "training":
        if facts.lane_key_realm == "unknown":
            against.append("lane_key_not_trusted: its public key is not in trust/lane")
        elif facts.lane_key_realm != "training":
            against.append(f"official_key_in_training: {facts.lane_key_realm}")
        return against
    ends = {**facts.ends, **{f"camera {name}": kind for name, kind in facts.cameras.items()}}
    against += [f"simulated_end: {name} ({kind})" for name, kind in ends.items() if kind not in ("real", "missing")]
    against += [f"data_of_other_realm: {name}" for name, realm in facts.signers.items() if realm == "training"]
    if facts.clock_factor != 1.0:
        against.append(f"clock_factor: {facts.clock_factor}")
    if facts.lane_key_realm != "official":
        against.append(f"key_of_other_realm: {facts.lane_key_realm}")
    if facts.loaded_methods and not facts.has_watchdog_output:
        against.append("no_watchdog_output")
    if not facts.uplink_configured:
        against.append("no_uplink")
    return against


def kind_of_end(port: str) -> str:
    """Say what kind of end a port name is, following links; the name alone is never believed."""
    if port.startswith("tcp://"):
        return kind_of_url(port)
    if port.startswith(SIMULATED_PREFIXES):
        return "network_loopback"
    path = Path(port)
    try:
        real = path.resolve(strict=True)
        found = real.stat()
    except OSError:
        return "missing"
    if not stat.S_ISCHR(found.st_mode):
        return "not_a_device"
    return "pseudo_terminal" if os.major(found.st_rdev) in PTY_MAJORS else "real"


def kind_of_url(url: str) -> str:
    """Say what kind of end a camera's address is, by every network address that its host name leads to."""
    try:
        host = urlsplit(url).hostname or ""
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, ValueError):
        return "missing"
    kinds = {_kind_of_address(address) for address in found}
    return next((kind for kind in ("network_loopback", "this_machine") if kind in kinds), "real")


def _kind_of_address(text: str) -> str:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback or address.is_unspecified:
        return "network_loopback"
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return "real"  # nobody can bind to an address that is not this machine's own
    return "this_machine"
