"""The tachometer VMT-2000 of Fuli: what its NT frames mean.

Knows the broadcast question for the revolutions, the longer one with status and frequency, and the work mode, which
this program never sets. Two bytes of the short and four of the long answer are read by nobody; the status is not
published. Does not know the frame (nt_frame), ports, or how many cylinders an engine has: what is shown is what the
instrument counts.
"""

from dataclasses import dataclass

from protocols.captured import Captured, Explained
from protocols.errors import FrameLengthError, UnknownFrameError
from protocols.nt_frame import ANSWER, ERROR, REQUEST, NtFrame, decode
from protocols.revolutions import Revolutions
from protocols.words16 import word, word_at

EVERYBODY, OWN = b"0\xff", b"01"
READ = NtFrame(EVERYBODY, REQUEST, 0x0180)
READ_ALL = NtFrame(OWN, REQUEST, 0x0101)
SET_MODE = 0x0103
_SHORT, _LONG = 4, 10
LOWEST_RPM, HIGHEST_RPM = 360, 10_000


@dataclass(frozen=True, slots=True)
class Everything:
    """The longer answer."""

    status: int
    revolutions: Revolutions
    frequency: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The instrument says no to a question; what its codes mean is not published."""

    question: NtFrame
    code: int


Reply = Revolutions | Everything | Refused


def frame_of(reply: Reply) -> NtFrame:
    """Return the frame with which the instrument says this."""
    match reply:
        case Refused(question, code):
            return NtFrame(question.address, ERROR, question.command, bytes([code]))
        case Everything(status, revolutions, frequency):
            data = word(status) + word(revolutions.engine_rpm) + word(frequency) + bytes(4)
            return NtFrame(OWN, ANSWER, READ_ALL.command, data)
        case Revolutions(engine_rpm):
            return NtFrame(EVERYBODY, ANSWER, READ.command, word(engine_rpm) + bytes(2))


def read_frame(frame: NtFrame) -> Reply:
    """Read what an answer says."""
    data = frame.data
    if frame.kind == ERROR and len(data) == 1:
        return Refused(NtFrame(frame.address, REQUEST, frame.command), data[0])
    match frame.kind, frame.command, len(data):
        case b"A", READ.command, n if n == _SHORT:
            return Revolutions(word_at(data, 0))
        case b"A", READ_ALL.command, n if n == _LONG:
            return Everything(word_at(data, 0), Revolutions(word_at(data, 2)), word_at(data, 4))
        case b"A", READ.command | READ_ALL.command, _:
            raise FrameLengthError(f"{len(data)} bytes of data are none of these answers")
    raise UnknownFrameError(f"command {frame.command:04X} of kind {frame.kind!r} is no answer of a VMT-2000")


def read_revolutions(frame: NtFrame) -> Revolutions | Refused:
    """Read the answer to READ."""
    reply = read_frame(frame)
    if frame.command != READ.command or isinstance(reply, Everything):
        raise UnknownFrameError(f"command {frame.command:04X} answers {READ.command:04X}")
    return reply


def explain(captured: Captured) -> Explained:
    """Explain one captured frame."""
    frame = decode(captured.frame)
    if captured.to_device:
        return _explain_request(frame)
    match read_frame(frame):
        case Refused(question, code):
            values = {"command": float(question.command), "error": float(code)}
            return Explained("refused", values, flags=("refused",))
        case Everything(status, revolutions, frequency):
            rest = {"status": float(status), "frequency": float(frequency)}
            return Explained("everything", {"engine_rpm": float(revolutions.engine_rpm), **rest}, _flags(revolutions))
        case Revolutions() as revolutions:
            return Explained("revolutions", {"engine_rpm": float(revolutions.engine_rpm)}, _flags(revolutions))


def _explain_request(frame: NtFrame) -> Explained:
    if frame.kind != REQUEST:
        raise UnknownFrameError("only requests go to a tachometer")
    if frame.command == SET_MODE and len(frame.data) == 1:
        return Explained("set_mode", {"mode": float(frame.data[0])})
    kinds = {READ: "read", READ_ALL: "read_all"}
    return Explained(kinds.get(frame, "unknown_request"), {"command": float(frame.command)})


def _flags(revolutions: Revolutions) -> tuple[str, ...]:
    return () if revolutions.engine_rpm else ("no_signal",)
