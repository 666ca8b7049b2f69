"""A serial port, real or pseudo-terminal, on pyserial: one reader thread per port, everything else on the event loop.

Knows how to open a port for itself alone, hand its bytes over, and notice that it is gone. Works where modem lines and
latency settings do not exist (pseudo-terminals). Does not know frames, devices, timeouts of an answer, or retries.
"""

import asyncio
import contextlib
import os
import termios
import threading
from collections.abc import Callable

import serial

from drivers.errors import PortLostError

_JOIN_LIMIT_S = 1.0
_WRITE_LIMIT_S = 0.5
_WRITE_PAUSE_S = 0.005
_LARGEST_BACKLOG = 1 << 20
"""A babbling device must not eat our memory: beyond this, the oldest bytes go."""


class SerialPort:
    """A Transport over one serial port. It can be opened again after it was lost."""

    def __init__(self, path: str, baud: int, *, device: str | None = None) -> None:
        self.path = path
        self._baud = baud
        self._device = device or path
        self._port: serial.Serial | None = None
        self._thread: threading.Thread | None = None
        self._arrived = bytearray()
        self._wake = asyncio.Event()
        self._lost: str | None = None
        self._session = 0
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Open the port for us alone and start its reader."""
        await self.close()
        try:
            self._port = await asyncio.to_thread(self._open_port)
        except (OSError, ValueError, termios.error) as error:  # SerialException is an OSError
            raise PortLostError(self._device, "open", f"{self.path}: {error}") from error
        self._arrived.clear()
        self._lost = None
        self._session += 1
        self._wake = asyncio.Event()
        reader = threading.Thread(
            target=_read_until_lost,
            args=(self._port, asyncio.get_running_loop(), self._arrive, self._lose, self._session),
            name=f"serial {self.path}",
            daemon=True,
        )
        self._thread = reader
        reader.start()

    async def close(self) -> None:
        """Close the port, wake a waiting reader; idempotent."""
        port, thread = self._port, self._thread
        self._port = self._thread = None
        if port is None:
            return
        self._lose(self._session, "the port was closed")
        with contextlib.suppress(OSError, AttributeError):
            port.cancel_read()
        if thread is not None:
            await asyncio.to_thread(thread.join, _JOIN_LIMIT_S)
        with contextlib.suppress(OSError):
            port.close()

    async def write(self, data: bytes) -> None:
        """Write all of data. The kernel's buffer takes a command at once, so this does not wait in a sound lane."""
        async with self._writing:  # a frame never lands inside another
            await self._write_all(data)

    async def _write_all(self, data: bytes) -> None:
        rest, waited_s = memoryview(data), 0.0
        while rest:
            port = self._sound("write")
            try:
                rest = rest[os.write(port.fileno(), rest) :]
            except BlockingIOError:
                if waited_s >= _WRITE_LIMIT_S:
                    raise PortLostError(self._device, "write", f"{self.path} takes no bytes") from None
                waited_s += _WRITE_PAUSE_S
                await asyncio.sleep(_WRITE_PAUSE_S)
            except (OSError, TypeError) as error:
                self._lose(self._session, str(error))
                raise PortLostError(self._device, "write", f"{self.path}: {error}") from error

    async def read(self) -> bytes:
        """Return what has arrived, waiting for at least one byte."""
        while not self._arrived:
            self._sound("read")
            self._wake.clear()
            await self._wake.wait()
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def purge(self) -> None:
        """Forget what has arrived and was not read."""
        self._arrived.clear()
        if self._port is not None and self._lost is None:
            with contextlib.suppress(OSError, termios.error):
                self._port.reset_input_buffer()

    def lost(self) -> str | None:
        """Say why the open port is gone, which its reader notices by itself; None while it is sound, or closed."""
        return None if self._port is None else self._lost

    def _open_port(self) -> serial.Serial:
        port = serial.Serial(self.path, self._baud, timeout=None, exclusive=True)
        with contextlib.suppress(OSError, ValueError, AttributeError, NotImplementedError):
            port.set_low_latency_mode(True)  # adapters hold bytes back for up to 16 ms; pseudo-terminals refuse this
        return port

    def _sound(self, doing: str) -> serial.Serial:
        if self._port is None or self._lost is not None:
            raise PortLostError(self._device, doing, f"{self.path}: {self._lost or 'the port is closed'}")
        return self._port

    def _arrive(self, session: int, data: bytes) -> None:
        if session == self._session:
            self._arrived += data
            del self._arrived[:-_LARGEST_BACKLOG]
            self._wake.set()

    def _lose(self, session: int, why: str) -> None:
        if session == self._session and self._lost is None:
            self._lost = why
            self._wake.set()


def _read_until_lost(
    port: serial.Serial,
    loop: asyncio.AbstractEventLoop,
    arrive: Callable[[int, bytes], None],
    lose: Callable[[int, str], None],
    session: int,
) -> None:
    """Hand over bytes until the port is gone or its reading is cancelled (the reader thread's whole life)."""
    why = "the port was closed"
    try:
        while data := port.read(max(1, port.in_waiting)):
            loop.call_soon_threadsafe(arrive, session, data)
    except (OSError, termios.error, TypeError, AttributeError) as error:  # the last two: closed meanwhile
        why = str(error)
    with contextlib.suppress(RuntimeError):  # the loop itself may have ended
        loop.call_soon_threadsafe(lose, session, why)
