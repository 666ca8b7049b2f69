"""What is measured with: cars, the law, and tests that look at every rule until their last second.

Knows what a test of each method looks like. Knows no clock.
"""

import tomllib
from importlib import resources
from typing import Any

from tests.core.traces_vmas import SPEEDS

Values = dict[str, float]
NOTHING = float("nan")

LAW: dict[str, Any] = {}
for _name in ("gb18285-2018", "gb3847-2018"):
    LAW |= tomllib.loads((resources.files("config") / "limits" / f"{_name}.toml").read_text("utf-8"))

CAR: dict[str, object] = {
    "plate": "粤A12345",
    "vin": "LSVAA4182E2184847",
    "fuel": "petrol",
    "reference_mass_kg": 1480.0,
    "gross_mass_kg": 1900.0,
    "closed_loop": True,
}
DIESEL: dict[str, object] = {"fuel": "diesel", "rated_power_kw": 118.0, "rated_rpm": 2600.0, "aspiration": "turbo"}
DIRTY: Values = {
    "speed_kmh": 25.0,
    "force_n": 1440.0,
    "engine_rpm": 1750.0,
    "hc_ppm": 95.0,
    "co_pct": 0.4,
    "co2_pct": 14.6,
    "o2_pct": 0.6,
    "no_ppm": 900.0,
    "ambient_temp_c": 25.0,
    "humidity_pct": 50.0,
    "pressure_kpa": 101.3,
}
"""A car that fails both modes of ASM at 90 s."""


def asm_seconds() -> list[Values]:
    """Return a failed mode up to the second before its end."""
    return [DIRTY] * 89


def two_speed_seconds() -> list[Values]:
    """Return high idle and idle, settled and sampled, up to the second before the end."""
    warm = {"hc_ppm": 30.0, "co_pct": 0.1, "co2_pct": 15.0, "o2_pct": 0.3, "no_ppm": 50.0, "low_flow": 0.0}
    warm |= {"oil_temp_c": 92.0, "obd_coolant_c": 88.0, "probe_in": 1.0}
    return [{**warm, "engine_rpm": rpm, "obd_rpm": rpm} for rpm in [2500.0] * 45 + [800.0] * 44]


def vmas_seconds() -> list[Values]:
    """Return the driving cycle up to some seconds before its end, its exhaust drawn through a flow meter."""
    steady = {**DIRTY, "nox_ppm": 300.0, "flow_l_s": 105.0, "flow_temp_c": 35.0, "flow_pressure_kpa": 99.0}
    steady |= {"ambient_o2_pct": 20.8, "low_flow": 0.0}
    return [
        {**steady, "speed_kmh": speed, "dilute_o2_pct": 20.8 - (0.04 + 0.003 * speed) * 20.2} for speed in SPEEDS[:190]
    ]


def snap_samples() -> list[Values]:
    """Return three free accelerations at ten samples a second, up to the one before the last settles."""
    shape = [0.0] * 70 + [i / 10 for i in range(1, 11)] + [1.0] * 24 + [i / 10 for i in range(9, -1, -1)] + [0.0] * 30
    return [
        {
            "engine_rpm": 760.0 + part * 1940.0,
            "obd_rpm": 760.0 + part * 1940.0,
            "opacity_n_pct": 40.0 if place == 85 else 1.0 + part * 19.0,
            "obd_pedal_d_pct": 100.0 * part,
            "snap_no": float(number),
            "oil_temp_c": 92.0,
            "obd_coolant_c": 88.0,
            "probe_in": 1.0,
        }
        for number in (1, 2, 3)
        for place, part in enumerate(shape)
    ]


def lug_down_seconds() -> list[Values]:
    """Return a scan from 78 km/h and both points, up to the second before the end."""
    speeds = [78.0 - 1.2 * second for second in range(22)] + [66.0] * 12 + [52.8] * 11
    return [_lugged(speed) for speed in speeds]


def _lugged(speed: float) -> Values:
    power_kw = 71.0 - 0.05 * (speed - 66.0) ** 2
    return {
        "speed_kmh": speed,
        "force_n": power_kw * 3600.0 / speed,
        "engine_rpm": speed * 2600.0 / 66.0,
        "obd_rpm": speed * 2600.0 / 66.0,
        "obd_pedal_d_pct": 100.0,
        "obd_coolant_c": 88.0,
        "opacity_n_pct": 30.0,
        "nox_ppm": 800.0,
        "co2_pct": 9.0,
        "ambient_temp_c": 25.0,
        "humidity_pct": 50.0,
        "pressure_kpa": 99.0,
    }
