"""Wire face of a BNTD / XinCheng bench controller: nine-byte commands in, fifty status frames a second out.

Knows which command does what to rollers, brake and lift. Does not know ports, cars, or what is tested.
"""

from collections.abc import Callable
from random import Random

from protocols.bntd import Command, CommandFramer, Note, Order, Status, encode_note, encode_status
from simulators.bench import BASE_INERTIA_KG, ENCODER_PULSES, FULL_FORCE_N, ROLLER_DIAMETER_CM, Bench
from simulators.sample_line import Air

FRAMES_PER_S = 50.0
SPEED_NOISE_KMH = 0.01
FORCE_NOISE_N = 1.5
LETTERS = {"off": "II", "force": "BF", "power": "BP", "inertia": "BM", "speed": "BS", "duty": "BI"}
MODES = {
    Order.START_FORCE: "force",
    Order.START_POWER: "power",
    Order.START_POWER_WITH_INERTIA: "inertia",
    Order.START_SPEED: "speed",
    Order.START_DUTY: "duty",
    Order.STOP: "off",
}
FORCE_COEFFICIENTS = (("RA", (1.0, 0.0, 1.0)), ("RB", (0.0, 1.0, 0.0)))
PID = (1.2, 0.35, 0.02)
VOLT_PER_N = 5.0 / FULL_FORCE_N


class BntdFace:
    """A bench controller with light barriers (17-byte frames)."""

    def __init__(self, bench: Bench, air: Air, seed: int = 0) -> None:
        self.stuck = False
        """A frozen controller repeats its last frame."""
        self.has_keys = True
        """False for an older board, whose status has no byte with keys and photo cells (16 bytes instead of 17)."""
        self._bench = bench
        self._air = air
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._framer = CommandFramer()
        self._calibrating = False
        self._due_s = 0.0
        self._last = b""
        self._other_orders: dict[Order, Callable[[], bytes]] = {
            Order.LIFT_UP: lambda: self._lift("up"),
            Order.LIFT_DOWN: lambda: self._lift("down"),
            Order.READ_INERTIA: lambda: self._read_back("RI", (BASE_INERTIA_KG, bench.brake.reference_mass_kg, 0.0)),
            Order.READ_AMBIENT: lambda: self._read_back("RT", (air.temp_c, air.humidity_pct, air.pressure_kpa)),
            Order.READ_FORCE_COEFFICIENTS: lambda: b"".join(self._read_back(*each) for each in FORCE_COEFFICIENTS),
            Order.READ_SPEED_PID: lambda: self._read_back("Rs", PID),
            Order.READ_FORCE_PID: lambda: self._read_back("Rf", PID),
            Order.READ_GEOMETRY: lambda: self._read_back("RS", (ROLLER_DIAMETER_CM, ENCODER_PULSES, 0.0)),
        }

    def feed(self, data: bytes) -> bytes:
        """Obey each command that these bytes complete; only read-backs and refusals are answered."""
        return b"".join(self._obey(command) for command in self._framer.feed(data))

    def step(self, dt_s: float) -> bytes:
        """Send the status frames that fall due."""
        self._due_s += dt_s * FRAMES_PER_S
        count = int(self._due_s + 1e-6)
        self._due_s -= count
        return b"".join(self._status() for _ in range(count))

    def _obey(self, command: Command) -> bytes:
        if self.stuck:
            return b""
        order, brake = command.order, self._bench.brake
        if order in MODES:
            brake.mode = MODES[order]
        elif order in self._other_orders:
            return self._other_orders[order]()
        else:
            self._set(order, command.value)
        return b""

    def _set(self, order: Order, value: float) -> None:
        bench, brake = self._bench, self._bench.brake
        match order:
            case Order.SET_FORCE_N:
                brake.force_setpoint_n = value
            case Order.SET_POWER_KW:
                brake.power_setpoint_kw = value
            case Order.SET_SPEED_KMH:
                brake.speed_setpoint_kmh = value
            case Order.SET_DUTY:
                brake.duty_setpoint = value
            case Order.SET_REFERENCE_MASS_KG:
                brake.reference_mass_kg = value
            case Order.ZERO_FORCE:
                bench.zero_force()
            case Order.MOTOR_ON | Order.MOTOR_OFF:
                bench.motor_on = order is Order.MOTOR_ON
            case Order.CALIBRATION_ON | Order.CALIBRATION_OFF:
                self._calibrating = order is Order.CALIBRATION_ON

    def _lift(self, goal: str) -> bytes:
        return b"" if self._bench.move_lift(goal) else encode_note(Note("LIFT LOCKED"))

    def _read_back(self, letters: str, numbers: tuple[float, float, float]) -> bytes:
        return encode_status(Status(letters, numbers, self._keys()))

    def _keys(self) -> int | None:
        return self._bench.keys if self.has_keys else None

    def _status(self) -> bytes:
        if self.stuck and self._last:
            return self._last
        bench, gauss = self._bench, self._random.gauss
        force = bench.load_cell_n + gauss(0.0, FORCE_NOISE_N)
        if self._calibrating:
            status = Status("DF", (force * VOLT_PER_N, 0.0, 0.0), self._keys())
        else:
            speed = max(0.0, bench.speed_kmh + gauss(0.0, SPEED_NOISE_KMH)) if bench.speed_kmh > 0.0 else 0.0
            status = Status(LETTERS[bench.brake.mode], (speed, force, bench.brake.duty_pct), self._keys())
        self._last = encode_status(status)
        return self._last
