"""The text "fdjzsj:2480rpm" of the tachometer VTET-1000, which only speaks.

Knows its fourteen characters, and how to find them again after lost bytes. There is no checksum: a digit that the wire
changes into another digit is seen by nobody. One public reader knows it; what stands between two texts is not
published, so anything may. Does not know ports, time, or what the engine is doing; 0000 means that no signal comes.
"""

import re

from protocols.captured import Captured, Explained
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter
from protocols.revolutions import Revolutions

HIGHEST_RPM = 9999
LENGTH = 14
_TEXT = re.compile(rb"fdjzsj:(\d{4})rpm")
_SHAPE = b"fdjzsj:0000rpm"
_AS_SHAPE = bytes.maketrans(b"123456789", b"000000000")


def encode(revolutions: Revolutions) -> bytes:
    """Write one reading as the device does."""
    if not 0 <= revolutions.engine_rpm <= HIGHEST_RPM:
        raise ValueRangeError(f"{revolutions.engine_rpm} r/min are not four digits")
    return b"fdjzsj:%04drpm" % revolutions.engine_rpm


def decode(frame: bytes) -> Revolutions:
    """Read one whole text."""
    if len(frame) != LENGTH:
        raise FrameLengthError(f"a text has {LENGTH} characters, here are {len(frame)}")
    found = _TEXT.fullmatch(frame)
    if found is None:
        raise UnknownFrameError(f"{frame!r} is not fdjzsj:, four digits and rpm")
    return Revolutions(int(found[1]))


class StreamFramer(FrameCutter[Revolutions]):
    """Cuts a stream into readings."""

    def length(self, begun: bytes) -> int | None:
        """Tell whether a text begins like this."""
        return LENGTH if _SHAPE.startswith(begun[:LENGTH].translate(_AS_SHAPE)) else 0

    def decode(self, frame: bytes) -> Revolutions:
        """Read one text."""
        return decode(frame)


def explain(captured: Captured) -> Explained:
    """Explain one reading. The device takes no commands."""
    if captured.to_device:
        raise UnknownFrameError("this tachometer only speaks; nothing is ever sent to it")
    reading = decode(captured.frame)
    flags = () if reading.engine_rpm else ("no_signal",)
    return Explained("revolutions", {"engine_rpm": float(reading.engine_rpm)}, flags)
