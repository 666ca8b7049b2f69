"""Checksums that several device families share.

Knows arithmetic over bytes. Does not know which bytes of which frame they cover.
"""


def sum8(data: bytes) -> int:
    """Return the plain sum modulo 256."""
    return sum(data) & 0xFF


def _crc16_of(byte: int) -> int:
    """Return what one byte makes of a CRC of 0 (polynomial A001h)."""
    for _ in range(8):
        byte = byte >> 1 ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_CRC16 = tuple(_crc16_of(byte) for byte in range(256))


def crc16_modbus(data: bytes) -> int:
    """Return the CRC of Modbus RTU (polynomial A001h, start FFFFh); it travels low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC16[(crc ^ byte) & 0xFF]
    return crc


def twos(data: bytes) -> int:
    """Return what makes the sum of all bytes zero modulo 256 (two's complement of the sum)."""
    return -sum(data) & 0xFF


def ones(data: bytes) -> int:
    """Return the one's complement of the sum modulo 256."""
    return ~sum(data) & 0xFF


def xor8(data: bytes) -> int:
    """Return the exclusive or of all bytes."""
    result = 0
    for byte in data:
        result ^= byte
    return result
