"""Numbers in registers of 16 bits: integers and floats of one or two registers, in each of the four byte orders.

Knows sizes, signs and orders. Does not know scales, names, addresses, or frames.
"""

import struct
from collections.abc import Sequence

from protocols.errors import FrameLengthError, ValueRangeError

WORDS = {"u16": 1, "s16": 1, "u32": 2, "s32": 2, "f32": 2}
"""Registers that a number of each type takes."""
ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
"""Order of the bytes on the wire; A is the most significant. One register knows AB (ABCD, CDAB) and BA alone."""
_FORMATS = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}


def decode_number(kind: str, order: str, registers: Sequence[int]) -> float:
    """Return the number in these registers; a float that is no number is ValueRangeError."""
    if len(registers) != WORDS[kind]:
        raise FrameLengthError(f"{len(registers)} registers for a number of type {kind}")
    data = _reorder(b"".join(register.to_bytes(2, "big") for register in registers), order)
    number = float(struct.unpack(_FORMATS[kind], data)[0])
    if number - number != 0.0:
        raise ValueRangeError(f"{data.hex()} is no finite number")
    return number


def encode_number(kind: str, order: str, number: float) -> tuple[int, ...]:
    """Return the registers for this number, rounded where the type has no fractions; never clipped."""
    try:
        data = struct.pack(_FORMATS[kind], number if kind == "f32" else round(number))
    except (struct.error, OverflowError, ValueError):
        raise ValueRangeError(f"{number!r} does not fit into {kind}") from None
    if number - number != 0.0:
        raise ValueRangeError(f"{number!r} is no finite number")
    data = _reorder(data, order)
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))


def _reorder(data: bytes, order: str) -> bytes:
    """Bring wire order to ABCD and back; each of the four orders undoes itself."""
    if order in ("BADC", "DCBA"):
        data = b"".join(data[at : at + 2][::-1] for at in range(0, len(data), 2))
    if order in ("CDAB", "DCBA") and len(data) == 4:
        data = data[2:] + data[:2]
    return data
