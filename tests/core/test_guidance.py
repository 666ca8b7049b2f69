"""What the driver may be told in each phase of a method: speed or engine speed to hold, and its tolerance."""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.methods import Trial
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Guidance

Push = Callable[[Trial, list[Any]], Trial]


@pytest.fixture(scope="session")
def push() -> Push:
    def pushed(trial: Trial, rows: list[Any]) -> Trial:
        for second, values in enumerate(rows):
            trial.push(LegalSecond(second * 1000, values))
        return trial

    return pushed


def test_asm_asks_for_its_speed_and_its_force_until_it_is_decided(bench: Any, push: Push) -> None:
    trial = bench.open("asm")
    assert trial.guidance() == Guidance(target_kmh=25.0, tolerance_kmh=2.0)
    assert trial.total_force_n() == pytest.approx(1440.0)
    push(trial, bench.at_25(90, no_ppm=900.0))
    assert trial.guidance() == Guidance(target_kmh=40.0, tolerance_kmh=2.0)
    assert trial.total_force_n() == pytest.approx(720.0)
    push(trial, bench.at_40(95, no_ppm=10.0))
    assert trial.status().decided
    assert (trial.guidance(), trial.target_kmh(), trial.total_force_n()) == (Guidance(), None, None)


def test_two_speed_idle_asks_for_its_engine_speed_and_for_no_load(bench: Any, push: Push) -> None:
    trial = bench.open("two_speed_idle", start="precondition", car={"rated_rpm": 5000.0})
    assert trial.guidance() == Guidance(target_rpm=3500.0, tolerance_rpm=200.0)
    push(trial, bench.high_idle(31, engine_rpm=3600.0))
    assert trial.guidance() == Guidance(target_rpm=2500.0, tolerance_rpm=200.0)
    push(trial, bench.high_idle(46))
    assert trial.status().phase == "drop_to_idle"
    assert trial.guidance() == Guidance()
    assert (trial.target_kmh(), trial.total_force_n()) == (None, None)


def test_a_heavy_car_holds_a_lower_high_idle(bench: Any) -> None:
    trial = bench.open("two_speed_idle", car={"gross_mass_kg": 5000.0})
    assert trial.guidance().target_rpm == 1800.0


def test_free_acceleration_asks_for_nothing_on_the_rollers(diesel: Any) -> None:
    trial = diesel.open_diesel("free_acceleration")
    assert (trial.target_kmh(), trial.total_force_n()) == (None, None)
    assert trial.guidance() == Guidance(settled=False, counted=0)


def test_free_acceleration_tells_when_the_exhaust_is_back_and_how_many_snaps_count(diesel: Any) -> None:
    trial = diesel.open_diesel("free_acceleration")
    for second in diesel.seconds([(i * 100, row) for i, row in enumerate(diesel.snaps(40.0, 40.0))]):
        trial.push(second)
        if second.t_ms == 9000:
            assert not trial.guidance().settled
    assert trial.guidance() == Guidance(settled=True, counted=2)


def test_lug_down_asks_for_no_speed_in_the_scan_and_for_the_points_after_it(diesel: Any, push: Push) -> None:
    trial = diesel.open_diesel("lug_down")
    assert trial.guidance() == Guidance()
    assert trial.scan_rate_kmh_per_s() == 2.0
    push(trial, diesel.scan())
    target, tolerance = trial.target_kmh()
    assert (target, tolerance) == (pytest.approx(66.0, abs=1.0), 0.5)
    assert trial.guidance() == Guidance(target_kmh=target, tolerance_kmh=0.5)
    assert trial.total_force_n() is None
