"""ISO 27145 (WWH-OBD): the questions of an inspection as services 22 and 19 of UDS, and their answers.

Knows identifiers (F4xx is live-data item xx, F8xx vehicle information xx, both laid out as in J1979 but without a
count), and trouble codes with status and severity. Does not know how messages travel, time, or what is concluded from
them. Grade B beyond the probe: one public lane program reads it so; the layouts are those of ISO 14229-1. Of the five
formats of a code only the two of SAE J2012 and that of J1939 are read; any other is refused, not guessed.
"""

from dataclasses import dataclass

from protocols import j1979
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.j1939_codes import code_text, spn_and_fmi

READ_IDENTIFIER, READ_CODES = 0x22, 0x19
_ANSWER, _REFUSAL = 0x40, 0x7F
LIVE_BASE, INFORMATION_BASE = 0xF400, 0xF800
PROBE = 0xF810
"""Which protocol is spoken: every unit that speaks this one answers."""
PROBE_LENGTH = 1
BY_MASK, PERMANENT = 0x42, 0x55
EMISSIONS = 0x33
"""The group of functions whose codes an inspection asks for."""
CONFIRMED, PENDING = 0x08, 0x04
"""Bits of a code's status."""
EVERY_CLASS = 0x1E
"""Severity classes A, B1, B2 and C of WWH-OBD; what has no class is no matter of emissions."""
J2012_00, J1939_73, J2012_04 = 0x00, 0x02, 0x04
_FORMATS = (J2012_00, J1939_73, J2012_04)
CODE_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Identifier:
    """A question for one identifier."""

    number: int


@dataclass(frozen=True, slots=True)
class CodesAsked:
    """A question for trouble codes: those with one of these status bits, or (None) the permanent ones."""

    status_mask: int | None


