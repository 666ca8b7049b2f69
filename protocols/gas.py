"""What hosts ask of gas analyzers and what these answer, in one form for every dialect that shares it.

Knows the questions, the answers and what a dialect has to offer. Does not know any frame, ports, or what a reading is
used for.
"""

from dataclasses import asdict, dataclass
from enum import Enum, auto

from protocols import dialect
from protocols.captured import Explain, Explained
from protocols.weather import Weather


class Action(Enum):
    """What a host can ask; no device knows all of it."""

    READ = auto()
    READ_STATUS = auto()
    READ_PARTS = auto()
    """The state of the parts around the bench: filter, pump, sample line, and which sensors are fitted."""
    READ_PEF = auto()
    MEASURE = auto()
    STANDBY = auto()
    PUMP_ON = auto()
    PUMP_OFF = auto()
    VALVE_ON = auto()
    VALVE_OFF = auto()
    DRAW_SAMPLE = auto()
    DRAW_AMBIENT = auto()
    DRAW_ZERO_GAS = auto()
    DRAW_CHECK_GAS = auto()
    DRAW_CALIBRATION_GAS = auto()
    PURGE = auto()
    STOP = auto()
    ZERO = auto()
    LEAK_CHECK = auto()


@dataclass(frozen=True, slots=True)
class Gases:
    """One look at the gas in the cell. None for what the device gives no value for."""

    hc_ppm: float | None
    co_pct: float | None
    co2_pct: float | None
    o2_pct: float | None
    no_ppm: float | None
    engine_rpm: float | None
    oil_temp_c: float | None
    lambda_: float | None
    air_fuel_ratio: float | None = None
    flow_word: float | None = None
    line_pressure_kpa: float | None = None
    """In the sample line, before its pump."""
    pef: float | None = None
    """Propane equivalence factor."""
    weather: Weather | None = None
    words: frozenset[str] = frozenset()
    """Status words that come with the values."""


@dataclass(frozen=True, slots=True)
class Status:
    """The status bytes as they came, and the words of those that are published."""

    raw: bytes
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pef:
    """Propane equivalence factor."""

    pef: float


@dataclass(frozen=True, slots=True)
class Done:
    """The device has taken the order."""

    action: Action


@dataclass(frozen=True, slots=True)
class Outcome:
    """How long running work ended, told unasked."""

    well: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The device says no; what its codes mean is not published."""

    code: int | None = None


Reply = Gases | Status | Pef | Done | Outcome | Refused


Request = dialect.Request[Action]
Dialect = dialect.Dialect[Action, Reply]
"""How one device says all this on its wire."""


def explainer(of: Dialect, *notes: str) -> Explain:
    """Return the function that explains frames of this dialect; ``notes`` go with each look at the gas."""
    return lambda captured: of.explain(captured, lambda reply: _explain_reply(reply, notes))


def _explain_reply(reply: Reply, notes: tuple[str, ...]) -> Explained:
    match reply:
        case Gases():
            return Explained("data", _values(reply), (*sorted(reply.words), *notes))
        case Status(raw, words):
            return Explained("status", flags=tuple(sorted(words)), texts={"status_bytes": raw.hex(" ").upper()})
        case Pef(pef):
            return Explained("pef", {"pef": pef})
        case Outcome(well):
            return Explained("outcome", flags=("done" if well else "failed",))
        case Refused(code):
            return Explained("refused", {"error": None if code is None else float(code)}, flags=("refused",))
        case Done(done):
            return Explained(done.name.lower(), flags=("accepted",))


def _values(gases: Gases) -> dict[str, float | None]:
    """Return what was told, by the names of the trace."""
    values = asdict(gases)
    weather = values.pop("weather") or {}
    del values["words"]
    values["lambda"] = values.pop("lambda_")
    rare = ("air_fuel_ratio", "flow_word", "line_pressure_kpa", "pef")
    return {name: value for name, value in {**values, **weather}.items() if value is not None or name not in rare}
