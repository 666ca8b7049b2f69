"""Looks for a device on one port: listens first, then asks harmless questions in an order in which none can do harm.

Knows that a question to one device may be an order to another, which is asked first and must have been silent; that
whoever speaks unasked is asked nothing; and that the first question may have met what was left over in the device.
Does not know any device or protocol (each brings its probes), how a port is opened, or how anything is told to people.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drivers.pace import Pace
from drivers.probe import Probe, Question
from drivers.transports.base import Transport

LISTEN_S = 1.5
"""Devices that speak unasked do so at least twice in this time."""
LONGER_S = 0.5
"""An answer that has begun may go on this much longer than it had time to begin."""
QUIET_S = 0.12
"""A device forgets half a request after this much silence; an answer is whole after as much."""
LONGEST_ANSWER = 4096
READINGS_OF_A_STREAM = 2
Open = Callable[[int | None], Transport]
"""Makes the end of the wire at a serial speed (None: the port has none)."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Bytes that went over the wire. ``request`` is empty for what was said unasked."""

    asks: str
    request: bytes
    answer: bytes
    baud: int | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that this may be, and why."""

    device: str
    probe: Probe
    baud: int | None
    evidence: tuple[Exchanged, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """A question that was not asked, for what another device would have done upon it."""

    request: bytes
    devices: tuple[str, ...]
    """Whose question it is."""
    endangers: tuple[tuple[str, str], ...]
    """Device and what it would have done."""


@dataclass(slots=True)
class Findings:
    """What was found on a port. Several candidates speak alike as far as harmless questions can tell."""

    candidates: list[Candidate] = field(default_factory=list)
    sure: bool = False
    """Whether every question of the candidates was answered; a device that warms up refuses some."""
    unread: list[Exchanged] = field(default_factory=list)
    """What came and nobody here can read."""
    withheld: list[Withheld] = field(default_factory=list)
    asked: int = 0
    listened_at: list[int | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Way:
    device: str
    probe: Probe


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request at one speed, whoever's question it is."""

    baud: int | None
    request: bytes
    asks: str
    within_s: float
    ways: tuple[_Way, ...]

    @property
    def devices(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(way.device for way in self.ways))


