"""Lug-down, what makes it a real one: power at the points, pedal, probe, flow, engine speed, restarts, warmth, weather.

Each of these was once a way to a pass: the test beside the rule is that way.
"""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict

METHOD = "lug_down"
FIRST, SECOND = range(25, 34), range(37, 46)
"""Places of the sampled seconds in ``lug()``."""
INERTIA_KG = 907.2

Decisive = Callable[[Verdict], list[str]]


def at(rows: list[Any], places: Any, **changes: float | None) -> list[Any]:
    """Return the rows with changes at some places."""
    return [{**row, **changes} if i in places else row for i, row in enumerate(rows)]


def pull(diesel: Any, most_kw: float, inertia_kg: float = INERTIA_KG) -> list[Any]:
    """Return a whole test of an engine of this power on rollers that give back what they lose in speed."""
    rows = diesel.lug()
    made, before = [], rows[0]["speed_kmh"] + 1.2
    for i, row in enumerate(rows):
        speed = row["speed_kmh"]
        slowing = (before - speed) / 3.6 if i < 22 else 0.0
        power = most_kw - 0.2 * abs(speed - 66.0) + inertia_kg * slowing * speed / 3.6 / 1000.0
        made.append({**row, "force_n": power * 3600.0 / speed})
        before = speed
    return made


# -- power at the points


def test_what_slowing_rollers_give_back_is_taken_off_before_a_point_is_compared(diesel: Any) -> None:
    verdict = diesel.lug_down(pull(diesel, 60.0))
    values = verdict.values
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    assert values["max_power_kw"] == pytest.approx(65.6, abs=0.1)
    assert values["expected_power100_kw"] == pytest.approx(60.0, abs=0.1)
    assert values["power100_kw"] == pytest.approx(60.0, abs=0.1)
    assert values["expected_power80_kw"] == pytest.approx(values["power80_kw"], abs=0.1)
    assert values["corrected_power100_kw"] == pytest.approx(60.0, abs=0.1)


@pytest.mark.parametrize("places", [FIRST, SECOND])
def test_an_eased_pedal_at_a_point_cannot_hide_behind_the_speed_that_is_held(
    diesel: Any, decisive: Decisive, places: range
) -> None:
    rows = pull(diesel, 60.0)
    eased = [
        {**row, "force_n": row["force_n"] * 0.85, "obd_pedal_d_pct": None} if i in places else row
        for i, row in enumerate(rows)
    ]
    verdict = diesel.lug_down(eased)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("power_not_confirmed",))
    assert {"power_confirm_share", "power_not_confirmed"} <= set(decisive(verdict))
    noted = diesel.lug_down(eased, switches={"power_not_confirmed": "note"})
    assert (noted.outcome, noted.reasons) == ("pass", ("power_not_confirmed", "pedal_unconfirmed"))
    a_little = [{**row, "force_n": row["force_n"] * 0.93} if i in places else row for i, row in enumerate(rows)]
    assert diesel.lug_down(a_little).outcome == "pass"


def test_a_weak_car_is_not_passed_by_the_mass_of_the_rollers(diesel: Any, decisive: Decisive) -> None:
    rows = pull(diesel, 44.0)
    verdict = diesel.lug_down(rows)
    assert verdict.values["corrected_max_power_kw"] > 47.2 > verdict.values["corrected_power100_kw"]
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("power_decided_by_inertia",))
    assert {"max_power_from", "steady_power_below_limit"} <= set(decisive(verdict))
    noted = diesel.lug_down(rows, switches={"steady_power_below_limit": "note"})
    assert (noted.outcome, noted.reasons) == ("pass", ("power_decided_by_inertia",))
    assert "max_power_from" in decisive(noted)


def test_by_a_switch_the_power_of_the_point_is_judged(diesel: Any) -> None:
    switch = {"max_power_from": "point_100"}
    weak = diesel.lug_down(pull(diesel, 44.0), switches=switch)
    assert (weak.outcome, weak.reasons) == ("fail", ("power_below_limit",))
    assert [(j.quantity, round(j.value or 0, 1)) for j in weak.judgements] == [("corrected_max_power_kw", 44.0)]
    strong = diesel.lug_down(pull(diesel, 60.0), switches=switch)
    assert strong.outcome == "pass"
    assert strong.values["corrected_max_power_kw"] == strong.judgements[0].value == pytest.approx(60.0, abs=0.01)
    assert strong.values["max_power_kw"] == pytest.approx(65.6, abs=0.1)


def test_a_point_without_force_confirms_nothing(diesel: Any) -> None:
    assert diesel.lug_down(diesel.lug({"force_n": None})).reasons == ("value_missing_in_window",)


# -- pedal


@pytest.mark.parametrize("place", [5, 22, 30, 35, 45])
def test_a_pedal_that_is_let_go_between_scan_and_last_second_voids_the_test(
    diesel: Any, decisive: Decisive, place: int
) -> None:
    rows = at(diesel.lug(), [place], obd_pedal_d_pct=85.0)
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("pedal_released",))
    assert (verdict.values["pedal_highest_pct"], verdict.values["pedal_lowest_pct"]) == (100.0, 85.0)
    assert "pedal_down_share" in decisive(verdict)
    noted = diesel.lug_down(rows, switches={"pedal_released": "note"})
    assert (noted.outcome, noted.reasons) == ("pass", ("pedal_released",))


