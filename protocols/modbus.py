"""Modbus, as far as register devices of a lane need it: requests and replies, in RTU frames and behind a TCP header.

Knows functions 1-6, 15 and 16, refusals, the RTU checksum and the TCP header. Does not know what a register means
(register_map), units, ports, or how long a silence between two frames is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from protocols.checksums import crc16_modbus
from protocols.errors import ChecksumError, FrameLengthError, SequenceError, UnknownFrameError, ValueRangeError

MOST_REGISTERS = 125
MOST_WRITTEN = 123
MOST_BITS = 2000
MOST_BITS_WRITTEN = 1968
LONGEST_FRAME = 260
ON, OFF = 0xFF00, 0x0000


class Function(IntEnum):
    """What a request does."""

    READ_COILS = 1
    READ_INPUT_BITS = 2
    READ_HOLDING = 3
    READ_INPUT = 4
    WRITE_COIL = 5
    WRITE_REGISTER = 6
    WRITE_COILS = 15
    WRITE_REGISTERS = 16


READS_BITS = (Function.READ_COILS, Function.READ_INPUT_BITS)
READS_REGISTERS = (Function.READ_HOLDING, Function.READ_INPUT)
WRITES_ONE = (Function.WRITE_COIL, Function.WRITE_REGISTER)
WRITES_MANY = (Function.WRITE_COILS, Function.WRITE_REGISTERS)
OF_BITS = (*READS_BITS, Function.WRITE_COIL, Function.WRITE_COILS)

REFUSALS = {
    1: "illegal_function",
    2: "illegal_address",
    3: "illegal_value",
    4: "device_failure",
    5: "acknowledged_later",
    6: "busy",
    8: "memory_parity",
    10: "no_gateway_path",
    11: "gateway_target_silent",
}


@dataclass(frozen=True, slots=True)
class Request:
    """Read ``count`` items from ``address`` on, or write ``values`` there (bits as 0 and 1)."""

    function: Function
    address: int
    count: int
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """What was read. Bits come in whole bytes: more may be here than were asked for."""

    function: Function
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and where: one value, or how many."""

    function: Function
    address: int
    count: int
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The device understood and says no."""

    function: int
    code: int

    @property
    def word(self) -> str:
        """Name of the reason."""
        return REFUSALS.get(self.code, f"refusal_{self.code}")


Reply = Values | Written | Refusal


# --- requests -------------------------------------------------------------------------------------------------------


def encode_request(request: Request) -> bytes:
    """Return the request without its frame; ValueRangeError for what it cannot carry."""
    function = request.function
    head = bytes((function,)) + _word(request.address)
    if function in WRITES_ONE:
        return head + _word(_single(function, request.values))
    _check_span(function, request.address, request.count)
    if function not in WRITES_MANY:
        return head + _word(request.count)
    if len(request.values) != request.count:
        raise ValueRangeError(f"{len(request.values)} values for {request.count} places")
    packed = _pack_bits(request.values) if function in OF_BITS else b"".join(_word(value) for value in request.values)
    return head + _word(request.count) + bytes((len(packed),)) + packed


def decode_request(pdu: bytes) -> Request:
    """Read a request without its frame."""
    function = _function(pdu)
    if len(pdu) < 5:
        raise FrameLengthError(f"{len(pdu)} bytes are no request")
    address, count = _int(pdu, 1), _int(pdu, 3)
    if function in WRITES_ONE:
        _exactly(pdu, 5)
        return Request(function, address, 1, (_bit_of(count) if function in OF_BITS else count,))
    _check_span(function, address, count)
    if function not in WRITES_MANY:
        _exactly(pdu, 5)
        return Request(function, address, count)
    if len(pdu) < 6 or len(pdu) != 6 + pdu[5]:
        raise FrameLengthError(f"{len(pdu)} bytes of a writing request")
    return Request(function, address, count, _unpack(function, pdu[6:], count))


# --- replies --------------------------------------------------------------------------------------------------------


def encode_reply(reply: Reply) -> bytes:
    """Return the reply without its frame."""
    match reply:
        case Refusal(function, code):
            return bytes((function | 0x80, code))
        case Values(function, values):
            packed = _pack_bits(values) if function in OF_BITS else b"".join(_word(value) for value in values)
            return bytes((function, len(packed))) + packed
        case Written(function, address, count, values):
            head = bytes((function,)) + _word(address)
            return head + _word(_single(function, values) if function in WRITES_ONE else count)


def decode_reply(pdu: bytes) -> Reply:
    """Read a reply without its frame."""
    if not pdu:
        raise FrameLengthError("an empty reply")
    if pdu[0] & 0x80:
        _exactly(pdu, 2)
        return Refusal(pdu[0] & 0x7F, pdu[1])
    function = _function(pdu)
    if function in (*READS_BITS, *READS_REGISTERS):
        if len(pdu) < 3 or len(pdu) != 2 + pdu[1]:
            raise FrameLengthError(f"{len(pdu)} bytes of a reply that announces {pdu[1] if len(pdu) > 1 else 'none'}")
        return Values(function, _unpack(function, pdu[2:], None))
    _exactly(pdu, 5)
    address, second = _int(pdu, 1), _int(pdu, 3)
    if function in WRITES_ONE:
        return Written(function, address, 1, (_bit_of(second) if function in OF_BITS else second,))
    return Written(function, address, second)


def echo_of(request: Request) -> Written:
    """Return what a device says that has written what it was asked to write."""
    values = request.values if request.function in WRITES_ONE else ()
    return Written(request.function, request.address, request.count, values)


# --- frames ---------------------------------------------------------------------------------------------------------


def wrap_rtu(unit: int, pdu: bytes) -> bytes:
    """Put unit and checksum around it."""
    frame = bytes((unit,)) + pdu
    return frame + crc16_modbus(frame).to_bytes(2, "little")


def unwrap_rtu(frame: bytes) -> tuple[int, bytes]:
    """Return unit and content of an RTU frame."""
    if not 4 <= len(frame) <= LONGEST_FRAME:
        raise FrameLengthError(f"{len(frame)} bytes are no RTU frame")
    if crc16_modbus(frame[:-2]).to_bytes(2, "little") != frame[-2:]:
        raise ChecksumError(f"checksum {frame[-2:].hex(' ')} does not close")
    return frame[0], frame[1:-2]


def wrap_tcp(transaction: int, unit: int, pdu: bytes) -> bytes:
    """Put the TCP header before it."""
    return _word(transaction) + b"\0\0" + _word(len(pdu) + 1) + bytes((unit,)) + pdu


def unwrap_tcp(frame: bytes) -> tuple[int, int, bytes]:
    """Return transaction, unit and content of a TCP frame."""
    if len(frame) < 8:
        raise FrameLengthError(f"{len(frame)} bytes are no TCP frame")
    if frame[2:4] != b"\0\0":
        raise UnknownFrameError(f"protocol {_int(frame, 2)} is not Modbus")
    if len(frame) != 6 + _int(frame, 4):
        raise FrameLengthError(f"{len(frame)} bytes, the header announces {6 + _int(frame, 4)}")
    return _int(frame, 0), frame[6], frame[7:]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a device hears it, with what its answer must bear. None: a request that has no meaning."""

    unit: int
    transaction: int
    function: int
    request: Request | None


