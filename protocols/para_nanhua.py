"""The environment module of Nanhua ("Para"): air, oil temperature and engine speed in fields of four digits.

Knows both reading requests, the fields behind byte 10, the checksum in two hexadecimal digits and the refusal. The
bytes 1 to 5 and 7 to 10 of an answer are read by nobody: nothing is asked of them here, and written are plain fillers.
Programs differ on the oil's zero (here 30 degrees; one takes 31). Does not know ports, time, calibrations, the EPCS
module with its longer answers, or what is plausible.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum

from protocols.captured import Captured, Explained
from protocols.checksums import sum8
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply
from protocols.weather import Weather

STX, ETX, ACK, NAK, ETB = 0x02, 0x03, 0x06, 0x15, 0x17
ZERO_C = 30.0
"""Temperatures travel above this far below zero."""
_FIELDS_AT, _FIELD = 11, 5
_REFUSAL_LENGTH, _LONG_HEAD, _LONG_LENGTH = 16, 0x08, 12


class Ask(Enum):
    """What is asked for; the value is the number of fields in the answer."""

    ALL = 5
    AMBIENT = 3

    @property
    def reply_length(self) -> int:
        """Bytes of a full answer."""
        return _FIELDS_AT + _FIELD * self.value + 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer; oil and engine are there where all was asked for."""

    weather: Weather
    oil_temp_c: float | None = None
    engine_rpm: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The module says no; what its characters mean is not published."""

    code: int


_REQUESTS = {
    Ask.ALL: bytes([STX, 0x41, ETX]),
    Ask.AMBIENT: bytes([STX, _LONG_HEAD, ETB]) + b"LA\x1700\x173A" + bytes([ETX]),
}


def encode_request(ask: Ask) -> bytes:
    """Write a request."""
    return _REQUESTS[ask]


def decode_request(frame: bytes) -> Ask:
    """Read a request."""
    for ask, request in _REQUESTS.items():
        if frame == request:
            return ask
    raise UnknownFrameError("no request for readings; calibrations are not explained")


class Requests(FrameCutter[Ask]):
    """Cuts what a host sends into requests (the module's side of the wire); others are passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        if begun[0] != STX:
            return 0
        if len(begun) < 2:
            return None
        return _LONG_LENGTH if begun[1] == _LONG_HEAD else len(_REQUESTS[Ask.ALL])

    def decode(self, frame: bytes) -> Ask:
        """Read one request."""
        return decode_request(frame)


def encode_reply(reply: Reading | Refused) -> bytes:
    """Write an answer as the module would; the bytes that nobody reads are fillers."""
    if isinstance(reply, Refused):
        return _closed(NAK, bytes([reply.code, ETB]))
    air = reply.weather
    values = [air.ambient_temp_c * 10 + ZERO_C * 10, air.humidity_pct * 10, air.pressure_kpa * 10]
    if reply.oil_temp_c is not None and reply.engine_rpm is not None:
        values += [(reply.oil_temp_c + ZERO_C) * 10, reply.engine_rpm]
    return _closed(ACK, b"".join(_digits(value) + bytes([ETB]) for value in values))


def decode_reply(frame: bytes) -> Reading | Refused:
    """Read an answer; its length tells what was asked for."""
    if len(frame) < _REFUSAL_LENGTH or frame[0] != STX or frame[-1] != ETX:
        raise FrameLengthError(f"these {len(frame)} bytes do not go from STX to ETX")
    if frame[-3:-1] != _hex(frame[1:-3]):
        raise ChecksumError(f"the sum is {_hex(frame[1:-3]).decode()}, the frame says {frame[-3:-1]!r}")
    if frame[6] == NAK and len(frame) == _REFUSAL_LENGTH:
        return Refused(frame[_FIELDS_AT])
    if frame[6] != ACK or len(frame) not in [ask.reply_length for ask in Ask]:
        raise UnknownFrameError("neither readings nor a refusal")
    temp, humidity, pressure, *rest = _numbers(frame[_FIELDS_AT:-3])
    weather = Weather(round(temp / 10 - ZERO_C, 1), humidity / 10, pressure / 10)
    return Reading(weather, round(rest[0] / 10 - ZERO_C, 1), float(rest[1])) if rest else Reading(weather)


class Reply(OneReply[Reading | Refused]):
    """Finds the answer to one request."""

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._ask = ask

    def length(self, begun: bytes) -> int | None:
        """Tell how long an answer is that begins like this."""
        if begun[0] != STX:
            return 0
        if len(begun) <= 6:
            return None
        return {ACK: self._ask.reply_length, NAK: _REFUSAL_LENGTH}.get(begun[6], 0)

    def decode(self, frame: bytes) -> Reading | Refused:
        """Read one answer."""
        return decode_reply(frame)


def explain(captured: Captured) -> Explained:
    """Explain one captured frame."""
    if captured.to_device:
        return Explained(f"read_{decode_request(captured.frame).name.lower()}")
    reply = decode_reply(captured.frame)
    if isinstance(reply, Refused):
        return Explained("refused", {"error": float(reply.code)}, flags=("refused",))
    values: dict[str, float | None] = asdict(reply.weather)
    if reply.oil_temp_c is not None:
        values |= {"oil_temp_c": reply.oil_temp_c, "engine_rpm": reply.engine_rpm}
    return Explained("weather", values)


def _closed(word: int, body: bytes) -> bytes:
    head = bytes([0x41, ETB]) + b"00" + bytes([ETB, word, ETB]) + b"%02d" % len(body) + bytes([ETB])
    return bytes([STX]) + head + body + _hex(head + body) + bytes([ETX])


def _hex(data: bytes) -> bytes:
    return b"%02X" % sum8(data)


def _digits(value: float) -> bytes:
    if not 0 <= value < 9999.5:
        raise ValueRangeError(f"{value} does not fit into four digits")
    return b"%04d" % round(value)


def _numbers(block: bytes) -> Sequence[int]:
    fields = [block[at : at + _FIELD] for at in range(0, len(block), _FIELD)]
    if not all(field[:4].isdigit() and field[4] == ETB for field in fields):
        raise UnknownFrameError("a field is four digits and 17")
    return [int(field[:4]) for field in fields]
