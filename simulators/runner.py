"""Runs a simulated lane in real time, or faster, behind pseudo-terminals and a control socket.

Knows the event loop, deadlines and file names. Does not know what the lane is made of.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from simulators.control import ControlDesk
from simulators.ends import PtyEnd
from simulators.station import STEP_S, SimulatedLane
from simulators.wire import Wire

CONTROL_SOCKET = "control.sock"
LONGEST_UNIX_PATH = 100
MOST_ARREARS_S = 1.0
"""A process that was held up longer than this lets the time go instead of chasing it."""


class End(Protocol):
    """Where one wire meets its host."""

    def open(self) -> None:
        """Bring it into being."""

    def close(self) -> None:
        """Take it away. Idempotent."""

    def follow(self) -> None:
        """Do as the wire says: plugged or not, and what it has to say."""


class WireOnPty:
    """One wire behind a pseudo-terminal, followed through unplugging and plugging."""

    def __init__(self, wire: Wire, link: Path) -> None:
        self._wire = wire
        self._end = PtyEnd(link)

    def open(self) -> None:
        """Bring the port into being and listen to it."""
        asyncio.get_running_loop().add_reader(self._end.plug(), self._hear)

    def close(self) -> None:
        """Take the port away. Idempotent."""
        if self._end.fd is not None:
            asyncio.get_running_loop().remove_reader(self._end.fd)
        self._end.unplug()

    def follow(self) -> None:
        """Do as the wire says: plugged or not, and what it has to say."""
        if self._wire.plugged != (self._end.fd is not None):
            self.open() if self._wire.plugged else self.close()
        self._end.write(self._wire.take())

    def _hear(self) -> None:
        self._wire.receive(self._end.read())
        self._end.write(self._wire.take())


async def run_on_ptys(
    lane: SimulatedLane, folder: Path, clock_factor: float = 1.0, names: Iterable[str] | None = None
) -> None:
    """Keep the lane alive in ``folder``: ``gas``, ``dyno``, ``obd`` and ``control.sock``, until cancelled."""
    async with on_ptys(lane, folder, clock_factor, names) as beating:
        await beating


@asynccontextmanager
async def on_ptys(
    lane: SimulatedLane, folder: Path, clock_factor: float = 1.0, names: Iterable[str] | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """Do the same for as long as the block lasts; inside it the ports are there. Yields the task that steps."""
    chosen = list(lane.wires if names is None else names)
    ports = [WireOnPty(lane.wires[name], folder / name) for name in chosen]
    async with control_socket(lane, folder / CONTROL_SOCKET), ports_alive(lane, ports, clock_factor) as beating:
        yield beating


@asynccontextmanager
async def ports_alive(
    lane: SimulatedLane, ports: Sequence[End], clock_factor: float
) -> AsyncIterator[asyncio.Task[None]]:
    """Open these ports and step the lane behind them. A slip of ours while stepping is raised at the end."""
    try:
        for port in ports:
            port.open()
        beating = asyncio.create_task(_beat(lane, ports, clock_factor))
        try:
            yield beating
        finally:
            beating.cancel()
            await asyncio.wait([beating])
        if not beating.cancelled():
            beating.result()
    finally:
        for port in ports:
            port.close()


async def _beat(lane: SimulatedLane, ports: Sequence[End], clock_factor: float) -> None:
    """Step on fixed deadlines."""
    loop = asyncio.get_running_loop()
    period_s = STEP_S / clock_factor
    deadline_s = loop.time() + period_s
    while True:
        await asyncio.sleep(deadline_s - loop.time())
        now_s = loop.time()
        if now_s - deadline_s > MOST_ARREARS_S:
            deadline_s = now_s
        while deadline_s <= now_s:
            lane.step(STEP_S)
            deadline_s += period_s
        for port in ports:
            port.follow()


@asynccontextmanager
async def control_socket(lane: SimulatedLane, path: Path) -> AsyncIterator[None]:
    """Listen for commands to a lane, one JSON object a line."""
    async with line_socket(ControlDesk(lane).handle_line, path):
        yield


@asynccontextmanager
async def line_socket(answer: Callable[[bytes], bytes], path: Path) -> AsyncIterator[None]:
    """Answer each line that comes in at a unix socket with one line."""
    if len(str(path)) > LONGEST_UNIX_PATH:
        raise OSError(f"{path} is too long for a unix socket; choose a folder with a shorter name")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(answer(line))
                await writer.drain()
        except (ConnectionError, ValueError):  # gone, or a line without end
            pass
        finally:
            writer.close()

    _clear_away(path)
    server = await asyncio.start_unix_server(serve, path)
    try:
        yield
    finally:
        server.close()
        _clear_away(path)


def _clear_away(path: Path) -> None:
    """Remove a socket that an earlier process left, and make sure of its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
