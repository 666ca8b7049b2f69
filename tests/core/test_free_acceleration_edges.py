"""Free acceleration beside its three snaps: what was thrown away, what is consulted, how values are rounded."""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.diesel import opacity_pct, smoke_density_per_m
from lanectl.core.methods import METHODS
from lanectl.core.second import LegalSecond
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


def with_pedal(rows: list[Any], pedal: Callable[[Any], float]) -> list[Any]:
    return [{**row, "obd_pedal_d_pct": pedal(row)} for row in rows]


def resting(row: Any) -> float:
    """A foot that rests on the pedal at idle, and then presses it at once."""
    return 100.0 if row["engine_rpm"] > 1200.0 else 0.0 if row["engine_rpm"] == 0.0 else 20.0


def test_a_foot_that_rests_on_the_pedal_at_idle_is_no_slow_pedal(diesel: Any) -> None:
    rows = with_pedal(diesel.snaps(30.0, 30.0, 30.0), resting)
    for place in (0, 1, 2, 149, 150, 298, 299):
        rows[place]["obd_pedal_d_pct"] = 0.0
    assert "slow_pedal" not in diesel.smoke(rows).reasons


MARKED = {
    "short_hold": ({"hold_s", "short_hold"}, "short_hold"),
    "slow_pedal": ({"pedal_up_pct", "pedal_down_pct", "slow_pedal"}, "slow_pedal"),
    "short_idle": ({"idle_between_s", "short_idle"}, "short_idle"),
    "short_of_speed": ({"governed_fraction_of_rated"}, "snap_short_of_speed"),
    "not_settled": ({"settled_k_per_m", "settled_look_back_s", "not_settled"}, "opacity_not_settled"),
}
"""Each of the things that a snap can be repeated for: the figures it stands on, and how the verdict says it."""


def marked(diesel: Any, name: str) -> list[Any]:
    """Return three snaps, the last of which has this mark and no other."""
    sound, rows = diesel.snaps(30.0, 30.0), diesel.snap(30.0)
    if name == "short_hold":
        rows = rows[:88] + rows[100:]
    elif name == "slow_pedal":
        rows = with_pedal(rows, lambda row: min(80.0, (row["engine_rpm"] - 760.0) / 20.0))
    elif name == "short_idle":
        rows = rows[55:]
    else:
        rows = diesel.snap(30.0, **{"short_of_speed": {"top": 2300.0}, "not_settled": {"idle_n": 25.0}}[name])
    return list(sound + rows)


@pytest.mark.parametrize("name", MARKED)
def test_a_mark_is_said_or_repeats_its_snap_as_the_data_has_it(diesel: Any, decisive: Decisive, name: str) -> None:
    rows, (figures, reason) = marked(diesel, name), MARKED[name]
    noted, repeated = (diesel.smoke(rows, switches={name: how}) for how in ("note", "repeat"))
    assert (noted.outcome, noted.reasons, noted.values["snaps_repeated"]) == ("pass", (reason,), 0.0)
    assert repeated.reasons == ("incomplete", "snap_repeated", reason)
    assert (repeated.values["snaps_repeated"], repeated.values["snaps_counted"]) == (1.0, 2.0)
    for verdict in (noted, repeated):
        assert figures <= set(decisive(verdict))
        assert not set(decisive(verdict)) & ({one for known, _ in MARKED.values() for one in known} - figures)


def test_what_was_thrown_away_is_told_as_it_would_have_been_judged(diesel: Any) -> None:
    rows = diesel.snap(60.0, top=2300.0) + diesel.snaps(30.0, 30.0, 30.0)
    values = diesel.smoke(rows).values
    assert values["highest_discarded_k_per_m"] == round(smoke_density_per_m(60.0, PATH_M), 2)
    assert diesel.smoke(rows[149:]).values["highest_discarded_k_per_m"] is None


