"""Wire face of a weather station RZ-1: four input registers on Modbus RTU.

Knows which register is which. Does not know ports, rain, or what the weather is needed for.
"""

from collections.abc import Sequence

from protocols.modbus import Function
from protocols.weather_registers import FIRST, RZ_1, UNIT, Weather, encode_registers
from simulators.modbus_face import ModbusFace, words_at
from simulators.sample_line import Air


class Rz1Face(ModbusFace):
    """A station that stands in the air of the test hall."""

    def __init__(self, air: Air) -> None:
        super().__init__(UNIT, "rtu")
        self.air = air
        self.broken_sensor = False
        """A torn sensor wire reads as full scale."""

    def read_registers(self, function: Function, address: int, count: int) -> Sequence[int] | None:
        """Return input registers; there are no others."""
        if function is not Function.READ_INPUT:
            return None
        air = self.air
        words = encode_registers(RZ_1, Weather(air.temp_c, air.humidity_pct, air.pressure_kpa))
        if self.broken_sensor:
            words = (0xFFFF, 0xFFFF, 0xFFFF, 0)
        return words_at(dict(enumerate(words, FIRST)), address, count)
