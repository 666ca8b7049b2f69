"""Lug-down to the second and to the count: which of two causes is told, where a band ends, and what a point tells."""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.diesel import smoke_density_per_m
from lanectl.core.formulas import no_humidity_factor
from lanectl.core.lug_down_power import PowerScan
from lanectl.core.lug_down_watch import LugDownWatch
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict

Decisive = Callable[[Verdict], list[str]]
PATH_M = 0.430
POINTS = {"100": slice(25, 34), "80": slice(37, 46)}
"""Places of the sampled seconds in ``lug()``."""


def consulted(verdict: Verdict) -> set[str]:
    return {one.figure.split(".")[-1] for one in verdict.uncertain}


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


# -- what a point tells


def restless(rows: list[Any]) -> list[Any]:
    """Return the rows with every value a little off in its own way in every second; the rollers stay at their speed."""
    steady = ("speed_kmh", "force_n", "obd_rpm", "engine_rpm", "obd_pedal_d_pct")
    return [
        {
            name: value * (1.0 + ((second * 7 + place * 11) % 23) / (20_000.0 if name in steady else 400.0))
            for place, (name, value) in enumerate(row.items())
        }
        for second, row in enumerate(rows)
    ]


@pytest.mark.parametrize("point", POINTS)
def test_a_point_tells_the_means_of_its_own_seconds(diesel: Any, point: str) -> None:
    rows = diesel.lug()[:22] + restless(diesel.lug()[22:])
    values, seconds = diesel.lug_down(rows).values, rows[POINTS[point]]
    expected = {
        f"k{point}_per_m_raw": [smoke_density_per_m(row["opacity_n_pct"], PATH_M) for row in seconds],
        f"speed{point}_kmh": [row["speed_kmh"] for row in seconds],
        f"rpm{point}": [row["engine_rpm"] for row in seconds],
        f"co2_{point}_pct": [row["co2_pct"] for row in seconds],
        f"power{point}_kw": [row["force_n"] * row["speed_kmh"] / 3600.0 for row in seconds],
        f"kh{point}": [
            no_humidity_factor(row["ambient_temp_c"], row["humidity_pct"], row["pressure_kpa"]) for row in seconds
        ],
        ("nox100_ppm" if point == "100" else "nox80_ppm_raw"): [row["nox_ppm"] for row in seconds],
    }
    assert {name: values[name] for name in expected} == pytest.approx(
        {name: sum(found) / 9 for name, found in expected.items()}, rel=1e-7
    )


def test_the_control_units_mean_is_that_of_the_seconds_sampled_at_both_points(diesel: Any) -> None:
    rows = diesel.lug({"obd_rpm": 2500.0}, {"obd_rpm": 2100.0})
    assert diesel.lug_down(rows).values["obd_rpm"] == 2300.0
    assert diesel.lug_down([{**row, "obd_rpm": None} for row in rows]).values["obd_rpm"] is None


def test_smoke_that_nobody_could_see_was_thrown_away_all_the_same(diesel: Any) -> None:
    """A sampling of clear air that was broken off is told as nothing, not as if there had been none."""
    rows = [*diesel.scan(), *diesel.point(66.0, 7, opacity_n_pct=0.0), *diesel.point(67.0, 1), *diesel.point(66.0, 12)]
    values = diesel.lug_down(rows + diesel.point(52.8, 12)).values
    assert (values["discarded_k100_per_m"], values["discarded_k80_per_m"]) == (0.0, None)


# -- where a band ends


@pytest.mark.parametrize(
    ("rpm", "inside"), [(2750.0, True), (2750.000001, False), (2250.0, True), (2249.999999, False), (2500.0, True)]
)
def test_the_edges_of_the_engine_speeds_band_belong_to_it(diesel: Any, rpm: float, inside: bool) -> None:
    """A tenth of 2500 r/min either way."""
    rows = diesel.lug({"engine_rpm": rpm, "obd_rpm": rpm})
    verdict = diesel.lug_down(rows, car={"rated_rpm": 2500.0}, switches={"engine_speed_window": "fail"})
    judged = {judgement.quantity: judgement.ok for judgement in verdict.judgements}
    assert judged["engine_speed_100_rpm"] == inside


@pytest.mark.parametrize(("told", "differs"), [(2500.0, False), (2499.9999, True)])
def test_a_control_unit_that_is_off_by_its_share_is_not_off_by_more(diesel: Any, told: float, differs: bool) -> None:
    point = {"engine_rpm": 2750.0, "obd_rpm": told}
    assert ("engine_speed_implausible" in diesel.lug_down(diesel.lug(point, point)).reasons) == differs


def test_a_control_unit_is_off_by_a_share_of_how_much_it_told() -> None:
    """Whatever the sign of it: a negative speed that both tell alike is no difference."""
    figures = dict.fromkeys(
        ("least_co2", "least_nox", "least_pedal", "voids_by_nox", "pedal_of_highest", "voids_pedal"), 0
    )
    figures |= {"probe_out_s": 99, "low_flow_s": 99, "compared_s": 1, "voids_deviation": 1}
    for rpm, told, implausible in ((-1e-6, -1e-6, 0), (-110e-6, -100e-6, 0), (-111e-6, -100e-6, 1), (0.0, 0.0, 0)):
        watch = LugDownWatch(figures, 0.9, 0.1, 80.0)
        nothing = float("nan")
        watch.see(1, 1, 9.0, nothing, nothing, rpm, told, nothing, nothing, nothing)
        assert watch.saw_implausible == implausible


# -- what is consulted, and what decides


def test_altitude_is_consulted_above_the_bound_and_not_at_it(diesel: Any) -> None:
    for altitude_m, asked in ((1500, False), (1501, True)):
        verdict = diesel.lug_down(diesel.lug(), switches={"station_altitude_m": altitude_m})
        assert ("altitude_allowance" in consulted(verdict)) == asked


