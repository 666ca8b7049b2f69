"""The AK protocol of exhaust gas racks (AVL, HORIBA, CAI, Emerson, Servomex ...): telegrams as text, both directions.

A command is STX, a byte nobody cares about, four letters, a channel (K0: all of it), data, ETX; an answer repeats the
letters and tells an error digit that changes with the error status: 0 for none. Letters that are not known come back
as ????; BS, OF, SE, DF and NA in the place of data are refusals. A value that is not valid bears a #. Nothing closes a
telegram: a damaged digit is not seen here. Six manuals agree on the frame and on the codes below; which channels
there are, in which order and which unit, is a matter of the installation. Does not know ports, time, or units.
"""

import re
from dataclasses import dataclass

from protocols.captured import Captured, Explained
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply

STX, ETX = 0x02, 0x03
UNKNOWN = "????"
REFUSALS = {
    "BS": "busy",
    "OF": "offline",
    "SE": "syntax_error",
    "DF": "data_error",
    "NA": "not_available",
}
NAMES = {
    "ASTZ": "read_status",
    "ASTF": "read_errors",
    "AKON": "read_concentrations",
    "AKEN": "read_identity",
    "AKFG": "read_channels",
    "AKAK": "read_calibration_gases",
    "AKAL": "read_deviations",
    "SREM": "go_remote",
    "SMAN": "go_manual",
    "STBY": "stand_by",
    "SPAU": "pause",
    "SNGA": "zero_gas",
    "SEGA": "span_gas",
    "SMGA": "sample_gas",
    "SATK": "calibrate_by_itself",
    "SLEC": "check_leak",
    "SSPL": "purge",
    "SRES": "reset",
    "SINT": "integrate",
    "SINA": "end_integration",
}
"""What each code asks for. Of these, ``A...`` change nothing in the device."""
COMPONENTS = {"CO": "co", "CO2": "co2", "O2": "o2", "HC": "hc", "NO": "no", "NOX": "nox", "NO2": "no2"}
"""Components by the names that devices give them."""
LONGEST = 512
_CODE = re.compile(r"[A-Z?][A-Z0-9?]{3}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([Ee][+-]?\d{1,3})?", re.ASCII)
_CHANNEL = re.compile(r"K(\d{1,2})", re.ASCII)
_SHORTEST = 9
"""STX, the first byte, four letters, a space, one sign, ETX."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command to one channel, or to the whole device (0)."""

    code: str
    channel: int = 0
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the code that it answers, the error digit, and what stands behind."""

    code: str
    error: int
    fields: tuple[str, ...] = ()

    @property
    def refusal(self) -> str | None:
        """The word of a refusal; None where this is none. A channel's number may stand before it."""
        if self.code == UNKNOWN:
            return "unknown_command"
        if not 1 <= len(self.fields) <= 2 or (len(self.fields) == 2 and not self.fields[0].lstrip("K").isdecimal()):
            return None
        return REFUSALS.get(self.fields[-1])


def numbers(fields: tuple[str, ...]) -> tuple[float | None, ...]:
    """Return the concentrations of an answer: None for one that is not valid or not available."""
    return tuple(_number(field) for field in fields)


