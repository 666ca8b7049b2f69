"""What hosts ask of opacimeters and what these answer, in one form for every dialect.

Knows the questions, the answers and what a dialect has to offer. Does not know any frame, ports, or what a reading is
used for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from protocols.dialect import AnswerFramer, Framer
from protocols.errors import FrameError
from protocols.weather import Weather


class Action(Enum):
    """What a host can ask; no device knows all of it."""

    SET_STATE = auto()
    READ_STATE = auto()
    ABORT_WARM_UP = auto()
    READ_ALARMS = auto()
    ZERO = auto()
    READ = auto()
    READ_MAXIMA = auto()
    CLEAR_MAXIMA = auto()
    READ_RESULTS = auto()
    READ_FULL = auto()
    """Smoke and the device's own weather."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``action`` is None for a code that this device does not have, or that is never used here."""

    action: Action | None
    code: int
    state: str | None = None
    """With SET_STATE."""
    number: int | None = field(default=None, compare=False)
    """How the state was said, where it is a number of its own."""


@dataclass(frozen=True, slots=True)
class Done:
    """The device has taken the order."""

    action: Action


@dataclass(frozen=True, slots=True)
class Refused:
    """The device says no; what its codes mean is not published."""

    error: int


@dataclass(frozen=True, slots=True)
class State:
    """What the device is doing; ``number`` is how it said so."""

    state: str
    number: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Alarms:
    """Sixteen alarm bits; what each means is not published."""

    bits: int


@dataclass(frozen=True, slots=True)
class Smoke:
    """One look at the smoke. None for what the device does not tell, as the oil's temperature without a probe."""

    opacity_n_pct: float
    opacity_k_per_m: float | None
    engine_rpm: float
    oil_temp_c: float | None
    gas_temp_c: float | None = None
    disputed_word: int | None = None
    """A word that public readers take for different things."""


@dataclass(frozen=True, slots=True)
class Maxima:
    """The highest values since they were cleared."""

    opacity_n_pct: float
    opacity_k_per_m: float
    engine_rpm: float
    oil_temp_c: float | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """The device's own free acceleration results: three snaps, their mean, and the idle speed."""

    snaps_k_per_m: tuple[float, float, float]
    mean_k_per_m: float
    idle_rpm: float


@dataclass(frozen=True, slots=True)
class Full:
    """Smoke and weather in one answer."""

    smoke: Smoke
    weather: Weather


Reply = Done | Refused | State | Alarms | Smoke | Maxima | Results | Full


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one device says all this on its wire."""

    name: str
    actions: frozenset[Action]
    """What it can be asked."""
    states: frozenset[str]
    """What it can say that it is doing."""
    encode_request: Callable[[Action, str | None], bytes]
    decode_request: Callable[[bytes], Request]
    request_framer: Callable[[], Framer[Request | FrameError]]
    encode_reply: Callable[[Reply], bytes]
    decode_reply: Callable[[Action | None, bytes], Reply]
    reply_framer: Callable[[Action], AnswerFramer[Reply]]
    unused: Mapping[int, str] = field(default_factory=dict)
    """Codes of requests that are explained and never sent."""
    tells_oil: bool = True