def test_a_pedal_that_reads_less_than_all_on_the_floor_is_compared_with_itself(diesel: Any) -> None:
    rows = at(diesel.lug(), range(46), obd_pedal_d_pct=78.0)
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("pedal_short_of_full_scale",))
    strict = diesel.lug_down(rows, switches={"pedal_reference": "full_scale"})
    assert strict.reasons[0] == "pedal_released"
    assert diesel.lug_down(at(rows, [40], obd_pedal_d_pct=69.0)).reasons[0] == "pedal_released"
    half = at(diesel.lug(), range(46), obd_pedal_d_pct=55.0)
    assert (diesel.lug_down(half).outcome, diesel.lug_down(half).reasons[0]) == ("invalid", "pedal_released")


def test_a_weak_scan_with_the_pedal_half_up_is_void_and_no_fail(diesel: Any) -> None:
    rows = [{**row, "force_n": row["force_n"] * 0.5, "obd_pedal_d_pct": 40.0} for row in diesel.lug()]
    rows[0] = {**rows[0], "obd_pedal_d_pct": 100.0}
    assert diesel.lug_down(rows).outcome == "invalid"


# -- probe and flow


@pytest.mark.parametrize("places", [FIRST, SECOND])
def test_clean_air_at_the_probe_voids_the_test(diesel: Any, decisive: Decisive, places: range) -> None:
    verdict = diesel.lug_down(at(diesel.lug(), places, co2_pct=0.04))
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("probe_out",))
    assert {"co2_low_pct", "probe_out_s"} <= set(decisive(verdict))
    assert diesel.lug_down(at(diesel.lug(), list(places)[:2], co2_pct=0.04)).outcome == "pass"
    assert diesel.lug_down(at(diesel.lug(), places, co2_pct=2.1)).reasons == ()


def test_seconds_of_clean_air_add_up_over_both_points(diesel: Any) -> None:
    places = [FIRST[0], FIRST[5], SECOND[3]]
    assert diesel.lug_down(at(diesel.lug(), places, co2_pct=0.04)).reasons == ("probe_out",)


def test_without_carbon_dioxide_only_nox_tells_where_the_probe_is(diesel: Any) -> None:
    rows = at(diesel.lug(), range(46), co2_pct=None)
    assert diesel.lug_down(rows).reasons == ("probe_without_co2",)
    assert diesel.lug_down(at(rows, SECOND, nox_ppm=20.0)).reasons == ("probe_without_co2",)
    clean = at(rows, SECOND, nox_ppm=19.9)
    assert diesel.lug_down(clean).reasons == ("probe_out", "nox_near_zero")
    noted = diesel.lug_down(clean, switches={"low_nox_alone": "note"})
    assert (noted.outcome, noted.reasons) == ("pass", ("nox_near_zero", "probe_without_co2"))


def test_smoke_of_nothing_at_both_points_is_said(diesel: Any) -> None:
    none = {"opacity_n_pct": 0.1}
    verdict = diesel.lug_down(diesel.lug(none, none))
    assert (verdict.outcome, verdict.reasons) == ("pass", ("opacity_near_zero",))
    assert diesel.lug_down(diesel.lug(none, {})).reasons == ()


def test_a_pinched_hose_voids_the_test_while_sampling(diesel: Any, decisive: Decisive) -> None:
    for places in (FIRST, SECOND):
        verdict = diesel.lug_down(at(diesel.lug(), places, low_flow=1.0))
        assert (verdict.outcome, verdict.reasons) == ("invalid", ("low_flow",))
        assert "low_flow_s" in decisive(verdict)
    assert diesel.lug_down(at(diesel.lug(), range(25), low_flow=1.0)).reasons == ()
    assert diesel.lug_down(at(diesel.lug(), [26, 30], low_flow=1.0)).reasons == ()


# -- engine speed


def test_an_engine_speed_that_the_control_unit_denies_voids_the_test(diesel: Any, decisive: Decisive) -> None:
    rows = [{**row, "obd_rpm": row["engine_rpm"] / 1.15} for row in diesel.lug()]
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("engine_speed_implausible",))
    assert verdict.values["obd_rpm"] == pytest.approx(2600.0 / 1.15, abs=0.01)
    assert "engine_speed_off_obd_share" in decisive(verdict)
    noted = diesel.lug_down(rows, switches={"engine_speed_off_obd": "note"})
    assert (noted.outcome, noted.reasons) == ("pass", ("engine_speed_implausible",))
    near = [{**row, "obd_rpm": row["engine_rpm"] / 1.05} for row in diesel.lug()]
    assert diesel.lug_down(near).reasons == ()
    silent = [{**row, "obd_rpm": None} for row in diesel.lug()]
    assert diesel.lug_down(silent).reasons == ("engine_speed_unconfirmed",)