def components(fields: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the components that an answer lists, in its order; None where it lists none, or one of another name.

    A configuration lists each with its channel: ``CO K1 CO2 K2``.
    """
    listed = [field.upper() for field in fields if not _CHANNEL.fullmatch(field)]
    if not listed or not all(name in COMPONENTS for name in listed):
        return None
    return tuple(COMPONENTS[name] for name in listed)


# --- commands ---------------------------------------------------------------------------------------------------


def encode_command(command: Command) -> bytes:
    """Encode one command."""
    return _encode(command.code, f"K{command.channel}", *command.fields)


def decode_command(frame: bytes) -> Command:
    """Decode one whole command."""
    code, first, fields = _parts(frame)
    channel = _CHANNEL.fullmatch(first)
    if channel is None:
        raise UnknownFrameError(f"{first!r} names no channel")
    return Command(code, int(channel[1]), fields)


class Commands(FrameCutter[Command]):
    """Cuts what a host sends into commands; what is none is passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a telegram is that begins like this."""
        return _length(begun)

    def decode(self, frame: bytes) -> Command:
        """Read one command."""
        return decode_command(frame)


# --- answers ----------------------------------------------------------------------------------------------------


def encode_answer(answer: Answer) -> bytes:
    """Encode one answer as the device would send it."""
    if not 0 <= answer.error <= 9:
        raise ValueRangeError(f"{answer.error} is no digit")
    return _encode(answer.code, str(answer.error), *answer.fields)


def decode_answer(code: str | None, frame: bytes) -> Answer:
    """Decode one whole answer to this code."""
    own, error, fields = _parts(frame)
    if len(error) != 1 or error not in "0123456789":
        raise UnknownFrameError(f"{error!r} is no error digit")
    if code is not None and own not in (code, UNKNOWN):
        raise UnknownFrameError(f"{own} answers another question than {code}")
    return Answer(own, int(error), fields)


class AnswerFramer(OneReply[Answer]):
    """Finds the one answer to one command."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code

    def length(self, begun: bytes) -> int | None:
        """Tell how long a telegram is that begins like this."""
        return _length(begun)

    def decode(self, frame: bytes) -> Answer:
        """Read one answer."""
        return decode_answer(self._code, frame)


# --- telegrams --------------------------------------------------------------------------------------------------


def _length(begun: bytes) -> int | None:
    """Every STX begins a new telegram: an unfinished one before it is void."""
    if begun[0] != STX:
        return 0
    end, again = begun.find(ETX), begun.find(STX, 1)
    if again >= 0 and (end < 0 or again < end):
        return 0
    if end < 0:
        return None if len(begun) < LONGEST else 0
    return end + 1


def _encode(code: str, *words: str) -> bytes:
    if not _CODE.fullmatch(code) or any(not word or not word.isascii() or not word.isprintable() for word in words):
        raise ValueRangeError(f"{code} {' '.join(words)} cannot be written")
    text = " ".join((code, *words))
    if " " in "".join(words) or len(text) > LONGEST - 3:
        raise ValueRangeError("a word has no spaces, and a telegram an end")
    return bytes([STX]) + b" " + text.encode("ascii") + bytes([ETX])


def _parts(frame: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Return the code, the word behind it, and the rest."""
    if not _SHORTEST <= len(frame) <= LONGEST:
        raise FrameLengthError(f"no telegram has {len(frame)} bytes")
    if frame[0] != STX or frame[-1] != ETX or frame[6:7] != b" ":
        raise UnknownFrameError("a telegram is STX, a byte, four letters, a space, words, ETX")
    text = frame[2:-1]
    if any(not 0x20 <= byte <= 0x7E for byte in text):
        raise UnknownFrameError("a telegram is text")
    code, words = text[:4].decode("ascii"), text[5:].decode("ascii").split()
    if not _CODE.fullmatch(code) or not words:
        raise UnknownFrameError(f"{code!r} is no code, or nothing stands behind it")
    return code, words[0], tuple(words[1:])


def _number(field: str) -> float | None:
    if field.startswith("#") or field in REFUSALS or field.lower() in ("nan", "inf", "-inf"):
        return None
    if not _NUMBER.fullmatch(field):
        raise UnknownFrameError(f"{field!r} is no number")
    return float(field)


def explain(captured: Captured) -> Explained:
    """Explain one captured telegram. Which concentration is which stands in the lane file alone."""
    if captured.to_device:
        command = decode_command(captured.frame)
        flags = () if command.code in NAMES else ("unknown_to_this_program",)
        texts = {"data": " ".join(command.fields)} if command.fields else {}
        return Explained(NAMES.get(command.code, command.code), {"channel": float(command.channel)}, flags, texts)
    code = decode_command(captured.request).code if captured.request else None
    answer = decode_answer(code, captured.frame)
    values: dict[str, float | None] = {"error_digit": float(answer.error)}
    if answer.refusal is not None:
        return Explained("refused", values, (answer.refusal,))
    kind = NAMES.get(answer.code, answer.code)
    if answer.code == "AKON":
        told = numbers(answer.fields)
        return Explained(kind, values | {f"value_{n}": value for n, value in enumerate(told, start=1)})
    return Explained(kind, values, texts={"data": " ".join(answer.fields)} if answer.fields else {})
