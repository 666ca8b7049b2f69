"""The data lists of petrol and diesel vehicles: which live-data items give which channel of the trace.

Knows names and sources, and three figures that the lists want and no item holds: power, fuel per distance, boost above
the air. They follow from what one look brought, or are None. Does not know how items are asked for, or what a test
needs.
"""

from collections.abc import Mapping
from math import pi

Values = dict[str, float | None]

LIVE_NAMES: Mapping[str, tuple[tuple[int, str], ...]] = {
    "obd_rpm": ((0x0C, "engine_rpm"),),
    "obd_speed_kmh": ((0x0D, "speed_kmh"),),
    "obd_coolant_c": ((0x05, "coolant_c"),),
    "obd_throttle_pct": ((0x11, "throttle_pct"),),
    "obd_load_pct": ((0x04, "engine_load_pct"),),
    "obd_map_kpa": ((0x0B, "map_kpa"),),
    "obd_maf_g_s": ((0x10, "maf_g_s"), (0x66, "maf_a_g_s")),
    "obd_pedal_d_pct": ((0x49, "pedal_d_pct"),),
    "obd_nox_ppm": ((0x83, "nox_11_ppm"), (0xA1, "nox_corrected_11_ppm")),
    # Measured by the front sensor where it is a wide-band one, else what the control unit aims at.
    "obd_lambda": ((0x24, "o2_sensor_1_lambda"), (0x34, "o2_sensor_1_lambda"), (0x44, "commanded_lambda")),
    "obd_o2_front_v": ((0x14, "o2_sensor_1_v"), (0x24, "o2_sensor_1_v")),
    "obd_baro_kpa": ((0x33, "pressure_kpa"),),
    "obd_rail_kpa": ((0x23, "rail_pressure_kpa"), (0x59, "absolute_rail_pressure_kpa")),
    "obd_egr_pct": ((0x2C, "egr_pct"), (0x69, "commanded_egr_a_pct")),
    "obd_fuel_l_h": ((0x5E, "fuel_rate_l_h"),),
    "obd_torque_pct": ((0x62, "torque_pct"),),
    "obd_reference_torque_nm": ((0x63, "reference_torque_nm"),),
    "obd_exhaust_c": ((0x78, "exhaust_11_c"),),
    "obd_dpf_kpa": ((0x7A, "dpf_1_pressure_kpa"),),
    "obd_reagent_l_h": ((0x85, "reagent_l_h"),),
}
"""Trace name -> the items that can give it, best first."""
FOLLOWING = ("obd_power_kw", "obd_fuel_l_100km", "obd_boost_kpa")
LEAST_SPEED_KMH = 5.0
"""Below this, fuel per distance means nothing."""


def with_what_follows(values: Values) -> Values:
    """Return the values of one look and what follows from them."""
    boost = values.get("obd_boost_kpa")  # some buses tell it
    return values | {
        "obd_power_kw": _power_kw(values),
        "obd_fuel_l_100km": _fuel_l_100km(values),
        "obd_boost_kpa": _boost_kpa(values) if boost is None else boost,
    }


def _power_kw(values: Values) -> float | None:
    rpm, share, reference = (values.get(f"obd_{name}") for name in ("rpm", "torque_pct", "reference_torque_nm"))
    if rpm is None or share is None or reference is None:
        return None
    return share / 100 * reference * rpm * 2 * pi / 60_000


def _fuel_l_100km(values: Values) -> float | None:
    fuel, speed = values.get("obd_fuel_l_h"), values.get("obd_speed_kmh")
    return fuel / speed * 100 if fuel is not None and speed is not None and speed >= LEAST_SPEED_KMH else None


def _boost_kpa(values: Values) -> float | None:
    intake, outside = values.get("obd_map_kpa"), values.get("obd_baro_kpa")
    return intake - outside if intake is not None and outside is not None else None
