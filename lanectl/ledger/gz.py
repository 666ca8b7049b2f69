"""Canonical gzip: one member, no name, no time, one fixed header; anything else is not ours.

Knows the ten header bytes and how much a member may grow to. Does not know what is inside.
"""

import struct
import zlib

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
"""Deflate, no flags, no time, best compression, operating system not said."""
LARGEST = 256 * 2**20
"""A member that would unpack to more is refused: an hour of 10 Hz samples is well under a tenth of it."""


class NotCanonicalGzipError(ValueError):
    """These bytes are not gzip as this program writes it."""


def gzip_bytes(data: bytes) -> bytes:
    """Pack bytes; the same bytes in give the same header and trailer, whoever packs and whenever."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    return HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def gunzip_bytes(data: bytes, largest: int = LARGEST) -> bytes:
    """Unpack canonical gzip; extra fields, names, times, further members, trailing data and bombs are refused."""
    if data[: len(HEADER)] != HEADER:
        raise NotCanonicalGzipError("the gzip header is not the canonical one")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = unpacker.decompress(data[len(HEADER) :], largest + 1)
    except zlib.error as error:
        raise NotCanonicalGzipError(f"the packed data is damaged: {error}") from None
    if len(plain) > largest:
        raise NotCanonicalGzipError(f"unpacks to more than {largest} bytes")
    if not unpacker.eof:
        raise NotCanonicalGzipError("the packed data ends too early")
    if unpacker.unused_data != struct.pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF):
        raise NotCanonicalGzipError("the gzip trailer does not fit, or something follows it")
    return plain
