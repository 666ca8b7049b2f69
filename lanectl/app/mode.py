"""Official or training: a pure decision over facts about ends, keys and data.

In official mode nothing simulated, scaled, unsigned or trained may take part. The decision is a list of reasons
against; an empty list means that the lane may run. There is no switch that overrides it.
"""

import ipaddress
import os
import socket
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PTY_MAJORS = frozenset((2, 3, *range(136, 144)))
"""Linux device majors of pseudo-terminals, BSD's and Unix98's (devices.txt of the kernel)."""
NO_PORT_MAJORS = frozenset((1, 5))
"""Memory devices such as /dev/null, and whatever terminal this process happens to have (/dev/tty, /dev/ptmx)."""
CONSOLES = 4, range(64)
"""Major and minors of virtual consoles; serial ports follow them from minor 64 on."""
SYS_NET, SYS_VIRTUAL = Path("/sys/class/net"), "virtual"
"""Where the kernel shows its network interfaces, and the folder under devices/ of those without hardware."""
ARPHRD_CAN = "280"
"""Type of a CAN interface in sysfs (linux/if_arp.h)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the decision looks at."""

    mode: str
    clock_factor: float
    ends: Mapping[str, str]
    """Device name to the kind of its end, see kind_of_end."""
    signers: Mapping[str, str | None]
    """Data file to the realm of the key that signed it: ``official``, ``training``, or None when unsigned."""
    lane_key_realm: str
    lane: str
    """``region/station/lane``."""
    lane_key_lane: str | None
    """The lane that the key's file names; None where it names none."""
    bureau_realms: Mapping[str, str | None]
    """Id of each trusted key of the bureau to the realm that its file names."""
    has_watchdog_output: bool
    loaded_methods: bool
    uplink_configured: bool
    cameras: Mapping[str, str] = field(default_factory=dict)
    """Camera id to the kind of its end: ``real``, ``network_loopback``, ``this_machine``, ``missing``."""
    not_named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Device name to the facts that it tells about itself and the lane file does not say."""


def reasons_against(facts: Facts) -> list[str]:
    """Return why this lane may not run in its mode; codes with the thing concerned, empty when it may."""
    against = [f"data_unsigned: {name}" for name, realm in facts.signers.items() if realm is None]
    if facts.lane_key_lane not in (None, facts.lane):
        against.append(f"key_of_other_lane: {facts.lane_key_lane}")
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
    if facts.lane_key_lane is None:
        against.append("key_of_no_lane: its public key file has no line 'Lane:'")
    against += [
        f"bureau_key_of_other_realm: {key_id} ({realm or 'its file names none'})"
        for key_id, realm in facts.bureau_realms.items()
        if realm != "official"
    ]
    against += [f"identity_not_named: {name} ({', '.join(told)})" for name, told in facts.not_named.items()]
    if facts.loaded_methods and not facts.has_watchdog_output:
        against.append("no_watchdog_output")
    if not facts.uplink_configured:
        against.append("no_uplink")
    return against


def kind_of_end(port: str) -> str:
    """Say what kind of end a port name is, following links; the name alone is never believed.

    ``real`` is a serial port or a CAN interface of this machine, or a network address elsewhere. ``missing`` may become
    anything: look again when it is opened.
    """
    if port.startswith(("tcp://", "socketcand://")):
        return kind_of_url(port)
    if port.startswith("socketcan:"):
        return kind_of_can(port.removeprefix("socketcan:"))
    path = Path(port)
    if not path.is_absolute():
        return "network_or_virtual"
    try:
        real = path.resolve(strict=True)
        found = real.stat()
    except OSError:
        return "missing"
    if not stat.S_ISCHR(found.st_mode):
        return "not_a_device"
    major, minor = os.major(found.st_rdev), os.minor(found.st_rdev)
    if major in PTY_MAJORS:
        return "pseudo_terminal"
    console = major == CONSOLES[0] and minor in CONSOLES[1]
    return "no_port" if major in NO_PORT_MAJORS or console else "real"


def kind_of_can(interface: str, sys_net: Path = SYS_NET) -> str:
    """Say what kind of end a CAN interface of the kernel is: ``virtual_can`` where no hardware is behind it.

    Such are vcan and vxcan, and also slcan, whose serial port the kernel does not show: name that port itself instead.
    """
    if not interface or "/" in interface or interface in (".", ".."):
        return "network_or_virtual"
    try:
        device = (sys_net / interface).resolve(strict=True)
        kind = (device / "type").read_text("ascii").strip()
    except (OSError, ValueError):
        return "missing"
    if kind != ARPHRD_CAN:
        return "not_a_device"
    return "virtual_can" if SYS_VIRTUAL in device.parts else "real"


def end_refused(mode: str, port: str) -> str | None:
    """Return the kind of an end that this mode does not open; a name can be pointed elsewhere while the lane runs."""
    kind = kind_of_end(port)
    return None if mode == "training" or kind in ("real", "missing") else kind


def url_refused(mode: str, url: str) -> str | None:
    """Return the kind of a camera's end that this mode does not open; a host name can be pointed elsewhere later."""
    kind = kind_of_url(url)
    return None if mode == "training" or kind in ("real", "missing") else kind


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
