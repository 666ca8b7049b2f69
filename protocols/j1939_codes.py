"""Trouble codes of SAE J1939-73: what is wrong (a suspect parameter, SPN) and how (a failure mode, FMI).

Knows the packed form of version 4, in which everything built since about 2000 sends them, and how people write one
down. Does not know messages, lamps, or what a parameter means. The three older forms are marked in the fourth byte and
refused.
"""

import re
from dataclasses import dataclass

from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError

LENGTH = 4
LARGEST_SPN, LARGEST_FMI, LARGEST_COUNT = 0x7FFFF, 0x1F, 0x7E
NOT_COUNTED = 0x7F
OLD_FORM = 0x80
"""Bit of the fourth byte: the parameter is packed in one of the older ways."""
NO_CODES = (b"\x00\x00\x00", b"\xff\xff\xff")
"""What stands where there is no code: parameter 0, or nothing but ones."""
_TEXT = re.compile(r"SPN(\d{1,6}) FMI(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Code:
    """One trouble code. ``count`` is how often it came; None where that is not counted."""

    spn: int
    fmi: int
    count: int | None = None

    def __str__(self) -> str:
        """As people write it: ``SPN3216 FMI4``."""
        return code_text(self.spn, self.fmi)


def code_text(spn: int, fmi: int) -> str:
    """Return a code as people write it."""
    return f"SPN{spn} FMI{fmi}"


def parse_text(text: str) -> Code:
    """Return the code that was written like this."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueRangeError(f"{text!r} is no code of J1939")
    return Code(int(found[1]), int(found[2]))


def spn_and_fmi(packed: bytes) -> tuple[int, int]:
    """Return parameter and failure mode out of their three bytes."""
    return packed[0] | packed[1] << 8 | (packed[2] & 0xE0) << 11, packed[2] & 0x1F


def decode(data: bytes) -> Code | None:
    """Decode one code of four bytes; None where there is none."""
    if len(data) != LENGTH:
        raise FrameLengthError(f"a code has {LENGTH} bytes, here are {len(data)}")
    if data[:3] in NO_CODES or spn_and_fmi(data)[0] in (0, LARGEST_SPN):
        return None
    if data[3] & OLD_FORM:
        raise UnknownFrameError(f"{data.hex(' ')} is a code in an older form, which is not read")
    count = data[3] & 0x7F
    return Code(*spn_and_fmi(data), None if count == NOT_COUNTED else count)


def encode(code: Code) -> bytes:
    """Encode one code."""
    count = NOT_COUNTED if code.count is None else code.count
    if not (0 < code.spn < LARGEST_SPN and 0 <= code.fmi <= LARGEST_FMI and 0 <= count <= NOT_COUNTED):
        raise ValueRangeError(f"{code} cannot be sent")
    return bytes([code.spn & 0xFF, code.spn >> 8 & 0xFF, code.spn >> 11 & 0xE0 | code.fmi, count])
