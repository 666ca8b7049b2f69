"""Scan tool on an ELM327 (or one that talks like it), in the role ObdReader.

Knows how the tool is prepared, how the vehicle's protocol is found, and what to do about the tool's complaints.
Does not know which questions a check needs (see questions), what it concludes, or how often it is read.
"""

import contextlib
from typing import Literal

from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.obd.questions import EcuAnswer, Questions
from drivers.obd.reader import ConnectedReads, Vehicle
from drivers.pace import Pace
from drivers.readings import ObdFacts, ObdLive
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols import j1979
from protocols.elm327 import CAN_PROTOCOLS, PROTOCOLS, Answer, AnswerFramer, decode_answer, encode_command
from protocols.errors import FrameError
from protocols.obd_dialects import J1979_PROBE, WWH_PROBE, J1979Dialect, ObdDialect, WwhDialect, belongs, refusal

RESET_TIMEOUT_S, COMMAND_TIMEOUT_S = 3.0, 1.0
SEARCH_TIMEOUT_S, REQUEST_TIMEOUT_S = 15.0, 5.0
"""The tool itself ends a search or a request; these bounds are for a tool that died."""
REPEATS = 1
PENDING_WAIT_S, PENDING_ROUNDS = 1.0, 5
"""A control unit that says "wait" (78) is asked again after this time, this often."""
PREPARATION = ("ATE0", "ATL0", "ATS0", "ATH1", "ATCAF1")
SEARCH = ("ATSP0", "ATTP6", "ATTP7", "ATTP8", "ATTP9")
"""Automatic first; then each CAN variant by name, for tools whose automatic search gives up early."""
ON_CAN = frozenset(SEARCH[1:])
"""Only here is ISO 27145 asked for: an automatic search uses a question of its own."""
SPOKEN = frozenset("123456789")
"""What is read through this tool. SAE J1939 is not: its broadcasts want a CAN interface."""
USUAL = frozenset({"no_data", "unable_to_connect"})
RESTARTED = frozenset({"low_voltage_reset", "low_power_alert", "tool_reset"})
"""The tool has lost its settings, or is about to."""
GREETING = "ELM327"
DOING = "find the vehicle's protocol"


class Elm327Settings(Strict):
    """An ELM327 on a serial port."""

    driver: Literal["elm327"]
    port: PortName
    baud: Literal[9600, 38400, 115200] = 38400


