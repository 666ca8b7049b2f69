"""Wire face of the old ASCII bench board: texts in, twenty statuses a second out, and never a word about what it does.

Knows which command does what to rollers, brake and lift. Does not know ports, cars, or what is tested. Calibration is
not simulated.
"""

from random import Random

from protocols.igbt_text import Command, Commands, Order, Status, encode_status
from simulators.bench import Bench
from simulators.dyno_bntd import FORCE_NOISE_N, SPEED_NOISE_KMH

STATUSES_PER_S = 20.0
FARTHEST = 99_999.0
MODES = {Order.START_FORCE: "force", Order.START_SPEED: "speed", Order.START_POWER: "power", Order.STOP: "off"}


class IgbtFace:
    """An old bench controller."""

    def __init__(self, bench: Bench, seed: int = 0) -> None:
        self.stuck = False
        """A frozen controller repeats its last status and obeys nothing."""
        self._bench = bench
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._framer = Commands()
        self._due = 0.0
        self._way_m = 0.0
        self._last = b""

    def feed(self, data: bytes) -> bytes:
        """Obey each command that these bytes complete; nothing is ever answered."""
        for command in self._framer.feed(data):
            if not self.stuck:
                self._obey(command)
        return b""

    def step(self, dt_s: float) -> bytes:
        """Send the statuses that fall due."""
        self._way_m = min(FARTHEST, self._way_m + self._bench.speed_kmh / 3.6 * dt_s)
        self._due += dt_s * STATUSES_PER_S
        count = int(self._due + 1e-6)
        self._due -= count
        return b"".join(self._status() for _ in range(count))

    def _obey(self, command: Command) -> None:
        bench, brake, value = self._bench, self._bench.brake, command.value
        if command.order in MODES:
            brake.mode = MODES[command.order]
            return
        match command.order:
            case Order.SET_FORCE_N if value is not None:
                brake.force_setpoint_n = value
            case Order.SET_SPEED_KMH if value is not None:
                brake.speed_setpoint_kmh = value
            case Order.SET_POWER_KW if value is not None:
                brake.power_setpoint_kw = value
            case Order.LIFT_UP | Order.LIFT_DOWN:
                bench.move_lift("up" if command.order is Order.LIFT_UP else "down")
            case Order.MOTOR_ON | Order.MOTOR_OFF:
                bench.motor_on = command.order is Order.MOTOR_ON
            case Order.ZERO_FORCE:
                bench.zero_force()
            case Order.CLEAR_DISTANCE:
                self._way_m = 0.0

    def _status(self) -> bytes:
        if self.stuck and self._last:
            return self._last
        bench, gauss = self._bench, self._random.gauss
        speed = max(0.0, bench.speed_kmh + gauss(0.0, SPEED_NOISE_KMH)) if bench.speed_kmh > 0.0 else 0.0
        force = bench.load_cell_n + gauss(0.0, FORCE_NOISE_N)
        status = Status(speed, force, abs(force) * speed / 3600.0, bench.acceleration_ms2, self._way_m)
        self._last = encode_status(status)
        return self._last
