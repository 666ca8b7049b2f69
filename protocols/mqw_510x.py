"""The frames of Mingquan's diesel analyzers MQW-5101 and MQW-5102: requests and replies as bytes, both directions.

Knows codes, lengths, scales and the published status bits. A request is 05, code, length, data, sum; the answer
repeats the code behind 06, a refusal behind 15; the length counts all bytes but one. Of the status of the MQW-5102
only the warm-up bit is published, the rest is carried as it came. Does not know ports, time, retries, whether a unit's
NO is its NOx, or what a reading is used for; nor calibrations, the choice of zero gas and the factory defaults.
"""

from dataclasses import dataclass
from enum import Enum
from functools import partial

from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError
from protocols.mingquan_frame import OVERHEAD, CodedReply, check_frame, framed
from protocols.values_mqw_510x import (
    WITH_SMOKE,
    Ambient,
    Background,
    Data5101,
    Data5102,
    SmokeMaxima,
    decode_ambient,
    decode_background,
    decode_data_5101,
    decode_data_5102,
    decode_smoke_maxima,
    encode_ambient,
    encode_background,
    encode_data_5101,
    encode_data_5102,
    encode_smoke_maxima,
)

REQUEST, ACCEPTED, REFUSAL = 0x05, 0x06, 0x15
_REFUSAL_LENGTHS = (4, 5)
"""Without and with an error byte."""
_LONGEST_REQUEST = 16


class Action(Enum):
    """What a host can ask. The number is the code, where models share it."""

    PUMP_SAMPLE = 0x10
    PUMP_AMBIENT = 0x11
    BACK_PURGE = 0x12
    PUMP_CALIBRATION_GAS = 0x13
    PUMP_CHECK_GAS = 0x14
    PUMP_ZERO_GAS = 0x15
    STOP = 0x16
    AUTO_PURGE = 0x17
    BACKGROUND_TEST = 0x18
    AMBIENT_TEST = 0x19
    LEAK_CHECK = 0x1A
    SKIP_WARM_UP = 0x1F
    ZERO = 0x21
    ZERO_NOX = 0x29
    ZERO_SMOKE = 0x2A
    READ_DATA = 0x30
    READ_STATUS = 0x31
    READ_DATA_AND_STATUS = 0x32
    READ_BACKGROUND = 0x33
    READ_AMBIENT = 0x34
    KEYBOARD_LOCK = 0x54
    KEYBOARD_UNLOCK = 0x55
    CLEAR_SMOKE_MAXIMA = 0x63
    READ_SMOKE_MAXIMA = 0x64


@dataclass(frozen=True, slots=True)
class Model:
    """How one model differs from its sister."""

    name: str
    status_code: int
    status_bytes: int
    status_bits: tuple[tuple[str, int, int], ...]
    """Name, byte and mask of each published bit."""
    block_lengths: tuple[tuple[Action, int], ...]
    """Whole length of each answer that is more than an acknowledgement."""
    lacks: frozenset[Action]
    selector: bytes = b""
    """What stands behind the code that asks for data."""

    def code(self, action: Action) -> int:
        """Return the byte that asks for this."""
        if action in self.lacks:
            raise UnknownFrameError(f"{self.name} has no {action.name}")
        return self.status_code if action is Action.READ_STATUS else action.value

    def action(self, code: int) -> Action | None:
        """Return what this byte asks for; None when this model does not know it."""
        return next((each for each in Action if each not in self.lacks and self.code(each) == code), None)

    def reply_length(self, action: Action) -> int:
        """Return the length of a full answer to this action."""
        return dict(self.block_lengths).get(action, OVERHEAD)

    def status(self, *words: str) -> "Status":
        """Return the status in which these published bits are set."""
        raw = bytearray(self.status_bytes)
        for name, byte, mask in self.status_bits:
            raw[byte] |= mask if name in words else 0
        return Status(bytes(raw))

    def words(self, status: "Status") -> frozenset[str]:
        """Return the names of the published bits that are set."""
        return frozenset(name for name, byte, mask in self.status_bits if status.raw[byte] & mask)


