"""The opacimeter dialect of Nanhua (NHT-6, NHT-1, NHT-1L): requests and replies as bytes, both directions.

Knows the layout and scale of each block. A reply repeats the code of its request; a refusal is 15 and a code, without a
checksum. Does not know ports, time, retries, or what a reading is used for; nor the blocks that no two readers describe
alike (raw unit data, sensitivity steps, the parameters of the NHT-1L). Never for an MQY-200: same frame, other codes.
"""

from dataclasses import dataclass
from enum import Enum

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError

REFUSAL = 0x15
ANSWERED_SAME = 0xF1
"""Newer firmware says F1 where older says 01."""
KELVIN = 273
NO_OIL = 0xFFFF
_REFUSAL_LENGTH = 2


class Action(Enum):
    """What a host can ask. The number is the code of the NHT-6."""

    SET_STATE = 0xA0
    READ_STATE = 0xA1
    ABORT_WARM_UP = 0xA2
    READ_ALARMS = 0xA3
    ZERO = 0xA4
    READ = 0xA5
    READ_MAXIMA = 0xA6
    CLEAR_MAXIMA = 0xA7
    READ_RESULTS = 0xB1


@dataclass(frozen=True, slots=True)
class Model:
    """How one model differs from its sisters."""

    name: str
    states: tuple[str | None, ...]
    """The meaning of each state number; None where no reader tells."""
    state_code: int = Action.READ_STATE.value
    lacks: frozenset[Action] = frozenset()

    def code(self, action: Action) -> int:
        """Return the byte that asks for this."""
        if action in self.lacks:
            raise UnknownFrameError(f"{self.name} has no {action.name}")
        return self.state_code if action is Action.READ_STATE else action.value

    def action(self, code: int) -> Action | None:
        """Return what this byte asks for; None when this model does not know it."""
        return next((each for each in Action if each not in self.lacks and self.code(each) == code), None)


