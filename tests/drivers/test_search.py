"""Every simulated device is found on a port by questions that change nothing in it, or said to be one of several."""

import asyncio
import re
from random import Random
from typing import Any

import pytest

from drivers.errors import PortLostError
from drivers.obd.probes import SLCAN
from drivers.probe import Probe
from drivers.registry import DRIVERS, DriverInfo
from drivers.search import Exchanged, Findings, Search
from drivers.transports.memory import MemoryEnd, MemoryPipe
from protocols.captured import Captured
from protocols.errors import FrameError
from simulators import ends
from simulators.devices import DEVICE_IDS
from simulators.modbus_face import ModbusFace
from simulators.presets import PRESETS
from simulators.station import LockStep, SimulatedLane

PROBES = {info.id: info.probes for info in DRIVERS.values()}
SIMULATED = [device for device in DEVICE_IDS if device in DRIVERS]
STEP_S = 0.02
LONGEST_S = 180.0
ALIKE = [
    {"nanhua-nha-503", "nanhua-nha-503v", "nanhua-nha-506i", "fuli-fla-502", "chida-cdf-5000"},
    {"nanhua-nht-6", "nanhua-nht-1"},
    {"nanhua-rpm-5300", "mingquan-mqz-3"},
    {"ak-gas", "ak-nox"},
    {"nanhua-nht-610", "nanhua-nht-610-nox"},
    {device for device, own in PROBES.items() if SLCAN in own},
]
"""Devices whose bytes are the same for every harmless question."""
NEVER_SPEAKS = {info.id for info in DRIVERS.values() if info.codec.one_way == "to_device"}
STATES = ("pump", "nox_pump", "brake", "brake_force_n", "brake_enabled", "lift", "outputs", "led", "speed_kmh")
"""What an onlooker would see of an order."""
ORDERS = re.compile(
    "pump|zero|calib|purge|leak|start|set_|write|switch|sample|lift|motor|relay|test|clear|on$|off$|load"
)
"""Words of the explanations that no question may have (the explanations know nothing of probes)."""


class Port:
    """A port with one simulated device; where speeds matter, nothing but rubbish comes through at a wrong one."""

    def __init__(self, clock: Any, device: str, *, speeds_matter: bool = False, tcp: bool = False) -> None:
        self.clock = clock
        self.device = device
        self.said: list[Exchanged] = []
        self.lane = SimulatedLane(Random(device).randrange(100), (device,))
        self.lane.drive_on(Random(device).choice(list(PRESETS)))
        self.wire = self.lane.wires[DEVICE_IDS[device]]
        bauds = PROBES[device][0].bauds
        self.baud = Random(device).choice(bauds) if speeds_matter and bauds else None
        self.at: int | None = None
        if tcp:
            assert isinstance(self.wire.face, ModbusFace)
            self.wire.face.speak("tcp")
        self.near, self.far = MemoryPipe.pair(device)
        self.steps = LockStep(self.lane, [ends.MemoryEnd(self.wire, self._take, self._say)], clock.now_ms())

    def open_at(self, baud: int | None) -> MemoryEnd:
        self.at = baud
        return self.near

    def _right(self) -> bool:
        return self.baud is None or self.at == self.baud

    def _take(self) -> bytes:
        data = self.far.take()
        return data if self._right() else bytes(byte ^ 0x5A for byte in data)

    def _say(self, data: bytes) -> None:
        self.far.send(data if self._right() else bytes(byte | 0x80 for byte in data))

    def seen(self) -> dict[str, Any]:
        state = self.lane.state()
        return {name: state[name] for name in STATES}

    async def search(self, **options: Any) -> Findings:
        work = Search(PROBES, self.open_at, self.clock, tell=self.said.append, **options).run()
        task = asyncio.ensure_future(work)
        for _ in range(round(LONGEST_S / STEP_S)):
            if task.done():
                break
            self.steps.pump(self.clock.now_ms())
            await self.clock.advance(STEP_S)
            self.steps.pump(self.clock.now_ms())
            await self.clock.settle()
        assert task.done(), "the search never ends"
        return await task

    def orders_heard(self) -> list[str]:
        """What the device would have done upon what it was asked: by its probe, and by its codec's explanation."""
        found = [order for said in self.said for probe in PROBES[self.device] for order in probe.obeys(said.request)]
        return found + [kind for said in self.said if ORDERS.search(kind := explained(self.device, said.request))]


