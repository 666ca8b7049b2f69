"""ASM to the second: what is counted, what a counter forgets, and what a window tells beside what it judges."""

from collections.abc import Callable
from typing import Any

import pytest

from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict

Decisive = Callable[[Verdict], list[str]]
OUT = {"speed_kmh": 27.5}
WORST = {"co_pct": 6.0, "hc_ppm": 9000.0, "no_ppm": 9000.0}
NEVER_QUICK = {"no_ppm": 500.0}


@pytest.mark.parametrize("gas", WORST)
@pytest.mark.parametrize(("seconds", "matters"), [(9, False), (10, True)])
def test_ten_seconds_in_the_preset_would_have_failed_at_once_and_nine_would_not(
    bench: Any, decisive: Decisive, seconds: int, matters: bool, gas: str
) -> None:
    verdict = bench.run(bench.at_25(seconds, **{gas: WORST[gas]}) + bench.at_25(90 - seconds))
    assert ("immediate_fail_after_preset" in decisive(verdict)) == matters


@pytest.mark.parametrize("gas", WORST)
@pytest.mark.parametrize(("seconds", "matters"), [(9, False), (10, True)])
def test_a_reset_forgets_the_seconds_far_above_a_limit(
    bench: Any, decisive: Decisive, seconds: int, matters: bool, gas: str
) -> None:
    worst = {gas: WORST[gas]}
    before = bench.at_25(3) + bench.at_25(4, **worst) + bench.at_25(3, **OUT)
    verdict = bench.run(before + bench.at_25(seconds, **worst) + bench.at_25(95, **NEVER_QUICK))
    assert verdict.outcome == "pass"
    assert ("immediate_fail_after_preset" in decisive(verdict)) == matters


@pytest.mark.parametrize("gas", WORST)
@pytest.mark.parametrize("seconds", [9, 10])
def test_after_a_reset_too_it_takes_ten_seconds_to_fail_at_once(bench: Any, gas: str, seconds: int) -> None:
    worst = {gas: WORST[gas]}
    before = bench.at_25(12) + bench.at_25(5, **worst) + bench.at_25(3, **OUT) + bench.at_25(10)
    verdict = bench.run(before + bench.at_25(seconds, **worst) + bench.at_25(80 - seconds))
    assert ("immediate_fail_500_percent" in verdict.reasons) == (seconds == 10)


def test_seconds_far_above_a_limit_have_to_follow_each_other(bench: Any) -> None:
    high, low = bench.at_25(9, no_ppm=9000.0), bench.at_25(1)
    verdict = bench.run(bench.at_25(12) + high + low + high + low + bench.at_25(58))
    assert "immediate_fail_500_percent" not in verdict.reasons


@pytest.mark.parametrize("channel", ["speed_kmh", "force_n"])
def test_after_a_reset_three_seconds_outside_are_again_a_reset_and_two_are_not(bench: Any, channel: str) -> None:
    outside = {"speed_kmh": 27.5, "force_n": 1300.0}[channel]
    for seconds, restarts in ((2, 1), (3, 2)):
        trial = bench.open("asm")
        for second, values in enumerate(
            bench.at_25(5) + bench.at_25(3, **{channel: outside}) + bench.at_25(4)
            + bench.at_25(seconds, **{channel: outside}) + bench.at_25(4)
        ):  # fmt: skip
            trial.push(bench.second_of(second, values))
        assert trial.status().restarts == restarts


@pytest.mark.parametrize(("channel", "outside"), [("speed_kmh", 27.5), ("force_n", 1300.0)])
def test_one_second_inside_ends_a_row_of_seconds_outside(bench: Any, channel: str, outside: float) -> None:
    trial = bench.open("asm")
    two_outside = bench.at_25(2, **{channel: outside})
    for second, values in enumerate(bench.at_25(5) + two_outside + bench.at_25(1) + two_outside + bench.at_25(4)):
        trial.push(bench.second_of(second, values))
    assert trial.status().restarts == 0


def test_2540_begins_with_a_row_of_its_own(bench: Any) -> None:
    trial = bench.open("asm")
    rows = bench.at_25(90, no_ppm=900.0) + bench.at_40(5) + bench.at_40(2, force_n=600.0) + bench.at_40(4)
    for second, values in enumerate(rows):
        trial.push(bench.second_of(second, values))
    assert (trial.status().phase, trial.status().restarts) == ("asm2540", 0)


