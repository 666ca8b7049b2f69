"""A TCP connection to one device, on the event loop.

Knows how to connect, hand bytes over, and notice that the other end has gone. Does not know frames, timeouts of an
answer, or retries. A cable pulled further away is silence, and silence is the exchange's to judge.
"""

import asyncio
import socket

from drivers.errors import PortLostError

CONNECT_LIMIT_S = 2.0
_LARGEST_BACKLOG = 1 << 20
"""A babbling device must not eat our memory: beyond this, the oldest bytes go."""


class _Connection(asyncio.Protocol):
    """What one connection brought so far, and why it ended."""

    def __init__(self) -> None:
        self.arrived = bytearray()
        self.wake = asyncio.Event()
        self.lost: str | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send small questions at once instead of collecting them."""
        assert isinstance(transport, asyncio.Transport)  # a TCP connection is nothing else
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Keep what arrives."""
        self.arrived += data
        del self.arrived[:-_LARGEST_BACKLOG]
        self.wake.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake the reader, for whom there is nothing more."""
        self.lost = self.lost or (str(exc) if exc else "the other end hung up")
        self.wake.set()


class TcpPort:
    """A Transport over one TCP connection. It can be opened again after it was lost."""

    def __init__(self, host: str, port: int, *, device: str | None = None) -> None:
        self.address = f"tcp://{host}:{port}"
        self._host, self._port = host, port
        self._device = device or self.address
        self._connection: _Connection | None = None

    async def open(self) -> None:
        """Connect."""
        await self.close()
        try:
            async with asyncio.timeout(CONNECT_LIMIT_S):
                loop = asyncio.get_running_loop()
                _, self._connection = await loop.create_connection(_Connection, self._host, self._port)
        except TimeoutError:
            raise self._gone("open", f"no answer within {CONNECT_LIMIT_S:g} s") from None
        except OSError as error:
            raise self._gone("open", str(error)) from error

    async def close(self) -> None:
        """Hang up and wake a waiting reader; idempotent."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        connection.lost = connection.lost or "the connection was closed"
        connection.wake.set()
        if connection.transport is not None:
            connection.transport.abort()
        await asyncio.sleep(0)

    async def write(self, data: bytes) -> None:
        """Hand data to the network; a request is so small that the kernel takes it at once."""
        connection = self._sound("write")
        if connection.transport is not None:
            connection.transport.write(data)

    async def read(self) -> bytes:
        """Return what has arrived, waiting for at least one byte."""
        connection = self._sound("read", even_if_lost=True)
        while not connection.arrived:
            if connection.lost is not None:
                raise self._gone("read", connection.lost)
            connection.wake.clear()
            await connection.wake.wait()
        data = bytes(connection.arrived)
        connection.arrived.clear()
        return data

    def purge(self) -> None:
        """Forget what has arrived and was not read."""
        if self._connection is not None:
            self._connection.arrived.clear()

    def lost(self) -> str | None:
        """Say why the connection is gone; None while it stands, or is closed by us."""
        return None if self._connection is None else self._connection.lost

    def _sound(self, doing: str, *, even_if_lost: bool = False) -> _Connection:
        if self._connection is None:
            raise self._gone(doing, "not connected")
        if self._connection.lost is not None and not even_if_lost:
            raise self._gone(doing, self._connection.lost)
        return self._connection

    def _gone(self, doing: str, why: str) -> PortLostError:
        return PortLostError(self._device, doing, f"{self.address}: {why}")