class Search:
    """One search on one port. ``tell`` hears of each exchange as it happens.

    ``careful`` asks nothing that any device here would obey, were it there and unable to answer.
    """

    def __init__(
        self,
        probes: Mapping[str, Sequence[Probe]],
        open_at: Open,
        pace: Pace,
        *,
        over: str = "serial",
        careful: bool = False,
        tell: Callable[[Exchanged], None] = lambda exchanged: None,
    ) -> None:
        self._ways = [_Way(device, probe) for device, own in probes.items() for probe in own if probe.over == over]
        self._serial = over == "serial"
        self._careful = careful
        self._open_at = open_at
        self._pace = pace
        self._tell = tell
        self._wire: Transport | None = None
        self._baud: int | None = None
        self._answered: set[str] = set()
        """Devices to whose question something came that does not prove who it was: they may be there."""
        self._possible: list[Candidate] = []
        self.findings = Findings()

    async def run(self) -> Findings:
        """Search; raises PortLostError when the port cannot be opened or is lost."""
        try:
            await self._search()
        finally:
            if self._wire is not None:
                await self._wire.close()
        self.findings.sure = bool(self.findings.candidates)
        self.findings.candidates = self.findings.candidates or self._possible
        return self.findings

    async def _search(self) -> None:
        todo = self._presence_questions()
        speeds = self._speeds()
        while todo:
            before = len(todo)
            for baud in speeds:
                await self._go_to(baud)
                if baud not in self.findings.listened_at and await self._listen(baud):
                    if self.findings.candidates:
                        return
                    todo = [ask for ask in todo if ask.baud != baud]  # somebody talks here: nothing is asked
                todo = await self._ask_what_is_safe(todo, baud)
                if self.findings.candidates:
                    return
            if len(todo) == before:
                break
        for baud in speeds:
            if baud not in self.findings.listened_at:
                await self._go_to(baud)
                if await self._listen(baud) and self.findings.candidates:
                    return
        self.findings.withheld = [self._withhold(ask) for ask in todo]

    def _speeds(self) -> list[int | None]:
        if not self._serial:
            return [None]
        counted: dict[int | None, int] = {}
        for way in self._ways:
            for place, baud in enumerate(way.probe.bauds):
                counted[baud] = counted.get(baud, 0) + (2 if place == 0 else 1)
        return sorted(counted, key=lambda baud: -counted[baud])

    def _presence_questions(self) -> list[_Ask]:
        found: dict[tuple[int | None, bytes], list[_Way]] = {}
        for way in self._ways:
            for baud in way.probe.bauds if self._serial else (None,):
                if way.probe.questions:
                    found.setdefault((baud, way.probe.questions[0].request), []).append(way)
        asks = []
        for (baud, request), ways in found.items():
            questions = [way.probe.questions[0] for way in ways]
            within_s = max(question.within_s for question in questions)
            asks.append(_Ask(baud, request, questions[0].asks, within_s, tuple(ways)))
        return asks

    # --- one speed ------------------------------------------------------------------------------------------------

    async def _go_to(self, baud: int | None) -> None:
        if self._wire is not None and baud == self._baud:
            return
        if self._wire is not None:
            await self._wire.close()
        self._wire, self._baud = self._open_at(baud), baud
        await self._wire.open()

    async def _listen(self, baud: int | None) -> bool:
        """Tell whether somebody speaks unasked; who it is goes to the findings."""
        self.findings.listened_at.append(baud)
        heard = await self._collect(LISTEN_S if self._serial else QUIET_S, longer_s=0.0)
        if not heard:
            return False
        exchanged = Exchanged("listen", b"", heard, baud)
        self._tell(exchanged)
        speakers = [(self._unread_of(way.probe, heard), way) for way in self._ways if self._at(way, baud)]
        best = min((unread for unread, _ in speakers if unread is not None), default=None)
        for unread, way in speakers:
            if unread is not None and unread == best:
                self.findings.candidates.append(Candidate(way.device, way.probe, baud, (exchanged,)))
        if not self.findings.candidates:
            self.findings.unread.append(exchanged)
        return True

    def _at(self, way: _Way, baud: int | None) -> bool:
        return way.probe.stream is not None and (not self._serial or baud in way.probe.bauds)

    def _unread_of(self, probe: Probe, heard: bytes) -> int | None:
        """Return how many bytes are left over when this stream is read; None when it is none."""
        assert probe.stream is not None
        framer = probe.stream()
        read = framer.feed(heard)
        few = len(read) < READINGS_OF_A_STREAM
        return None if few or framer.skipped > len(heard) // 3 else framer.skipped

    async def _ask_what_is_safe(self, todo: list[_Ask], baud: int | None) -> list[_Ask]:
        """Ask at this speed until somebody is found or the next question could do harm; return what is left."""
        left = list(todo)
        progress = True
        while progress and not self.findings.candidates:
            progress = False
            for ask in [each for each in left if each.baud == baud]:
                if self._endangers(ask, left):
                    continue
                left.remove(ask)
                progress = True
                await self._knock(ask, gates=self._gates(ask, left))
                if self.findings.candidates:
                    break
        return left

    def _endangers(self, ask: _Ask, left: list[_Ask]) -> list[tuple[str, str]]:
        """Name each device that would obey these bytes and has not been shown to be absent, and what it would do."""
        waiting = {way.device for other in left for way in other.ways}
        return [
            (way.device, order)
            for way in self._ways
            if self._careful or way.device in waiting | self._answered or not self._can_be_missed(way)
            for order in way.probe.obeys(ask.request)
        ]

    def _can_be_missed(self, way: _Way) -> bool:
        """Tell whether silence proves absence: whoever never answers and never speaks is never known to be gone."""
        return bool(way.probe.questions) or way.probe.stream is not None

    def _gates(self, ask: _Ask, left: list[_Ask]) -> bool:
        """Tell whether others wait for the silence of these devices: then one silence is not enough."""
        return any(way.probe.obeys(other.request) for way in ask.ways for other in left)

    def _withhold(self, ask: _Ask) -> Withheld:
        others = [(way.device, order) for way in self._ways for order in way.probe.obeys(ask.request)]
        return Withheld(ask.request, ask.devices, tuple(dict.fromkeys(others)))

    async def _knock(self, ask: _Ask, *, gates: bool) -> None:
        """Ask whether somebody is there; if so, ask on until it is known who."""
        answer = await self._ask(ask.asks, ask.request, ask.within_s, ask.ways)
        told = _hopeful(ask.ways, answer)
        if not told and (answer or gates):  # what was left over in the device, or a lost answer
            answer = await self._ask(ask.asks, ask.request, ask.within_s, ask.ways)
            told = _hopeful(ask.ways, answer)
        if not answer:
            return
        first = Exchanged(ask.asks, ask.request, answer, self._baud)
        await self._tell_apart(told, first)
        if not self.findings.candidates:
            self._answered.update(way.device for way in ask.ways if not _of_another(way.probe.questions[0], answer))
            if first not in [each for candidate in self._possible for each in candidate.evidence]:
                self.findings.unread.append(first)

    async def _tell_apart(self, ways: Sequence[_Way], first: Exchanged) -> None:
        """Ask those who may have answered their other questions. One that answers all of them is found."""
        answers = {first.request: first}
        for way in ways:
            outcomes = []
            for question in way.probe.questions:
                if question.request not in answers:
                    if any(other.probe.obeys(question.request) for other in ways):
                        continue
                    answer = await self._ask(question.asks, question.request, question.within_s, ways)
                    answers[question.request] = Exchanged(question.asks, question.request, answer, self._baud)
                outcomes.append(_outcome(question, answers[question.request].answer))
            if False in outcomes or True not in outcomes:
                continue
            evidence = tuple(answers[q.request] for q in way.probe.questions if q.request in answers)
            sure = None not in outcomes and len(outcomes) == len(way.probe.questions)
            found = Candidate(way.device, way.probe, self._baud, evidence)
            (self.findings.candidates if sure else self._possible).append(found)

    # --- bytes ----------------------------------------------------------------------------------------------------

    async def _ask(self, asks: str, request: bytes, within_s: float, ways: Sequence[_Way]) -> bytes:
        """Ask once and return all that came; an echo of the request alone is silence."""
        assert self._wire is not None
        questions = [q for way in ways for q in way.probe.questions if q.request == request]
        self._wire.purge()
        await self._wire.write(request)
        self.findings.asked += 1
        answer = await self._collect(within_s, lambda heard: any(_outcome(q, heard) is not False for q in questions))
        if answer == request:
            answer = b""
        self._tell(Exchanged(asks, request, answer, self._baud))
        return answer

    async def _collect(
        self, within_s: float, enough: Callable[[bytes], bool] = lambda heard: False, longer_s: float = LONGER_S
    ) -> bytes:
        """Return what arrives in this time, and what follows it closely; sooner where it is enough and quiet."""
        assert self._wire is not None
        heard = bytearray()
        end_ms = self._pace.now_ms() + round(within_s * 1000)
        while len(heard) < LONGEST_ANSWER:
            left_s = (end_ms - self._pace.now_ms()) / 1000
            if heard and (enough(bytes(heard)) or -longer_s < left_s < QUIET_S <= longer_s):
                left_s = QUIET_S
            if left_s <= 0:
                break
            try:
                async with self._pace.timeout(left_s):
                    heard += await self._wire.read()
            except TimeoutError:
                break
        return bytes(heard[:LONGEST_ANSWER])


def _hopeful(ways: Sequence[_Way], answer: bytes) -> list[_Way]:
    return [way for way in ways if _outcome(way.probe.questions[0], answer) is not False]


def _outcome(question: Question, answer: bytes) -> bool | None:
    """Judge an answer, with or without an echo of the request before it."""
    found = _judge(question, answer)
    if found is False and question.request and answer.startswith(question.request):
        found = _judge(question, answer[len(question.request) :])
    return found


def _of_another(question: Question, answer: bytes) -> bool:
    """Tell whether an answer can be read and is certainly not this device's."""
    replies = question.framer().feed(answer)
    return bool(replies) and question.fits(replies[0]) is False


def _judge(question: Question, answer: bytes) -> bool | None:
    framer: Any = question.framer()
    replies = framer.feed(answer)
    if not replies or framer.surplus or getattr(framer, "skipped", 0):
        return False
    return question.fits(replies[0])
