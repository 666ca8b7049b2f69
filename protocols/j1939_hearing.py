"""What a tool hears after it has asked for a parameter group on a J1939 bus.

Knows how long units may take, that a group comes in one frame or as a transfer, that a unit without it says no or
nothing, and that everything else on the bus goes on meanwhile. The time is handed in. Does not know adapters or what a
group says.
"""

from protocols import j1939
from protocols.can_frame import CanFrame
from protocols.errors import FrameError
from protocols.j1939 import Acknowledgement
from protocols.j1939_tp import Receiver

ONE_MS = 1250
"""A unit that was asked by its address answers within 200 ms or refuses; this is the standard's patience."""
ALL_MS = 600
"""Of a request to everybody: units without the group stay silent, so there is nobody to wait longer for."""
LONGEST_MS = 30_000


class Hearing:
    """Collect the answers to one request. It ends as soon as all of ``expected`` have answered or refused."""

    def __init__(
        self, pgn: int, now_ms: float, *, tool: int, to: int = j1939.GLOBAL, expected: frozenset[int] = frozenset()
    ) -> None:
        self.answers: dict[int, bytes] = {}
        """Unit -> what it said."""
        self.refusals: dict[int, Acknowledgement] = {}
        self.speakers: dict[int, set[int]] = {}
        """Unit -> every group that it was heard with, asked for or not."""
        self.damage: list[str] = []
        self._receiver = Receiver(tool)
        self._pgn = pgn
        self._expected = expected or (frozenset() if to == j1939.GLOBAL else frozenset({to}))
        self._began_ms = now_ms
        self._window_ms = ALL_MS if to == j1939.GLOBAL and not expected else ONE_MS

    @property
    def missing(self) -> frozenset[int]:
        """Those who have said nothing to it."""
        return self._expected - self.answers.keys() - self.refusals.keys()

    @property
    def busy(self) -> bool:
        """Whether a unit wants to be asked again later."""
        return any(refusal.kind == j1939.BUSY for refusal in self.refusals.values())

    def left_ms(self, now_ms: float) -> float:
        """Return how much longer to listen; zero or less when it is over."""
        if self._expected and not self.missing:
            return 0.0
        until_ms = max(self._began_ms + self._window_ms, self._receiver.until_ms or 0.0)
        return min(until_ms, self._began_ms + LONGEST_MS) - now_ms

    def hear(self, frame: CanFrame, now_ms: float) -> list[CanFrame]:
        """Take one frame of the bus; return what is to be sent back."""
        message, replies = self._receiver.hear(frame, now_ms)
        if message is None:
            return replies
        self.speakers.setdefault(message.source, set()).add(message.pgn)
        if message.pgn == self._pgn:
            self.answers[message.source] = message.data
        elif message.pgn == j1939.ACKNOWLEDGEMENT:
            self._take_refusal(message.source, message.data)
        return replies

    def close(self) -> None:
        """Call what is unfinished damaged. Call it once the time is over."""
        if self.missing or not self._expected:
            self._receiver.close()
        asked = [(source, why) for source, pgn, why in self._receiver.damage if pgn in (self._pgn, 0)]
        self.damage = [f"{source:02X}: {why}" for source, why in asked if source not in self.answers]

    def _take_refusal(self, source: int, data: bytes) -> None:
        try:
            refusal = j1939.decode_acknowledgement(data)
        except FrameError:
            return
        if refusal.pgn == self._pgn and refusal.kind != j1939.ACKNOWLEDGED:
            self.refusals[source] = refusal
