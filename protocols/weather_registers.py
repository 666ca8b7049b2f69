"""Registers of weather stations on Modbus RTU: RZ-1 and DWSP_T5.

Knows which input registers each has, their order and their scales. Does not know frames (modbus), ports, or what
weather is plausible.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.errors import FrameLengthError, ValueRangeError
from protocols.weather import NAMES, Weather

UNIT = 1
FIRST = 0
DECIMALS = 3
"""Finer than any count; takes the binary dust off a product."""


@dataclass(frozen=True, slots=True)
class Station:
    """One model: how many registers a reading has, and which register is which value at which scale."""

    count: int
    places: tuple[int, int, int]
    """Registers of temperature, humidity and pressure."""
    scales: tuple[float, float, float]


RZ_1 = Station(4, (0, 1, 2), (0.5 / 100.0, 2.0 / 100.0, 1.1 / 100.0))
"""Its fourth register carries nothing that a public reader uses."""
DWSP_T5 = Station(3, (1, 2, 0), (0.1, 0.1, 0.01))


def decode_registers(station: Station, registers: Sequence[int]) -> Weather:
    """Read the registers of one answer."""
    if len(registers) != station.count:
        raise FrameLengthError(f"{len(registers)} registers where {station.count} belong")
    scaled = zip(station.places, station.scales, strict=True)
    return Weather(*(round(registers[place] * scale, DECIMALS) for place, scale in scaled))


def encode_registers(station: Station, weather: Weather) -> tuple[int, ...]:
    """Return the registers that say this weather, as near as their counts allow; never clipped."""
    registers = [0] * station.count
    for name, place, scale in zip(NAMES, station.places, station.scales, strict=True):
        count = round(getattr(weather, name) / scale)
        if not 0 <= count <= 0xFFFF:
            raise ValueRangeError(f"{name} {getattr(weather, name)} does not fit into its register")
        registers[place] = count
    return tuple(registers)
