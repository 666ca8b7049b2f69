"""The frame of Sensors' AMB gas bench in Fuli's FLA-501 and HORIBA's MEXA-584L: requests and replies, both directions.

A request is 02, the number of bytes of code and data, code, data; an answer begins with 06, a refusal with 15; the
two's complement of the sum closes each. The answers of the MEXA-584L repeat the code behind the 06. Of the FLA-501 no
reader looks at bytes 1 to 3: its answers are believed when one of the first two repeats the code, and 13, code, 00 is
written there. Readers wait for four or for seven bytes after the FLA-501 was told to switch pump or valve: the lane
file says which. The code CC is called clearing of errors by one reader and of the pipes by another: it is never sent.
The status bits of the MEXA-584L come from one reader. Does not know ports, time, calibrations, or what valves draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from protocols.checksums import twos
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply
from protocols.gas import Action, Dialect, Done, Gases, Pef, Refused, Reply, Request, Status
from protocols.words16 import signed_at, word, word_at

REQUEST, ANSWERED, REFUSAL = 0x02, 0x06, 0x15
_SHORT, _LONG, _REFUSAL_LENGTH, _PEF_LENGTH = 4, 7, 5, 6
_LONGEST_REQUEST = 16
FITTED = (("o2_fitted", 0x01), ("no_fitted", 0x02), ("rpm_fitted", 0x04), ("oil_fitted", 0x08))
_COMMON = {
    Action.READ: b"\x40",
    Action.READ_PEF: b"\x18\x00\x00",
    Action.MEASURE: b"\xa6",
    Action.STANDBY: b"\xa7",
    Action.ZERO: b"\x20",
}
SWITCHES = {
    Action.PUMP_ON: b"\xa5\x01",
    Action.PUMP_OFF: b"\xa5\x00",
    Action.VALVE_ON: b"\xa4\x01",
    Action.VALVE_OFF: b"\xa4\x00",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each value of a data answer stands, and what it is divided by; None where that device sends none."""

    length: int
    co2: tuple[int, int]
    co: tuple[int, int]
    hc: tuple[int, int]
    o2: tuple[int, int]
    no: tuple[int, int]
    oil: tuple[int, int]
    lambda_: tuple[int, int]
    air_fuel: tuple[int, int]
    rpm_at: int
    flags_at: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """How one device speaks."""

    name: str
    codes: Mapping[Action, bytes]
    """Code and data of each request."""
    layout: Layout
    code_places: tuple[int, ...]
    """Which byte of an answer repeats the code; one of these does."""
    switch_length: int = _SHORT
    """Length of the answer to a switch of pump or valve."""
    status_bits: Mapping[Action, tuple[tuple[str, int, int], ...]] = field(default_factory=dict)
    """Of each status block: name, byte of the answer and mask of each published bit."""
    status_lengths: Mapping[Action, int] = field(default_factory=dict)

    def action(self, request: bytes) -> Action | None:
        """Return what these bytes of code and data ask for; None when this model does not know it."""
        return next((action for action, own in self.codes.items() if own == request), None)

    def reply_length(self, action: Action) -> int:
        """Return the length of a full answer to this action."""
        if action in SWITCHES:
            return self.switch_length
        lengths = {Action.READ: self.layout.length, Action.READ_PEF: _PEF_LENGTH, **self.status_lengths}
        return lengths.get(action, _SHORT)

    def status(self, action: Action, *words: str) -> Status:
        """Return the status block in which these published bits are set."""
        raw = bytearray(self.status_lengths[action] - 3)
        for name, byte, mask in self.status_bits[action]:
            raw[byte - 2] |= mask if name in words else 0
        return Status(bytes(raw), self.words(action, bytes(raw)))

    def without(self, action: Action, status: Status, words: frozenset[str]) -> bytes:
        """Return the bytes of a status in which these published bits are not looked at."""
        raw = bytearray(status.raw)
        for name, byte, mask in self.status_bits[action]:
            raw[byte - 2] &= ~mask if name in words else 0xFF
        return bytes(raw)

    def words(self, action: Action, raw: bytes) -> frozenset[str]:
        """Return the names of the published bits that are set."""
        return frozenset(name for name, byte, mask in self.status_bits[action] if raw[byte - 2] & mask)


