"""The control surface of a simulated lane: one JSON object in, one out.

Knows the words of the commands. Does not know sockets (runner.py) or how the lane carries them out.
"""

import difflib
import json
from collections.abc import Callable, Mapping

from simulators.lane_faults import BadCommandError, CannotDoError
from simulators.presets import PRESETS
from simulators.snaps import HOLD_S, PRESS_S
from simulators.station import SimulatedLane

Command = Mapping[str, object]
KEY_POSITIONS, PROBES = ("off", "on", "running"), ("gas", "nox", "opacity")
KEYS: Mapping[str, tuple[str, ...]] = {
    "vehicle": ("preset", "plate", "vin"),
    "target": ("speed_kmh",),
    "rev": ("rpm",),
    "snap": ("hold_s", "press_s", "until_rpm"),
    "full_throttle": ("on", "gear"),
    "probe": ("in", "which"),
    "clamp": ("on",),
    "plug": ("in",),
    "estop": ("pressed",),
    "ignition": ("state",),
    "air": ("temp_c", "humidity_pct", "pressure_kpa"),
    "fault": ("device", "kind", "for_s"),
    "clear": ("device", "kind"),
}
"""The keys of each verb that has any; a fault has its own numbers besides."""


class ControlDesk:
    """Carries out commands on one lane.

    ``{"do": "vehicle", "preset": "worn_catalyst", "plate": ..., "vin": ...}``, ``{"do": "leave"}``,
    ``{"do": "target", "speed_kmh": 25}`` (null lets it roll), ``{"do": "stop"}`` (brakes, and stays),
    ``{"do": "rev", "rpm": 2500}`` (in neutral; null lets it idle),
    ``{"do": "snap", "hold_s": 2, "press_s": 0.3, "until_rpm": null}`` (pedal to the floor in neutral, and off again;
    with ``"hold_s": null`` it stays there until ``let_go``),
    ``{"do": "full_throttle", "on": true, "gear": null}`` (pedal on the floor in gear, for lug-down),
    ``{"do": "let_go"}`` (foot off, neutral, whatever went on),
    ``{"do": "probe", "in": true, "which": "gas|nox|opacity"}`` (all when not said),
    ``{"do": "clamp", "on": true}`` (the tachometer's), ``{"do": "plug", "in": true}`` (the scan tool),
    ``{"do": "ignition", "state": "off|on|running"}``, ``{"do": "stall"}``,
    ``{"do": "air", "temp_c": 25, "humidity_pct": 50, "pressure_kpa": 100.8}``,
    ``{"do": "fault", "device": "gas", "kind": "delay", "for_s": 5, "delay_s": 1.5}``,
    ``{"do": "clear", "device": ..., "kind": ...}``, ``{"do": "state"}``, ``{"do": "help"}``.
    """

    def __init__(self, lane: SimulatedLane) -> None:
        self._lane = lane
        self._verbs: dict[str, Callable[[Command], object]] = {
            "vehicle": self._vehicle,
            "leave": lambda command: lane.leave(),
            "target": lambda command: lane.set_target(_number_or_none(command, "speed_kmh")),
            "stop": lambda command: lane.set_target(0.0),
            "let_go": lambda command: lane.let_go(),
            "rev": lambda command: lane.rev(_number_or_none(command, "rpm")),
            "snap": self._snap,
            "full_throttle": self._full_throttle,
            "probe": self._probe,
            "clamp": lambda command: lane.clamp(_yes(command, "on")),
            "plug": self._plug,
            "estop": lambda command: lane.press_estop(_yes(command, "pressed")),
            "ignition": lambda command: lane.turn_key(_choice(command, "state", KEY_POSITIONS)),
            "stall": lambda command: lane.stall(),
            "air": self._air,
            "fault": self._fault,
            "clear": lambda command: lane.clear(_text_or_none(command, "device"), _text_or_none(command, "kind")),
            "state": lambda command: lane.state(),
            "help": lambda command: {"verbs": list(self._verbs), "presets": list(PRESETS), "faults": lane.fault_kinds},
        }

    def handle_line(self, line: bytes) -> bytes:
        """Answer one line of JSON with one line of JSON; never raises."""
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise CannotDoError("a command is a JSON object")
            reply = self.handle(command)
        except (ValueError, CannotDoError) as error:
            reply = {"ok": False, "error": str(error)}
        return json.dumps(reply, ensure_ascii=False).encode() + b"\n"

    def handle(self, command: Command) -> dict[str, object]:
        """Carry out one command; raises CannotDoError."""
        said = self._verbs[self._verb(command)](command)
        return {"ok": True, **(said if isinstance(said, dict) else {})}

    def check(self, command: Command) -> None:
        """Try a command on a lane that is thrown away; BadCommandError for what no moment could make right."""
        verb = self._verb(command)
        known = KEYS.get(verb, ())
        _misspelt(command, known)
        if verb == "vehicle" and _text(command, "preset") not in PRESETS:
            text = f"there is no preset {command['preset']!r}; there are {', '.join(PRESETS)}"
            raise BadCommandError(text, "preset", "choices", command["preset"], PRESETS)
        if verb == "fault":
            self._lane.check_fault(_text(command, "device"), kind := _text(command, "kind"))
            known = (*known, *self._lane.fault_numbers(kind))
        for name in command:
            if name not in ("do", *known):
                raise BadCommandError(f"{verb!r} has no {name!r}", name, "unknown_key", command[name], known)
        try:
            self._verbs[verb](command)
        except BadCommandError:
            raise
        except CannotDoError:
            return  # not at this moment

    def _verb(self, command: Command) -> str:
        verb = _text(command, "do")
        if verb not in self._verbs:
            text = f"there is no {verb!r}; there are {', '.join(self._verbs)}"
            raise BadCommandError(text, "do", "choices", verb, self._verbs)
        return verb

    def _vehicle(self, command: Command) -> None:
        self._lane.drive_on(_text(command, "preset"), _text_or_none(command, "plate"), _text_or_none(command, "vin"))

    def _probe(self, command: Command) -> None:
        which = None if command.get("which") is None else _choice(command, "which", PROBES)
        self._lane.hold_probe(_yes(command, "in"), which)

    def _snap(self, command: Command) -> None:
        hold_s = _number_or_none(command, "hold_s") if "hold_s" in command else HOLD_S
        press_s = _number(command, "press_s") if "press_s" in command else PRESS_S
        self._lane.snap(hold_s, press_s, _number_or_none(command, "until_rpm"))

    def _full_throttle(self, command: Command) -> None:
        gear = _number_or_none(command, "gear")
        self._lane.full_throttle(_yes(command, "on"), None if gear is None else round(gear))

    def _plug(self, command: Command) -> None:
        self._lane.obd_plugged = _yes(command, "in")

    def _air(self, command: Command) -> None:
        air = self._lane.line.air
        for name in ("temp_c", "humidity_pct", "pressure_kpa"):
            if name in command:
                setattr(air, name, _number(command, name))

    def _fault(self, command: Command) -> None:
        options = {name: _number(command, name) for name in command if name not in ("do", "device", "kind", "for_s")}
        for_s = _number_or_none(command, "for_s")
        self._lane.fault(_text(command, "device"), _text(command, "kind"), for_s, **options)


