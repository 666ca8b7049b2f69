"""Frames of the bench MAHA ASM-P: B4 11 and a letter there, printable text in imperial units back.

Knows the questions C and D (closed by 05), reading and writing of numbered variables with their units, orders of one
letter, the answers between 02 and $, and their XOR in two hexadecimal digits. One public lane program is all that
attests this. What stands between the three fields of a look, and before its checksum, nobody reads; spaces and 17 are
fillers here. A write is unlocked by 9864 in variable 0 where a value is stored for good, which this program never does.
Does not know ports, time, or what is tested.
"""

import re

from protocols.bench_letters import (
    ASK_LOOK,
    ASK_STATUS,
    FORCE,
    POWER,
    READ_VARIABLE,
    SPEED,
    WRITE_VARIABLE,
    Ask,
    Dialect,
    Look,
    Order,
    Read,
    Reply,
    Request,
    Status,
    Value,
    Variable,
    Word,
    Write,
    check_letter,
    check_look,
    check_number,
    check_variable,
    numbers,
)
from protocols.checksums import xor8
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply, begins_like

KW_PER_HP, KMH_PER_MPH, N_PER_LBF, KG_PER_LB = 0.7457, 1.609344, 4.44822, 0.4536
LOSS_COMPENSATION = 237
VARIABLES = {
    0: Variable("write_protection"),
    6: Variable("base_inertia_kg", KG_PER_LB),
    200: Variable(SPEED, KMH_PER_MPH, "mph", 1),
    201: Variable(FORCE, N_PER_LBF, "lbf", 1),
    202: Variable("reference_mass_kg", KG_PER_LB, "lb"),
    207: Variable("timer_1_upper_kmh", KMH_PER_MPH, "mph", 1),
    208: Variable("timer_1_lower_kmh", KMH_PER_MPH, "mph", 1),
    225: Variable("distance_km", KMH_PER_MPH, "mi", 2),
    228: Variable(POWER, KW_PER_HP, "hp", 1),
    229: Variable("tyre_loss_kw", KW_PER_HP, "hp", 2),
    230: Variable("asm_speed_kmh", KMH_PER_MPH, "mph", 1),
    232: Variable("timer_1_middle_kmh", KMH_PER_MPH, "mph", 1),
    LOSS_COMPENSATION: Variable("loss_compensation"),
}
"""Number -> what it is, its unit and its decimals on the wire."""
_SPEED, _FORCE = 200, 201
_LARGEST_SETPOINT = 999.9
"""Three digits before the point are what the bench's list of variables gives a speed and a force."""

_BEGIN, _ASKED, _WRITTEN, _STX, _END = b"\xb4\x11", b"\x05", b"\x17", b"\x02", b"$"
_ORDER_BYTES, _ASK_BYTES, _READ_BYTES = 3, 4, 7
_LONGEST_WRITE, _LONGEST_VALUE = 40, 50
_LOOK_BYTES, _STATUS_BYTES = 51, 21
_FIELDS = (slice(5, 11), slice(19, 26), slice(35, 42))
"""Power in hp, force in lbf, speed in mph."""
_SCALES = (KW_PER_HP, N_PER_LBF, KMH_PER_MPH)
_DECIMALS = (2, 1, 2)
_WRITE = re.compile(rb"\xb4\x11F(\d{3})= *(-?\d{1,5}(?:\.\d{1,3})?)(?: ([ -#%-~]*))?\r\x17[0-9A-F]{2}\$")
_VALUE = re.compile(rb"\x02[ -#%-<>-~]*= *(-?\d{1,5}(?:\.\d{1,3})?)(?: [ -#%-~]*)?\r[\x00-#%-\xff]?[0-9A-F]{2}\$")
_NUMBER = re.compile(rb" *-?\d{1,5}(?:\.\d{1,3})? *")


# --- what the host says -----------------------------------------------------------------------------------------


