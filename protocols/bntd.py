"""Roller-bench controller of BNTD / XinCheng: nine-byte commands one way, an unsolicited status stream the other.

Knows the command letters, the status states and their three numbers, and how to find them in a dirty stream. The stream
has no checksum and its marks 'A', 'C' and 'D' occur inside its numbers, so it is cut by length and known states.
Does not know ports, time, what a force is for, or which commands follow each other.
"""

import math
import struct
from dataclasses import dataclass
from enum import Enum

from protocols.checksums import sum8
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError


class Order(Enum):
    """What the host can say; the value is the two letters after 'X'."""

    SET_SPEED_KMH = "SS"
    SET_FORCE_N = "SF"
    SET_POWER_KW = "SP"
    SET_DUTY = "SI"
    SET_REFERENCE_MASS_KG = "SM"
    SET_BASE_INERTIA_KG = "SN"
    ZERO_FORCE = "SZ"
    SELECT_FORCE_CHANNEL = "SC"
    CLEAR_KEY = "SK"
    START_SPEED = "BS"
    START_FORCE = "BF"
    START_POWER = "BP"
    START_POWER_WITH_INERTIA = "BM"
    START_DUTY = "BI"
    STOP = "BQ"
    MOTOR_ON = "EB"
    MOTOR_OFF = "ES"
    LIFT_UP = "JU"
    LIFT_DOWN = "JD"
    RELAY_ON = "EY"
    RELAY_OFF = "EN"
    RELAY_ON_C = "EO"
    RELAY_OFF_C = "EF"
    ROLLER_DIAMETER_CM = "CG"
    ENCODER_PULSES = "CP"
    FORCE_COEFFICIENT_A = "CA"
    FORCE_COEFFICIENT_B = "CB"
    FORCE_COEFFICIENT_C = "CC"
    FORCE_COEFFICIENT_D = "CD"
    FORCE_COEFFICIENT_E = "CE"
    FORCE_COEFFICIENT_F = "CF"
    SPEED_KP = "CH"
    SPEED_KI = "CI"
    SPEED_KD = "CJ"
    FORCE_KP = "CK"
    FORCE_KI = "CL"
    FORCE_KD = "CM"
    CALIBRATION_ON = "DF"
    CALIBRATION_OFF = "DS"
    READ_INERTIA = "RI"
    READ_AMBIENT = "RT"
    READ_FORCE_COEFFICIENTS = "RF"
    READ_SPEED_PID = "Rs"
    READ_FORCE_PID = "Rf"
    READ_GEOMETRY = "RS"
    STORE_FORCE_COEFFICIENTS = "MF"
    STORE_SPEED_PID = "Ms"
    STORE_FORCE_PID = "Mf"
    STORE_GEOMETRY = "MS"
    STORE_INERTIA = "MI"


VALUE_NAMES = {
    Order.SET_SPEED_KMH: "speed_kmh",
    Order.SET_FORCE_N: "force_n",
    Order.SET_POWER_KW: "power_kw",
    Order.SET_DUTY: "duty",
    Order.SET_REFERENCE_MASS_KG: "reference_mass_kg",
    Order.SET_BASE_INERTIA_KG: "base_inertia_kg",
    Order.ROLLER_DIAMETER_CM: "roller_diameter_cm",
    Order.ENCODER_PULSES: "encoder_pulses",
}
"""What the number of a command means, where it means anything."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command with its number (0 where the command needs none)."""

    order: Order
    value: float = 0.0


CONTROL_STATES = {
    "II": "idle",
    "BS": "constant_speed",
    "BF": "constant_force",
    "BP": "constant_power",
    "BI": "constant_duty",
    "BM": "constant_power",
}
READBACK_NAMES = {
    "DF": ("voltage_1_v", "voltage_2_v", "voltage_3_v"),
    "RT": ("ambient_temp_c", "humidity_pct", "pressure_kpa"),
    "RA": ("b0", "c0", "b1"),
    "RB": ("c1", "b2", "c2"),
    "RI": ("base_inertia_kg", "reference_mass_kg", "spare"),
    "Rs": ("kp", "ki", "kd"),
    "Rf": ("kp", "ki", "kd"),
    "RS": ("roller_diameter_cm", "encoder_pulses", "spare"),
}


