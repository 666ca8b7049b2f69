"""Listens to a serial port or a CAN bus for ``lanectl sniff``, and never writes to it.

Knows how ports are named and opened for listening. Does not know how lines are shown.
"""

import asyncio
from collections.abc import Callable

from drivers.errors import DeviceError
from drivers.listening import ListeningPort, listening_bus
from drivers.registry import all_drivers
from drivers.transports.can_bus import BusLink
from lanectl.app.overhearing import GAP_MS, Cutter, Interpreter, Line, Utterance, frame_said
from lanectl.app.port_search import PortUnusableError
from lanectl.lane.clock import RealClock

LOOK_S = GAP_MS / 1000 / 2
USUAL_BAUD = 9600
Take = Callable[[Line], None]


def sniff(
    port: str,
    take: Take,
    *,
    to_device: str | None = None,
    device: str | None = None,
    baud: int | None = None,
    for_s: float | None = None,
) -> str:
    """Listen until interrupted or for so long; returns why it ended. PortUnusableError, UnknownDeviceError.

    ``to_device`` is a second port at which the other direction is heard (a tap on both lines).
    """
    interpreter = Interpreter(device)
    speed = baud or usual_baud(device)
    try:
        return asyncio.run(_sniff(port, to_device, speed, interpreter, take, for_s))
    except DeviceError as error:
        raise PortUnusableError(error.evidence) from None


def usual_baud(device: str | None) -> int:
    """Return the speed at which this device speaks as a rule."""
    info = all_drivers().get(device or "")
    bauds = [baud for probe in (info.probes if info else ()) for baud in probe.bauds]
    return bauds[0] if bauds else USUAL_BAUD


async def _sniff(
    port: str, to_device: str | None, baud: int, interpreter: Interpreter, take: Take, for_s: float | None
) -> str:
    clock = RealClock()
    bus = listening_bus(port)
    try:
        async with asyncio.timeout(for_s):
            if bus is not None:
                await _hear_bus(bus, interpreter, take, clock)
            else:
                await _hear_ports(port, to_device, baud, interpreter, take, clock)
    except TimeoutError:
        return ""
    except DeviceError as error:
        if error.doing == "open":
            raise
        return error.evidence
    return ""


async def _hear_bus(bus: BusLink, interpreter: Interpreter, take: Take, clock: RealClock) -> None:
    await bus.open()
    try:
        while True:
            frame = await bus.receive()
            _take_all(interpreter, take, [frame_said(frame, clock.now_ms())])
    finally:
        await bus.close()


async def _hear_ports(
    port: str, to_device: str | None, baud: int, interpreter: Interpreter, take: Take, clock: RealClock
) -> None:
    ways: list[tuple[str, bool | None]] = [(port, None if to_device is None else False)]
    ways += [] if to_device is None else [(to_device, True)]
    ears = [(ListeningPort(name, baud), Cutter(to_device=way)) for name, way in ways]
    try:
        for ear, _ in ears:
            await ear.open()
        async with asyncio.TaskGroup() as group:
            for ear, cutter in ears:
                group.create_task(_hear(ear, cutter, interpreter, take, clock))
    except* DeviceError as lost:
        raise lost.exceptions[0] from None
    finally:
        for ear, cutter in ears:
            ear.close()
            _take_all(interpreter, take, cutter.rest())


async def _hear(ear: ListeningPort, cutter: Cutter, interpreter: Interpreter, take: Take, clock: RealClock) -> None:
    while True:
        try:
            async with asyncio.timeout(LOOK_S):
                data = await ear.read()
        except TimeoutError:
            _take_all(interpreter, take, cutter.silence(clock.now_ms()))
        else:
            _take_all(interpreter, take, cutter.feed(data, clock.now_ms()))


def _take_all(interpreter: Interpreter, take: Take, said: list[Utterance]) -> None:
    for each in said:
        for line in interpreter.lines(each):
            take(line)
