"""LED panels with two rows, in the role DriverDisplay: Tongji and Antong.

Knows that a Tongji panel is cleared before a row is left out, and that an Antong panel, which no public program ever
clears, is blanked with spaces. What a panel does with a row that is too long is the panel's own affair. Does not know
what is shown to whom, or when.
"""

from typing import Annotated, Literal

from pydantic import Field

from drivers.display.panel import ByteGapMs, PanelSettings, TextPanel
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.roles import Device
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.led_rows import ANTONG, LOWER, UPPER, Cleared, Panel, Row, encode, tongji_at

BAUD = 9600


class TongjiSettings(PanelSettings):
    """A Tongji LED panel on a serial port, 9600 8N1."""

    driver: Literal["tongji-led"]
    address: Annotated[int, Field(ge=1, le=9)] = 1
    byte_gap_ms: ByteGapMs = 2


class AntongSettings(PanelSettings):
    """An Antong LED panel on a serial port, 9600 8N1."""

    driver: Literal["antong-led"]
    byte_gap_ms: ByteGapMs = 1


def _rows_after_clear(panel: Panel, texts: tuple[str, str]) -> bytes:
    rows = [Row(row, text) for row, text in zip((UPPER, LOWER), texts, strict=True) if text]
    cleared: list[Row | Cleared] = [] if len(rows) == len(texts) else [Cleared()]
    return b"".join(encode(panel, each) for each in (*cleared, *rows))


def _rows_padded(panel: Panel, texts: tuple[str, str], columns: int) -> bytes:
    return b"".join(
        encode(panel, Row(row, text or " " * columns)) for row, text in zip((UPPER, LOWER), texts, strict=True)
    )


def build_tongji(device: str, settings: TongjiSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a Tongji LED panel."""
    exchange, panel = _exchange(device, settings, transport, pace), tongji_at(settings.address)
    return TextPanel(exchange, pace, lambda *texts: _rows_after_clear(panel, texts), settings.byte_gap_ms)


def build_antong(device: str, settings: AntongSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an Antong LED panel."""
    exchange = _exchange(device, settings, transport, pace)
    return TextPanel(exchange, pace, lambda *texts: _rows_padded(ANTONG, texts, settings.columns), settings.byte_gap_ms)


def _exchange(device: str, settings: PanelSettings, transport: Transport | None, pace: Pace) -> Exchange:
    return Exchange(device, transport or SerialPort(settings.port, BAUD, device=device), pace)
