"""Modbus programs that are not ours: mbpoll asks our simulated devices, and our drivers ask a server on libmodbus."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import NoReplyError, PortLostError
from drivers.readings import AmbientReading, IoReading
from drivers.registry import DRIVERS
from lanectl.lane.clock import RealClock
from simulators.devices import DEVICE_IDS
from simulators.runner import End, WireOnPty, ports_alive
from simulators.sample_line import Air
from simulators.station import SimulatedLane
from simulators.tcp_end import WireOnTcp

pytestmark = pytest.mark.peer
SOURCE = Path(__file__).with_name("modbus_peer.c")
MBPOLL_LIMIT_S = 10.0
RTU = ("-m", "rtu", "-b", "9600", "-P", "none")


@asynccontextmanager
async def simulated(device: str, end: str, folder: Path) -> AsyncIterator[tuple[SimulatedLane, str]]:
    """One simulated device on a pseudo-terminal or a TCP port; yields the lane and the port's name."""
    lane = SimulatedLane(seed=1, devices=(device,))
    wire = lane.wires[DEVICE_IDS[device]]
    port: End = WireOnTcp(wire) if end == "tcp" else WireOnPty(wire, folder / "port")
    async with ports_alive(lane, [port], clock_factor=1.0):
        yield lane, f"tcp://127.0.0.1:{port.port}" if isinstance(port, WireOnTcp) else str(folder / "port")


