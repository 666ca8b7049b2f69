"""Every protocol whose damage can go unnoticed: what its driver then says has no say in anything that is judged.

Walks the published table (docs/devices/undetected.toml). Each device answers with what it said to its driver once; now
and then a frame is bent in a way that its own framer accepts. The looks go where a test takes its samples from.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from drivers.errors import DeviceError
from drivers.info import DYNO, FLOW, GAS, NOX, OBD, OPACITY, TACHOMETER, WEATHER
from drivers.obd.live_data import FOLLOWING, LIVE_NAMES
from drivers.registry import DRIVERS
from drivers.transports.memory import MemoryEnd, MemoryPipe
from lanectl.core import asm_trial, free_acceleration_trial, lug_down_trial, two_speed_trial, vmas_trial
from lanectl.lane.board import Board
from lanectl.lane.channels import (
    ambient_channels,
    dyno_channels,
    gas_channels,
    nox_channels,
    opacity_channels,
    tachometer_channels,
)
from lanectl.lane.second_look import SecondLook
from lanectl.settings.data_files import load_signed
from lanectl.settings.plausibility import read_plausibility
from tests.conftest import ManualClock
from tests.drivers.needed import MAPS
from tests.fuzz import published
from tests.fuzz.damage import KINDS, damaged
from tests.fuzz.judge import OTHER, READING, Subject, subjects_of

FIGURES = read_plausibility(load_signed("plausibility", "limits"))
CLASSES = FIGURES.classes
MOST_CLASSES = 3.0
TRIES, LIES = 300, 4
"""How often damage is tried until a framer believes it, and how many lies of each kind every device tells."""
LEAST_SHARE = 0.02
"""A kind of damage that passes more often is found in so many tries."""
BEAT_S, BEATS = 0.05, 6

Channels = Mapping[str, float | None]
FLOW_CHANNELS = ("flow_l_s", "flow_temp_c", "flow_pressure_kpa", "dilute_o2_pct")
TAKEN: dict[str, tuple[str, Callable[[Any], Channels]]] = {
    GAS: ("gas", lambda look: gas_channels(look, None)),
    NOX: ("nox", nox_channels),
    OPACITY: ("opacity", lambda look: opacity_channels(look, counts=True)),
    TACHOMETER: ("tachometer", tachometer_channels),
    DYNO: ("dyno", lambda look: dyno_channels(look, 0.0)),
    WEATHER: ("ambient", ambient_channels),
    # No test of a lane asks a flow meter yet: its looks are posted beside an analyzer's, by the names of the trace.
    FLOW: ("gas", lambda look: {name: getattr(look, name) for name in FLOW_CHANNELS}),
}
"""Role -> its source on the board, and the channels of a look."""
UNGUARDED = {
    "low_flow": "it takes some legal seconds in a row to void a test; a second with one such look has low flow",
    "lambda": "kept, never judged: the core works it out from the gases",
    "opacity_k_per_m": "kept, never judged: the core works it out from the opacity",
    "power_parasitic_kw": "kept, never judged: the calibrated loss at this speed",
    "gas_rpm": "kept beside the instrument that counts",
    "nox_rpm": "kept beside the instrument that counts",
    "probe_in": "the operator says it",
    "snap_no": "the lane counts it",
    "obd_rpm": "a second witness of the engine's speed, compared as a mean: it can void a test, and is no value of one",
    "obd_pedal_d_pct": "a second witness of the driver's foot: it can void a test, and is no value of one",
}
"""Channels without a class that a lie may change or that a method looks at, and why that bends no result."""
METHODS = (asm_trial, two_speed_trial, free_acceleration_trial, lug_down_trial, vmas_trial)

TABLES = published.read()
SELDOM = 5e-5
"""Damage that passes more seldom (one in 2^16 at most: a CRC) would take tens of thousands of tries to be found."""
LYING = [device for device, table in TABLES.items() if table["of"] == READING and float(str(table["all"])) > SELDOM]
MEASURING = [device for device in LYING if DRIVERS[device].role in TAKEN]


def accuracy(name: str, value: float) -> float:
    return max(CLASSES[name].absolute, CLASSES[name].relative * abs(value))


@dataclass
class Device:
    """A device that says what it said once, but for the lie that it is told to tell next."""

    id: str
    near: MemoryEnd = field(init=False)
    far: MemoryEnd = field(init=False)
    lie: tuple[Subject, bytes] | None = None
    begun: bytes = b""

    def __post_init__(self) -> None:
        self.near, self.far = MemoryPipe.pair(self.id)
        self.far.on_arrival = self.answer
        self.subjects = [each for each in subjects_of(self.id, at_work=True) if each.genuine.listening is not None]
        self.measured = [each for each in self.subjects if each.who == READING]
        self.words = {each.genuine.captured.request: each for each in self.subjects}
        self.speaks = [each for each in self.measured if _speaks_unasked(each)][-1:]

    def answer(self, request: bytes) -> None:
        """Answer a question as it was answered, or with the lie."""
        said = self.words.get(request)
        if said is not None and not _speaks_unasked(said):
            self.far.send(self._taken(said))

    def speak(self) -> None:
        """Say what is said unasked: the end of one report and the beginning of the next, so that each is the last once.

        Some are known to be whole when the next one begins.
        """
        for said in self.speaks:
            report = self._taken(said)
            self.far.send(self.begun + report[: len(report) // 2])
            self.begun = report[len(report) // 2 :]

    def _taken(self, said: Subject) -> bytes:
        if self.lie is None or self.lie[0] is not said:
            return said.frame
        (_, bent), self.lie = self.lie, None
        return bent

    def lies(self, kind: str, random: Random) -> Iterator[tuple[Subject, bytes]]:
        """Yield frames bent in this way that the framer of their question believes."""
        spoken = [each for each in {*self.words.values(), *self.speaks} if each.who == READING]
        spoken.sort(key=lambda each: each.frame)
        for _ in range(LIES):
            for _ in range(TRIES):
                said = random.choice(spoken)
                bent = damaged(kind, said.frame, [each.frame for each in self.measured], random)
                if bent is not None and said.hear(bent, (said,), random) == OTHER:
                    yield said, bent
                    break


def _speaks_unasked(subject: Subject) -> bool:
    return subject.genuine.listening is not None and subject.genuine.listening.speaks_unasked


class Looking:
    """A driver on such a wire, and two boards that its looks are posted on: a lane's, and one without a second look."""

    def __init__(self, device: Device) -> None:
        self.clock, self.device = ManualClock(), device
        self.boards = {"lane": Board(second=SecondLook(FIGURES)), "believing": Board()}
        info = DRIVERS[device.id]
        settings = info.settings.model_validate({"driver": device.id, "port": "memory", **MAPS.get(device.id, {})})
        self.driver: Any = info.build(device.id, settings, device.near, self.clock)
        self.source, self.channels = TAKEN[info.role]
        self.true: dict[str, float | None] = {}
        self.far_off: dict[str, list[tuple[str, float | None, float]]] = {"lane": [], "believing": []}
        """What stood on each board although it was further from the truth than the bar allows."""
        self.unclassed: set[str] = set()
        """Channels that a lie changed and that no class guards."""

    async def see(self, work: Any) -> Any:
        task = asyncio.ensure_future(work)
        while not task.done():
            await self._pass()
        return await task

    async def _pass(self) -> None:
        self.device.speak()
        await self.clock.advance(BEAT_S)

    async def look(self) -> None:
        """Let a round of a lane pass; post what was seen, and hold what now counts against the truth."""
        if hasattr(self.driver, "latest"):
            for _ in range(BEATS):
                await self._pass()
                self._post(self.source, self.channels, self.driver.latest())
            return
        await self.clock.advance(BEATS * BEAT_S)
        await self._ask(self.source, self.channels, self.driver.read)
        if hasattr(self.driver, "read_ambient"):
            await self._ask("ambient", ambient_channels, self.driver.read_ambient)

    async def _ask(self, source: str, channels: Callable[[Any], Channels], ask: Callable[[], Any]) -> None:
        with contextlib.suppress(DeviceError):
            self._post(source, channels, await self.see(ask()))

    def _post(self, source: str, channels: Callable[[Any], Channels], said: Any) -> None:
        now_ms, values = self.clock.now_ms(), channels(said)
        arrived_ms = getattr(said, "arrived_ms", None) or now_ms
        for name, value in values.items():
            if self.true.setdefault(name, value) != value and value is not None and name not in CLASSES:
                self.unclassed.add(name)
        for which, board in self.boards.items():
            board.put(source, values, arrived_ms)
            for name in CLASSES.keys() & values.keys():
                counts, true = board.channel(name, now_ms).value, self.true[name]
                if counts is not None and (true is None or abs(counts - true) > MOST_CLASSES * accuracy(name, true)):
                    self.far_off[which].append((name, true, counts))


