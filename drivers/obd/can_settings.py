"""Which CAN link the name of a port means, and the settings of a scan tool on such a link.

Knows the four ways onto a diagnostic CAN bus and how the lane file writes them. Does not know what is said there.
"""

import functools
import re
from typing import Annotated, Literal

from pydantic import AfterValidator

from drivers.pace import Pace
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.can_link import CanLink
from drivers.transports.serial_port import SerialPort
from drivers.transports.slcan_link import SlcanLink
from drivers.transports.socketcand_link import SocketcandLink
from drivers.transports.tcp_port import TcpPort

SEARCHED_KBIT = (500, 250)
"""ISO 15765-4 knows these two."""
INTERFACE = r"[A-Za-z0-9_.-]{1,15}"
"""As the kernel lets a network interface be called."""
SOCKETCAN = re.compile(rf"socketcan:({INTERFACE})")
SOCKETCAND = re.compile(rf"socketcand://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):([0-9]{{1,5}})/({INTERFACE})")
UDP_MULTICAST = re.compile(r"udp_multicast:((?:22[4-9]|23[0-9])(?:\.[0-9]{1,3}){3}):([0-9]{1,5})")
FORMS = "/dev/… (serial adapter), socketcan:can0, socketcand://host:29536/can0 or udp_multicast:239.74.163.2:43113"


def check_port(port: str) -> str:
    """Return the name of the port if it means a CAN link; ValueError with the forms otherwise."""
    known = any(form.fullmatch(port) for form in (SOCKETCAN, SOCKETCAND, UDP_MULTICAST))
    if not known and not port.startswith("/"):
        raise ValueError(f"a CAN link is written {FORMS}")
    return port


class CanSettings(Strict):
    """A CAN interface in the vehicle's diagnostic connector."""

    port: Annotated[PortName, AfterValidator(check_port)]
    bitrate_kbit: Literal[250, 500] | None = None
    """A serial adapter looks for the vehicle at 500 and 250 kbit/s unless this says one of them. Any other link has the
    bit rate that was set outside; this says which (the one looked for first unless said)."""
    baud: Literal[57600, 115200, 230400, 500000, 1000000, 2000000] = 115200
    """Of a serial adapter; those on USB take any."""

    @property
    def searched_kbit(self) -> tuple[int, ...]:
        """The bit rates at which a vehicle is looked for, in this order."""
        return SEARCHED_KBIT if self.bitrate_kbit is None else (self.bitrate_kbit,)


class Iso15765Settings(CanSettings):
    """For whatever a vehicle speaks: SAE J1979, ISO 27145 or SAE J1939."""

    driver: Literal["iso15765-can"]


class Iso27145Settings(CanSettings):
    """For vehicles of ISO 27145 (WWH-OBD) alone."""

    driver: Literal["iso27145-can"]


class J1939Settings(CanSettings):
    """For heavy diesels of SAE J1939 alone. A serial adapter looks at 250 kbit/s first."""

    driver: Literal["j1939-can"]

    @property
    def searched_kbit(self) -> tuple[int, ...]:
        """The bit rates at which a vehicle is looked for, in this order."""
        return SEARCHED_KBIT[::-1] if self.bitrate_kbit is None else (self.bitrate_kbit,)


def make_link(device: str, settings: CanSettings, transport: Transport | None, pace: Pace) -> CanLink:
    """Make the link that the settings name. A transport given stands for the port of a serial adapter."""
    fixed, port = settings.searched_kbit[0], settings.port
    if transport is None and (SOCKETCAN.fullmatch(port) or UDP_MULTICAST.fullmatch(port)):
        return _bus_link(device, port, fixed)
    if transport is None and (found := SOCKETCAND.fullmatch(port)):
        server = TcpPort(found[1].strip("[]"), int(found[2]), device=device)
        return SocketcandLink(device, server, pace, found[3], fixed)
    serial = transport or SerialPort(port, settings.baud, device=device)
    return SlcanLink(device, serial, pace, settings.searched_kbit)


def _bus_link(device: str, port: str, bitrate_kbit: int) -> CanLink:
    from drivers.transports import can_bus  # python-can is large: only where a lane has such a link

    if found := SOCKETCAN.fullmatch(port):
        open_bus = functools.partial(can_bus.open_socketcan, found[1])
    else:
        group, _, number = port.removeprefix("udp_multicast:").rpartition(":")
        open_bus = functools.partial(can_bus.open_udp, group, int(number))
    return can_bus.BusLink(device, port, open_bus, bitrate_kbit)
