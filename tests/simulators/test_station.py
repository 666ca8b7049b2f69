"""A whole simulated lane: cars end in the verdict that their preset promises, judged with the law's own formulas."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lanectl.core.formulas import dilution_factor, no_humidity_factor
from protocols.dialect_503 import Action
from simulators.lane_faults import CannotDoError
from simulators.presets import PRESETS, VehicleData

LIMITS = {25.0: (0.50, 90.0, 700.0), 40.0: (0.40, 80.0, 650.0)}
"""GB 18285-2018 ASM, limit set a: CO %, HC ppm, NO ppm."""
DIVISORS = {25.0: 148.0, 40.0: 185.0}


def drive_mode(host: Any, speed_kmh: float, seconds: int) -> Iterator[tuple[float, float, float]]:
    """Drive one mode and yield the corrected CO, HC and NO of each second after the preset."""
    mass = host.lane.vehicle.data.reference_mass_kg
    host.lane.set_target(speed_kmh)
    host.wait(12.0)
    host.hold_total_force(3600.0 * mass / DIVISORS[speed_kmh] / speed_kmh, speed_kmh)
    host.wait(15.0)
    air = host.lane.line.air
    humidity = no_humidity_factor(air.temp_c, air.humidity_pct, air.pressure_kpa)
    for _ in range(seconds):
        host.wait(1.0)
        assert abs(host.lane.bench.speed_kmh - speed_kmh) < 2.0
        gas = host.read_gas()
        assert gas.co_pct + gas.co2_pct > 6.0
        dilution = dilution_factor(gas.co_pct, gas.co2_pct, 4.644, 3.0)
        yield gas.co_pct * dilution, gas.hc_ppm * dilution, gas.no_ppm * dilution * humidity


def shares(host: Any, preset: str | VehicleData, speed_kmh: float, seconds: int = 30) -> list[tuple[float, ...]]:
    """Return each second as shares of the limits."""
    host.car(preset)
    host.gas(Action.PUMP_SAMPLE)
    limits = LIMITS[speed_kmh]
    return [
        tuple(value / limit for value, limit in zip(values, limits, strict=True))
        for values in drive_mode(host, speed_kmh, seconds)
    ]


@pytest.mark.parametrize("speed_kmh", [25.0, 40.0])
@pytest.mark.parametrize("preset", ["clean_petrol", "repaired"])
def test_a_good_car_stays_under_half_of_every_limit(host: Any, preset: str, speed_kmh: float) -> None:
    assert all(max(second) < 0.4 for second in shares(host, preset, speed_kmh))


@pytest.mark.parametrize("speed_kmh", [25.0, 40.0])
@pytest.mark.parametrize("mass_kg", [1020.0, 1240.0, 1300.0])
def test_a_worn_catalyst_fails_every_limit_and_stays_far_from_five_hundred_percent(
    host: Any, speed_kmh: float, mass_kg: float
) -> None:
    worn = PRESETS["worn_catalyst"]
    car = VehicleData(reference_mass_kg=mass_kg, condition=worn.condition)
    found = shares(host, car, speed_kmh)
    assert all(min(second) > 1.2 for second in found)
    assert all(max(second) < 3.5 for second in found)


def test_a_gross_emitter_is_beyond_five_hundred_percent(host: Any) -> None:
    found = shares(host, "gross_emitter", 25.0, seconds=15)
    assert all(second[0] > 8.0 and second[1] > 8.0 for second in found)


def test_nothing_but_time_and_gas_stands_between_start_and_exhaust_on_the_screen(host: Any) -> None:
    host.car("clean_petrol")
    host.gas(Action.PUMP_SAMPLE)
    host.wait(5.5)
    assert host.read_gas().co2_pct < 0.3
    host.wait(6.0)
    assert host.read_gas().co2_pct > 14.5


def test_a_stalled_engine_is_seen_by_every_device(host: Any) -> None:
    host.car("clean_petrol")
    host.gas(Action.PUMP_SAMPLE)
    host.wait(15.0)
    host.lane.stall()
    host.wait(15.0)
    gas = host.read_gas()
    assert gas.co_pct + gas.co2_pct < 1.0
    assert gas.engine_rpm < 5.0
    host.type("ATE0")
    host.type("ATS0")
    host.type("ATSP6")
    assert host.type("010C") == "410C0000\r\r>"


def test_a_new_car_comes_with_its_papers_and_the_probe_out(host: Any) -> None:
    host.car("worn_catalyst")
    host.lane.drive_on("repaired", plate="粤B00001", vin="LTESTVIN000000001")
    assert not host.lane.line.probe_in
    state = host.lane.state()["vehicle"]
    assert (state["plate"], state["vin"]) == ("粤B00001", "LTESTVIN000000001")


def test_no_car_comes_or_goes_while_the_rollers_turn(host: Any) -> None:
    host.car("clean_petrol")
    host.lane.set_target(25.0)
    host.wait(12.0)
    with pytest.raises(CannotDoError, match="rollers turn"):
        host.lane.leave()
    with pytest.raises(CannotDoError, match="rollers turn"):
        host.lane.drive_on("repaired")
    host.lane.set_target(0.0)
    host.wait(15.0)
    host.lane.leave()
    assert host.lane.state()["vehicle"] is None


def test_an_empty_lane_names_what_is_missing(host: Any) -> None:
    with pytest.raises(CannotDoError, match="no car"):
        host.lane.set_target(25.0)
    with pytest.raises(CannotDoError, match="no car"):
        host.lane.turn_key("on")
    with pytest.raises(CannotDoError, match="no car"):
        host.lane.stall()
    with pytest.raises(CannotDoError, match="no preset 'tank'"):
        host.lane.drive_on("tank")


def test_the_same_seed_says_the_same_bytes(new_host: Callable[[int], Any]) -> None:
    said = []
    for seed in (4, 4, 5):
        host = new_host(seed)
        host.car("clean_petrol")
        host.lane.set_target(25.0)
        host.wait(10.0)
        said.append((host.lane.wires["dyno"].take(), host.read_gas()))
    assert said[0] == said[1] != said[2]
