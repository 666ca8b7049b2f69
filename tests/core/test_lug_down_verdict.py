"""Lug-down, what a verdict says: rounding, uncertain figures and what decides, missing and absurd values, guidance."""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.second import LegalSecond
from lanectl.core.trial import Guidance
from lanectl.core.verdict import Verdict

METHOD = "lug_down"
HIGH = {"station_altitude_m": 1900}

Decisive = Callable[[Verdict], list[str]]


def with_power(diesel: Any, corrected_kw: float) -> list[Any]:
    """Return a whole test whose corrected maximum is this power; the weather corrects nothing."""
    return [{**row, "force_n": row["force_n"] * corrected_kw / 71.0} for row in diesel.lug()]


def still(**changes: float | None) -> dict[str, float | None]:
    return {"speed_kmh": 0.0, "force_n": 0.0, "ambient_temp_c": 25.0, "pressure_kpa": 99.0, **changes}


# -- rounding


def test_rounding_of_the_power_that_decides_is_said(diesel: Any) -> None:
    rows = with_power(diesel, 47.197)  # the least is 47.2 kW
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.judgements[0].value, verdict.judgements[0].ok) == ("pass", 47.2, True)
    assert "rounding_decides" in verdict.reasons
    full = diesel.lug_down(rows, switches={"compare": "full"})
    assert (full.outcome, full.reasons) == ("fail", ("power_below_limit", "rounding_decides"))
    assert "rounding_decides" not in diesel.lug_down(with_power(diesel, 48.0)).reasons


@pytest.mark.parametrize(("n_pct", "value"), [(40.4, 1.2), (40.2, 1.2)])
def test_rounding_of_smoke_that_decides_is_said_by_either_reading(diesel: Any, n_pct: float, value: float) -> None:
    """k of 40.4 % is 1.204, of 40.2 % 1.196: both round to the limit, and only the first is above it."""
    smoky = {"opacity_n_pct": n_pct}
    rounded, full = (diesel.lug_down(diesel.lug(smoky), switches={"compare": how}) for how in ("rounded", "full"))
    assert rounded.values["k100_per_m"] == value
    assert full.values["k100_per_m"] == full.values["k100_per_m_raw"] == rounded.values["k100_per_m_raw"]
    decides = rounded.outcome != full.outcome
    assert decides == (n_pct > 40.3)
    assert ["rounding_decides" in verdict.reasons for verdict in (rounded, full)] == [decides, decides]


# -- what decides


def test_too_little_power_fails_under_either_set_and_the_set_is_not_decisive(diesel: Any, decisive: Decisive) -> None:
    weak = [diesel.second(78.0 - 1.2 * i, power=40.0 - 0.01 * i) for i in range(22)]
    for limit_set in "ab":
        verdict = diesel.lug_down(weak, limit_set=limit_set)
        assert (verdict.outcome, verdict.reasons) == ("fail", ("power_below_limit",))
        assert limit_set not in decisive(verdict)


def test_an_engine_speed_that_fails_does_so_under_either_set(diesel: Any, decisive: Decisive) -> None:
    verdict = diesel.lug_down(
        diesel.lug({"engine_rpm": 2300.0}), limit_set="b", switches={"engine_speed_window": "fail"}
    )
    assert [j.quantity for j in verdict.judgements if not j.ok][-1] == "engine_speed_100_rpm"
    assert "b" not in decisive(verdict)
    assert "engine_speed_window" not in decisive(verdict), "smoke and NOx fail the car without it"


def test_a_car_that_either_set_fails_is_not_failed_by_the_uncertain_one(diesel: Any, decisive: Decisive) -> None:
    smoky = {"opacity_n_pct": 60.0}
    assert "b" not in decisive(diesel.lug_down(diesel.lug(smoky, smoky), limit_set="b"))


@pytest.mark.parametrize("n_pct", [10.0, 60.0])
def test_where_no_reading_of_the_altitude_rule_turns_a_comparison_it_is_not_decisive(
    diesel: Any, decisive: Decisive, n_pct: float
) -> None:
    smoky = {"opacity_n_pct": n_pct}
    verdict = diesel.lug_down(diesel.lug(smoky, smoky), switches=HIGH)
    assert "altitude_allowance" in verdict.reasons
    assert "lug_down.rules.altitude_allowance" in [figure.figure for figure in verdict.uncertain]
    assert "altitude_allowance" not in decisive(verdict)


