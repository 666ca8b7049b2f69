"""What is damaged: genuine frames of every device of the registry, and who has to make sense of them.

The frames are the golden ones and what the simulated device says to its driver in half a minute of a lane; with each
reply goes the framer that the driver made for its question, taken from under the driver's hands. So a device that joins
the registry is covered by itself. Knows drivers and simulators. Does not know damage.
"""

import asyncio
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.errors import DeviceError
from drivers.obd.j1939 import J1939Vehicle
from drivers.registry import DECODERS, DRIVERS
from drivers.stream import Stream
from drivers.transports.can_link import CanLine
from protocols import bntd, elm327, igbt_text, j1939, j1939_hearing, slcan
from protocols.can_frame import CanFrame
from protocols.captured import Captured, Explain
from protocols.errors import FrameError, UnknownFrameError
from protocols.obd_can import Hearing
from simulators.devices import DEVICE_IDS
from simulators.station import SimulatedLane
from tests.conftest import ManualClock
from tests.drivers.conftest import Rig
from tests.drivers.needed import MAPS

VECTORS = Path(__file__).parents[1] / "vectors"
LOOKS, LOOK_EVERY_S = 6, 1.0
LIFT_S, FILL_S, ROLLING_KMH = 3.0, 10.0, 25.0
"""How long a lift takes, how long exhaust to the cell and a car to its speed, and which speed that is."""
VERBS = (
    *("identify", "status", "connect", "start_measuring", "draw_sample", "read_alarms", "read_maxima", "clear_maxima"),
    *("stop_pump", "read_check", "release", "drop_watchdog", "kick_watchdog", "clear", "disconnect", "connect"),
)
"""Said once to a device that knows them; they answer soon."""
LOOKING = ("read", "read_ambient", "read_live", "read_inputs")
"""Said at every look."""
OTHER_STREAMS: dict[str, Callable[[], Any]] = {
    "xincheng-bntd": lambda: bntd.StatusFramer(has_keys=True),
    "igbt-ascii": igbt_text.Statuses,
}
"""Framers of streams whose driver does not use drivers.stream."""
READ_TEXT: dict[str, Callable[[bytes, bytes], object]] = {
    "elm327": lambda request, text: _obd_messages(request.decode("ascii").strip(), text)
}
"""What the driver makes of a reply of which its framer only knows the end."""
CARS = {"iso27145-can": "heavy_diesel_wwh", "j1939-can": "heavy_diesel_mil_on"}
"""The car that a driver needs which asks in no other way than its own."""
MOST_FRAMES = 24
"""Kept of the replies to one question."""


