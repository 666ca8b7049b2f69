"""The exhaust flow meter NHF-1 of Nanhua: registers on Modbus ASCII.

Knows the frame (a colon, hexadecimal digits, a checksum, CR LF), the five registers of a look, and that oxygen,
temperature and pressure come in this order (one public reader swaps the last two). Of the status, readers agree on
warming alone: on the digit for the flow they differ, and it is not used. Does not know ports, time, calibrations, or
what flow is for.
"""

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.flow import L_S_PER_CFM, Action, Dialect, Done, Flow, Refused, Reply, Request, Status
from protocols.framing import FrameCutter, OneReply
from protocols.modbus import Function, Refusal, Values, Written
from protocols.modbus import Request as Asked
from protocols.modbus import decode_reply as decode_pdu
from protocols.modbus import decode_request as decode_asked
from protocols.modbus import encode_reply as encode_pdu
from protocols.modbus import encode_request as encode_asked

NAME, UNIT = "NHF-1", 1
DATA, STATUS, BLOWER = 0x1258, 0x125D, 0x125E
LONGEST = 120
_COUNT, _WARMING = 5, 0x0001
DECIMALS = 3
_ASKED = {
    Action.READ: Asked(Function.READ_HOLDING, DATA, _COUNT),
    Action.READ_STATUS: Asked(Function.READ_HOLDING, STATUS, 1),
    Action.BLOWER_ON: Asked(Function.WRITE_REGISTER, BLOWER, 1, (1,)),
    Action.BLOWER_OFF: Asked(Function.WRITE_REGISTER, BLOWER, 1, (0,)),
}
UNUSED = {
    0x125F: "calibrate_o2_in_air",
    0x1260: "calibrate_pressure",
    0x1261: "calibrate_temperature",
    0x1262: "calibrate_flow_high",
    0x1263: "calibrate_flow_low",
    0x1264: "calibrate_flow_single",
    0x1265: "calibrate_o2_high",
    0x1266: "calibrate_o2_mid",
    0x1267: "calibrate_o2_low",
    0x126C: "factory_defaults",
}


# --- frames -----------------------------------------------------------------------------------------------------


def wrap(pdu: bytes) -> bytes:
    """Put colon, unit, checksum and line end around it."""
    body = bytes([UNIT]) + pdu
    return b":" + (body + bytes([twos(body)])).hex().upper().encode() + b"\r\n"


def unwrap(frame: bytes) -> bytes:
    """Return the content of one frame to or from this unit."""
    if frame[:1] != b":" or frame[-2:] != b"\r\n" or len(frame) > LONGEST:
        raise FrameLengthError("a frame goes from a colon to CR LF")
    try:
        body = bytes.fromhex(frame[1:-2].decode("ascii"))
    except ValueError:
        raise UnknownFrameError("not all of it is pairs of hexadecimal digits") from None
    if len(body) < 4 or body.hex().upper().encode() != frame[1:-2]:
        raise FrameLengthError(f"{len(body)} bytes are no frame, or not written in capitals without gaps")
    if twos(body):
        raise ChecksumError(f"checksum {body[-1]:02X} does not close")
    if body[0] != UNIT:
        raise UnknownFrameError(f"unit {body[0]} is another device")
    return body[1:-1]


def _length(begun: bytes) -> int | None:
    if begun[:1] != b":":
        return 0
    text = begun[:LONGEST]
    end, again = text.find(b"\n"), text.find(b":", 1)
    if again >= 0 and (end < 0 or again < end):
        return 0  # a colon always begins a new frame, so the one before it is void
    if end >= 0:
        return end + 1
    return None if len(text) < LONGEST else 0


# --- both ways --------------------------------------------------------------------------------------------------


def encode_request(action: Action) -> bytes:
    """Encode one request."""
    return wrap(encode_asked(_ASKED[action]))


def decode_request(frame: bytes) -> Request:
    """Decode one whole request."""
    asked = decode_asked(unwrap(frame))
    action = next((action for action, own in _ASKED.items() if own == asked), None)
    return Request(action, asked.address)


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests; a damaged one, or another unit's, is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _length(begun)

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(frame)


def encode_reply(action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it."""
    asked = _ASKED[action]
    match reply:
        case Refused(code):
            return wrap(encode_pdu(Refusal(asked.function, code)))
        case Status(words):
            return wrap(encode_pdu(Values(asked.function, (0x0110 | ("warming" in words),))))
        case Flow():
            return wrap(encode_pdu(Values(asked.function, _registers(reply))))
        case Done():
            return wrap(encode_pdu(Written(asked.function, asked.address, 1, asked.values)))


def decode_reply(action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply; without an action, how much came tells what was asked."""
    reply = decode_pdu(unwrap(frame))
    match reply:
        case Refusal(_, code):
            return Refused(code)
        case Values(Function.READ_HOLDING, values) if len(values) == _COUNT and action in (None, Action.READ):
            o2, temp, pressure, flow, standard = values
            return Flow(o2 / 100, _signed(temp) / 10, pressure / 100, _l_s(flow), _l_s(standard))
        case Values(Function.READ_HOLDING, (word,)) if action in (None, Action.READ_STATUS):
            return Status(frozenset({"warming"}) if word & _WARMING else frozenset())
        case Written():
            for each in (action,) if action else (Action.BLOWER_ON, Action.BLOWER_OFF):
                if _ASKED[each].values == reply.values and _ASKED[each].address == reply.address:
                    return Done(each)
    raise UnknownFrameError(f"{reply} answers another question")


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        return _length(begun)

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._action, frame)


DIALECT = Dialect(
    NAME, frozenset(_ASKED), encode_request, decode_request, Requests, encode_reply, decode_reply, ReplyFramer, UNUSED
)


def _l_s(cfm: int) -> float:
    return round(cfm * L_S_PER_CFM, DECIMALS)


def _signed(register: int) -> int:
    return register - 0x10000 if register & 0x8000 else register


def _registers(flow: Flow) -> tuple[int, ...]:
    standard = flow.flow_l_s if flow.standard_flow_l_s is None else flow.standard_flow_l_s
    numbers = (
        round(flow.dilute_o2_pct * 100),
        round(flow.flow_temp_c * 10) & 0xFFFF,
        round(flow.flow_pressure_kpa * 100),
        round(flow.flow_l_s / L_S_PER_CFM),
        round(standard / L_S_PER_CFM),
    )
    if not all(0 <= number <= 0xFFFF for number in numbers):
        raise ValueRangeError(f"{flow} does not fit into its registers")
    return numbers
