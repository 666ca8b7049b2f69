"""The opacimeter FTY-100 of Foshan Analytical, in the two forms in which public programs speak to it.

Knows both requests: with the letters "fty" before them and a checksum over everything, or bare with a checksum over
two bytes. No second witness tells which a unit wants: the lane file says it. Replies are 01, count, code, data,
checksum; no reader looks at that checksum, so one over everything and one that leaves out the first byte are both
taken. The word behind N is the oil's temperature to one reader and the gas's to the other: it is none here, and k is
left to whoever judges. Does not know ports, time, or what a reading is used for.
"""

from functools import partial

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply, begins_like
from protocols.smoke import Action, Dialect, Done, Refused, Reply, Request, Smoke, State
from protocols.words16 import signed_at, word, word_at

NAME = "FTY-100"
CODES = {Action.READ_STATE: 0x01, Action.READ: 0x02, Action.ZERO: 0x05, Action.SET_STATE: 0x06}
"""SET_STATE chooses the screen of real-time values; there is no other that is used here."""
UNUSED = {
    0x03: "read_stable",
    0x04: "read_snap",
    0x07: "stable_screen",
    0x08: "snap_screen",
    0x09: "start_or_stop_stable",
    0x0B: "trigger_snap",
    0x0C: "clear_snaps",
    0x0D: "change_snap_mode",
    0x0E: "read_last_snap",
    0x10: "read_oil",
    0x15: "read_k",
}
MEASURING = "measuring"
LETTERS = b"fty"
_HEAD = b"\x01\x02"
_BEGIN, _REFUSED = 0x01, 0xFF
_LENGTHS = {Action.READ_STATE: 7, Action.READ: 10}
_ACK_LENGTH = 4
_BITS = (("warming", 0x02), (MEASURING, 0x04))


# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(lettered: bool, action: Action, state: str | None = None) -> bytes:
    """Encode one request; the one state that can be set is ``measuring``."""
    if action not in CODES:
        raise UnknownFrameError(f"{NAME} has no {action.name}")
    if action is Action.SET_STATE and state != MEASURING:
        raise ValueRangeError(f"{NAME} cannot be set to {state!r}")
    body = _HEAD + bytes([CODES[action]])
    return LETTERS + body + bytes([twos(LETTERS + body)]) if lettered else body + bytes([twos(body[1:])])


def decode_request(frame: bytes) -> Request:
    """Decode one whole request in either form."""
    lettered = frame[: len(LETTERS)] == LETTERS
    bare = frame[len(LETTERS) :] if lettered else frame
    if len(bare) != _ACK_LENGTH:
        raise FrameLengthError(f"a request has 4 bytes, or 7 with its letters; here are {len(frame)}")
    if bare[:2] != _HEAD:
        raise UnknownFrameError("a request is 01 02, a code and a checksum")
    _closes(frame[-1], frame[:-1] if lettered else frame[1:-1])
    action = next((action for action, code in CODES.items() if code == bare[2]), None)
    return Request(action, bare[2], MEASURING if action is Action.SET_STATE else None)


class Requests(FrameCutter[Request | FrameError]):
    """Cuts what a host sends into requests of either form; a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        if begins_like(begun, LETTERS):
            return len(LETTERS) + _ACK_LENGTH
        return _ACK_LENGTH if begins_like(begun, _HEAD) else 0

    def decode(self, frame: bytes) -> Request | FrameError:
        """Read one request."""
        return decode_request(frame)


# --- replies ----------------------------------------------------------------------------------------------------


def encode_reply(reply: Reply) -> bytes:
    """Encode one reply as the device would send it, its checksum over everything."""
    match reply:
        case Refused():
            return _answer(_REFUSED, b"")
        case Done(action):
            return _answer(CODES[action], b"")
        case State(state):
            return _answer(CODES[Action.READ_STATE], bytes([dict(_BITS).get(state, 0), 0, 0]))
        case Smoke():
            n, unread = word(reply.opacity_n_pct * 10, signed=True), word(reply.disputed_word or 0)
            return _answer(CODES[Action.READ], n + unread + word(reply.engine_rpm))
    raise UnknownFrameError(f"{NAME} never says {reply}")


def reply_length(action: Action) -> int:
    """Return the length of a full answer to this action (a refusal has four bytes)."""
    return _LENGTHS.get(action, _ACK_LENGTH)


def decode_reply(action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the reply's own code tells."""
    if len(frame) < _ACK_LENGTH or frame[0] != _BEGIN or len(frame) != frame[1] + 2:
        raise FrameLengthError(f"{len(frame)} bytes are no answer, or not as many as it says")
    if frame[-1] not in (twos(frame[:-1]), twos(frame[1:-1])):
        raise ChecksumError(f"two's complement sum is {twos(frame[:-1]):02X}, the frame says {frame[-1]:02X}")
    if frame[2] == _REFUSED and len(frame) == _ACK_LENGTH:
        return Refused(frame[2])
    own = next((each for each, code in CODES.items() if code == frame[2]), None)
    if own is None or action not in (None, own):
        raise UnknownFrameError(f"{frame[2]:02X} answers another question")
    if len(frame) != reply_length(own):
        raise FrameLengthError(f"the answer to {own.name} has {reply_length(own)} bytes, here are {len(frame)}")
    return _decode_block(own, frame)


def _decode_block(action: Action, frame: bytes) -> Reply:
    match action:
        case Action.READ_STATE:
            state = next((state for state, mask in _BITS if frame[3] & mask), "other")
            return State(state, frame[3])
        case Action.READ:
            rpm, unread = float(word_at(frame, 7)), word_at(frame, 5)
            return Smoke(signed_at(frame, 3) / 10, None, rpm, None, disputed_word=unread)
    return Done(action)


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action
        self._lengths = (reply_length(action), _ACK_LENGTH)

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] != _BEGIN:
            return 0
        if len(begun) < 2:
            return None
        return begun[1] + 2 if begun[1] + 2 in self._lengths else 0

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._action, frame)


def dialect(*, lettered: bool) -> Dialect:
    """Return all this as a dialect, in one form of the requests."""
    return Dialect(
        NAME,
        frozenset(CODES),
        frozenset({"other", *(state for state, _ in _BITS)}),
        partial(encode_request, lettered),
        decode_request,
        Requests,
        encode_reply,
        decode_reply,
        ReplyFramer,
        UNUSED,
        tells_oil=False,
    )


def _answer(code: int, block: bytes) -> bytes:
    body = bytes([_BEGIN, len(block) + 2, code]) + block
    return body + bytes([twos(body)])


def _closes(checksum: int, covered: bytes) -> None:
    if checksum != twos(covered):
        raise ChecksumError(f"two's complement sum is {twos(covered):02X}, the frame says {checksum:02X}")