def encode_request(request: Request) -> bytes:
    """Write one request."""
    match request:
        case Ask(letter):
            return _BEGIN + check_letter(letter).encode() + _ASKED
        case Order(letter):
            return _BEGIN + check_letter(letter).encode()
        case Read(number):
            return _BEGIN + READ_VARIABLE.encode() + _digits(number) + _ASKED
        case Write(number, value):
            body = _BEGIN + WRITE_VARIABLE.encode() + _digits(number) + b"=" + _told(number, value) + b"\r" + _WRITTEN
            return body + _hex(body[1:]) + _END


def decode_request(frame: bytes) -> Request:
    """Read one whole request."""
    letter = chr(frame[2]) if len(frame) > 2 and frame[:2] == _BEGIN and frame[2] < 0x80 else ""
    if not letter.isalnum():
        raise UnknownFrameError("a request is B4 11 and a letter or digit")
    if letter == WRITE_VARIABLE:
        return _decode_write(frame)
    if len(frame) != _request_bytes(letter):
        raise FrameLengthError(f"a request {letter} has {_request_bytes(letter)} bytes, here are {len(frame)}")
    if letter not in (ASK_LOOK, ASK_STATUS, READ_VARIABLE):
        return Order(letter)
    if frame[-1:] != _ASKED or not (frame[3:-1].isdigit() or letter != READ_VARIABLE):
        raise UnknownFrameError("a question ends with 05")
    return Read(_variable(frame[3:6])) if letter == READ_VARIABLE else Ask(letter)


def _decode_write(frame: bytes) -> Write:
    found = _WRITE.fullmatch(frame)
    if found is None:
        raise UnknownFrameError("a write is number = value and unit, CR, 17, two digits and $")
    if frame[-3:-1] != _hex(frame[1:-3]):
        raise ChecksumError(f"XOR is {_hex(frame[1:-3])!r}, the frame says {frame[-3:-1]!r}")
    return Write(_variable(found[1]), float(found[2]))


