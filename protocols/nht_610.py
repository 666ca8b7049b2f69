"""The bytes of Nanhua's NHT-610, which measures a diesel's gases and its smoke: requests and replies, both directions.

A request is one byte (setting a state has two more); a block of values begins with 06 and closes with the plain sum, an
order is taken with 06, or with 00 where a state is set (the one reader awaits 00 there), a refusal is 15 and a code.
One reader alone attests all this, and it looks at the first byte of a block for a refusal alone. The last word before
the sum of the data is a licence: bit 15 locks, three bits count checks, twelve the time that is left; a block with that
bit is taken for a refusal, code 80. Devices that want a key are not spoken with: seed and key are explained and never
sent. Does not know ports, time, the pump (no code of it is published), or what a reading is used for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from protocols.captured import Captured, Explained
from protocols.checksums import sum8
from protocols.errors import ChecksumError, FrameError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply
from protocols.smoke import Action, Alarms, Dialect, Done, Maxima, Refused, Request, Smoke, State
from protocols.smoke import Reply as SmokeReply
from protocols.weather import Weather
from protocols.words16 import signed_at, word, word_at

NAME = "NHT-610"
CODES = {
    Action.SET_STATE: 0x19,
    Action.READ_STATE: 0x1A,
    Action.READ_ALARMS: 0x1B,
    Action.READ_MAXIMA: 0x1D,
    Action.CLEAR_MAXIMA: 0x1E,
    Action.ZERO: 0x1F,
    Action.ABORT_WARM_UP: 0x29,
    Action.READ: 0x2D,
}
READ_AMBIENT = 0x02
UNUSED = {
    READ_AMBIENT: "read_ambient",
    0x10: "read_seed",
    0x11: "send_key",
    0x13: "read_licence",
    0x1C: "read_measuring_unit",
    0x24: "enter_sensitivity_calibration",
    0x25: "calibrate_sensitivity",
    0x28: "leave_sensitivity_calibration",
}
"""Codes without an action of an opacimeter."""
STATES = {
    0: "warming",
    1: "measuring",
    2: "zeroing",
    3: "internal_error",
    4: "menu",
    0xF0: "warming",
    0xF1: "measuring",
}
"""As those of the NHT-1L, after whose papers the one reader was written; F0 and F1 are how newer firmware says 0, 1."""
ACCEPTED, REFUSAL = 0x06, 0x15
LOCKED = 0x80
"""Code of the refusal for which a locked block is taken."""
_LICENCE_AT = 31
_REQUEST_LENGTHS = {0x19: 3, 0x25: 4, 0x11: 5}
_LENGTHS = {0x1A: 3, 0x1B: 4, 0x1D: 8, 0x2D: 34, READ_AMBIENT: 8}


@dataclass(frozen=True, slots=True)
class Data:
    """One look at gases and smoke. What the words between the oil and the licence hold is not published."""

    hc_ppm: float
    co_pct: float
    co2_pct: float
    o2_pct: float
    no_ppm: float
    no2_ppm: float
    opacity_n_pct: float
    opacity_k_per_m: float
    engine_rpm: float
    oil_temp_c: float
    licence: int = 0

    @property
    def locked(self) -> bool:
        """Whether the device wants a key."""
        return bool(self.licence & 0x8000)


GASES = ("hc_ppm", "co_pct", "co2_pct", "o2_pct", "no_ppm", "no2_ppm")
_SCALES = (1, 100, 100, 100, 1, 1)
Reply = Done | Refused | State | Alarms | Maxima | Data | Weather

# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(action: Action, state: str | None = None) -> bytes:
    """Encode one request; SET_STATE needs the state."""
    if action not in CODES:
        raise UnknownFrameError(f"{NAME} has no {action.name}")
    code = bytes([CODES[action]])
    return _closed(code + bytes([_number_of(state)])) if action is Action.SET_STATE else code


def decode_request(frame: bytes) -> Request:
    """Decode one whole request. A code that is no opacimeter's is a request without action."""
    if not frame or len(frame) != _REQUEST_LENGTHS.get(frame[0], 1):
        raise FrameLengthError(f"no request has these {len(frame)} bytes")
    action = next((action for action, code in CODES.items() if code == frame[0]), None)
    if action is not Action.SET_STATE:
        return Request(action, frame[0])
    _check(frame)
    return Request(action, frame[0], _state_of(frame[1]), frame[1])


