"""What a tester hears after one request to everybody on a diagnostic CAN bus (ISO 15765-4).

Knows request and answer identifiers, the times a tester waits, that up to eight control units answer at once, each in
its own time, that "wait" (78) means a longer time, and to whom leave to go on is sent. The time is handed in.
Does not know adapters, which questions are asked, or what an answer means.
"""

from dataclasses import dataclass, field

from protocols import iso_tp, j1979
from protocols.can_frame import CanFrame
from protocols.errors import FrameError
from protocols.obd_dialects import belongs, refusal

P2_MS = 200
"""Control units begin to answer within 50 ms; the rest is for adapters and drivers on the way."""
P2_PROMISED_MS = 500
"""For a unit that has said it knows the item: nothing is lost by waiting, because it ends with the answer."""
P2_STAR_MS = 5000
"""After each "wait"."""
LONGEST_MS = 20_000
"""However often a unit says "wait"."""
BUSY_REPEAT = 0x21


@dataclass(frozen=True, slots=True)
class Heard:
    """One whole message of one control unit."""

    can_id: int
    message: bytes


@dataclass(slots=True)
class _Unit:
    """What one control unit is doing."""

    assembler: iso_tp.Assembler = field(default_factory=iso_tp.Assembler)
    until_ms: float | None = None
    """Set while it owes something: the next part, or the answer after a "wait"."""
    answered: bool = False


def request_frame(message: bytes, *, extended: bool) -> CanFrame:
    """Return the frame that puts a request of up to seven bytes to every control unit."""
    can_id = iso_tp.FUNCTIONAL_29 if extended else iso_tp.FUNCTIONAL_11
    return CanFrame(can_id, iso_tp.encode_frame(iso_tp.SingleFrame(message)), extended)


def leave_frame(answer_id: int, *, extended: bool) -> CanFrame:
    """Return the frame with which the tester lets one control unit go on: everything, without pauses."""
    data = iso_tp.encode_frame(iso_tp.FlowControl(iso_tp.CONTINUE))
    return CanFrame(iso_tp.request_id_of(answer_id), data, extended)


class Hearing:
    """Collect the answers to one request, from the moment that it was sent.

    ``promised`` are the units that will answer; ``hoped`` those that may. Both let the hearing end as soon as all of
    them have answered, the first also make it wait longer.
    """

    def __init__(
        self,
        request: bytes,
        now_ms: float,
        *,
        extended: bool,
        promised: frozenset[int] = frozenset(),
        hoped: frozenset[int] = frozenset(),
    ) -> None:
        self.answers: list[Heard] = []
        self.refusals: dict[int, int] = {}
        """Unit -> the code of its no."""
        self.damage: list[str] = []
        """Messages that did not come whole, and what was wrong."""
        self.strays: list[Heard] = []
        """Messages that answer another question."""
        self._request = request
        self._extended = extended
        self._promised = promised
        self._expected = promised | hoped
        self._units: dict[int, _Unit] = {}
        self._began_ms = now_ms

    @property
    def nobody(self) -> bool:
        """True when no unit has said anything to this request."""
        return not (self.answers or self.refusals or self.damage)

    @property
    def sound(self) -> bool:
        """True when there is no reason to ask again."""
        return not (self.damage or self.missing or self.nobody or self.says(BUSY_REPEAT))

    def says(self, code: int) -> bool:
        """Say whether a unit refused with this code."""
        return code in self.refusals.values()

    @property
    def missing(self) -> frozenset[int]:
        """The units that had promised and have said nothing final."""
        return frozenset(can_id for can_id in self._promised if not self._has_answered(can_id))

    def left_ms(self, now_ms: float) -> float:
        """Return how much longer to listen; zero or less when it is over."""
        if self._is_complete():
            return 0.0
        window_ms = P2_PROMISED_MS if self.missing else P2_MS
        owed = [unit.until_ms for unit in self._units.values() if unit.until_ms is not None]
        until_ms = max([self._began_ms + window_ms, *owed])
        return min(until_ms, self._began_ms + LONGEST_MS) - now_ms

    def hear(self, frame: CanFrame, now_ms: float) -> CanFrame | None:
        """Take one frame of the bus; return the leave to go on, where one is to be given."""
        if frame.extended != self._extended or not iso_tp.is_answer_id(frame.can_id):
            return None
        unit = self._units.setdefault(frame.can_id, _Unit())
        was_busy = unit.assembler.busy
        try:
            kind = iso_tp.decode_frame(frame.data)
            if isinstance(kind, iso_tp.FlowControl) or (isinstance(kind, iso_tp.ConsecutiveFrame) and not was_busy):
                return None  # addressed to another tester, or the tail of something that was given up
            message = unit.assembler.feed(frame.data)
        except FrameError as error:
            self._spoil(frame.can_id, unit, str(error))
            return None
        if was_busy and isinstance(kind, iso_tp.SingleFrame | iso_tp.FirstFrame):
            self.damage.append(f"{frame.name} began anew in the middle of a message")
        if message is not None:
            unit.until_ms = None
            self._take(frame.can_id, unit, message, now_ms)
            return None
        unit.until_ms = now_ms + iso_tp.N_CR_MS
        first = isinstance(kind, iso_tp.FirstFrame)
        return leave_frame(frame.can_id, extended=self._extended) if first else None

    def close(self) -> None:
        """Call what is unfinished damaged. Call it once the time is over."""
        for can_id, unit in self._units.items():
            if unit.assembler.busy:
                self._spoil(can_id, unit, "the message stops in the middle")

    def _take(self, can_id: int, unit: _Unit, message: bytes, now_ms: float) -> None:
        code = refusal(message, self._request)
        if code == j1979.RESPONSE_PENDING:
            unit.until_ms = now_ms + P2_STAR_MS
        elif code is not None:
            unit.answered = True
            self.refusals[can_id] = code
        elif belongs(message, self._request):
            unit.answered = True
            self.answers.append(Heard(can_id, message))
        else:
            self.strays.append(Heard(can_id, message))

    def _spoil(self, can_id: int, unit: _Unit, why: str) -> None:
        self.damage.append(f"{can_id:X}: {why}")
        unit.assembler, unit.until_ms = iso_tp.Assembler(), None

    def _has_answered(self, can_id: int) -> bool:
        unit = self._units.get(can_id)
        return unit is not None and unit.answered

    def _is_complete(self) -> bool:
        owing = any(unit.until_ms is not None for unit in self._units.values())
        return bool(self._expected) and not owing and all(self._has_answered(can_id) for can_id in self._expected)