_LACKS_RESULTS = frozenset({Action.READ_RESULTS})
NHT_6 = Model("NHT-6", ("warming", "measuring", "snap_new", "snap_in_use", "menu"))
NHT_1 = Model("NHT-1", ("warming", "measuring", None, None, "menu"), lacks=_LACKS_RESULTS)
NHT_1L = Model(
    "NHT-1L", ("warming", "measuring", "zeroing", "internal_error", "menu"), state_code=0xAD, lacks=_LACKS_RESULTS
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``action`` is None for a code that this model does not have."""

    action: Action | None
    code: int
    state: str | None = None
    """With SET_STATE."""


@dataclass(frozen=True, slots=True)
class Done:
    """The device has taken the order."""

    action: Action


@dataclass(frozen=True, slots=True)
class Refused:
    """The device says no; what its codes mean is not published."""

    error: int


@dataclass(frozen=True, slots=True)
class State:
    """What the device is doing."""

    state: str


@dataclass(frozen=True, slots=True)
class Alarms:
    """Sixteen alarm bits; what each means is not published."""

    bits: int


@dataclass(frozen=True, slots=True)
class Smoke:
    """One look at the smoke. Oil temperature is None without a probe."""

    opacity_n_pct: float
    opacity_k_per_m: float
    engine_rpm: float
    oil_temp_c: float | None


@dataclass(frozen=True, slots=True)
class Maxima:
    """The highest values since they were cleared."""

    opacity_n_pct: float
    opacity_k_per_m: float
    engine_rpm: float


@dataclass(frozen=True, slots=True)
class Results:
    """The device's own free acceleration results: three snaps, their mean, and the idle speed."""

    snaps_k_per_m: tuple[float, float, float]
    mean_k_per_m: float
    idle_rpm: float


Reply = Done | Refused | State | Alarms | Smoke | Maxima | Results


# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(model: Model, action: Action, state: str | None = None) -> bytes:
    """Encode one request; SET_STATE needs the state."""
    code = bytes([model.code(action)])
    return _closed(code + bytes([_number_of(model, state)]) if action is Action.SET_STATE else code)


def request_length(code: int) -> int:
    """Return how many bytes a request with this code has."""
    return 3 if code == Action.SET_STATE.value else 2


def decode_request(model: Model, frame: bytes) -> Request:
    """Decode one whole request. A code that this model does not have is a request without action."""
    if not frame or len(frame) != request_length(frame[0]):
        raise FrameLengthError(f"no request has these {len(frame)} bytes")
    _check(frame)
    action = model.action(frame[0])
    if action is Action.SET_STATE:
        return Request(action, frame[0], _state_of(model, frame[1]))
    return Request(action, frame[0])


class RequestFramer:
    """Cut what a host sends into requests (the device's side of the wire)."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[Request | ChecksumError | UnknownFrameError]:
        """Return each request that this chunk completes; a damaged one as the error that it is."""
        self._pending += chunk
        found: list[Request | ChecksumError | UnknownFrameError] = []
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
            return _closed(bytes([model.code(action)]))
        case State(state):
            return _closed(bytes([model.code(Action.READ_STATE), _number_of(model, state)]))
        case Alarms(bits):
            return _closed(bytes([model.code(Action.READ_ALARMS)]) + _word(bits, signed=False))
        case Smoke():
            return _closed(bytes([model.code(Action.READ)]) + _smoke(reply) + _oil(reply.oil_temp_c))
        case Maxima():
            return _closed(bytes([model.code(Action.READ_MAXIMA)]) + _smoke(reply))
        case Results():
            ks = b"".join(_word(k * 100) for k in (*reply.snaps_k_per_m, reply.mean_k_per_m))
            return _closed(bytes([model.code(Action.READ_RESULTS)]) + ks + _word(reply.idle_rpm, signed=False))


def reply_length(action: Action) -> int:
    """Return the length of a full answer to this action (a refusal has two bytes)."""
    lengths = {
        Action.READ_STATE: 3,
        Action.READ_ALARMS: 4,
        Action.READ: 10,
        Action.READ_MAXIMA: 8,
        Action.READ_RESULTS: 12,
    }
    return lengths.get(action, 2)


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
    if len(frame) != reply_length(own):
        raise FrameLengthError(f"a reply {frame[0]:02X} has {reply_length(own)} bytes, here are {len(frame)}")
    _check(frame)
    return _decode_block(model, own, frame)


def _decode_block(model: Model, action: Action, frame: bytes) -> Reply:
    match action:
        case Action.READ_STATE:
            return State(_state_of(model, frame[1]))
        case Action.READ_ALARMS:
            return Alarms(int.from_bytes(frame[1:3], "big"))
        case Action.READ:
            oil = int.from_bytes(frame[7:9], "big")
            return Smoke(*_decode_smoke(frame), None if oil == NO_OIL else float(oil - KELVIN))
        case Action.READ_MAXIMA:
            return Maxima(*_decode_smoke(frame))
        case Action.READ_RESULTS:
            first, second, third, mean = (_signed(frame, at) / 100 for at in (1, 3, 5, 7))
            return Results((first, second, third), mean, float(int.from_bytes(frame[9:11], "big")))
    return Done(action)


class ReplyFramer:
    """Find the one reply to one request in a byte stream, whatever came before it and however it is cut.

    A refusal is believed only as the very first bytes: it has no checksum, and 15 may stand inside a damaged block.
    """

    def __init__(self, model: Model, action: Action) -> None:
        self._model = model
        self._action = action
        self._pending = bytearray()
        self._skipped = False
        self._done = False
        self.surplus = 0
        """Bytes after the reply. There are none in an orderly exchange: they belong to another question."""

    def feed(self, chunk: bytes) -> list[Reply]:
        """Return the reply if this chunk completes it. Bytes that cannot begin it are passed over."""
        if self._done:
            self.surplus += len(chunk)
            return []
        self._pending += chunk
        while self._pending:
            refusal = self._pending[0] == REFUSAL and not self._skipped
            length = _REFUSAL_LENGTH if refusal else reply_length(self._action)
            if len(self._pending) < length and (refusal or self._may_begin()):
                return []
            reply = self._try(bytes(self._pending[:length]))
            if reply is not None and (refusal or not isinstance(reply, Refused)):
                self._done, self.surplus = True, len(self._pending) - length
                self._pending.clear()
                return [reply]
            del self._pending[0]
            self._skipped = True
        return []

    def _may_begin(self) -> bool:
        return self._pending[0] == self._model.code(self._action)

    def _try(self, frame: bytes) -> Reply | None:
        try:
            return decode_reply(self._model, self._action, frame)
        except (ChecksumError, FrameLengthError, UnknownFrameError):
            return None


# --- layouts ----------------------------------------------------------------------------------------------------


def _number_of(model: Model, state: str | None) -> int:
    if state is None or state not in model.states:
        raise ValueRangeError(f"{model.name} has no state {state!r}")
    return model.states.index(state)


def _state_of(model: Model, number: int) -> str:
    index = 1 if number == ANSWERED_SAME else number
    state = model.states[index] if index < len(model.states) else None
    if state is None:
        raise UnknownFrameError(f"{number:02X} is no known state of a {model.name}")
    return state


def _smoke(values: Smoke | Maxima) -> bytes:
    n, k = _word(values.opacity_n_pct * 10), _word(values.opacity_k_per_m * 100)
    return n + k + _word(values.engine_rpm, signed=False)


def _decode_smoke(frame: bytes) -> tuple[float, float, float]:
    return _signed(frame, 1) / 10, _signed(frame, 3) / 100, float(int.from_bytes(frame[5:7], "big"))


def _oil(celsius: float | None) -> bytes:
    if celsius is None:
        return NO_OIL.to_bytes(2, "big")
    word = _word(celsius + KELVIN, signed=False)
    if int.from_bytes(word, "big") == NO_OIL:
        raise ValueRangeError(f"{celsius} C would read as no oil temperature")
    return word


def _check(frame: bytes) -> None:
    if frame[-1] != twos(frame[:-1]):
        raise ChecksumError(f"two's complement sum is {twos(frame[:-1]):02X}, the frame says {frame[-1]:02X}")


def _closed(body: bytes) -> bytes:
    return body + bytes([twos(body)])


def _signed(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2], "big", signed=True)


def _word(value: float, *, signed: bool = True) -> bytes:
    try:
        return round(value).to_bytes(2, "big", signed=signed)
    except (OverflowError, ValueError):  # too large, infinite, or not a number
        raise ValueRangeError(f"{value} does not fit into a 16-bit word") from None