class RtuRequestFramer:
    """Cuts what a host says on an RTU line into requests; length follows from function and byte count."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[Asked]:
        """Return the requests that this chunk completes, also those for other units."""
        self._held += chunk
        return list(self._cut())

    def _cut(self) -> Iterator[Asked]:
        while len(self._held) >= 4:
            length = self._length()
            if length > len(self._held):
                return
            try:
                unit, pdu = unwrap_rtu(bytes(self._held[:length]))
            except (ChecksumError, FrameLengthError):
                del self._held[0]
                continue
            del self._held[:length]
            yield _asked(unit, 0, pdu)

    def _length(self) -> int:
        if self._held[1] in WRITES_MANY:
            return 9 + self._held[6] if len(self._held) > 6 else 9
        return 8

    def hush(self) -> None:
        """Forget what was begun: on this line, silence ends a frame."""
        self._held.clear()


class TcpRequestFramer:
    """Cuts what a host says on a TCP connection into requests."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[Asked]:
        """Return the requests that this chunk completes; SequenceError when the stream makes no sense any more."""
        self._held += chunk
        found = []
        while len(self._held) >= 6:
            length = 6 + _int(self._held, 4)
            if self._held[2:4] != b"\0\0" or not 8 <= length <= LONGEST_FRAME:
                self._held.clear()
                raise SequenceError("no Modbus header where one must be")
            if len(self._held) < length:
                break
            transaction, unit, pdu = unwrap_tcp(bytes(self._held[:length]))
            del self._held[:length]
            found.append(_asked(unit, transaction, pdu))
        return found

    def hush(self) -> None:
        """Keep what was begun: on a connection, time means nothing."""


