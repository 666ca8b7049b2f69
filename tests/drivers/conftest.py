"""A device at the far end of a wire in memory: played from a script, or simulated in lock-step."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import pytest

from drivers.errors import DeviceError, PortLostError
from drivers.registry import DRIVERS
from drivers.transports.memory import MemoryEnd, MemoryPipe
from simulators import ends
from simulators.devices import DEVICE_IDS
from simulators.station import STEP_S, LockStep, SimulatedLane

T = TypeVar("T")


@dataclass
class Script:
    """The far end: answers each write from a table, notes what it heard, and speaks when told."""

    near: MemoryEnd
    far: MemoryEnd
    answers: dict[bytes, bytes | list[bytes]] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    reply: Callable[[bytes], bytes] | None = None

    def take(self, data: bytes) -> None:
        self.heard.append(data)
        answer = self.answers.get(data, b"")
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else b""
        if self.reply is not None and not answer:
            answer = self.reply(data)
        if answer:
            self.far.send(answer)

    def say(self, data: bytes) -> None:
        self.far.send(data)


@pytest.fixture
def script() -> Script:
    near, far = MemoryPipe.pair("device under test")
    played = Script(near, far)
    far.on_arrival = played.take
    return played


def built(role: type, name: str, device: str, script: Script, clock: Any, **settings: Any) -> Any:
    """Make the driver of a device at the near end of a scripted wire."""
    info = DRIVERS[device]
    own = info.settings.model_validate({"driver": device, "port": "x", **settings})
    made = info.build(name, own, script.near, clock)
    assert isinstance(made, role)
    return made


class InStep:
    """Drivers and a simulated lane that live by one clock."""

    longest_s: ClassVar[float] = 60.0
    """In lane time, for what is waited for."""
    clock: Any
    steps: LockStep

    async def tick(self) -> None:
        self.steps.pump(self.clock.now_ms())
        await self.clock.advance(STEP_S)
        self.steps.pump(self.clock.now_ms())
        await self.clock.settle()

    async def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            await self.tick()

    async def see(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(work)
        for _ in range(round(self.longest_s / STEP_S)):
            if task.done():
                break
            await self.tick()
        return await task


class Rig(InStep):
    """A simulated lane with these devices, their drivers, and the clock that both live by."""

    def __init__(self, clock: Any, devices: tuple[str, ...], settings: Mapping[str, Any]) -> None:
        self.clock = clock
        self.lane = SimulatedLane(7, devices)
        self.devices: dict[str, Any] = {}
        wires = []
        for device in devices:
            name = DEVICE_IDS[device]
            near, far = MemoryPipe.pair(name)
            wires.append(ends.MemoryEnd(self.lane.wires[name], far.take, far.send, plug_of(near)))
            info = DRIVERS[settings.get("driver", device)]
            own = info.settings.model_validate({"driver": device, "port": "memory", **settings})
            self.devices[name] = info.build(name, own, near, clock)
        self.steps = LockStep(self.lane, wires, clock.now_ms())

    async def outcomes(
        self, read: Callable[[], Coroutine[Any, Any, Any]], times: int = 5
    ) -> tuple[set[str], list[Any]]:
        """Read so often; return how it ended (``reading`` or an error's code), and what was read."""
        ends_seen, readings = set(), []
        for _ in range(times):
            try:
                readings.append(await self.see(read()))
                ends_seen.add("reading")
            except DeviceError as error:
                ends_seen.add(error.code)
        return ends_seen, readings

    async def pull_and_put_back(self, name: str) -> None:
        """Pull this device's adapter, see that it is felt, put it back, and open the device again."""
        driver = self.devices[name]
        self.lane.fault(name, "unplug")
        await self.wait(0.1)
        with pytest.raises(PortLostError):
            await self.see(driver.open())
        self.lane.clear()
        await self.wait(0.1)
        await self.see(driver.open())

    async def diesel(self, preset: str) -> None:
        self.lane.drive_on(preset)
        await self.wait(4.0)
        self.lane.hold_probe(True, "opacity")


def plug_of(near: MemoryEnd) -> Any:
    return lambda plugged: near.replug() if plugged else near.unplug()


@pytest.fixture
def new_rig(manual_clock: Any) -> Callable[..., Rig]:
    """Make a simulated lane with these devices and their drivers."""
    return lambda *devices, **settings: Rig(manual_clock, devices, settings)


@pytest.fixture
def see(manual_clock: Any) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Let lane time pass until something is done."""

    async def let_pass(work: Awaitable[Any], patience_s: float = 5.0) -> Any:
        task = asyncio.ensure_future(work)
        for _ in range(round(patience_s / 0.01)):
            await manual_clock.advance(0.01)
            if task.done():
                break
        assert task.done()
        return await task

    return let_pass
