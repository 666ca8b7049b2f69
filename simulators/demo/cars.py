"""The cars of the shift as their registration shows them, and what each method has to judge. Plain data."""

from datetime import datetime, timedelta, timezone

from simulators.m_station import Repair
from simulators.presets import PRESETS

FIRST_REGISTERED = {
    "clean_petrol": "2021-04-12",
    "worn_catalyst": "2013-06-03",
    "repaired": "2013-06-03",
    "two_units": "2022-09-20",
    "clean_diesel": "2020-10-15",
    "smoky_diesel": "2016-05-26",
}
BEIJING = timezone(timedelta(hours=8))
ALL_WHEELS = "four_wheel_full_time"
JUDGED = {
    "asm5025": {"asm5025_co_pct", "asm5025_hc_ppm", "asm5025_no_ppm"},
    "asm2540": {"asm2540_co_pct", "asm2540_hc_ppm", "asm2540_no_ppm"},
    "two_speed_idle": {
        *("idle_co_pct", "idle_hc_ppm", "high_idle_co_pct", "high_idle_hc_ppm", "high_idle_lambda"),
    },
    "free_acceleration": {"opacity_k_per_m"},
    "lug_down": {"k100_per_m", "k80_per_m", "nox80_ppm", "corrected_max_power_kw"},
}
"""By mode or method: the quantities that a verdict names."""


def form(preset: str, drive: str = "two_wheel") -> dict[str, object]:
    """Return what an operator reads off the registration of a simulated car."""
    car = PRESETS[preset]
    first_registered = FIRST_REGISTERED[preset]
    facts: dict[str, object] = {
        "plate": car.plate,
        "vin": car.vin,
        "fuel": car.fuel,
        "reference_mass_kg": car.reference_mass_kg,
        "gross_mass_kg": car.gross_mass_kg,
        "first_registered": first_registered,
        "built": first_registered,
        "closed_loop": True,
        "drive": drive,
        "rated_rpm": car.rated_rpm,
    }
    if car.diesel is not None:
        facts["rated_power_kw"] = car.diesel.rated_power_kw
        facts["aspiration"] = "turbo" if car.diesel.turbo else "natural"
    return facts


def repair_of_the_day() -> Repair:
    """Return what the M-station did to the worn car, settled now."""
    car = PRESETS["repaired"]
    return Repair(
        record="R-2026-000318",
        plate=car.plate,
        vin=car.vin,
        settled_on=datetime.now(BEIJING).replace(tzinfo=None).isoformat(timespec="seconds"),
        certificate="HG-2026-000318",
        settlement_list="JS-2026-000318",
        invoice="FP-44012600318",
        items=("三元催化转化器更换", "氧传感器更换"),
    )
