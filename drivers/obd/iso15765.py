"""Scan tool made of a CAN interface alone (ISO 15765-4), in the role ObdReader.

Knows how a vehicle is found on 11 or 29 bits at 500 or 250 kbit/s, that a vehicle's silence is not an adapter's, and
which control unit has promised which item. Does not know adapters, which questions a check needs (see questions), what
it concludes, or how often it is read.
"""

import contextlib

from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, NotReadyError, RefusedError
from drivers.obd.can_settings import Iso15765Settings, make_link
from drivers.obd.questions import EcuAnswer, NoAnswerError, Questions
from drivers.pace import Pace
from drivers.readings import ObdFacts, ObdLive
from drivers.roles import Device, Identity
from drivers.transports.base import Transport
from drivers.transports.can_link import CanLine, CanLink
from protocols import j1979
from protocols.elm327 import PROTOCOLS
from protocols.errors import FrameError
from protocols.obd_can import BUSY_REPEAT, Hearing, request_frame

TRIES = 2
"""Of a request that was met with silence or damage, and of the search on each protocol."""
BUSY_WAIT_S, BUSY_TRIES = 0.2, 5
"""A control unit that says "busy" (21) wants to be asked again, and does not say when."""
NAMES = {(500, False): PROTOCOLS["6"], (500, True): PROTOCOLS["7"], (250, False): PROTOCOLS["8"],
         (250, True): PROTOCOLS["9"]}  # fmt: skip
"""By the names that scan tools use for them."""
PROBE = j1979.Request(j1979.LIVE, (0x00,))
OTHER_PROBE = j1979.Request(j1979.BY_IDENTIFIER, (0xF810,))
"""A vehicle that answers this one alone speaks ISO 27145."""
NOTHING: frozenset[int] = frozenset()


