"""Roller bench on a BNTD / XinCheng controller, in the role Dynamometer.

Knows the board's commands, and that its stream says what it does. Does not know powers, tests, limits, or which force
or speed is right; it holds what it was told.
"""

from collections import deque
from typing import Literal

from drivers.dynamometer.speaking import BAUD, Commands, SpeakingDynamometer
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import DynoReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.bntd import Note, Order, Status, StatusFramer, encode_command

KEPT_NOTES = 16
COMMANDS = Commands(
    stop=encode_command(Order.STOP),
    lift_up=encode_command(Order.LIFT_UP),
    lift_down=encode_command(Order.LIFT_DOWN),
    set_force=lambda force_n: encode_command(Order.SET_FORCE_N, force_n),
    start_force=encode_command(Order.START_FORCE),
    set_speed=lambda speed_kmh: encode_command(Order.SET_SPEED_KMH, speed_kmh),
    start_speed=encode_command(Order.START_SPEED),
)


class BntdSettings(Strict):
    """A BNTD / XinCheng controller on a serial port."""

    driver: Literal["xincheng-bntd"]
    port: PortName
    has_key_byte: bool = True
    """Newer boards add a byte with keys and photo cells to each status (17 bytes instead of 16)."""


class BntdDynamometer(SpeakingDynamometer[Status | Note]):
    """A roller bench on a board of BNTD / XinCheng."""

    hint = "model and has_key_byte"

    def __init__(self, exchange: Exchange, pace: Pace, *, has_key_byte: bool = True) -> None:
        super().__init__(exchange, pace, COMMANDS)
        self.notes: deque[str] = deque(maxlen=KEPT_NOTES)
        """The last free texts of the board."""
        self._has_key_byte = has_key_byte

    def _framer(self) -> StatusFramer:
        return StatusFramer(has_keys=self._has_key_byte)

    def _read(self, item: Status | Note, now_ms: int) -> DynoReading | None:
        if isinstance(item, Note):
            self.notes.append(item.text)
            return None
        if not item.control:  # voltages or read-back values are no speed and no force
            return DynoReading(None, None, None, item.state, item.keys, now_ms)
        speed_kmh, force_n, duty_pct = item.numbers
        return DynoReading(speed_kmh, force_n, duty_pct, item.state, item.keys, now_ms)

    def _goes_on(self, state: str) -> bool:
        return self._latest is not None and self._latest.state == state

    def _may_brake_still(self, reading: DynoReading) -> bool:
        return reading.speed_kmh is not None and reading.state != "idle"


def build(device: str, settings: BntdSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a BNTD / XinCheng bench."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return BntdDynamometer(Exchange(device, line, pace), pace, has_key_byte=settings.has_key_byte)
