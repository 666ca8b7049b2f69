"""Frames of the bench controller NHC-03 of Nanhua: seven bytes there, one, four or nine bytes back.

Knows the frame 08, letter, 07, three data bytes, sum; the answers behind 06, the refusal 15; and the variables that
hosts write. One public lane program is all that attests this. It does not tell whether the force is signed or contains
the bench's losses: it is read as unsigned and taken for that of the load cell. Does not know ports, time, or tests.
"""

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
from protocols.checksums import sum8
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply, begins_like
from protocols.words16 import word, word_at

VARIABLES = {
    6: Variable("base_inertia_kg"),
    200: Variable(SPEED, 0.01),
    201: Variable(FORCE),
    202: Variable(FORCE, 0.1),
    207: Variable("timer_1_upper_kmh", 0.01),
    208: Variable("timer_1_lower_kmh", 0.01),
    225: Variable("distance_m"),
    228: Variable(POWER, 0.01),
    229: Variable("tyre_loss_kw", 0.01),
    230: Variable("asm_speed_kmh", 0.01),
    232: Variable("timer_1_middle_kmh", 0.01),
    246: Variable("reference_mass_kg"),
}
"""Number -> what it is. The force has a variable of its own for its tenths."""
_SPEED, _FORCE, _TENTHS = 200, 201, 202
_REQUEST_BEGIN, _REQUEST_MARK, _REQUEST_BYTES = 0x08, 0x07, 7
_LOOK_BYTES, _SHORT_BYTES = 9, 4


# --- what the host says -----------------------------------------------------------------------------------------


def encode_request(request: Request) -> bytes:
    """Write one request."""
    match request:
        case Ask(letter) | Order(letter):
            return _closed(bytes([_REQUEST_BEGIN, ord(check_letter(letter)), _REQUEST_MARK, 0, 0, 0]))
        case Read(number):
            return _closed(bytes([_REQUEST_BEGIN, ord(READ_VARIABLE), _REQUEST_MARK, check_variable(number), 0, 0]))
        case Write(number, value):
            begin = bytes([_REQUEST_BEGIN, ord(WRITE_VARIABLE), _REQUEST_MARK, check_variable(number)])
            return _closed(begin + word(check_number(value)))


def decode_request(frame: bytes) -> Request:
    """Read one whole request."""
    if len(frame) != _REQUEST_BYTES:
        raise FrameLengthError(f"a request has {_REQUEST_BYTES} bytes, here are {len(frame)}")
    if frame[0] != _REQUEST_BEGIN or frame[2] != _REQUEST_MARK or not chr(frame[1]).isalnum() or frame[1] > 0x7F:
        raise UnknownFrameError("a request is 08, a letter or digit, and 07")
    _check(frame)
    letter = chr(frame[1])
    if letter == WRITE_VARIABLE:
        return Write(frame[3], float(word_at(frame, 4)))
    if frame[4:6] != b"\0\0" or (letter != READ_VARIABLE and frame[3]):
        raise UnknownFrameError(f"{letter!r} has no such data")
    if letter == READ_VARIABLE:
        return Read(frame[3])
    return Ask(letter) if letter in (ASK_LOOK, ASK_STATUS) else Order(letter)


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests (the bench's side of the wire); a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        if begun[0] != _REQUEST_BEGIN or not begins_like(begun[2:3], bytes([_REQUEST_MARK])):
            return 0
        return _REQUEST_BYTES

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(frame)


# --- what the bench says ----------------------------------------------------------------------------------------


def encode_reply(asked: Request | None, reply: Reply) -> bytes:
    """Write one reply."""
    match reply:
        case Word():
            return bytes([reply.value])
        case Look():
            power, force, speed = numbers(check_look(reply))
            whole, tenths = divmod(round(force * 10), 10)
            return _closed(b"\x06" + word(power * 100) + word(whole) + bytes([tenths]) + word(speed * 100))
        case Status(bits):
            return _closed(b"\x06" + word(bits))
        case Value(value):
            return _closed(b"\x06" + word(value))


def decode_reply(asked: Request | None, frame: bytes) -> Reply:
    """Read one whole reply; without the question, four bytes are read as the status."""
    if frame == bytes([Word.REFUSED.value]):
        return Word.REFUSED
    if len(frame) not in ({_reply_bytes(asked)} if asked else {1, _SHORT_BYTES, _LOOK_BYTES}):
        raise FrameLengthError(f"no such answer has {len(frame)} bytes")
    if frame[0] != Word.TAKEN.value:
        raise UnknownFrameError(f"{frame[0]:02X} begins no answer")
    if len(frame) == 1:
        return Word.TAKEN
    _check(frame)
    if len(frame) == _LOOK_BYTES:
        return _look(frame)
    return Value(float(word_at(frame, 1))) if isinstance(asked, Read) else Status(word_at(frame, 1))


def _look(frame: bytes) -> Look:
    if frame[5] > 9:
        raise ValueRangeError(f"{frame[5]} tenths of a newton")
    return check_look(Look(word_at(frame, 1) / 100, (word_at(frame, 3) * 10 + frame[5]) / 10, word_at(frame, 6) / 100))


def _reply_bytes(asked: Request) -> int:
    match asked:
        case Ask(letter):
            return _LOOK_BYTES if letter == ASK_LOOK else _SHORT_BYTES
        case Read():
            return _SHORT_BYTES
    return 1


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request. A single byte has no checksum and is believed as the very first alone."""

    def __init__(self, asked: Request) -> None:
        super().__init__()
        self._asked = asked
        self._bytes = _reply_bytes(asked)

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] == Word.REFUSED.value:
            return 0 if self.skipped else 1
        return self._bytes if begun[0] == Word.TAKEN.value and not (self.skipped and self._bytes == 1) else 0

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._asked, frame)


# --- set-points -------------------------------------------------------------------------------------------------


def _force(newtons: float) -> tuple[Write, ...]:
    whole, tenths = divmod(round(check_number(newtons) * 10), 10)
    word(whole)
    return Write(_FORCE, float(whole)), Write(_TENTHS, float(tenths))


def _speed(speed_kmh: float) -> tuple[Write, ...]:
    hundredths = float(round(check_number(speed_kmh) * 100))
    if not word_at(word(hundredths), 0):
        raise ValueRangeError(f"{speed_kmh} km/h would ask for the whole brake")
    return (Write(_SPEED, hundredths),)


def _closed(body: bytes) -> bytes:
    return body + bytes([sum8(body)])


def _check(frame: bytes) -> None:
    if frame[-1] != sum8(frame[:-1]):
        raise ChecksumError(f"sum8 is {sum8(frame[:-1]):02X}, the frame says {frame[-1]:02X}")


DIALECT = Dialect(
    "NHC-03",
    VARIABLES,
    encode_request,
    decode_request,
    Requests,
    encode_reply,
    decode_reply,
    ReplyFramer,
    _force,
    _speed,
)