async def mbpoll(port: str, *words: str, write: tuple[str, ...] = ()) -> str:
    """Run mbpoll once against a port; returns all it says."""
    assert shutil.which("mbpoll"), "mbpoll is missing: 'make test' installs it"
    where = port.removeprefix("tcp://").split(":")
    line = ("-m", "tcp", "-p", where[1]) if port.startswith("tcp://") else RTU
    child = await asyncio.create_subprocess_exec(
        "mbpoll", *line, "-0", "-1", "-o", "0.5", *words, where[0], *write,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(MBPOLL_LIMIT_S):
        said, _ = await child.communicate()
    return said.decode()


def values(said: str) -> list[float]:
    return [float(value) for value in re.findall(r"^\[\d+\]:\s+(\S+)", said, re.MULTILINE)]


async def test_mbpoll_reads_the_simulated_weather_station_and_other_units_are_silent(tmp_path: Path) -> None:
    async with simulated("rz-1", "pty", tmp_path) as (lane, port):
        lane.weather_face.air = Air(temp_c=25.0, humidity_pct=50.0, pressure_kpa=101.2)
        assert values(await mbpoll(port, "-a", "1", "-t", "3", "-r", "0", "-c", "4")) == [5000, 2500, 9200, 0]
        assert "timed out" in await mbpoll(port, "-a", "2", "-t", "3", "-r", "0", "-c", "4")
        assert "Illegal data address" in await mbpoll(port, "-a", "1", "-t", "3", "-r", "0", "-c", "5")
        assert values(await mbpoll(port, "-a", "1", "-t", "3", "-r", "0", "-c", "4")) == [5000, 2500, 9200, 0]


@pytest.mark.parametrize("end", ["pty", "tcp"])
async def test_mbpoll_reads_and_drives_the_simulated_dynamometer(tmp_path: Path, end: str) -> None:
    async with simulated("generic-modbus-dyno", end, tmp_path) as (lane, port):
        lane.bench.speed_kmh, lane.bench.lift = 40.0, "down"
        speed, force, power = values(await mbpoll(port, "-a", "1", "-t", "3:float", "-B", "-r", "0", "-c", "3"))
        assert 0.0 < speed < 40.5
        assert abs(force) < 10.0
        assert abs(power) < 0.2
        assert "Written 1" in await mbpoll(port, "-a", "1", "-t", "4:float", "-B", "-r", "16", write=("976.5",))
        assert "Written 1" in await mbpoll(port, "-a", "1", "-t", "4", "-r", "18", write=("2",))
        assert (lane.bench.brake.mode, lane.bench.brake.force_setpoint_n) == ("force", 976.5)
        assert values(await mbpoll(port, "-a", "1", "-t", "3", "-r", "7", "-c", "1")) == [2]
        assert "Illegal data value" in await mbpoll(port, "-a", "1", "-t", "4", "-r", "18", write=("9",))
        assert "timed out" in await mbpoll(port, "-a", "5", "-t", "3", "-r", "7", "-c", "1")


async def test_mbpoll_refreshes_the_watchdog_of_the_simulated_module_and_it_falls_by_itself(tmp_path: Path) -> None:
    async with simulated("generic-modbus-io", "tcp", tmp_path) as (lane, port):
        assert values(await mbpoll(port, "-a", "1", "-t", "1", "-r", "0", "-c", "3")) == [1, 0, 0]
        lane.press_estop(True)
        assert values(await mbpoll(port, "-a", "1", "-t", "1", "-r", "0", "-c", "3")) == [0, 0, 0]
        lane.press_estop(False)
        assert "Written 1" in await mbpoll(port, "-a", "1", "-t", "0", "-r", "0", write=("1",))
        async with asyncio.timeout(5.0):
            while lane.bench.brake.enabled:  # noqa: ASYNC110 - the simulated lane rings no bell
                await asyncio.sleep(0.02)
        assert values(await mbpoll(port, "-a", "1", "-t", "0", "-r", "0", "-c", "1")) == [0]


# --- our drivers at a server on libmodbus -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def peer_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server, built from its source."""
    program = tmp_path_factory.mktemp("modbus") / "modbus_peer"
    subprocess.run(["gcc", "-Wall", "-Werror", "-O1", "-o", program, SOURCE, "-lmodbus"], check=True)
    return program


class Peer:
    """The running server and what it says."""

    def __init__(self, port: str, child: "subprocess.Popen[str]") -> None:
        self.port = port
        self.child = child

    def wrote(self) -> str:
        assert self.child.stdout is not None
        return self.child.stdout.readline().strip()


def started(*words: str | Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def ended(child: "subprocess.Popen[str]") -> None:
    child.kill()
    child.communicate(timeout=10)


@pytest.fixture
def over_tcp(peer_program: Path) -> Iterator[Any]:
    children = []

    def start(what: str) -> Peer:
        with socket.create_server(("127.0.0.1", 0)) as free:
            number = free.getsockname()[1]
        children.append(started(peer_program, "tcp", str(number), what))
        return Peer(f"tcp://127.0.0.1:{number}", children[-1])

    yield start
    for child in children:
        ended(child)


@pytest.fixture
async def over_rtu(peer_program: Path) -> AsyncIterator[Any]:
    """The server on one pseudo-terminal, our driver on another, and a cable between them."""
    loop, ends, children = asyncio.get_running_loop(), [os.openpty(), os.openpty()], []
    for near, far in ends:
        tty.setraw(far)
        os.set_blocking(near, False)

    def carry(here: int, there: int) -> None:
        os.write(there, os.read(here, 4096))

    for here, there in ((0, 1), (1, 0)):
        loop.add_reader(ends[here][0], carry, ends[here][0], ends[there][0])

    def start(what: str) -> Peer:
        children.append(started(peer_program, "rtu", os.ttyname(ends[0][1]), what))
        return Peer(os.ttyname(ends[1][1]), children[-1])

    yield start
    for child in children:
        ended(child)
    for near, far in ends:
        loop.remove_reader(near)
        os.close(near)
        os.close(far)


@asynccontextmanager
async def driver(device: str, **settings: object) -> AsyncIterator[Any]:
    info = DRIVERS[device]
    made: Any = info.build(device, info.settings.model_validate({"driver": device, **settings}), None, RealClock())
    try:
        await made.open()
        yield made
    finally:
        await made.close()


async def test_our_weather_driver_reads_a_libmodbus_server_over_a_serial_line(over_rtu: Any) -> None:
    async with driver("rz-1", port=over_rtu("weather").port) as weather:
        assert await weather.read() == AmbientReading(25.0, 50.0, 101.2)
        assert await weather.read() == AmbientReading(25.0, 50.0, 101.2)


@pytest.mark.parametrize("line", ["over_tcp", "over_rtu"])
async def test_our_dynamometer_driver_reads_and_orders_a_libmodbus_server(
    line: str, over_tcp: Any, over_rtu: Any
) -> None:
    peer = (over_tcp if line == "over_tcp" else over_rtu)("mapped")
    async with driver("generic-modbus-dyno", port=peer.port, map="example-dyno") as dyno:
        assert peer.wrote() == "6 18 0", "the load is taken off first"
        reading = dyno.latest()
        assert (reading.speed_kmh, reading.brake_force_n, reading.duty_pct) == (40.03, 976.5, 27.1)
        await dyno.hold_force(976.5)
        assert (peer.wrote(), peer.wrote()) == (f"16 16 {0x4474} {0x2000}", "6 18 2")
        await dyno.hold_speed(70.0)
        assert (peer.wrote(), peer.wrote()) == (f"16 20 {0x428C} 0", "6 18 1")
        await dyno.release()
        assert peer.wrote() == "6 18 0"


@pytest.mark.parametrize("line", ["over_tcp", "over_rtu"])
async def test_our_module_driver_reads_and_switches_a_libmodbus_server(line: str, over_tcp: Any, over_rtu: Any) -> None:
    peer = (over_tcp if line == "over_tcp" else over_rtu)("mapped")
    async with driver("generic-modbus-io", port=peer.port, map="example-io") as module:
        assert peer.wrote() == "5 0 0", "the circuit is opened first"
        assert await module.read_inputs() == IoReading(False, False, True)
        await module.kick_watchdog()
        assert peer.wrote() == "5 0 1"
        await module.set_output("fan", on=True)
        assert peer.wrote() == "5 2 1"


async def test_a_server_that_is_killed_is_a_lost_port_and_one_that_sleeps_is_silent(over_tcp: Any) -> None:
    peer = over_tcp("mapped")
    async with driver("generic-modbus-io", port=peer.port, map="example-io") as module:
        peer.child.send_signal(19)  # SIGSTOP
        with pytest.raises(NoReplyError):
            await module.read_inputs()
        peer.child.kill()
        peer.child.wait(timeout=5)
        with pytest.raises(PortLostError):
            await _until_it_fails(module)


async def _until_it_fails(module: Any) -> None:
    for _ in range(5):
        await module.read_inputs()
