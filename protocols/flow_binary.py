"""The binary "F" dialect of exhaust flow meters that sit inside an analyzer (NHA-503V, FLA-502) or an NHF-1 of its own.

Knows commands and answers with a count and a sum of 16 bits, low byte first, the places of the numbers in the
real-time block, and that a flow meter which can be routed to is warm. Of the two oxygen words one public reader takes
the second, another their mean: the second stands here, the first beside it. They also differ on the flow, which is
that of 20 degrees and 101.325 kPa to one and that of the pipe to the other: the lane file says it. Does not know
ports, time, calibrations, collecting, or what flow is for.
"""

from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError
from protocols.flow import L_S_PER_CFM, Action, Dialect, Done, Flow, Refused, Reply, Request, Status
from protocols.framing import FrameCutter, OneReply
from protocols.words16 import word

NAME = "VMAS flow meter, binary"
REAL_TIME, ROUTE, OUTPUT = 0x37, 0x32, 0x38
COMMANDS = {
    Action.READ: bytes([REAL_TIME, 0, 0, 0]),
    Action.READ_STATUS: bytes([ROUTE, 0, 1, 0, 1, 0]),
    Action.BLOWER_ON: bytes([OUTPUT, 0, 2, 0, 1, 0, 0x10, 0]),
    Action.BLOWER_OFF: bytes([OUTPUT, 0, 2, 0, 1, 0, 0, 0]),
}
"""Routing the line to the flow meter (its status) does no harm to one that is routed there already."""
UNUSED = {ROUTE: "route_to_analyzer", 0x0B: "read_process_status", 0x33: "collect", 0x34: "read_collected"}
UNUSED |= {0x35: "write_calibration", 0x36: "calibrate"}
DONE, BUSY, ERROR = 0x06, 0x05, 0x15
_HEAD, _SUM, _BLOCK = 4, 2, 52
_WORDS = {Action.READ: 26, Action.READ_STATUS: 1, Action.BLOWER_ON: 0, Action.BLOWER_OFF: 0}
_MOST_WORDS = 32
_AT = 38
"""Where in the block's data the two oxygen words begin; temperature, pressure and flow follow."""
DECIMALS = 3


def encode_request(action: Action) -> bytes:
    """Encode one request."""
    return _closed(COMMANDS[action])


def decode_request(frame: bytes) -> Request:
    """Decode one whole request."""
    _check(frame)
    action = next((action for action, command in COMMANDS.items() if command == frame[:-_SUM]), None)
    return Request(action, frame[0])


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests; a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _length(begun) if begun[0] in (REAL_TIME, OUTPUT, *UNUSED) else 0

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(frame)


def encode_reply(action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it; the words that nobody reads are 0."""
    match reply:
        case Refused(_, busy):
            return _closed(bytes([COMMANDS[action][0], BUSY if busy else ERROR, 0, 0]))
        case Status(words):
            return _closed(bytes([ROUTE, BUSY if "warming" in words else DONE, 1, 0, 0, 0]))
        case Done():
            return _closed(bytes([OUTPUT, DONE, 0, 0]))
        case Flow():
            return _closed(bytes([REAL_TIME, DONE, _WORDS[action], 0]) + _block(reply))


def decode_reply(action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the reply's own command tells."""
    _check(frame)
    if action is None:
        action = next((each for each, command in COMMANDS.items() if command[0] == frame[0]), None)
    if action is None or frame[0] != COMMANDS[action][0]:
        raise UnknownFrameError(f"{frame[0]:02X} answers another question")
    if action is Action.READ_STATUS and frame[1] in (DONE, BUSY):
        return Status(frozenset({"warming"}) if frame[1] == BUSY else frozenset())
    if frame[1] in (BUSY, ERROR):
        return Refused(frame[1], busy=frame[1] == BUSY)
    if frame[1] != DONE or frame[2] != _WORDS[action]:
        raise FrameLengthError(f"{frame[2]} words answer {frame[0]:02X} with {frame[1]:02X}")
    return _decode_block(frame) if action is Action.READ else Done(action)


def _block(flow: Flow) -> bytes:
    raw = flow.dilute_o2_pct if flow.raw_o2_pct is None else flow.raw_o2_pct
    oxygen = (raw * 100, flow.dilute_o2_pct * 100)
    numbers = (*oxygen, flow.flow_temp_c * 10, flow.flow_pressure_kpa * 100, flow.flow_l_s / L_S_PER_CFM)
    words = b"".join(word(number, signed=True)[::-1] for number in numbers)
    return (bytes(_AT) + words).ljust(_BLOCK, b"\0")


def _decode_block(frame: bytes) -> Flow:
    at = _HEAD + _AT
    raw, o2, temp, pressure, cfm = (
        int.from_bytes(frame[place : place + 2], "little", signed=True) for place in range(at, at + 10, 2)
    )
    return Flow(o2 / 100, temp / 10, pressure / 100, round(cfm * L_S_PER_CFM, DECIMALS), raw_o2_pct=raw / 100)


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] != COMMANDS[self._action][0] or begun[1:2] not in (b"", b"\x05", b"\x06", b"\x15"):
            return 0
        return _length(begun)

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._action, frame)


DIALECT = Dialect(
    NAME, frozenset(COMMANDS), encode_request, decode_request, Requests, encode_reply, decode_reply, ReplyFramer, UNUSED
)


def _length(begun: bytes) -> int | None:
    if len(begun) < _HEAD:
        return None
    words = int.from_bytes(begun[2:4], "little")
    return _HEAD + 2 * words + _SUM if words <= _MOST_WORDS else 0


def _closed(body: bytes) -> bytes:
    return body + (sum(body) & 0xFFFF).to_bytes(2, "little")


def _check(frame: bytes) -> None:
    if len(frame) < _HEAD + _SUM or len(frame) != _length(frame):
        raise FrameLengthError(f"{len(frame)} bytes are no frame, or not as many as it says")
    if _closed(frame[:-_SUM]) != frame:
        raise ChecksumError("the sum of 16 bits does not close")
