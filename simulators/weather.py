"""What every simulated weather station shows: the air of the test hall, or what a torn sensor wire reads as.

Knows the air and full scale. Does not know any wire, ports, rain, or what the weather is needed for.
"""

from protocols.weather import Weather
from simulators.sample_line import Air


class WeatherSensors:
    """The three sensors of a station that stands in the air of the test hall."""

    full_scale: Weather
    """What a torn sensor wire reads as."""

    def __init__(self, air: Air) -> None:
        self.air = air
        self.broken_sensor = False

    def weather(self) -> Weather:
        """Return what the sensors show now."""
        air = self.air
        return self.full_scale if self.broken_sensor else Weather(air.temp_c, air.humidity_pct, air.pressure_kpa)
