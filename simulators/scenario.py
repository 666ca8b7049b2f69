"""A scenario: a whole lane, or one device, and what happens to it and when, as a TOML file says it.

Knows the file and when each command is due in lane time. Does not know what a command does (control), or real time.
"""

import tomllib
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulators.control import ControlDesk
from simulators.lane_faults import CannotDoError
from simulators.presets import PRESETS
from simulators.station import PETROL_LANE, SimulatedLane


class ScenarioError(Exception):
    """A scenario that cannot be played; says where and why."""


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
    """Read a scenario and try it on a lane that is not let out; ScenarioError names what cannot be done."""
    try:
        scenario = Scenario.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(f"{path}: {place}: {first['msg']}") from None
    _check(path, scenario)
    return scenario


def _check(path: Path, scenario: Scenario) -> None:
    try:
        lane = make_lane(scenario)
        desk = ControlDesk(lane)
        for number, moment in enumerate(scenario.at, 1):
            try:
                desk.check(moment.command())
            except CannotDoError as error:
                raise ScenarioError(f"{path}: at.{number} ({moment.at_s:g} s): {error}") from None
    except CannotDoError as error:
        raise ScenarioError(f"{path}: {error}") from None
    strange = set(scenario.ports) - set(lane.wires)
    if strange:
        raise ScenarioError(f"{path}: ports: this lane has no {', '.join(sorted(strange))}")


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
