"""Wire face of the weather stations RZ-1 and DWSP_T5: a few input registers on Modbus RTU.

Knows which register is which. Does not know ports, rain, or what the weather is needed for.
"""

from collections.abc import Sequence

from protocols.modbus import Function
from protocols.weather_registers import FIRST, UNIT, Station, decode_registers, encode_registers
from simulators.modbus_face import ModbusFace, words_at
from simulators.sample_line import Air
from simulators.weather import WeatherSensors

FULL_SCALE = 0xFFFF


class ModbusWeatherFace(WeatherSensors, ModbusFace):
    """A station that answers when its registers are asked for."""

    def __init__(self, station: Station, air: Air) -> None:
        WeatherSensors.__init__(self, air)
        ModbusFace.__init__(self, UNIT, "rtu")
        self._station = station
        self.full_scale = decode_registers(station, [FULL_SCALE] * station.count)

    def read_registers(self, function: Function, address: int, count: int) -> Sequence[int] | None:
        """Return input registers; there are no others."""
        if function is not Function.READ_INPUT:
            return None
        words = encode_registers(self._station, self.weather())
        return words_at(dict(enumerate(words, FIRST)), address, count)
