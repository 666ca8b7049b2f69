"""The one-byte "503 dialect" of gas analyzers: requests and fixed-length replies as bytes, both directions.

Knows the layout and scale of each block. The length of a reply is known only from the command, so replies are decoded
against their request. Does not know ports, time, retries, sequences of commands, or what a reading is used for.
"""

from protocols.checksums import sum8
from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.models_503 import CDF_5000, FLA_502, FLA_502_HEX, NHA_503, NHA_503V, NHA_506I, Model
from protocols.values_503 import (
    GAS_WRITES,
    LONG_RUNNING,
    SENSOR_WRITES,
    STATES,
    Action,
    Ambient,
    CalibrationGas,
    CalibrationProgress,
    Data,
    Pef,
    Reply,
    Request,
    Status,
    WarmUpLeft,
    Word,
)

__all__ = [
    "CDF_5000",
    "FLA_502",
    "FLA_502_HEX",
    "GAS_WRITES",
    "LONG_RUNNING",
    "NHA_503",
    "NHA_503V",
    "NHA_506I",
    "SENSOR_WRITES",
    "STATES",
    "Action",
    "Ambient",
    "CalibrationGas",
    "CalibrationProgress",
    "Data",
    "Model",
    "Pef",
    "Reply",
    "ReplyFramer",
    "Request",
    "RequestFramer",
    "Status",
    "WarmUpLeft",
    "Word",
    "decode_reply",
    "decode_request",
    "encode_reply",
    "encode_request",
    "reply_length",
    "request_length",
]

_HEADER = Word.ACCEPTED.value
_REFUSED = Word.REFUSED.value
_TRAP_BIT = 0x40
_TRAP_LENGTH, _AMBIENT_LENGTH, _PROGRESS_LENGTH = 23, 8, 14


# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(
    model: Model, action: Action, gas: CalibrationGas | None = None, sensor_value: float | None = None
) -> bytes:
    """Encode one request. Gas values and sensor values go with the write commands that need them."""
    code = bytes([model.code(action)])
    if action in GAS_WRITES and gas is not None:
        data = _encode_gas(model, gas)
        return code + data + bytes([sum8(code + data)]) if model.one_frame_gas else data + bytes([sum8(data)])
    if action in SENSOR_WRITES:
        if sensor_value is None:
            raise ValueRangeError(f"{action.name} needs a value")
        data = code + _s16(sensor_value, 10)
        return data + bytes([sum8(data)])
    return code


def request_length(model: Model, code: int) -> int:
    """Return how many bytes a request with this command byte has."""
    action = model.action(code)
    if action in GAS_WRITES and model.one_frame_gas:
        return 10
    return 4 if action in SENSOR_WRITES else 1


def decode_request(model: Model, frame: bytes) -> Request:
    """Decode one whole request frame. An unknown single byte is a request with no action (the device says 15)."""
    if not frame:
        raise FrameLengthError("an empty request")
    code = frame[0]
    action = model.action(code)
    if len(frame) == 9 and not model.one_frame_gas:
        return Request(Action.WRITE_CALIBRATION_GAS, code, gas=_decode_gas(model, _checked(frame)[:-1]))
    if len(frame) != request_length(model, code):
        raise FrameLengthError(f"a request {code:02X} has {request_length(model, code)} bytes, here are {len(frame)}")
    if action in GAS_WRITES and len(frame) == 10:
        return Request(action, code, gas=_decode_gas(model, _checked(frame)[1:-1]))
    if action in SENSOR_WRITES:
        return Request(action, code, sensor_value=_word(_checked(frame), 1) / 10)
    return Request(action, code)


