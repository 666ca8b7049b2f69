"""The packets of Foshan Analytical's FGA-4100: requests and replies, both directions.

A packet is 7E, the number of bytes that follow but for the last, those bytes, and the one's complement of the sum of
all behind the 7E. Each request is a packet that wakes the device and one that asks; each answer begins with two short
packets. Gases are eight fields of four signs of text. One reader alone attests all this. It says nothing of the ten
bytes before the fields and sums the fields alone: so does this, and writes the head that the other answers have. Of
zeroing it awaits the two short packets alone; the third that is known of comes or does not. A field without any digit
is no value. No refusal and no status are published. Does not know ports, time, or what a reading is used for.
"""

from protocols.checksums import ones
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply, begins_like
from protocols.gas import Action, Dialect, Done, Gases, Reply, Request

NAME = "FGA-4100"
MARK = 0x7E


def _packet(*body: int) -> bytes:
    counted = bytes([len(body), *body])
    return bytes([MARK]) + counted + bytes([ones(counted)])


WAKES = _packet(0xF4)
AWAKE = _packet(0xC6) + _packet(0x81)
REQUESTS = {
    Action.READ: _packet(0x00, 0x01, 0x02, 0x02),
    Action.DRAW_SAMPLE: _packet(0x00, 0x01, 0x0E, 0x02, 0x01, 0, 0, 0, 0, 0),
    Action.STOP: _packet(0x00, 0x01, 0x0E, 0x02, 0x00, 0, 0, 0, 0, 0),
    Action.ZERO: _packet(0x00, 0x01, 0x16, 0x45),
}
ANSWERS = {
    Action.DRAW_SAMPLE: AWAKE + _packet(0x01, 0x01, 0x0E, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0),
    Action.STOP: AWAKE + _packet(0x01, 0x01, 0x0E, 0x00, 0x00, 0x00, 0, 0, 0, 0, 0),
    Action.ZERO: AWAKE,
}
ZERO_TAKEN = _packet(0x01, 0x01, 0x16, 0x00, 0x00)
"""May follow the answer to zeroing."""
_DATA_LENGTH, _FIELDS_AT, _FIELD = 51, 18, 4
_DATA_HEAD = bytes([MARK, 0x28, 0x01, 0x01, 0x02, 0, 0, 0, 0, 0])
"""What stands before the fields here, of the form that other answers have; nobody looks at it."""
_SCALES = (1, 100, 10, 10, 1, 100, 1, 10)
"""HC, CO, CO2, O2, NO, lambda, rpm, oil."""
_NO_VALUE = "----"
_CODE_AT = len(WAKES) + 4
_LONGEST_REQUEST = 32

# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(action: Action) -> bytes:
    """Encode one request."""
    if action not in REQUESTS:
        raise UnknownFrameError(f"{NAME} has no {action.name}")
    return WAKES + REQUESTS[action]


def decode_request(frame: bytes) -> Request:
    """Decode one whole request. A packet that is never used here is a request without action."""
    if len(frame) <= _CODE_AT or len(frame) != _request_length(frame):
        raise FrameLengthError(f"{len(frame)} bytes are no request, or not as many as it says")
    packet = frame[len(WAKES) :]
    if packet[-1] != ones(packet[1:-1]):
        raise ChecksumError(f"one's complement sum is {ones(packet[1:-1]):02X}, the packet says {packet[-1]:02X}")
    action = next((action for action, own in REQUESTS.items() if own == packet), None)
    return Request(action, frame[_CODE_AT])


def _request_length(begun: bytes) -> int | None:
    if not begins_like(begun, WAKES + bytes([MARK])):
        return 0
    if len(begun) < len(WAKES) + 2:
        return None
    length = len(WAKES) + begun[len(WAKES) + 1] + 3
    return length if _CODE_AT < length <= _LONGEST_REQUEST else 0


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests; a damaged one is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        return _request_length(begun)

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(frame)


# --- replies ----------------------------------------------------------------------------------------------------


def encode_reply(action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it."""
    match reply:
        case Gases():
            fields = "".join(_text(value, scale) for value, scale in zip(_told(reply), _SCALES, strict=True)).encode()
            return AWAKE + _DATA_HEAD + fields + bytes([ones(fields)])
        case Done():
            return ANSWERS[action]
    raise UnknownFrameError(f"{NAME} never says {reply}")


def decode_reply(action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the reply itself tells."""
    if not frame.startswith(AWAKE):
        raise UnknownFrameError("an answer begins with two short packets")
    if action in (None, Action.READ) and len(frame) == _DATA_LENGTH:
        return _decode_gases(frame)
    for taken, answer in ANSWERS.items():
        if action in (None, taken) and frame in (answer, answer + ZERO_TAKEN if taken is Action.ZERO else answer):
            return Done(taken)
    raise UnknownFrameError(f"no answer to {action.name if action else 'any request'} has these {len(frame)} bytes")


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action
        self._follows = bytearray(ZERO_TAKEN if action is Action.ZERO else b"")

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if not begins_like(begun, AWAKE):
            return 0
        return _DATA_LENGTH if self._action is Action.READ else len(ANSWERS[self._action])

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._action, frame)

    def feed(self, chunk: bytes) -> list[Reply]:
        """Return the reply if this chunk completes it; the packet that may follow zeroing is no surplus."""
        before = self.surplus
        found = super().feed(chunk)
        if new := self.surplus - before:
            come = chunk[-new:]
            if self._follows and begins_like(come, bytes(self._follows)) and new <= len(self._follows):
                del self._follows[:new]
                self.surplus = before
        return found


DIALECT = Dialect(NAME, frozenset(REQUESTS), encode_request, decode_request, Requests, encode_reply, decode_reply,
                  ReplyFramer)  # fmt: skip

# --- layouts ----------------------------------------------------------------------------------------------------


def _told(gases: Gases) -> tuple[float | None, ...]:
    look = (gases.hc_ppm, gases.co_pct, gases.co2_pct, gases.o2_pct, gases.no_ppm)
    return (*look, gases.lambda_, gases.engine_rpm, gases.oil_temp_c)


def _decode_gases(frame: bytes) -> Gases:
    fields = frame[_FIELDS_AT:-1]
    if frame[-1] != ones(fields):
        raise ChecksumError(f"one's complement sum is {ones(fields):02X}, the frame says {frame[-1]:02X}")
    values = [_value(fields[_FIELD * n : _FIELD * (n + 1)], scale) for n, scale in enumerate(_SCALES)]
    hc, co, co2, o2, no, ratio, rpm, oil = values
    return Gases(hc, co, co2, o2, no, rpm, oil, ratio)


def _value(field: bytes, scale: int) -> float | None:
    if not any(0x30 <= byte <= 0x39 for byte in field):
        return None
    text = field.decode("ascii", "replace").strip(" ")
    if not text.removeprefix("-").isdecimal() or not text.isascii():
        raise UnknownFrameError(f"{field!r} is no number")
    return int(text) / scale


def _text(value: float | None, scale: int) -> str:
    if value is None:
        return _NO_VALUE
    try:
        text = f"{round(value * scale):0{_FIELD}d}"
    except (OverflowError, ValueError):
        text = ""
    if len(text) != _FIELD:
        raise ValueRangeError(f"{value} does not fit into four signs")
    return text
