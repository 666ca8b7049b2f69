"""Free acceleration beside its three snaps: what was thrown away, what is consulted, how values are rounded."""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.diesel import smoke_density_per_m
from lanectl.core.methods import METHODS
from lanectl.core.verdict import Verdict

Decisive = Callable[[Verdict], list[str]]
PATH_M = 0.43
CARS: dict[str, dict[str, object]] = {
    "free_acceleration": {"fuel": "diesel", "rated_rpm": 2600.0, "rated_power_kw": 118.0},
    "lug_down": {"fuel": "diesel", "rated_rpm": 2600.0, "rated_power_kw": 118.0, "aspiration": "turbo"},
}


@pytest.mark.parametrize("method", METHODS)
def test_an_open_test_has_no_verdict_and_an_ended_one_is_incomplete(bench: Any, method: str) -> None:
    trial = bench.open(method, car=CARS.get(method))
    assert trial.verdict() is None
    assert not trial.status().decided
    trial.end()
    verdict = trial.verdict()
    assert (verdict.outcome, verdict.method, verdict.limits, verdict.reasons[0]) == (
        "invalid",
        method,
        "a",
        "incomplete",
    )


def test_the_snap_that_made_room_for_a_fourth_is_the_one_thrown_away(diesel: Any) -> None:
    rows = [row for number, peak in enumerate((60.0, 40.0, 45.0, 42.0), start=1) for row in diesel.snap(peak)]
    values = diesel.smoke([{**row, "snap_no": 1.0 + place // 149} for place, row in enumerate(rows)]).values
    assert values["snaps_counted"] == 4.0
    assert values["highest_discarded_k_per_m_raw"] == pytest.approx(smoke_density_per_m(60.0, PATH_M), abs=1e-8)
    peaks = [values[f"snap{number}_k_per_m_raw"] for number in (1, 2, 3)]
    assert peaks == [pytest.approx(smoke_density_per_m(n, PATH_M), abs=1e-8) for n in (40.0, 45.0, 42.0)]


def test_compared_in_full_the_mean_and_each_peak_are_told_in_full(diesel: Any) -> None:
    rows = diesel.snaps(40.0, 41.0, 42.0)
    full, rounded = diesel.smoke(rows, switches={"compare": "full"}).values, diesel.smoke(rows).values
    exact = sum(smoke_density_per_m(n, PATH_M) for n in (40.0, 41.0, 42.0)) / 3
    assert full["opacity_k_per_m"] == full["opacity_k_per_m_raw"] == pytest.approx(exact, abs=1e-8)
    assert rounded["opacity_k_per_m"] == round(exact, 2)
    assert rounded["opacity_k_per_m_raw"] == full["opacity_k_per_m"]
    assert full["snap2_k_per_m"] == pytest.approx(smoke_density_per_m(41.0, PATH_M), abs=1e-8)
    assert rounded["snap2_k_per_m"] == round(smoke_density_per_m(41.0, PATH_M), 2)


def test_figures_of_the_pedal_are_consulted_where_a_pedal_is_told(diesel: Any) -> None:
    for pedal, consulted in ((None, False), (0.0, True)):
        rows = [{**row, "obd_pedal_d_pct": pedal} for row in diesel.snaps(30.0, 30.0, 30.0)]
        figures = {one.figure.split(".")[-1] for one in diesel.smoke(rows).uncertain}
        assert ({"pedal_up_pct", "slow_pedal"} <= figures) == consulted
        assert {"hold_s", "idle_between_s"} <= figures


def test_the_governed_speed_is_consulted_where_it_is_known(diesel: Any) -> None:
    for rated, consulted in ((2600.0, True), (None, False)):
        verdict = diesel.smoke(diesel.snaps(30.0, 30.0, 30.0), car={"rated_rpm": rated})
        figures = {one.figure.split(".")[-1] for one in verdict.uncertain}
        assert ("governed_fraction_of_rated" in figures) == consulted
        assert ("governed_speed_unknown" in verdict.reasons) != consulted


def test_a_blow_out_that_was_short_decides_only_where_there_was_one(diesel: Any, decisive: Decisive) -> None:
    for top, decides in ((2700.0, False), (1900.0, True)):
        rows = diesel.snap(20.0, top=top) + [row for _ in range(6) for row in diesel.snap(20.0)]
        verdict = diesel.smoke(rows, start="blow_outs")
        assert ("blow_out_short_of_speed" in decisive(verdict)) == decides
        assert ("blow_out_short_of_speed" in verdict.reasons) == decides
