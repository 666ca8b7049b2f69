"""Wire face of bench controllers that are told by letters and numbered variables, whatever their dialect.

Knows which letter does what to rollers, brake and lift, and that such a bench never says what it does. Does not know
frames, ports, cars, or what is tested. Road load, timers and the response test are not simulated: they are refused.
"""

from random import Random

from protocols.bench_letters import (
    ASK_LOOK,
    FORCE,
    LIFT_DOWN_BIT,
    LIFT_UP_BIT,
    POWER,
    SPEED,
    Ask,
    Control,
    Dialect,
    Look,
    Order,
    Read,
    Reply,
    Request,
    Status,
    Value,
    Word,
    Write,
)
from simulators.bench import BASE_INERTIA_KG, Bench
from simulators.dyno_bntd import FORCE_NOISE_N, SPEED_NOISE_KMH
from simulators.patience import Patience

BASE_INERTIA = 6
MODES = {
    Control.RELEASE: "off",
    Control.CONSTANT_SPEED: "speed",
    Control.CONSTANT_FORCE: "force",
    Control.CONSTANT_POWER: "power",
    Control.ASM_POWER: "power",
}
LIFT_BITS = {"up": 1 << LIFT_UP_BIT, "down": 1 << LIFT_DOWN_BIT, "moving": 0}


class LetteredDynoFace:
    """A bench controller; what it reports was measured at the moment of the question."""

    def __init__(self, dialect: Dialect, bench: Bench, seed: int = 0) -> None:
        self.stuck = False
        """A frozen controller repeats its last look, and takes orders without obeying them."""
        self.busy = False
        """While set, everything is answered by no."""
        self.variables: dict[int, float] = {BASE_INERTIA: BASE_INERTIA_KG / dialect.variables[BASE_INERTIA].scale}
        self._dialect = dialect
        self._bench = bench
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._patience = Patience(dialect.request_framer)
        self._shown: Look | None = None

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete."""
        requests = self._patience.feed(data)
        return b"".join(self._dialect.encode_reply(request, self._answer(request)) for request in requests)

    def step(self, dt_s: float) -> bytes:
        """Forget half a request after a while; this device never speaks unasked."""
        self._patience.step(dt_s)
        return b""

    def _answer(self, request: Request) -> Reply:
        if self.busy:
            return Word.REFUSED
        match request:
            case Ask(letter):
                return self._look() if letter == ASK_LOOK else Status(LIFT_BITS[self._bench.lift])
            case Read(number):
                return Value(self.variables.get(number, 0.0))
            case Write(number, value):
                self.variables[number] = value
                self._obey_setpoints()
                return Word.TAKEN
            case Order():
                return Word.TAKEN if self.stuck or self._obey(request.control) else Word.REFUSED

    def _obey_setpoints(self) -> None:
        brake, held = self._bench.brake, self.variables
        if not self.stuck:
            brake.force_setpoint_n = self._dialect.setpoint(FORCE, held)
            brake.speed_setpoint_kmh = self._dialect.setpoint(SPEED, held)
            brake.power_setpoint_kw = self._dialect.setpoint(POWER, held)

    def _obey(self, control: Control | None) -> bool:
        bench = self._bench
        if control in MODES:
            bench.brake.mode = MODES[control]
            return True
        if control in (Control.LIFT_UP, Control.LIFT_DOWN):
            return bench.move_lift("up" if control is Control.LIFT_UP else "down")
        if control in (Control.MOTOR_ON, Control.MOTOR_OFF):
            bench.motor_on = control is Control.MOTOR_ON
            return True
        return False

    def _look(self) -> Look:
        if self.stuck and self._shown is not None:
            return self._shown
        bench, gauss = self._bench, self._random.gauss
        turning = bench.speed_kmh > 0.0
        speed = max(0.0, bench.speed_kmh + gauss(0.0, SPEED_NOISE_KMH)) if turning else 0.0
        force = max(0.0, bench.load_cell_n + gauss(0.0, FORCE_NOISE_N))
        self._shown = Look(force * speed / 3600.0, force, speed)
        return self._shown
