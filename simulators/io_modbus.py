"""Wire face of a lane I/O module: e-stop and light barriers in, watchdog, lift and fan out.

Knows its own time: the watchdog output falls when nobody refreshes it. Does not know ports, or who may refresh it.
"""

from collections.abc import Sequence

from protocols.modbus import Function, Request
from protocols.register_map import IoMap
from simulators.bench import Bench
from simulators.maps import example_map
from simulators.modbus_face import ModbusFace, bits_at, is_of_bits

UNIT = 1
MAP = "example-io"


class IoFace(ModbusFace):
    """A module; with ``enable_wired`` its watchdog output and the e-stop stand in the brake's enable circuit."""

    def __init__(self, bench: Bench, *, enable_wired: bool = False, framing: str = "rtu") -> None:
        super().__init__(UNIT, framing)
        self.estop_pressed = False
        self.enable_wired = enable_wired
        self.map = example_map(MAP, IoMap)
        self._bench = bench
        self._left_s = 0.0
        outputs = self.map.outputs.bits()
        self._names = {bit.address: name for name, bit in outputs.items()}
        self._on = dict.fromkeys(outputs, False)
        if "lift" in self._on:
            self._on["lift"] = bench.lift == "up"
        self._close_circuit()

    @property
    def outputs(self) -> dict[str, bool]:
        """Which outputs are on."""
        return dict(self._on)

    def read_bits(self, function: Function, address: int, count: int) -> Sequence[bool] | None:
        """Return inputs, or what the outputs are."""
        if function == self.map.inputs.function:
            return bits_at(self._inputs(), address, count)
        if function is Function.READ_COILS:
            return bits_at({place: self._on[name] for place, name in self._names.items()}, address, count)
        return None

    def write(self, request: Request) -> str | None:
        """Switch outputs."""
        places = range(request.address, request.address + request.count)
        if not is_of_bits(request):
            return "illegal_function"
        if not all(place in self._names for place in places):
            return "illegal_address"
        for place, value in zip(places, request.values, strict=True):
            refused = self._switch(self._names[place], on=bool(value))
            if refused is not None:
                return refused
        self._close_circuit()
        return None

    def step(self, dt_s: float) -> bytes:
        """Let the watchdog's time run, and what hangs in the enable circuit follow."""
        self._left_s = max(0.0, self._left_s - dt_s)
        if self._left_s <= 0.0:
            self._on["watchdog"] = False
        self._close_circuit()
        return super().step(dt_s)

    def _switch(self, name: str, *, on: bool) -> str | None:
        if name == "lift" and not self._bench.move_lift("up" if on else "down"):
            return "busy"
        if name == "watchdog":
            self._left_s = self.map.watchdog_ms / 1000.0 if on else 0.0
        self._on[name] = on
        return None

    def _close_circuit(self) -> None:
        if self.enable_wired:
            self._bench.brake.enabled = self._on["watchdog"] and not self.estop_pressed

    def _inputs(self) -> dict[int, bool]:
        seen = {
            "estop": self.estop_pressed,
            "barrier_front": self._bench.beams_broken,
            "barrier_rear": self._bench.beams_broken,
        }
        bits = self.map.inputs.bits().items()
        return {bit.address: seen[name] == (bit.active == "high") for name, bit in bits}
