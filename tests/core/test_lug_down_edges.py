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
