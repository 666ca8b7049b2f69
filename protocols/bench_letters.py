"""What hosts ask of benches that are told by letters and numbered variables (Nanhua NHC-03, MAHA ASM-P), in one form.

Knows the letters, what the numbered variables are called, the answers, and what a dialect has to offer. Of the letters
only those are named whose meaning is published. Does not know any frame, ports, time, or which force is right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from math import isfinite

from protocols.captured import Captured, Explain, Explained
from protocols.dialect import AnswerFramer, Framer
from protocols.errors import ValueRangeError

LARGEST_SPEED_KMH, LARGEST_FORCE_N, LARGEST_POWER_KW = 400.0, 60_000.0, 1_000.0
"""No bench shows more: such a number is damage."""
ASK_LOOK, ASK_STATUS, READ_VARIABLE, WRITE_VARIABLE = "C", "D", "E", "F"
LIFT_UP_BIT, LIFT_DOWN_BIT = 0, 1


class Control(Enum):
    """What a bench can be told by one letter, as far as it is published."""

    RELEASE = "0"
    CONSTANT_SPEED = "1"
    CONSTANT_FORCE = "2"
    ROAD_LOAD = "3"
    ASM_POWER = "4"
    LIFT_UP = "5"
    LIFT_DOWN = "6"
    CONSTANT_POWER = "7"
    RESET_DISTANCE = "9"
    TIMER_1_ON = "H"
    TIMER_1_OFF = "I"
    MOTOR_ON = "J"
    MOTOR_OFF = "K"
    VARIABLE_LOAD = "Q"
    TIMER_2_ON = "R"
    TIMER_2_OFF = "S"
    CONSTANT_ACCELERATION = "W"
    RESPONSE_TEST_1 = "a"
    RESPONSE_TEST_2 = "b"
    RESPONSE_TEST_3 = "c"


@dataclass(frozen=True, slots=True)
class Variable:
    """A numbered variable: value in our unit = what travels x scale."""

    name: str
    scale: float = 1.0
    unit: str = ""
    """As it is written on the wire, where the dialect writes units."""
    decimals: int = 0


SPEED, FORCE, POWER = "speed_setpoint_kmh", "force_setpoint_n", "power_setpoint_kw"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question without an argument: ``C`` for power, force and speed, ``D`` for the status."""

    letter: str


@dataclass(frozen=True, slots=True)
class Read:
    """The question for a variable."""

    number: int


@dataclass(frozen=True, slots=True)
class Write:
    """A variable's new value, as it travels."""

    number: int
    value: float


@dataclass(frozen=True, slots=True)
class Order:
    """A letter that is an order. ``control`` is None for one whose meaning is not published."""

    letter: str

    @property
    def control(self) -> Control | None:
        """What it means."""
        return next((each for each in Control if each.value == self.letter), None)


LOOK, STATUS = Ask(ASK_LOOK), Ask(ASK_STATUS)
Request = Ask | Read | Write | Order


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the rollers."""

    power_kw: float
    force_n: float
    speed_kmh: float


@dataclass(frozen=True, slots=True)
class Status:
    """The status bits. Two are published: the lift's end switches; neither means that it moves."""

    bits: int

    @property
    def lift(self) -> str:
        """``up``, ``down`` or ``moving``."""
        if self.bits >> LIFT_UP_BIT & 1:
            return "up"
        return "down" if self.bits >> LIFT_DOWN_BIT & 1 else "moving"


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable holds, as it travels."""

    value: float


class Word(Enum):
    """An answer of a single byte."""

    TAKEN = 0x06
    REFUSED = 0x15


Reply = Look | Status | Value | Word


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one bench says all this on its wire."""

    name: str
    variables: Mapping[int, Variable]
    encode_request: Callable[[Request], bytes]
    decode_request: Callable[[bytes], Request]
    request_framer: Callable[[], Framer[Request]]
    encode_reply: Callable[[Request, Reply], bytes]
    """Also needs the question: it tells which variable a value belongs to."""
    decode_reply: Callable[[Request | None, bytes], Reply]
    reply_framer: Callable[[Request], AnswerFramer[Reply]]
    force: Callable[[float], tuple[Write, ...]]
    """What has to be written for a brake force in N; ValueRangeError for one that does not fit."""
    speed: Callable[[float], tuple[Write, ...]]
    """The same for a speed in km/h."""
    loss_compensation: int | None = None
    """Variable that says whether the bench adds its own losses to the force that it shows; None: it has none."""

    def setpoint(self, name: str, held: Mapping[int, float]) -> float:
        """Return a set-point from the variables that are held; several may be parts of one."""
        parts = [held.get(number, 0.0) * each.scale for number, each in self.variables.items() if each.name == name]
        return sum(parts)


