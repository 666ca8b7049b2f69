"""The text of a serial CAN adapter (LAWICEL's command set, "slcan"): commands one way, frames and words the other.

Knows how commands, frames and the adapter's words are written, both directions. Every line ends with CR; a refusal is a
BEL alone. Does not know ports, time, which commands follow each other, or what a frame carries.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from protocols.can_frame import LONGEST_DATA, CanFrame
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError

CR, BEL = b"\r", b"\x07"
LONGEST_LINE = 32
"""A frame with 29 bits, eight bytes and a time stamp has 30 characters."""
BITRATES: Mapping[int, str] = {
    10: "S0", 20: "S1", 50: "S2", 100: "S3", 125: "S4", 250: "S5", 500: "S6", 800: "S7", 1000: "S8"
}  # fmt: skip
"""kbit/s -> the command that chooses it."""
OPEN, CLOSE, VERSION, SERIAL_NUMBER, FLAGS = "O", "C", "V", "N", "F"
ANSWERED = frozenset("VvNF")
"""Letters that an adapter puts before what it tells."""
BUS_FLAGS: Mapping[int, str] = {
    0: "receive_queue_full",
    1: "send_queue_full",
    2: "error_warning",
    3: "overrun",
    5: "error_passive",
    6: "arbitration_lost",
    7: "bus_error",
}
"""Bits of the answer to F."""
_STAMP = 4
_ENDS = re.compile(b"([" + CR + BEL + b"])")
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Done:
    """The adapter did what it was told: a bare CR, or z and Z after a frame that it took."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The adapter did not do it: a BEL."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the adapter tells when asked: ``V`` its version, ``N`` its number, ``F`` the state of the bus."""

    letter: str
    text: str

    @property
    def flags(self) -> tuple[str, ...]:
        """What is wrong on the bus (for ``F``)."""
        bits = int(self.text, 16)
        return tuple(name for bit, name in BUS_FLAGS.items() if bits >> bit & 1)


@dataclass(frozen=True, slots=True)
class Remote:
    """A request frame without data; on-board diagnosis does not use them."""

    can_id: int
    extended: bool


@dataclass(frozen=True, slots=True)
class Command:
    """What a host orders besides sending frames: a letter and its argument."""

    letter: str
    argument: str = ""

    @property
    def bitrate_kbit(self) -> int | None:
        """The bit rate that this command chooses, if it does."""
        return next((rate for rate, text in BITRATES.items() if text == self.letter + self.argument), None)


Line = CanFrame | Remote | Done | Refused | Told


class LineFramer:
    """Cut what arrives into lines without their CR, whatever size the chunks have; a BEL is a line of its own."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return each line that this chunk completes."""
        *ended, begun = _ENDS.split(chunk)
        lines = []
        for text, end in zip(ended[::2], ended[1::2], strict=True):
            self._keep(text)
            lines.append(BEL if end == BEL else bytes(self._pending))
            self._pending.clear()
        self._keep(begun)
        return lines

    def _keep(self, text: bytes) -> None:
        """Keep what begins a line; a longer one is none, and its beginning alone shows that."""
        self._pending += text[: LONGEST_LINE + 1 - len(self._pending)]


# --- host to adapter ----------------------------------------------------------------------------------------------


def encode_command(text: str) -> bytes:
    """Encode one command, such as ``S6`` or ``O``."""
    if not text.isascii() or not text.isalnum() or len(text) > LONGEST_LINE:
        raise ValueRangeError(f"{text!r} is no command of a CAN adapter")
    return text.encode("ascii") + CR


def encode_bitrate(kbit: int) -> bytes:
    """Encode the choice of a bit rate."""
    if kbit not in BITRATES:
        raise ValueRangeError(f"{kbit} kbit/s is no standard bit rate")
    return encode_command(BITRATES[kbit])


def encode_frame(frame: CanFrame) -> bytes:
    """Encode one frame; it is written alike in both directions."""
    letter = "T" if frame.extended else "t"
    return f"{letter}{frame.name}{len(frame.data)}{frame.data.hex().upper()}".encode("ascii") + CR


def decode_command(line: bytes) -> CanFrame | Remote | Command:
    """Decode one line of a host, without its CR."""
    text = _text(line)
    if text[0] in "tT":
        return _decode_frame(text)
    if text[0] in "rR":
        return _decode_remote(text)
    if not text.isalnum():
        raise UnknownFrameError(f"no command {text!r}")
    return Command(text[0], text[1:])


# --- adapter to host ----------------------------------------------------------------------------------------------


def encode_word(word: Done | Refused | Told) -> bytes:
    """Encode one word of the adapter."""
    match word:
        case Done():
            return CR
        case Refused():
            return BEL
        case Told(letter, text):
            return f"{letter}{text}".encode("ascii") + CR


def decode_line(line: bytes) -> Line:
    """Decode one line of an adapter, as the framer cut it."""
    if line == BEL:
        return Refused()
    if line in (b"", b"z", b"Z"):
        return Done()
    text = _text(line)
    if text[0] in "tT":
        return _decode_frame(text)
    if text[0] in "rR":
        return _decode_remote(text)
    if text[0] in ANSWERED and text[1:].isalnum():
        if text[0] == FLAGS:
            _hex(text[1:])
        return Told(text[0], text[1:])
    raise UnknownFrameError(f"no adapter says {text!r}")


def _text(line: bytes) -> str:
    if not 0 < len(line) <= LONGEST_LINE:
        raise FrameLengthError(f"a line has 1 to {LONGEST_LINE} characters, here are {len(line)}")
    try:
        return line.decode("ascii")
    except UnicodeDecodeError:
        raise UnknownFrameError(f"{line!r} is no text") from None


def _decode_frame(text: str) -> CanFrame:
    can_id, extended, length, rest = _decode_head(text)
    if len(rest) not in (2 * length, 2 * length + _STAMP):  # some adapters remember that they shall stamp the time
        raise FrameLengthError(f"{length} bytes are announced in {text!r}")
    _hex(rest or "0")
    return CanFrame(can_id, bytes.fromhex(rest[: 2 * length]), extended)


def _decode_remote(text: str) -> Remote:
    can_id, extended, _, rest = _decode_head(text)
    if len(rest) not in (0, _STAMP):
        raise FrameLengthError(f"a request frame carries no data, here is {text!r}")
    return Remote(can_id, extended)


def _decode_head(text: str) -> tuple[int, bool, int, str]:
    """Return identifier, whether it has 29 bits, length, and what follows."""
    extended = text[0] in "TR"
    digits = 8 if extended else 3
    if len(text) < digits + 2:
        raise FrameLengthError(f"{text!r} ends in its head")
    can_id, length = _hex(text[1 : 1 + digits]), _hex(text[1 + digits])
    if length > LONGEST_DATA:
        raise FrameLengthError(f"a CAN frame carries up to {LONGEST_DATA} bytes, not {length}")
    return CanFrame(can_id, b"", extended).can_id, extended, length, text[digits + 2 :]


def _hex(text: str) -> int:
    if not _HEX.issuperset(text):
        raise UnknownFrameError(f"{text!r} is no hex number")
    return int(text, 16)
