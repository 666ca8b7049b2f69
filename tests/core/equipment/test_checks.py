"""Response, air, flow, opacity, converter and comparison: formulas, edges, both readings where sources differ."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.diesel import opacity_pct, smoke_density_per_m
from lanectl.core.equipment.air_check import (
    check_ambient,
    check_background,
    check_leak,
    check_low_flow,
    check_oxygen,
    check_residue,
    check_zero,
    mean_of,
)
from lanectl.core.equipment.comparison import check_idle_speed, check_tachometer, check_weather
from lanectl.core.equipment.converter import check_converter, efficiency_by_titration, efficiency_from_bottle
from lanectl.core.equipment.crossing import RecordError
from lanectl.core.equipment.flow_check import check_flow_meter, check_flow_oxygen, mean_of_last
from lanectl.core.equipment.opacity_check import (
    FilterReading,
    check_ends,
    check_filters,
    check_response_time,
    density_of,
)
from lanectl.core.equipment.response import Step, check_delay, check_response, response_s
from lanectl.core.equipment.result import CheckResult, NominalsMissing
from lanectl.core.figures import LimitsMissing

Changed = Callable[[str, object], dict[str, Any]]
TENTHS = [step / 10 for step in range(200)]


def decisive(result: CheckResult) -> dict[str, bool]:
    return {figure.figure: figure.decisive for figure in result.uncertain}


# -- response


def ramp(start_s: float, slope: float, before: float, after: float, switched_s: float = 1.0) -> Step:
    """A reading that waits, then moves straight to its new value."""

    def at(time: float) -> float:
        moved = slope * max(0.0, time - start_s)
        return before + min(moved, after - before) if after > before else before - min(moved, before - after)

    return Step(TENTHS, [at(time) for time in TENTHS], switched_s, before, after)


@settings(max_examples=30)
@given(st.floats(1.0, 4.0), st.floats(0.8, 20.0), st.floats(0.5, 10.0))
def test_a_step_takes_to_nine_tenths_of_its_way_up_or_down(start: float, slope: float, size: float) -> None:
    up = response_s(ramp(start, slope, 0.0, size), 0.2)
    down = response_s(ramp(start, slope, size, 0.0), 0.2)
    expected = start + 0.9 * size / slope - 1.0
    assert up.at_s == pytest.approx(expected, abs=0.1)
    assert down.at_s == pytest.approx(expected, abs=0.1)


def test_between_samples_the_straight_line_holds() -> None:
    step = Step([0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 8.0, 10.0], 0.5, 0.0, 10.0)
    assert response_s(step, 1.0).at_s == pytest.approx(2.0, rel=1e-12)
    assert response_s(Step([0.0, 1.0, 2.0], [10.0, 10.0, 0.0], 0.0, 10.0, 0.0), 1.0).at_s == pytest.approx(1.9)


def test_a_reading_that_stops_exactly_at_the_level_is_there() -> None:
    assert response_s(Step([0.0, 1.0, 2.0], [10.0, 1.0, 1.0], 0.0, 10.0, 0.0), 1.0).at_s == pytest.approx(1.0)
    assert response_s(Step([0.0, 1.0, 2.0], [0.0, 9.0, 9.0], 0.0, 0.0, 10.0), 1.0).at_s == pytest.approx(1.0)


def test_a_spike_that_falls_back_is_no_answer() -> None:
    step = Step([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 9.5, 2.0, 8.0, 10.0], 0.0, 0.0, 10.0)
    assert response_s(step, 1.0).at_s == pytest.approx(3.5, rel=1e-12)


@pytest.mark.parametrize(
    ("readings", "before", "after", "why"),
    [
        ([0.0, 1.0, 2.0, 3.0], 0.0, 10.0, "not_reached"),
        ([9.5, 9.6, 9.7, 9.8], 0.0, 10.0, "already_there"),
        ([0.0, 5.0, None, 10.0], 0.0, 10.0, "hole_in_record"),
        ([0.0, 5.0, math.nan, 10.0], 0.0, 10.0, "hole_in_record"),
        ([None, None, None, 10.0], 0.0, 10.0, "too_few_samples"),
        ([0.0, 5.0, 9.0, 10.0], 5.0, 5.0, "no_step"),
        ([0.0, 5.0, 9.0, 10.0], math.nan, 5.0, "no_step"),
    ],
)
def test_a_record_that_does_not_tell_has_no_response_time(
    readings: list[float | None], before: float, after: float, why: str, equipment: dict[str, Any]
) -> None:
    step = Step([0.0, 1.0, 2.0, 3.0], readings, 0.0, before, after)
    found = response_s(step, 1.0)
    assert (found.at_s, found.why) == (None, why)
    assert check_response({"co_pct": {"t90": step, "t10": step}}, equipment, ["co_pct"]).reasons == (why,)


def test_what_was_before_the_switch_says_nothing() -> None:
    step = Step([0.0, 1.0, 2.0, 3.0, 4.0], [10.0, 10.0, 0.0, 5.0, 10.0], 2.0, 0.0, 10.0)
    assert response_s(step, 1.0).at_s == pytest.approx(1.8, rel=1e-12)


@settings(max_examples=30)
@given(st.floats(0.1, 50.0), st.floats(-5, 5))
def test_response_depends_neither_on_size_nor_on_the_clock(size: float, shift: float) -> None:
    one = Step(TENTHS, [1 - math.exp(-time) for time in TENTHS], 0.0, 0.0, 1.0)
    other = Step([time + shift for time in TENTHS], [size * (value or 0.0) for value in one.readings], shift, 0.0, size)
    assert response_s(other, 0.2).at_s == pytest.approx(response_s(one, 0.2).at_s, rel=1e-6)


def test_times_that_are_no_record_are_named() -> None:
    with pytest.raises(RecordError):
        response_s(Step([0.0, 1.0, 1.0], [0.0, 5.0, 10.0], 0.0, 0.0, 10.0), 1.0)
    with pytest.raises(ValueError, match="shorter"):
        response_s(Step([0.0, 1.0, 2.0], [0.0, 5.0], 0.0, 0.0, 10.0), 1.0)


def slow(seconds: float) -> Step:
    """A step that has covered nine tenths of its way exactly after this time."""
    return Step([0.0, seconds, seconds + 0.5], [0.0, 9.0, 10.0], 0.0, 0.0, 10.0)


def test_each_channel_has_its_own_limit_up_and_down(equipment: dict[str, Any], changed: Changed) -> None:
    data = changed("response.longest_step_s", 60.0)
    limits = {"hc_ppm": 5.5, "co_pct": 5.5, "co2_pct": 5.5, "no_ppm": 6.5, "no2_ppm": 6.5, "o2_pct": 7.5}
    for channel, limit in limits.items():
        down = 8.5 if channel == "o2_pct" else limit
        good = {"t90": slow(limit), "t10": slow(down)}
        assert check_response({channel: good}, data, [channel]).ok
        for kind, late in (("t90", slow(limit + 0.01)), ("t10", slow(down + 0.01))):
            assert check_response({channel: {**good, kind: late}}, data, [channel]).reasons == ("too_slow",)
    with pytest.raises(NominalsMissing):
        check_response({}, equipment)


FIVE = ("hc_ppm", "co_pct", "co2_pct", "no_ppm", "o2_pct")


def test_every_channel_is_timed_up_and_down_or_the_caller_says_that_the_device_has_none(changed: Changed) -> None:
    data, both = changed("response.longest_step_s", 60.0), {"t90": slow(3.0), "t10": slow(3.0)}
    assert check_response(dict.fromkeys(FIVE, both), data).ok
    alone = check_response({"co_pct": {"t90": slow(3.0)}}, data)
    assert (alone.ok, alone.reasons, len(alone.not_checked)) == (False, ("channel_missing",), 9)
    without_no = [name for name in FIVE if name != "no_ppm"]
    told = check_response(dict.fromkeys(without_no, both), data, without_no)
    assert (told.ok, told.notes, told.not_checked) == (True, ("channels_not_fitted",), ("no_ppm",))
    assert told.as_json()["not_checked"] == ["no_ppm"]
    for nonsense in ([], ["smoke"], "co_pct"):
        with pytest.raises(ValueError, match="channels of the device"):
            check_response({"co_pct": both}, data, nonsense)


def test_where_the_limit_of_response_differs_the_result_says_so(changed: Changed) -> None:
    data = changed("response.longest_step_s", 60.0)
    told, sure = (
        decisive(check_response({"co_pct": {"t90": slow(up), "t10": slow(3.0)}}, data, ["co_pct"])) for up in (4.0, 3.0)
    )
    assert told == {
        "response.t90_co_pct_s": True,
        "response.t10_co_pct_s": False,
        "response.longest_step_s": False,
    }
    assert sure["response.t90_co_pct_s"] is False


def test_the_whole_delay_of_the_line_has_a_limit_of_its_own(changed: Changed) -> None:
    data = changed("response.longest_step_s", 60.0)
    limits = {"hc_ppm": 8.0, "co_pct": 8.0, "co2_pct": 8.0, "no_ppm": 12.0, "o2_pct": 12.0}
    whole = {name: slow(limit) for name, limit in limits.items()}
    assert check_delay(whole, data).ok
    late = check_delay({**whole, "co_pct": slow(8.1)}, data)
    assert (late.reasons, late.quantity("delay_no_ppm_s").ok) == (("too_slow",), True)
    part = check_delay({"co_pct": slow(8.0)}, data)
    assert (part.reasons, part.not_checked) == (("channel_missing",), ("hc_ppm", "co2_pct", "no_ppm", "o2_pct"))


# -- air


def rows(**values: float | None) -> list[dict[str, float | None]]:
    return [dict(values) for _ in range(5)]


def test_the_mean_is_over_the_rows_that_have_the_value() -> None:
    assert mean_of([{"x": 1.0}, {"x": None}, {}, {"x": 3.0}], "x") == 2.0
    assert mean_of([{"x": None}], "x") is None
    assert mean_of([], "x") is None


def test_background_air_is_clean_at_its_thresholds_and_not_beyond(petrol: dict[str, Any]) -> None:
    thresholds = petrol["pretest"]
    good = check_background(rows(hc_ppm=15.0, co_pct=0.02, no_ppm=25.0), thresholds)
    assert (good.ok, good.code, good.check) == (True, None, "check_background")
    assert (good.nominal["hc_ppm"], good.measured["hc_ppm"]) == (15.0, 15.0)
    for name, value in (("hc_ppm", 15.1), ("co_pct", 0.021), ("no_ppm", 25.1)):
        bad = check_background(rows(**{"hc_ppm": 1.0, "co_pct": 0.0, "no_ppm": 1.0, name: value}), thresholds)
        assert bad.code == "background_high"
    assert check_background(rows(hc_ppm=1.0, co_pct=0.0, no_ppm=None), thresholds).code == "no_reading"


def test_ambient_air_has_thresholds_on_which_sources_differ(equipment: dict[str, Any]) -> None:
    clean = check_ambient(rows(hc_ppm=7.0, co_pct=0.02, no_ppm=25.0), equipment)
    assert clean.ok
    assert set(decisive(clean).values()) == {False}
    dirty = check_ambient(rows(hc_ppm=50.0, co_pct=0.02, no_ppm=25.0), equipment)
    assert dirty.code == "ambient_high"
    assert decisive(dirty) == {"air.ambient_hc_ppm": True, "air.ambient_co_pct": False, "air.ambient_no_ppm": False}


def test_residue_is_what_the_probe_adds_to_the_air(petrol: dict[str, Any]) -> None:
    thresholds = petrol["pretest"]
    good = check_residue(rows(hc_ppm=10.0), 3.0, thresholds)
    assert (good.ok, good.measured["residue_hc_ppm"], good.nominal["residue_hc_ppm"]) == (True, 7.0, 7.0)
    assert good.values == {"probe_hc_ppm": 10.0, "ambient_hc_ppm": 3.0}
    assert check_residue(rows(hc_ppm=10.1), 3.0, thresholds).code == "residue_high"
    for through, ambient in ((None, 3.0), (10.0, None)):
        nothing = check_residue(rows(hc_ppm=through), ambient, thresholds)
        assert (nothing.code, nothing.measured["residue_hc_ppm"], nothing.values) == ("no_reading", None, {})


ZERO = {"zero_nox_ppm": {"value": 25, "conf": "C"}}


@pytest.mark.parametrize(
    ("readings", "good"),
    [
        ([1.0, -2.0], True), ([25.0, 25.0], True), ([-25.0, -25.0], True), ([26.0, 26.0], False),
        ([-26.0, -26.0], False), ([1.0, None], False), ([None, None], False), ([], False),
    ],
)  # fmt: skip
def test_a_zero_is_near_nothing_in_every_row(readings: list[float | None], good: bool) -> None:
    seen: list[dict[str, float | None]] = [{"no_ppm": value} for value in readings]
    result = check_zero("zero_nox", seen, {"no_ppm": "zero_nox_ppm"}, ZERO)
    assert (result.ok, result.code) == (good, None if good else "zero_drifted")
    assert result.uncertain[0].figure == "pretest.zero_nox_ppm"


def test_oxygen_of_air_has_a_window_on_which_sources_differ(equipment: dict[str, Any]) -> None:
    assert check_oxygen(20.3, equipment).ok
    wide = check_oxygen(20.0, equipment)
    assert (wide.code, decisive(wide)) == ("oxygen_off", {"air.analyser_o2": True})
    assert decisive(check_oxygen(19.0, equipment)) == {"air.analyser_o2": False}
    assert check_oxygen(None, equipment).code == "no_reading"


def test_what_a_device_says_of_itself_is_taken_at_its_word() -> None:
    assert check_leak(True).ok
    assert (check_leak(False).code, check_leak(None).code) == ("leaking", "no_reading")
    assert check_low_flow(False).ok
    assert (check_low_flow(True).code, check_low_flow(None).code) == ("low_flow", "no_reading")
    assert check_leak(True).nominal == {"tight": 1.0}


# -- flow


def test_flow_temperature_and_pressure_are_held_against_references(equipment: dict[str, Any]) -> None:
    reference = {"flow_l_s": 100.0, "flow_temp_c": 30.0, "flow_pressure_kpa": 100.0}
    read: dict[str, float | None] = {"flow_l_s": 104.0, "flow_temp_c": 29.0, "flow_pressure_kpa": 103.0}
    assert check_flow_meter(reference, read, equipment).ok
    for name, value in (("flow_l_s", 104.1), ("flow_temp_c", 31.1), ("flow_pressure_kpa", 96.9)):
        assert check_flow_meter(reference, {**read, name: value}, equipment).code == "flow_meter_off"
    assert check_flow_meter(reference, {}, equipment).code == "no_reading"
    flow = {"flow_l_s": 100.0}
    part = check_flow_meter(flow, read, equipment)
    assert (part.reasons, part.not_checked) == (("channel_missing",), ("flow_temp_c", "flow_pressure_kpa"))
    told = check_flow_meter(flow, read, equipment, ["flow_l_s"])
    assert (told.ok, list(told.nominal), told.not_checked) == (True, ["flow_l_s"], part.not_checked)
    with pytest.raises(NominalsMissing):
        check_flow_meter({}, read, equipment)


def test_oxygen_of_the_flow_analyser_in_air_with_a_bottle_and_in_time(
    equipment: dict[str, Any], changed: Changed
) -> None:
    assert check_flow_oxygen(19.8, equipment).ok
    assert check_flow_oxygen(21.8, equipment).ok
    narrow = check_flow_oxygen(19.9, equipment)
    assert decisive(narrow)["flow.ambient_o2"] is True
    assert check_flow_oxygen(19.7, equipment).code == "oxygen_off"
    assert check_flow_oxygen(None, equipment).code == "no_reading"
    bottle = check_flow_oxygen(20.8, equipment, reference=(15.0, 16.25))
    assert bottle.quantity("bottle_o2_pct").allowed == 1.25
    assert bottle.ok
    assert not check_flow_oxygen(20.8, equipment, reference=(15.0, 16.26)).ok
    patient = changed("flow.longest_step_s", 60.0)
    assert check_flow_oxygen(20.8, patient, response=slow(12.0)).ok
    assert check_flow_oxygen(20.8, patient, response=slow(12.1)).code == "oxygen_off"
    assert check_flow_oxygen(20.8, equipment, response=slow(12.0)).code == "hole_in_record"
    with pytest.raises(LimitsMissing, match="full scale"):
        check_flow_oxygen(20.8, changed("flow.o2_of_full_scale", {"absolute": 1}), reference=(15.0, 15.0))


def test_a_mean_of_the_last_seconds_needs_all_of_them() -> None:
    times = [float(second) for second in range(30)]
    values: list[float | None] = [*[0.0] * 10, *[10.0] * 20]
    assert mean_of_last(times, values, 20.0) == 10.0
    assert mean_of_last(times, values, 25.0) == 8.0
    assert mean_of_last(times, values, 29.0) == pytest.approx(200 / 29)
    assert mean_of_last(times, values, 30.0) is None
    assert mean_of_last(times, [*values[:-1], None], 20.0) is None
    assert mean_of_last(times[:1], values[:1], 0.5) is None
    tenths = [second / 10 for second in range(300)]
    assert mean_of_last(tenths, [0.0] * 100 + [10.0] * 200, 20.0) == 10.0
    assert mean_of_last(times, values[:-1], 20.0) is None


# -- opacity

LABELS = (29.4, 49.8, 70.3, 88.9)


def filters(error: float) -> list[FilterReading]:
    return [FilterReading(label, label + error) for label in LABELS]


def test_filters_are_judged_by_opacity_and_the_result_tells_what_density_would_say(equipment: dict[str, Any]) -> None:
    assert check_filters(filters(0.3), equipment).ok
    good = check_filters(filters(2.0), equipment)
    assert list(good.nominal) == [f"filter_{number}_n_pct" for number in (1, 2, 3, 4)]
    assert (good.ok, decisive(good)) == (True, {"opacimeter.judged_by": True, "opacimeter.filter_near": False})
    assert check_filters(filters(-2.1), equipment).code == "opacity_off"
    assert decisive(check_filters(filters(0.0), equipment))["opacimeter.judged_by"] is False


def test_filters_may_be_judged_by_density(changed: Changed) -> None:
    by_k = changed("opacimeter.judged_by", "density_per_m")
    label = FilterReading(49.8, opacity_pct((density_of(49.8, 0.43) or 0.0) + 0.0499, 0.43))
    rest = [reading for reading in filters(0.0) if reading.label_n_pct != 49.8]
    assert check_filters([label, *rest], by_k).ok
    off = FilterReading(49.8, opacity_pct((density_of(49.8, 0.43) or 0.0) + 0.051, 0.43))
    assert check_filters([off, *rest], by_k).code == "opacity_off"
    assert check_filters([FilterReading(49.8, 100.0), *rest], by_k).code == "no_reading"
    with pytest.raises(NominalsMissing, match="density"):
        check_filters([FilterReading(100.0, 100.0)], by_k)


def test_a_filter_that_is_missing_or_not_read_fails(equipment: dict[str, Any]) -> None:
    assert check_filters(filters(0.0)[:3], equipment).reasons == ("filter_missing",)
    unread = [*filters(0.0)[:3], FilterReading(88.9, None)]
    assert check_filters(unread, equipment).reasons == ("no_reading",)
    with pytest.raises(NominalsMissing):
        check_filters([], equipment)


def test_full_opacity_has_no_density() -> None:
    assert density_of(100.0, 0.43) is None
    assert density_of(None, 0.43) is None
    assert density_of(50.0, 0.43) == smoke_density_per_m(50.0, 0.43) == pytest.approx(1.6119702, rel=1e-6)


def test_clear_path_and_shutter_are_both_ends_of_the_scale(equipment: dict[str, Any]) -> None:
    assert check_ends(2.0, 98.0, equipment).ok
    assert check_ends(2.1, 100.0, equipment).code == "opacity_off"
    assert check_ends(0.0, 97.9, equipment).code == "opacity_off"
    assert check_ends(None, 100.0, equipment).code == "no_reading"


def shutter(seconds: float) -> tuple[list[float], list[float | None]]:
    """A shutter that closes so that 10 to 90 % take this long."""
    times = [step / 20 for step in range(80)]
    return times, [min(100.0, max(0.0, (time - 0.5) * 80.0 / seconds)) for time in times]


@pytest.mark.parametrize(("seconds", "good"), [(0.9, True), (1.0, True), (1.1, True), (0.88, False), (1.12, False)])
def test_the_opacimeter_takes_about_a_second_from_10_to_90(
    seconds: float, good: bool, equipment: dict[str, Any]
) -> None:
    result = check_response_time(*shutter(seconds), equipment)
    assert result.measured["response_s"] == pytest.approx(seconds, rel=1e-9)
    assert result.ok is good


def test_a_shutter_that_never_closes_has_no_response(equipment: dict[str, Any]) -> None:
    times, _ = shutter(1.0)
    assert check_response_time(times, [50.0 if time > 1 else 0.0 for time in times], equipment).code == "not_reached"
    assert check_response_time(times, [95.0 if time > 1 else 20.0 for time in times], equipment).code == "already_there"


# -- converter and comparison


@settings(max_examples=30)
@given(st.floats(10, 1000), st.floats(0, 500), st.floats(0, 1.2))
def test_a_converter_is_as_good_as_the_share_it_converts(label: float, no_ppm: float, share: float) -> None:
    assert efficiency_from_bottle(label, no_ppm + share * label, no_ppm) == pytest.approx(share, abs=1e-9)
    by_ozone = efficiency_by_titration(no_ppm - (1 - share) * label, no_ppm, label, 0.0)
    assert by_ozone == pytest.approx(share, abs=1e-9)


def test_a_converter_without_nitrogen_dioxide_has_no_efficiency() -> None:
    for label in (0.0, -1.0, math.nan):
        assert efficiency_from_bottle(label, 100.0, 10.0) is None
    assert efficiency_from_bottle(100.0, math.inf, 10.0) is None
    assert efficiency_by_titration(100.0, 100.0, 50.0, 50.0) is None
    assert efficiency_by_titration(100.0, 100.0, 40.0, 50.0) is None
    assert efficiency_by_titration(math.nan, 100.0, 60.0, 50.0) is None


def test_a_converter_of_ninety_per_cent_is_good_and_ninety_five_might_be_asked(equipment: dict[str, Any]) -> None:
    at = check_converter(0.90, equipment)
    assert (at.ok, decisive(at)) == (True, {"nox_converter.least_efficiency": True})
    assert decisive(check_converter(0.96, equipment)) == {"nox_converter.least_efficiency": False}
    assert check_converter(0.89, equipment).code == "converter_weak"
    assert check_converter(None, equipment).code == "no_reading"


def test_a_tachometer_is_off_by_ten_or_one_per_cent(equipment: dict[str, Any]) -> None:
    assert check_tachometer([(800.0, 810.0), (2500.0, 2475.0)], equipment).ok
    assert check_tachometer([(800.0, 811.0), (2500.0, 2500.0)], equipment).code == "tachometer_off"
    assert check_tachometer([(800.0, 800.0), (2500.0, 2526.0)], equipment).code == "tachometer_off"
    assert check_tachometer([(800.0, None), (2500.0, 2500.0)], equipment).code == "no_reading"
    for points in ([(800.0, 800.0)], [(800.0, 800.0), (805.0, 805.0)], [(0.0, 0.0), (800.0, 800.0)]):
        assert check_tachometer(points, equipment).reasons == ("points_missing",)


@pytest.mark.parametrize(
    ("rpm", "good"), [(400.0, True), (1000.0, True), (399.0, False), (1001.0, False), (None, False)]
)
def test_an_idling_engine_shows_an_idle_speed(rpm: float | None, good: bool, equipment: dict[str, Any]) -> None:
    assert check_idle_speed(rpm, equipment).ok is good


def test_weather_sensors_have_tolerances_on_which_sources_differ(equipment: dict[str, Any]) -> None:
    reference = {"ambient_temp_c": 20.0, "humidity_pct": 50.0, "pressure_kpa": 100.0}
    exact: dict[str, float | None] = {**reference}
    assert check_weather(reference, exact, equipment).ok
    for name, error, matters in (
        ("ambient_temp_c", 0.8, True), ("ambient_temp_c", 1.2, False), ("humidity_pct", 4.0, True),
        ("humidity_pct", 6.0, False), ("pressure_kpa", 2.0, True), ("pressure_kpa", 3.5, False),
    ):  # fmt: skip
        result = check_weather(reference, {**exact, name: reference[name] + error}, equipment)
        assert decisive(result)[f"weather.{name}"] is matters
        assert result.ok is (name == "ambient_temp_c" and error < 1.0)
    assert check_weather(reference, {}, equipment).code == "no_reading"
    part = check_weather({"pressure_kpa": 100.0}, exact, equipment)
    assert (part.reasons, part.not_checked) == (("channel_missing",), ("ambient_temp_c", "humidity_pct"))
    assert check_weather({"pressure_kpa": 100.0}, exact, equipment, ["pressure_kpa"]).ok
    with pytest.raises(NominalsMissing):
        check_weather({}, exact, equipment)
