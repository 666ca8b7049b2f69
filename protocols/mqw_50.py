"""Mingquan's petrol analyzers MQW-50A and MQW-50B: requests and replies as bytes, both directions.

Knows Mingquan's frame with the header 02, the data of each model (the 50A with weather, the 50B with the propane
equivalence factor instead) and the published status bits; the answer repeats the code behind 06, a refusal behind 15.
One public program takes an answer with the code of the other pump order (7B for 7C) for right: here only an answer
with its own code is one. Readers differ on which of the codes 6A and 6B locks the keypad, and on whether 74 or 87
calibrates the temperature of the air: these, calibrations and the device's own tests of air and residues are explained
and never sent. Does not know ports, time, or what a reading is used for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter
from protocols.gas import Action, Dialect, Done, Gases, Pef, Refused, Reply, Request, Status
from protocols.mingquan_frame import OVERHEAD, CodedReply, check_frame, framed
from protocols.weather import NAMES as AIR
from protocols.weather import Weather
from protocols.words16 import signed_at, word, word_at

REQUEST, ANSWERED, REFUSAL = 0x02, 0x06, 0x15
_REFUSAL_LENGTHS = (4, 5)
"""Without and with an error byte."""
_LONGEST_REQUEST = 16
_STATUS_LENGTH, _PEF_LENGTH = 11, 6
STATUS_BITS = (
    ("warming", 0, 0x01),
    ("purging", 0, 0x02),
    ("background_test", 0, 0x04),
    ("ambient_test", 0, 0x08),
    ("leak_check", 0, 0x10),
    ("residual_hc_test", 0, 0x20),
    ("zeroing", 0, 0x40),
    ("low_flow", 0, 0x80),
    ("busy", 1, 0x80),
    ("leak_failed", 2, 0x01),
    ("residual_hc_failed", 2, 0x02),
    ("zero_failed", 2, 0x04),
)
"""Name, byte and mask of each published bit."""
CODES = {
    Action.READ_STATUS: 0x61,
    Action.LEAK_CHECK: 0x66,
    Action.ZERO: 0x67,
    Action.STOP: 0x78,
    Action.MEASURE: 0x79,
    Action.STANDBY: 0x7A,
    Action.DRAW_SAMPLE: 0x7B,
    Action.DRAW_AMBIENT: 0x7C,
    Action.DRAW_ZERO_GAS: 0x7D,
    Action.DRAW_CALIBRATION_GAS: 0x7E,
    Action.DRAW_CHECK_GAS: 0x7F,
    Action.PURGE: 0x80,
}
UNUSED = {
    0x62: "test_background",
    0x63: "test_ambient",
    0x64: "test_residual_hc",
    0x65: "purge_by_itself",
    0x68: "choose_zero_gas",
    0x69: "calibrate",
    0x6A: "lock_or_unlock_keypad",
    0x6B: "lock_or_unlock_keypad",
    0x6C: "choose_fuel",
    0x6D: "choose_ignition",
    0x6E: "choose_stroke",
    0x6F: "read_background",
    0x70: "read_ambient_test",
    0x71: "read_residual_hc",
    0x72: "calibrate_line_pressure",
    0x73: "calibrate_oil_temp",
    0x74: "calibrate_ambient_temp",
    0x75: "calibrate_humidity",
    0x76: "choose_zero_mode",
    0x77: "factory_defaults",
    0x86: "calibrate_pressure",
    0x87: "calibrate_ambient_temp",
    0x88: "display_off",
    0x89: "display_on",
}


@dataclass(frozen=True, slots=True)
class Model:
    """How one model differs from its sister."""

    name: str
    codes: Mapping[Action, int]
    block: tuple[tuple[str, int], ...]
    """Name and divisor of each word of the data, in order."""

    def action(self, code: int) -> Action | None:
        """Return what this code asks for; None for one that is never used here."""
        return next((action for action, own in self.codes.items() if own == code), None)

    def reply_length(self, action: Action) -> int:
        """Return the length of a full answer to this action."""
        own = {Action.READ: OVERHEAD + 2 * len(self.block)}
        return {**own, Action.READ_STATUS: _STATUS_LENGTH, Action.READ_PEF: _PEF_LENGTH}.get(action, OVERHEAD)


_GASES = (("co2_pct", 100), ("co_pct", 100), ("hc_ppm", 1), ("no_ppm", 1), ("o2_pct", 100))
_OIL, _RPM, _LINE, _LAMBDA = ("oil_temp_c", 10), ("engine_rpm", 1), ("line_pressure_kpa", 10), ("lambda_", 1000)
MQW_50A = Model(
    "MQW-50A",
    {Action.READ: 0x60, **CODES},
    (*_GASES, ("humidity_pct", 10), _OIL, ("ambient_temp_c", 10), _RPM, _LINE, _LAMBDA, ("pressure_kpa", 10)),
)
MQW_50B = Model(
    "MQW-50B",
    {Action.READ: 0xA3, Action.READ_PEF: 0x8C, **CODES},
    (*_GASES, _OIL, _RPM, _LINE, _LAMBDA, ("pef", 1000)),
)


def status(*words: str) -> Status:
    """Return the status in which these published bits are set."""
    raw = bytearray(_STATUS_LENGTH - OVERHEAD)
    for name, byte, mask in STATUS_BITS:
        raw[byte] |= mask if name in words else 0
    return Status(bytes(raw), frozenset(words))


def encode_request(model: Model, action: Action) -> bytes:
    """Encode one request."""
    if action not in model.codes:
        raise UnknownFrameError(f"{model.name} has no {action.name}")
    return framed(REQUEST, model.codes[action], b"")


def decode_request(model: Model, frame: bytes) -> Request:
    """Decode one whole request. A code, or a form of it, that is never used here is a request without action."""
    check_frame(frame)
    if frame[0] != REQUEST:
        raise UnknownFrameError(f"{frame[0]:02X} begins no request")
    return Request(model.action(frame[1]) if len(frame) == OVERHEAD else None, frame[1])


class Requests(FrameCutter[Request]):
    """Cuts what a host sends into requests; a damaged one is passed over."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is that begins like this."""
        if begun[0] != REQUEST:
            return 0
        if len(begun) < 3:
            return None
        return begun[2] + 1 if OVERHEAD <= begun[2] + 1 <= _LONGEST_REQUEST else 0

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(self._model, frame)