def _misspelt(command: Command, known: tuple[str, ...]) -> None:
    """Name a key that is nearly one that is not there: it is misspelt, rather than the other one missing."""
    absent = [key for key in known if key not in command]
    for name in command:
        if name not in ("do", *known) and difflib.get_close_matches(name, absent):
            raise BadCommandError(f"{command['do']!r} has no {name!r}", name, "unknown_key", command[name], absent)


def _text(command: Command, name: str) -> str:
    value = command.get(name)
    if not isinstance(value, str):
        raise BadCommandError(f"{name!r} is missing, or no text", name, "text", value)
    return value


def _text_or_none(command: Command, name: str) -> str | None:
    return None if command.get(name) is None else _text(command, name)


def _choice(command: Command, name: str, choices: tuple[str, ...]) -> str:
    value = _text(command, name)
    if value not in choices:
        raise BadCommandError(f"{name!r} is one of {', '.join(choices)}", name, "choices", value, choices)
    return value


def _number(command: Command, name: str) -> float:
    value = command.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadCommandError(f"{name!r} is missing, or no number", name, "number", value)
    return value


def _number_or_none(command: Command, name: str) -> float | None:
    return None if command.get(name) is None else _number(command, name)


def _yes(command: Command, name: str) -> bool:
    value = command.get(name)
    if not isinstance(value, bool):
        raise BadCommandError(f"{name!r} must be true or false", name, "yes_no", value)
    return value
