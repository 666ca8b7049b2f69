"""The simple one-byte dialect of Nanhua's NHA-506 and Mingquan's MQW-511: requests and replies, both directions.

A request is one byte. Readers agree on the first seventeen bytes of the data: 06, then eight words, of which FF00 is no
value. They do not look at the rest: how many bytes there are is a number of the model, and the last is presumably the
sum of all before it (``closed_by_sum``). Of the NHA-506, one program reads tenths of a degree of oil where another
reads degrees, and two versions of that other one differ on whether oil or engine speed comes first. One shows
hundredths of a ppm of NO, which no analyzer measures; here a count is a ppm. The MQW-511 answers 10 by a byte whose
meaning nobody tells. No refusal is published: 15, as both makers' other analyzers say it, is taken for one.
Does not know ports, time, or what a reading is used for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from protocols.checksums import sum8
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply
from protocols.gas import Action, Dialect, Done, Gases, Refused, Reply, Request, Status
from protocols.words16 import signed_at, word, word_at

ACCEPTED, REFUSAL = 0x06, 0x15
NO_VALUE = b"\xff\x00"
LEAST_BYTES = 18
"""Of the data: what readers look at, and one more."""
_TOLD = 17
STATES = {0x48: "warming", 0x5A: "zeroing", 0x57: "ready"}
"""``H``, ``Z`` and ``W``."""
_CODES = {Action.DRAW_SAMPLE: 0x01, Action.STOP: 0x02, Action.READ: 0x03}


@dataclass(frozen=True, slots=True)
class Model:
    """How one device speaks."""

    name: str
    codes: Mapping[Action, int]
    data_bytes: int
    oil_divisor: int
    oil_before_speed: bool = False
    closed_by_sum: bool = True
    """Whether the last byte of the data is the sum of all before it."""
    unused: Mapping[int, str] = field(default_factory=dict)

    def words(self) -> tuple[tuple[str, int], ...]:
        """Return name and divisor of each word of the data, in order."""
        oil, speed = ("oil_temp_c", self.oil_divisor), ("engine_rpm", 1)
        gases = (("hc_ppm", 1), ("co_pct", 100), ("co2_pct", 100), ("o2_pct", 100), ("no_ppm", 1))
        return (*gases, *((oil, speed) if self.oil_before_speed else (speed, oil)), ("lambda_", 100))


NHA_506 = Model("NHA-506", {**_CODES, Action.READ_STATUS: 0x14}, data_bytes=21, oil_divisor=10)
MQW_511 = Model(
    "MQW-511",
    _CODES,
    data_bytes=19,
    oil_divisor=1,
    unused={
        0x04: "choose_stroke",
        0x05: "choose_stroke",
        0x06: "choose_fuel",
        0x07: "choose_fuel",
        0x0A: "choose_ignition",
        0x0B: "choose_ignition",
        0x10: "read_presence",
    },
)


def status(state: str) -> Status:
    """Return the status that says this."""
    return Status(bytes(code for code, own in STATES.items() if own == state), frozenset({state}))


def encode_request(model: Model, action: Action) -> bytes:
    """Encode one request."""
    if action not in model.codes:
        raise UnknownFrameError(f"{model.name} has no {action.name}")
    return bytes([model.codes[action]])


def decode_request(model: Model, frame: bytes) -> Request:
    """Decode one request; a byte that is never used here is a request without action."""
    if len(frame) != 1:
        raise FrameLengthError(f"a request is one byte, here are {len(frame)}")
    return Request(next((action for action, code in model.codes.items() if code == frame[0]), None), frame[0])


class Requests(FrameCutter[Request]):
    """Takes each byte of a host for a request."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model

    def length(self, begun: bytes) -> int | None:
        """Tell how long a request is."""
        return 1

    def decode(self, frame: bytes) -> Request:
        """Read one request."""
        return decode_request(self._model, frame)


def reply_length(model: Model, action: Action) -> int:
    """Return the length of a full answer to this action."""
    return model.data_bytes if action is Action.READ else 1


def encode_reply(model: Model, action: Action, reply: Reply) -> bytes:
    """Encode the reply to this action as the device would send it."""
    match reply:
        case Refused():
            return bytes([REFUSAL])
        case Status(raw):
            return raw
        case Gases():
            return _encode_gases(model, reply)
        case Done():
            return bytes([ACCEPTED])
    raise UnknownFrameError(f"{model.name} never says {reply}")


def decode_reply(model: Model, action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action; without an action its shape tells, which a bare 06 does not."""
    if len(frame) == 1 and frame[0] == REFUSAL:
        return Refused()
    if action is Action.READ or (action is None and len(frame) != 1):
        return _decode_gases(model, frame)
    if len(frame) != 1:
        raise FrameLengthError(f"the answer to {action.name if action else 'it'} is one byte, here are {len(frame)}")
    if action in (None, Action.READ_STATUS) and frame[0] in STATES:
        return status(STATES[frame[0]])
    if action in (Action.DRAW_SAMPLE, Action.STOP) and frame[0] == ACCEPTED:
        return Done(action)
    raise UnknownFrameError(f"{frame[0]:02X} is no answer to {action.name if action else 'a question that is known'}")


class ReplyFramer(OneReply[Reply]):
    """Finds the one reply to one request. A refusal is believed only as the very first byte."""

    def __init__(self, model: Model, action: Action) -> None:
        super().__init__()
        self._model = model
        self._action = action

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[0] == REFUSAL and not self.skipped:
            return 1
        begins = begun[0] in STATES if self._action is Action.READ_STATUS else begun[0] == ACCEPTED
        return reply_length(self._model, self._action) if begins else 0

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
        model.unused,
    )


def _decode_gases(model: Model, frame: bytes) -> Gases:
    if len(frame) != model.data_bytes:
        raise FrameLengthError(f"the data of an {model.name} have {model.data_bytes} bytes, here are {len(frame)}")
    if frame[0] != ACCEPTED:
        raise UnknownFrameError(f"data begin with 06, not {frame[0]:02X}")
    if model.closed_by_sum and frame[-1] != sum8(frame[:-1]):
        raise ChecksumError(f"sum8 is {sum8(frame[:-1]):02X}, the frame says {frame[-1]:02X}")
    values: dict[str, float | None] = {}
    for number, (name, divisor) in enumerate(model.words()):
        at = 1 + 2 * number
        count = (word_at if name == "engine_rpm" else signed_at)(frame, at)
        values[name] = None if frame[at : at + 2] == NO_VALUE else count / divisor
    return Gases(**values)  # type: ignore[arg-type]  # the names are those of the gases, all numbers


def _encode_gases(model: Model, gases: Gases) -> bytes:
    frame = bytes([ACCEPTED])
    for name, divisor in model.words():
        value = getattr(gases, name)
        told = NO_VALUE if value is None else word(value * divisor, signed=name != "engine_rpm")
        if value is not None and told == NO_VALUE:
            raise ValueRangeError(f"{name} {value} would read as no value")
        frame += told
    frame += bytes(model.data_bytes - 1 - _TOLD)
    return frame + bytes([sum8(frame)])
