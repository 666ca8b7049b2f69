"""Lug-down where two things happen in one second: the first that voids the test is the one that is told."""

from typing import Any

import pytest


def test_a_pedal_let_go_as_the_engine_dies_is_told_as_the_pedal(diesel: Any) -> None:
    rows = diesel.lug()
    rows[25] = {**rows[25], "obd_pedal_d_pct": 5.0, "engine_rpm": 0.0, "obd_rpm": 0.0}
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "pedal_released")


def test_an_engine_that_dies_at_once_with_its_pedal_down_is_a_stall(diesel: Any) -> None:
    rows = diesel.lug()
    rows[25] = {**rows[25], "engine_rpm": 0.0, "obd_rpm": 0.0}
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "engine_stall")


@pytest.mark.parametrize("source", ["scan", "point_100"])
def test_power_that_the_first_point_does_not_confirm_voids_the_test_before_its_power_is_judged(
    diesel: Any, source: str
) -> None:
    weak = diesel.lug(first={"force_n": 20.0 * 3600.0 / 66.0})
    verdict = diesel.lug_down(weak, switches={"max_power_from": source})
    assert (verdict.outcome, verdict.judgements) == ("invalid", ())
    assert verdict.reasons[0] in {"power_not_confirmed", "power_decided_by_inertia"}


@pytest.mark.parametrize(("seconds", "voids"), [(2, False), (3, True)])
def test_three_sampled_seconds_of_low_flow_void_the_test_and_two_do_not(diesel: Any, seconds: int, voids: bool) -> None:
    rows = diesel.lug()
    for place in range(27, 27 + seconds):
        rows[place] = {**rows[place], "low_flow": 1.0}
    assert ("low_flow" in diesel.lug_down(rows).reasons) == voids


@pytest.mark.parametrize(("co2_pct", "voids"), [(1.99, True), (2.0, False), (3.5, False)])
def test_exhaust_is_at_the_probe_from_the_least_co2_on(diesel: Any, co2_pct: float, voids: bool) -> None:
    verdict = diesel.lug_down(diesel.lug(first={"co2_pct": co2_pct}))
    assert ("probe_out" in verdict.reasons) == voids
