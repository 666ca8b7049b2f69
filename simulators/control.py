"""The control surface of a simulated lane: one JSON object in, one out.

Knows the words of the commands. Does not know sockets (runner.py) or how the lane carries them out.
"""

import json
from collections.abc import Callable, Mapping

from simulators.lane_faults import CannotDoError
from simulators.presets import PRESETS
from simulators.snaps import HOLD_S, PRESS_S
from simulators.station import SimulatedLane

Command = Mapping[str, object]


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
            "ignition": lambda command: lane.turn_key(_text(command, "state")),
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
        verb = self._verbs.get(_text(command, "do"))
        if verb is None:
            raise CannotDoError(f"there is no {command['do']!r}; there are {', '.join(self._verbs)}")
        said = verb(command)
        return {"ok": True, **(said if isinstance(said, dict) else {})}

    def check(self, command: Command) -> None:
        """Raise CannotDoError for a command that no moment could make right: no such verb, device, fault or preset."""
        verb = _text(command, "do")
        if verb not in self._verbs:
            raise CannotDoError(f"there is no {verb!r}; there are {', '.join(self._verbs)}")
        if verb == "vehicle" and _text(command, "preset") not in PRESETS:
            raise CannotDoError(f"there is no preset {command['preset']!r}; there are {', '.join(PRESETS)}")
        if verb == "fault":
            self._lane.check_fault(_text(command, "device"), _text(command, "kind"))

    def _vehicle(self, command: Command) -> None:
        self._lane.drive_on(_text(command, "preset"), _text_or_none(command, "plate"), _text_or_none(command, "vin"))

    def _probe(self, command: Command) -> None:
        self._lane.hold_probe(_yes(command, "in"), _text_or_none(command, "which"))

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


def _text(command: Command, name: str) -> str:
    value = command.get(name)
    if not isinstance(value, str):
        raise CannotDoError(f"{name!r} is missing, or no text")
    return value


def _text_or_none(command: Command, name: str) -> str | None:
    return None if command.get(name) is None else _text(command, name)


def _number(command: Command, name: str) -> float:
    value = command.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CannotDoError(f"{name!r} is missing, or no number")
    return value


def _number_or_none(command: Command, name: str) -> float | None:
    return None if command.get(name) is None else _number(command, name)


def _yes(command: Command, name: str) -> bool:
    value = command.get(name)
    if not isinstance(value, bool):
        raise CannotDoError(f"{name!r} must be true or false")
    return value
