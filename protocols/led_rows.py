"""LED panels with an upper and a lower row of text: Tongji and Antong. Bytes only ever go to the panel.

Knows three bytes that name the row, text, and one byte that ends it; and that a Tongji panel can be cleared. Neither
half of a Chinese sign is ever one of the ending bytes. A public writer goes by each byte with a pause of 1 to 2 ms,
and knows more places of a Tongji panel than these two rows. Does not know ports, how wide a panel is, or what is shown
to whom.
"""

from dataclasses import dataclass, replace

from protocols.captured import Captured, Explain, Explained
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter
from protocols.led_text import decode_text, encode_text

UPPER, LOWER = "upper", "lower"
LONGEST_FRAME = 256
_HEAD = 3
_ESC, _CLEAR, _ADDRESS_AT = 0x1B, 0x44, 1


@dataclass(frozen=True, slots=True)
class Panel:
    """How one make writes."""

    name: str
    heads: tuple[tuple[str, bytes], ...]
    """Row and the three bytes that begin it."""
    end: int
    clear: bytes | None = None
    """Blanks both rows, where the make has such a frame."""

    def head(self, row: str) -> bytes:
        """Return the bytes that begin a row."""
        return dict(self.heads)[row]


TONGJI = Panel(
    "Tongji",
    ((UPPER, bytes([_ESC, 1, 4])), (LOWER, bytes([_ESC, 1, 5]))),
    0x0D,
    bytes([_ESC, 1, _CLEAR, 0x0D]),
)
ANTONG = Panel("Antong", ((UPPER, b"LLL"), (LOWER, b"III")), 0x02)


def tongji_at(address: int) -> Panel:
    """Return a Tongji panel with another address than 1."""
    heads = tuple((row, _addressed(head, address)) for row, head in TONGJI.heads)
    return replace(TONGJI, heads=heads, clear=_addressed(TONGJI.clear or b"", address))


def _addressed(frame: bytes, address: int) -> bytes:
    return frame[:_ADDRESS_AT] + bytes([address]) + frame[_ADDRESS_AT + 1 :]


@dataclass(frozen=True, slots=True)
class Row:
    """The text of one row."""

    row: str
    text: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """Both rows blank."""


def encode(panel: Panel, said: Row | Cleared) -> bytes:
    """Write one frame; UnknownFrameError where a panel cannot be cleared."""
    if isinstance(said, Cleared):
        if panel.clear is None:
            raise UnknownFrameError(f"{panel.name} has no frame that clears")
        return panel.clear
    frame = panel.head(said.row) + encode_text(said.text) + bytes([panel.end])
    if len(frame) > LONGEST_FRAME:
        raise ValueRangeError(f"{len(said.text)} signs are too many for one row")
    return frame


def decode(panel: Panel, frame: bytes) -> Row | Cleared:
    """Read one whole frame."""
    if not _HEAD < len(frame) <= LONGEST_FRAME:
        raise FrameLengthError(f"a row has 4 to {LONGEST_FRAME} bytes, here are {len(frame)}")
    if frame == panel.clear:
        return Cleared()
    row = next((row for row, head in panel.heads if frame.startswith(head)), None)
    if row is None or frame[-1] != panel.end or panel.end in frame[_HEAD:-1]:
        raise UnknownFrameError(f"no row of a {panel.name} panel")
    return Row(row, decode_text(frame[_HEAD:-1]))


class RowFramer(FrameCutter[Row | Cleared]):
    """Cuts what a host sends into rows (the panel's side of the wire); what is no row is passed over."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel = panel

    def length(self, begun: bytes) -> int | None:
        """Tell how long a row is that begins like this."""
        heads = [head for _, head in self._panel.heads] + ([self._panel.clear[:_HEAD]] if self._panel.clear else [])
        if not any(head.startswith(begun[:_HEAD]) for head in heads):
            return 0
        end = begun[:LONGEST_FRAME].find(self._panel.end, _HEAD)
        if end >= 0:
            return end + 1
        return None if len(begun) < LONGEST_FRAME else 0

    def decode(self, frame: bytes) -> Row | Cleared:
        """Read one row."""
        return decode(self._panel, frame)


def explainer(panel: Panel) -> Explain:
    """Return the function that explains one or several rows of one write."""

    def explain(captured: Captured) -> Explained:
        ends = bytes([panel.end])
        frames = [frame + ends for frame in captured.frame.split(ends)[:-1]]
        if not frames or captured.frame[-1:] != ends:
            raise FrameLengthError("no whole row")
        said = [decode(panel, frame) for frame in frames]
        rows = {each.row: each.text for each in said if isinstance(each, Row)}
        flags = (("cleared",) if Cleared() in said else ()) + tuple(rows)
        texts = {"text": "\n".join(rows.values())} if rows else {}
        return Explained("text" if any(rows.values()) else "blank", {}, flags, texts)

    return explain
