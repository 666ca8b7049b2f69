"""The opacimeter frame of Nanhua (NHT-6, NHT-1, NHT-1L), Mingquan (MQY-200) and Chida (smoke side of a CDF-5000).

Knows requests and replies, both directions, the layout and scale of each block, and that Mingquan has the same frame
and other codes: no model shares a table of codes with another maker's. Of the CDF-5000 here is what its one reader has:
no question for the state, the oil in degrees C, and maxima as long as a reading. A reply repeats the code of its
request; a refusal is 15 and a code, without a checksum. Does not know ports, time, retries, or what a reading is used
for; nor the blocks that no two readers describe alike (raw unit data, sensitivity steps, the parameters of the NHT-1L,
the acceleration blocks of the MQY-200).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import OneReply
from protocols.smoke import (
    Action,
    Alarms,
    Dialect,
    Done,
    Full,
    Maxima,
    Refused,
    Reply,
    Request,
    Results,
    Smoke,
    State,
)
from protocols.weather import Weather
from protocols.words16 import signed_at, word, word_at

REFUSAL = 0x15
KELVIN = 273
NO_OIL = 0xFFFF
MINUS = 0x8000
"""Mingquan writes a temperature of the air as a sign and a size."""
_REFUSAL_LENGTH = 2
_SET_STATE = 0xA0
_LENGTHS = {
    Action.READ_STATE: 3,
    Action.READ_ALARMS: 4,
    Action.READ: 10,
    Action.READ_MAXIMA: 8,
    Action.READ_RESULTS: 12,
    Action.READ_FULL: 16,
}


@dataclass(frozen=True, slots=True)
class Model:
    """How one model differs from its sisters."""

    name: str
    codes: Mapping[Action, int]
    states: Mapping[int, str]
    """The meaning of each state number that a reader tells."""
    unused: Mapping[int, str] = field(default_factory=dict)
    """Codes that are explained and never sent."""
    oil_in_kelvin: bool = True
    """The oil's temperature counts from absolute zero, and FFFF is none (True); or it is degrees C with a sign."""
    maxima_tell_oil: bool = False

    def code(self, action: Action) -> int:
        """Return the byte that asks for this."""
        if action not in self.codes:
            raise UnknownFrameError(f"{self.name} has no {action.name}")
        return self.codes[action]

    def action(self, code: int) -> Action | None:
        """Return what this byte asks for; None when this model does not know it."""
        return next((action for action, own in self.codes.items() if own == code), None)


_NANHUA = {
    Action.SET_STATE: _SET_STATE,
    Action.READ_STATE: 0xA1,
    Action.ABORT_WARM_UP: 0xA2,
    Action.READ_ALARMS: 0xA3,
    Action.ZERO: 0xA4,
    Action.READ: 0xA5,
    Action.READ_MAXIMA: 0xA6,
    Action.CLEAR_MAXIMA: 0xA7,
}
_BEGUN = {0: "warming", 1: "measuring"}
_NEWER = {0xF1: "measuring"}
"""Newer firmware says F1 where older says 01."""
NHT_6 = Model(
    "NHT-6",
    _NANHUA | {Action.READ_RESULTS: 0xB1},
    _BEGUN | {2: "snap_new", 3: "snap_in_use", 4: "menu"} | _NEWER,
)
NHT_1 = Model("NHT-1", _NANHUA, _BEGUN | {4: "menu"} | _NEWER)
NHT_1L = Model(
    "NHT-1L",
    _NANHUA | {Action.READ_STATE: 0xAD},
    _BEGUN | {2: "zeroing", 3: "internal_error", 4: "menu"} | _NEWER,
)
MQY_200 = Model(
    "MQY-200",
    {
        Action.SET_STATE: _SET_STATE,
        Action.READ_STATE: 0xA1,
        Action.ZERO: 0xA2,
        Action.READ: 0xA6,
        Action.CLEAR_MAXIMA: 0xA8,
        Action.READ_MAXIMA: 0xA9,
        Action.READ_FULL: 0xAE,
    },
    _BEGUN | {2: "snap", 0xFF: "other"},
    unused={
        0xA3: "start_snaps",
        0xA4: "stop_snaps",
        0xA5: "read_snap_state",
        0xA7: "read_snaps",
        0xAA: "check_detector",
    },
)
CDF_5000 = Model(
    "CDF-5000",
    {
        Action.SET_STATE: _SET_STATE,
        Action.ZERO: 0xA4,
        Action.READ: 0xA5,
        Action.READ_MAXIMA: 0xA6,
        Action.CLEAR_MAXIMA: 0xA7,
    },
    {1: "measuring"},
    oil_in_kelvin=False,
    maxima_tell_oil=True,
)


# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(model: Model, action: Action, state: str | None = None) -> bytes:
    """Encode one request; SET_STATE needs the state."""
    code = bytes([model.code(action)])
    return _closed(code + bytes([_number_of(model, state)]) if action is Action.SET_STATE else code)


def request_length(code: int) -> int:
    """Return how many bytes a request with this code has."""
    return 3 if code == _SET_STATE else 2


def decode_request(model: Model, frame: bytes) -> Request:
    """Decode one whole request. A code that this model does not have is a request without action."""
    if not frame or len(frame) != request_length(frame[0]):
        raise FrameLengthError(f"no request has these {len(frame)} bytes")
    _check(frame)
    action = model.action(frame[0])
    if action is Action.SET_STATE:
        return Request(action, frame[0], _state_of(model, frame[1]), frame[1])
    return Request(action, frame[0])


class RequestFramer:
    """Cut what a host sends into requests (the device's side of the wire)."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[Request | FrameError]:
        """Return each request that this chunk completes; a damaged one as the error that it is."""
        self._pending += chunk
        found: list[Request | FrameError] = []
        while self._pending and len(self._pending) >= (length := request_length(self._pending[0])):
            frame = bytes(self._pending[:length])
            del self._pending[:length]
            try:
                found.append(decode_request(self._model, frame))
            except (ChecksumError, UnknownFrameError) as error:
                found.append(error)
        return found


# --- replies ----------------------------------------------------------------------------------------------------


def encode_reply(model: Model, reply: Reply) -> bytes:
    """Encode one reply as the device would send it."""
    match reply:
        case Refused(error):
            return bytes([REFUSAL, error])
        case Done(action):
            return _answer(model, action, b"")
        case State(state):
            return _answer(model, Action.READ_STATE, bytes([_number_of(model, state)]))
        case Alarms(bits):
            return _answer(model, Action.READ_ALARMS, word(bits))
        case Smoke():
            return _answer(model, Action.READ, _smoke(reply) + _oil(model, reply.oil_temp_c))
        case Full(smoke, air):
            weather = word(air.pressure_kpa * 100) + _sign_and_size(air.ambient_temp_c) + word(air.humidity_pct * 10)
            return _answer(model, Action.READ_FULL, _smoke(smoke) + _oil(model, smoke.oil_temp_c) + weather)
        case Maxima():
            oil = _oil(model, reply.oil_temp_c) if model.maxima_tell_oil else b""
            return _answer(model, Action.READ_MAXIMA, _smoke(reply) + oil)
        case Results():
            ks = b"".join(word(k * 100, signed=True) for k in (*reply.snaps_k_per_m, reply.mean_k_per_m))
            return _answer(model, Action.READ_RESULTS, ks + word(reply.idle_rpm))


def reply_length(model: Model, action: Action) -> int:
    """Return the length of a full answer to this action (a refusal has two bytes)."""
    longer = 2 if model.maxima_tell_oil and action is Action.READ_MAXIMA else 0
    return _LENGTHS.get(action, 2) + longer


def decode_reply(model: Model, action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the reply's own code tells."""
    if not frame:
        raise FrameLengthError("an empty reply")
    if frame[0] == REFUSAL:
        if len(frame) != _REFUSAL_LENGTH:
            raise FrameLengthError(f"a refusal has 2 bytes, here are {len(frame)}")
        return Refused(frame[1])
    own = model.action(frame[0])
    if own is None or action not in (None, own):
        asked = action.name if action else "any request"
        raise UnknownFrameError(f"{frame[0]:02X} begins no answer of a {model.name} to {asked}")
    if len(frame) != (length := reply_length(model, own)):
        raise FrameLengthError(f"a reply {frame[0]:02X} has {length} bytes, here are {len(frame)}")
    _check(frame)
    return _decode_block(model, own, frame)