@pytest.mark.parametrize("waiting", [400, 466, 467, 476, 1000])
def test_how_long_a_car_waited_for_its_band_changes_nothing_of_what_is_measured(
    bench: Any, decisive: Decisive, waiting: int
) -> None:
    spike = bench.at_25(1, no_ppm=1700.0)  # alone in its window it is within the limit, two of them would not be
    mode = bench.at_25(40, **NEVER_QUICK) + spike + bench.at_25(19, **NEVER_QUICK) + spike + bench.at_25(30)
    told = [
        bench.run(bench.at_25(seconds, speed_kmh=12.0) + bench.at_25(5) + mode, start="asm5025_hold")
        for seconds in (3, waiting)
    ]
    assert told[0].outcome == "pass"
    assert "deciding_window" not in decisive(told[0])
    assert decisive(told[1]) == decisive(told[0])
    assert (told[1].outcome, told[1].reasons, told[1].values) == (told[0].outcome, told[0].reasons, told[0].values)


@pytest.mark.parametrize(
    ("flow", "voids"),
    [([1.0, 1.0, 0.0, 1.0], False), ([1.0, 1.0, None, 1.0], True), ([1.0, None, None, 0.0, 1.0, 1.0], False)],
)
def test_a_low_flow_counts_on_over_seconds_that_do_not_say(bench: Any, flow: list[float | None], voids: bool) -> None:
    rows = bench.at_25(30) + [row for one in flow for row in bench.at_25(1, low_flow=one)] + bench.at_25(60)
    assert ("low_flow" in bench.run(rows).reasons) == voids


@pytest.mark.parametrize("missing", ["co_pct", "co2_pct"])
def test_what_is_missing_is_not_taken_for_too_little(bench: Any, missing: str) -> None:
    rows = bench.at_25(5, **{"co_pct": 0.5, "co2_pct": 1.0, missing: None}) + bench.at_25(90)
    assert "co_plus_co2_low" not in bench.run(rows).reasons


@pytest.mark.parametrize("between", [0, 1])
def test_too_little_gas_has_to_last_without_a_break(bench: Any, between: int) -> None:
    low = bench.at_25(2, co_pct=0.1, co2_pct=2.0)
    verdict = bench.run(bench.at_25(3) + low + bench.at_25(between) + low + bench.at_25(90))
    assert ("co_plus_co2_low" in verdict.reasons) == (between == 0)


def test_a_window_tells_the_mean_of_each_channel(bench: Any) -> None:
    rows = [
        {**row, "co2_pct": 14.0 + i % 2, "o2_pct": 0.5 + i % 2 / 10, "engine_rpm": 1800.0 + i % 2}
        for i, row in enumerate(bench.at_25(90, hc_ppm=80.0))
    ]
    values = bench.run(rows).values
    assert values["asm5025_co2_pct"] == pytest.approx(14.5)
    assert values["asm5025_o2_pct"] == pytest.approx(0.55)
    assert values["asm5025_rpm"] == pytest.approx(1800.5)
    assert values["asm5025_power_kw"] == pytest.approx(10.0)
    assert values["asm5025_lambda"] == pytest.approx(1.01, abs=0.01)
    assert (values["asm5025_window_first_row"], values["asm5025_window_last_row"]) == (81.0, 90.0)


@pytest.mark.parametrize(
    ("missing", "untold"),
    [
        ("o2_pct", {"o2_pct", "lambda"}),
        ("engine_rpm", {"rpm"}),
        ("co2_pct", {"co2_pct", "lambda"}),
    ],
)
def test_one_second_without_a_value_leaves_its_mean_untold(bench: Any, missing: str, untold: set[str]) -> None:
    rows = bench.at_25(90, hc_ppm=80.0)
    rows[85] = {**rows[85], missing: None}
    values = bench.run(rows).values
    told = {name.removeprefix("asm5025_"): value for name, value in values.items() if name.startswith("asm5025_")}
    beside = ("co2_pct", "o2_pct", "rpm", "lambda", "power_kw")
    if missing != "co2_pct":  # without CO2 there is no window at all
        assert {name for name in beside if told[name] is None} == untold
    else:
        assert told["window_last_row"] != 90.0


