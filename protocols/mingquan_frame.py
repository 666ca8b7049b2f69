"""The frame that Mingquan's analyzers and flow meters share: header, code, length, data, and a checksum that closes it.

Knows that the length is one less than the bytes of the whole frame. Does not know codes, headers, or what data means.
"""

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameLengthError

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
