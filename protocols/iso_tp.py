"""ISO-TP (ISO 15765-2) on CAN with normal addressing: messages cut into frames and put together again.

Knows the four frame kinds, sequence numbers, blocks and separation times, and which identifier answers which on 11 and
29 bits (ISO 15765-4). Does not know CAN interfaces, any clock (the time is handed in), or what a message says.
"""

from collections import deque
from dataclasses import dataclass

from protocols.errors import FrameLengthError, SequenceError, UnknownFrameError, ValueRangeError

FUNCTIONAL_11, FUNCTIONAL_29 = 0x7DF, 0x18DB33F1
LONGEST_MESSAGE = 4095
FRAME_LENGTH = 8
CONTINUE, WAIT, OVERFLOW = 0, 1, 2
N_BS_MS, N_CR_MS = 1000, 1000
"""How long a sender waits for leave, and a receiver for the next part."""
MOST_WAITS = 16
"""A receiver that says "wait" more often than this has lost its way."""
_FIRST_DATA, _FOLLOWING_DATA, _SINGLE_DATA = 6, 7, 7


@dataclass(frozen=True, slots=True)
class SingleFrame:
    """A whole message of up to seven bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class FirstFrame:
    """The beginning of a longer message, with its whole length."""

    length: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ConsecutiveFrame:
    """A part of a longer message. The number runs 1..15, then 0; the last part carries padding."""

    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class FlowControl:
    """The receiver's leave to go on: 0 continue, 1 wait, 2 overflow; parts per block; separation time byte."""

    status: int
    block_size: int = 0
    separation: int = 0

    @property
    def separation_ms(self) -> float:
        """The pause between two parts; reserved values mean the longest."""
        if self.separation <= 0x7F:
            return float(self.separation)
        return (self.separation - 0xF0) / 10 if 0xF1 <= self.separation <= 0xF9 else 127.0


Frame = SingleFrame | FirstFrame | ConsecutiveFrame | FlowControl


def decode_frame(data: bytes) -> Frame:
    """Decode the data bytes of one CAN frame."""
    if not 1 <= len(data) <= FRAME_LENGTH:
        raise FrameLengthError(f"a CAN frame carries 1 to 8 bytes, here are {len(data)}")
    kind, low = data[0] >> 4, data[0] & 0x0F
    if kind == 0:
        if not 1 <= low <= _SINGLE_DATA or len(data) < 1 + low:
            raise FrameLengthError(f"a single frame of {low} bytes in {len(data)}")
        return SingleFrame(data[1 : 1 + low])
    if kind == 1:
        length = low << 8 | data[1] if len(data) == FRAME_LENGTH else 0
        if length <= _SINGLE_DATA:
            raise FrameLengthError("a first frame is full and announces more than seven bytes")
        return FirstFrame(length, data[2:])
    if kind == 2:
        if len(data) < 2:
            raise FrameLengthError("a consecutive frame without data")
        return ConsecutiveFrame(low, data[1:])
    if kind == 3:
        if low > 2 or len(data) < 3:
            raise UnknownFrameError(f"no flow control {data.hex(' ')}")
        return FlowControl(low, data[1], data[2])
    raise UnknownFrameError(f"no frame kind {kind:X}")


def encode_frame(frame: Frame, padding: int | None = 0x00) -> bytes:
    """Encode one frame, padded to eight bytes unless padding is None."""
    match frame:
        case SingleFrame(data):
            if not 1 <= len(data) <= _SINGLE_DATA:
                raise ValueRangeError(f"a single frame carries 1 to 7 bytes, not {len(data)}")
            body = bytes([len(data)]) + data
        case FirstFrame(length, data):
            if not _SINGLE_DATA < length <= LONGEST_MESSAGE or len(data) != _FIRST_DATA:
                raise ValueRangeError(f"no first frame of a message of {length} bytes")
            body = bytes([0x10 | length >> 8, length & 0xFF]) + data
        case ConsecutiveFrame(number, data):
            if not 1 <= len(data) <= _FOLLOWING_DATA:
                raise ValueRangeError(f"a consecutive frame carries 1 to 7 bytes, not {len(data)}")
            body = bytes([0x20 | number & 0x0F]) + data
        case FlowControl(status, block_size, separation):
            body = bytes([0x30 | status & 0x0F, block_size, separation])
    return body if padding is None else body.ljust(FRAME_LENGTH, bytes([padding]))


