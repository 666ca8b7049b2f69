"""The opacimeter FLB-100 of Fuli: requests and replies as bytes, both directions.

Knows four-byte requests (02 04 code checksum), replies that begin with 06 and close with a checksum, and the places of
the numbers. Of a reply's second and third byte no reader says anything: nothing is asked of them, and length and code
are written there. Readers differ on the oil's scale (tenths of a degree, or degrees), which the lane file says. A
refusal begins with 15; what follows it is not published, one byte is taken. Does not know ports, time, or what a
reading is used for.
"""

from functools import partial

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply, begins_like
from protocols.smoke import Action, Dialect, Done, Maxima, Refused, Reply, Request, Smoke, State
from protocols.words16 import signed_at, word, word_at

NAME = "FLB-100"
CODES = {
    Action.READ_STATE: 0x01,
    Action.READ: 0x02,
    Action.READ_MAXIMA: 0x03,
    Action.ZERO: 0x05,
    Action.SET_STATE: 0x06,
}
"""SET_STATE chooses the screen of real-time values; there is no other that is used here."""
UNUSED = {
    0x04: "read_snap",
    0x07: "stable_screen",
    0x08: "snap_screen",
    0x09: "stop_stable",
    0x0A: "start_stable",
    0x0B: "trigger_snap",
    0x0E: "read_last_snap",
    0x0F: "read_snap_curve",
}
MEASURING = "measuring"
_HEAD = b"\x02\x04"
ANSWERED, REFUSAL = 0x06, 0x15
_LENGTHS = {Action.READ_STATE: 7, Action.READ: 13, Action.READ_MAXIMA: 12}
_REQUEST_LENGTH, _ACK_LENGTH, _REFUSAL_LENGTH = 4, 4, 2
_SNAP_RUNS = 0x08
STATE_BITS = (("warming", 0x02), (MEASURING, 0x04), ("snap", 0x88), ("stable", 0x41), ("menu", 0x10))
"""What the first status byte says, the more important first; in the second, bit 3 is a snap that runs."""


# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(action: Action, state: str | None = None) -> bytes:
    """Encode one request; the one state that can be set is ``measuring``."""
    if action not in CODES:
        raise UnknownFrameError(f"{NAME} has no {action.name}")
    if action is Action.SET_STATE and state != MEASURING:
        raise ValueRangeError(f"{NAME} cannot be set to {state!r}")
    body = _HEAD + bytes([CODES[action]])
    return body + bytes([twos(body)])


def decode_request(frame: bytes) -> Request:
    """Decode one whole request."""
    if len(frame) != _REQUEST_LENGTH:
        raise FrameLengthError(f"a request has 4 bytes, here are {len(frame)}")
    if frame[:2] != _HEAD:
        raise UnknownFrameError("a request begins with 02 04")
    _check(frame)
    action = next((action for action, code in CODES.items() if code == frame[2]), None)
    return Request(action, frame[2], MEASURING if action is Action.SET_STATE else None)