def encode_refusal(code: int, error: int | None = None) -> bytes:
    """Encode the answer that says no to this code."""
    return framed(REFUSAL, code, b"" if error is None else bytes([error]))


def encode_reply(model: Model, action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it."""
    code = model.codes[action]
    match reply:
        case Refused(error):
            return encode_refusal(code, error)
        case Gases():
            return framed(ANSWERED, code, _encode_gases(model, reply))
        case Pef(pef):
            return framed(ANSWERED, code, word(pef * 1000, signed=True))
        case Status(raw):
            return framed(ANSWERED, code, raw)
        case Done():
            return framed(ANSWERED, code, b"")
    raise UnknownFrameError(f"{model.name} never says {reply}")


def decode_reply(model: Model, action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action the reply's own code tells."""
    check_frame(frame)
    own = model.action(frame[1])
    if own is None or action not in (None, own):
        raise UnknownFrameError(f"{frame[1]:02X} answers another question")
    if frame[0] == REFUSAL and len(frame) in _REFUSAL_LENGTHS:
        return Refused(frame[3] if len(frame) > OVERHEAD else None)
    if frame[0] != ANSWERED or len(frame) != model.reply_length(own):
        raise FrameLengthError(f"the answer to {own.name} has {model.reply_length(own)} bytes, here are {len(frame)}")
    match own:
        case Action.READ:
            return _decode_gases(model, frame)
        case Action.READ_PEF:
            return Pef(signed_at(frame, 3) / 1000)
        case Action.READ_STATUS:
            raw = frame[3:-1]
            return Status(raw, frozenset(name for name, byte, mask in STATUS_BITS if raw[byte] & mask))
    return Done(own)


def _reply_framer(model: Model, action: Action) -> CodedReply[Reply]:
    lengths = {ANSWERED: (model.reply_length(action),), REFUSAL: _REFUSAL_LENGTHS}
    return CodedReply(model.codes[action], lengths, partial(decode_reply, model, action))


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
        partial(_reply_framer, model),
        UNUSED,
    )


def _decode_gases(model: Model, frame: bytes) -> Gases:
    values: dict[str, Any] = {}
    for number, (name, divisor) in enumerate(model.block):
        at = OVERHEAD - 1 + 2 * number
        values[name] = (word_at if name == "engine_rpm" else signed_at)(frame, at) / divisor
    air = [values.pop(name) for name in AIR if name in values]
    return Gases(**values, weather=Weather(*air) if air else None)


def _encode_gases(model: Model, gases: Gases) -> bytes:
    block = b""
    for name, divisor in model.block:
        value = getattr(gases.weather if name in AIR else gases, name, None)
        if value is None:
            raise ValueRangeError(f"{model.name} has no word for a missing {name}")
        block += word(value * divisor, signed=name != "engine_rpm")
    return block
