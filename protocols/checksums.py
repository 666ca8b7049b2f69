"""Checksums that several device families share.

Knows arithmetic over bytes. Does not know which bytes of which frame they cover.
"""


def sum8(data: bytes) -> int:
    """Return the plain sum modulo 256."""
    return sum(data) & 0xFF
