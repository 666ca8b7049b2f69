"""Two-speed idle at the edges of its rules: what is thrown away, what is not known, what another set would say."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.methods import VehicleFactMissing, open_trial
from lanectl.core.verdict import Verdict

CAR = {"fuel": "petrol", "gross_mass_kg": 1900.0, "closed_loop": True}
METHOD = {"method": "two_speed_idle"}
Decisive = Callable[[Verdict], list[str]]


def broken_off(bench: Any, **first: float | None) -> list[Any]:
    """Return a test whose high idle is broken off after ten seconds and begun again."""
    rows: list[Any] = bench.high_idle(15) + bench.high_idle(10, **first) + bench.high_idle(1, engine_rpm=2800.0)
    rows += bench.high_idle(45) + bench.idle(45)
    return rows


def test_what_is_thrown_away_is_told_as_it_would_have_been_judged(bench: Any) -> None:
    values = bench.run(broken_off(bench, co_pct=0.1234, hc_ppm=33.6), **METHOD).values
    assert values["highest_discarded_high_idle_co_pct"] == 0.12
    assert values["highest_discarded_high_idle_hc_ppm"] == 34.0
    assert values["highest_discarded_idle_co_pct"] is None


def test_compared_in_full_what_is_thrown_away_is_told_in_full(bench: Any) -> None:
    values = bench.run(broken_off(bench, co_pct=0.1234, hc_ppm=33.6), switches={"compare": "full"}, **METHOD).values
    assert values["highest_discarded_high_idle_co_pct"] == pytest.approx(0.1234, rel=1e-12)
    assert values["highest_discarded_high_idle_hc_ppm"] == pytest.approx(33.6, rel=1e-12)


def test_the_highest_of_two_that_were_thrown_away_is_kept(bench: Any) -> None:
    twice = bench.high_idle(15) + [
        row
        for hc in (40.0, 35.0)
        for row in bench.high_idle(8, hc_ppm=hc) + bench.high_idle(1, engine_rpm=2800.0) + bench.high_idle(1)
    ]
    verdict = bench.run(twice + bench.high_idle(45) + bench.idle(45), **METHOD)
    assert verdict.values["highest_discarded_high_idle_hc_ppm"] == 40.0
    assert verdict.values["sampling_restarts"] == 2.0


@pytest.mark.parametrize("value", ["yes", 1, 0.0])
def test_a_control_loop_is_there_or_not(bench: Any, value: object) -> None:
    with pytest.raises(VehicleFactMissing, match="neither true nor false") as refused:
        bench.open(car={"closed_loop": value}, **METHOD)
    assert refused.value.field == "closed_loop"


@pytest.mark.parametrize(("hc_ppm", "decides"), [(49.0, False), (50.4, True), (50.6, True)])
def test_rounding_decides_where_the_mean_is_between_the_limit_and_what_rounds_to_it(
    bench: Any, hc_ppm: float, decides: bool
) -> None:
    rounded = bench.run(bench.high_idle(45, hc_ppm=hc_ppm) + bench.idle(45), **METHOD)
    full = bench.run(bench.high_idle(45, hc_ppm=hc_ppm) + bench.idle(45), switches={"compare": "full"}, **METHOD)
    assert (rounded.outcome, full.outcome) == {49.0: ("pass", "pass"), 50.4: ("pass", "fail"), 50.6: ("fail", "fail")}[
        hc_ppm
    ]
    assert ("rounding_decides" in rounded.reasons) == (rounded.outcome != full.outcome)
    assert ("rounding_decides" in full.reasons) == (rounded.outcome != full.outcome)
    assert decides == (full.outcome == "fail")


@pytest.mark.parametrize(("hc_ppm", "set_decides"), [(45.0, True), (60.0, False)])
def test_a_fail_under_b_says_whether_a_would_have_passed(
    bench: Any, decisive: Decisive, hc_ppm: float, set_decides: bool
) -> None:
    verdict = bench.run(bench.high_idle(45, hc_ppm=hc_ppm) + bench.idle(45), limit_set="b", **METHOD)
    assert verdict.outcome == "fail"
    assert ("b" in decisive(verdict)) == set_decides


def test_lambda_outside_its_band_fails_under_either_set(bench: Any, decisive: Decisive) -> None:
    verdict = bench.run(bench.high_idle(45, o2_pct=3.0) + bench.idle(45), limit_set="b", **METHOD)
    assert [judgement.quantity for judgement in verdict.judgements if not judgement.ok] == ["high_idle_lambda"]
    assert "b" not in decisive(verdict)


@pytest.mark.parametrize("seconds", [9, 10])
def test_the_control_unit_confirms_only_what_enough_seconds_have(bench: Any, seconds: int) -> None:
    rows = bench.high_idle(15) + bench.high_idle(30 - seconds, obd_rpm=None) + bench.high_idle(seconds, obd_rpm=2000.0)
    verdict = bench.run(rows + bench.idle(45), **METHOD)
    assert ("engine_speed_implausible" in verdict.reasons) == (seconds == 10)


def test_each_point_tells_the_mean_of_each_channel(bench: Any) -> None:
    high = {"co2_pct": 14.5, "o2_pct": 0.35, "no_ppm": 70.0, "obd_rpm": 2510.0}
    idle = {"co2_pct": 13.5, "o2_pct": 0.75, "no_ppm": 30.0, "obd_rpm": 805.0}
    values = bench.run(bench.high_idle(45, **high) + bench.idle(45, **idle), **METHOD).values
    for point, given, rpm in (("high_idle", high, 2500.0), ("idle", idle, 800.0)):
        told = {name: values[f"{point}_{name}"] for name in ("co2_pct", "o2_pct", "no_ppm", "obd_rpm", "rpm")}
        assert told == pytest.approx({**given, "rpm": rpm})


@pytest.mark.parametrize("missing", ["o2_pct", "no_ppm"])
def test_a_mean_of_a_point_is_told_where_each_of_its_seconds_has_the_value(bench: Any, missing: str) -> None:
    rows = bench.high_idle(45) + bench.idle(45)
    rows[70] = {**rows[70], missing: None}
    values = bench.run(rows, **METHOD).values
    assert values[f"idle_{missing}"] is None
    assert values[f"high_idle_{missing}"] is not None


@pytest.mark.parametrize(("rpm", "restarts"), [(2700.0, 0.0), (2300.0, 0.0), (2700.01, 1.0), (2299.99, 1.0)])
def test_the_edges_of_the_band_belong_to_it(bench: Any, rpm: float, restarts: float) -> None:
    rows = bench.high_idle(25) + bench.high_idle(1, engine_rpm=rpm) + bench.high_idle(45) + bench.idle(45)
    verdict = bench.run(rows, **METHOD)
    assert verdict.values["sampling_restarts"] == restarts


@pytest.mark.parametrize(("o2_pct", "edge"), [(0.0, "low"), (3.0, "high")])
def test_lambda_that_is_rounded_to_its_limit_passes(bench: Any, o2_pct: float, edge: str) -> None:
    rows = bench.high_idle(45, o2_pct=o2_pct) + bench.idle(45)
    told = bench.run(rows, **METHOD).values["high_idle_lambda"]
    for limit, ok in ((told, True), (round(told + (0.01 if edge == "low" else -0.01), 2), False)):
        section = copy.deepcopy(bench.limits["two_speed_idle"])
        section["sets"]["a"][f"high_idle_lambda_{'min' if edge == 'low' else 'max'}"]["value"] = limit
        section["sets"]["a"][f"high_idle_lambda_{'max' if edge == 'low' else 'min'}"]["value"] = told
        trial = open_trial("two_speed_idle", CAR, section, "a")
        for second, values in enumerate(rows):
            trial.push(bench.second_of(second, values))
        verdict = trial.verdict()
        assert verdict is not None
        judged = {one.quantity: one.ok for one in verdict.judgements}
        assert judged["high_idle_lambda"] == ok


@pytest.mark.parametrize("missing", ["co_pct", "co2_pct"])
def test_a_sampled_second_without_gas_is_told_as_missing_and_not_as_too_little(bench: Any, missing: str) -> None:
    rows = bench.high_idle(20) + bench.high_idle(4, **{"co_pct": 0.1, "co2_pct": 1.0, missing: None})
    verdict = bench.run(rows + bench.high_idle(30) + bench.idle(45), **METHOD)
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "value_missing_in_window")
    assert "two_speed_idle.rules.co_plus_co2_low_s" not in [one.figure for one in verdict.uncertain if one.decisive]