def fla_501(*, long_switch_answers: bool = False) -> Model:
    """Return the FLA-501; its answers to switches have four bytes, or seven."""
    return Model(
        "FLA-501",
        _COMMON | SWITCHES,
        Layout(23, (4, 100), (6, 1000), (8, 1), (10, 100), (12, 1), (16, 10), (18, 100), (20, 1000), rpm_at=14),
        code_places=(1, 2),
        switch_length=_LONG if long_switch_answers else _SHORT,
    )


MEXA_584L = Model(
    "MEXA-584L",
    _COMMON | {Action.READ_STATUS: b"\x01", Action.READ_PARTS: b"\xaa"},
    Layout(28, (5, 100), (7, 100), (9, 1), (11, 100), (21, 1), (25, 1), (15, 1000), (13, 10), rpm_at=23, flags_at=4),
    code_places=(1,),
    status_bits={
        Action.READ_STATUS: (
            ("warming", 3, 0x08),
            *(("calibration_error", byte, 0xFF) for byte in (9, 10, 11, 14)),
            ("no_calibration_error", 12, 0xFF),
            ("o2_calibration_error", 13, 0xFF),
        ),
        Action.READ_PARTS: (
            ("filter_dirty", 3, 0x20),
            ("measuring", 4, 0x40),
            ("leak", 5, 0x02),
            ("hc_hang_up", 5, 0x08),
            *((name, 6, mask) for name, mask in FITTED),
        ),
    },
    status_lengths={Action.READ_STATUS: 16, Action.READ_PARTS: 10},
)
ERRORS = frozenset({"calibration_error", "no_calibration_error", "o2_calibration_error"})
"""Words of the MEXA-584L for a zero or a calibration that failed."""
_DATA_WORDS = (("rpm_alarm", 0x01), ("oil_alarm", 0x02))

# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(model: Model, action: Action) -> bytes:
    """Encode one request."""
    if action not in model.codes:
        raise UnknownFrameError(f"{model.name} has no {action.name}")
    body = bytes([REQUEST, len(model.codes[action])]) + model.codes[action]
    return body + bytes([twos(body)])


def decode_request(model: Model, frame: bytes) -> Request:
    """Decode one whole request. Code and data that are never used here are a request without action."""
    if len(frame) < _SHORT or len(frame) != frame[1] + 3:
        raise FrameLengthError(f"{len(frame)} bytes are no request, or not as many as it says")
    if frame[0] != REQUEST:
        raise UnknownFrameError(f"{frame[0]:02X} begins no request")
    _check(frame)
    return Request(model.action(frame[2:-1]), frame[2])


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests; a damaged one is passed over."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        if begun[0] != REQUEST:
            return 0
        if len(begun) < 2:
            return None
        return begun[1] + 3 if _SHORT <= begun[1] + 3 <= _LONGEST_REQUEST else 0

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(self._model, frame)


# --- replies ----------------------------------------------------------------------------------------------------


