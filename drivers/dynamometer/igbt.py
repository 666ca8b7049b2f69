"""Roller bench on the old ASCII board ("IGBT"), in the role Dynamometer.

Knows the board's commands, and that neither an answer nor its stream says what it does: a stop is said several times,
and again while the brake still gives a force; a start is said again when the force does not come. Does not know powers,
tests, limits, or which force or speed is right; it holds what it was told.
"""

from typing import Literal

from drivers.dynamometer.checks import check_force
from drivers.dynamometer.speaking import BAUD, Commands, SpeakingDynamometer
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import DynoReading
from drivers.roles import Device
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.igbt_text import Order, Status, Statuses, encode_command

STOPS, BELIEVED_AFTER = 5, 3
"""A stop is said so often; after so many it is believed, since nothing ever confirms it."""
RELEASED_BELOW_N = 150.0
START_AGAIN_MS, TAKES_HOLD = 1000, 0.5
"""Where the brake gives less than this part of the force it was told, the start is said again with the next set-point,
once a second."""
IDLE, STOPPING, FORCE = "idle", "stopping", "constant_force"
COMMANDS = Commands(
    stop=encode_command(Order.STOP),
    lift_up=encode_command(Order.LIFT_UP),
    lift_down=encode_command(Order.LIFT_DOWN),
    set_force=lambda force_n: encode_command(Order.SET_FORCE_N, force_n),
    start_force=encode_command(Order.START_FORCE),
    set_speed=lambda speed_kmh: encode_command(Order.SET_SPEED_KMH, speed_kmh),
    start_speed=encode_command(Order.START_SPEED),
)


class IgbtSettings(Strict):
    """An old ASCII board on a serial port."""

    driver: Literal["igbt-ascii"]
    port: PortName
    status_sum: Literal["sum8", "unread"] = "sum8"
    """Whether the last byte but one of a status is its checksum. The one public reader of this board drops it."""


class IgbtDynamometer(SpeakingDynamometer[Status]):
    """A roller bench on an old ASCII board."""

    hint = "model and status_sum"

    def __init__(self, exchange: Exchange, pace: Pace, *, summed: bool) -> None:
        super().__init__(exchange, pace, COMMANDS)
        self._summed = summed
        self._stops = 0
        self._told_n = 0.0

    async def hold_force(self, brake_force_n: float) -> None:
        """Brake with a constant force, in whole newtons."""
        check_force(self.device, brake_force_n)
        self._told_n = brake_force_n
        await super().hold_force(brake_force_n)

    async def open(self) -> None:
        """Open the port, take the load off, and wait for the board to report."""
        self._stops = 0
        await super().open()

    async def release(self) -> None:
        """Write the stop, before anything else. The listener repeats it."""
        self._stops = 1 if self._holding is not None else self._stops + 1
        await super().release()

    def _framer(self) -> Statuses:
        return Statuses(summed=self._summed)

    def _read(self, item: Status, now_ms: int) -> DynoReading | None:
        state = self._holding or (IDLE if self._stops >= BELIEVED_AFTER else STOPPING)
        return DynoReading(item.speed_kmh, item.force_n, None, state, None, now_ms)

    def _goes_on(self, state: str) -> bool:
        if state != FORCE or self._pace.now_ms() - self._started_ms < START_AGAIN_MS:
            return True
        return self._gives() >= TAKES_HOLD * self._told_n

    def _may_brake_still(self, reading: DynoReading) -> bool:
        return self._stops < STOPS or self._gives() > RELEASED_BELOW_N

    def _gives(self) -> float:
        reading = self._latest
        return 0.0 if reading is None or reading.brake_force_n is None else reading.brake_force_n


def build(device: str, settings: IgbtSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a bench on an old ASCII board."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return IgbtDynamometer(Exchange(device, line, pace), pace, summed=settings.status_sum == "sum8")
