"""The tachometer stream "dddd CR" of Nanhua RPM-5300 and Mingquan MQZ-3.

Knows four digits and their carriage return, and how to find them again after lost bytes. There is no checksum: five
bytes lost together across a carriage return leave four digits that nobody can tell from true ones. Does not know
ports, time, or what the engine is doing; 0000 means that no signal comes.
"""

from protocols.captured import Captured, Explained
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.revolutions import Revolutions

CR = 0x0D
DIGITS = 4
HIGHEST_RPM = 9999


def encode(revolutions: Revolutions) -> bytes:
    """Write one reading as the device does."""
    if not 0 <= revolutions.engine_rpm <= HIGHEST_RPM:
        raise ValueRangeError(f"{revolutions.engine_rpm} r/min are not four digits")
    return b"%04d\r" % revolutions.engine_rpm


def decode(frame: bytes) -> Revolutions:
    """Read one whole frame."""
    if len(frame) != DIGITS + 1:
        raise FrameLengthError(f"four digits and CR are 5 bytes, here are {len(frame)}")
    if frame[-1] != CR or not frame[:-1].isdigit():
        raise UnknownFrameError(f"{frame.hex(' ').upper()} is not four digits and CR")
    return Revolutions(int(frame[:-1]))


class StreamFramer:
    """Cut a stream at its carriage returns. Only what stands alone between two of them, four digits, is a reading."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._overlong = 0
        self.skipped = 0
        """Bytes that belonged to no reading so far."""

    def feed(self, chunk: bytes) -> list[Revolutions]:
        """Return each reading that this chunk completes."""
        found = []
        for byte in chunk:
            if byte != CR:
                self._keep(byte)
            elif (reading := self._close()) is not None:
                found.append(reading)
        return found

    def _keep(self, byte: int) -> None:
        if len(self._pending) < DIGITS:
            self._pending.append(byte)
        else:
            self._overlong += 1

    def _close(self) -> Revolutions | None:
        length = len(self._pending) + self._overlong + 1
        try:
            reading = decode(bytes(self._pending) + b"\r") if not self._overlong else None
        except (FrameLengthError, UnknownFrameError):
            reading = None
        if reading is None:
            self.skipped += length
        self._pending.clear()
        self._overlong = 0
        return reading


def explain(captured: Captured) -> Explained:
    """Explain one reading. The device takes no commands."""
    if captured.to_device:
        raise UnknownFrameError("this tachometer only speaks; nothing is ever sent to it")
    reading = decode(captured.frame)
    flags = () if reading.engine_rpm else ("no_signal",)
    return Explained("revolutions", {"engine_rpm": float(reading.engine_rpm)}, flags)