def _request_bytes(letter: str) -> int:
    return {ASK_LOOK: _ASK_BYTES, ASK_STATUS: _ASK_BYTES, READ_VARIABLE: _READ_BYTES}.get(letter, _ORDER_BYTES)


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests (the bench's side of the wire); a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        if not begins_like(begun, _BEGIN):
            return 0
        if len(begun) < _ORDER_BYTES:
            return None
        letter = chr(begun[2])
        return _request_bytes(letter) if letter != WRITE_VARIABLE else _until_end(begun, _LONGEST_WRITE)

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(frame)


# --- what the bench says ----------------------------------------------------------------------------------------


def encode_reply(asked: Request | None, reply: Reply) -> bytes:
    """Write one reply; a variable's value bears the number that was asked for."""
    match reply:
        case Word():
            return bytes([reply.value])
        case Look():
            return _closed(_look_body(check_look(reply)))
        case Status(bits):
            return _closed(_STX + "".join("01"[bits >> place & 1] for place in range(16)).encode() + _WRITTEN)
        case Value(value):
            number = asked.number if isinstance(asked, Read) else 0
            return _closed(_STX + _digits(number) + b"=" + _told(number, value) + b"\r" + _WRITTEN)


def _look_body(look: Look) -> bytes:
    body = bytearray(_STX + b" " * (_LOOK_BYTES - 4))
    for place, value, scale, decimals in zip(_FIELDS, numbers(look), _SCALES, _DECIMALS, strict=True):
        width = place.stop - place.start
        text = f"{value / scale:{width}.{decimals}f}".encode()
        if len(text) != width:
            raise ValueRangeError(f"{value} does not fit into {width} characters")
        body[place] = text
    return bytes(body)


def decode_reply(asked: Request | None, frame: bytes) -> Reply:
    """Read one whole reply; without the question, its length and its beginning tell what it is."""
    if len(frame) == 1:
        return _word(asked, frame[0])
    if frame[:1] != _STX or frame[-1:] != _END:
        raise UnknownFrameError("an answer stands between 02 and $")
    if len(frame) < 5 or frame[-3:-1] != _hex(frame[:-3]):
        raise ChecksumError(f"XOR is {_hex(frame[:-3])!r}, the frame says {frame[-3:-1]!r}")
    if len(frame) == _LOOK_BYTES and asked in (None, Ask(ASK_LOOK)):
        return _look(frame)
    if len(frame) == _STATUS_BYTES and asked in (None, Ask(ASK_STATUS)) and b"=" not in frame:
        return _status(frame)
    if asked is None or isinstance(asked, Read):
        return _value(asked, frame)
    raise FrameLengthError(f"no such answer has {len(frame)} bytes")


def _word(asked: Request | None, byte: int) -> Word:
    if byte == Word.REFUSED.value:
        return Word.REFUSED
    if byte != Word.TAKEN.value or isinstance(asked, Ask | Read):
        raise UnknownFrameError(f"{byte:02X} is no answer")
    return Word.TAKEN


def _look(frame: bytes) -> Look:
    fields = [frame[place] for place in _FIELDS]
    if not all(_NUMBER.fullmatch(field) for field in fields):
        raise ValueRangeError(f"{fields} are no three numbers")
    return check_look(Look(*(float(field) * scale for field, scale in zip(fields, _SCALES, strict=True))))


def _status(frame: bytes) -> Status:
    bits = frame[1:17]
    if bits.strip(b"01"):
        raise UnknownFrameError(f"{bits!r} are no sixteen bits")
    return Status(sum(1 << place for place in range(16) if bits[place] == ord("1")))


def _value(asked: Read | None, frame: bytes) -> Value:
    found = _VALUE.fullmatch(frame)
    if found is None:
        raise UnknownFrameError("the answer to a question for a variable has = and a number")
    return Value(float(found[1]))


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request. A single byte has no checksum and is believed as the very first alone."""

    def __init__(self, asked: Request) -> None:
        super().__init__()
        self._asked = asked
        self._is_order = isinstance(asked, Order | Write)
        self._words = {Word.REFUSED.value, Word.TAKEN.value} if self._is_order else {Word.REFUSED.value}
        self._full_length = _LOOK_BYTES if asked == Ask(ASK_LOOK) else _STATUS_BYTES

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] in self._words:
            return 0 if self.skipped else 1
        if self._is_order or begun[:1] != _STX:
            return 0
        return _until_end(begun, _LONGEST_VALUE) if isinstance(self._asked, Read) else self._full_length

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._asked, frame)


# --- pieces -----------------------------------------------------------------------------------------------------


def _setpoint(number: int, value: float) -> tuple[Write, ...]:
    variable = VARIABLES[number]
    told = round(check_number(value) / variable.scale, variable.decimals)
    if not 0.0 <= told <= _LARGEST_SETPOINT:
        raise ValueRangeError(f"{value} is {told} {variable.unit}, which does not fit into three digits")
    if number == _SPEED and not told:
        raise ValueRangeError(f"{value} km/h would ask for the whole brake")
    return (Write(number, told),)


def _told(number: int, value: float) -> bytes:
    variable = VARIABLES.get(number, Variable(""))
    text = f"{check_number(value):.{variable.decimals}f}"
    if len(text) > 7:
        raise ValueRangeError(f"{value} is too long")
    return (text if number < 200 else f"{text} {variable.unit}").encode()


def _until_end(begun: bytes, longest: int) -> int | None:
    at = begun[:longest].find(_END)
    if at >= 0:
        return at + 1
    return None if len(begun) < longest else 0


def _digits(number: int) -> bytes:
    return b"%03d" % check_variable(number)


def _variable(digits: bytes) -> int:
    if int(digits) > 255:
        raise UnknownFrameError(f"there is no variable {int(digits)}")
    return int(digits)


def _hex(data: bytes) -> bytes:
    return b"%02X" % xor8(data)


def _closed(body: bytes) -> bytes:
    return body + _hex(body) + _END


DIALECT = Dialect(
    "ASM-P",
    VARIABLES,
    encode_request,
    decode_request,
    Requests,
    encode_reply,
    decode_reply,
    ReplyFramer,
    lambda newtons: _setpoint(_FORCE, newtons),
    lambda speed_kmh: _setpoint(_SPEED, speed_kmh),
    LOSS_COMPENSATION,
)