def segment(message: bytes, padding: int | None = 0x00) -> list[bytes]:
    """Cut a message into the data bytes of its CAN frames."""
    if not 1 <= len(message) <= LONGEST_MESSAGE:
        raise ValueRangeError(f"a message has 1 to {LONGEST_MESSAGE} bytes, not {len(message)}")
    if len(message) <= _SINGLE_DATA:
        return [encode_frame(SingleFrame(message), padding)]
    frames = [encode_frame(FirstFrame(len(message), message[:_FIRST_DATA]), padding)]
    for number, at in enumerate(range(_FIRST_DATA, len(message), _FOLLOWING_DATA), start=1):
        frames.append(encode_frame(ConsecutiveFrame(number & 0x0F, message[at : at + _FOLLOWING_DATA]), padding))
    return frames


class Assembler:
    """Put the frames of one sender together again. A new beginning voids an unfinished message."""

    def __init__(self) -> None:
        self._length = 0
        self._parts = bytearray()
        self._next = 0

    @property
    def busy(self) -> bool:
        """True while a message has begun and is not complete."""
        return self._length > 0

    def feed(self, data: bytes) -> bytes | None:
        """Return the message that this frame completes; raise SequenceError on a part that does not fit."""
        match decode_frame(data):
            case SingleFrame(message):
                self._length = 0
                return message
            case FirstFrame(length, first):
                self._length, self._parts, self._next = length, bytearray(first), 1
            case ConsecutiveFrame(number, part):
                return self._append(number, part)
        return None

    def _append(self, number: int, part: bytes) -> bytes | None:
        if not self._length:
            raise SequenceError("a consecutive frame without a first one")
        if number != self._next:
            self._length, expected = 0, self._next
            raise SequenceError(f"part {number} came where part {expected} was due")
        self._parts += part
        self._next = (number + 1) & 0x0F
        if len(self._parts) < self._length:
            return None
        message, self._length = bytes(self._parts[: self._length]), 0
        return message


class Sending:
    """One message on its way to one receiver: the beginning at once, the rest by blocks as the receiver gives leave."""

    def __init__(self, message: bytes, now_ms: float, padding: int | None = 0x00) -> None:
        self._rest = deque(segment(message, padding))
        self._open = 1
        self._separation_ms = 0.0
        self._next_ms = now_ms
        self._leave_until_ms = now_ms + N_BS_MS
        self._waits = 0
        self.failed: str | None = None
        """Why the message will not arrive: ``overflow``, ``too_many_waits``, ``no_leave``."""

    @property
    def done(self) -> bool:
        """True when nothing more is to be sent."""
        return not self._rest or self.failed is not None

    def take(self, now_ms: float) -> list[bytes]:
        """Return the frames that may go now."""
        frames = []
        while self._open and not self.done and self._next_ms <= now_ms:
            frames.append(self._rest.popleft())
            self._open -= 1
            self._next_ms = now_ms + self._separation_ms
            self._leave_until_ms = now_ms + N_BS_MS
        if not self._open and not self.done and now_ms >= self._leave_until_ms:
            self.failed = "no_leave"
        return frames

    def give_leave(self, flow: FlowControl, now_ms: float) -> None:
        """Take what the receiver says. Leave that nobody waits for changes nothing."""
        if self._open or self.done:
            return
        if flow.status == OVERFLOW:
            self.failed = "overflow"
        elif flow.status == WAIT:
            self._waits += 1
            self._leave_until_ms = now_ms + N_BS_MS
            self.failed = "too_many_waits" if self._waits > MOST_WAITS else None
        else:
            self._open = flow.block_size or len(self._rest)
            self._separation_ms = flow.separation_ms
            self._next_ms, self._waits = now_ms, 0


def request_id_of(answer_id: int) -> int:
    """Return the physical request identifier of the control unit that answers with this one."""
    if 0x7E8 <= answer_id <= 0x7EF:
        return answer_id - 8
    if answer_id & 0xFFFFFF00 == 0x18DAF100:
        return 0x18DA00F1 | (answer_id & 0xFF) << 8
    raise ValueRangeError(f"{answer_id:X} is no answer of a control unit")


def answer_id_of(request_id: int) -> int:
    """Return the identifier with which the control unit at this physical address answers."""
    if 0x7E0 <= request_id <= 0x7E7:
        return request_id + 8
    if request_id & 0xFFFF00FF == 0x18DA00F1:
        return 0x18DAF100 | request_id >> 8 & 0xFF
    raise ValueRangeError(f"{request_id:X} is no physical address of a control unit")


def is_answer_id(can_id: int) -> bool:
    """Say whether a control unit answers with this identifier."""
    return 0x7E8 <= can_id <= 0x7EF or can_id & 0xFFFFFF00 == 0x18DAF100
