"""The exhaust flow meter FLV-1000 of Fuli: requests and replies as bytes, both directions.

Knows the places of the numbers, the sum over them that one of two public readers looks at, and the published bits of
the status. Readers say nothing of a reply's first three bytes, so only bytes that come first of all are taken for a
reply; and two public programs send different checksums, so the device is said not to look at it: here it closes.
Does not know ports, time, calibrations, or what flow is for.
"""

from protocols.checksums import sum8
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError
from protocols.flow import Action, Dialect, Flow, Refused, Reply, Request, Status
from protocols.flow_mql import bits_of, words_of
from protocols.framing import FrameCutter, OneReply
from protocols.words16 import signed_at, word

NAME = "FLV-1000"
CODES = {Action.READ: 0x86, Action.READ_STATUS: 0x88}
UNUSED = {
    0x81: "read_o2",
    0x82: "read_pressure",
    0x83: "read_temperature",
    0x84: "read_flow",
    0x85: "read_standard_flow",
    0x87: "read_standard",
    0xA0: "calibrate_o2_in_air",
    0xA1: "calibrate_o2_low",
    0xA2: "calibrate_o2_high",
    0xA3: "calibrate_pressure",
    0xAC: "factory_defaults",
}
REFUSAL = 0x15
_REQUEST_LENGTH, _HEAD = 4, 3
_LENGTHS = {Action.READ: 12, Action.READ_STATUS: 7}


def encode_request(action: Action) -> bytes:
    """Encode one request: code, 02, a byte that makes their sum zero, 00."""
    if action not in CODES:
        raise UnknownFrameError(f"{NAME} has no {action.name}")
    code = CODES[action]
    return bytes([code, 0x02, -(code + 0x02) & 0xFF, 0x00])


def decode_request(frame: bytes) -> Request:
    """Decode one whole request, whatever its checksum."""
    if len(frame) != _REQUEST_LENGTH:
        raise FrameLengthError(f"a request has 4 bytes, here are {len(frame)}")
    if frame[0] not in (*CODES.values(), *UNUSED) or frame[3]:
        raise UnknownFrameError("a request is a known code, two bytes, and 00")
    return Request(next((action for action, code in CODES.items() if code == frame[0]), None), frame[0])


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _REQUEST_LENGTH if begun[0] in (*CODES.values(), *UNUSED) else 0

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(frame)


def encode_reply(action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it."""
    match reply:
        case Refused():
            return bytes([REFUSAL])
        case Status(words):
            return _answer(action, bytes([bits_of(words), 0, 0]))
        case Flow():
            block = word(reply.dilute_o2_pct * 100, signed=True) + word(reply.flow_pressure_kpa * 10, signed=True)
            block += word(reply.flow_temp_c * 10, signed=True) + word(reply.flow_l_s * 10, signed=True)
            return _answer(action, block)
    raise UnknownFrameError(f"{NAME} never says {reply}")


def decode_reply(action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action its length tells."""
    if frame == bytes([REFUSAL]):
        return Refused(REFUSAL)
    own = next((each for each, length in _LENGTHS.items() if length == len(frame)), None)
    if own is None or action not in (None, own):
        raise FrameLengthError(f"no answer to this has {len(frame)} bytes")
    if frame[-1] != sum8(frame[_HEAD:-1]):
        raise ChecksumError(f"sum8 is {sum8(frame[_HEAD:-1]):02X}, the frame says {frame[-1]:02X}")
    if own is Action.READ_STATUS:
        return Status(words_of(frame[3]))
    o2, pressure, temp, flow = (signed_at(frame, at) for at in range(3, 11, 2))
    return Flow(o2 / 100, temp / 10, pressure / 10, flow / 10)


class ReplyFramer(OneReply[Reply]):
    """Takes the first bytes that come for the one reply, or for none."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if self.skipped:
            return 0
        return 1 if begun[0] == REFUSAL else _LENGTHS[self._action]

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._action, frame)


DIALECT = Dialect(
    NAME, frozenset(CODES), encode_request, decode_request, Requests, encode_reply, decode_reply, ReplyFramer, UNUSED
)


def _answer(action: Action, block: bytes) -> bytes:
    return bytes([CODES[action], len(block) + 2, 0x00]) + block + bytes([sum8(block)])