class Requests(FrameCutter[Request | FrameError]):
    """Cuts what a host sends into requests; a damaged one is the error that it is."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _REQUEST_LENGTH if begins_like(begun, _HEAD) else 0

    def decode(self, frame: bytes) -> Request | FrameError:
        """Read one request."""
        try:
            return decode_request(frame)
        except ChecksumError as error:
            return error


# --- replies ----------------------------------------------------------------------------------------------------


def encode_reply(oil_divisor: int, reply: Reply) -> bytes:
    """Encode one reply as the device would send it."""
    match reply:
        case Refused(error):
            return bytes([REFUSAL, error])
        case Done(action):
            return _answer(action, b"")
        case State(state):
            return _answer(Action.READ_STATE, bytes([_bit_of(state), 0, 0]))
        case Smoke() if reply.opacity_k_per_m is not None:
            gas = bytes([round(min(255.0, max(0.0, reply.gas_temp_c or 0.0)))])
            block = _opacity(reply.opacity_n_pct, reply.opacity_k_per_m) + gas
            return _answer(Action.READ, block + _oil(reply.oil_temp_c, oil_divisor) + word(reply.engine_rpm))
        case Maxima():
            block = _opacity(reply.opacity_n_pct, reply.opacity_k_per_m) + word(reply.engine_rpm)
            return _answer(Action.READ_MAXIMA, block + _oil(reply.oil_temp_c, oil_divisor))
    raise UnknownFrameError(f"{NAME} never says {reply}")


def reply_length(action: Action) -> int:
    """Return the length of a full answer to this action."""
    return _LENGTHS.get(action, _ACK_LENGTH)


def decode_reply(oil_divisor: int, action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply; without an action, its third byte is believed to tell."""
    if frame[:1] == bytes([REFUSAL]) and len(frame) == _REFUSAL_LENGTH:
        return Refused(frame[1])
    if len(frame) < _ACK_LENGTH:
        raise FrameLengthError(f"{len(frame)} bytes are no answer")
    _check(frame)
    if action is None:
        action = next((each for each, code in CODES.items() if code == frame[2]), None)
    if frame[0] != ANSWERED or action is None:
        raise UnknownFrameError(f"{frame[0]:02X} .. {frame[2]:02X} begins no answer of an {NAME}")
    if len(frame) != reply_length(action):
        raise FrameLengthError(f"the answer to {action.name} has {reply_length(action)} bytes, here are {len(frame)}")
    return _decode_block(oil_divisor, action, frame)


def _decode_block(oil_divisor: int, action: Action, frame: bytes) -> Reply:
    n, k = signed_at(frame, 5) / 10, signed_at(frame, 3) / 100
    match action:
        case Action.READ_STATE:
            return State(_state_of(frame[3], frame[4]), frame[3])
        case Action.READ:
            oil = signed_at(frame, 8) / oil_divisor
            return Smoke(n, k, float(word_at(frame, 10)), oil, gas_temp_c=float(frame[7]))
        case Action.READ_MAXIMA:
            return Maxima(n, k, float(word_at(frame, 7)), signed_at(frame, 9) / oil_divisor)
    return Done(action)


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request. A refusal is believed only as the very first bytes."""

    def __init__(self, oil_divisor: int, action: Action) -> None:
        super().__init__()
        self._oil_divisor = oil_divisor
        self._action = action

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] == REFUSAL and not self.skipped:
            return _REFUSAL_LENGTH
        return reply_length(self._action) if begun[0] == ANSWERED else 0

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._oil_divisor, self._action, frame)


def dialect(*, oil_in_tenths: bool) -> Dialect:
    """Return all this as a dialect, with the oil's scale."""
    divisor = 10 if oil_in_tenths else 1
    return Dialect(
        NAME,
        frozenset(CODES),
        frozenset({"standby", *(state for state, _ in STATE_BITS)}),
        encode_request,
        decode_request,
        Requests,
        partial(encode_reply, divisor),
        partial(decode_reply, divisor),
        partial(ReplyFramer, divisor),
        UNUSED,
    )


# --- layouts ----------------------------------------------------------------------------------------------------


def _bit_of(state: str) -> int:
    if state == "standby":
        return 0
    mask = dict(STATE_BITS).get(state)
    if mask is None:
        raise ValueRangeError(f"{NAME} has no state {state!r}")
    return mask & -mask


def _state_of(first: int, second: int) -> str:
    found = next((state for state, mask in STATE_BITS if first & mask), "standby")
    return "snap" if second & _SNAP_RUNS and found != "warming" else found


def _opacity(n_pct: float, k_per_m: float) -> bytes:
    return word(k_per_m * 100, signed=True) + word(n_pct * 10, signed=True)


def _oil(celsius: float | None, divisor: int) -> bytes:
    return word((celsius or 0.0) * divisor, signed=True)


def _answer(action: Action, block: bytes) -> bytes:
    body = bytes([ANSWERED, reply_length(action), CODES[action]]) + block
    return body + bytes([twos(body)])


def _check(frame: bytes) -> None:
    if frame[-1] != twos(frame[:-1]):
        raise ChecksumError(f"two's complement sum is {twos(frame[:-1]):02X}, the frame says {frame[-1]:02X}")
