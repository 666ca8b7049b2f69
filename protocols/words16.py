"""Words of sixteen bits inside frames, high byte first.

Knows signs and what fits. Does not know scales, names, or any frame.
"""

from protocols.errors import ValueRangeError


def word_at(frame: bytes, at: int) -> int:
    """Return the unsigned word that begins there."""
    return int.from_bytes(frame[at : at + 2], "big")


def signed_at(frame: bytes, at: int) -> int:
    """Return the signed word (two's complement) that begins there."""
    return int.from_bytes(frame[at : at + 2], "big", signed=True)


def word(value: float, *, signed: bool = False) -> bytes:
    """Return the word nearest to this value; ValueRangeError for what does not fit, never clipped."""
    try:
        return round(value).to_bytes(2, "big", signed=signed)
    except (OverflowError, ValueError):  # too large, infinite, or not a number
        raise ValueRangeError(f"{value} does not fit into a 16-bit word") from None
