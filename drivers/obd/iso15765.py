"""A vehicle that answers on CAN by ISO 15765-4: SAE J1979 questions, or those of ISO 27145 where it speaks that alone.

Knows 11 and 29 bits, that a vehicle's silence is not an adapter's, and which control unit has promised which item.
Does not know adapters, which questions a check needs (see questions), what it concludes, or how often it is read.
"""

import contextlib

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError
from drivers.obd.questions import EcuAnswer, Questions
from drivers.obd.reader import Vehicle
from drivers.pace import Pace
from drivers.readings import ObdFacts, ObdLive
from drivers.transports.can_link import CanLine
from protocols import j1979
from protocols.elm327 import PROTOCOLS
from protocols.errors import FrameError
from protocols.obd_can import BUSY_REPEAT, Hearing, request_frame
from protocols.obd_dialects import J1979_PROBE, WWH_PROBE, J1979Dialect, ObdDialect, WwhDialect, live_items

TRIES = 2
"""Of a request that was met with silence or damage, and of the search on each protocol."""
BUSY_WAIT_S, BUSY_TRIES = 0.2, 5
"""A control unit that says "busy" (21) wants to be asked again, and does not say when."""
NAMES = {(500, False): PROTOCOLS["6"], (500, True): PROTOCOLS["7"], (250, False): PROTOCOLS["8"],
         (250, True): PROTOCOLS["9"]}  # fmt: skip
"""By the names that scan tools use for them."""
NOTHING: frozenset[int] = frozenset()


async def find(line: CanLine, pace: Pace, bitrate_kbit: int) -> Vehicle | None:
    """Look for a vehicle of J1979, or of ISO 27145, on 11 and 29 bits."""
    for extended in (False, True):
        found = Iso15765Vehicle(line, pace, bitrate_kbit, J1979Dialect(can=True), extended=extended)
        if await found.answers(TRIES):
            await found.learn_items()
            return found
        found = Iso15765Vehicle(line, pace, bitrate_kbit, WwhDialect(), extended=extended)
        if await found.answers(1):
            await found.learn_items()
            return found
    return None


async def find_wwh(line: CanLine, pace: Pace, bitrate_kbit: int) -> Vehicle | None:
    """Look for a vehicle of ISO 27145 on 11 and 29 bits."""
    for extended in (False, True):
        found = Iso15765Vehicle(line, pace, bitrate_kbit, WwhDialect(), extended=extended)
        if await found.answers(TRIES):
            await found.learn_items()
            return found
    return None


class Iso15765Vehicle:
    """The control units of one vehicle, asked all at once."""

    def __init__(self, line: CanLine, pace: Pace, bitrate_kbit: int, dialect: ObdDialect, *, extended: bool) -> None:
        name = NAMES[bitrate_kbit, extended]
        wwh = isinstance(dialect, WwhDialect)
        self.protocol = name.replace("ISO 15765-4", dialect.name) if wwh else name
        self._line = line
        self._device = line.device
        self._pace = pace
        self._bitrate_kbit = bitrate_kbit
        self._extended = extended
        self._dialect = dialect
        self._probe = WWH_PROBE if wwh else J1979_PROBE
        self._items: dict[int, frozenset[int]] = {}
        """Control unit -> the live-data items that it says it has."""
        self._questions = Questions(self._ask, dialect, checked=line.link.checked)

    async def answers(self, tries: int) -> bool:
        """Probe; damage means that somebody is there, and the questions that follow will tell."""
        for _ in range(tries):
            heard = await self._request(self._probe)
            if heard.answers or heard.damage:
                return True
        return False

    async def learn_items(self) -> None:
        """Ask which items exist."""
        await self._questions.learn_items()

    async def read_check(self) -> ObdFacts:
        """Read everything that the OBD check needs."""
        return await self._questions.read_check(self.protocol)

    async def read_live(self) -> ObdLive:
        """Take one look at the data list."""
        return await self._questions.read_live()

    async def _ask(self, request: bytes, doing: str) -> list[EcuAnswer]:
        """Carry one request (see questions.Ask). Silence counts only while the vehicle still answers the probe."""
        promised, hoped = self._who_answers(request)
        heard = await self._request(request, promised, hoped)
        tries = 1
        while tries < (BUSY_TRIES if heard.says(BUSY_REPEAT) else TRIES) and not heard.sound:
            if heard.says(BUSY_REPEAT):
                await self._pace.sleep(BUSY_WAIT_S)
            heard = await self._request(request, promised, hoped)
            tries += 1
        if heard.says(BUSY_REPEAT):
            raise NotReadyError(self._device, doing, "a control unit says that it is busy")
        if heard.damage:
            raise GarbledReplyError(self._device, doing, "; ".join(heard.damage))
        if heard.nobody and heard.strays:
            stray = heard.strays[0].message.hex(" ")
            raise GarbledReplyError(self._device, doing, f"answered {stray}: another question")
        if heard.nobody:
            await self._still_there(doing)
        if heard.missing and live_items(request) == (j1979.PID_MONITORS,):
            units = ", ".join(f"{can_id:X}" for can_id in sorted(heard.missing))
            raise NoReplyError(self._device, doing, f"control unit {units} has fallen silent")
        self._learn(request, heard)
        return [EcuAnswer(f"{answer.can_id:X}", answer.message) for answer in heard.answers]

    def _who_answers(self, request: bytes) -> tuple[frozenset[int], frozenset[int]]:
        """Return the units that have promised an answer, and all that may give one."""
        everybody, asked = frozenset(self._items), frozenset(live_items(request))
        if not asked or asked & set(j1979.MASK_PIDS):
            return NOTHING, everybody
        return frozenset(unit for unit, items in self._items.items() if asked & items), NOTHING

    def _learn(self, request: bytes, heard: Hearing) -> None:
        if not set(live_items(request)) & set(j1979.MASK_PIDS):
            return
        for answer in heard.answers:
            with contextlib.suppress(FrameError):  # whoever asked decodes it too, and says what is wrong
                told = self._dialect.decode(answer.message)
                if isinstance(told, j1979.Supported):
                    self._items[answer.can_id] = self._items.get(answer.can_id, NOTHING) | told.items

    async def _still_there(self, doing: str) -> None:
        """Raise unless the vehicle answers the probe; an adapter that restarted is brought back onto the bus first."""
        link = self._line.link
        await link.check(doing)
        await link.join(self._bitrate_kbit)
        for _ in range(TRIES):
            if not (await self._request(self._probe, hoped=frozenset(self._items))).nobody:
                return
        state = await link.check(doing)
        if state.disturbed:
            raise GarbledReplyError(self._device, doing, f"the bus is disturbed ({state.errors})")
        raise NoReplyError(self._device, doing, "the vehicle answers no more; is the plug seated?")

    async def _request(
        self, message: bytes, promised: frozenset[int] = NOTHING, hoped: frozenset[int] = NOTHING
    ) -> Hearing:
        """Put one request to every control unit and hear what comes, giving each leave to go on."""
        self._line.link.purge()
        await self._line.send(request_frame(message, extended=self._extended))
        heard = Hearing(message, self._pace.now_ms(), extended=self._extended, promised=promised, hoped=hoped)
        while (left_ms := heard.left_ms(self._pace.now_ms())) > 0:
            frame = await self._line.receive(left_ms / 1000)
            leave = heard.hear(frame, self._pace.now_ms()) if frame is not None else None
            if leave is not None:
                await self._line.send(leave)
        heard.close()
        return heard