def test_too_little_power_asks_nothing_of_the_altitude(diesel: Any) -> None:
    weak = [diesel.second(78.0 - 1.2 * i, power=40.0 - 0.01 * i) for i in range(22)]
    named = [figure.figure for figure in diesel.lug_down(weak, switches=HIGH).uncertain]
    assert "lug_down.rules.altitude_allowance" not in named


# -- missing and absurd values


def test_nox_that_the_first_point_lacked_is_not_among_what_was_discarded(diesel: Any) -> None:
    lacking, off = diesel.point(66.0, 7, nox_ppm=None), diesel.point(67.0, 1)
    rows = [*diesel.scan(), *diesel.point(66.0, 3), *lacking, *off, *diesel.point(66.0, 12), *diesel.point(52.8, 12)]
    verdict = diesel.lug_down(rows)
    assert (verdict.outcome, verdict.reasons) == ("pass", ("sampling_restarted",))
    assert verdict.values["discarded_k100_per_m"] == pytest.approx(0.8295, abs=1e-4)
    assert verdict.values["discarded_nox80_ppm"] is None


def test_a_speed_that_is_not_known_is_not_the_top_speed(diesel: Any) -> None:
    revved = [still(engine_rpm=rpm) for rpm in (800.0, 3400.0, 900.0)]
    faster: list[float | None] = [50.0, 77.0, 78.0, 78.0, None, 78.0, 78.0]
    rows = [*revved, *(still(speed_kmh=v, engine_rpm=3000.0) for v in faster)]
    trial = diesel.open_diesel(METHOD, start="max_rpm")
    phases = [trial.push(LegalSecond(0, row)).phase for row in rows]
    assert phases[-1] == "accelerate", "two seconds of 78 km/h after the hole are not three"
    assert trial.push(LegalSecond(0, rows[-1])).phase == "scan"


@pytest.mark.parametrize("told", [2600.0 * 1.15, 2600.0 / 1.15, -2600.0, 0.0])
def test_whatever_else_the_control_unit_tells_is_not_the_engines_speed(diesel: Any, told: float) -> None:
    verdict = diesel.lug_down([{**row, "obd_rpm": told} for row in diesel.lug()])
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "engine_speed_implausible")


def test_a_counter_that_is_a_little_slow_is_the_same_engine(diesel: Any) -> None:
    assert diesel.lug_down([{**row, "obd_rpm": row["engine_rpm"] * 1.09} for row in diesel.lug()]).reasons == ()


def test_a_missing_value_is_one_whether_it_is_none_or_not_a_number(diesel: Any) -> None:
    """Columns know only NaN: NOx is then the sum of its parts in a row as in a column."""
    parts = {"no_ppm": 291.0, "no2_ppm": 29.0}
    for nothing in (None, float("nan")):
        rows = [{**row, **parts, "nox_ppm": nothing, "obd_rpm": nothing} for row in diesel.lug()]
        verdict = diesel.lug_down(rows)
        assert (verdict.values["nox80_ppm"], verdict.reasons) == (
            320.0, ("nox_is_no_plus_no2", "engine_speed_unconfirmed"),
        )  # fmt: skip


@pytest.mark.parametrize("weather", [{"pressure_kpa": 0.0}, {"ambient_temp_c": -300.0}])
def test_weather_that_cannot_be_corrects_no_power(diesel: Any, weather: dict[str, float]) -> None:
    verdict = diesel.lug_down(diesel.lug(**weather))
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "no_power_correction")
    assert (verdict.values["power_factor"], verdict.values["corrected_max_power_kw"]) == (None, None)


# -- what a lane is told


def test_a_lane_is_told_the_speed_of_the_point_and_nothing_in_the_scan(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD)
    told = [trial.push(LegalSecond(0, row)) and trial.guidance() for row in diesel.lug()]
    assert told[:21] == [Guidance()] * 21
    assert (told[21].target_kmh, told[21].tolerance_kmh) == (pytest.approx(66.0), 0.5)
    assert told[40].target_kmh == pytest.approx(52.8)
    assert told[-1] == Guidance(), "the test is over"
    assert trial.scan_rate_kmh_per_s() == 2.0
    assert trial.total_force_n() is None


def test_where_the_maximum_is_expected_is_known_once_the_engine_has_turned(diesel: Any) -> None:
    trial = diesel.open_diesel(METHOD, car={"rated_rpm": 3000.0})
    assert trial.calculated_vel_max_hp_kmh() is None
    trial.push(LegalSecond(0, diesel.second(72.0, engine_rpm=3400.0)))
    assert trial.calculated_vel_max_hp_kmh() == pytest.approx(72 * 3000 / 3400)
