"""The vehicle as the registration says it is. Every method names which of these facts it needs."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Fuel = Literal["petrol", "diesel", "cng", "lpg", "hybrid"]
Drive = Literal["two_wheel", "four_wheel_full_time"]
"""``four_wheel_full_time``: all wheels always driven, or a traction control that cannot be switched off. Such a vehicle
cannot go on a bench with one pair of rollers."""


class Vehicle(BaseModel):
    """Registration facts (units in the names). None means: not known, and a method that needs it will say so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plate: str | None = None
    vin: str | None = Field(default=None, max_length=17)
    fuel: Fuel | None = None
    reference_mass_kg: float | None = Field(default=None, gt=0, le=60_000)
    gross_mass_kg: float | None = Field(default=None, gt=0, le=60_000)
    rated_power_kw: float | None = Field(default=None, gt=0, le=1_000)
    rated_rpm: float | None = Field(default=None, gt=0, le=12_000)
    first_registered: date | None = None
    built: date | None = None
    aspiration: Literal["natural", "turbo"] | None = None
    closed_loop: bool | None = None
    drive: Drive | None = None
    idle_rpm_max: float | None = Field(default=None, gt=0, le=3_000)