@dataclass(frozen=True, slots=True)
class Record:
    """One trouble code; permanent ones bear no severity."""

    code: str
    status: int
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """The trouble codes of one control unit."""

    permanent: bool
    records: tuple[Record, ...]
    format: int = J2012_04

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes alone."""
        return tuple(record.code for record in self.records)


@dataclass(frozen=True, slots=True)
class SpokenHere:
    """The answer to the probe: 1 is ISO 27145 over CAN."""

    protocol: int


Response = j1979.Response | Codes | SpokenHere


# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(asked: Identifier | CodesAsked) -> bytes:
    """Encode one question."""
    match asked:
        case Identifier(number):
            if not 0 <= number <= 0xFFFF:
                raise ValueRangeError(f"{number:X} is no identifier")
            return bytes([READ_IDENTIFIER]) + number.to_bytes(2, "big")
        case CodesAsked(int(mask)):
            return bytes([READ_CODES, BY_MASK, EMISSIONS, mask, EVERY_CLASS])
        case CodesAsked():
            return bytes([READ_CODES, PERMANENT, EMISSIONS])


def decode_request(message: bytes) -> Identifier | CodesAsked:
    """Decode one question."""
    match message[:1], len(message):
        case b"\x22", 3:
            return Identifier(int.from_bytes(message[1:], "big"))
        case b"\x19", 3 if message[1:] == bytes([PERMANENT, EMISSIONS]):
            return CodesAsked(None)
        case b"\x19", 5 if message[1:3] == bytes([BY_MASK, EMISSIONS]) and message[4] == EVERY_CLASS:
            return CodesAsked(message[3])
    raise UnknownFrameError(f"{message.hex(' ')} is no question of ISO 27145 that an inspection asks")


# --- responses --------------------------------------------------------------------------------------------------


def encode_response(response: Codes | SpokenHere) -> bytes:
    """Encode the answers that J1979 does not have."""
    if isinstance(response, SpokenHere):
        return bytes([READ_IDENTIFIER + _ANSWER]) + PROBE.to_bytes(2, "big") + bytes([response.protocol])
    head = bytes([READ_CODES + _ANSWER, PERMANENT if response.permanent else BY_MASK, EMISSIONS, 0xFF])
    head += bytes([response.format]) if response.permanent else bytes([EVERY_CLASS, response.format])
    return head + b"".join(_encode_record(record, response) for record in response.records)


def encode_by_identifier(base: int, content: bytes) -> bytes:
    """Encode live data or vehicle information out of item and content as J1979 has them (without a count)."""
    return bytes([READ_IDENTIFIER + _ANSWER, base >> 8]) + content


def decode_response(message: bytes) -> Response:
    """Decode one answer."""
    if message[:1] == bytes([_REFUSAL]):
        return j1979.decode_response(message)
    if message[:1] == bytes([READ_IDENTIFIER + _ANSWER]):
        return _decode_identifier(message)
    if message[:1] == bytes([READ_CODES + _ANSWER]):
        return _decode_codes(message)
    raise UnknownFrameError(f"no answer of ISO 27145 begins with {message[:1].hex()}")


def _decode_identifier(message: bytes) -> Response:
    if len(message) < 4:
        raise FrameLengthError("an answer has an identifier and content")
    number, content = int.from_bytes(message[1:3], "big"), message[3:]
    if number == PROBE:
        if len(content) != PROBE_LENGTH:
            raise FrameLengthError(f"the protocol is one byte, here are {len(content)}")
        return SpokenHere(content[0])
    if number & 0xFF00 == LIVE_BASE:
        return j1979.decode_response(bytes([j1979.LIVE + _ANSWER, number & 0xFF]) + content)
    if number & 0xFF00 == INFORMATION_BASE:
        return _decode_information(number & 0xFF, content)
    raise UnknownFrameError(f"identifier {number:04X} is none of on-board diagnosis")


def _decode_information(info: int, content: bytes) -> j1979.Response:
    """Put the count in that J1979 has and this does not."""
    size, count = j1979.INFORMATION_LENGTHS.get(info), b""
    if info not in j1979.MASK_PIDS:
        if size is None or len(content) % size or len(content) // size > 0xFF:
            raise FrameLengthError(f"vehicle information {info:02X} does not come in {len(content)} bytes")
        count = bytes([len(content) // size])
    return j1979.decode_response(bytes([j1979.INFORMATION + _ANSWER, info]) + count + content)


def _decode_codes(message: bytes) -> Codes:
    permanent = message[1:2] == bytes([PERMANENT])
    if not permanent and message[1:2] != bytes([BY_MASK]):
        raise UnknownFrameError(f"no report of codes {message[1:2].hex()}")
    head, size = (5, CODE_LENGTH + 1) if permanent else (6, CODE_LENGTH + 2)
    if len(message) < head or (len(message) - head) % size:
        raise FrameLengthError(f"{len(message)} bytes are no whole number of codes")
    form = message[head - 1]
    if message[2] != EMISSIONS or form not in _FORMATS:
        raise UnknownFrameError(f"group {message[2]:02X} in format {form:02X} is not read")
    words = [message[at : at + size] for at in range(head, len(message), size)]
    return Codes(permanent, tuple(_decode_record(word, form, permanent) for word in words), form)


def _decode_record(word: bytes, form: int, permanent: bool) -> Record:
    severity, rest = (None, word) if permanent else (word[0], word[1:])
    return Record(_decode_code(rest[:CODE_LENGTH], form), rest[CODE_LENGTH], severity)


def _decode_code(code: bytes, form: int) -> str:
    """Return a code as people write it: P0420-13 with its kind of failure, or parameter and mode of J1939."""
    if form == J1939_73:
        return code_text(*spn_and_fmi(code))
    return f"{j1979.decode_code(code[:2])}-{code[2]:02X}"


def _encode_record(record: Record, codes: Codes) -> bytes:
    if codes.format == J1939_73:
        raise ValueRangeError("codes are written here as SAE J2012 has them")
    letters, _, kind = record.code.partition("-")
    if len(kind) != 2:
        raise ValueRangeError(f"{record.code!r} does not say its kind of failure")
    body = j1979.encode_code(letters) + bytes.fromhex(kind) + bytes([record.status])
    return body if codes.permanent else bytes([record.severity or 0]) + body