class Iso15765Reader:
    """A CAN interface on the vehicle's diagnostic connector."""

    def __init__(self, device: str, link: CanLink, pace: Pace) -> None:
        self.device = device
        self.exchange = CanLine(device, link, pace)
        self._link = link
        self._pace = pace
        self._extended = False
        self._bitrate_kbit = 0
        self._items: dict[int, frozenset[int]] = {}
        """Control unit -> the live-data items that it says it has."""
        self._questions: Questions | None = None

    async def open(self) -> None:
        """Open the adapter. It stays off the bus until a vehicle is to be found."""
        await self._link.open()

    async def identify(self) -> Identity:
        """Return what the adapter said about itself when it was opened."""
        return Identity(None, None, self._link.firmware)

    async def close(self) -> None:
        """Leave the vehicle's bus if the adapter is still there, and close it."""
        if self._questions is not None:
            with contextlib.suppress(DeviceError):
                await self.disconnect()
        await self._link.close()

    async def connect(self) -> str:
        """Find the vehicle's protocol; NoReplyError when no control unit answers."""
        doing = "find the vehicle's protocol"
        self._questions = None
        errors: list[str] = []
        for bitrate_kbit in self._link.bitrates:
            await self._link.join(bitrate_kbit)
            for extended in (False, True):
                self._bitrate_kbit, self._extended, self._items = bitrate_kbit, extended, {}
                if await self._somebody_answers(doing):
                    self._questions = Questions(self._ask, can=True)
                    await self._questions.learn_items()
                    return NAMES[self._bitrate_kbit, self._extended]
            state = await self._link.check(doing)
            if state.disturbed:
                raise NotReadyError(self.device, doing, f"the bus is disturbed ({state.errors}): bit rate or wiring")
            errors += [f" ({state.errors})"] if state.errors else []
        await self._link.leave()
        silent = "no control unit answers; is the ignition on and the plug seated?"
        raise NoReplyError(self.device, doing, silent + "".join(dict.fromkeys(errors)))

    async def read_check(self) -> ObdFacts:
        """Read everything that the OBD check needs."""
        questions = self._connected("read OBD facts")
        try:
            return await questions.read_check(NAMES[self._bitrate_kbit, self._extended])
        except NoAnswerError as error:
            raise NoReplyError(self.device, "read OBD facts", str(error)) from error
        except FrameError as error:
            raise GarbledReplyError(self.device, "read OBD facts", str(error)) from error

    async def read_live(self) -> ObdLive:
        """Take one look at the live data stream."""
        questions = self._connected("read live data")
        try:
            return await questions.read_live()
        except FrameError as error:
            raise GarbledReplyError(self.device, "read live data", str(error)) from error

    async def disconnect(self) -> None:
        """Leave the vehicle's bus."""
        self._questions = None
        self._items = {}
        await self._link.leave()

    def _connected(self, doing: str) -> Questions:
        if self._questions is None:
            raise NotReadyError(self.device, doing, "no vehicle is connected")
        return self._questions

    async def _somebody_answers(self, doing: str) -> bool:
        """Probe with mode 01 item 00; damage means that somebody is there, and the questions that follow will tell."""
        for _ in range(TRIES):
            heard = await self._request(PROBE)
            if heard.answers or heard.damage:
                return True
        if (await self._request(OTHER_PROBE)).answers:
            what = "the vehicle speaks ISO 27145 alone, which is not read here; use a scan tool that does"
            raise RefusedError(self.device, doing, what)
        return False

    async def _ask(self, request: j1979.Request, doing: str) -> list[EcuAnswer]:
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
            raise NotReadyError(self.device, doing, "a control unit says that it is busy")
        if heard.damage:
            raise GarbledReplyError(self.device, doing, "; ".join(heard.damage))
        if heard.nobody and heard.strays:
            stray = heard.strays[0].message.hex(" ")
            raise GarbledReplyError(self.device, doing, f"answered {stray}: another question")
        if heard.nobody:
            await self._still_there(doing)
        if heard.missing and request.items == (j1979.PID_MONITORS,):
            units = ", ".join(f"{can_id:X}" for can_id in sorted(heard.missing))
            raise NoReplyError(self.device, doing, f"control unit {units} has fallen silent")
        self._learn(request, heard)
        return [EcuAnswer(f"{answer.can_id:X}", answer.message) for answer in heard.answers]

    def _who_answers(self, request: j1979.Request) -> tuple[frozenset[int], frozenset[int]]:
        """Return the units that have promised an answer, and all that may give one."""
        everybody = frozenset(self._items)
        if request.service != j1979.LIVE or request.items[0] in j1979.MASK_PIDS:
            return NOTHING, everybody
        return frozenset(unit for unit, items in self._items.items() if request.items[0] in items), NOTHING

    def _learn(self, request: j1979.Request, heard: Hearing) -> None:
        if request.service != j1979.LIVE or request.items[0] not in j1979.MASK_PIDS:
            return
        for answer in heard.answers:
            with contextlib.suppress(FrameError):  # whoever asked decodes it too, and says what is wrong
                told = j1979.decode_response(answer.message)
                if isinstance(told, j1979.Supported):
                    self._items[answer.can_id] = self._items.get(answer.can_id, NOTHING) | told.items

    async def _still_there(self, doing: str) -> None:
        """Raise unless the vehicle answers the probe; an adapter that restarted is brought back onto the bus first."""
        await self._link.check(doing)
        await self._link.join(self._bitrate_kbit)
        for _ in range(TRIES):
            if not (await self._request(PROBE, hoped=frozenset(self._items))).nobody:
                return
        state = await self._link.check(doing)
        if state.disturbed:
            raise GarbledReplyError(self.device, doing, f"the bus is disturbed ({state.errors})")
        raise NoReplyError(self.device, doing, "the vehicle answers no more; is the plug seated?")

    async def _request(
        self, request: j1979.Request, promised: frozenset[int] = NOTHING, hoped: frozenset[int] = NOTHING
    ) -> Hearing:
        """Put one request to every control unit and hear what comes, giving each leave to go on."""
        message = j1979.encode_request(request)
        self._link.purge()
        await self.exchange.send(request_frame(message, extended=self._extended))
        heard = Hearing(message, self._pace.now_ms(), extended=self._extended, promised=promised, hoped=hoped)
        while (left_ms := heard.left_ms(self._pace.now_ms())) > 0:
            frame = await self.exchange.receive(left_ms / 1000)
            leave = heard.hear(frame, self._pace.now_ms()) if frame is not None else None
            if leave is not None:
                await self.exchange.send(leave)
        heard.close()
        return heard


def build(device: str, settings: Iso15765Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a CAN interface."""
    return Iso15765Reader(device, make_link(device, settings, transport, pace), pace)
