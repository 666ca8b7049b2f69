"""J1939-21 transport: messages of 9 to 1785 bytes, to everybody (BAM) or to one address with its leave (RTS, CTS).

Knows the control messages, packets, their order and the times after which a transfer is dead; the time is handed in.
Does not know adapters, which groups travel so, or what they say.
"""

from collections import deque
from dataclasses import dataclass, field

from protocols.can_frame import CanFrame
from protocols.errors import FrameError, FrameLengthError, SequenceError, UnknownFrameError, ValueRangeError
from protocols.j1939 import GLOBAL, TRANSPORT, TRANSPORT_DATA, Header, decode_id, frame, pgn_bytes

SHORTEST, LONGEST = 9, 1785
PACKET = 7
RTS, CTS, END, BAM, ABORT = 0x10, 0x11, 0x13, 0x20, 0xFF
T1_MS, T2_MS, T3_MS = 750, 1250, 1250
"""Between packets, after leave was given, and of a sender that waits for leave."""
HOLD_MS = 1050
"""A receiver that gives leave for no packet wants to be waited for so long."""
BAM_PAUSE_MS = 50
TIMEOUT, BAD_SEQUENCE = 3, 7
"""Reasons of an abort."""
PRIORITY = 7


@dataclass(frozen=True, slots=True)
class Announcement:
    """A transfer begins: RTS to one, BAM to all."""

    kind: int
    size: int
    pgn: int
    most: int = 0xFF
    """Packets that the sender would send on one leave."""

    @property
    def packets(self) -> int:
        """How many packets it takes."""
        return -(-self.size // PACKET)


@dataclass(frozen=True, slots=True)
class Leave:
    """CTS: so many packets, from this one on; none means wait."""

    packets: int
    first: int
    pgn: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The receiver has everything."""

    size: int
    packets: int
    pgn: int


@dataclass(frozen=True, slots=True)
class Aborted:
    """One side gives up."""

    reason: int
    pgn: int


Control = Announcement | Leave | Ended | Aborted


def encode_control(control: Control) -> bytes:
    """Write one control message."""
    match control:
        case Announcement(kind, size, pgn, most):
            if not SHORTEST <= size <= LONGEST or kind not in (RTS, BAM):
                raise ValueRangeError(f"no transfer of {size} bytes")
            last = 0xFF if kind == BAM else most
            return bytes([kind]) + size.to_bytes(2, "little") + bytes([control.packets, last]) + pgn_bytes(pgn)
        case Leave(packets, first, pgn):
            return bytes([CTS, packets, first, 0xFF, 0xFF]) + pgn_bytes(pgn)
        case Ended(size, packets, pgn):
            return bytes([END]) + size.to_bytes(2, "little") + bytes([packets, 0xFF]) + pgn_bytes(pgn)
        case Aborted(reason, pgn):
            return bytes([ABORT, reason, 0xFF, 0xFF, 0xFF]) + pgn_bytes(pgn)


def decode_control(data: bytes) -> Control:
    """Read one control message."""
    if len(data) != 8:
        raise FrameLengthError(f"a control message has eight bytes, here are {len(data)}")
    size, pgn = int.from_bytes(data[1:3], "little"), int.from_bytes(data[5:8], "little")
    match data[0]:
        case 0x10 | 0x20:
            found = Announcement(data[0], size, pgn, data[4])
            if not SHORTEST <= size <= LONGEST or data[3] != found.packets:
                raise FrameLengthError(f"{size} bytes do not come in {data[3]} packets")
            return found
        case 0x11:
            return Leave(data[1], data[2], pgn)
        case 0x13:
            return Ended(size, data[3], pgn)
        case 0xFF:
            return Aborted(data[1], pgn)
    raise UnknownFrameError(f"no control message begins with {data[0]:02X}")


def packets(message: bytes) -> list[bytes]:
    """Cut a message into the data of its packets."""
    if not SHORTEST <= len(message) <= LONGEST:
        raise ValueRangeError(f"a transfer has {SHORTEST} to {LONGEST} bytes, not {len(message)}")
    parts = [message[at : at + PACKET] for at in range(0, len(message), PACKET)]
    return [bytes([number]) + part.ljust(PACKET, b"\xff") for number, part in enumerate(parts, start=1)]


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message, whether it came in one frame or in many."""

    pgn: int
    source: int
    destination: int
    data: bytes


@dataclass(slots=True)
class _Transfer:
    announced: Announcement
    until_ms: float
    parts: bytearray = field(default_factory=bytearray)

    @property
    def next(self) -> int:
        return len(self.parts) // PACKET + 1

    @property
    def whole(self) -> bool:
        return len(self.parts) >= self.announced.size


class Receiver:
    """Puts together what everybody says, to all or to one address; gives leave where this address is asked for it."""

    def __init__(self, address: int) -> None:
        self.damage: list[tuple[int, int, str]] = []
        """Source and group of each transfer that broke, and how."""
        self._address = address
        self._transfers: dict[tuple[int, int], _Transfer] = {}

    @property
    def until_ms(self) -> float | None:
        """When the last transfer under way will be dead; None when there is none."""
        return max((transfer.until_ms for transfer in self._transfers.values()), default=None)

    def hear(self, heard: CanFrame, now_ms: float) -> tuple[Message | None, list[CanFrame]]:
        """Take one frame; return the message that it completes, and what is to be sent back."""
        self._bury(now_ms)
        if not heard.extended:
            return None, []
        header = decode_id(heard.can_id)
        if header.pgn == TRANSPORT:
            return None, self._control(header, heard.data, now_ms)
        if header.pgn == TRANSPORT_DATA:
            return self._packet(header, heard.data, now_ms)
        if header.destination not in (GLOBAL, self._address):
            return None, []
        return Message(header.pgn, header.source, header.destination, heard.data), []

    def close(self) -> None:
        """Call what is unfinished damaged."""
        for (source, _), transfer in self._transfers.items():
            self.damage.append((source, transfer.announced.pgn, "the message stops in the middle"))
        self._transfers.clear()

    def _control(self, header: Header, data: bytes, now_ms: float) -> list[CanFrame]:
        key = (header.source, header.destination)
        try:
            control = decode_control(data)
        except FrameError as error:
            self.damage.append((header.source, 0, str(error)))
            return []
        if isinstance(control, Announcement):
            if (control.kind == BAM) != (header.destination == GLOBAL):
                return []
            if header.destination in (GLOBAL, self._address):
                self._transfers[key] = _Transfer(control, now_ms + (T1_MS if control.kind == BAM else T2_MS))
            return self._leave(header.source) if header.destination == self._address else []
        if isinstance(control, Aborted) and key in self._transfers:
            broken = self._transfers.pop(key)
            self.damage.append((header.source, broken.announced.pgn, f"the sender gave up ({control.reason})"))
        return []

    def _packet(self, header: Header, data: bytes, now_ms: float) -> tuple[Message | None, list[CanFrame]]:
        key = (header.source, header.destination)
        transfer = self._transfers.get(key)
        if transfer is None:
            return None, []  # the tail of something that was given up, or for somebody else
        announced = transfer.announced
        if len(data) != PACKET + 1 or data[0] != transfer.next:
            del self._transfers[key]
            self.damage.append((header.source, announced.pgn, f"packet {data[:1].hex()} came for {transfer.next:02x}"))
            to_one = header.destination != GLOBAL
            return None, [self._say(header.source, Aborted(BAD_SEQUENCE, announced.pgn))] if to_one else []
        transfer.parts += data[1:]
        transfer.until_ms = now_ms + T1_MS
        if not transfer.whole:
            more = header.destination != GLOBAL and self._leave_is_over(transfer)
            return None, self._leave(header.source) if more else []
        del self._transfers[key]
        message = Message(announced.pgn, header.source, header.destination, bytes(transfer.parts[: announced.size]))
        ended = Ended(announced.size, announced.packets, announced.pgn)
        return message, [self._say(header.source, ended)] if header.destination != GLOBAL else []

    def _leave_is_over(self, transfer: _Transfer) -> bool:
        return transfer.announced.most != 0 and (transfer.next - 1) % transfer.announced.most == 0

    def _leave(self, source: int) -> list[CanFrame]:
        transfer = self._transfers[source, self._address]
        announced = transfer.announced
        count = min(announced.packets - transfer.next + 1, announced.most or 0xFF)
        return [self._say(source, Leave(count, transfer.next, announced.pgn))]

    def _say(self, to: int, control: Control) -> CanFrame:
        return frame(TRANSPORT, encode_control(control), self._address, to, PRIORITY)

    def _bury(self, now_ms: float) -> None:
        for key, transfer in list(self._transfers.items()):
            if now_ms > transfer.until_ms:
                del self._transfers[key]
                self.damage.append((key[0], transfer.announced.pgn, "the message stops in the middle"))


class Sending:
    """One message on its way from ``source``: to everybody packet by packet, or to one as that one gives leave."""

    def __init__(self, pgn: int, message: bytes, source: int, to: int, now_ms: float) -> None:
        kind = BAM if to == GLOBAL else RTS
        self.done = False
        self.failed: str | None = None
        """Why it will not arrive: ``aborted`` or ``no_leave``."""
        self.pgn, self.source, self.to = pgn, source, to
        self._packets = packets(message)
        first = Announcement(kind, len(message), pgn)
        self._waiting: deque[bytes] = deque()
        self._next_ms = now_ms + BAM_PAUSE_MS
        self._until_ms = now_ms + T3_MS
        self._opening: CanFrame | None = frame(TRANSPORT, encode_control(first), source, to, PRIORITY)
        if kind == BAM:
            self._waiting.extend(self._packets)

    def take(self, now_ms: float) -> list[CanFrame]:
        """Return the frames that may go now."""
        out = [self._opening] if self._opening is not None else []
        self._opening = None
        to_all = self.to == GLOBAL
        while self._waiting and (not to_all or self._next_ms <= now_ms):
            out.append(frame(TRANSPORT_DATA, self._waiting.popleft(), self.source, self.to, PRIORITY))
            self._next_ms = now_ms + BAM_PAUSE_MS
            self._until_ms = now_ms + T3_MS
        if to_all:
            self.done = not self._waiting
        elif not self.done and now_ms > self._until_ms:
            self.done, self.failed = True, "no_leave"
        return out

    def hear(self, control: Control, now_ms: float) -> None:
        """Take what the receiver says about this transfer."""
        match control:
            case Leave(0, _, _):
                self._until_ms = now_ms + HOLD_MS
            case Leave(count, first, _):
                self._waiting = deque(self._packets[first - 1 : first - 1 + count])
                self._until_ms = now_ms + T3_MS
            case Ended():
                self.done = True
            case Aborted():
                self.done, self.failed = True, "aborted"
            case Announcement():
                raise SequenceError("a receiver announces nothing")