@dataclass(slots=True)
class Listening:
    """Somebody who waits for one reply (or hears a stream), the genuine frames for that, and what each means."""

    framer: Callable[[], Any]
    speaks_unasked: bool = False
    measures: bool = False
    """Whether what it waits for is a reading, rather than a word or a name."""
    frames: dict[bytes, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Genuine:
    """One genuine frame, and whoever waits for it; None for a golden frame, which only the codec reads."""

    captured: Captured
    listening: Listening | None = None


@dataclass(frozen=True, slots=True)
class WireOf:
    """Everything that is known to go over a device's wire."""

    device: str
    explain: Explain
    frames: tuple[Genuine, ...]
    read_text: Callable[[bytes, bytes], object] | None = None

    @property
    def listens(self) -> bool:
        """Whether there is a reply framer or a stream framer to damage frames for."""
        return any(genuine.listening is not None for genuine in self.frames)


@functools.lru_cache(maxsize=64)
def wire_of(device: str, *, at_work: bool = False) -> WireOf:
    """Gather the frames of one device: golden ones, and those its driver hears from its simulator.

    ``at_work``: there is exhaust in its cell, its rollers turn, its blower runs, while it is looked at.
    """
    codec = DECODERS[device]
    frames = list(_golden(device, codec.vectors))
    if device in DRIVERS and device in DEVICE_IDS:
        for request, listening in asyncio.run(_overheard(device, at_work)):
            frames += [Genuine(Captured(frame, request=request), listening) for frame in listening.frames]
    return WireOf(device, codec.explain, tuple(frames), READ_TEXT.get(device))


def _obd_messages(command: str, text: bytes) -> object:
    """Read an answer of a scan tool as its driver does: what answers another question is damage."""
    answer = elm327.decode_answer(text, command=command)
    if command.startswith("AT"):
        return answer
    asked = bytes.fromhex(command)
    if answer.texts or not answer.messages:
        raise UnknownFrameError(f"no answer, but {answer}")
    if not all(message.data.startswith(bytes([asked[0] + 0x40, *asked[1:2]])) for message in answer.messages):
        raise UnknownFrameError("an answer to another question")
    return answer.messages


def _golden(device: str, name: str) -> Iterator[Genuine]:
    for vector in json.loads((VECTORS / name).read_text(encoding="utf-8")):
        if device in vector["devices"]:
            request = bytes.fromhex(vector["request"]) if vector.get("request") else None
            can_id = int(vector["can_id"], 16) if vector.get("can_id") else None
            to_device = vector["direction"] == "to_device"
            yield Genuine(Captured(bytes.fromhex(vector["hex"]), to_device, request, can_id))


# --- a driver at work, overheard --------------------------------------------------------------------------------


@dataclass(slots=True)
class Ear:
    """What a driver was overheard asking, and whether it looks at readings just now."""

    asked: dict[Any, Listening] = field(default_factory=dict)
    looking: bool = False

    def note(self, key: Any, framer: Callable[[], Any], frame: bytes) -> None:
        """Keep a reply with the framer of its question."""
        listening = self.asked.setdefault(key, Listening(framer))
        listening.measures |= self.looking
        if len(listening.frames) < MOST_FRAMES:
            listening.frames[frame] = None


async def _overheard(device: str, at_work: bool) -> list[tuple[bytes | None, Listening]]:
    settings = {"port": "/dev/lane/x", **MAPS.get(device, {})}
    rig, ear = Rig(ManualClock(), (device,), settings), Ear()
    driver = rig.devices[DEVICE_IDS[device]]
    spoken = _tap_stream(device, driver)
    if isinstance(driver.exchange, CanLine):
        _tap_bus(driver, ear)
    else:
        _tap_questions(driver, ear)
    await _work(rig, driver, ear, CARS.get(device, "clean_diesel"), at_work)
    heard = [(key[0] if isinstance(key[0], bytes) else None, listening) for key, listening in ear.asked.items()]
    if spoken is not None:
        heard.append((None, spoken()))
    return [(request, listening) for request, listening in heard if listening.frames]


async def _work(rig: Rig, driver: Any, ear: Ear, car: str, at_work: bool) -> None:
    rig.lane.drive_on(car)
    await rig.wait(3.2)
    rig.lane.hold_probe(True)
    with suppress(DeviceError):
        await rig.see(driver.open())
    for verb in VERBS:
        await _say(rig, driver, verb)
    if at_work:
        await _put_to_work(rig, driver)
    ear.looking = True
    for look in range(LOOKS):
        if not at_work:
            _move_on(rig.lane, look)
        await rig.wait(LOOK_EVERY_S)
        for verb in LOOKING:
            await _say(rig, driver, verb)
    ear.looking = False
    with suppress(DeviceError):
        await rig.see(driver.close())


async def _put_to_work(rig: Rig, driver: Any) -> None:
    for verb in ("draw_sample", "lift_down"):
        await _say(rig, driver, verb)
    if hasattr(driver, "set_blower"):
        with suppress(DeviceError):
            await rig.see(driver.set_blower(on=True))
    await rig.wait(LIFT_S)
    rig.lane.set_target(ROLLING_KMH)
    await rig.wait(FILL_S)


def _move_on(lane: SimulatedLane, look: int) -> None:
    """Let everything that can be measured change, so that no two looks say the same."""
    lane.rev(900.0 + 350.0 * look)
    lane.line.air.temp_c += 0.7
    lane.line.air.humidity_pct -= 1.3
    lane.line.air.pressure_kpa += 0.11


async def _say(rig: Rig, driver: Any, verb: str) -> None:
    if hasattr(driver, verb):
        with suppress(DeviceError):
            await rig.see(getattr(driver, verb)())


def _tap_questions(driver: Any, ear: Ear) -> None:
    """Keep the framer of every question, and the bytes that satisfied it."""
    exchange, ask = driver.exchange, driver.exchange.ask
    said, arrived = b"", bytearray()

    async def overheard(request: Any, framer: Callable[[], Any], doing: str, **rest: Any) -> Any:
        reply = await ask(request, framer, doing, **rest)
        ear.note((said if callable(request) else request, doing), framer, bytes(arrived))
        return reply

    def tap(way: str, data: bytes, at_ms: int) -> None:
        nonlocal said
        if way == "to_device":  # what came before answers something else
            said = data
            arrived.clear()
        else:
            arrived.extend(data)

    exchange.ask, exchange.tap = overheard, tap


def _tap_stream(device: str, driver: Any) -> Callable[[], Listening] | None:
    """Keep what a device says unasked; returns who hears it, with its frames cut."""
    stream = next((each for each in (driver, *vars(driver).values()) if isinstance(each, Stream)), None)
    framer = OTHER_STREAMS.get(device) or (stream._make_framer if stream is not None else None)
    if framer is None:
        return None
    said, listen = bytearray(), driver.exchange.listen

    async def overheard() -> bytes:
        data: bytes = await listen()
        said.extend(data)
        return data

    driver.exchange.listen = overheard
    return lambda: Listening(framer, speaks_unasked=True, measures=True, frames=_cut(bytes(said), framer()))


def _cut(said: bytes, framer: Any) -> dict[bytes, object]:
    """Cut a stream where its framer has a report whole; the first may have begun before it was heard."""
    frames: dict[bytes, object] = {}
    begin = 0
    for end in range(1, len(said) + 1):
        if framer.feed(said[end - 1 : end]):
            if begin:
                frames[said[begin:end]] = None
            begin = end
    step = max(1, len(frames) // MOST_FRAMES)
    return dict(list(frames.items())[::step])


# --- a bus, as a serial adapter writes it -----------------------------------------------------------------------


class BusReply:
    """Hears the lines of a serial CAN adapter after one request, as the driver does, until all have answered."""

    def __init__(self, request: bytes, extended: bool, units: frozenset[int]) -> None:
        self.surplus = 0
        self._lines = slcan.LineFramer()
        self._hearing = Hearing(request, 0, extended=extended, promised=units)

    def feed(self, chunk: bytes) -> list[tuple[object, ...]]:
        """Return the answers when all have come whole; damage that the hearing noted is no answer."""
        lines = self._lines.feed(chunk)
        if not lines:
            return []
        for line in lines:
            with suppress(FrameError):
                word = slcan.decode_line(line)
                if isinstance(word, CanFrame):
                    self._hearing.hear(word, 0)
        sound = not (self._hearing.damage or self._hearing.missing or self._hearing.refusals)
        return [tuple(self._hearing.answers)] if sound and self._hearing.answers else []


def _tap_bus(driver: Any, ear: Ear) -> None:
    """Keep each request to a vehicle, once one is found, and the frames that answered it."""
    connect = driver.connect

    async def connected() -> Any:
        found = await connect()
        if isinstance(driver._vehicle, J1939Vehicle):
            vehicle: Any = driver._vehicle
            vehicle._request = _overhearing_groups(driver.exchange, vehicle, ear)
        elif hasattr(driver._vehicle, "_request"):
            driver._vehicle._request = _overhearing(driver.exchange, driver._vehicle, ear)
        return found

    driver.connect = connected


def _overhearing(line: CanLine, vehicle: Any, ear: Ear) -> Callable[..., Any]:
    request, extended = vehicle._request, vehicle._extended

    async def overheard(question: Any, *rest: Any, **more: Any) -> Any:
        frames: list[bytes] = []
        line.tap = lambda way, text, _: frames.append(_as_line(text)) if way == "from_device" else None
        heard = await request(question, *rest, **more)
        if heard.answers and frames:
            units = frozenset(answer.can_id for answer in heard.answers)
            ear.note((question, units), functools.partial(BusReply, heard._request, extended, units), b"".join(frames))
        return heard

    return overheard


class GroupReply:
    """Hears the lines of a serial CAN adapter after one request for a parameter group, until all have answered."""

    def __init__(self, pgn: int, units: frozenset[int]) -> None:
        self.surplus = 0
        self._lines = slcan.LineFramer()
        self._hearing = j1939_hearing.Hearing(pgn, 0, tool=j1939.TOOL, expected=units)

    def feed(self, chunk: bytes) -> list[tuple[object, ...]]:
        """Return the answers when all have come whole."""
        lines = self._lines.feed(chunk)
        if not lines:
            return []
        for line in lines:
            with suppress(FrameError):
                word = slcan.decode_line(line)
                if isinstance(word, CanFrame):
                    self._hearing.hear(word, 0)
        whole = not (self._hearing.missing or self._hearing.refusals)
        return [tuple(self._hearing.answers.items())] if whole else []


def _overhearing_groups(line: CanLine, vehicle: Any, ear: Ear) -> Callable[..., Any]:
    request = vehicle._request

    async def overheard(pgn: int, to: int = j1939.GLOBAL) -> Any:
        frames: list[bytes] = []
        line.tap = lambda way, text, _: frames.append(_as_line(text)) if way == "from_device" else None
        heard = await request(pgn, to)
        if heard.answers and frames:
            units = frozenset(heard.answers)
            key = (j1939.pgn_bytes(pgn), units)
            ear.note(key, functools.partial(GroupReply, pgn, units), b"".join(frames))
        return heard

    return overheard


def _as_line(text: bytes) -> bytes:
    name, _, data = text.decode("ascii").partition("#")
    return slcan.encode_frame(CanFrame(int(name, 16), bytes.fromhex(data), extended=len(name) > 3))
