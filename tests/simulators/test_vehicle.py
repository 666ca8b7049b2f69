"""A car by itself: engine, gears, key, lamp and heat."""

import pytest

from simulators.exhaust import AIR
from simulators.presets import PRESETS
from simulators.vehicle import Vehicle


def running(preset: str = "clean_petrol") -> Vehicle:
    car = Vehicle(PRESETS[preset])
    car.turn_key("running")
    return car


def live(car: Vehicle, seconds: float, speed_kmh: float = 0.0) -> None:
    for _ in range(round(seconds / 0.02)):
        car.step(0.02, speed_kmh)


@pytest.mark.parametrize(("gear", "speed_kmh", "rpm"), [(2, 25.0, 1637.5), (2, 40.0, 2620.0), (3, 40.0, 1720.0)])
def test_engine_speed_follows_road_speed_through_the_gear(gear: int, speed_kmh: float, rpm: float) -> None:
    car = running()
    car.gear = gear
    live(car, 0.1, speed_kmh)
    assert car.engine_rpm == pytest.approx(rpm)


def test_a_warm_engine_idles_at_its_idle_speed() -> None:
    car = running()
    live(car, 3.0)
    assert car.engine_rpm == pytest.approx(780.0, abs=1.0)


def test_more_accelerator_means_more_force_at_the_wheels() -> None:
    car = running()
    car.gear = 2
    forces = []
    for car.throttle in (0.0, 0.3, 0.6, 1.0):
        live(car, 0.1, 25.0)
        forces.append(car.wheel_force_n)
    assert forces == sorted(forces)
    assert forces[0] < 0.0 < 2500.0 < forces[-1]


def test_the_pedal_for_a_force_gives_that_force() -> None:
    car = running()
    car.gear = 2
    live(car, 0.1, 25.0)
    rolling = 0.0075 * 9.81 * car.data.reference_mass_kg
    car.throttle = car.pedal_for(1200.0)
    live(car, 0.02, 25.0)
    assert car.wheel_force_n == pytest.approx(1200.0 - rolling, abs=1.0)


def test_a_high_gear_at_walking_pace_stalls_the_engine() -> None:
    car = running()
    car.gear = 3
    live(car, 0.1, 5.0)
    assert car.ignition == "on"
    live(car, 2.0)
    assert car.exhaust == AIR


def test_an_engine_that_stands_breathes_nothing_out() -> None:
    car = running()
    live(car, 1.0)
    assert car.exhaust.co2_pct > 14.0
    car.turn_key("off")
    live(car, 2.0)
    assert car.exhaust == AIR
    assert car.engine_rpm < 1.0


@pytest.mark.parametrize(
    ("preset", "at_key_on", "running_engine"), [("clean_petrol", True, False), ("mil_on", True, True)]
)
def test_the_lamp_is_tested_at_key_on_and_then_obeys_the_control_unit(
    preset: str, at_key_on: bool, running_engine: bool
) -> None:
    car = Vehicle(PRESETS[preset])
    assert not car.mil_lamp_lit
    car.turn_key("on")
    assert car.mil_lamp_lit is at_key_on
    car.turn_key("running")
    assert car.mil_lamp_lit is running_engine


def test_a_cold_catalyst_cleans_nothing_and_a_cold_engine_burns_rich() -> None:
    warm, cold = running(), running()
    cold.coolant_c = cold.catalyst_c = 20.0
    for car in (warm, cold):
        live(car, 1.0)
    assert cold.exhaust.co_pct > 20.0 * warm.exhaust.co_pct
    assert cold.exhaust.hc_ppm > 20.0 * warm.exhaust.hc_ppm
    live(cold, 900.0)
    assert cold.exhaust.co_pct == pytest.approx(warm.exhaust.co_pct, rel=0.05)


def test_the_key_has_three_places() -> None:
    with pytest.raises(ValueError, match="not 'start'"):
        running().turn_key("start")