def test_without_an_engine_speed_nothing_is_consulted_about_a_stall(diesel: Any) -> None:
    for rows, asked in ((diesel.lug(), True), ([{**row, "engine_rpm": None} for row in diesel.lug()], False)):
        assert ("engine_stall_below_rpm" in consulted(diesel.lug_down(rows))) == asked


@pytest.mark.parametrize(("seconds", "sampled"), [(20, False), (25, False), (26, True)])
def test_the_probe_and_the_first_point_are_consulted_once_there_is_a_sampled_second(
    diesel: Any, seconds: int, sampled: bool
) -> None:
    verdict = diesel.lug_down(diesel.lug()[:seconds])
    assert verdict.reasons == ("incomplete",)
    assert ("probe_out_s" in consulted(verdict)) == sampled
    assert ("co2_low_pct" in consulted(verdict)) == sampled


def test_which_power_is_taken_does_not_decide_before_both_are_known(diesel: Any, decisive: Decisive) -> None:
    verdict = diesel.lug_down(diesel.lug()[:30])
    assert "max_power_from" in consulted(verdict)
    assert "max_power_from" not in decisive(verdict)


def test_judged_by_the_first_point_no_power_is_told_before_it(diesel: Any) -> None:
    for seconds, known in ((33, False), (34, True)):
        values = diesel.lug_down(diesel.lug()[:seconds], switches={"max_power_from": "point_100"}).values
        assert (values["corrected_max_power_kw"] is not None) == known
        assert values["max_power_kw"] == 71.0


def test_humidity_is_needed_only_where_it_corrects(diesel: Any) -> None:
    for how, needed in (("record", False), ("apply", True)):
        trial = diesel.open_diesel("lug_down", switches={"nox_humidity_correction": how})
        assert ("humidity_pct" in trial.needs) == needed


def test_a_lane_is_told_how_long_each_phase_still_takes(diesel: Any) -> None:
    trial = diesel.open_diesel("lug_down")
    told = [trial.push(LegalSecond(0, row)) for row in diesel.lug()]
    assert [(one.phase, one.elapsed_s, one.remaining_s) for one in told[20:34]] == [
        ("scan", 21, None),
        ("to_100", 0, 3), ("settle_100", 1, 2), ("settle_100", 2, 1),
        *(("sample_100", second, 9 - second) for second in range(9)),
        ("to_80", 0, 3),
    ]  # fmt: skip
    assert (told[-1].phase, told[-1].elapsed_s, told[-1].remaining_s, told[-1].decided) == ("done", 46, 0, True)


def test_a_gap_while_sampling_is_told_as_the_gap(diesel: Any) -> None:
    rows = diesel.lug()
    for place in (25, 33, 37, 45):
        verdict = diesel.lug_down([None if i == place else row for i, row in enumerate(rows)])
        assert (verdict.outcome, verdict.reasons) == ("invalid", ("gap_in_window",))
        assert verdict.values["sampling_restarts"] == 0.0


@pytest.mark.parametrize("place", [25, 33, 37, 45])
def test_a_value_missing_in_any_second_of_a_point_is_told_and_nothing_is_judged(diesel: Any, place: int) -> None:
    rows = diesel.lug()
    rows[place] = {**rows[place], "opacity_n_pct": None}
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons, verdict.judgements) == ("invalid", ("value_missing_in_window",), ())
    trial = diesel.open_diesel("lug_down")
    told = [trial.push(LegalSecond(0, row)) for row in rows[: place + 1]]
    assert (told[-1].phase, told[-1].decided, told[-2].decided) == ("done", True, False)


def test_rollers_that_turn_faster_in_a_scan_are_not_slowing_down() -> None:
    figures = dict.fromkeys(("tolerance", "top_speed_s", "top_speed_from", "top_speed_to", "idle_to"), 0)
    scan = PowerScan({**figures, "fastest_scan": 2_000_000}, 0.8, 907.2)
    for speed in (0.0, 70.0):
        scan.follow(speed, 3000.0, 2600.0)
    assert (scan.slowing, scan.saw_fast_scan) == (-70_000_000, 0)


@pytest.mark.parametrize(("speed", "steady"), [(0.5, 1), (0.500001, 0)])
def test_a_first_speed_within_the_tolerance_of_a_standstill_is_steady(speed: float, steady: int) -> None:
    figures = dict.fromkeys(("top_speed_from", "top_speed_to", "idle_to", "fastest_scan"), 0)
    scan = PowerScan({**figures, "tolerance": 500_000, "top_speed_s": 1}, 0.8, 907.2)
    assert scan.speed_up(speed) == steady


@pytest.mark.parametrize(("seconds", "known"), [(3, False), (4, True), (5, True)])
def test_a_sampling_that_was_broken_off_had_shown_something_from_its_first_second_on(
    diesel: Any, seconds: int, known: bool
) -> None:
    """Three seconds settle; what is sampled after them and thrown away is told, be it one second."""
    rows = [*diesel.scan(), *diesel.point(66.0, seconds), *diesel.point(67.0, 1), *diesel.point(66.0, 12)]
    values = diesel.lug_down(rows + diesel.point(52.8, 12)).values
    assert values["sampling_restarts"] == 1.0
    k = smoke_density_per_m(30.0, PATH_M)
    assert values["discarded_k100_per_m"] == (pytest.approx(k, abs=1e-8) if known else None)


def test_without_an_engine_speed_there_is_no_highest_one(diesel: Any) -> None:
    values = diesel.lug_down([{**row, "engine_rpm": None} for row in diesel.lug()]).values
    assert (values["max_rpm"], values["calculated_vel_max_hp_kmh"]) == (None, None)