def test_a_car_on_gas_has_no_lambda_where_its_hydrocarbons_are_not_told(bench: Any) -> None:
    rows = bench.at_25(90, hc_ppm=None, co_pct=0.4)
    values = bench.run(rows, car={"fuel": "cng"}).values
    assert values["asm5025_lambda"] is None
    assert values["asm5025_co_pct"] is not None


MODES = {"asm5025": ("asm5025", "at_25"), "asm2540": ("asm2540", "at_40")}
CAPPED = {"co_pct": 0.05, "co2_pct": 4.0, "no_ppm": 10.0}
"""Exhaust so thin that the dilution factor is 3 exactly; the least CO + CO2 has to be 0 for it."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("above", "outcome"), [(0.0, "pass"), (1e-6, "fail")])
def test_a_mean_that_is_the_limit_passes_and_the_smallest_count_above_it_fails(
    bench: Any, mode: str, above: float, outcome: str
) -> None:
    start, speed = MODES[mode]
    limit = bench.limits["asm"]["sets"]["a"][f"{mode}_hc_ppm"]["value"]
    rows = getattr(bench, speed)(90, **CAPPED, hc_ppm=(limit + above) / 3.0)
    full = {"compare": "full", "min_co_plus_co2_pct": 0.0}
    verdict = bench.run(rows + bench.at_40(100, **CAPPED, hc_ppm=900.0), start=start, switches=full)
    assert verdict.outcome == outcome
    if outcome == "pass":
        assert verdict.values[f"{mode}_hc_ppm"] == limit


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("share", "quick"), [(0.5, True), (0.5001, False)])
def test_the_quick_check_of_each_mode_takes_half_of_its_own_limit(
    bench: Any, mode: str, share: float, quick: bool
) -> None:
    start, speed = MODES[mode]
    limit = bench.limits["asm"]["sets"]["a"][f"{mode}_hc_ppm"]["value"]
    full = {"compare": "full", "min_co_plus_co2_pct": 0.0}
    rows = getattr(bench, speed)(90, **CAPPED, hc_ppm=limit * share / 3.0)
    verdict = bench.run(rows, start=start, switches=full)
    assert verdict.outcome == "pass"
    assert ("quick_check_passed" in verdict.reasons) == quick


@pytest.mark.parametrize("gas", ["co_pct", "hc_ppm", "no_ppm"])
@pytest.mark.parametrize("mode", MODES)
def test_each_gas_of_each_mode_has_a_limit_of_its_own(bench: Any, gas: str, mode: str) -> None:
    """Each gas by itself is put between its limit and the next higher one of the other mode, or just above its own."""
    start, speed = MODES[mode]
    limits = bench.limits["asm"]["sets"]["a"]
    limit = limits[f"{mode}_{gas}"]["value"]
    for share, outcome in ((0.97, "pass"), (1.03, "fail")):
        rows = getattr(bench, speed)(90, **{**CAPPED, "hc_ppm": 10.0, gas: limit * share / 3.0})
        rows += bench.at_40(100, **{**CAPPED, "hc_ppm": 10.0, gas: 2.0 * limit})
        free = {"min_co_plus_co2_pct": 0.0, "round_co_decimals": 4}
        dry = [{**row, "ambient_temp_c": 25.0, "humidity_pct": 53.8} for row in rows]
        verdict = bench.run(dry, start=start, switches=free)
        assert verdict.outcome == outcome, (share, verdict.values)


def test_the_least_engine_speed_is_consulted_where_there_is_an_engine_speed(bench: Any) -> None:
    for rpm, consulted in ((1800.0, True), (None, False)):
        verdict = bench.run(bench.at_25(90, engine_rpm=rpm))
        assert ("asm.rules.engine_stall_below_rpm" in [one.figure for one in verdict.uncertain]) == consulted


@pytest.mark.parametrize(
    ("seconds", "outcome", "decides"), [(0, "pass", None), (2, "pass", True), (3, "invalid", False)]
)
def test_the_seconds_of_low_flow_decide_while_they_are_too_few(
    bench: Any, seconds: int, outcome: str, decides: bool | None
) -> None:
    verdict = bench.run(bench.at_25(30) + bench.at_25(seconds, low_flow=1.0) + bench.at_25(60, low_flow=0.0))
    found = {one.figure: one.decisive for one in verdict.uncertain}
    assert (verdict.outcome, found.get("asm.rules.low_flow_s")) == (outcome, decides)


@pytest.mark.parametrize(("no_ppm", "set_decides"), [(900.0, True), (1300.0, False)])
def test_natural_gas_that_fails_under_b_may_pass_under_a_whatever_its_hydrocarbons(
    bench: Any, decisive: Decisive, no_ppm: float, set_decides: bool
) -> None:
    rows = bench.at_25(90, no_ppm=no_ppm, hc_ppm=300.0) + bench.at_40(100, no_ppm=no_ppm, hc_ppm=300.0)
    verdict = bench.run(rows, car={"fuel": "cng"}, limit_set="b")
    assert verdict.outcome == "fail"
    assert ("b" in decisive(verdict)) == set_decides


UNDILUTED = {"df_cap": 1.0, "min_co_plus_co2_pct": 0.0}
"""Limits data by which thin exhaust counts as it reads."""


@pytest.mark.parametrize("gas", ["co_pct", "hc_ppm", "no_ppm"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("share", "at_once"), [(0.98, False), (1.02, True)])
def test_each_gas_of_each_mode_fails_at_once_above_five_times_its_own_limit(
    bench: Any, gas: str, mode: str, share: float, at_once: bool
) -> None:
    start, speed = MODES[mode]
    limit = bench.limits["asm"]["sets"]["a"][f"{mode}_{gas}"]["value"]
    clean = {"co_pct": 0.05, "co2_pct": 4.0, "hc_ppm": 5.0, "no_ppm": 10.0, "humidity_pct": 53.8}
    rows = getattr(bench, speed)(25, **{**clean, gas: 5.0 * limit * share})
    verdict = bench.run(rows, start=start, switches=UNDILUTED)
    assert ("immediate_fail_500_percent" in verdict.reasons) == at_once


def test_any_passing_takes_a_window_that_passes_by_the_rounding_of_the_data(bench: Any) -> None:
    limit = bench.limits["asm"]["sets"]["a"]["asm5025_hc_ppm"]["value"]
    rows = bench.at_25(40, hc_ppm=limit + 0.4, co2_pct=4.0) + bench.at_25(50, hc_ppm=limit + 60.0, co2_pct=4.0)
    for compare, outcome in (("rounded", "pass"), ("full", "invalid")):
        verdict = bench.run(rows, switches={**UNDILUTED, "deciding_window": "any_passing", "compare": compare})
        assert verdict.outcome == outcome


@pytest.mark.parametrize(("seconds", "voids"), [(2, False), (3, True)])
def test_a_reset_forgets_the_seconds_of_low_flow(bench: Any, seconds: int, voids: bool) -> None:
    before = bench.at_25(20) + bench.at_25(2, low_flow=1.0) + bench.at_25(3, **OUT)
    verdict = bench.run(before + bench.at_25(seconds, low_flow=1.0) + bench.at_25(20, low_flow=0.0))
    assert ("low_flow" in verdict.reasons) == voids


@pytest.mark.parametrize(("seconds", "voids"), [(2, False), (3, True)])
def test_a_reset_forgets_the_seconds_of_too_little_gas(bench: Any, seconds: int, voids: bool) -> None:
    thin = {"co_pct": 0.1, "co2_pct": 2.0}
    before = bench.at_25(20) + bench.at_25(2, **thin) + bench.at_25(3, **OUT, co2_pct=None)
    verdict = bench.run(before + bench.at_25(seconds, **thin) + bench.at_25(20))
    assert ("co_plus_co2_low" in verdict.reasons) == voids


def test_after_a_reset_no_window_from_before_it_is_left(bench: Any) -> None:
    before = bench.at_25(40, **NEVER_QUICK) + bench.at_25(3, **OUT)
    verdict = bench.run(before + bench.at_25(95, co_pct=None))
    assert (verdict.outcome, verdict.reasons[0]) == ("invalid", "no_valid_window")


@pytest.mark.parametrize(("no_ppm", "outcome"), [(500.0, "pass"), (2500.0, "fail")])
def test_windows_from_before_a_reset_do_not_matter_to_which_one_decides(
    bench: Any, decisive: Decisive, no_ppm: float, outcome: str
) -> None:
    other = {"no_ppm": 3000.0 - no_ppm}
    rows = bench.at_40(30, **other) + bench.at_40(3, speed_kmh=42.5, **other) + bench.at_40(95, no_ppm=no_ppm)
    verdict = bench.run(rows, start="asm2540")
    assert verdict.outcome == outcome
    assert "deciding_window" not in decisive(verdict)


@pytest.mark.parametrize(
    ("gas", "missing", "at_once"),
    [
        ("co_pct", "speed_kmh", True), ("hc_ppm", "speed_kmh", True), ("no_ppm", "speed_kmh", True),
        ("co_pct", "hc_ppm", True), ("co_pct", "no_ppm", True), ("no_ppm", "hc_ppm", True),
        ("hc_ppm", "no_ppm", True), ("hc_ppm", "humidity_pct", True), ("no_ppm", "humidity_pct", False),
        ("co_pct", "co2_pct", False), ("hc_ppm", "co_pct", False), ("no_ppm", "no_ppm", False),
    ],
)  # fmt: skip
def test_a_run_far_above_a_limit_is_broken_by_what_its_own_count_lacks_and_by_nothing_else(
    bench: Any, gas: str, missing: str, at_once: bool
) -> None:
    rows = bench.at_25(12) + bench.at_25(10, **{gas: WORST[gas]}) + bench.at_25(3)
    rows[17] = {**rows[17], missing: None}
    assert ("immediate_fail_500_percent" in bench.run(rows).reasons) == at_once


def test_a_second_in_which_nothing_was_recorded_has_no_speed_whatever_stands_beside_it(bench: Any) -> None:
    (values,) = bench.at_25(1)
    trial = bench.open("asm", start="asm5025_hold")
    for second in range(9):
        status = trial.push(LegalSecond(second * 1000, values, 0))
    assert (status.phase, status.elapsed_s) == ("asm5025_hold", 0)


@pytest.mark.parametrize("mode", MODES)
def test_a_quick_check_that_hangs_on_rounding_says_so_where_it_comes_to_something_else(
    bench: Any, decisive: Decisive, mode: str
) -> None:
    start, speed = MODES[mode]
    half = bench.limits["asm"]["sets"]["a"][f"{mode}_hc_ppm"]["value"] / 2.0
    rows = getattr(bench, speed)(90, hc_ppm=half + 0.3, co_pct=0.1, no_ppm=50.0, co2_pct=8.0)
    quick, at_the_end = (
        bench.run(rows, start=start, switches={**UNDILUTED, "compare": how}) for how in ("rounded", "full")
    )
    assert (quick.outcome, quick.reasons) == ("pass", ("quick_check_passed", "rounding_decides"))
    assert (at_the_end.outcome, at_the_end.reasons) == ("pass", ())
    assert ["compare" in decisive(verdict) for verdict in (quick, at_the_end)] == [True, False]


def test_a_car_that_fails_after_a_quick_check_that_rounding_would_have_passed_says_so(bench: Any) -> None:
    half = bench.limits["asm"]["sets"]["a"]["asm2540_hc_ppm"]["value"] / 2.0
    clean = {"co_pct": 0.1, "no_ppm": 50.0, "co2_pct": 8.0}
    for hc_ppm, otherwise in ((half + 0.3, True), (half + 0.6, False)):
        rows = bench.at_40(20, hc_ppm=hc_ppm, **clean) + bench.at_40(70, hc_ppm=200.0, **clean)
        verdict = bench.run(rows, start="asm2540", switches={**UNDILUTED, "compare": "full"})
        assert verdict.outcome == "fail"
        assert ("rounding_decides" in verdict.reasons) == otherwise


def test_a_mode_may_be_as_long_as_is_kept(bench: Any) -> None:
    verdict = bench.run(bench.at_25(300), switches={"mode_s": 300, "mode_total_s": 400})
    assert (verdict.outcome, verdict.values["asm5025_window_last_row"]) == ("pass", 300.0)