@dataclass(frozen=True, slots=True)
class Status:
    """One frame of the stream: two state letters, three numbers, and the key byte of boards that have it."""

    letters: str
    numbers: tuple[float, float, float]
    keys: int | None = None

    @property
    def control(self) -> bool:
        """True when the numbers are speed km/h, force N, duty %."""
        return self.letters in CONTROL_STATES

    @property
    def state(self) -> str:
        """The state in words; ``calibration`` and read-backs included."""
        return CONTROL_STATES.get(self.letters, "calibration" if self.letters == "DF" else "readback")

    @property
    def names(self) -> tuple[str, str, str]:
        """What the three numbers are."""
        return READBACK_NAMES.get(self.letters, ("speed_kmh", "force_n", "duty_pct"))


@dataclass(frozen=True, slots=True)
class Note:
    """Free text from the board."""

    text: str


COMMAND_LENGTH = 9
STATUS_LENGTH = {False: 16, True: 17}
"""Length of a status frame without and with the key byte."""
LONGEST_NOTE = 64
_LARGEST = 1e6
_LARGEST_CONTROL = (400.0, 60_000.0, 1_000.0)
"""No bench shows a larger speed, force or duty, no read-back is beyond a million: such a number is a false start."""


# --- host to device ---------------------------------------------------------------------------------------------


def encode_command(order: Order, value: float = 0.0) -> bytes:
    """Encode one command; its number travels as a float, low byte first."""
    if not math.isfinite(value):
        raise ValueRangeError(f"{order.name}: {value} is no number to send to a brake")
    try:
        number = struct.pack("<f", value)
    except OverflowError:
        raise ValueRangeError(f"{order.name}: {value} does not fit into a float") from None
    return _command(order, number)


def encode_numbered(order: Order, number: int, *, in_last_byte: bool = False) -> bytes:
    """Encode a channel or relay number, which travels as one byte: boards differ in whether the first or the last."""
    if not 0 <= number <= 255:
        raise ValueRangeError(f"{order.name}: there is no number {number}")
    return _command(order, bytes([0, 0, 0, number] if in_last_byte else [number, 0, 0, 0]))


def _command(order: Order, number: bytes) -> bytes:
    body = b"X" + order.value.encode() + number
    return body + bytes([sum8(body)]) + b"C"


def decode_command(frame: bytes) -> Command:
    """Decode one whole command frame."""
    if len(frame) != COMMAND_LENGTH:
        raise FrameLengthError(f"a command has {COMMAND_LENGTH} bytes, here are {len(frame)}")
    if frame[:1] != b"X" or frame[-1:] != b"C":
        raise UnknownFrameError("a command begins with 'X' and ends with 'C'")
    if frame[7] != sum8(frame[:7]):
        raise ChecksumError(f"sum8 is {sum8(frame[:7]):02X}, the frame says {frame[7]:02X}")
    order = _ORDERS.get(frame[1:3])
    if order is None:
        raise UnknownFrameError(f"no command has the letters {frame[1:3]!r}")
    value: float = struct.unpack("<f", frame[3:7])[0]
    if not math.isfinite(value):
        raise ValueRangeError(f"{order.name} with a number that is none")
    return Command(order, value)


_ORDERS = {order.value.encode(): order for order in Order}