class Elm327Reader(ConnectedReads):
    """A scan tool on the vehicle's diagnostic connector."""

    def __init__(self, device: str, exchange: Exchange, pace: Pace) -> None:
        super().__init__(device)
        self.exchange = exchange
        self._pace = pace
        self._identity = Identity(None, None, None)
        self._digit: str | None = None

    async def open(self) -> None:
        """Open the port, reset the tool and prepare it: no echo, no spaces, with headers."""
        await self.exchange.open()
        greeting = await self._command("ATZ", RESET_TIMEOUT_S)
        version = next((text for text in greeting.texts if GREETING in text.upper()), None)
        if version is None:
            said = " / ".join(greeting.texts) or "nothing readable"
            raise WrongDeviceError(self.device, "reset", f"a scan tool says ELM327, this one says {said}")
        for command in PREPARATION:
            await self._expect_ok(command)
        described = await self._command("AT@1")
        model = described.texts[0] if described.texts and not described.troubles else None
        self._identity = Identity(model, None, version)

    async def identify(self) -> Identity:
        """Return what the tool said about itself when it was opened."""
        return self._identity

    async def close(self) -> None:
        """Leave the vehicle's bus if the tool still listens, and close the port."""
        if self._vehicle is not None:
            with contextlib.suppress(DeviceError):
                await self.disconnect()
        await self.exchange.close()

    async def connect(self) -> str:
        """Find the vehicle's protocol; NoReplyError when no control unit answers on any."""
        self._vehicle, self._digit, said = None, None, set[str]()
        for command in SEARCH:
            try:
                await self._expect_ok(command)
            except NoReplyError as error:  # the tool itself is silent: that says nothing about the car
                raise NotReadyError(self.device, DOING, "the scan tool does not answer; check its power") from error
            for probe in (J1979_PROBE, WWH_PROBE) if command in ON_CAN else (J1979_PROBE,):
                if await self._somebody_answers(probe, said):
                    self._vehicle = await self._meet(probe)
                    return self._vehicle.protocol
        heard = f" (the tool says {', '.join(sorted(said))})" if said else ""
        asked = "no control unit answers; is the ignition on and the plug seated?"
        raise NoReplyError(self.device, DOING, asked + heard)

    async def disconnect(self) -> None:
        """Leave the vehicle's bus."""
        self._vehicle = self._digit = None
        await self._command("ATPC")

    async def _meet(self, probe: bytes) -> Vehicle:
        self._digit = await self._protocol_digit()
        if self._digit not in SPOKEN:
            what = f"the vehicle speaks {PROTOCOLS[self._digit]}, which a CAN interface reads (j1939-can)"
            raise RefusedError(self.device, DOING, what)
        can = self._digit in CAN_PROTOCOLS
        dialect: ObdDialect = WwhDialect() if probe == WWH_PROBE else J1979Dialect(can=can)
        name = PROTOCOLS[self._digit]
        protocol = name.replace("ISO 15765-4", dialect.name) if probe == WWH_PROBE else name
        questions = Questions(self._ask, dialect, checked=False, numbered=not can)
        await questions.learn_items()
        return ToolsVehicle(protocol, questions)

    async def _expect_ok(self, command: str) -> None:
        answer = await self._command(command)
        if not answer.ok:
            raise RefusedError(self.device, command, f"answered {', '.join(answer.troubles + answer.texts)}")

    async def _command(self, command: str, timeout_s: float = COMMAND_TIMEOUT_S) -> Answer:
        return self._decode(command, await self._send(command, command, timeout_s), command)

    async def _send(self, line: str, doing: str, timeout_s: float) -> bytes:
        return await self.exchange.ask(encode_command(line), AnswerFramer, doing, timeout_s=timeout_s, repeats=REPEATS)

    def _decode(self, line: str, answer: bytes, doing: str) -> Answer:
        try:
            return decode_answer(answer, command=line, can=self._digit is None or self._digit in CAN_PROTOCOLS)
        except FrameError as error:
            raise GarbledReplyError(self.device, doing, str(error)) from error

    async def _somebody_answers(self, probe: bytes, said: set[str]) -> bool:
        """Probe. Which bus it is, and so how its lines read, is not known yet."""
        line = probe.hex().upper()
        raw = await self._send(line, DOING, SEARCH_TIMEOUT_S)
        try:
            answer = decode_answer(raw, command=line)
        except FrameError:
            return probe == J1979_PROBE  # lines of an older bus, or damage: the questions that follow will tell
        self._complain(answer, DOING)
        said |= set(answer.troubles) - USUAL
        return any(belongs(message.data, probe) for message in answer.messages)

    async def _protocol_digit(self) -> str:
        answer = await self._command("ATDPN")
        digit = answer.texts[0][-1:].upper() if answer.texts else ""
        if digit not in PROTOCOLS:
            raise GarbledReplyError(self.device, DOING, f"no protocol number in {answer}")
        return digit

    async def _ask(self, request: bytes, doing: str) -> list[EcuAnswer]:
        """Carry one request (see questions.Ask); a control unit that says "wait" is asked again."""
        answers: list[EcuAnswer] = []
        for _ in range(PENDING_ROUNDS):
            try:
                answers, pending = await self._ask_once(request, doing)
            except GarbledReplyError:  # noise on one of three wires; a second time is no accident
                answers, pending = await self._ask_once(request, doing)
            if not pending:
                break
            await self._pace.sleep(PENDING_WAIT_S)
        return answers

    async def _ask_once(self, request: bytes, doing: str) -> tuple[list[EcuAnswer], bool]:
        line = request.hex().upper()
        answer = self._decode(line, await self._send(line, doing, REQUEST_TIMEOUT_S), doing)
        self._complain(answer, doing)
        if "unable_to_connect" in answer.troubles:
            raise NoReplyError(self.device, doing, "the tool has lost the vehicle; is the plug seated?")
        damage = set(answer.troubles) - {"no_data"}
        if damage:
            raise GarbledReplyError(self.device, doing, f"the tool says {', '.join(sorted(damage))}")
        if answer.texts or not (answer.messages or answer.troubles):
            said = " / ".join(answer.texts) or "nothing at all"
            raise GarbledReplyError(self.device, doing, f"the tool says {said} instead of an answer")
        answers = [EcuAnswer(m.ecu or "", m.data) for m in answer.messages if m.data[:1] != b"\x7f"]
        strange = [found for found in answers if not belongs(found.data, request)]
        if strange:
            raise GarbledReplyError(self.device, doing, f"answered {strange[0].data.hex(' ')}: another question")
        waiting = {m.ecu for m in answer.messages if refusal(m.data, request) == j1979.RESPONSE_PENDING}
        return answers, bool(waiting - {found.ecu for found in answers})

    def _complain(self, answer: Answer, doing: str) -> None:
        """Raise for what no repetition cures."""
        if RESTARTED & set(answer.troubles) or any(GREETING in text.upper() for text in answer.texts):
            raise NotReadyError(self.device, doing, "the tool restarted or falls asleep; check its plug and its supply")
        if "not_understood" in answer.troubles:
            raise RefusedError(self.device, doing, "the tool does not understand the request")


class ToolsVehicle:
    """A vehicle that the tool is connected to."""

    def __init__(self, protocol: str, questions: Questions) -> None:
        self.protocol = protocol
        self._questions = questions

    async def read_check(self) -> ObdFacts:
        """Read everything that the OBD check needs."""
        return await self._questions.read_check(self.protocol)

    async def read_live(self) -> ObdLive:
        """Take one look at the data list."""
        return await self._questions.read_live()


def build(device: str, settings: Elm327Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an ELM327."""
    line = transport or SerialPort(settings.port, settings.baud, device=device)
    return Elm327Reader(device, Exchange(device, line, pace), pace)
