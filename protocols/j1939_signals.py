"""Numbers that SAE J1939 units broadcast all the time: where they stand in their parameter group, and their scale.

Knows the groups of the data list of a diesel, as one table for both directions, and which counts mean "not available"
or "error". Does not know transport, who sends a group, or how often. The groups from F00E on, the exhaust temperature
and the reference torque come from one public description each (grade B).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocols import j1939
from protocols.errors import UnknownFrameError, ValueRangeError


@dataclass(frozen=True, slots=True)
class Signal:
    """One number: value = count * scale + offset, low byte first."""

    name: str
    at: int
    size: int
    scale: float
    offset: float = 0.0

    @property
    def largest(self) -> int:
        """The largest count that is a value; what is above means an error, or not available."""
        return 0xFB << 8 * (self.size - 1) if self.size > 1 else 0xFB

    def decode(self, data: bytes) -> float | None:
        """Read the number; None where the unit gives none."""
        count = int.from_bytes(data[self.at : self.at + self.size], "little")
        return count * self.scale + self.offset if count < self.largest and self.is_in(data) else None

    def is_in(self, data: bytes) -> bool:
        """Say whether the data are long enough."""
        return len(data) >= self.at + self.size

    def encode(self, value: float | None) -> bytes:
        """Write the number; a value that the field cannot carry is an error, never clipped."""
        if value is None:
            return b"\xff" * self.size
        count = round((value - self.offset) / self.scale)
        if not 0 <= count < self.largest:
            raise ValueRangeError(f"{self.name} cannot carry {value}")
        return count.to_bytes(self.size, "little")


GROUPS: Mapping[int, tuple[Signal, ...]] = {
    j1939.EEC1: (Signal("torque_pct", 2, 1, 1, -125), Signal("engine_rpm", 3, 2, 0.125)),
    j1939.EEC2: (Signal("pedal_pct", 1, 1, 0.4), Signal("engine_load_pct", 2, 1, 1)),
    j1939.CCVS: (Signal("speed_kmh", 1, 2, 1 / 256),),
    j1939.ET1: (Signal("coolant_c", 0, 1, 1, -40),),
    j1939.IC1: (
        Signal("boost_kpa", 1, 1, 2),
        Signal("intake_c", 2, 1, 1, -40),
        Signal("exhaust_c", 5, 2, 0.03125, -273),
    ),
    j1939.LFE: (Signal("fuel_rate_l_h", 0, 2, 0.05),),
    j1939.AMBIENT: (Signal("baro_kpa", 0, 1, 0.5),),
    j1939.ENGINE_HOURS: (Signal("engine_hours", 0, 4, 0.05),),
    j1939.VEHICLE_DISTANCE: (Signal("distance_km", 4, 4, 0.125),),
    j1939.ENGINE_CONFIGURATION: (Signal("reference_torque_nm", 19, 2, 1),),
    j1939.AT_NOX_IN: (Signal("nox_in_ppm", 0, 2, 0.05, -200),),
    j1939.AT_NOX_OUT: (Signal("nox_out_ppm", 0, 2, 0.05, -200),),
    j1939.AT_FILTER: (Signal("dpf_kpa", 0, 2, 0.1),),
    j1939.AT_REAGENT: (Signal("reagent_g_h", 0, 2, 0.3),),
}
"""Parameter group -> its numbers."""


def decode(pgn: int, data: bytes) -> dict[str, float | None]:
    """Read all numbers of a group."""
    if pgn not in GROUPS:
        raise UnknownFrameError(f"no numbers are known in group {pgn:04X}")
    return {signal.name: signal.decode(data) for signal in GROUPS[pgn]}


def encode(pgn: int, values: Mapping[str, float | None], length: int = 8) -> bytes:
    """Write the numbers of a group; everything else in it is not available."""
    data = bytearray(b"\xff" * length)
    for signal in GROUPS[pgn]:
        if signal.name in values:
            data[signal.at : signal.at + signal.size] = signal.encode(values[signal.name])
    return bytes(data)
