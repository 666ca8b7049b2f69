"""Tachometer VMT-2000 of Fuli on a serial line, in the role Tachometer.

Knows the one question that is asked, about as often as the instrument has something new to say, and its range.
Does not know engines, tests, or the factor by which some hosts correct its count for the number of cylinders.
"""

from typing import Literal

from drivers.errors import RefusedError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.stream import Polled, Reports
from drivers.tachometer.counting import CountingTachometer
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.nt_frame import NtReply, encode
from protocols.revolutions import Revolutions
from protocols.vmt2000 import LOWEST_RPM, READ, Refused, read_revolutions

BAUD = 19200
TIMEOUT_S = 0.2
PERIOD_S = 0.2
"""The instrument renews its count once a second; asked more often, a lost answer costs little."""
REPORTS = Reports("count", "answers of a VMT-2000")
_DOING = "read revolutions"


class Vmt2000Settings(Strict):
    """A VMT-2000 on a serial port, 19200 8N1."""

    driver: Literal["fuli-vmt-2000"]
    port: PortName


async def _ask(exchange: Exchange) -> Revolutions:
    reply = await exchange.ask(encode(READ), lambda: NtReply(READ, read_revolutions), _DOING, timeout_s=TIMEOUT_S)
    if isinstance(reply, Refused):
        raise RefusedError(exchange.device, _DOING, f"the instrument answers error {reply.code:02X}")
    return reply


def build(device: str, settings: Vmt2000Settings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a VMT-2000."""
    exchange = Exchange(device, transport or SerialPort(settings.port, BAUD, device=device), pace)
    return CountingTachometer(Polled(exchange, pace, lambda: _ask(exchange), REPORTS, PERIOD_S), LOWEST_RPM)