class RequestFramer:
    """Cut what a host sends into requests (the device's side of the wire)."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._pending = bytearray()
        self._gas_follows: Action | None = None

    def feed(self, chunk: bytes) -> list[Request | ChecksumError]:
        """Return each request that this chunk completes; a damaged one as the error that it is."""
        self._pending += chunk
        requests: list[Request | ChecksumError] = []
        while self._pending and len(self._pending) >= (length := self._next_length()):
            frame = bytes(self._pending[:length])
            del self._pending[:length]
            requests.append(self._take(frame))
        return requests

    def _next_length(self) -> int:
        return 9 if self._gas_follows else request_length(self._model, self._pending[0])

    def _take(self, frame: bytes) -> Request | ChecksumError:
        following, self._gas_follows = self._gas_follows, None
        try:
            if following:
                return Request(
                    following, self._model.code(following), gas=_decode_gas(self._model, _checked(frame)[:-1])
                )
            request = decode_request(self._model, frame)
        except ChecksumError as error:
            return error
        if request.action in GAS_WRITES and not self._model.one_frame_gas:
            self._gas_follows = request.action
        return request


# --- replies ----------------------------------------------------------------------------------------------------


def encode_reply(model: Model, reply: Reply) -> bytes:
    """Encode one reply as the device would send it."""
    match reply:
        case Word():
            return bytes([reply.value])
        case Data():
            return _encode_data(model, reply)
        case Ambient():
            words = _s16(reply.ambient_temp_c, 10) + _s16(reply.pressure_kpa, 10) + _s16(reply.humidity_pct, 10)
            return _closed(bytes([_HEADER]) + words)
        case Status():
            return bytes([next(code for code, state in STATES.items() if state == reply.state)])
        case WarmUpLeft():
            return _u16(reply.seconds)
        case Pef():
            return _s16(reply.pef, 1000)
        case CalibrationProgress():
            return _closed(bytes([Word.RUNNING.value]) + _encode_gases(model, reply) + _s16(reply.pef, 1000))


def reply_length(model: Model, action: Action | None) -> int:
    """Return the length of a full answer to this action (a refusal or a progress word is one byte)."""
    lengths = {
        Action.READ_DATA: model.data_length,
        Action.READ_DATA_WITH_TRAP: _TRAP_LENGTH,
        Action.READ_AMBIENT: _AMBIENT_LENGTH,
        Action.READ_PEF: 2,
        Action.READ_WARM_UP_LEFT: 2,
    }
    return lengths.get(action, 1) if action else 1


def decode_reply(model: Model, action: Action | None, frame: bytes) -> Reply:
    """Decode one whole reply to this action. Without an action the shape alone must tell."""
    if not frame:
        raise FrameLengthError("an empty reply")
    if len(frame) == 1:
        return _decode_byte(model, action, frame[0])
    action = action or _guess(frame)
    match action:
        case Action.READ_DATA if len(frame) in (19, 21):
            return _decode_data(model, frame)
        case Action.READ_DATA_WITH_TRAP if len(frame) == _TRAP_LENGTH:
            return _decode_data(model, frame)
        case Action.READ_AMBIENT if len(frame) == _AMBIENT_LENGTH:
            _headed(frame)
            return Ambient(_word(frame, 1) / 10, _word(frame, 3) / 10, _word(frame, 5) / 10)
        case Action.READ_PEF if len(frame) == 2:
            return Pef(_word(frame, 0) / 1000)
        case Action.READ_WARM_UP_LEFT if len(frame) == 2:
            return WarmUpLeft(int.from_bytes(frame, "big"))
        case Action.CALIBRATE if len(frame) == _PROGRESS_LENGTH and frame[0] == Word.RUNNING.value:
            _checked(frame)
            return CalibrationProgress(*_decode_gases(model, frame), _word(frame, 11) / 1000)
    raise FrameLengthError(f"no reply to {action.name if action else 'an unknown request'} has {len(frame)} bytes")


class ReplyFramer:
    """Find the one reply to one request in a byte stream, whatever came before it and however it is cut."""

    def __init__(self, model: Model, action: Action) -> None:
        self._model = model
        self._action = action
        self._full_length = reply_length(model, action)
        self._pending = bytearray()
        self._done = False
        self._after = 0
        self.surplus = 0
        """Bytes after the reply. There are none in an orderly exchange: they belong to another question."""

    def feed(self, chunk: bytes) -> list[Reply]:
        """Return the reply if this chunk completes it. Bytes that cannot begin it are passed over."""
        if self._done:
            self._count_surplus(len(chunk))
            return []
        self._pending += chunk
        while self._pending:
            length = self._length(self._pending[0])
            if len(self._pending) < length:
                return []
            try:
                reply = decode_reply(self._model, self._action, bytes(self._pending[:length]))
            except (ChecksumError, FrameLengthError, UnknownFrameError):
                del self._pending[0]
                continue
            self._done = True
            self._count_surplus(len(self._pending) - length)
            self._pending.clear()
            return [reply]
        return []

    def _count_surplus(self, count: int) -> None:
        self._after += count
        # While a calibration runs, the word may be followed by its progress block.
        expected = _PROGRESS_LENGTH - 1 if self._action is Action.CALIBRATE else 0
        self.surplus = max(0, self._after - expected)

    def _length(self, first: int) -> int:
        # A refusal is one byte whatever was asked. (As a high byte 15 would be 90 minutes of warm-up or a PEF of 5.)
        return 1 if first == _REFUSED else self._full_length


# --- layouts ----------------------------------------------------------------------------------------------------


def _decode_byte(model: Model, action: Action | None, value: int) -> Reply:
    if action is Action.READ_STATUS and value in STATES:
        return Status(STATES[value])
    if action is not Action.READ_STATUS and value in {word.value for word in Word}:
        word = Word(value)
        if word in _words_for(model, action):
            return word
    if value == Word.REFUSED.value:
        return Word.REFUSED
    raise UnknownFrameError(f"{value:02X} is no answer to {action.name if action else 'any command'}")


def _words_for(model: Model, action: Action | None) -> frozenset[Word]:
    if action is None:
        return frozenset(Word)
    if action in LONG_RUNNING:
        started = frozenset({Word.ACCEPTED} if action in model.accepts_work else ())
        polled = frozenset(() if action in model.work_told_in_data else (Word.RUNNING, Word.DONE, Word.FAILED))
        return started | polled | {Word.REFUSED}
    if action in SENSOR_WRITES:
        return frozenset({Word.DONE, Word.FAILED, Word.BAD_CHECKSUM, Word.REFUSED})
    if reply_length(model, action) == 1:
        return frozenset({Word.ACCEPTED, Word.REFUSED})
    return frozenset({Word.REFUSED})


def _guess(frame: bytes) -> Action | None:
    by_length = {
        19: Action.READ_DATA,
        21: Action.READ_DATA,
        _TRAP_LENGTH: Action.READ_DATA_WITH_TRAP,
        _AMBIENT_LENGTH: Action.READ_AMBIENT,
        _PROGRESS_LENGTH: Action.CALIBRATE,
    }
    return by_length.get(len(frame))


def _decode_data(model: Model, frame: bytes) -> Data:
    _headed(frame)
    return Data(
        *_decode_gases(model, frame),
        engine_rpm=float(int.from_bytes(frame[11:13], "big")),
        oil_temp_c=_word(frame, 13) / model.oil_divisor,
        flow_word=int.from_bytes(frame[15:17], "big"),
        status_byte=frame[17],
        lambda_=_word(frame, 18) / 100 if len(frame) > 19 else None,
        water_trap_full=bool(frame[21] & _TRAP_BIT) if len(frame) == _TRAP_LENGTH else None,
    )


def _encode_data(model: Model, data: Data) -> bytes:
    body = (
        bytes([_HEADER]) + _encode_gases(model, data) + _u16(data.engine_rpm) + _s16(data.oil_temp_c, model.oil_divisor)
    )
    body += _u16(data.flow_word) + bytes([data.status_byte])
    if data.lambda_ is not None:
        body += _s16(data.lambda_, 100)
    if data.water_trap_full is not None:
        body += bytes([0, _TRAP_BIT if data.water_trap_full else 0])
    return _closed(body)


def _decode_gases(model: Model, frame: bytes) -> tuple[float, float, float, float, float]:
    hc, co, co2, o2, no = (_word(frame, at) for at in range(1, 11, 2))
    return float(hc), co / model.co_divisor, co2 / 100, o2 / 100, float(no)


def _encode_gases(model: Model, gases: Data | CalibrationProgress) -> bytes:
    percents = _s16(gases.co_pct, model.co_divisor) + _s16(gases.co2_pct, 100) + _s16(gases.o2_pct, 100)
    return _s16(gases.hc_ppm, 1) + percents + _s16(gases.no_ppm, 1)


def _encode_gas(model: Model, gas: CalibrationGas) -> bytes:
    return _u16(gas.c3h8_ppm) + _u16(gas.co_pct * model.co_divisor) + _u16(gas.co2_pct * 100) + _u16(gas.no_ppm)


def _decode_gas(model: Model, data: bytes) -> CalibrationGas:
    propane, co, co2, no = (int.from_bytes(data[at : at + 2], "big") for at in range(0, 8, 2))
    return CalibrationGas(float(propane), co / model.co_divisor, co2 / 100, float(no))


def _headed(frame: bytes) -> None:
    if frame[0] != _HEADER:
        raise UnknownFrameError(f"a block begins with 06, not {frame[0]:02X}")
    _checked(frame)


def _checked(frame: bytes) -> bytes:
    if frame[-1] != sum8(frame[:-1]):
        raise ChecksumError(f"sum8 is {sum8(frame[:-1]):02X}, the frame says {frame[-1]:02X}")
    return frame


def _closed(body: bytes) -> bytes:
    return body + bytes([sum8(body)])


def _word(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2], "big", signed=True)


def _s16(value: float, scale: int) -> bytes:
    return _fit(value * scale, signed=True)


def _u16(value: float) -> bytes:
    return _fit(value, signed=False)


def _fit(value: float, *, signed: bool) -> bytes:
    try:
        return round(value).to_bytes(2, "big", signed=signed)
    except (OverflowError, ValueError):  # too large, infinite, or not a number
        raise ValueRangeError(f"{value} does not fit into a 16-bit word") from None