class Requests(FrameCutter[Request | FrameError]):
    """Cuts what a host sends into requests; a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _REQUEST_LENGTHS.get(begun[0], 1)

    def decode(self, frame: bytes) -> Request | FrameError:
        """Read one request."""
        return decode_request(frame)


# --- replies ----------------------------------------------------------------------------------------------------


def encode(reply: Reply) -> bytes:
    """Encode one reply as the device would send it."""
    match reply:
        case Refused(error):
            return bytes([REFUSAL, error])
        case Done():
            return bytes([ACCEPTED])
        case State(state):
            return _block(bytes([_number_of(state)]))
        case Alarms(bits):
            return _block(word(bits))
        case Maxima():
            return _block(_words((reply.opacity_n_pct, 10), (reply.opacity_k_per_m, 100)) + word(reply.engine_rpm))
        case Weather():
            return _block(_words((reply.ambient_temp_c, 10), (reply.pressure_kpa, 10), (reply.humidity_pct, 10)))
        case Data():
            return _block(_encode_data(reply))


def decode(code: int | None, frame: bytes) -> Reply:
    """Decode one whole reply to this code; without one only what its length alone tells."""
    if len(frame) == 2 and frame[0] == REFUSAL:
        return Refused(frame[1])
    code = _code_of(frame) if code is None else code
    if len(frame) != _LENGTHS.get(code, 1):
        raise FrameLengthError(f"the answer to {code:02X} has {_LENGTHS.get(code, 1)} bytes, here are {len(frame)}")
    if len(frame) == 1:
        return _taken(code, frame[0])
    if frame[0] != ACCEPTED:
        raise UnknownFrameError(f"a block begins with 06, not {frame[0]:02X}")
    _check(frame)
    match code:
        case 0x1A:
            return State(_state_of(frame[1]), frame[1])
        case 0x1B:
            return Alarms(word_at(frame, 1))
        case 0x1D:
            return Maxima(signed_at(frame, 1) / 10, signed_at(frame, 3) / 100, float(word_at(frame, 5)))
        case 0x2D:
            return _decode_data(frame)
    return Weather(signed_at(frame, 1) / 10, signed_at(frame, 5) / 10, signed_at(frame, 3) / 10)


def _taken(code: int, byte: int) -> Done:
    action = next((action for action, own in CODES.items() if own == code), None)
    fitting = (0x00, ACCEPTED) if action is Action.SET_STATE else (ACCEPTED,)
    if action is None or byte not in fitting:
        raise UnknownFrameError(f"{byte:02X} is no answer to {code:02X}")
    return Done(action)


def _code_of(frame: bytes) -> int:
    own = [code for code, length in _LENGTHS.items() if length == len(frame)]
    if len(own) != 1:
        raise UnknownFrameError(f"what these {len(frame)} bytes are, only the request tells")
    return own[0]


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one code. A refusal is believed only as the very first bytes: it has no checksum."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self._code = code

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] == REFUSAL and not self.skipped:
            return 2
        whole = _LENGTHS.get(self._code, 1)
        return whole if begun[0] == ACCEPTED or whole == 1 else 0

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode(self._code, frame)


# --- as an opacimeter -------------------------------------------------------------------------------------------


class SmokeFramer(OneReply[SmokeReply]):
    """Finds the one reply to one question of an opacimeter."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._code = CODES[action]
        self._inner = ReplyFramer(self._code)

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        self._inner.skipped = self.skipped
        return self._inner.length(begun)

    def decode(self, frame: bytes) -> SmokeReply:
        """Read one reply."""
        return _as_smoke(decode(self._code, frame))


def _as_smoke(reply: Reply) -> SmokeReply:
    if isinstance(reply, Weather):
        raise UnknownFrameError("the air, not the smoke")
    if not isinstance(reply, Data):
        return reply
    if reply.locked:
        return Refused(LOCKED)
    return Smoke(reply.opacity_n_pct, reply.opacity_k_per_m, reply.engine_rpm, reply.oil_temp_c)


def _decode_smoke(action: Action | None, frame: bytes) -> SmokeReply:
    return _as_smoke(decode(None if action is None else CODES[action], frame))


