"""Wire face of a frequency converter: Modbus writes in, the motor of the simulated rollers turns or rests.

Knows what each register does to the motor, and that a converter goes on when nobody speaks any more. Does not know
ports, cars, or what the rollers are driven for. That its registers can be read back is an assumption.
"""

from collections.abc import Sequence

from protocols.modbus import Function, Request
from protocols.motor_drives import AMB, AMB100, SB60, X11, Drive
from simulators.bench import Bench
from simulators.modbus_face import ModbusFace

UNIT = 1
HZ_PER_KMH = 0.8
DRIVES = {"amb-converter": AMB, "amb100-converter": AMB100, "sb60-converter": SB60, "x11-converter": X11}


class ConverterFace(ModbusFace):
    """A converter of this model."""

    def __init__(self, drive: Drive, bench: Bench, framing: str = "rtu") -> None:
        super().__init__(UNIT, framing)
        self._drive = drive
        self._bench = bench
        self._held = {drive.control: drive.stop_word, drive.frequency: 0}

    def read_registers(self, function: Function, address: int, count: int) -> Sequence[int] | None:
        """Return what was written."""
        places = range(address, address + count)
        if function is not Function.READ_HOLDING or not all(place in self._held for place in places):
            return None
        return [self._held[place] for place in places]

    def write(self, request: Request) -> str | None:
        """Take control word and frequency."""
        places = range(request.address, request.address + request.count)
        if request.function is not self._drive.function:
            return "illegal_function"
        if not all(place in self._held for place in places):
            return "illegal_address"
        self._held.update(zip(places, request.values, strict=True))
        hz, runs = self._drive.hz(request), self._drive.runs(request)
        if hz is not None:
            self._bench.motor_kmh = hz / HZ_PER_KMH
        if runs is not None:
            self._bench.motor_on = runs
        return None


def converter_face(device: str, bench: Bench) -> ConverterFace:
    """Make the face of a roller motor's converter."""
    return ConverterFace(DRIVES.get(device, AMB), bench)
