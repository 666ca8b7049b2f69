"""The "NT" frame of Fuli's small instruments (weather station FTH-2, tachometer VMT-2000), both directions.

Knows the frame: NT, two address characters, kind, length, a command of two bytes, data, and the one's complement of
the sum from the length on. Does not know what a command or its data means, ports, or time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from protocols.checksums import ones
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError
from protocols.framing import FrameCutter, OneReply, begins_like

T = TypeVar("T")
MARK = b"NT"
REQUEST, ANSWER, ERROR = b"S", b"A", b"E"
KINDS = (REQUEST, ANSWER, ERROR)
MOST_DATA = 32
_HEAD, _BESIDES_DATA = 6, 3


@dataclass(frozen=True, slots=True)
class NtFrame:
    """One frame: ``kind`` is a request, an answer or an error."""

    address: bytes
    kind: bytes
    command: int
    data: bytes = b""


def encode(frame: NtFrame) -> bytes:
    """Write one frame."""
    body = bytes([len(frame.data) + _BESIDES_DATA]) + frame.command.to_bytes(2, "big") + frame.data
    return MARK + frame.address + frame.kind + body + bytes([ones(body)])


def decode(frame: bytes) -> NtFrame:
    """Read one whole frame."""
    if frame[:2] != MARK or frame[4:5] not in KINDS:
        raise UnknownFrameError("a frame is NT, two address characters and S, A or E")
    if len(frame) < _HEAD + _BESIDES_DATA or len(frame) != _HEAD + frame[5]:
        raise FrameLengthError(f"{len(frame)} bytes are no frame, or not as many as it says")
    if frame[-1] != ones(frame[5:-1]):
        raise ChecksumError(f"one's complement sum is {ones(frame[5:-1]):02X}, the frame says {frame[-1]:02X}")
    return NtFrame(frame[2:4], frame[4:5], int.from_bytes(frame[6:8], "big"), frame[8:-1])


def _length(begun: bytes) -> int | None:
    if not begins_like(begun, MARK) or begun[4:5] not in (b"", *KINDS):
        return 0
    if len(begun) < _HEAD:
        return None
    return _HEAD + begun[5] if _BESIDES_DATA <= begun[5] <= _BESIDES_DATA + MOST_DATA else 0


class NtRequests(FrameCutter[NtFrame]):
    """Cuts what a host sends into requests (the device's side of the wire); a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _length(begun) if begun[4:5] in (b"", REQUEST) else 0

    def decode(self, frame: bytes) -> NtFrame:
        """Read one request."""
        return decode(frame)


class NtReply(OneReply[T]):
    """Finds the answer, or the error, to one request, and reads it by ``read``."""

    def __init__(self, request: NtFrame, read: Callable[[NtFrame], T]) -> None:
        super().__init__()
        self._begin = MARK + request.address
        self._read = read

    def length(self, begun: bytes) -> int | None:
        """Tell how long an answer is that begins like this."""
        return _length(begun) if begins_like(begun, self._begin) and begun[4:5] != REQUEST else 0

    def decode(self, frame: bytes) -> T:
        """Read one answer."""
        return self._read(decode(frame))
