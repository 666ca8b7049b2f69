"""One frame of a CAN bus: an identifier and up to eight bytes.

Knows which identifiers and lengths exist, and how people write a frame down. Does not know adapters, buses or contents.
"""

from dataclasses import dataclass

from protocols.errors import ValueRangeError

LONGEST_DATA = 8
_LARGEST_11, _LARGEST_29 = 0x7FF, 0x1FFFFFFF


@dataclass(frozen=True, slots=True)
class CanFrame:
    """One data frame, with an identifier of 11 bits, or of 29 when ``extended``."""

    can_id: int
    data: bytes
    extended: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.can_id <= (_LARGEST_29 if self.extended else _LARGEST_11):
            raise ValueRangeError(f"{self.can_id:X} is no identifier of {29 if self.extended else 11} bits")
        if len(self.data) > LONGEST_DATA:
            raise ValueRangeError(f"a CAN frame carries up to {LONGEST_DATA} bytes, not {len(self.data)}")

    @property
    def name(self) -> str:
        """The identifier in hex, with as many digits as it has room for."""
        return f"{self.can_id:08X}" if self.extended else f"{self.can_id:03X}"

    def __str__(self) -> str:
        """As in a bus log: ``7E8#064100BE3FA81300``."""
        return f"{self.name}#{self.data.hex().upper()}"
