"""What every driver of a LED panel does, in the role DriverDisplay.

Knows two lines, that a sign the panel lacks is replaced by its plain form, and that panels have no flow control: one
that loses letters wants its bytes one by one. A panel never answers: a dead one is seen by people alone, only a lost
port is seen here. Does not know frames, what is shown to whom, or when.
"""

import asyncio
import contextlib
import unicodedata
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from drivers.errors import DeviceError, RefusedError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.roles import Identity
from drivers.settings import PortName, Strict
from protocols.errors import ValueRangeError
from protocols.led_text import encode_text

Columns = Annotated[int, Field(ge=4, le=64)]
ByteGapMs = Annotated[int, Field(ge=0, le=20)]


class PanelSettings(Strict):
    """What all panels have in common."""

    port: PortName
    columns: Columns = 16
    """Latin letters that fit into one line; a Chinese sign is as wide as two."""
    byte_gap_ms: ByteGapMs = 0
    """Panels have no flow control; one that loses letters wants its bytes one by one with this pause."""


class TextPanel:
    """A panel with two lines in use. What is written is all there is to know about it."""

    def __init__(self, exchange: Exchange, pace: Pace, compose: Callable[[str, str], bytes], byte_gap_ms: int) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self._pace = pace
        self._compose = compose
        self._gap_s = byte_gap_ms / 1000
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
        """Show two lines; RefusedError for what no panel can show, and then nothing is sent."""
        try:
            data = self._compose(_showable(first), _showable(second))
        except ValueRangeError as error:
            raise RefusedError(self.device, "show text", str(error)) from None
        async with self._turn:
            await self._write(data)

    async def clear(self) -> None:
        """Show nothing."""
        await self.show("", "")

    async def _write(self, data: bytes) -> None:
        if not self._gap_s:
            await self.exchange.say(data)
            return
        for byte in data:
            await self.exchange.say(bytes([byte]))
            await self._pace.sleep(self._gap_s)


def _showable(text: str) -> str:
    """Give each sign that the panel lacks its plain form where it has one (the 2 of CO2 when written small)."""
    return "".join(sign if _has(sign) else unicodedata.normalize("NFKC", sign) for sign in text)


def _has(sign: str) -> bool:
    try:
        encode_text(sign)
    except ValueRangeError:
        return False
    return True
