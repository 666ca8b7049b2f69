"""The driver follows a target as a person does."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from protocols.bntd import Order

NewHost = Callable[[int], Any]


def speeds(host: Any, seconds: float) -> list[float]:
    found = []
    for _ in range(round(seconds / 0.02)):
        host.lane.step()
        found.append(host.lane.bench.speed_kmh)
    return found


@pytest.mark.parametrize("target_kmh", [15.0, 25.0, 40.0, 60.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_once_settled_the_speed_stays_within_half_a_kilometre_per_hour(
    new_host: NewHost, target_kmh: float, seed: int
) -> None:
    host = new_host(seed)
    host.car("clean_petrol")
    host.lane.set_target(target_kmh)
    host.wait(35.0)
    found = speeds(host, 60.0)
    assert max(abs(speed - target_kmh) for speed in found) < 0.5
    assert max(found) - min(found) > 0.1, "a foot that never moves is no foot"


def test_under_the_load_of_an_asm_mode_it_stays_within_the_band_too(host: Any) -> None:
    host.car("worn_catalyst")
    host.lane.set_target(25.0)
    host.wait(12.0)
    host.hold_total_force(1206.0, 25.0)
    dip = speeds(host, 6.0)
    assert min(dip) > 23.0, "the load must not throw the car out of the band"
    settled = speeds(host, 80.0)
    assert max(abs(speed - 25.0) for speed in settled) < 0.5
    assert all(abs(later - earlier) < 1.0 for earlier, later in zip(settled, settled[450:], strict=False))


def test_it_accelerates_at_about_one_metre_per_second_squared(host: Any) -> None:
    host.car("clean_petrol")
    host.lane.set_target(40.0)
    found = speeds(host, 16.0)
    reached = next(index for index, speed in enumerate(found) if speed > 38.0)
    assert 0.7 < 38.0 / 3.6 / (reached * 0.02) < 1.3
    per_second = [later - earlier for earlier, later in pairwise(found[::50])]
    assert max(per_second) < 8.0


def test_it_brakes_to_a_stop_without_stalling_the_engine(host: Any) -> None:
    car = host.car("clean_petrol")
    host.lane.set_target(40.0)
    host.wait(20.0)
    host.lane.set_target(0.0)
    host.wait(20.0)
    assert host.lane.bench.speed_kmh == 0.0
    assert car.running


def test_foot_off_lets_it_roll_out_under_the_losses_alone(host: Any) -> None:
    car = host.car("clean_petrol")
    host.lane.set_target(40.0)
    host.wait(20.0)
    host.lane.set_target(None)
    host.wait(5.0)
    assert 30.0 < host.lane.bench.speed_kmh < 38.5
    host.wait(120.0)
    assert host.lane.bench.speed_kmh == 0.0
    assert car.running


def test_the_same_seed_drives_the_same_way_and_another_seed_another(new_host: NewHost) -> None:
    runs = []
    for seed in (5, 5, 6):
        host = new_host(seed)
        host.car("clean_petrol")
        host.lane.set_target(25.0)
        runs.append(speeds(host, 30.0))
    assert runs[0] == runs[1] != runs[2]


def test_nobody_drives_off_while_the_lift_carries_the_wheels(host: Any) -> None:
    host.lane.drive_on("clean_petrol")
    host.wait(4.0)
    host.lane.set_target(25.0)
    host.wait(5.0)
    assert host.lane.bench.speed_kmh == 0.0
    host.order(Order.LIFT_DOWN)
    host.wait(20.0)
    assert host.lane.bench.speed_kmh == pytest.approx(25.0, abs=0.5)


def test_in_neutral_it_holds_an_engine_speed(host: Any) -> None:
    car = host.car("clean_petrol")
    host.lane.rev(2500.0)
    host.wait(5.0)
    assert car.engine_rpm == pytest.approx(2500.0, abs=60.0)
    assert host.lane.bench.speed_kmh == 0.0
    host.lane.rev(None)
    host.wait(5.0)
    assert car.engine_rpm == pytest.approx(780.0, abs=20.0)
