"""The frame of Foshan Analytical's FASM-5000: requests, replies, and how work ended, both directions.

A frame is 5A 5A (from the host) or A5 A5, address 01, code, length (low byte first), a sum that closes these four,
and where there are data, the data and a sum that closes them; the length counts that second sum. The device repeats an
order to take it, and tells the end of work unasked: 1A success, 1B failure, 19 cannot. One reader alone attests all
this. It does not look at the length of a data answer: one that leaves the second sum out is read as well. What the
status (05) holds, and in which form the propane factor comes, no source says: neither is asked. Does not know ports,
time, calibrations, or what the flow word counts.
"""

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply, begins_like
from protocols.gas import Action, Dialect, Done, Gases, Outcome, Refused, Reply, Request
from protocols.weather import Weather
from protocols.words16 import word

NAME = "FASM-5000"
CODES = {
    Action.READ: 0x02,
    Action.STOP: 0x0A,
    Action.DRAW_SAMPLE: 0x0B,
    Action.DRAW_AMBIENT: 0x0C,
    Action.DRAW_ZERO_GAS: 0x0D,
    Action.DRAW_CHECK_GAS: 0x0E,
    Action.DRAW_CALIBRATION_GAS: 0x0F,
    Action.PURGE: 0x10,
    Action.ZERO: 0x15,
    Action.LEAK_CHECK: 0x17,
}
UNUSED = {
    0x03: "read_pef",
    0x04: "read_test_signal",
    0x05: "read_status",
    0x07: "write_calibration_gas",
    0x11: "pump_for_leak_check",
    0x12: "choose_zero_gas",
    0x13: "vehicle_information",
}
WORK = frozenset({Action.ZERO, Action.LEAK_CHECK})
"""Taken at once; the end is told later, unasked."""
PURGE_DATA = b"\xff"
"""What the one reader sends with it."""
CANNOT, WELL, FAILED = 0x19, 0x1A, 0x1B
_ASKS, _SAYS, _ADDRESS = b"\x5a\x5a", b"\xa5\xa5", 0x01
_HEAD, _DATA_ANSWER, _LONGEST = 7, 32, 48
_SCALES = (1, 100, 100, 100, 1, 100, 1, 10, 1, 10, 10, 10)
"""What each word of a data answer is divided by: HC, CO, CO2, O2, NO, lambda, rpm, oil, flow, kPa, air, humidity."""


def _framed(mark: bytes, code: int, data: bytes = b"") -> bytes:
    closed = data + bytes([twos(data)]) if data else b""
    head = bytes([_ADDRESS, code]) + len(closed).to_bytes(2, "little")
    return mark + head + bytes([twos(head)]) + closed


def _check(mark: bytes, frame: bytes) -> bytes:
    """Return the data of a whole frame that begins like this, or raise what is wrong with it."""
    if len(frame) < _HEAD or len(frame) != _length(mark, frame):
        raise FrameLengthError(f"{len(frame)} bytes are no frame, or not as many as it says")
    if twos(frame[2:6]) != frame[6]:
        raise ChecksumError(f"the head's sum is {twos(frame[2:6]):02X}, the frame says {frame[6]:02X}")
    if len(frame) > _HEAD and twos(frame[_HEAD:-1]) != frame[-1]:
        raise ChecksumError(f"the data's sum is {twos(frame[_HEAD:-1]):02X}, the frame says {frame[-1]:02X}")
    return frame[_HEAD:-1]


def _length(mark: bytes, begun: bytes) -> int | None:
    if not begins_like(begun, mark + bytes([_ADDRESS])):
        return 0
    if len(begun) < _HEAD - 1:
        return None
    length = int.from_bytes(begun[4:6], "little")
    if mark == _SAYS and begun[3] == CODES[Action.READ] and length == _DATA_ANSWER - _HEAD - 1:
        length += 1  # a data answer that leaves its second sum out of the count
    return _HEAD + length if length != 1 and _HEAD + length <= _LONGEST else 0


# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(action: Action) -> bytes:
    """Encode one request."""
    if action not in CODES:
        raise UnknownFrameError(f"{NAME} has no {action.name}")
    return _framed(_ASKS, CODES[action], PURGE_DATA if action is Action.PURGE else b"")