def encode_reply(model: Model, action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it."""
    code = model.codes[action][:1]
    match reply:
        case Refused(error):
            return _closed(bytes([REFUSAL]) + code + bytes([error or 0, 0]))
        case Gases():
            return _closed(_encode_gases(model, code, reply))
        case Pef(pef):
            return _closed(bytes([ANSWERED]) + code + b"\x00" + word(pef * 1000, signed=True))
        case Status(raw):
            return _closed(bytes([ANSWERED]) + code + raw)
        case Done():
            return _closed((bytes([ANSWERED]) + code).ljust(model.reply_length(action) - 1, b"\x00"))
    raise UnknownFrameError(f"{model.name} never says {reply}")


def decode_reply(model: Model, action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the code in the reply tells."""
    if len(frame) < _SHORT:
        raise FrameLengthError(f"no reply has {len(frame)} bytes")
    own = action or _action_of(model, frame)
    _check(frame)
    if frame[0] == REFUSAL:
        if len(frame) != _REFUSAL_LENGTH:
            raise FrameLengthError(f"a refusal has 5 bytes, here are {len(frame)}")
        return Refused(frame[2])
    if frame[0] != ANSWERED or own is None:
        raise UnknownFrameError(f"{frame[0]:02X} {frame[1]:02X} begins no answer of an {model.name}")
    if len(frame) != model.reply_length(own):
        raise FrameLengthError(f"the answer to {own.name} has {model.reply_length(own)} bytes, here are {len(frame)}")
    if model.codes[own][0] not in (frame[place] for place in model.code_places):
        raise UnknownFrameError(f"{frame[1]:02X} {frame[2]:02X} answers another question than {own.name}")
    if own is Action.READ:
        return _decode_gases(model.layout, frame)
    if own is Action.READ_PEF:
        return Pef(signed_at(frame, 3) / 1000)
    if own in model.status_lengths:
        return Status(frame[2:-1], model.words(own, frame[2:-1]))
    return Done(own)


def _action_of(model: Model, frame: bytes) -> Action | None:
    """Return what a reply answers by its own code. Of a switch, on is said: its answer does not tell which way."""
    places = [frame[place] for place in model.code_places]
    fitting = (action for action, code in model.codes.items() if code[0] in places)
    return next((action for action in fitting if model.reply_length(action) == len(frame)), None)


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request. A refusal is believed only as the very first bytes, before any damage."""

    def __init__(self, model: Model, action: Action) -> None:
        super().__init__()
        self._model = model
        self._action = action
        self._full_length = model.reply_length(action)

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] == REFUSAL and not self.skipped:
            return _REFUSAL_LENGTH
        return self._full_length if begun[0] == ANSWERED else 0

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(self._model, self._action, frame)


def dialect(model: Model) -> Dialect:
    """Return all this as the dialect of one model."""
    return Dialect(
        model.name,
        frozenset(model.codes),
        partial(encode_request, model),
        partial(decode_request, model),
        partial(Requests, model),
        partial(encode_reply, model),
        partial(decode_reply, model),
        partial(ReplyFramer, model),
        {0xCC: "clear_errors_or_pipes"},
    )


# --- layouts ----------------------------------------------------------------------------------------------------


def _decode_gases(layout: Layout, frame: bytes) -> Gases:
    def value(place: tuple[int, int]) -> float:
        return signed_at(frame, place[0]) / place[1]

    flags = 0 if layout.flags_at is None else frame[layout.flags_at]
    return Gases(
        value(layout.hc),
        value(layout.co),
        value(layout.co2),
        value(layout.o2),
        value(layout.no),
        float(word_at(frame, layout.rpm_at)),
        value(layout.oil),
        value(layout.lambda_),
        value(layout.air_fuel),
        words=frozenset(name for name, bit in _DATA_WORDS if flags & bit),
    )


def _encode_gases(model: Model, code: bytes, gases: Gases) -> bytes:
    layout, frame = model.layout, bytearray(model.layout.length - 1)
    frame[:3] = bytes([ANSWERED]) + code + b"\x00" if model.code_places == (1,) else b"\x06\x13" + code
    told = {
        layout.hc: gases.hc_ppm,
        layout.co: gases.co_pct,
        layout.co2: gases.co2_pct,
        layout.o2: gases.o2_pct,
        layout.no: gases.no_ppm,
        layout.oil: gases.oil_temp_c,
        layout.lambda_: gases.lambda_,
        layout.air_fuel: gases.air_fuel_ratio,
    }
    for (at, divisor), value in told.items():
        frame[at : at + 2] = word(_said(value) * divisor, signed=True)
    frame[layout.rpm_at : layout.rpm_at + 2] = word(_said(gases.engine_rpm))
    if layout.flags_at is not None:
        frame[layout.flags_at] = sum(bit for name, bit in _DATA_WORDS if name in gases.words)
    return bytes(frame)


def _said(value: float | None) -> float:
    if value is None:
        raise ValueRangeError("this dialect has no word for a missing value")
    return value


def _check(frame: bytes) -> None:
    if frame[-1] != twos(frame[:-1]):
        raise ChecksumError(f"two's complement sum is {twos(frame[:-1]):02X}, the frame says {frame[-1]:02X}")


def _closed(body: bytes) -> bytes:
    return body + bytes([twos(body)])
