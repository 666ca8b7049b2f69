"""What the sensors of a car's engine and exhaust show to its control units.

Knows rough but consistent physics of made-up engines. Does not know any bus, message or scale.
"""

from math import pi

from simulators.vehicle import Vehicle

BOOST_KPA = 85.0
OUTSIDE_KPA = 101.0
IDLE_RAIL_KPA, RAIL_SPAN_KPA = 32_000.0, 128_000.0
MOST_EGR_PCT = 35.0
SOOT_RESISTANCE = 0.035
"""kPa over a particle filter for each gram of gas in a second."""
FUEL_HEAT_KJ_L = 35_800.0
EFFICIENCY = 0.38
IDLE_FUEL_L_H_PER_LITRE = 0.35
REAGENT_SHARE = 0.04
"""Litres of reagent for each litre of fuel at work."""


def mixture(car: Vehicle) -> float:
    """Lambda before the catalyst: closed loop holds 1, a fault may not."""
    if not car.running:
        return 1.0
    return 1.0 if car.data.condition.air_ratio > 0.97 else car.data.condition.air_ratio


def manifold_kpa(car: Vehicle) -> float:
    """Pressure in the intake."""
    if not car.running:
        return OUTSIDE_KPA
    return 20.0 + 80.0 * car.engine_load if car.diesel is None else 100.0 + BOOST_KPA * car.diesel.boost


def air_g_s(car: Vehicle) -> float:
    """Air that the engine breathes."""
    filled = 1.18 * 0.85 * manifold_kpa(car) / 101.0
    return car.data.displacement_l * car.engine_rpm / 120.0 * filled if car.running else 0.0


def battery_v(car: Vehicle) -> float:
    """Voltage at the diagnostic connector."""
    return 14.1 if car.running else 12.4


def _work(car: Vehicle) -> float:
    """How much of its torque the engine gives, 0 to 1."""
    if not car.running:
        return 0.0
    return car.diesel.fuel if car.diesel is not None else car.engine_load


def reference_torque_nm(car: Vehicle) -> float:
    """Return the torque that 100 per cent means."""
    if car.diesel is None:
        return car.data.torque_nm
    return car.diesel.rated_power_kw * 1000.0 / (car.data.rated_rpm * 2.0 * pi / 60.0) * 1.2


def torque_pct(car: Vehicle) -> float:
    """Torque now, of the reference torque."""
    if not car.running or car.diesel is None:
        return 100.0 * _work(car)
    return 100.0 * car.diesel.fuel * car.diesel.torque_nm(car.engine_rpm) / reference_torque_nm(car)


def fuel_l_h(car: Vehicle) -> float:
    """Fuel burnt in an hour at this rate."""
    if not car.running:
        return 0.0
    power_kw = torque_pct(car) / 100.0 * reference_torque_nm(car) * car.engine_rpm * 2.0 * pi / 60_000.0
    return IDLE_FUEL_L_H_PER_LITRE * car.data.displacement_l + power_kw * 3600.0 / (FUEL_HEAT_KJ_L * EFFICIENCY)


def reagent_l_h(car: Vehicle) -> float:
    """Reagent dosed into the exhaust."""
    return REAGENT_SHARE * fuel_l_h(car)


def rail_kpa(car: Vehicle) -> float:
    """Pressure of the fuel before the injectors."""
    return IDLE_RAIL_KPA + RAIL_SPAN_KPA * _work(car) if car.running else 0.0


def exhaust_c(car: Vehicle) -> float:
    """Temperature of the exhaust behind the engine."""
    return 140.0 + 380.0 * _work(car) if car.running else car.ambient_c


def egr_pct(car: Vehicle) -> float:
    """How far exhaust is led back: much at part load, nothing at full load."""
    return MOST_EGR_PCT * (1.0 - _work(car)) if car.running else 0.0


def filter_kpa(car: Vehicle) -> float:
    """Pressure lost over the particle filter."""
    return SOOT_RESISTANCE * air_g_s(car)
