"""Are the ends there that the lane file names: serial ports, network devices, cameras, the page's own port.

Opens no serial port, for that alone can reset a device; sends nothing to anybody. A network device may take one
connection only, so it is not asked while the lane itself runs.
"""

import errno
import importlib.util
import os
import re
import socket
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from lanectl.app.doctor.finding import Finding, found
from lanectl.app.doctor.person import READ, WRITE, Person, group_name, holders_of
from lanectl.settings.lane_file import CameraTable, LaneFile

CONNECT_S = 2.0
BY_ID = Path("/dev/serial")
KERNEL_NAME = re.compile(r"/dev/tty(USB|ACM)\d+")
"""Names that the kernel gives in the order of plugging."""
NETWORK = re.compile(r"(?:tcp|socketcand)://(.+):(\d{1,5})(?:/.*)?")
INTERFACE = re.compile(r"socketcan:([^/]+)")
INTERFACES = Path("/sys/class/net")
CAMERA_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


def check_port(name: str, port: str, person: Person, ours: Iterable[int]) -> Iterator[Finding]:
    """Look at the end of one device. ``ours`` are the processes of this lane itself."""
    check = f"port {name}"
    if port.startswith("/"):
        yield from _serial(check, Path(port), person, frozenset(ours))
    elif match := NETWORK.fullmatch(port):
        if ours:
            yield found(check, "port_in_use", port=port)
        else:
            detail = connect(match[1].strip("[]"), int(match[2]))
            yield found(check, "tcp_port_unreachable" if detail else "tcp_port", port=port, detail=detail)
    elif match := INTERFACE.fullmatch(port):
        yield _interface(check, match[1])
    else:
        yield found(check, "port_not_looked_at", port=port)


def _serial(check: str, port: Path, person: Person, ours: frozenset[int]) -> Iterator[Finding]:
    try:
        seen = port.stat()
    except OSError:
        yield found(check, "port_missing", port=port)
        return
    if not stat.S_ISCHR(seen.st_mode):
        yield found(check, "port_no_device", port=port)
        return
    holders = holders_of(port)
    others = {pid: name for pid, name in holders.items() if pid not in ours}
    if not person.may(port, READ | WRITE):
        yield found(check, "port_refused", port=port, user=person.name, group=group_name(seen.st_gid))
    elif others and not _pseudo_terminal(port):
        yield found(check, "port_held", port=port, holders=", ".join(f"{who} ({pid})" for pid, who in others.items()))
    else:
        yield found(check, "port_in_use" if set(holders) & ours else "port", port=port, user=person.name)
    if KERNEL_NAME.fullmatch(str(port)):
        stable = stable_name(port)
        yield found(check, "port_unstable", port=port, stable=stable or f"{BY_ID}/by-path/…")


def _pseudo_terminal(port: Path) -> bool:
    """Say whether a simulator stands behind this port, which holds its own end of it."""
    return os.path.realpath(port).startswith("/dev/pts/")


def stable_name(port: Path, home: Path = BY_ID) -> Path | None:
    """Return a name of this port that stays the same, by serial number before by socket."""
    for folder in (home / "by-id", home / "by-path"):
        for link in sorted(folder.glob("*")):
            if os.path.realpath(link) == os.path.realpath(port):
                return link
    return None


def _interface(check: str, name: str) -> Finding:
    try:
        flags = int((INTERFACES / name / "flags").read_text("ascii"), 16)
    except (OSError, ValueError):
        return found(check, "port_missing", port=name)
    return found(check, "port_network" if flags & 1 else "port_network_down", port=name)


def check_camera(camera: CameraTable) -> Iterator[Finding]:
    """Connect to a camera and hang up."""
    check, parts = f"camera {camera.id}", urlsplit(camera.url)
    if importlib.util.find_spec("av") is None:
        yield found(check, "no_decoder")
    host, port = parts.hostname or "", parts.port or CAMERA_PORTS[parts.scheme]
    detail = connect(host, port)
    bad = "camera_unreachable" if camera.required else "camera_optional_unreachable"
    yield found(check, bad if detail else "camera", address=f"{host}:{port}", detail=detail)


def check_page(lane_file: LaneFile, ours: Iterable[int]) -> Finding:
    """Say whether the page's port is free, or taken by the lane itself."""
    port = lane_file.terminal.port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE and not list(ours)
            return found("page", "page_taken" if taken else "page_ours", port=port)
    return found("page", "page", port=port)


def connect(host: str, port: int) -> str:
    """Connect and hang up; returns why it did not work, empty where it did."""
    try:
        socket.create_connection((host, port), CONNECT_S).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""
