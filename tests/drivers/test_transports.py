"""Ends of a wire: a pseudo-terminal through pyserial, and a pipe in memory, behave alike."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.errors import PortLostError
from drivers.transports.memory import MemoryPipe
from drivers.transports.serial_port import SerialPort
from drivers.transports.tcp_port import TcpPort

PATIENCE_S = 5.0


@dataclass
class Pty:
    """The device's side of a pseudo-terminal behind a stable name."""

    link: Path
    near: int = -1
    far: int = -1

    def plug(self) -> None:
        self.near, self.far = os.openpty()
        tty.setraw(self.far)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self.far))

    def unplug(self) -> None:
        self.link.unlink()
        os.close(self.far)
        os.close(self.near)
        self.near = -1


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[Pty]:
    pty = Pty(tmp_path / "gas")
    pty.plug()
    yield pty
    if pty.near >= 0:
        pty.unplug()


@pytest.fixture
async def port(pty: Pty) -> AsyncIterator[SerialPort]:
    port = SerialPort(str(pty.link), 38400, device="gas")
    await port.open()
    yield port
    await port.close()


async def read_all(port: SerialPort, count: int) -> bytes:
    data = b""
    async with asyncio.timeout(PATIENCE_S):
        while len(data) < count:
            data += await port.read()
    return data


async def test_bytes_cross_both_ways(pty: Pty, port: SerialPort) -> None:
    await port.write(b"\x00\x11\x13\xff>")
    assert await asyncio.to_thread(os.read, pty.near, 100) == b"\x00\x11\x13\xff>"
    os.write(pty.near, b"\x03\x0d\x0a\x1a" * 500)
    assert await read_all(port, 2000) == b"\x03\x0d\x0a\x1a" * 500


async def test_a_port_is_opened_by_one_only(pty: Pty, port: SerialPort) -> None:
    second = SerialPort(str(pty.link), 38400)
    with pytest.raises(PortLostError, match="open"):
        await second.open()


async def test_a_missing_port_is_lost(tmp_path: Path) -> None:
    with pytest.raises(PortLostError, match="gas: open"):
        await SerialPort(str(tmp_path / "none"), 9600, device="gas").open()


async def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PortLostError):
        await SerialPort(str(tmp_path / "file"), 9600).open()


async def test_a_pulled_adapter_wakes_the_reader_and_can_come_back(pty: Pty, port: SerialPort) -> None:
    reading = asyncio.create_task(port.read())
    await asyncio.sleep(0)
    pty.unplug()
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(PortLostError):
            await reading
    with pytest.raises(PortLostError):
        await port.write(b"x")
    pty.plug()
    await port.open()
    os.write(pty.near, b"back")
    assert await read_all(port, 4) == b"back"


async def test_a_pulled_adapter_is_known_without_asking(pty: Pty, port: SerialPort) -> None:
    assert port.lost() is None
    pty.unplug()
    await port._wake.wait()  # the loop finds out by itself
    assert port.lost() is not None
    await port.close()
    assert port.lost() is None


async def test_a_server_that_hangs_up_is_known_without_asking() -> None:
    hung_up = asyncio.Event()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hung_up.wait()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = TcpPort("127.0.0.1", server.sockets[0].getsockname()[1], device="dyno")
        await port.open()
        assert port.lost() is None
        hung_up.set()
        connection = port._connection
        assert connection is not None
        await connection.wake.wait()
        assert port.lost() == "the other end hung up"
        await port.close()
        assert port.lost() is None


async def test_closing_wakes_the_reader_and_may_be_repeated(port: SerialPort) -> None:
    reading = asyncio.create_task(port.read())
    await asyncio.sleep(0)
    await port.close()
    await port.close()
    with pytest.raises(PortLostError, match="closed"):
        await reading
    with pytest.raises(PortLostError):
        await port.write(b"x")


async def test_a_line_that_takes_no_bytes_is_lost_and_not_waited_for(port: SerialPort) -> None:
    async def write_for_ever() -> None:
        while True:
            await port.write(bytes(4096))

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(PortLostError, match="takes no bytes"):
            await write_for_ever()


async def test_what_is_purged_is_forgotten(pty: Pty, port: SerialPort) -> None:
    os.write(pty.near, b"old")
    reading = await read_all(port, 3)
    assert reading == b"old"
    port._arrived += b"stale"
    port.purge()
    os.write(pty.near, b"new")
    assert await read_all(port, 3) == b"new"


async def test_memory_ends_hand_bytes_over_at_once() -> None:
    near, far = MemoryPipe.pair("gas")
    await near.open()
    await near.write(b"question")
    assert far.take() == b"question"
    assert far.take() == b""
    reading = asyncio.create_task(near.read())
    await asyncio.sleep(0)
    far.send(b"answer")
    assert await reading == b"answer"
    far.send(b"late")
    near.purge()
    far.send(b"new")
    assert await near.read() == b"new"


async def test_memory_ends_feel_a_pulled_cable() -> None:
    near, far = MemoryPipe.pair("gas")
    await near.open()
    reading = asyncio.create_task(near.read())
    await asyncio.sleep(0)
    near.unplug()
    with pytest.raises(PortLostError, match="gas: read: the cable was pulled"):
        await reading
    far.send(b"into the void")
    with pytest.raises(PortLostError):
        await near.open()
    near.replug()
    with pytest.raises(PortLostError, match="closed"):
        await near.write(b"x")
    await near.open()
    far.send(b"back")
    assert await near.read() == b"back"


async def test_closing_a_memory_end_wakes_its_reader() -> None:
    near, _ = MemoryPipe.pair("gas")
    await near.open()
    reading = asyncio.create_task(near.read())
    await asyncio.sleep(0)
    await near.close()
    with pytest.raises(PortLostError, match="closed"):
        await reading
