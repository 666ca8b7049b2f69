"""LED panels of Nanhua / NHSZKS, in the role DriverDisplay.

Knows which lines to write, and that a text too long for the panel scrolls. Does not know what is shown to whom, or
when.
"""

from typing import Annotated, Literal

from pydantic import Field

from drivers.display.panel import PanelSettings, TextPanel
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.roles import Device
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.led_nanhua import ALL_PANELS, LAST_PANEL, Line, Mode, encode
from protocols.led_text import encode_text

BAUD = 9600


class LedSettings(PanelSettings):
    """A Nanhua LED panel on a serial port."""

    driver: Literal["nanhua-led"]
    panel: Annotated[int, Field(ge=ALL_PANELS, le=LAST_PANEL)] = ALL_PANELS
    """The panel's number; 0 speaks to every panel on the line."""


def _compose(settings: LedSettings, texts: tuple[str, str]) -> bytes:
    return b"".join(encode(_line(settings, number, text)) for number, text in enumerate(texts, start=1))


def _line(settings: LedSettings, number: int, text: str) -> Line:
    """Return one line, centred, or scrolling where it is too long."""
    mode = Mode.CENTRE if len(encode_text(text)) <= settings.columns else Mode.SCROLL_LEFT
    return Line(settings.panel, number, mode, text)


def build(device: str, settings: LedSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a Nanhua LED panel."""
    exchange = Exchange(device, transport or SerialPort(settings.port, BAUD, device=device), pace)
    return TextPanel(exchange, pace, lambda *texts: _compose(settings, texts), settings.byte_gap_ms)