def test_a_counter_that_never_counted_is_no_stalled_engine(diesel: Any) -> None:
    assert diesel.lug_down(at(diesel.lug(), range(46), engine_rpm=0.0)).reasons == ("no_engine_speed",)
    assert diesel.lug_down(at(diesel.lug(), range(4, 46), engine_rpm=0.0)).reasons == ("engine_stall",)


def test_a_rev_that_is_no_highest_engine_speed_is_said(diesel: Any) -> None:
    still = {"speed_kmh": 0.0, "force_n": 0.0, "ambient_temp_c": 25.0, "pressure_kpa": 99.0, "obd_coolant_c": 88.0}
    faster = [diesel.second(v, power=2.0) for v in (50.0, 70.0, 78.0, 78.0, 78.0, 78.0)]
    for top, reasons in ((1500.0, ("max_rpm_low",)), (2400.0, ())):
        revving = [{**still, "engine_rpm": rpm} for rpm in (800.0, top, 900.0)]
        verdict = diesel.lug_down([*revving, *faster, *diesel.lug()], start="max_rpm")
        assert (verdict.outcome, verdict.reasons) == ("pass", reasons)


# -- again until it is good


def test_a_sampling_that_is_broken_off_is_said_counted_and_not_forgotten(diesel: Any) -> None:
    smoky, off = diesel.point(66.0, 7, opacity_n_pct=60.0), diesel.point(67.0, 1)
    rows = [*diesel.scan(), *diesel.point(66.0, 3), *smoky, *off, *diesel.point(66.0, 12), *diesel.point(52.8, 12)]
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("sampling_restarted", "discarded_over_limit"))
    assert verdict.values["sampling_restarts"] == 1
    assert verdict.values["discarded_k100_per_m"] == pytest.approx(2.131, abs=0.001)
    assert verdict.values["discarded_k80_per_m"] is None
    clean = [*diesel.lug()[:-1], *diesel.point(54.0, 1), *diesel.point(52.8, 12)]
    verdict = diesel.lug_down(clean)
    assert verdict.reasons == ("sampling_restarted",)
    assert verdict.values["discarded_nox80_ppm"] == 800.0


@pytest.mark.parametrize("switch", ["settle", "sample"])
def test_a_sampling_cannot_be_broken_off_until_it_is_good(diesel: Any, decisive: Decisive, switch: str) -> None:
    again = [*diesel.point(66.0, 8), *diesel.point(67.0, 1)]
    for times, outcome in ((2, "pass"), (3, "invalid")):
        rows = [*diesel.scan(), *again * times, *diesel.point(66.0, 12), *diesel.point(52.8, 12)]
        verdict = diesel.lug_down(rows, switches={"point_exit": switch})
        assert verdict.outcome == outcome
    assert verdict.reasons == ("too_many_retries", "sampling_restarted")
    assert "sampling_restarts_at_most" in decisive(verdict)


# -- warmth and weather


@pytest.mark.parametrize(
    ("oil", "coolant", "reasons"),
    [
        (79.0, 40.0, ("engine_cold",)),
        (25.0, 80.0, ()),
        (85.0, None, ()),
        (None, None, ("temperature_unknown",)),
    ],
)
def test_an_engine_that_is_cold_or_of_unknown_warmth_is_said(
    diesel: Any, oil: float | None, coolant: float | None, reasons: tuple[str, ...]
) -> None:
    verdict = diesel.lug_down(at(diesel.lug(), range(46), oil_temp_c=oil, obd_coolant_c=coolant))
    assert (verdict.outcome, verdict.reasons) == ("pass", reasons)


def test_warmth_that_the_points_brought_does_not_count(diesel: Any) -> None:
    rows = at(at(diesel.lug(), range(22), obd_coolant_c=60.0), range(22, 46), obd_coolant_c=90.0)
    assert diesel.lug_down(rows).values["engine_temp_c"] == 60.0


@pytest.mark.parametrize("channel", ["pressure_kpa", "ambient_temp_c"])
def test_old_weather_corrects_no_power(diesel: Any, decisive: Decisive, channel: str) -> None:
    for silent_s, reason in ((60, None), (61, "no_power_correction")):
        slow = [diesel.second(86.0 - 0.2 * i, power=10.0 + 0.1 * i) for i in range(silent_s - 21)]
        rows = [*slow, *diesel.lug()]
        verdict = diesel.lug_down(at(rows, range(1, len(rows)), **{channel: None}))
        assert (verdict.reasons[:1] or (None,))[0] == reason
    assert "weather_at_most_s" in decisive(verdict)


def test_after_the_test_was_broken_off_nothing_moves_it(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD)
    for row in at(diesel.lug(), SECOND, co2_pct=0.0):
        trial.push(LegalSecond(0, row))
    decided = trial.verdict()
    for row in diesel.lug():
        trial.push(LegalSecond(0, row))
    trial.end()
    assert trial.verdict() == decided
    assert decided.reasons == ("probe_out",)