async def walk(device: Device) -> tuple[Looking, dict[str, int]]:
    """Let a device lie in every way that its table shows; return what came of it, and how often it lied."""
    random, told = Random(device.id), dict.fromkeys(KINDS, 0)
    looking = Looking(device)
    await looking.see(looking.driver.open())
    for _ in range(2):
        await looking.look()
    for kind in KINDS:
        for lie in device.lies(kind, random) if TABLES[device.id][kind] else ():
            told[kind] += 1
            device.lie = lie
            for _ in range(2):
                await looking.look()
    await looking.see(looking.driver.close())
    return looking, told


@pytest.mark.parametrize("device", MEASURING)
def test_no_lie_that_a_protocol_believes_gets_into_what_is_judged(device: str) -> None:
    looking, told = asyncio.run(walk(Device(device)))

    assert looking.far_off["lane"] == []
    assert looking.far_off["believing"], "or nothing was shown"
    assert looking.unclassed <= UNGUARDED.keys()
    for kind, times in told.items():
        assert times or float(str(TABLES[device][kind])) < LEAST_SHARE, f"no {kind} was believed: it was not shown"


def test_what_a_method_looks_at_has_a_class_or_a_reason_to_have_none() -> None:
    looked_at = {name for method in METHODS for name in method.CHANNELS}
    assert looked_at <= CLASSES.keys() | UNGUARDED.keys()
    assert not CLASSES.keys() & UNGUARDED.keys()


def test_every_protocol_that_can_lie_is_shown_here_or_says_nothing_that_has_a_class() -> None:
    # A control unit's words: those that are judged come twice (see drivers/obd); of its data list, one has a class.
    assert {DRIVERS[device].role for device in set(LYING) - set(MEASURING)} == {OBD}
    told = {*LIVE_NAMES, *FOLLOWING}
    assert told & CLASSES.keys() == {"obd_coolant_c"}
    assert told & {name for method in METHODS for name in method.CHANNELS} <= CLASSES.keys() | UNGUARDED.keys()


@pytest.mark.parametrize("name", ["oil_temp_c", "obd_coolant_c"])
def test_a_cold_engine_is_not_warm_for_one_look(name: str) -> None:
    board, seen = Board(second=SecondLook(FIGURES)), []
    for number, value in enumerate([21.0, 21.0, 149.0, 22.0, 22.0]):
        board.put("obd", {name: value}, 300 * number)
        seen.append(board.channel(name, 300 * number).value)
    assert seen == [21.0, 21.0, 21.0, 22.0, 22.0]
