"""The text dialogue of an ELM327 scan tool: commands one way, answers up to the prompt the other.

Knows how commands and answers are written, every text with which the tool says that something went wrong, and how lines
become messages: with and without headers, with and without spaces, several frames, several control units, CAN or older.
Does not know ports, time, which commands follow each other, or what a message of a control unit means.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protocols.errors import FrameError, FrameLengthError, SequenceError, UnknownFrameError, ValueRangeError
from protocols.iso_tp import Assembler, segment

PROMPT, CR, LF = b">", b"\r", b"\n"
LONGEST_COMMAND, LONGEST_ANSWER = 64, 32768
PROTOCOLS = {
    "1": "SAE J1850 PWM",
    "2": "SAE J1850 VPW",
    "3": "ISO 9141-2",
    "4": "ISO 14230-4 KWP 5-baud",
    "5": "ISO 14230-4 KWP fast",
    "6": "ISO 15765-4 CAN 11/500",
    "7": "ISO 15765-4 CAN 29/500",
    "8": "ISO 15765-4 CAN 11/250",
    "9": "ISO 15765-4 CAN 29/250",
    "A": "SAE J1939",
}
CAN_PROTOCOLS = frozenset("6789")

TESTER = 0xF1
_SHORTEST_OLD, _KWP_ADDRESSED, _KWP_LENGTH = 5, 0x80, 0x3F
"""ISO 14230: the first byte says that addresses follow, and how long the message is (0: a byte of its own says it)."""

TROUBLES = {
    "NO DATA": "no_data",
    "UNABLE TO CONNECT": "unable_to_connect",
    "CAN ERROR": "can_error",
    "BUS ERROR": "bus_error",
    "BUS BUSY": "bus_busy",
    "FB ERROR": "feedback_error",
    "DATA ERROR": "data_error",
    "BUFFER FULL": "buffer_full",
    "STOPPED": "stopped",
    "ACT ALERT": "activity_alert",
    "LV RESET": "low_voltage_reset",
    "LP ALERT": "low_power_alert",
    "FC RX TIMEOUT": "flow_control_missed",
    "OUT OF MEMORY": "out_of_memory",
    "UART RX OVERFLOW": "command_lost",
    "ERR94": "tool_reset",
    "?": "not_understood",
}
"""What the tool says instead of an answer, or behind one (``!`` before an alert, ``<`` before a damaged line's error)
-> our word for it. The last three before the last are of STN chips; any other ``ERR`` with two digits is
``tool_fault``."""


# --- commands ---------------------------------------------------------------------------------------------------


def encode_command(text: str) -> bytes:
    """Encode one command line: an AT command, or a request of a control unit in hex."""
    if not text.isascii() or not text.isprintable() or not 0 < len(text) <= LONGEST_COMMAND:
        raise ValueRangeError(f"{text!r} is no command line")
    return text.encode("ascii") + CR


def encode_obd(message: bytes) -> bytes:
    """Encode the request of a control unit."""
    return encode_command(message.hex().upper())


@dataclass(frozen=True, slots=True)
class Command:
    """One command as the tool understands it: no spaces, capitals; ``message`` when it is a request in hex."""

    text: str
    message: bytes | None

    @property
    def at(self) -> str | None:
        """What stands behind AT; None for a request."""
        return self.text[2:] if self.text.startswith("AT") else None


def decode_command(line: bytes) -> Command:
    """Decode one command line, with or without its CR. An odd last digit is the number of answers to wait for."""
    text = line.rstrip(b"\r\n").decode("ascii", "replace").upper().replace(" ", "")
    if not text or len(text) > LONGEST_COMMAND or not text.isprintable() or not text.isascii():
        raise UnknownFrameError(f"{line!r} is no command line")
    if text.startswith("AT"):
        return Command(text, None)
    if not re.fullmatch(r"[0-9A-F]{2,}", text):
        raise UnknownFrameError(f"{text!r} is neither an AT command nor hex")
    return Command(text, bytes.fromhex(text[: len(text) // 2 * 2]))


class CommandFramer:
    """Cut what a host sends into command lines (the tool's side of the wire)."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return each line that this chunk completes, without its CR; LF and NUL are ignored, overlong lines cut."""
        lines = []
        for byte in chunk:
            if byte == CR[0]:
                lines.append(bytes(self._pending))
                self._pending.clear()
            elif byte not in (0, LF[0]) and len(self._pending) <= LONGEST_COMMAND:
                self._pending.append(byte)
        return lines


# --- answers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one control unit; ``ecu`` is its identifier in hex, None when headers are off."""

    ecu: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything between a command and the prompt."""

    messages: tuple[Message, ...] = ()
    troubles: tuple[str, ...] = ()
    """Our words for what the tool complains about; see TROUBLES."""
    texts: tuple[str, ...] = ()
    """Lines that are neither: OK, a version, a protocol number."""
    searched: bool = False

    @property
    def ok(self) -> bool:
        """True for a plain OK."""
        return "OK" in self.texts and not self.troubles


class AnswerFramer:
    """Cut what a tool sends into answers, at the prompt. What comes after the first prompt is surplus."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self.surplus = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return each answer that this chunk completes, without its prompt."""
        self._pending += chunk
        *answers, rest = bytes(self._pending).split(PROMPT)
        self._pending = bytearray(rest[-LONGEST_ANSWER:])
        self.surplus = len(rest)
        return [answer[-LONGEST_ANSWER:] for answer in answers]


def decode_lines(answer: bytes, command: str | None = None) -> list[str]:
    """Return the lines of an answer without the prompt, empty lines, NULs, and the echo of the command."""
    text = answer.replace(b"\x00", b"").replace(PROMPT, b"").decode("ascii", "replace")
    lines = [line for each in _LINE_ENDS.split(text) if (line := each.strip())]
    if command is not None and lines and _squeeze(lines[0]) == _squeeze(command):
        del lines[0]
    return lines


def decode_answer(answer: bytes, *, command: str | None = None, headers: bool = True, can: bool = True) -> Answer:
    """Decode a whole answer. Damaged or incomplete messages raise; complaints of the tool become troubles.

    ``headers`` says whether ATH1 is set, ``can`` whether the vehicle speaks CAN (lines carry identifier and PCI) or an
    older bus (three header bytes and a checksum).
    """
    hex_lines: list[str] = []
    troubles: list[str] = []
    texts: list[str] = []
    searched = False
    for line in decode_lines(answer, command):
        rest, was_search = _without_search(line)
        searched |= was_search
        trouble = _trouble(rest)
        if trouble:
            troubles.append(trouble)
        elif _is_data(rest):
            hex_lines.append(rest)
        elif rest:
            texts.append(rest)
    try:
        messages = _messages(hex_lines, headers, can)
    except FrameError:
        if not troubles:
            raise
        messages = ()  # the tool itself has said why the lines are damaged
    return Answer(messages, tuple(troubles), tuple(texts), searched)


def encode_lines(lines: Iterable[str], *, linefeeds: bool = False, echo: str | None = None) -> bytes:
    """Write an answer as the tool does: each line ended by CR, an empty line, the prompt."""
    end = "\r\n" if linefeeds else "\r"
    head = "" if echo is None else echo + "\r"
    return (head + "".join(line + end for line in lines) + end + ">").encode("ascii")


def encode_message(message: Message, *, headers: bool = True, spaces: bool = False) -> list[str]:
    """Write one CAN message of a control unit as the lines that the tool prints."""
    gap = " " if spaces else ""
    if headers:
        if message.ecu is None:
            raise ValueRangeError("with headers on, a message needs its identifier")
        head = gap.join(re.findall("..", message.ecu)) if len(message.ecu) == 8 else message.ecu
        frames = segment(message.data, padding=None)
        return [head + gap + _spaced(frame, gap) for frame in frames]
    if len(message.data) <= 7:
        return [_spaced(message.data, gap)]
    parts = [message.data[:6]] + [message.data[at : at + 7] for at in range(6, len(message.data), 7)]
    return [f"{len(message.data):03X}"] + [f"{n & 0xF:X}:{gap}{_spaced(part, gap)}" for n, part in enumerate(parts)]


# --- lines to messages ------------------------------------------------------------------------------------------


_LINE_ENDS = re.compile(r"[\r\n]+")
_INDEXED = re.compile(r"([0-9A-F]):([0-9A-F]*)")
_HEX, _WHOLE_BYTES = re.compile(r"[0-9A-F]{3,}"), re.compile(r"(?:[0-9A-F]{2})+")
_BUS_INIT, _SEARCHING = re.compile(r"BUS INIT:\s*\.*\s*(OK|ERROR)?"), re.compile(r"SEARCHING\.*")
_TOOL_FAULT = re.compile(r"ERR\d\d")
_TROUBLE_TEXTS = tuple(text for text in TROUBLES if len(text) > 1)


def _spaced(data: bytes, gap: str) -> str:
    return data.hex(" ").upper().replace(" ", gap)


def _squeeze(line: str) -> str:
    return line.replace(" ", "").upper()


def _without_search(line: str) -> tuple[str, bool]:
    """Cut the progress text, which may stand before an answer on the same line: SEARCHING..., BUS INIT: ...OK."""
    bus = _BUS_INIT.match(line)
    if bus:
        return ("UNABLE TO CONNECT" if bus.group(1) == "ERROR" else line[bus.end() :].strip()), True
    search = _SEARCHING.match(line)
    return (line[search.end() :].strip(), True) if search else (line, False)


def _trouble(line: str) -> str | None:
    if line.lstrip("!") in TROUBLES:
        return TROUBLES[line.lstrip("!")]
    if _TOOL_FAULT.fullmatch(line):
        return "tool_fault"
    if line.endswith(("<DATA ERROR", "<RX ERROR")) or line.startswith(("CAN ERROR", "BUS ERROR", "DATA ERROR")):
        return "data_error" if "DATA" in line or "RX" in line else TROUBLES[line[:9]]
    if not line.endswith(_TROUBLE_TEXTS):
        return None
    return next(TROUBLES[text] for text in _TROUBLE_TEXTS if line.endswith(text))


def _is_data(line: str) -> bool:
    plain = _squeeze(line)
    return bool(_HEX.fullmatch(plain) or _INDEXED.fullmatch(plain))


def _messages(lines: Sequence[str], headers: bool, can: bool) -> tuple[Message, ...]:
    if not headers:
        return _headless(lines)
    return _from_can(lines) if can else tuple(_from_old_bus(line) for line in lines)


def _from_can(lines: Sequence[str]) -> tuple[Message, ...]:
    """Group the lines by identifier, then put each control unit's frames together, in order of completion."""
    assemblers: dict[str, Assembler] = {}
    messages = []
    for line in lines:
        plain = _squeeze(line)
        # Bytes come in pairs of digits, so only the three-digit identifier makes the count odd.
        width = 3 if len(plain) % 2 else 8
        ecu, frame = plain[:width], _bytes(plain[width:])
        data = assemblers.setdefault(ecu, Assembler()).feed(frame)
        if data is not None:
            messages.append(Message(ecu, data))
    unfinished = [ecu for ecu, assembler in assemblers.items() if assembler.busy]
    if unfinished:
        raise SequenceError(f"the message of {', '.join(unfinished)} is not complete")
    return tuple(messages)


def _from_old_bus(line: str) -> Message:
    """Take header and checksum off: three header bytes, four where ISO 14230 has its length in a byte of its own."""
    data = _bytes(_squeeze(line))
    if len(data) < _SHORTEST_OLD:
        raise UnknownFrameError(f"{line!r} is too short for three header bytes, data and a checksum")
    if data[0] & _KWP_ADDRESSED and data[1] == TESTER:
        told, head = data[0] & _KWP_LENGTH or data[3], 3 if data[0] & _KWP_LENGTH else 4
        if len(data) != head + told + 1:
            raise FrameLengthError(f"{line!r} does not hold the {told} bytes that it announces")
        return Message(f"{data[2]:02X}", data[head:-1])
    return Message(f"{data[2]:02X}", data[3:-1])


def _headless(lines: Sequence[str]) -> tuple[Message, ...]:
    """Join parts: a line of three digits announces a longer message, its parts are numbered 0 to F, round and round."""
    messages: list[Message] = []
    wanted, parts, due = 0, bytearray(), 0
    for line in lines:
        plain = _squeeze(line)
        indexed = _INDEXED.fullmatch(plain)
        if not indexed:
            if wanted:
                raise SequenceError(f"{line!r} came before the message was complete")
            if len(plain) == 3:
                wanted, parts, due = int(plain, 16), bytearray(), 0
            else:
                messages.append(Message(None, _bytes(plain)))
            continue
        if not wanted or int(indexed[1], 16) != due & 0xF:
            raise SequenceError(f"{line!r} does not follow; several control units cannot be told apart without headers")
        parts += _bytes(indexed[2])
        due += 1
        if len(parts) >= wanted:
            messages.append(Message(None, bytes(parts[:wanted])))
            wanted = 0
    if wanted:
        raise SequenceError(f"{wanted} bytes are announced, {len(parts)} came")
    return tuple(messages)


def _bytes(digits: str) -> bytes:
    if not _WHOLE_BYTES.fullmatch(digits):
        raise UnknownFrameError(f"{digits!r} is no whole number of bytes")
    return bytes.fromhex(digits)
