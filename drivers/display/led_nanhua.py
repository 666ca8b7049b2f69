"""LED panels of Nanhua / NHSZKS, in the role DriverDisplay.

Knows which lines to write, that a text too long for the panel scrolls, and that a sign the panel lacks is replaced by
its plain form. The panel never answers: a dead one is seen by people alone, only a lost port is seen here.
Does not know what is shown to whom, or when.
"""

import asyncio
import contextlib
import unicodedata
from typing import Annotated, Literal

from pydantic import Field

from drivers.errors import DeviceError, RefusedError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.errors import ValueRangeError
from protocols.led_nanhua import ALL_PANELS, LAST_PANEL, Line, Mode, encode, encode_text

BAUD = 9600


class LedSettings(Strict):
    """A Nanhua LED panel on a serial port."""

    driver: Literal["nanhua-led"]
    port: PortName
    panel: Annotated[int, Field(ge=ALL_PANELS, le=LAST_PANEL)] = ALL_PANELS
    """The panel's number; 0 speaks to every panel on the line."""
    columns: Annotated[int, Field(ge=4, le=64)] = 16
    """Latin letters that fit into one line; a Chinese sign is as wide as two."""
    byte_gap_ms: Annotated[int, Field(ge=0, le=20)] = 0
    """Panels have no flow control; one that loses letters wants its bytes one by one with this pause."""


class NanhuaLed:
    """A panel with two lines in use. What is written is all there is to know about it."""

    def __init__(self, device: str, settings: LedSettings, exchange: Exchange, pace: Pace) -> None:
        self.device = device
        self.exchange = exchange
        self._settings = settings
        self._pace = pace
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Open the port and blank the panel."""
        await self.exchange.open()
        await self.clear()

    async def identify(self) -> Identity:
        """Nothing can be asked of a panel."""
        return Identity(None, None, None)

    async def close(self) -> None:
        """Blank the panel if the port still works, and close it."""
        with contextlib.suppress(DeviceError):
            await self.clear()
        await self.exchange.close()

    async def show(self, first: str, second: str = "") -> None:
        """Show two lines, centred, or scrolling where they are too long; RefusedError for what no panel can show."""
        try:
            frames = [encode(self._line(number, text)) for number, text in ((1, first), (2, second))]
        except ValueRangeError as error:
            raise RefusedError(self.device, "show text", str(error)) from None
        async with self._turn:
            await self._write(b"".join(frames))

    async def clear(self) -> None:
        """Show nothing."""
        await self.show("", "")

    def _line(self, number: int, text: str) -> Line:
        shown = _showable(text)
        mode = Mode.CENTRE if len(encode_text(shown)) <= self._settings.columns else Mode.SCROLL_LEFT
        return Line(self._settings.panel, number, mode, shown)

    async def _write(self, data: bytes) -> None:
        gap_ms = self._settings.byte_gap_ms
        if not gap_ms:
            await self.exchange.say(data)
            return
        for byte in data:
            await self.exchange.say(bytes([byte]))
            await self._pace.sleep(gap_ms / 1000)


def _showable(text: str) -> str:
    """Give each sign that the panel lacks its plain form where it has one (the 2 of CO2 when written small)."""
    return "".join(sign if _has(sign) else unicodedata.normalize("NFKC", sign) for sign in text)


def _has(sign: str) -> bool:
    try:
        encode_text(sign)
    except ValueRangeError:
        return False
    return True


def build(device: str, settings: LedSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a Nanhua LED panel."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return NanhuaLed(device, settings, Exchange(device, line, pace), pace)
