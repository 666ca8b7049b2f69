"""A rack of exhaust gas analyzers on the AK protocol, in the role GasAnalyzer, on a serial port or over TCP.

Knows which of the lane file's channels make a reading. HC is believed as hexane by volume: a detector that counts
carbon (ppm C1) is no such channel, and is called ``other``. Does not know AK (ak_line does), tests, limits, averaging,
or how often it is read.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from drivers.ak_line import IN_ERROR, OTHER, AkAnalyzer, AkSettings, check_channels, line_of
from drivers.gas_analyzer.plausible import FLOW_NOT_TOLD, sift
from drivers.pace import Pace
from drivers.readings import GasReading
from drivers.roles import Device
from drivers.transports.base import Transport

GasChannel = Literal["hc_ppm", "co_pct", "co_ppm", "co2_pct", "co2_ppm", "o2_pct", "o2_ppm", "no_ppm", "other"]


class AkGasSettings(AkSettings):
    """An AK rack that measures the gases of a petrol engine."""

    driver: Literal["ak-gas"]
    channels: Annotated[
        list[GasChannel],
        Field(min_length=1, max_length=16, examples=[["co_ppm", "co2_pct", "hc_ppm", "o2_pct", "no_ppm"]]),
        AfterValidator(check_channels),
    ]
    """Each concentration that AKON answers, in its order, with its unit; ``other`` for what is not used here."""


class AkGasAnalyzer(AkAnalyzer):
    """An AK rack. It counts no revolutions and feels no oil."""

    async def read(self) -> GasReading:
        """Take one look at the gas in the cells; None for what the rack says is not valid."""
        values, in_error = await self._values("read gases")
        told = {name: value for name, value in values.items() if name != OTHER}
        return sift(told, (FLOW_NOT_TOLD, *([IN_ERROR] if in_error else [])))


def build(device: str, settings: AkGasSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an AK rack in the role of a gas analyzer."""
    return AkGasAnalyzer(settings, settings.channels, line_of(device, settings, transport, pace), pace)