def test_a_control_unit_is_compared_from_the_first_snap_on(diesel: Any) -> None:
    """In the blow-outs before, it may tell what it likes; its word on the snaps is the same as ever."""
    blown = [{**row, "obd_rpm": 2.0 * row["engine_rpm"]} for row in diesel.snaps(70.0, 70.0)] + diesel.snap(70.0)
    for start, rows in (("blow_outs", blown), ("snaps", [])):
        verdict = diesel.smoke(rows + diesel.snaps(30.0, 30.0, 30.0), start=start)
        assert verdict.outcome == "pass"
        assert verdict.values["idle_obd_rpm"] == verdict.values["idle_rpm"]


def only_smoke(rows: list[Any], sees: Callable[[int], bool]) -> list[Any]:
    return [row if sees(place) else {**row, "opacity_n_pct": None} for place, row in enumerate(rows)]


def test_an_opacimeter_that_speaks_from_the_first_snap_on_has_no_hole_before_it(diesel: Any) -> None:
    rows = diesel.snaps(30.0, 30.0, 30.0)
    up = next(place for place, row in enumerate(rows) if row["engine_rpm"] > 1200.0)
    assert diesel.smoke(only_smoke(rows, lambda place: place >= up)).outcome == "pass"


def test_one_that_was_last_heard_of_when_the_test_began_has_a_hole(diesel: Any) -> None:
    rows = diesel.snaps(30.0, 30.0, 30.0)
    up = next(place for place, row in enumerate(rows) if row["engine_rpm"] > 1200.0)
    verdict = diesel.smoke(only_smoke(rows, lambda place: place == 0 or place > up))
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "gap_in_window")


@pytest.mark.parametrize(("t_ms", "elapsed_s"), [(999, 0), (1000, 1), (1999, 1), (60_000, 60)])
def test_a_phase_has_lasted_for_its_whole_seconds(diesel: Any, t_ms: int, elapsed_s: int) -> None:
    trial = diesel.open_diesel("free_acceleration")
    assert trial.status().elapsed_s == 0
    for at_ms in (0, t_ms):
        trial.push(LegalSecond(at_ms, {"engine_rpm": 760.0, "opacity_n_pct": 1.0}, 1))
    assert trial.status().elapsed_s == elapsed_s


def test_an_engine_whose_speed_is_not_told_for_a_moment_is_not_at_idle(diesel: Any) -> None:
    trial = diesel.open_diesel("free_acceleration")
    for place, row in enumerate(diesel.snap(30.0)[:90]):
        trial.push(LegalSecond(place * 100, row, 1))
    assert trial.status().phase == "snap"
    assert trial.push(LegalSecond(9000, {"opacity_n_pct": 20.0}, 1)).phase == "snap"
    assert trial.push(LegalSecond(9100, {"opacity_n_pct": 20.0, "engine_rpm": 760.0}, 1)).phase == "snap_settle"


@pytest.mark.parametrize(("k_per_m", "flat"), [(0.1, False), (0.099999999, True)])
def test_smoke_that_was_never_seen_before_rises_from_nothing(diesel: Any, k_per_m: float, flat: bool) -> None:
    """The first snap's smoke is the first at all; from then on it stays as it is, which is flat."""
    rows = diesel.snaps(30.0, 30.0, 30.0)
    up = next(place for place, row in enumerate(rows) if row["engine_rpm"] > 1200.0)
    n_pct = opacity_pct(k_per_m, PATH_M)
    steady = [{**row, "opacity_n_pct": None if place < up else n_pct} for place, row in enumerate(rows)]
    assert ("flat_opacity" in diesel.smoke(steady).reasons) == flat


def test_how_often_a_snap_may_be_repeated_is_consulted_where_one_was(diesel: Any) -> None:
    for rows, asked in ((diesel.snap(60.0, top=2300.0), True), ([], False)):
        figures = {one.figure.split(".")[-1] for one in diesel.smoke(rows + diesel.snaps(30.0, 30.0, 30.0)).uncertain}
        assert ("repeats_at_most" in figures) == asked
