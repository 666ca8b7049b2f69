"""The broker of a training station: an embedded MQTT 5 broker on loopback behind a TLS 1.3 relay.

The embedded broker (iotcore, a child process) cannot ask for client certificates, so the relay does: nobody without a
certificate of the station's CA gets through. It keeps everything in memory. Never the broker of a real station.
"""

import asyncio
import contextlib
import signal
import socket
import ssl
from pathlib import Path
from types import TracebackType
from typing import Self

import iotcore

from simulators.pki import LineFiles

HOST = "127.0.0.1"
CONFIG = """\
id = 0
[router]
id = 0
max_connections = 200
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v5.1]
name = "v5-1"
listen = "{host}:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 5000
max_payload_size = 67108864
max_inflight_count = 100
dynamic_filters = true
"""


class Broker:
    """Start it, give ``host`` and ``port`` to everybody, stop it. Port 0 means: choose a free one."""

    host = HOST

    def __init__(self, line: LineFiles, folder: Path, port: int = 0) -> None:
        self._line = line
        self._folder = folder
        self._inner_port = free_port()
        self._inner: iotcore.Broker | None = None
        self._relay: asyncio.Server | None = None
        self._under_way: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.port = port or free_port()

    async def start(self) -> None:
        """Start the embedded broker and open the relay; returns when both take connections."""
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "broker.toml"
        config.write_text(CONFIG.format(host=HOST, port=self._inner_port), "utf-8")
        self._inner = iotcore.Broker(config_path=str(config))
        await asyncio.to_thread(_start_quietly, self._inner)
        self._relay = await asyncio.start_server(self._accept, HOST, self.port, ssl=_tls(self._line))

    async def stop(self) -> None:
        """Cut every connection and end the child process; what the broker held in memory is gone."""
        relay, inner = self._relay, self._inner
        self._relay = self._inner = None
        if relay is not None:
            relay.close()
            await self.cut()
            await relay.wait_closed()
        if inner is not None:
            await asyncio.to_thread(inner.stop)

    async def restart(self) -> None:
        """Stop and start again on the same port: a power cut, as everybody else sees it."""
        await self.stop()
        await self.start()

    async def cut(self) -> None:
        """Cut every connection without a goodbye; the broker itself goes on."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._relay_bytes(reader, writer))
        self._under_way[task] = writer
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        writer = self._under_way.pop(task)
        writer.close()
        writer.transport.abort()

    async def _relay_bytes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(HOST, self._inner_port)
        except OSError:
            return
        both = [asyncio.ensure_future(_pump(reader, inner_writer)), asyncio.ensure_future(_pump(inner_reader, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            inner_writer.close()  # before anything is awaited: a cut may come at any await
            inner_writer.transport.abort()
            for pump in both:
                pump.cancel()
            await asyncio.gather(*both, return_exceptions=True)


def _start_quietly(inner: iotcore.Broker) -> None:
    """Start the child process with Ctrl-C blocked, so that one at the terminal leaves it to ``stop`` to end it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # of this thread, and so of its child
    try:
        inner.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def free_port() -> int:
    """Return a port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _tls(line: LineFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(line.cert, line.key)
    context.load_verify_locations(line.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # either end may go at any time
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
