"""Two-speed idle at the edges of its rules: what is thrown away, what is not known, what another set would say."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.formulas import air_ratio_lambda
from lanectl.core.methods import VehicleFactMissing, open_trial
from lanectl.core.second import LegalSecond
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


def test_engine_speeds_of_a_sampling_that_was_broken_off_are_forgotten(bench: Any) -> None:
    values = bench.run(broken_off(bench, obd_rpm=2400.0), **METHOD).values
    assert (values["sampling_restarts"], values["high_idle_obd_rpm"], values["high_idle_rpm"]) == (1.0, 2500.0, 2500.0)


@pytest.mark.parametrize(("told", "differs"), [(2400.0, False), (2399.9999, True)])
def test_a_control_unit_differs_by_more_than_its_share_of_the_seconds_that_count(
    bench: Any, told: float, differs: bool
) -> None:
    """2640 r/min are 2400 and a tenth of them; what was broken off before is not among them."""
    rows = bench.high_idle(25, obd_rpm=2500.0) + bench.high_idle(1, engine_rpm=2800.0)
    verdict = bench.run(rows + bench.high_idle(45, engine_rpm=2640.0, obd_rpm=told) + bench.idle(45), **METHOD)
    assert verdict.values["sampling_restarts"] == 1.0
    assert ("engine_speed_implausible" in verdict.reasons) == differs


@pytest.mark.parametrize(
    ("seconds", "outcome", "decides"), [(0, "pass", None), (2, "pass", True), (3, "invalid", False)]
)
def test_the_seconds_of_low_flow_decide_while_they_are_too_few(
    bench: Any, seconds: int, outcome: str, decides: bool | None
) -> None:
    rows = bench.high_idle(20) + bench.high_idle(seconds, low_flow=1.0) + bench.high_idle(25 - seconds) + bench.idle(45)
    verdict = bench.run(rows, **METHOD)
    found = {one.figure.split(".")[-1]: one.decisive for one in verdict.uncertain}
    assert (verdict.outcome, found.get("low_flow_s")) == (outcome, decides)


@pytest.mark.parametrize("change", [{"low_flow": 1.0}, {"co_pct": 0.1, "co2_pct": 2.0}])
def test_what_was_too_low_at_the_end_of_high_idle_is_forgotten_at_idle(bench: Any, change: dict[str, float]) -> None:
    high = bench.high_idle(43) + bench.high_idle(2, **change)
    for seconds, outcome in ((2, "pass"), (3, "invalid")):
        idle = bench.idle(15) + bench.idle(seconds, **change) + bench.idle(30 - seconds)
        assert bench.run(high + idle, **METHOD).outcome == outcome


@pytest.mark.parametrize("change", [{"low_flow": 1.0}, {"co_pct": 0.1, "co2_pct": 2.0}])
def test_what_was_too_low_before_a_sampling_was_broken_off_is_forgotten(bench: Any, change: dict[str, float]) -> None:
    before = bench.high_idle(20) + bench.high_idle(2, **change) + bench.high_idle(1, engine_rpm=2800.0)
    for seconds, outcome in ((2, "pass"), (3, "invalid")):
        after = bench.high_idle(seconds, **change) + bench.high_idle(45 - seconds)
        assert bench.run(before + after + bench.idle(45), **METHOD).outcome == outcome


@pytest.mark.parametrize(("co2_pct", "outcome"), [(5.5, "pass"), (5.4999, "invalid")])
def test_exhaust_is_enough_when_co_and_co2_together_are(bench: Any, co2_pct: float, outcome: str) -> None:
    rows = bench.high_idle(45) + bench.idle(45, co_pct=0.5, co2_pct=co2_pct)
    assert bench.run(rows, **METHOD).outcome == outcome


@pytest.mark.parametrize(
    ("fuel", "hcv", "ocv"),
    [("petrol", 1.7261, 0.0176), ("hybrid", 1.7261, 0.0176), ("cng", 4.0, 0.0), ("lpg", 2.525, 0.0)],
)
@pytest.mark.parametrize("no_ppm", [50.0, None])
def test_lambda_is_that_of_the_fuel_and_takes_nitric_oxide_as_nothing_where_none_is_told(
    bench: Any, fuel: str, hcv: float, ocv: float, no_ppm: float | None
) -> None:
    verdict = bench.run(bench.high_idle(45, no_ppm=no_ppm) + bench.idle(45), car={"fuel": fuel}, **METHOD)
    exact = air_ratio_lambda(0.1, 15.0, 0.3, 30.0, no_ppm or 0.0, hcv, ocv)
    assert verdict.values["high_idle_lambda_raw"] == pytest.approx(exact, abs=1e-9)
    assert ("lambda_without_no" in verdict.reasons) == (no_ppm is None)


def test_natural_gas_that_was_thrown_away_is_over_the_limit_by_its_co_alone(bench: Any) -> None:
    for change, over in (({"co_pct": 2.0}, True), ({"hc_ppm": 900.0}, False)):
        verdict = bench.run(broken_off(bench, **change), car={"fuel": "cng"}, **METHOD)
        assert ("discarded_over_limit" in verdict.reasons) == over
        assert "discarded_over_limit" in bench.run(broken_off(bench, **change), **METHOD).reasons


@pytest.mark.parametrize("point", ["high_idle", "idle"])
def test_what_the_control_unit_tells_at_either_point_is_consulted(bench: Any, point: str) -> None:
    silent = {"high_idle": bench.idle, "idle": bench.high_idle}[point](45, obd_rpm=None)
    rows = bench.high_idle(45) + silent if point == "high_idle" else silent + bench.idle(45)
    for tells, seconds in ((True, rows), (False, [{**row, "obd_rpm": None} for row in rows])):
        figures = {one.figure.split(".")[-1] for one in bench.run(seconds, **METHOD).uncertain}
        assert ("engine_speed_off_obd_share" in figures) == tells


def test_without_an_engine_speed_nothing_is_consulted_about_a_stall(bench: Any) -> None:
    for rpm, consulted in ((2500.0, True), (None, False)):
        verdict = bench.run(bench.high_idle(20, engine_rpm=rpm), **METHOD)
        assert ("two_speed_idle.rules.engine_stall_below_rpm" in [one.figure for one in verdict.uncertain]) == consulted


def test_a_point_of_a_single_second_is_told(bench: Any) -> None:
    verdict = bench.run(bench.high_idle(45) + bench.idle(16), switches={"idle_s": 1}, **METHOD)
    assert (verdict.outcome, verdict.values["idle_co_pct"]) == ("pass", 0.1)


@pytest.mark.parametrize(("rpm", "begins"), [(2700.0, True), (2300.0, True), (2700.01, False), (2299.99, False)])
def test_high_idle_begins_to_settle_within_the_band_and_its_edges(bench: Any, rpm: float, begins: bool) -> None:
    trial = bench.open(**METHOD, start="precondition", car={"rated_rpm": 3700.0})
    for second, values in enumerate(bench.high_idle(30, engine_rpm=2800.0) + bench.high_idle(3, engine_rpm=rpm)):
        status = trial.push(bench.second_of(second, values))
    assert (status.phase, status.elapsed_s) == ("high_idle_settle", 3 if begins else 0)


@pytest.mark.parametrize(
    ("flow", "voids"),
    [([1.0, 1.0, 0.0, 1.0, 1.0], False), ([1.0, 1.0, None, 1.0], True), ([1.0, None, None, 0.0, 1.0, 1.0], False)],
)
def test_a_low_flow_counts_on_over_seconds_that_do_not_say(bench: Any, flow: list[float | None], voids: bool) -> None:
    rows = bench.high_idle(20) + [row for one in flow for row in bench.high_idle(1, low_flow=one)]
    verdict = bench.run(rows + bench.high_idle(45 - len(rows)) + bench.idle(45), **METHOD)
    assert ("low_flow" in verdict.reasons) == voids


def test_a_second_in_which_nothing_was_recorded_tells_no_temperature(bench: Any) -> None:
    (values,) = bench.high_idle(1)
    for rows, known in ((0, None), (1, 90.0)):
        trial = bench.open(**METHOD)
        trial.push(LegalSecond(0, values, rows))
        trial.end()
        assert trial.verdict().values["engine_temp_c"] == known


def test_a_lambda_that_cannot_be_formed_fails_and_no_rounding_of_it_decides(bench: Any) -> None:
    """Only where high idle is no longer than a second can a test come so far without it."""
    rows = bench.high_idle(16, co_pct=6.5, co2_pct=0.0) + bench.idle(45)
    verdict = bench.run(rows, switches={"high_idle_s": 0}, **METHOD)
    judged = {one.quantity: (one.value, one.ok) for one in verdict.judgements}
    assert (verdict.outcome, judged["high_idle_lambda"]) == ("fail", (None, False))
    assert "rounding_decides" not in verdict.reasons


@pytest.mark.parametrize(("fuel", "missing"), [("petrol", "o2_pct"), ("petrol", "hc_ppm"), ("cng", "hc_ppm")])
def test_a_sampled_second_that_lambda_cannot_do_without_ends_the_test_at_once(
    bench: Any, fuel: str, missing: str
) -> None:
    trial = bench.open(**METHOD, car={"fuel": fuel})
    statuses = [
        trial.push(bench.second_of(second, {**values, missing: None} if second == 20 else values))
        for second, values in enumerate(bench.high_idle(21))
    ]
    assert [status.decided for status in statuses[19:]] == [False, True]
    assert trial.verdict().reasons[0] == "value_missing_in_window"


def test_a_lane_is_told_how_long_each_phase_still_takes(bench: Any) -> None:
    trial = bench.open(**METHOD, start="precondition", car={"rated_rpm": 3700.0})
    rows = [*bench.high_idle(30, engine_rpm=2590.0), *bench.high_idle(45), *bench.idle(1, engine_rpm=1500.0)]
    told = [trial.push(bench.second_of(n, values)) for n, values in enumerate(rows + bench.idle(45))]
    assert [(one.phase, one.elapsed_s, one.remaining_s) for one in told] == [
        *(("precondition", n, 30 - n) for n in range(1, 30)), ("high_idle_settle", 0, None),
        *(("high_idle_settle", n, 15 - n) for n in range(1, 15)),
        *(("high_idle", n, 30 - n) for n in range(30)),
        ("drop_to_idle", 0, None), ("drop_to_idle", 0, None),
        *(("idle_settle", n, 15 - n) for n in range(1, 15)),
        *(("idle", n, 30 - n) for n in range(30)),
        ("done", 0, 0),
    ]  # fmt: skip