def decode_request(frame: bytes) -> Request:
    """Decode one whole request. A code or data that are never used here are a request without action."""
    data = _check(_ASKS, frame)
    action = _action_of(frame[3])
    expected = PURGE_DATA if action is Action.PURGE else b""
    return Request(action if data == expected else None, frame[3])


def _action_of(code: int) -> Action | None:
    return next((action for action, own in CODES.items() if own == code), None)


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests; a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _length(_ASKS, begun)

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(frame)


# --- replies ----------------------------------------------------------------------------------------------------


def encode_reply(action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it."""
    match reply:
        case Refused():
            return _framed(_SAYS, CANNOT)
        case Outcome(well):
            return _framed(_SAYS, WELL if well else FAILED)
        case Done():
            return _framed(_SAYS, CODES[action], PURGE_DATA if action is Action.PURGE else b"")
        case Gases():
            return _framed(_SAYS, CODES[Action.READ], _encode_gases(reply))
    raise UnknownFrameError(f"{NAME} never says {reply}")


def decode_reply(action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the reply's own code tells."""
    data = _check(_SAYS, frame)
    code = frame[3]
    if code == CANNOT:
        return Refused(code)
    if code in (WELL, FAILED) and (action is None or action in WORK):
        return Outcome(code == WELL)
    own = _action_of(code)
    if own is None or action not in (None, own):
        raise UnknownFrameError(f"{code:02X} answers another question")
    if own is Action.READ:
        if len(frame) != _DATA_ANSWER:
            raise FrameLengthError(f"a data answer has {_DATA_ANSWER} bytes, here are {len(frame)}")
        return _decode_gases(data)
    return Done(own)


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request; the end of earlier work, told meanwhile, is no reply to another question."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        return _length(_SAYS, begun)

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._action, frame)


class _Said(FrameCutter[Reply]):
    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action

    def length(self, begun: bytes) -> int | None:
        return _length(_SAYS, begun)

    def decode(self, frame: bytes) -> Reply:
        return decode_reply(self._action, frame)


class WorkFramer:
    """Finds that work was taken on, and after that how it ended, however soon."""

    surplus = 0

    def __init__(self, action: Action) -> None:
        self._said = _Said(action)
        self._taken = False
        self.end: Outcome | Refused | None = None
        """How the work ended, once that was told."""

    def feed(self, chunk: bytes) -> list[Reply]:
        """Return that the work was taken on, or refused, when this chunk says so; later chunks may tell the end."""
        found: list[Reply] = []
        for reply in self._said.feed(chunk):
            if self._taken and isinstance(reply, Outcome | Refused):
                self.end = self.end or reply
            elif not self._taken and isinstance(reply, Done | Refused):
                self._taken = True
                found.append(reply)
        return found


DIALECT = Dialect(
    NAME, frozenset(CODES), encode_request, decode_request, Requests, encode_reply, decode_reply, ReplyFramer, UNUSED
)

# --- layouts ----------------------------------------------------------------------------------------------------


def _decode_gases(data: bytes) -> Gases:
    words = (int.from_bytes(data[at : at + 2], "little", signed=True) for at in range(0, len(data), 2))
    values = [word / scale for word, scale in zip(words, _SCALES, strict=True)]
    hc, co, co2, o2, no, ratio, rpm, oil, flow, kpa, air_c, humidity = values
    return Gases(hc, co, co2, o2, no, rpm, oil, ratio, flow_word=flow, weather=Weather(air_c, humidity, kpa))


def _encode_gases(gases: Gases) -> bytes:
    if gases.weather is None:
        raise ValueRangeError("this dialect always tells the weather")
    air = gases.weather
    look = (gases.hc_ppm, gases.co_pct, gases.co2_pct, gases.o2_pct, gases.no_ppm, gases.lambda_, gases.engine_rpm)
    told = (*look, gases.oil_temp_c, gases.flow_word, air.pressure_kpa, air.ambient_temp_c, air.humidity_pct)
    return b"".join(_little(value, scale) for value, scale in zip(told, _SCALES, strict=True))


def _little(value: float | None, scale: int) -> bytes:
    if value is None:
        raise ValueRangeError("this dialect has no word for a missing value")
    return word(value * scale, signed=True)[::-1]
