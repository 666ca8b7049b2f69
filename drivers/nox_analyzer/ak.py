"""A rack of exhaust gas analyzers on the AK protocol, in the role NoxAnalyzer, on a serial port or over TCP.

Knows which of the lane file's channels make a reading: NOx behind a converter, NO, NO2, CO2. Does not know AK (ak_line
does), tests, limits, averaging, or how often it is read.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from drivers.ak_line import IN_ERROR, OTHER, AkAnalyzer, AkSettings, check_channels, line_of
from drivers.exchange import Exchange
from drivers.gas_analyzer.plausible import within
from drivers.nox_analyzer.mqw_510x import PLAUSIBLE
from drivers.pace import Pace
from drivers.readings import NoxReading
from drivers.roles import Device
from drivers.transports.base import Transport

NoxChannel = Literal["nox_ppm", "no_ppm", "no2_ppm", "co2_pct", "co2_ppm", "other"]
RANGES = {**{name: PLAUSIBLE[name] for name in ("nox_ppm", "no_ppm", "co2_pct")}, "no2_ppm": PLAUSIBLE["no_ppm"]}


class AkNoxSettings(AkSettings):
    """An AK rack that measures the nitrogen oxides of a diesel engine."""

    driver: Literal["ak-nox"]
    channels: Annotated[
        list[NoxChannel],
        Field(min_length=1, max_length=16, examples=[["nox_ppm", "co2_pct"]]),
        AfterValidator(check_channels),
    ]
    """Each concentration that AKON answers, in its order, with its unit; ``other`` for what is not used here."""


class AkNoxAnalyzer(AkAnalyzer):
    """An AK rack. It counts no revolutions and feels no oil."""

    def __init__(self, settings: AkNoxSettings, order: Sequence[str], exchange: Exchange, pace: Pace) -> None:
        super().__init__(settings, order, exchange, pace)
        self.channels = frozenset("co2_pct" if name == "co2_ppm" else name for name in order if name != OTHER)

    async def read(self) -> NoxReading:
        """Take one look at the gas in the cells; None for what the rack says is not valid."""
        values, in_error = await self._values("read NOx")
        told = {name: values.get(name) for name in RANGES}
        outside = {name for name, value in told.items() if value is not None and not within(RANGES[name], value)}
        flags = {f"{name}_out_of_range" for name in outside} | ({IN_ERROR} if in_error else set())
        kept = {name: None if name in outside else value for name, value in told.items()}
        return NoxReading(**kept, engine_rpm=None, oil_temp_c=None, flags=frozenset(flags))


def build(device: str, settings: AkNoxSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of an AK rack in the role of a NOx analyzer."""
    return AkNoxAnalyzer(settings, settings.channels, line_of(device, settings, transport, pace), pace)