def explained(device: str, request: bytes) -> str:
    try:
        return DRIVERS[device].codec.explain(Captured(request, to_device=True)).kind
    except FrameError:
        return ""


def alike(device: str) -> set[str]:
    if device == "chida-cdf-5000":  # its data are shorter, as those of the oldest Nanhua analyzers
        return ALIKE[0] - {"fuli-fla-502"}
    return next((group for group in ALIKE if device in group), {device})


def found_by(findings: Findings) -> set[str]:
    return {candidate.device for candidate in findings.candidates}


@pytest.mark.parametrize(
    ("device", "speeds_matter"),
    [(device, False) for device in SIMULATED]
    + [(device, True) for device in SIMULATED if PROBES[device][0].bauds != (9600,)],
)
async def test_a_simulated_device_is_found_and_left_as_it_was(
    device: str, speeds_matter: bool, manual_clock: Any
) -> None:
    port = Port(manual_clock, device, speeds_matter=speeds_matter)
    before = port.seen()

    findings = await port.search()

    assert found_by(findings) == (set() if device in NEVER_SPEAKS else alike(device))
    assert all(candidate.evidence for candidate in findings.candidates)
    assert port.seen() == before
    assert port.orders_heard() == []


@pytest.mark.parametrize("device", ["generic-modbus-dyno", "generic-modbus-io"])
async def test_a_device_behind_tcp_is_found(device: str, manual_clock: Any) -> None:
    port = Port(manual_clock, device, tcp=True)
    findings = await port.search(over="tcp")
    assert found_by(findings) == {device}
    assert findings.candidates[0].baud is None
    assert port.orders_heard() == []


async def test_a_careful_search_asks_nothing_that_any_device_here_would_obey(manual_clock: Any) -> None:
    port = Port(manual_clock, "nanhua-nha-506i")
    port.wire.faults.add("silence", Mute())
    findings = await port.search(careful=True)
    asked = {said.request for said in port.said if said.request}
    assert asked
    assert not [probe for own in PROBES.values() for probe in own for data in asked if probe.obeys(data)]
    assert findings.withheld
    assert all(withheld.endangers for withheld in findings.withheld)


async def test_an_empty_port_is_told_as_empty(manual_clock: Any) -> None:
    port = Port(manual_clock, "nanhua-led")
    port.wire.deaf = True
    findings = await port.search()
    assert not findings.candidates
    assert not findings.unread
    assert not findings.withheld
    assert findings.asked > 20


async def test_whoever_speaks_unasked_and_is_not_understood_is_asked_nothing(manual_clock: Any) -> None:
    port = Port(manual_clock, "nanhua-nha-506i")
    port.lane.fault("gas", "babble")
    findings = await port.search()
    assert not findings.candidates
    assert findings.asked == 0
    assert findings.unread


async def test_a_lost_port_ends_the_search(manual_clock: Any) -> None:
    port = Port(manual_clock, "nanhua-nha-506i")
    port.near.unplug()
    with pytest.raises(PortLostError):
        await port.search()


async def test_an_analyzer_whose_answers_are_damaged_is_spared_the_questions_to_others(manual_clock: Any) -> None:
    port = Port(manual_clock, "nanhua-nha-506i")
    port.wire.faults.add("bit_flips", Tilted())
    before = port.seen()
    findings = await port.search()
    assert not findings.candidates
    assert findings.withheld
    assert port.seen() == before
    assert port.orders_heard() == []


class Mute:
    def bend(self, data: bytes) -> bytes:
        return b""

    def step(self, dt_s: float) -> bytes:
        return b""


class Tilted(Mute):
    def bend(self, data: bytes) -> bytes:
        return bytes(byte ^ 0x48 for byte in data)


@pytest.mark.parametrize("info", DRIVERS.values(), ids=lambda info: info.id)
def test_a_registry_entry_says_how_its_device_is_found_without_harm(info: DriverInfo) -> None:
    assert info.probes, "how it is found, or at least what it would obey"
    assert bool([probe for probe in info.probes if finds(probe)]) is (info.id not in NEVER_SPEAKS)
    for probe in info.probes:
        assert not (probe.questions and probe.stream), "whoever speaks unasked is asked nothing"
        assert set(probe.settings) <= set(info.settings.model_fields)
        for question in probe.questions:
            assert not [other for other in info.probes if other.obeys(question.request)]
            assert not ORDERS.search(explained(info.id, question.request))


def finds(probe: Probe) -> bool:
    return bool(probe.questions) or probe.stream is not None