def check_letter(letter: str) -> str:
    """Return what a question or an order may consist of; ValueRangeError for anything else."""
    if len(letter) != 1 or not letter.isalnum() or not letter.isascii():
        raise ValueRangeError(f"{letter!r} is no letter")
    return letter


def check_variable(number: int) -> int:
    """Return the number that a variable may have; ValueRangeError for any other."""
    if not 0 <= number <= 255:
        raise ValueRangeError(f"there is no variable {number}")
    return number


def check_look(look: Look) -> Look:
    """Return a look that a bench can mean; ValueRangeError for any other."""
    bounds = (LARGEST_POWER_KW, LARGEST_FORCE_N, LARGEST_SPEED_KMH)
    if not all(abs(value) <= bound for value, bound in zip(numbers(look), bounds, strict=True)):  # false for NaN, too
        raise ValueRangeError(f"{look} is no look at a bench")
    return look


def numbers(look: Look) -> tuple[float, float, float]:
    """Return power in kW, force in N and speed in km/h, in the order in which they travel."""
    return look.power_kw, look.force_n, look.speed_kmh


def check_number(value: float) -> float:
    """Return a number that can be written; ValueRangeError for one that is none."""
    if not isfinite(value):
        raise ValueRangeError(f"{value} is no number to send to a brake")
    return value


def explainer(dialect: Dialect) -> Explain:
    """Return what explains frames of this bench."""

    def explain(captured: Captured) -> Explained:
        if captured.to_device:
            return _request(dialect, dialect.decode_request(captured.frame))
        asked = None if captured.request is None else dialect.decode_request(captured.request)
        return _reply(dialect, asked, dialect.decode_reply(asked, captured.frame))

    return explain


def _request(dialect: Dialect, request: Request) -> Explained:
    match request:
        case Ask(letter):
            return Explained("look" if letter == ASK_LOOK else "read_status")
        case Read(number):
            return Explained("read_variable", {"variable": float(number)})
        case Write(number, value):
            return Explained("write_variable", {"variable": float(number), **_named(dialect, number, value)})
        case Order(letter):
            control = request.control
            return Explained(
                "control", {}, (control.name.lower() if control else "unknown_control",), {"letter": letter}
            )


def _reply(dialect: Dialect, asked: Request | None, reply: Reply) -> Explained:
    match reply:
        case Look():
            names = ("power_kw", "force_n", "speed_kmh")
            return Explained("look", dict(zip(names, (_meant(value) for value in numbers(reply)), strict=True)))
        case Status(bits):
            return Explained("status", {"bits": float(bits)}, (f"lift_{reply.lift}",))
        case Value(value):
            named = _named(dialect, asked.number, value) if isinstance(asked, Read) else {"value": value}
            return Explained("variable", named)
        case Word():
            return Explained("word", {}, (reply.name.lower(),))


def _named(dialect: Dialect, number: int, value: float) -> dict[str, float | None]:
    known = dialect.variables.get(number)
    return {"value": value} if known is None else {known.name: _meant(value * known.scale)}


def _meant(value: float) -> float:
    """Return the decimal that a product of decimals means."""
    return round(value, 3)
