"""Rollers, brake and lift obey mechanics."""

from typing import Any

import pytest

from protocols.bntd import Order
from simulators.bench import BASE_INERTIA_KG, SLOWING_KMH_S, Bench, parasitic_kw, parasitic_n


def bare(speed_kmh: float) -> Bench:
    bench = Bench()
    bench.move_lift("down")
    for _ in range(150):
        bench.step(0.02, 0.0, 0.0)
    bench.speed_kmh = speed_kmh
    return bench


def test_a_steady_25_km_per_hour_shows_the_asked_force_and_the_power_is_force_times_speed(host: Any) -> None:
    host.car("clean_petrol")
    host.lane.set_target(25.0)
    host.wait(12.0)
    force_n = 3600.0 * 1170.0 / 148.0 / 25.0
    host.hold_total_force(force_n, 25.0)
    host.wait(10.0)
    bench = host.lane.bench
    assert bench.total_force_n == pytest.approx(force_n, rel=0.005)
    assert bench.total_power_kw == pytest.approx(bench.total_force_n * bench.speed_kmh / 3600.0)
    assert bench.total_power_kw == pytest.approx(1170.0 / 148.0, rel=0.03)


def test_the_load_cell_shows_the_brake_without_the_parasitic_loss() -> None:
    bench = bare(25.0)
    bench.brake.force_n = 800.0
    assert bench.load_cell_n == 800.0
    assert bench.total_force_n == pytest.approx(800.0 + 3600.0 * parasitic_kw(25.0) / 25.0)
    assert parasitic_n(25.0) == pytest.approx(99.0)


def test_bare_rollers_coast_down_in_the_time_that_their_loss_predicts() -> None:
    bench, seconds = bare(50.0), 0.0
    while bench.speed_kmh > 30.0:
        bench.step(0.02, 0.0, 0.0)
        seconds += 0.02
    predicted, speed = 0.0, 30.0
    while speed < 50.0:
        predicted += 0.001 / 3.6 * BASE_INERTIA_KG / parasitic_n(speed)
        speed += 0.001
    assert seconds == pytest.approx(predicted, rel=0.005)


def test_the_load_comes_on_as_a_ramp_and_goes_within_half_a_second() -> None:
    bench = bare(40.0)
    bench.brake.mode, bench.brake.force_setpoint_n = "force", 1000.0
    bench.step(0.02, 0.0, 0.0)
    assert bench.load_cell_n < 50.0
    for _ in range(150):
        bench.step(0.02, 1100.0, 0.0)
    assert bench.load_cell_n == pytest.approx(1000.0, rel=0.01)
    bench.brake.mode = "off"
    for _ in range(25):
        bench.step(0.02, 0.0, 0.0)
    assert bench.load_cell_n < 30.0


def test_an_eddy_current_brake_cannot_hold_what_stands() -> None:
    bench = bare(0.0)
    bench.brake.mode, bench.brake.force_setpoint_n = "force", 1000.0
    for _ in range(100):
        bench.step(0.02, 0.0, 0.0)
    assert bench.load_cell_n == 0.0
    assert bench.speed_kmh == 0.0


def test_constant_power_means_less_force_at_more_speed() -> None:
    bench = bare(25.0)
    bench.brake.mode, bench.brake.power_setpoint_kw = "power", 5.0
    forces = []
    for speed in (25.0, 50.0):
        for _ in range(200):
            bench.speed_kmh = speed
            bench.step(0.02, 0.0, 0.0)
        forces.append(bench.load_cell_n)
    assert forces == pytest.approx([720.0, 360.0], rel=0.02)


def test_constant_speed_brakes_only_as_much_as_it_must() -> None:
    bench = bare(40.0)
    bench.brake.mode, bench.brake.speed_setpoint_kmh = "speed", 40.0
    for _ in range(1000):
        bench.step(0.02, 900.0, 0.0)
    assert bench.speed_kmh == pytest.approx(40.0, abs=1.5)
    assert bench.total_force_n == pytest.approx(900.0, rel=0.02)


def governed(full_n: float, speed_kmh: float) -> float:
    """Return the force of an engine whose governor takes it from full to nothing between 64 and 71 km/h."""
    return full_n * min(1.0, max(0.0, (71.0 - speed_kmh) / 7.0))


def test_a_speed_set_point_far_below_is_walked_to_at_a_pace_that_keeps_wheels_in_the_rollers() -> None:
    bench, seconds = bare(70.0), 0.0
    bench.brake.mode, bench.brake.speed_setpoint_kmh = "speed", 56.0
    fastest = 0.0
    while bench.speed_kmh > 56.5 and seconds < 20.0:
        bench.step(0.02, governed(3000.0, bench.speed_kmh), 50.0)
        seconds += 0.02
        fastest = max(fastest, -3.6 * bench.acceleration_ms2)
    assert 5.0 < seconds < 10.0
    assert fastest < 1.5 * SLOWING_KMH_S


def test_a_speed_above_is_left_to_the_engine() -> None:
    bench = bare(50.0)
    bench.brake.mode, bench.brake.speed_setpoint_kmh = "speed", 62.0
    for _ in range(100):
        bench.step(0.02, 0.0, 0.0)
        assert bench.brake.force_n == 0.0
    assert bench.speed_kmh < 50.0, "it never drives the rollers faster"


def test_the_brake_can_take_what_a_strong_diesel_gives_at_its_second_point() -> None:
    bench = bare(70.5)
    bench.brake.mode, bench.brake.speed_setpoint_kmh = "speed", 56.0
    wheels_n = 3600.0 * 120.0 / 56.0
    for _ in range(1500):
        bench.step(0.02, governed(wheels_n, bench.speed_kmh), 50.0)
    assert bench.speed_kmh == pytest.approx(56.0, abs=0.1)
    assert bench.total_power_kw == pytest.approx(120.0, rel=0.01)
    bench.brake.mode = "off"
    for _ in range(25):
        bench.step(0.02, wheels_n, 50.0)
    assert bench.load_cell_n < 0.1 * wheels_n, "half a second later the load is off"


def test_simulated_mass_asks_for_more_force_while_speeding_up() -> None:
    bench = bare(20.0)
    bench.brake.mode, bench.brake.power_setpoint_kw, bench.brake.reference_mass_kg = "inertia", 2.0, 1400.0
    for _ in range(100):
        bench.step(0.02, 1800.0, 0.0)
    alone = 3600.0 * 2.0 / bench.speed_kmh
    assert bench.load_cell_n > alone + 200.0


def test_the_lift_takes_its_time_and_will_not_rise_under_turning_rollers() -> None:
    bench = bare(20.0)
    assert bench.lift == "down"
    assert not bench.move_lift("up")
    bench.speed_kmh = 0.0
    assert bench.move_lift("up")
    bench.step(0.02, 0.0, 0.0)
    assert bench.lift == "moving"
    for _ in range(150):
        bench.step(0.02, 0.0, 0.0)
    assert bench.lift == "up"


def test_the_motor_spins_bare_rollers_up() -> None:
    bench = bare(0.0)
    bench.motor_on = True
    for _ in range(4000):
        bench.step(0.02, 0.0, 0.0)
    assert 75.0 < bench.speed_kmh < 82.0


def test_light_barriers_are_broken_while_a_car_drives_on(host: Any) -> None:
    host.lane.drive_on("clean_petrol")
    host.wait(1.0)
    assert host.lane.bench.keys == 0b11
    host.wait(3.0)
    assert host.lane.bench.keys == 0
    host.order(Order.LIFT_DOWN)
