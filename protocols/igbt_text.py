"""The old bench controller board that speaks ASCII (public programs call it "IGBT"): short texts, both directions.

Knows the commands *, two letters, a number, sum8, CR; and the status, told unasked: * and five numbers in 31
characters, a byte that the one public reader of this board drops, and CR. In a command that byte is the sum8 of all
before it, and so it is taken for one here; whoever owns a board that says otherwise can have it left unread. The status
does not say what the board does. Texts that begin with @ or #, calibration, road load and the settings of its control
loops are not read. Does not know ports, time, what a force is for, or which commands follow each other.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import partial

from protocols.captured import Captured, Explained
from protocols.checksums import sum8
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter

BEGIN, END = b"*", b"\r"
LONGEST_COMMAND, STATUS_BYTES = 11, 34
LARGEST_SPEED_KMH, LARGEST_FORCE_N = 400.0, 60_000.0
"""No bench shows more: such a number is damage."""


class Order(Enum):
    """What the host can say; the value is the letters after the asterisk."""

    SET_SPEED_KMH = "CS"
    SET_FORCE_N = "CF"
    SET_POWER_KW = "CP"
    START_SPEED = "SA"
    START_FORCE = "SB"
    START_POWER = "SC"
    STOP = "SS"
    LIFT_UP = "LU"
    LIFT_DOWN = "LD"
    MOTOR_ON = "MO"
    MOTOR_OFF = "MF"
    CALIBRATION_ON = "DA"
    CALIBRATION_OFF = "DS"
    CLEAR_DISTANCE = "DC"
    ZERO_FORCE = "YC"


FORMS = {Order.SET_SPEED_KMH: ("06.1f", 6), Order.SET_POWER_KW: ("06.1f", 6), Order.SET_FORCE_N: ("05.0f", 5)}
"""How the number of a command is written, and in how many characters."""
VALUE_NAMES = {
    Order.SET_SPEED_KMH: "speed_kmh",
    Order.SET_POWER_KW: "power_kw",
    Order.SET_FORCE_N: "force_n",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command, with its number where it has one."""

    order: Order
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What the rollers do; what the board makes them do is not told."""

    speed_kmh: float
    force_n: float
    power_kw: float
    acceleration_m_s2: float
    distance: float
    """Way since it was cleared; its unit is not published."""


# --- host to device ---------------------------------------------------------------------------------------------


def encode_command(order: Order, value: float | None = None) -> bytes:
    """Write one command; ValueRangeError for a number that its characters cannot carry."""
    body = BEGIN + order.value.encode() + (_number(order, value) if order in FORMS else b"")
    return body + bytes([sum8(body)]) + END


def _number(order: Order, value: float | None) -> bytes:
    form, width = FORMS[order]
    text = format(value if value is not None else float("nan"), form)
    if len(text) != width or not re.fullmatch(r"[0-9.]+", text):
        raise ValueRangeError(f"{order.name}: {value} does not fit into {width} characters")
    if order is Order.SET_SPEED_KMH and not float(text):
        raise ValueRangeError(f"{value} km/h would ask for the whole brake")
    return text.encode()


def decode_command(frame: bytes) -> Command:
    """Read one whole command."""
    order = _ORDERS.get(frame[1:3])
    if frame[:1] != BEGIN or frame[-1:] != END or order is None:
        raise UnknownFrameError("a command is an asterisk, two letters that are known, and CR")
    if len(frame) != _command_bytes(order):
        raise FrameLengthError(f"{order.name} has {_command_bytes(order)} bytes, here are {len(frame)}")
    _check(frame)
    if order not in FORMS:
        return Command(order)
    if not _PLAIN.fullmatch(frame[3:-2]):
        raise ValueRangeError(f"{frame[3:-2]!r} is no number")
    return Command(order, float(frame[3:-2]))


_ORDERS = {order.value.encode(): order for order in Order}
_PLAIN = re.compile(rb"\d+(?:\.\d+)?")
_SIGNED = re.compile(rb" *[-+]?\d+(?:\.\d*)? *")


def _command_bytes(order: Order) -> int:
    return len(BEGIN) + len(order.value) + (FORMS[order][1] if order in FORMS else 0) + 2


class Commands(FrameCutter[Command]):
    """Cuts what a host sends into commands (the board's side of the wire); a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a command is that begins like this."""
        if begun[:1] != BEGIN:
            return 0
        if len(begun) < 3:
            return None
        order = _ORDERS.get(begun[1:3])
        return 0 if order is None else _command_bytes(order)

    def decode(self, frame: bytes) -> Command:
        """Read one command."""
        return decode_command(frame)


# --- device to host ---------------------------------------------------------------------------------------------


def encode_status(status: Status) -> bytes:
    """Write one status, its last byte but one as sum8."""
    parts = (
        f"{status.speed_kmh:06.1f}",
        f"{status.force_n:05.0f}",
        f"{status.power_kw:06.1f}",
        f"{status.acceleration_m_s2:06.2f}",
        f"{status.distance:08.1f}",
    )
    if tuple(len(part) for part in parts) != _WIDTHS or not all(_SIGNED.fullmatch(part.encode()) for part in parts):
        raise ValueRangeError(f"{status} does not fit into its characters")
    body = BEGIN + "".join(parts).encode()
    return body + bytes([sum8(body)]) + END


_WIDTHS = (6, 5, 6, 6, 8)


def decode_status(frame: bytes, *, summed: bool = True) -> Status:
    """Read one whole status. Without ``summed`` its last byte but one is not looked at."""
    if len(frame) != STATUS_BYTES:
        raise FrameLengthError(f"a status has {STATUS_BYTES} bytes, here are {len(frame)}")
    if frame[:1] != BEGIN or frame[-1:] != END:
        raise UnknownFrameError("a status begins with an asterisk and ends with CR")
    if summed:
        _check(frame)
    fields, at = [], 1
    for width in _WIDTHS:
        fields.append(frame[at : at + width])
        at += width
    if not all(_SIGNED.fullmatch(field) for field in fields):
        raise UnknownFrameError(f"{frame[1:-2]!r} are no five numbers")
    status = Status(*(float(field) for field in fields))
    if abs(status.speed_kmh) > LARGEST_SPEED_KMH or abs(status.force_n) > LARGEST_FORCE_N:
        raise ValueRangeError(f"{status} is no status of a bench")
    return status


class Statuses(FrameCutter[Status]):
    """Cuts the board's stream into statuses; other texts are passed over."""

    def __init__(self, *, summed: bool = True) -> None:
        super().__init__()
        self._decode = partial(decode_status, summed=summed)

    def length(self, begun: bytes) -> int | None:
        """Tell how long a status is that begins like this."""
        return STATUS_BYTES if begun[:1] == BEGIN else 0

    def decode(self, frame: bytes) -> Status:
        """Read one status."""
        return self._decode(frame)


def _check(frame: bytes) -> None:
    if frame[-2] != sum8(frame[:-2]):
        raise ChecksumError(f"sum8 is {sum8(frame[:-2]):02X}, the frame says {frame[-2]:02X}")


def explain(captured: Captured) -> Explained:
    """Explain one command or status; of a status whose sum is none, that is said."""
    if captured.to_device:
        command = decode_command(captured.frame)
        name = VALUE_NAMES.get(command.order)
        return Explained(command.order.name.lower(), {} if name is None else {name: command.value})
    status = decode_status(captured.frame, summed=False)
    values = {
        "speed_kmh": status.speed_kmh,
        "force_n": status.force_n,
        "power_kw": status.power_kw,
        "acceleration_m_s2": status.acceleration_m_s2,
        "distance": status.distance,
    }
    return Explained("status", values, () if captured.frame[-2] == sum8(captured.frame[:-2]) else ("sum_differs",))