def dialect(gases: Callable[[], tuple[float, ...]] = lambda: (0.0,) * len(GASES)) -> Dialect:
    """Return this as the dialect of an opacimeter; ``gases`` fills the words of gas when a reply is written."""

    def encode_reply(reply: SmokeReply) -> bytes:
        if isinstance(reply, Smoke):
            smoke = (reply.opacity_n_pct, reply.opacity_k_per_m or 0.0, reply.engine_rpm, reply.oil_temp_c or 0.0)
            hc, co, co2, o2, no, no2 = gases()
            return encode(Data(hc, co, co2, o2, no, no2, *smoke))
        if not isinstance(reply, Done | Refused | State | Alarms | Maxima):
            raise UnknownFrameError(f"{NAME} never says {reply}")
        return encode(reply)

    return Dialect(
        NAME,
        frozenset(CODES),
        frozenset(STATES.values()),
        encode_request,
        decode_request,
        Requests,
        encode_reply,
        _decode_smoke,
        SmokeFramer,
        UNUSED,
    )


def explain(captured: Captured) -> Explained:
    """Explain one captured frame, gases and smoke."""
    request = decode_request(captured.request) if captured.request else None
    if captured.to_device:
        asked = decode_request(captured.frame)
        if asked.action is None:
            unknown = Explained("unknown_request", {"code": float(asked.code)}, flags=("unknown_to_this_model",))
            return Explained(UNUSED[asked.code]) if asked.code in UNUSED else unknown
        return Explained(asked.action.name.lower(), flags=() if asked.state is None else (asked.state,))
    reply = decode(None if request is None else request.code, captured.frame)
    match reply:
        case Done(done):
            return Explained(done.name.lower(), flags=("accepted",))
        case Refused(error):
            return Explained("refused", {"error": float(error)}, flags=("refused",))
        case State(state, number):
            return Explained("state", {"state": None if number is None else float(number)}, flags=(state,))
        case Alarms(bits):
            return Explained("alarms", {"alarm_bits": float(bits)}, flags=("alarm",) if bits else ())
        case Maxima():
            highest = {"opacity_n_max_pct": reply.opacity_n_pct, "opacity_k_max_per_m": reply.opacity_k_per_m}
            return Explained("maxima", {**highest, "engine_rpm_max": reply.engine_rpm})
        case Weather(temp_c, humidity, kpa):
            return Explained("ambient", {"ambient_temp_c": temp_c, "humidity_pct": humidity, "pressure_kpa": kpa})
        case Data():
            names = (*GASES, "opacity_n_pct", "opacity_k_per_m", "engine_rpm", "oil_temp_c")
            values: dict[str, float | None] = {name: getattr(reply, name) for name in names}
            left = {"checks_left": float(reply.licence >> 12 & 7), "time_left": float(reply.licence & 0x0FFF)}
            return Explained("data", values | left, flags=("locked",) if reply.locked else ())


# --- layouts ----------------------------------------------------------------------------------------------------


def _decode_data(frame: bytes) -> Data:
    hc, co, co2, o2, no, no2 = (signed_at(frame, 1 + 2 * n) / scale for n, scale in enumerate(_SCALES))
    smoke = (signed_at(frame, 15) / 10, signed_at(frame, 17) / 100, float(word_at(frame, 19)))
    oil_c, licence = signed_at(frame, 21) / 10, word_at(frame, _LICENCE_AT)
    return Data(hc, co, co2, o2, no, no2, *smoke, oil_c, licence)


def _encode_data(data: Data) -> bytes:
    gases = _words(*((getattr(data, name), scale) for name, scale in zip(GASES, _SCALES, strict=True)))
    smoke = _words((data.opacity_n_pct, 10), (data.opacity_k_per_m, 100)) + word(data.engine_rpm)
    told = gases + b"\x00\x00" + smoke + _words((data.oil_temp_c, 10))
    return told.ljust(_LICENCE_AT - 1, b"\x00") + word(data.licence)


def _words(*scaled: tuple[float, int]) -> bytes:
    return b"".join(word(value * scale, signed=True) for value, scale in scaled)


def _number_of(state: str | None) -> int:
    number = next((number for number, own in STATES.items() if own == state), None)
    if number is None:
        raise ValueRangeError(f"{NAME} has no state {state!r}")
    return number


def _state_of(number: int) -> str:
    if number not in STATES:
        raise UnknownFrameError(f"{number:02X} is no known state of an {NAME}")
    return STATES[number]


def _block(data: bytes) -> bytes:
    return _closed(bytes([ACCEPTED]) + data)


def _check(frame: bytes) -> None:
    if frame[-1] != sum8(frame[:-1]):
        raise ChecksumError(f"sum8 is {sum8(frame[:-1]):02X}, the frame says {frame[-1]:02X}")


def _closed(body: bytes) -> bytes:
    return body + bytes([sum8(body)])
