"""The frame that Mingquan's analyzers and flow meters share: header, code, length, data, and a checksum that closes it.

Knows that the length is one less than the bytes of the whole frame, and how an answer is found that repeats its code.
Does not know codes, headers, or what data means.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameLengthError
from protocols.framing import OneReply

T = TypeVar("T")

OVERHEAD = 4
"""Bytes of a frame without data."""


def framed(header: int, code: int, data: bytes) -> bytes:
    """Put header, code, length and checksum around data."""
    body = bytes([header, code, len(data) + OVERHEAD - 1]) + data
    return body + bytes([twos(body)])


def check_frame(frame: bytes) -> None:
    """Raise what is wrong with the length or the checksum of a frame."""
    if len(frame) < OVERHEAD or len(frame) != frame[2] + 1:
        raise FrameLengthError(f"{len(frame)} bytes are no frame, or not as many as it says")
    if frame[-1] != twos(frame[:-1]):
        raise ChecksumError(f"two's complement sum is {twos(frame[:-1]):02X}, the frame says {frame[-1]:02X}")


class CodedReply(OneReply[T]):
    """Finds the one reply to one request: it repeats the code of the request behind one of these headers.

    ``lengths``: what lengths there are behind each header.
    """

    def __init__(self, code: int, lengths: Mapping[int, tuple[int, ...]], decode: Callable[[bytes], T]) -> None:
        super().__init__()
        self._code = code
        self._lengths = lengths
        self._decode = decode

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        lengths = self._lengths.get(begun[0], ())
        if not lengths or begun[1:2] not in (b"", bytes([self._code])):
            return 0
        if len(begun) < OVERHEAD - 1:
            return None
        return begun[2] + 1 if begun[2] + 1 in lengths else 0

    def decode(self, frame: bytes) -> T:
        """Read one reply."""
        return self._decode(frame)
