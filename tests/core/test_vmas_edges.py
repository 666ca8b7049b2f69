"""VMAS to the second and to the count: where a bound ends, which of two causes is told, and what decides."""

import pytest

from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict
from lanectl.core.vmas_trial import NEEDS
from tests.core.vmas_rollers import STEADY, Decisive, Rollers, told

WEIGHS = {"co_pct": -6.5e-12, "hc_ppm": -2.2e-8, "nox_ppm": -4.0e-8}
"""A reading of each gas that weighs less than nothing by a million-millionth of a gram in a second, the least count."""


def consulted(verdict: Verdict) -> set[str]:
    return {one.figure.split(".")[-1] for one in verdict.uncertain}


@pytest.mark.parametrize("name", [name for name in NEEDS if name not in ("co_pct", "co2_pct", "speed_kmh")])
def test_what_a_second_lacks_is_told_before_what_it_shows(short_rollers: Rollers, name: str) -> None:
    rows = short_rollers.drive(([15], {"co_pct": 0.1, "co2_pct": 0.0, name: None}))
    assert told(short_rollers.judge(rows)) == ("invalid", "value_missing_in_window")


@pytest.mark.parametrize("name", WEIGHS)
def test_a_sum_below_zero_by_a_single_count_is_no_pass(short_rollers: Rollers, name: str) -> None:
    for reading, outcome in ((WEIGHS[name], "invalid"), (WEIGHS[name] / 4.0, "pass")):
        rows = short_rollers.drive((range(30), {name: 0.0}), ([7], {name: reading}))
        assert short_rollers.judge(rows).outcome == outcome


def test_after_its_last_second_the_cycle_is_not_driven_any_more(short_rollers: Rollers) -> None:
    calm = short_rollers.judge(short_rollers.drive(after=9), delay_no_s=9)
    for speed in (None, 60.0):
        rows = short_rollers.drive((range(30, 39), {"speed_kmh": speed}), after=9)
        verdict = short_rollers.judge(rows, delay_no_s=9)
        assert (verdict.outcome, verdict.reasons) == ("pass", ())
        assert verdict.values == calm.values


def test_after_its_last_second_the_engine_may_stop(short_rollers: Rollers) -> None:
    for first, outcome in ((29, "invalid"), (30, "pass")):
        rows = short_rollers.drive((range(first, 39), {"engine_rpm": 0.0}), after=9)
        assert short_rollers.judge(rows, delay_no_s=9).outcome == outcome


def test_the_drive_is_consulted_from_its_first_second_on(short_rollers: Rollers) -> None:
    idling = {**STEADY, "speed_kmh": 0.0}
    for rows, start, driven in (([idling], "idle", False), ([idling], "cycle", True), ([], "cycle", False)):
        verdict = short_rollers.judge(rows, start=start)
        assert verdict.reasons == ("incomplete",)
        assert ("speed_tolerance_kmh" in consulted(verdict)) == driven
        assert any(".load." in one.figure for one in verdict.uncertain) == driven


def test_one_second_of_low_flow_is_noted_and_consulted(short_rollers: Rollers, decisive: Decisive) -> None:
    verdict = short_rollers.judge(short_rollers.drive(([10], {"low_flow": 1.0})))
    assert verdict.reasons == ("low_flow_noted",)
    assert {"low_flow_s", "low_flow_total_s"} <= set(decisive(verdict))
    assert not {"low_flow_s", "low_flow_total_s"} & consulted(short_rollers.judge(short_rollers.drive()))


def test_one_second_of_thin_exhaust_is_noted_and_decides(short_rollers: Rollers, decisive: Decisive) -> None:
    verdict = short_rollers.judge(short_rollers.drive(([10], {"co_pct": 0.1, "co2_pct": 5.8})))
    assert verdict.reasons == ("co_plus_co2_low_noted",)
    assert {"co_plus_co2_low_s", "co_plus_co2_low_total_s"} <= set(decisive(verdict))


@pytest.mark.parametrize("co_pct", [0.2, 9.0])
def test_a_reading_below_zero_that_was_borne_decides_whether_the_car_passes_or_fails(
    short_rollers: Rollers, decisive: Decisive, co_pct: float
) -> None:
    rows = short_rollers.drive((range(30), {"co_pct": co_pct}), ([9], {"hc_ppm": -5.0}), ([10], {"nox_ppm": -5.0}))
    verdict = short_rollers.judge(rows)
    assert verdict.outcome == ("pass" if co_pct < 1.0 else "fail")
    assert {"hc_least_ppm", "no_least_ppm"} <= set(decisive(verdict))
    assert "co_least_pct" not in decisive(verdict)


@pytest.mark.parametrize("name", ["ambient_o2_narrower_from_pct", "ambient_o2_narrower_to_pct"])
@pytest.mark.parametrize("co_pct", [0.2, 9.0])
def test_air_on_the_edge_of_the_narrower_window_is_within_it(
    short_rollers: Rollers, decisive: Decisive, name: str, co_pct: float
) -> None:
    edge = short_rollers.section["rules"][name]["value"]
    outwards = -0.0001 if "from" in name else 0.0001
    for air, decides in ((edge, False), (edge + outwards, True)):
        rows = short_rollers.drive(([15], {"ambient_o2_pct": air}), co_pct=co_pct)
        assert ("ambient_o2_from_pct" in decisive(short_rollers.judge(rows))) == decides


def test_a_drive_never_begins_again_and_nothing_remains_once_it_is_decided(short_rollers: Rollers) -> None:
    trial = short_rollers.open()
    told_at = [trial.push(LegalSecond(0, row or {})) for row in short_rollers.drive()]
    assert [(one.elapsed_s, one.remaining_s) for one in told_at[:-1]] == [(n, 30 - n) for n in range(1, 30)]
    assert (told_at[-1].phase, told_at[-1].remaining_s, told_at[-1].decided) == ("done", 0, True)
    assert {one.restarts for one in told_at} == {0}


@pytest.mark.parametrize("gear_changes", ["count", "skip"])
def test_a_drive_along_the_cycle_is_outside_of_no_reading_of_its_envelope(rollers: Rollers, gear_changes: str) -> None:
    trial = rollers.open(gear_change_seconds=gear_changes)
    for row in rollers.drive():
        trial.push(LegalSecond(0, row or {}))
    drive = trial._machine.drive  # type: ignore[attr-defined]  # what it counts, the trial does not show
    assert [drive.out_sum_of(reading) for reading in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(("gear_changes", "outside"), [("count", [1, 1, 0]), ("skip", [0, 0, 1])])
def test_a_second_outside_in_a_gear_change_is_outside_of_the_readings_that_count_it(
    short_rollers: Rollers, gear_changes: str, outside: list[int]
) -> None:
    trial = short_rollers.open(gear_change_seconds=gear_changes)
    for row in short_rollers.drive(([9], {"speed_kmh": 60.0})):
        trial.push(LegalSecond(0, row or {}))
    drive = trial._machine.drive  # type: ignore[attr-defined]  # what it counts, the trial does not show
    assert [drive.out_sum_of(reading) for reading in range(3)] == outside
