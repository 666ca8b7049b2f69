"""The weather station FTH-2 of Fuli: what its NT frames mean.

Knows the one request that public programs send, and where status, temperature, humidity and pressure stand in the
answer. What the two status bytes and an error's byte mean is not published. Does not know the frame (nt_frame), ports,
or what weather is plausible.
"""

from dataclasses import asdict, dataclass

from protocols.captured import Captured, Explained
from protocols.errors import FrameLengthError, UnknownFrameError
from protocols.nt_frame import ANSWER, ERROR, REQUEST, NtFrame, decode
from protocols.weather import Weather
from protocols.words16 import signed_at, word, word_at

ADDRESS = b"33"
READ = NtFrame(ADDRESS, REQUEST, 0x0101)
_SPARE = b"\0\0"
_DATA_BYTES = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer."""

    status: int
    weather: Weather


@dataclass(frozen=True, slots=True)
class Refused:
    """The station says no; what its codes mean is not published."""

    code: int


def frame_of(reply: Reading | Refused) -> NtFrame:
    """Return the frame with which the station says this."""
    if isinstance(reply, Refused):
        return NtFrame(ADDRESS, ERROR, READ.command, bytes([reply.code]))
    air = reply.weather
    words = word(air.ambient_temp_c * 10, signed=True) + word(air.humidity_pct * 10) + word(air.pressure_kpa * 10)
    return NtFrame(ADDRESS, ANSWER, READ.command, word(reply.status) + words + _SPARE)


def read_frame(frame: NtFrame) -> Reading | Refused:
    """Read what an answer says."""
    if frame.address != ADDRESS or frame.command != READ.command:
        raise UnknownFrameError(f"command {frame.command:04X} at {frame.address.hex()} is none of an FTH-2")
    if frame.kind == ERROR and len(frame.data) == 1:
        return Refused(frame.data[0])
    if frame.kind != ANSWER or len(frame.data) != _DATA_BYTES:
        raise FrameLengthError(f"an answer holds {_DATA_BYTES} bytes of data, an error one; here are {len(frame.data)}")
    data = frame.data
    return Reading(word_at(data, 0), Weather(signed_at(data, 2) / 10, word_at(data, 4) / 10, word_at(data, 6) / 10))


def explain(captured: Captured) -> Explained:
    """Explain one captured frame."""
    frame = decode(captured.frame)
    if captured.to_device:
        if frame.kind != REQUEST:
            raise UnknownFrameError("only requests go to a station")
        known = frame == READ
        return Explained("read" if known else "unknown_request", {"command": float(frame.command)})
    reply = read_frame(frame)
    if isinstance(reply, Refused):
        return Explained("refused", {"error": float(reply.code)}, flags=("refused",))
    return Explained("weather", {**asdict(reply.weather), "status": float(reply.status)})