class CommandFramer:
    """Cut what a host sends into commands (the board's side of the wire)."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[Command]:
        """Return each command that this chunk completes; damaged ones are passed over, as the board does."""
        self._pending += chunk
        commands: list[Command] = []
        while (start := self._pending.find(b"X")) >= 0:
            del self._pending[:start]
            if len(self._pending) < COMMAND_LENGTH:
                return commands
            try:
                commands.append(decode_command(bytes(self._pending[:COMMAND_LENGTH])))
                del self._pending[:COMMAND_LENGTH]
            except (ChecksumError, UnknownFrameError, ValueRangeError):
                del self._pending[0]
        self._pending.clear()
        return commands


# --- device to host ---------------------------------------------------------------------------------------------


def encode_status(status: Status) -> bytes:
    """Encode one status frame: 17 bytes with keys, 16 without."""
    if status.letters not in CONTROL_STATES and status.letters not in READBACK_NAMES:
        raise UnknownFrameError(f"no state has the letters {status.letters!r}")
    _check_numbers(status.letters, status.numbers)
    keys = b"" if status.keys is None else bytes([status.keys & 0xFF])
    return b"A" + status.letters.encode() + struct.pack("<3f", *status.numbers) + keys + b"C"


def decode_status(frame: bytes) -> Status:
    """Decode one whole status frame of either length."""
    if len(frame) not in STATUS_LENGTH.values():
        raise FrameLengthError(f"a status has 16 or 17 bytes, here are {len(frame)}")
    if frame[:1] != b"A" or frame[-1:] != b"C":
        raise UnknownFrameError("a status begins with 'A' and ends with 'C'")
    letters = frame[1:3].decode("latin-1")
    if letters not in CONTROL_STATES and letters not in READBACK_NAMES:
        raise UnknownFrameError(f"no state has the letters {letters!r}")
    numbers = struct.unpack("<3f", frame[3:15])
    _check_numbers(letters, numbers)
    return Status(letters, numbers, frame[15] if len(frame) == STATUS_LENGTH[True] else None)


def _check_numbers(letters: str, numbers: tuple[float, float, float]) -> None:
    bounds = _LARGEST_CONTROL if letters in CONTROL_STATES else (_LARGEST,) * 3
    if not all(abs(number) <= bound for number, bound in zip(numbers, bounds, strict=True)):  # false for NaN, too
        raise ValueRangeError(f"{numbers} are no numbers of a bench")


def encode_note(note: Note) -> bytes:
    """Encode a free text."""
    text = note.text.encode("ascii", "replace")[:LONGEST_NOTE]
    return b"D" + text + b"C"


def decode_note(frame: bytes) -> Note:
    """Decode one whole free-text frame."""
    if frame[:1] != b"D" or frame[-1:] != b"C" or len(frame) < 2:
        raise UnknownFrameError("a text begins with 'D' and ends with 'C'")
    if len(frame) > LONGEST_NOTE + 2 or not _printable(frame):
        raise FrameLengthError("a text that is too long or not printable")
    return Note(frame[1:-1].decode("ascii"))


class StatusFramer:
    """Cut the board's stream into status frames and texts, whatever size the chunks arrive in."""

    def __init__(self, *, has_keys: bool = True) -> None:
        self._length = STATUS_LENGTH[has_keys]
        self._pending = bytearray()
        self._in_step = True
        self.skipped = 0
        """Bytes that belonged to no frame, so far."""

    def feed(self, chunk: bytes) -> list[Status | Note]:
        """Return each frame that this chunk completes, in order."""
        self._pending += chunk
        found: list[Status | Note] = []
        while self._pending:
            taken = self._take()
            if taken is None:
                break
            count, item = taken
            del self._pending[:count]
            self._in_step = item is not None
            if item is None:
                self.skipped += count
            else:
                found.append(item)
        return found

    def _take(self) -> tuple[int, Status | Note | None] | None:
        """Say how many bytes the front of the buffer uses up and what they are; None to wait for more."""
        if self._pending[0] == ord("A"):
            return self._take_status()
        if self._pending[0] == ord("D"):
            return self._take_note()
        return 1, None

    def _take_status(self) -> tuple[int, Status | None] | None:
        if len(self._pending) < self._length:
            hopeless = len(self._pending) >= 3 and bytes(self._pending[1:3]) not in _STATES
            return (1, None) if hopeless else None
        try:
            status = decode_status(bytes(self._pending[: self._length]))
        except (UnknownFrameError, ValueRangeError):
            return 1, None
        if self._in_step:
            return self._length, status
        # After lost bytes a frame is believed only if another one follows it.
        follows = _begins_frame(bytes(self._pending[self._length : self._length + 3]))
        return None if follows is None else (self._length, status) if follows else (1, None)

    def _take_note(self) -> tuple[int, Note | None] | None:
        """Find the end of a text: a "C" may stand inside it, and only one that a new frame follows ends it."""
        for at in range(1, len(self._pending)):
            if at > LONGEST_NOTE + 1 or not _printable(self._pending[at : at + 1]):
                return 1, None
            if self._pending[at] != ord("C"):
                continue
            follows = _begins_frame(bytes(self._pending[at + 1 : at + 4]))
            if follows:
                return at + 1, decode_note(bytes(self._pending[: at + 1]))
            if follows is None:
                return None
        return None


_STATES = {letters.encode() for letters in (*CONTROL_STATES, *READBACK_NAMES)}


def _begins_frame(head: bytes) -> bool | None:
    """Say whether these up to three bytes begin a frame; None when they are too few to tell."""
    if head[:1] == b"D":
        return True
    if not b"A".startswith(head[:1]):
        return False
    return head[1:] in _STATES if len(head) == 3 else None


def _printable(data: bytes | bytearray) -> bool:
    return all(0x20 <= byte < 0x7F for byte in data)
