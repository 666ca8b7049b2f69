"""The exhaust flow meter MQL-100 (ML-100) of Mingquan: requests and replies as bytes, both directions.

Knows Mingquan's frame with the header 02, the block with oxygen, pressure and temperature in this order (another
maker's comes otherwise), the flow in sixths of a litre a second, and the four published bits of the status.
Does not know ports, time, calibrations, or what flow is for.
"""

from functools import partial

from protocols.errors import FrameLengthError, UnknownFrameError
from protocols.flow import Action, Dialect, Flow, Refused, Reply, Request, Status
from protocols.framing import FrameCutter
from protocols.mingquan_frame import OVERHEAD, CodedReply, check_frame, framed
from protocols.words16 import signed_at, word

NAME = "MQL-100"
CODES = {Action.READ: 0x86, Action.READ_STATUS: 0x88}
UNUSED = {
    0x81: "read_o2",
    0x82: "read_pressure",
    0x83: "read_temperature",
    0x84: "read_flow",
    0x85: "read_standard_flow",
    0x87: "read_standard",
    0xA1: "calibrate_o2_in_air",
    0xA2: "calibrate_o2_high",
    0xA3: "calibrate_o2_low",
    0xA6: "calibrate_flow_high",
    0xA7: "calibrate_flow_low",
    0xAA: "calibrate_temperature_and_pressure",
}
REQUEST, ANSWERED, REFUSAL = 0x02, 0x06, 0x15
STATUS_BITS = (("over_range", 0x01), ("pressure_fault", 0x04), ("temperature_fault", 0x08), ("warming", 0x10))
PER_L_S = 6.0
_REQUEST_LENGTH = 4
_LENGTHS = {Action.READ: 14, Action.READ_STATUS: 8}


def words_of(byte: int) -> frozenset[str]:
    """Return what the bits of a status say; Fuli's FLV-1000 has the same."""
    return frozenset(name for name, bit in STATUS_BITS if byte & bit)


def bits_of(words: frozenset[str]) -> int:
    """Return the status byte that says this."""
    return sum(bit for name, bit in STATUS_BITS if name in words)


def encode_request(action: Action) -> bytes:
    """Encode one request."""
    if action not in CODES:
        raise UnknownFrameError(f"{NAME} has no {action.name}")
    return framed(REQUEST, CODES[action], b"")


def decode_request(frame: bytes) -> Request:
    """Decode one whole request."""
    check_frame(frame)
    if frame[0] != REQUEST or len(frame) != _REQUEST_LENGTH:
        raise UnknownFrameError("no request without a value")
    return Request(next((action for action, code in CODES.items() if code == frame[1]), None), frame[1])


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests; a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _REQUEST_LENGTH if begun[0] == REQUEST else 0

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(frame)


def encode_reply(action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it."""
    match reply:
        case Refused(code):
            return framed(REFUSAL, CODES.get(action, 0), bytes([code]))
        case Status(words):
            return framed(ANSWERED, CODES[action], bytes([bits_of(words), 0, 0, 0]))
        case Flow():
            standard = reply.flow_l_s if reply.standard_flow_l_s is None else reply.standard_flow_l_s
            block = word(reply.dilute_o2_pct * 100, signed=True) + word(reply.flow_pressure_kpa * 10, signed=True)
            block += word(reply.flow_temp_c * 10, signed=True) + word(reply.flow_l_s * PER_L_S, signed=True)
            return framed(ANSWERED, CODES[action], block + word(standard * PER_L_S, signed=True))
    raise UnknownFrameError(f"{NAME} never says {reply}")


def decode_reply(action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the reply's own code tells."""
    check_frame(frame)
    own = next((each for each, code in CODES.items() if code == frame[1]), None)
    if own is None or action not in (None, own):
        raise UnknownFrameError(f"{frame[1]:02X} answers another question")
    if frame[0] == REFUSAL:
        return Refused(frame[3] if len(frame) > OVERHEAD else 0)
    if frame[0] != ANSWERED or len(frame) != _LENGTHS[own]:
        raise FrameLengthError(f"the answer to {own.name} has {_LENGTHS[own]} bytes, here are {len(frame)}")
    if own is Action.READ_STATUS:
        return Status(words_of(frame[3]))
    o2, pressure, temp, flow, standard = (signed_at(frame, at) for at in range(3, 13, 2))
    return Flow(o2 / 100, temp / 10, pressure / 10, round(flow / PER_L_S, 3), round(standard / PER_L_S, 3))


def _reply_framer(action: Action) -> CodedReply[Reply]:
    lengths = {ANSWERED: (_LENGTHS[action],), REFUSAL: (OVERHEAD, OVERHEAD + 1)}
    return CodedReply(CODES[action], lengths, partial(decode_reply, action))


DIALECT = Dialect(
    NAME, frozenset(CODES), encode_request, decode_request, Requests, encode_reply, decode_reply, _reply_framer, UNUSED
)