def _asked(unit: int, transaction: int, pdu: bytes) -> Asked:
    try:
        return Asked(unit, transaction, pdu[0], decode_request(pdu))
    except (FrameLengthError, UnknownFrameError, ValueRangeError):
        return Asked(unit, transaction, pdu[0], None)


# --- bytes ----------------------------------------------------------------------------------------------------------


def _function(pdu: bytes) -> Function:
    try:
        return Function(pdu[0])
    except (ValueError, IndexError):
        raise UnknownFrameError(f"function {pdu[:1].hex() or 'none'} is not known here") from None


def _word(value: int) -> bytes:
    if not 0 <= value <= 0xFFFF:
        raise ValueRangeError(f"{value} does not fit into a register")
    return value.to_bytes(2, "big")


def _int(data: bytes | bytearray, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _exactly(pdu: bytes, length: int) -> None:
    if len(pdu) != length:
        raise FrameLengthError(f"{len(pdu)} bytes where {length} belong")


def _single(function: Function, values: Sequence[int]) -> int:
    if len(values) != 1:
        raise ValueRangeError(f"{len(values)} values for one place")
    if function is Function.WRITE_COIL:
        return ON if values[0] else OFF
    return values[0]


def _bit_of(word: int) -> int:
    if word not in (ON, OFF):
        raise ValueRangeError(f"{word:04X} is neither on nor off")
    return int(word == ON)


def _check_span(function: Function, address: int, count: int) -> None:
    most = {
        Function.WRITE_COILS: MOST_BITS_WRITTEN,
        Function.WRITE_REGISTERS: MOST_WRITTEN,
    }.get(function, MOST_BITS if function in OF_BITS else MOST_REGISTERS)
    if not 1 <= count <= most or not 0 <= address <= 0x10000 - count:
        raise ValueRangeError(f"{count} items from {address} on are too many or too few")


def _pack_bits(values: Sequence[int]) -> bytes:
    packed = bytearray((len(values) + 7) // 8)
    for place, value in enumerate(values):
        packed[place // 8] |= bool(value) << place % 8
    return bytes(packed)


def _unpack(function: Function, data: bytes, count: int | None) -> tuple[int, ...]:
    if function in OF_BITS:
        bits = tuple(byte >> place & 1 for byte in data for place in range(8))
        if count is not None and len(data) != (count + 7) // 8:
            raise FrameLengthError(f"{len(data)} bytes for {count} bits")
        return bits if count is None else bits[:count]
    if len(data) % 2 or (count is not None and len(data) != 2 * count):
        raise FrameLengthError(f"{len(data)} bytes are no registers")
    return tuple(_int(data, at) for at in range(0, len(data), 2))
