"""Puts up a simulated station and takes it down again: broker, bureau, M-station, lanes with their devices, people.

Knows who must be there before whom. What is played on it is somebody else's business (story.py).
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulators.broker import HOST, Broker
from simulators.bureau import Bureau, Misdeeds, MStation, enrolled
from simulators.demo.children import Children
from simulators.demo.layout import LANES, M_STATION, LaneLayout, Layout, lay_out
from simulators.demo.operator import Cloth, Operator, Wheel
from simulators.m_station import MStation as MStationPeople
from simulators.runner import CONTROL_SOCKET, LONGEST_UNIX_PATH

READY_WITHIN_S = 60.0


class NoPlaceError(Exception):
    """A station cannot be put up in this folder; says why and what to choose instead."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who takes part."""

    layout: Layout
    bureau: Bureau
    m_station: MStationPeople
    operators: Mapping[str, Operator]
    wheels: Mapping[str, Wheel]
    cloths: Mapping[str, Cloth]
    """For the lanes that have a camera."""
    children: Children
    clock_factor: float

    @property
    def first_lane(self) -> LaneLayout:
        """The lane on which the cars are tested."""
        return self.layout.lanes["01"]

    @property
    def operator(self) -> Operator:
        """The operator of the first lane."""
        return self.operators["01"]

    @property
    def wheel(self) -> Wheel:
        """The driver on the first lane."""
        return self.wheels["01"]

    async def lane_ready(self, lane: str) -> str:
        """Wait until a lane may test and its line to the bureau is up; return which devices it has."""

        def ready(view: Mapping[str, object]) -> bool:
            self.children.check()
            uplink = view["uplink"]
            return not view["locks"] and isinstance(uplink, Mapping) and bool(uplink["connected"])

        view = await self.operators[lane].until(ready, f"lane {lane} is not ready", READY_WITHIN_S)
        return ", ".join(f"{device['name']} {device['driver']}" for device in view["devices"])


@contextlib.asynccontextmanager
async def station(
    folder: Path,
    *,
    clock_factor: float,
    terminal_ports: Mapping[str, int],
    lanes: Sequence[str] = LANES,
    misdeeds: Callable[[Layout], Misdeeds] = lambda layout: Misdeeds(),
    apart: bool = False,
) -> AsyncIterator[Cast]:
    """Put up a station in an empty folder for as long as the block lasts. Lanes are started, maybe not ready yet.

    ``apart``: broker and bureau are processes of their own, so that they can be killed; ``Cast.bureau`` then only looks
    into the bureau's file.
    """
    folder = check_place(folder)
    ports = {lane: free_port(terminal_ports.get(lane, 0)) for lane in lanes}
    cameras = {lane: free_port() for lane in lanes}
    office = (free_port(), free_port())
    layout = await asyncio.to_thread(lay_out, folder, office[0], ports, clock_factor, lanes, cameras, office[1])
    children = Children(folder)
    async with contextlib.AsyncExitStack() as stack:
        bureau = _bureau(layout, misdeeds(layout))
        if apart:
            stack.callback(bureau.stop)
            stack.push_async_callback(children.end_all)
            await children.start_broker(layout)
            await children.start_bureau(layout)
        else:
            await _start_here(stack, layout, bureau)
            stack.push_async_callback(children.end_all)
        for number, lane in enumerate(layout.lanes.values()):
            await asyncio.gather(
                children.start_devices(lane, lane.pace(clock_factor), seed=number), children.start_camera(lane)
            )
            await children.start_lane(lane)
        wheels = {name: Wheel(lane.devices / CONTROL_SOCKET) for name, lane in layout.lanes.items()}
        cloths = {
            name: Cloth(lane.camera.folder / CONTROL_SOCKET) for name, lane in layout.lanes.items() if lane.camera
        }
        operators = {name: Operator(lane.terminal_port, wheels[name]) for name, lane in layout.lanes.items()}
        for operator in operators.values():
            stack.push_async_callback(operator.close)
        m_station = MStationPeople(layout.files.m_stations[M_STATION], HOST, layout.door_port)
        yield Cast(layout, bureau, m_station, operators, wheels, cloths, children, clock_factor)


async def _start_here(stack: contextlib.AsyncExitStack, layout: Layout, bureau: Bureau) -> None:
    """Start broker and bureau in this process."""
    files = layout.files
    broker = Broker(files.broker, layout.folder / "broker", layout.broker_port)
    stack.push_async_callback(broker.stop)
    await broker.start()
    stack.callback(bureau.stop)
    await asyncio.to_thread(bureau.start, broker.host, broker.port, files.bureau, files.bureau_door, layout.door_port)


def check_place(folder: Path) -> Path:
    """Return the folder's full name; raise NoPlaceError unless a station can be put up in it."""
    folder = folder.resolve()
    if len(str(folder / "lane-01" / "dev" / CONTROL_SOCKET)) > LONGEST_UNIX_PATH:
        raise NoPlaceError(f"{folder} is too long a name for the sockets in it; choose a shorter --folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise NoPlaceError(f"{folder} is not empty; choose a new --folder")
    except OSError as error:
        raise NoPlaceError(f"{folder}: {error.strerror}; choose another --folder") from None
    return folder


def free_port(wanted: int = 0) -> int:
    """Return the wanted port if it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on loopback")


def _bureau(layout: Layout, misdeeds: Misdeeds) -> Bureau:
    return Bureau(
        layout.folder / "bureau.db",
        layout.files.bureau_signing.private,
        enrolled(layout.files.trust),
        m_stations=[MStation(M_STATION, date(2020, 1, 1))],
        misdeeds=misdeeds,
    )
