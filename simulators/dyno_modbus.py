"""Wire face of a bench controller with registers, as the example map describes them.

Knows which register does what to rollers, brake and lift. Does not know ports, cars, or what is tested.
"""

from collections.abc import Sequence
from random import Random

from protocols.errors import FrameError
from protocols.modbus import Function, Request
from protocols.register_map import DynoMap, Register
from simulators.bench import Bench
from simulators.dyno_bntd import FORCE_NOISE_N, SPEED_NOISE_KMH
from simulators.maps import example_map
from simulators.modbus_face import ModbusFace, is_of_bits, words_at

UNIT = 1
MAP = "example-dyno"
STATES = {
    "off": "idle",
    "force": "constant_force",
    "power": "constant_power",
    "inertia": "constant_power",
    "speed": "constant_speed",
}


class ModbusDynoFace(ModbusFace):
    """A bench controller; what it reports was measured at the moment of the question."""

    def __init__(self, bench: Bench, seed: int = 0, framing: str = "rtu") -> None:
        super().__init__(UNIT, framing)
        self.stuck = False
        """A frozen controller repeats its last answer and obeys nothing."""
        self._bench = bench
        self._map = example_map(MAP, DynoMap)
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._shown: dict[int, int] = {}
        write = self._map.write
        places = [*write.setpoints().values(), write.mode, *([write.lift] if write.lift else [])]
        self._written = {each.address + place: 0 for each in places for place in range(each.words)}

    def read_registers(self, function: Function, address: int, count: int) -> Sequence[int] | None:
        """Return what is measured, or what was written."""
        if function == self._map.read.function:
            if not (self.stuck and self._shown):
                self._shown = self._measured()
            return words_at(self._shown, address, count)
        return words_at(self._written, address, count) if function is Function.READ_HOLDING else None

    def write(self, request: Request) -> str | None:
        """Take set-point, mode and lift; a write is taken whole or refused whole."""
        places = range(request.address, request.address + request.count)
        if is_of_bits(request):
            return "illegal_function"
        if not all(place in self._written for place in places):
            return "illegal_address"
        if self.stuck:
            return None
        before = dict(self._written)
        self._written.update(zip(places, request.values, strict=True))
        try:
            return self._obey(set(places))
        except FrameError:
            self._written = before
            return "illegal_value"

    def _obey(self, places: set[int]) -> str | None:
        write, brake = self._map.write, self._bench.brake
        if write.force_setpoint_n.address in places:
            brake.force_setpoint_n = write.force_setpoint_n.decode(self._words(write.force_setpoint_n))
        if write.speed_setpoint_kmh is not None and write.speed_setpoint_kmh.address in places:
            brake.speed_setpoint_kmh = write.speed_setpoint_kmh.decode(self._words(write.speed_setpoint_kmh))
        if write.mode.address in places:
            brake.mode = write.mode.word(self._words(write.mode))
        if write.lift is not None and write.lift.address in places:
            goal = write.lift.word(self._words(write.lift))
            return None if self._bench.move_lift(goal) else "busy"
        return None

    def _words(self, register: Register) -> list[int]:
        return [self._written[register.address + place] for place in range(register.words)]

    def _measured(self) -> dict[int, int]:
        bench, gauss, read = self._bench, self._random.gauss, self._map.read
        turning = bench.speed_kmh > 0.0
        speed = max(0.0, bench.speed_kmh + gauss(0.0, SPEED_NOISE_KMH)) if turning else 0.0
        force = bench.load_cell_n + gauss(0.0, FORCE_NOISE_N)
        values = {
            "speed_kmh": speed,
            "brake_force_n": force,
            "power_kw": force * speed / 3600.0,
            "duty_pct": max(0.0, bench.brake.duty_pct),
        }
        found: dict[int, int] = {}
        for name, register in read.registers().items():
            words = read.state.say(STATES[bench.brake.mode]) if name == "state" else register.encode(values[name])
            found.update(enumerate(words, register.address))
        return found
