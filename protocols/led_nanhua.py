"""Lines of text for the LED panels of Nanhua / NHSZKS: bytes only ever go to the panel.

Knows the frame (00, panel, line, mode, text, CR). Neither half of a Chinese sign is ever 00 or 0D, so a frame ends at
the first CR. Does not know ports, how wide a panel is, or what is shown to whom.
"""

from dataclasses import dataclass
from enum import Enum

from protocols.captured import Captured, Explained
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.led_text import decode_text, encode_text

START, END = 0x00, 0x0D
ALL_PANELS = 0
LAST_PANEL, LAST_LINE = 9, 4
LONGEST_FRAME = 256
_DIGIT = 0x30
_HEAD = 4


class Mode(Enum):
    """How a line comes and stands."""

    SCROLL_LEFT = 0x30
    LEFT = 0x31
    CENTRE = 0x32
    RIGHT = 0x33
    PAGE_UP = 0x34
    PAGE_DOWN = 0x35
    OPEN = 0x36
    CLOSE = 0x37


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one panel (or of all: 0). No text blanks the line."""

    panel: int
    line: int
    mode: Mode
    text: str


def encode(line: Line) -> bytes:
    """Write one line as it goes over the wire."""
    if not (0 <= line.panel <= LAST_PANEL and 1 <= line.line <= LAST_LINE):
        raise ValueRangeError(f"there is no panel {line.panel} with a line {line.line}")
    frame = bytes([START, _DIGIT + line.panel, _DIGIT + line.line, line.mode.value]) + encode_text(line.text)
    if len(frame) >= LONGEST_FRAME:
        raise ValueRangeError(f"{len(line.text)} signs are too many for one line")
    return frame + bytes([END])


def decode(frame: bytes) -> Line:
    """Read one whole frame."""
    if len(frame) <= _HEAD:
        raise FrameLengthError(f"a line has at least 5 bytes, here are {len(frame)}")
    if len(frame) > LONGEST_FRAME:
        raise FrameLengthError(f"a line has at most {LONGEST_FRAME} bytes, here are {len(frame)}")
    panel, line = frame[1] - _DIGIT, frame[2] - _DIGIT
    if frame[0] != START or frame[-1] != END or not (0 <= panel <= LAST_PANEL and 1 <= line <= LAST_LINE):
        raise UnknownFrameError("a line is 00, panel, line, mode, text, 0D")
    try:
        mode = Mode(frame[3])
    except ValueError as error:
        raise UnknownFrameError(str(error)) from None
    return Line(panel, line, mode, decode_text(frame[_HEAD:-1]))


class LineFramer:
    """Cut what a host sends into lines (the panel's side of the wire); what is no line is passed over."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[Line]:
        """Return each line that this chunk completes."""
        found = []
        for byte in chunk:
            if byte == START:
                self._pending.clear()
            self._pending.append(byte)
            if byte == END:
                found += self._close()
            elif len(self._pending) >= LONGEST_FRAME:
                self._pending.clear()
        return found

    def _close(self) -> list[Line]:
        frame = bytes(self._pending)
        self._pending.clear()
        try:
            return [decode(frame)]
        except (FrameLengthError, UnknownFrameError):
            return []


def explain(captured: Captured) -> Explained:
    """Explain one or several lines of one write. A panel never answers, so all bytes on its wire are these."""
    lines = [decode(frame + bytes([END])) for frame in captured.frame.split(bytes([END]))[:-1]]
    if not lines or captured.frame[-1] != END:
        raise FrameLengthError("no whole line")
    values: dict[str, float | None] = {"panel": float(lines[0].panel), "line": float(lines[0].line)}
    texts = {"text": "\n".join(line.text for line in lines)}
    if len(lines) > 1:
        texts |= {f"line_{line.line}": line.text for line in lines}
    return Explained("text" if any(line.text for line in lines) else "blank", values, _flags(lines), texts)


def _flags(lines: list[Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.mode.name.lower() for line in lines))
