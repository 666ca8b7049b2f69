"""The text of socketcand, a server that lends a CAN interface over TCP: words in angle brackets, both directions.

Knows how words and frames are written. Does not know connections, time, or what a frame carries.
"""

from protocols.can_frame import CanFrame
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError

HI, OK, RAW_MODE, ECHO = "hi", "ok", "rawmode", "echo"
LONGEST_WORD = 256
_FRAME, _SEND = "frame", "send"


class WordFramer:
    """Cut what arrives into the words between angle brackets, whatever size the chunks have."""

    def __init__(self) -> None:
        self._pending: bytearray | None = None

    def feed(self, chunk: bytes) -> list[str]:
        """Return each word that this chunk completes."""
        words = []
        for byte in chunk:
            if byte == 0x3C:  # every opening bracket begins anew, so an unfinished word before it is void
                self._pending = bytearray()
            elif byte == 0x3E and self._pending is not None:
                words.append(self._pending.decode("ascii", "replace").strip())
                self._pending = None
            elif self._pending is not None and len(self._pending) <= LONGEST_WORD:
                self._pending.append(byte)
        return words


def encode_word(word: str) -> bytes:
    """Encode one word, such as ``open can0``."""
    if not word.isascii() or not word.isprintable() or set(word) & set("<>") or not 0 < len(word) <= LONGEST_WORD:
        raise ValueRangeError(f"{word!r} is no word of socketcand")
    return f"< {word} >".encode("ascii")


def encode_send(frame: CanFrame) -> bytes:
    """Encode the order to send a frame."""
    return encode_word(" ".join((_SEND, frame.name, str(len(frame.data)), *(f"{byte:x}" for byte in frame.data))))


def decode_send(word: str) -> CanFrame:
    """Decode the order to send a frame."""
    parts = word.split()
    if len(parts) < 3 or parts[0] != _SEND:
        raise UnknownFrameError(f"{word!r} sends no frame")
    data = bytes(_number(part, 0xFF) for part in parts[3:])
    if _number(parts[2], 8) != len(data):
        raise FrameLengthError(f"{parts[2]} bytes are announced, here are {len(data)}")
    return _frame(parts[1], data)


def encode_frame(frame: CanFrame, at_s: float) -> bytes:
    """Encode a frame that was heard on the bus at this time."""
    return encode_word(f"{_FRAME} {frame.name} {at_s:.6f} {frame.data.hex().upper()}")


def decode_frame(word: str) -> CanFrame | None:
    """Decode a frame that was heard on the bus; None for any other word."""
    parts = word.split()
    if parts[:1] != [_FRAME]:
        return None
    if len(parts) < 3:
        raise FrameLengthError(f"{word!r} ends in its head")
    digits = "".join(parts[3:])
    if len(digits) % 2:
        raise FrameLengthError(f"{word!r} ends in the middle of a byte")
    return _frame(parts[1], bytes(_number(digits[at : at + 2], 0xFF) for at in range(0, len(digits), 2)))


def _frame(name: str, data: bytes) -> CanFrame:
    return CanFrame(_number(name, 0x1FFFFFFF), data, extended=len(name) != 3)


def _number(text: str, most: int) -> int:
    if not text or not all(letter in "0123456789abcdefABCDEF" for letter in text) or int(text, 16) > most:
        raise UnknownFrameError(f"{text!r} is no hex number up to {most:X}")
    return int(text, 16)