def _decode_block(model: Model, action: Action, frame: bytes) -> Reply:
    match action:
        case Action.READ_STATE:
            return State(_state_of(model, frame[1]), frame[1])
        case Action.READ_ALARMS:
            return Alarms(word_at(frame, 1))
        case Action.READ:
            return _decode_smoke(model, frame)
        case Action.READ_FULL:
            temp = word_at(frame, 11)
            size = (temp & ~MINUS) / 10
            weather = Weather(-size if temp & MINUS else size, word_at(frame, 13) / 10, word_at(frame, 9) / 100)
            return Full(_decode_smoke(model, frame), weather)
        case Action.READ_MAXIMA:
            return Maxima(*_opacity(frame), _decode_oil(model, frame) if model.maxima_tell_oil else None)
        case Action.READ_RESULTS:
            first, second, third, mean = (signed_at(frame, at) / 100 for at in (1, 3, 5, 7))
            return Results((first, second, third), mean, float(word_at(frame, 9)))
    return Done(action)


class ReplyFramer(OneReply[Reply]):
    """Find the one reply to one request in a byte stream, whatever came before it and however it is cut.

    A refusal is believed only as the very first bytes: it has no checksum, and 15 may stand inside a damaged block.
    """

    def __init__(self, model: Model, action: Action) -> None:
        super().__init__()
        self._model = model
        self._action = action
        self._code = model.code(action)

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] == REFUSAL and not self.skipped:
            return _REFUSAL_LENGTH
        return reply_length(self._model, self._action) if begun[0] == self._code else 0

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._model, self._action, frame)


def dialect(model: Model) -> Dialect:
    """Return all this as the dialect of one model."""
    return Dialect(
        model.name,
        frozenset(model.codes),
        frozenset(model.states.values()),
        partial(encode_request, model),
        partial(decode_request, model),
        partial(RequestFramer, model),
        partial(encode_reply, model),
        partial(decode_reply, model),
        partial(ReplyFramer, model),
        model.unused,
    )


# --- layouts ----------------------------------------------------------------------------------------------------


def _number_of(model: Model, state: str | None) -> int:
    number = next((number for number, own in model.states.items() if own == state), None)
    if number is None:
        raise ValueRangeError(f"{model.name} has no state {state!r}")
    return number


def _state_of(model: Model, number: int) -> str:
    if number not in model.states:
        raise UnknownFrameError(f"{number:02X} is no known state of a {model.name}")
    return model.states[number]


def _smoke(values: Smoke | Maxima) -> bytes:
    if values.opacity_k_per_m is None:
        raise ValueRangeError("this dialect always tells k")
    n, k = word(values.opacity_n_pct * 10, signed=True), word(values.opacity_k_per_m * 100, signed=True)
    return n + k + word(values.engine_rpm)


def _opacity(frame: bytes) -> tuple[float, float, float]:
    return signed_at(frame, 1) / 10, signed_at(frame, 3) / 100, float(word_at(frame, 5))


def _decode_smoke(model: Model, frame: bytes) -> Smoke:
    return Smoke(*_opacity(frame), _decode_oil(model, frame))


def _decode_oil(model: Model, frame: bytes) -> float | None:
    if not model.oil_in_kelvin:
        return float(signed_at(frame, 7))
    oil = word_at(frame, 7)
    return None if oil == NO_OIL else float(oil - KELVIN)


def _oil(model: Model, celsius: float | None) -> bytes:
    if not model.oil_in_kelvin:
        if celsius is None:
            raise ValueRangeError(f"{model.name} has no word for a missing oil temperature")
        return word(celsius, signed=True)
    if celsius is None:
        return word(NO_OIL)
    told = word(celsius + KELVIN)
    if word_at(told, 0) == NO_OIL:
        raise ValueRangeError(f"{celsius} C would read as no oil temperature")
    return told


def _sign_and_size(celsius: float) -> bytes:
    size = round(abs(celsius) * 10)
    if size >= MINUS:
        raise ValueRangeError(f"{celsius} C does not fit into fifteen bits")
    return word(size | MINUS if celsius < 0 else size)


def _check(frame: bytes) -> None:
    if frame[-1] != twos(frame[:-1]):
        raise ChecksumError(f"two's complement sum is {twos(frame[:-1]):02X}, the frame says {frame[-1]:02X}")


def _answer(model: Model, action: Action, block: bytes) -> bytes:
    return _closed(bytes([model.code(action)]) + block)


def _closed(body: bytes) -> bytes:
    return body + bytes([twos(body)])
