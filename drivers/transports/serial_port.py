"""A serial port, real or pseudo-terminal: set up by pyserial, read by the event loop as soon as bytes are there.

Knows how to open a port for itself alone, hand its bytes over, and notice that it is gone. Works where modem lines and
latency settings do not exist (pseudo-terminals). Does not know frames, devices, timeouts of an answer, or retries.
"""

import asyncio
import contextlib
import os
import select
import termios

import serial

from drivers.errors import PortLostError

_WRITE_LIMIT_S = 0.5
_WRITE_PAUSE_S = 0.005
_CHUNK = 4096
_LARGEST_BACKLOG = 1 << 20
"""A babbling device must not eat our memory: beyond this, the oldest bytes go."""


class SerialPort:
    """A Transport over one serial port. It can be opened again after it was lost."""

    def __init__(self, path: str, baud: int, *, device: str | None = None) -> None:
        self.path = path
        self._baud = baud
        self._device = device or path
        self._port: serial.Serial | None = None
        self._arrived = bytearray()
        self._wake = asyncio.Event()
        self._lost: str | None = None
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Open the port for us alone and listen to it."""
        await self.close()
        try:
            self._port = await asyncio.to_thread(self._open_port)
        except (OSError, ValueError, termios.error) as error:  # SerialException is an OSError
            raise PortLostError(self._device, "open", f"{self.path}: {error}") from error
        self._arrived.clear()
        self._lost = None
        self._wake = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._port.fileno(), self._hear, self._port)

    async def close(self) -> None:
        """Close the port, wake a waiting reader; idempotent."""
        port = self._port
        if port is None:
            return
        self._lose("the port was closed")
        self._port = None
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
                self._lose(str(error))
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

    def _hear(self, port: serial.Serial) -> None:
        """Take what has arrived. To read nothing means that the port is gone, or that it was purged meanwhile."""
        try:
            data = os.read(port.fileno(), _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(str(error))
            return
        if not data and _is_gone(port.fileno()):
            self._lose("the port is gone")
            return
        self._arrived += data
        del self._arrived[:-_LARGEST_BACKLOG]
        self._wake.set()

    def _lose(self, why: str) -> None:
        if self._port is None or self._lost is not None:
            return
        self._lost = why
        asyncio.get_running_loop().remove_reader(self._port.fileno())
        self._wake.set()


def _is_gone(port: int) -> bool:
    """Tell whether an empty port has something to say all the same: that it was hung up."""
    look = select.poll()
    look.register(port, select.POLLIN)
    return bool(look.poll(0))