MQW_5101 = Model(
    "MQW-5101",
    status_code=0x31,
    status_bytes=8,
    status_bits=(
        ("pumping_sample", 0, 0x01),
        ("pumping_ambient", 0, 0x02),
        ("purging", 0, 0x04),
        ("pumping_calibration_gas", 0, 0x08),
        ("pumping_check_gas", 0, 0x10),
        ("pumping_zero_gas", 0, 0x20),
        ("zeroing", 1, 0x01),
        ("calibrating_no", 1, 0x02),
        ("calibrating_temperature", 1, 0x04),
        ("calibrating_humidity", 1, 0x08),
        ("calibrating_pressure", 1, 0x10),
        ("calibrating_oil", 1, 0x20),
        ("calibrating_line_pressure", 1, 0x40),
        ("testing", 2, 0x01),
        ("leak_check", 2, 0x02),
        ("auto_purging", 2, 0x04),
        ("background_test", 2, 0x08),
        ("ambient_test", 2, 0x10),
        ("warming", 4, 0x01),
        ("busy", 4, 0x02),
        ("low_flow", 4, 0x40),
        ("leak_tight", 4, 0x80),
    ),
    block_lengths=(
        (Action.READ_DATA, 26),
        (Action.READ_STATUS, 12),
        (Action.READ_DATA_AND_STATUS, 34),
        (Action.READ_BACKGROUND, 6),
        (Action.READ_AMBIENT, 14),
    ),
    lacks=frozenset({Action.ZERO_NOX, Action.ZERO_SMOKE, Action.CLEAR_SMOKE_MAXIMA, Action.READ_SMOKE_MAXIMA}),
)
MQW_5102 = Model(
    "MQW-5102",
    status_code=0x61,
    status_bytes=7,
    status_bits=(("warming", 0, 0x01),),
    block_lengths=((Action.READ_DATA, 24), (Action.READ_STATUS, 11), (Action.READ_SMOKE_MAXIMA, 10)),
    lacks=frozenset({Action.READ_DATA_AND_STATUS, Action.READ_BACKGROUND, Action.READ_AMBIENT}),
    selector=WITH_SMOKE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``action`` is None for a code, or a form of it, that this model does not have."""

    action: Action | None
    code: int


@dataclass(frozen=True, slots=True)
class Done:
    """The device has taken the order."""

    action: Action


@dataclass(frozen=True, slots=True)
class Refused:
    """The device says no to this code; what its error byte means is not published."""

    code: int
    error: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The status bytes as they came; the model names the published bits."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class DataAndStatus:
    """Both blocks of an MQW-5101 in one answer."""

    data: Data5101
    status: Status


Reply = Done | Refused | Status | Data5101 | Data5102 | DataAndStatus | Background | Ambient | SmokeMaxima

# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(model: Model, action: Action) -> bytes:
    """Encode one request."""
    return framed(REQUEST, model.code(action), _selector(model, action))


def decode_request(model: Model, frame: bytes) -> Request:
    """Decode one whole request. A code that this model does not have is a request without action."""
    check_frame(frame)
    if frame[0] != REQUEST:
        raise UnknownFrameError(f"{frame[0]:02X} begins no request")
    action = model.action(frame[1])
    if action is not None and frame[3:-1] != _selector(model, action):
        action = None
    return Request(action, frame[1])


def _selector(model: Model, action: Action) -> bytes:
    return model.selector if action is Action.READ_DATA else b""


class RequestFramer:
    """Cut what a host sends into requests (the device's side of the wire)."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[Request | ChecksumError]:
        """Return each request that this chunk completes; a damaged one as the error that it is."""
        self._pending += chunk
        found: list[Request | ChecksumError] = []
        while length := self._next_length():
            if len(self._pending) < length:
                break
            frame = bytes(self._pending[:length])
            del self._pending[:length]
            try:
                found.append(decode_request(self._model, frame))
            except ChecksumError as error:
                found.append(error)
        return found

    def _next_length(self) -> int:
        """Drop what cannot begin a request; return the length of what may, 0 while that is unknown."""
        while self._pending:
            if self._pending[0] == REQUEST:
                if len(self._pending) < 3:
                    return 0
                if OVERHEAD <= self._pending[2] + 1 <= _LONGEST_REQUEST:
                    return self._pending[2] + 1
            del self._pending[0]
        return 0


# --- replies ----------------------------------------------------------------------------------------------------


def encode_reply(model: Model, reply: Reply) -> bytes:
    """Encode one reply as the device would send it."""
    match reply:
        case Refused(code, error):
            return framed(REFUSAL, code, b"" if error is None else bytes([error]))
        case Done(action):
            return framed(ACCEPTED, model.code(action), b"")
        case Status(raw):
            return framed(ACCEPTED, model.code(Action.READ_STATUS), raw)
        case DataAndStatus(data, status):
            return framed(ACCEPTED, model.code(Action.READ_DATA_AND_STATUS), encode_data_5101(data) + status.raw)
        case Data5101():
            return framed(ACCEPTED, model.code(Action.READ_DATA), encode_data_5101(reply))
        case Data5102():
            return framed(ACCEPTED, model.code(Action.READ_DATA), encode_data_5102(reply))
        case Background():
            return framed(ACCEPTED, model.code(Action.READ_BACKGROUND), encode_background(reply))
        case Ambient():
            return framed(ACCEPTED, model.code(Action.READ_AMBIENT), encode_ambient(reply))
        case SmokeMaxima():
            return framed(ACCEPTED, model.code(Action.READ_SMOKE_MAXIMA), encode_smoke_maxima(reply))


def decode_reply(model: Model, action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the reply's own code tells."""
    check_frame(frame)
    if action is not None and frame[1] != model.code(action):
        raise UnknownFrameError(f"{frame[1]:02X} answers another question than {action.name}")
    if frame[0] == REFUSAL:
        if len(frame) not in _REFUSAL_LENGTHS:
            raise FrameLengthError(f"a refusal has 4 or 5 bytes, here are {len(frame)}")
        return Refused(frame[1], frame[3] if len(frame) > OVERHEAD else None)
    own = model.action(frame[1])
    if frame[0] != ACCEPTED or own is None:
        raise UnknownFrameError(f"{frame[0]:02X} {frame[1]:02X} begins no answer of an {model.name}")
    if len(frame) != model.reply_length(own):
        raise FrameLengthError(f"a reply {frame[1]:02X} has {model.reply_length(own)} bytes, here are {len(frame)}")
    return _decode_block(model, own, frame[3:-1])


def _decode_block(model: Model, action: Action, block: bytes) -> Reply:
    match action:
        case Action.READ_STATUS:
            return Status(block)
        case Action.READ_DATA_AND_STATUS:
            return DataAndStatus(decode_data_5101(block[:22]), Status(block[22:]))
        case Action.READ_DATA:
            return decode_data_5102(block) if model.selector else decode_data_5101(block)
        case Action.READ_BACKGROUND:
            return decode_background(block)
        case Action.READ_AMBIENT:
            return decode_ambient(block)
        case Action.READ_SMOKE_MAXIMA:
            return decode_smoke_maxima(block)
    return Done(action)


class ReplyFramer(CodedReply[Reply]):
    """Find the one reply to one request in a byte stream, whatever came before it and however it is cut."""

    def __init__(self, model: Model, action: Action) -> None:
        lengths = {ACCEPTED: (model.reply_length(action),), REFUSAL: _REFUSAL_LENGTHS}
        super().__init__(model.code(action), lengths, partial(decode_reply, model, action))
