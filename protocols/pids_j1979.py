"""Live-data items (PIDs) of SAE J1979 mode 01: lengths, names and scales, as one table for both directions.

Knows the items whose layout and scale are settled. Does not know requests, answers, or which item a test needs. Of the
items above 5F whose first byte says which sensors are there, only the first sensor is read. Their layouts come from
public descriptions of the standard, not from the standard itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.errors import ValueRangeError


@dataclass(frozen=True, slots=True)
class Field:
    """One number inside an item: value = count * scale + offset. With ``bit``, the first byte says if it is there."""

    name: str
    at: int
    size: int
    scale: float = 1.0
    offset: float = 0.0
    bit: int = 0
    signed: bool = False

    def is_in(self, data: bytes) -> bool:
        """Say whether these data bytes hold the number."""
        return len(data) >= self.at + self.size and (not self.bit or bool(data[0] & self.bit))

    def decode(self, data: bytes) -> float:
        """Read the number."""
        count = int.from_bytes(data[self.at : self.at + self.size], "big", signed=self.signed)
        return count * self.scale + self.offset

    def encode(self, value: float) -> bytes:
        """Write the number; a value that the field cannot carry is an error, never clipped."""
        try:
            return round((value - self.offset) / self.scale).to_bytes(self.size, "big", signed=self.signed)
        except (OverflowError, ValueError):
            raise ValueRangeError(f"{self.name} cannot carry {value}") from None


@dataclass(frozen=True, slots=True)
class Item:
    """One PID: its number, how many data bytes follow, and the numbers in them."""

    pid: int
    length: int
    fields: tuple[Field, ...]
    shortest: int | None = None
    """How many bytes suffice where older control units send fewer."""

    @property
    def names(self) -> frozenset[str]:
        """What its numbers are called."""
        return frozenset(field.name for field in self.fields)

    @property
    def structured(self) -> bool:
        """Whether the first byte says which of its numbers are there."""
        return any(field.bit for field in self.fields)

    def decode(self, data: bytes) -> dict[str, float]:
        """Read all numbers of this item that are there."""
        return {field.name: field.decode(data) for field in self.fields if field.is_in(data)}

    def encode(self, values: Mapping[str, float]) -> bytes:
        """Write all numbers of this item."""
        data = bytearray(self.length)
        for field in self.fields:
            data[field.at : field.at + field.size] = field.encode(values[field.name])
            data[0] |= field.bit
        return bytes(data)


def _one(pid: int, name: str, size: int, scale: float = 1.0, offset: float = 0.0) -> Item:
    return Item(pid, size, (Field(name, 0, size, scale, offset),))


PERCENT = 100 / 255
RATIO = 2 / 65536

_SINGLE = (
    _one(0x04, "engine_load_pct", 1, PERCENT),
    _one(0x05, "coolant_c", 1, offset=-40),
    _one(0x0B, "map_kpa", 1),
    _one(0x0C, "engine_rpm", 2, 1 / 4),
    _one(0x0D, "speed_kmh", 1),
    _one(0x10, "maf_g_s", 2, 1 / 100),
    _one(0x11, "throttle_pct", 1, PERCENT),
    _one(0x1C, "obd_type", 1),
    _one(0x1F, "run_time_s", 2),
    _one(0x21, "distance_with_mil_km", 2),
    _one(0x23, "rail_pressure_kpa", 2, 10),
    _one(0x2C, "egr_pct", 1, PERCENT),
    _one(0x30, "warm_ups_since_clear", 1),
    _one(0x31, "distance_since_clear_km", 2),
    _one(0x33, "pressure_kpa", 1),
    _one(0x44, "commanded_lambda", 2, RATIO),
    _one(0x49, "pedal_d_pct", 1, PERCENT),
    _one(0x4A, "pedal_e_pct", 1, PERCENT),
    _one(0x4B, "pedal_f_pct", 1, PERCENT),
    _one(0x4C, "commanded_throttle_pct", 1, PERCENT),
    _one(0x4D, "time_with_mil_min", 2),
    _one(0x4E, "time_since_clear_min", 2),
    _one(0x51, "fuel_type", 1),
    _one(0x59, "absolute_rail_pressure_kpa", 2, 10),
    _one(0x5E, "fuel_rate_l_h", 2, 0.05),
    _one(0x61, "demanded_torque_pct", 1, offset=-125),
    _one(0x62, "torque_pct", 1, offset=-125),
    _one(0x63, "reference_torque_nm", 2),
    _one(0xA6, "odometer_km", 4, 0.1),
)
_NARROW = tuple(
    Item(0x14 + n, 2, (Field(f"o2_sensor_{n + 1}_v", 0, 1, 1 / 200), Field(f"o2_sensor_{n + 1}_trim_raw", 1, 1)))
    for n in range(8)
)
_WIDE_VOLTAGE = tuple(
    Item(0x24 + n, 4, (Field(f"o2_sensor_{n + 1}_lambda", 0, 2, RATIO), Field(f"o2_sensor_{n + 1}_v", 2, 2, 8 / 65536)))
    for n in range(8)
)
_WIDE_CURRENT = tuple(
    Item(0x34 + n, 4, (Field(f"o2_sensor_{n + 1}_lambda", 0, 2, RATIO), Field(f"o2_sensor_{n + 1}_current_raw", 2, 2)))
    for n in range(8)
)
_FUEL_STATUS = Item(0x03, 2, (Field("fuel_status_1", 0, 1), Field("fuel_status_2", 1, 1)))
_NOX = Item(0x83, 9, (Field("nox_11_ppm", 1, 2, bit=0x01),), shortest=5)
"""Bank 1 sensor 1. Its place is the same in the form for two sensors (five bytes) and in the one for four (nine)."""
_STRUCTURED = (
    _NOX,
    Item(0x66, 5, (Field("maf_a_g_s", 1, 2, 1 / 32, bit=0x01),)),
    Item(0x69, 7, (Field("commanded_egr_a_pct", 1, 1, PERCENT, bit=0x01),)),
    Item(0x78, 9, (Field("exhaust_11_c", 1, 2, 0.1, -40, bit=0x01),)),
    Item(0x7A, 7, (Field("dpf_1_pressure_kpa", 1, 2, 0.01, bit=0x01, signed=True),)),
    Item(0x85, 10, (Field("reagent_l_h", 1, 2, 0.005, bit=0x01),)),
    Item(0xA1, 9, (Field("nox_corrected_11_ppm", 1, 2, bit=0x01),), shortest=5),
)

ITEMS: Mapping[int, Item] = {
    item.pid: item for item in (*_SINGLE, *_NARROW, *_WIDE_VOLTAGE, *_WIDE_CURRENT, _FUEL_STATUS, *_STRUCTURED)
}
"""Every live-data item that this codec reads and writes, by PID."""

OBD_TYPES: Mapping[int, str] = {
    0x01: "OBD-II CARB",
    0x02: "OBD EPA",
    0x03: "OBD-II and OBD EPA",
    0x05: "none",
    0x06: "EOBD",
    0x07: "EOBD and OBD-II",
    0x08: "EOBD and OBD",
    0x09: "EOBD, OBD and OBD-II",
    0x0A: "JOBD",
    0x0B: "JOBD and OBD-II",
    0x0C: "JOBD and EOBD",
    0x0D: "JOBD, EOBD and OBD-II",
    0x11: "EMD",
    0x12: "EMD+",
    0x13: "HD-OBD child",
    0x14: "HD-OBD",
    0x15: "WWH-OBD",
    0x1E: "KOBD",
    0x20: "IOBD II",
    0x21: "HD EOBD VI",
    0x29: "CN-OBD-6",
}
"""What the OBD type of PID 1C means."""
