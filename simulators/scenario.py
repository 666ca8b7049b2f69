"""A scenario: a whole lane, or one device, and what happens to it and when, as a TOML file says it.

Knows the file and when each command is due in lane time. Does not know what a command does (control), or real time.
"""

import re
import tomllib
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulators.control import ControlDesk
from simulators.devices import DEVICE_IDS
from simulators.lane_faults import BadCommandError, CannotDoError
from simulators.presets import PRESETS
from simulators.scenario_trouble import FORMS, REMEDIES, Key, ScenarioError, dotted, instead, line_of, trouble
from simulators.station import PETROL_LANE, SimulatedLane

SCHEMA = "lanectl/scenario/1"


class Moment(BaseModel):
    """One command, and when. Every other key is the command's own (see ControlDesk)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    at_s: Annotated[float, Field(ge=0.0, description="Lane time since the start")]
    do: str
    every_s: Annotated[float, Field(gt=0.0)] | None = None
    """Given again and again in this distance."""

    def command(self) -> dict[str, object]:
        """Return the command as the control socket would take it."""
        return {"do": self.do, **(self.model_extra or {})}


class Scenario(BaseModel):
    """What stands in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_id: Annotated[Literal["lanectl/scenario/1"], Field(alias="schema")]
    devices: tuple[str, ...] = PETROL_LANE
    seed: int = 0
    preset: str | None = None
    """The car that stands there from the start."""
    ports: Mapping[str, str] = Field(default_factory=dict)
    """Wire to port, where it is not to be a pseudo-terminal in the folder (see ``lanectl-sim device --port``)."""
    end_s: Annotated[float, Field(gt=0.0)] | None = None
    """Lane time at which it is over; until interrupted when not said."""
    at: tuple[Moment, ...] = ()


def read(path: Path) -> Scenario:
    """Read a scenario and try it on a lane that is not let out; ScenarioError says what cannot be done, and where."""
    text = _text_of(path)
    try:
        scenario = Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        detail, _, place = str(error).partition(" (at ")
        found = re.match(r"line (\d+)", place)
        line = int(found[1]) if found else text.count("\n") + 1
        raise trouble(path, "syntax", REMEDIES["syntax"], line=line, detail=detail) from None
    except ValidationError as error:
        raise _refused(path, text, error.errors()[0]) from None
    _check(path, text, scenario)
    return scenario


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise trouble(path, "encoding", REMEDIES["encoding"]) from None
    except FileNotFoundError:
        raise trouble(path, "no_file", REMEDIES["no_file"]) from None
    except OSError as error:
        raise trouble(path, "unreadable", REMEDIES["unreadable"], detail=error.strerror) from None


def _refused(path: Path, text: str, fault: Any) -> ScenarioError:
    """Say what the file's form has against it."""
    key, kind = fault["loc"], fault["type"]
    place: dict[str, Any] = {"line": line_of(text, key), "key": dotted(key)}
    if kind == "missing":
        return trouble(path, "missing_key", REMEDIES["add"].fill(key=key[-1]), **place)
    if kind == "extra_forbidden":
        names = [field.alias or name for name, field in Scenario.model_fields.items()]
        return trouble(path, "unknown_key", instead(key[-1], names), **place)
    if kind == "literal_error":
        return trouble(path, "bad_value", instead(fault["input"], [SCHEMA]), value=repr(fault["input"]), **place)
    remedy = REMEDIES[FORMS.get(kind, "correct")].fill(**fault.get("ctx", {}))
    return trouble(path, "bad_value", remedy, value=repr(fault["input"]), **place)


def _check(path: Path, text: str, scenario: Scenario) -> None:
    for number, device in enumerate(scenario.devices):
        if device not in DEVICE_IDS:
            raise _unknown(path, text, ("devices", number), device, DEVICE_IDS)
    if scenario.preset is not None and scenario.preset not in PRESETS:
        raise _unknown(path, text, ("preset",), scenario.preset, PRESETS)
    try:
        lane = make_lane(scenario)
    except CannotDoError as error:
        place: dict[str, Any] = {"line": line_of(text, ("devices",)), "key": "devices"}
        raise trouble(path, "same_place", REMEDIES["one_of_them"], detail=str(error), **place) from None
    for wire in scenario.ports:
        if wire not in lane.wires:
            key = ("ports", wire)
            raise trouble(path, "unknown_key", instead(wire, lane.wires), line=line_of(text, key), key=dotted(key))
    desk = ControlDesk(lane)
    for number, moment in enumerate(scenario.at):
        try:
            desk.check(moment.command())
        except BadCommandError as error:
            raise _bad_command(path, text, ("at", number), error) from None


def _unknown(path: Path, text: str, key: Key, value: object, known: Iterable[str]) -> ScenarioError:
    place: dict[str, Any] = {"line": line_of(text, key), "key": dotted(key)}
    return trouble(path, "bad_value", instead(value, known), value=repr(value), **place)


def _bad_command(path: Path, text: str, moment: Key, error: BadCommandError) -> ScenarioError:
    key = (*moment, error.key)
    place: dict[str, Any] = {"line": line_of(text, key), "key": dotted(key)}
    if error.form == "unknown_key":
        return trouble(path, "unknown_key", instead(error.key, error.known), **place)
    if error.form == "choices":
        return trouble(path, "bad_value", instead(error.given, error.known), value=repr(error.given), **place)
    if error.given is None:
        return trouble(path, "missing_key", REMEDIES["add"].fill(key=error.key), **place)
    return trouble(path, "bad_value", REMEDIES[error.form], value=repr(error.given), **place)


def make_lane(scenario: Scenario) -> SimulatedLane:
    """Make the lane with its devices and its first car; CannotDoError for what there is not."""
    lane = SimulatedLane(scenario.seed, scenario.devices)
    if scenario.preset is not None:
        if scenario.preset not in PRESETS:
            raise CannotDoError(f"there is no preset {scenario.preset!r}; there are {', '.join(PRESETS)}")
        lane.drive_on(scenario.preset)
    return lane


class Player:
    """Gives a scenario's commands to its lane as lane time passes."""

    def __init__(self, scenario: Scenario, lane: SimulatedLane) -> None:
        self.said: deque[tuple[float, Mapping[str, Any], str]] = deque(maxlen=1000)
        """Lane time, command, and what was wrong with it (empty: nothing)."""
        self.over = False
        self._desk = ControlDesk(lane)
        self._end_s = scenario.end_s
        self._due = sorted(((moment.at_s, moment) for moment in scenario.at), key=lambda each: each[0])
        lane.on_step = self.step

    def step(self, time_s: float) -> None:
        """Give every command that is due; one that makes no sense now is noted, and the scenario goes on."""
        while self._due and self._due[0][0] <= time_s + 1e-9:
            due_s, moment = self._due.pop(0)
            self._give(time_s, moment.command())
            if moment.every_s is not None:
                self._due = sorted([*self._due, (due_s + moment.every_s, moment)], key=lambda each: each[0])
        self.over = self._end_s is not None and time_s >= self._end_s

    def _give(self, time_s: float, command: Mapping[str, Any]) -> None:
        wrong = ""
        try:
            self._desk.handle(command)
        except CannotDoError as error:
            wrong = str(error)
        self.said.append((time_s, command, wrong))
