"""The weather stations XCE-100 and XCE-101 of XinCheng: short texts, both directions, without any checksum.

Knows the text of a reading (T25.3H55.3P101.3E), the question of an XCE-100, and how an XCE-101 is calibrated, which
this program explains but never does. A digit that the wire changes into another digit is seen by nobody. Does not know
ports, time, or what weather is plausible.
"""

import re
from dataclasses import asdict, dataclass
from enum import Enum

from protocols.captured import Captured, Explain, Explained
from protocols.errors import UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply
from protocols.weather import NAMES, Weather

LONGEST_TEXT = 24
_NUMBER = rb"(-?\d{1,3}(?:\.\d{1,2})?)"
_TEXT = re.compile(rb"T" + _NUMBER + rb"H" + _NUMBER + rb"P" + _NUMBER + rb"E")
_BEGIN = re.compile(rb"T[-.\dHP]*")
_VALUE = re.compile(rb"B([ \d-]{4})([THP])")
_LETTERS = {b"T": NAMES[0], b"H": NAMES[1], b"P": NAMES[2]}
_WORD_BYTES, _CALIBRATE_BYTES = 4, 6


class Question(Enum):
    """What a host can ask for besides a calibration's value."""

    READ = b"W\n"
    CALIBRATE = b"K"


class Word(Enum):
    """What an XCE-101 says to a calibration."""

    CALIBRATING = b"BDZB"
    TAKEN = b"BDCG"
    FAILED = b"BDSB"


@dataclass(frozen=True, slots=True)
class TrueValue:
    """The true value of one quantity, as a calibration tells it to the station."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Model:
    """What a model is asked: an XCE-101 speaks unasked and can be calibrated."""

    name: str
    questions: frozenset[Question]


XCE_100 = Model("XCE-100", frozenset({Question.READ}))
XCE_101 = Model("XCE-101", frozenset({Question.CALIBRATE}))


# --- what the station says --------------------------------------------------------------------------------------


def encode(said: Weather | Word) -> bytes:
    """Write what the station says, with one decimal."""
    if isinstance(said, Word):
        return said.value
    text = f"T{said.ambient_temp_c:.1f}H{said.humidity_pct:.1f}P{said.pressure_kpa:.1f}E".encode()
    if not _TEXT.fullmatch(text):
        raise ValueRangeError(f"{text!r} has a number that is too long")
    return text


def decode(text: bytes) -> Weather | Word:
    """Read one whole text."""
    return Word(text) if text in [each.value for each in Word] else decode_reading(text)


def decode_reading(text: bytes) -> Weather:
    """Read one whole reading."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise UnknownFrameError(f"{text!r} is not T, H, P with their numbers, and E")
    return Weather(*(float(number) for number in found.groups()))


def _text_length(begun: bytes) -> int | None:
    return _WORD_BYTES if begun[:1] == b"B" else _reading_length(begun)


def _reading_length(begun: bytes) -> int | None:
    if begun[:1] != b"T":
        return 0
    begin = _BEGIN.match(begun[:LONGEST_TEXT])
    length = len(begin[0]) if begin else 0
    if begun[length : length + 1] == b"E":
        return length + 1
    return None if length == len(begun) else 0


class Texts(FrameCutter[Weather | Word]):
    """Cuts what a station says by itself into its texts."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a text is that begins like this."""
        return _text_length(begun)

    def decode(self, frame: bytes) -> Weather | Word:
        """Read one text."""
        return decode(frame)


class ReadingTexts(FrameCutter[Weather]):
    """Cuts what a station says by itself into its readings; other texts are passed over."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reading is that begins like this."""
        return _reading_length(begun)

    def decode(self, frame: bytes) -> Weather:
        """Read one reading."""
        return decode_reading(frame)


class ReadingText(OneReply[Weather]):
    """Finds the one reading that answers a question."""

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reading is that begins like this."""
        return _reading_length(begun)

    def decode(self, frame: bytes) -> Weather:
        """Read one reading."""
        return decode_reading(frame)


# --- what the host says -----------------------------------------------------------------------------------------


def encode_request(request: Question | TrueValue) -> bytes:
    """Write a question, or the true value for a calibration: tenths, four characters wide."""
    if isinstance(request, Question):
        return request.value
    letter = next(letter for letter, name in _LETTERS.items() if name == request.name)
    frame = b"B" + f"{round(request.value * 10):>4d}".encode() + letter
    if not _VALUE.fullmatch(frame):
        raise ValueRangeError(f"{request.value} does not fit into four characters")
    return frame


def decode_request(model: Model, frame: bytes) -> Question | TrueValue:
    """Read one whole question."""
    asked = next((each for each in model.questions if each.value == frame), None)
    if asked is not None:
        return asked
    found = _VALUE.fullmatch(frame) if Question.CALIBRATE in model.questions else None
    if found is None:
        raise UnknownFrameError(f"{frame!r} asks nothing of an {model.name}")
    try:
        return TrueValue(_LETTERS[found[2]], int(found[1]) / 10)
    except ValueError:
        raise UnknownFrameError(f"{found[1]!r} is no number") from None


class Questions(FrameCutter[Question | TrueValue]):
    """Cuts what a host sends into questions (the station's side of the wire)."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model

    def length(self, begun: bytes) -> int | None:
        """Tell how long a question is that begins like this."""
        for question in self._model.questions:
            if question.value[:1] == begun[:1]:
                return len(question.value)
        return _CALIBRATE_BYTES if begun[:1] == b"B" and Question.CALIBRATE in self._model.questions else 0

    def decode(self, frame: bytes) -> Question | TrueValue:
        """Read one question."""
        return decode_request(self._model, frame)


def explainer(model: Model) -> Explain:
    """Return the function that explains texts of this model."""

    def explain(captured: Captured) -> Explained:
        if captured.to_device:
            asked = decode_request(model, captured.frame)
            if isinstance(asked, Question):
                return Explained(asked.name.lower())
            return Explained("true_value", {asked.name: asked.value})
        said = decode(captured.frame)
        if isinstance(said, Word):
            return Explained("calibration", flags=(said.name.lower(),))
        return Explained("weather", asdict(said))

    return explain
