"""Settings that Modbus devices share: where they are, which unit, and the register map of those that need one.

Knows how a port name says serial or TCP, and where maps are found. Does not know registers or roles.
"""

import hashlib
import importlib.resources
import re
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from drivers.exchange import Exchange
from drivers.modbus_line import ModbusLine
from drivers.pace import Pace
from drivers.settings import Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from drivers.transports.tcp_port import TcpPort
from protocols.register_map import MapError, RegisterMap, parse_map

TCP = re.compile(r"tcp://([^/:\s\[\]]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
MapT = TypeVar("MapT", bound=RegisterMap)


def _known_port(name: str) -> str:
    if name.startswith("tcp:"):
        found = TCP.fullmatch(name)
        if found is None or not 1 <= int(found[2]) <= 65535:
            raise ValueError("a TCP port is written as tcp://host:502")
    return name


AnyPort = Annotated[
    str,
    Field(min_length=1, description="Stable name of a serial port, or tcp://host:port"),
    AfterValidator(_known_port),
]
Unit = Annotated[int, Field(ge=1, le=247)]
Baud = Literal[2400, 4800, 9600, 19200, 38400, 57600, 115200]


def _beside_lane_file(value: object, info: ValidationInfo) -> object:
    """Read a path relative to the lane file; a name without slash and ending is a map that ships with us."""
    if isinstance(value, str) and ("/" in value or value.endswith(".toml")):
        folder = info.context.get("folder") if isinstance(info.context, dict) else None
        return str(folder / value) if isinstance(folder, Path) else value
    return value


MapName = Annotated[
    str,
    Field(min_length=1, description="A packaged register map such as example-dyno, or a file ending in .toml"),
    BeforeValidator(_beside_lane_file),
]


class LoadedMap(Generic[MapT]):
    """A register map and the bytes it was read from, by which a record names it."""

    def __init__(self, name: str, kind: type[MapT]) -> None:
        data = _read(name)
        self.map = parse_map(data.decode("utf-8"), kind)
        self.firmware = f"map {hashlib.sha256(data).hexdigest()[:16]}"
        """What a record keeps in place of a firmware version."""


def check_map(name: str, kind: type[RegisterMap]) -> str:
    """Return the name when its map can be used; ValueError says what is wrong with which key."""
    LoadedMap(name, kind)
    return name


def _read(name: str) -> bytes:
    path = Path(name)
    try:
        if "/" in name or path.suffix:
            data = path.read_bytes()
        else:
            data = importlib.resources.files("config").joinpath(f"maps/{name}.toml").read_bytes()
        data.decode("utf-8")
    except OSError as error:
        raise MapError(f"the register map {name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MapError(f"the register map {name} is not UTF-8") from None
    return data


class ModbusSettings(Strict):
    """Where a Modbus device is. ``baud`` and 8N1 hold for serial ports alone."""

    port: AnyPort
    unit: Unit = 1
    baud: Baud = 9600

    @property
    def framing(self) -> str:
        """``tcp`` or ``rtu``."""
        return "tcp" if self.port.startswith("tcp:") else "rtu"


def make_line(device: str, settings: ModbusSettings, transport: Transport | None, pace: Pace) -> ModbusLine:
    """Make the line to a device: over the given end, or the port that its settings name."""
    return ModbusLine(
        Exchange(device, transport or end_at(device, settings.port, settings.baud), pace),
        pace,
        settings.framing,
        settings.unit,
    )


def end_at(device: str, port: str, baud: int) -> Transport:
    """Make the end that a port's name says: a TCP connection, or a serial port at this speed."""
    if found := TCP.fullmatch(port):
        return TcpPort(found[1].strip("[]"), int(found[2]), device=device)
    return SerialPort(port, baud, device=device)
