"""The visual inspection: seventeen marks, and the smoke that the eye sees."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.figures import LimitsMissing
from lanectl.core.trial import VehicleFactMissing
from lanectl.core.visual_check import (
    EFFECTS,
    MARKS,
    decide_visible_smoke,
    decide_visual,
    marks_for,
    unloaded_method,
)

FUELS = ("petrol", "hybrid", "cng", "lpg", "diesel")
FACTS = ("obd_fitted", "fit_for_loaded_test", "electronic_fuel_pump")


def section_of(papers: Any, fuel: str) -> Any:
    return papers["gb3847-2018" if fuel == "diesel" else "gb18285-2018"]["visual_check"]


def decide(papers: Any, fuel: str = "petrol", **answers: object) -> Any:
    """Decide the inspection of a vehicle that is in order but for these answers; None leaves a question out."""
    given_ = {mark.name: "yes" for mark in marks_for(fuel)} | answers
    told = {name: answer for name, answer in given_.items() if answer is not None}
    return decide_visual(fuel, told, section_of(papers, fuel))


def test_there_are_seventeen_marks_sixteen_for_petrol_and_fifteen_for_diesel() -> None:
    assert len(MARKS) == 17
    assert [len(marks_for(fuel)) for fuel in FUELS] == [16, 16, 16, 16, 15]
    only_petrol = {mark.name for mark in marks_for("petrol")} - {mark.name for mark in marks_for("diesel")}
    assert only_petrol == {"crankcase_ventilation_normal", "evaporative_system_normal"}
    assert "electronic_fuel_pump" not in {mark.name for mark in marks_for("petrol")}


@pytest.mark.parametrize("fuel", FUELS)
def test_the_data_says_of_every_mark_that_is_no_fact_what_it_does(papers: Any, fuel: str) -> None:
    ruled = {mark.name for mark in marks_for(fuel)} - set(FACTS)
    assert set(section_of(papers, fuel)["rules"]) == ruled


@pytest.mark.parametrize("fuel", FUELS)
def test_a_vehicle_in_order_passes(papers: Any, fuel: str) -> None:
    verdict = decide(papers, fuel)
    assert (verdict.outcome, verdict.reasons, verdict.uncertain) == ("pass", (), ())
    assert verdict.limits == ("diesel" if fuel == "diesel" else "petrol")
    assert all(judgement.ok for judgement in verdict.judgements)
    assert len(verdict.judgements) == len(marks_for(fuel)) - len([m for m in marks_for(fuel) if m.is_fact])
    assert verdict.values["marks_asked"] == len(marks_for(fuel))


@pytest.mark.parametrize("fuel", ["petrol", "diesel"])
def test_tampering_with_emission_control_fails(papers: Any, fuel: str) -> None:
    verdict = decide(papers, fuel, emission_controls_complete="no")
    assert (verdict.outcome, verdict.reasons, verdict.uncertain) == ("fail", ("emission_controls_tampered",), ())
    found = [judgement for judgement in verdict.judgements if not judgement.ok]
    assert [(j.quantity, j.value, j.limit, j.limit_min) for j in found] == [
        ("emission_controls_complete", 0.0, 1.0, 1.0)
    ]


@pytest.mark.parametrize(
    ("mark", "outcome", "reason"),
    [
        ("no_oil_burning_or_black_smoke", "fail", "oil_burning_or_black_smoke"),
        ("crankcase_ventilation_normal", "fail", "crankcase_ventilation_bad"),
        ("evaporative_system_normal", "fail", "evaporative_system_bad"),
        ("no_intake_or_exhaust_leak", "fail", "intake_or_exhaust_leak"),
        ("mechanical_state_good", "invalid", "mechanical_state_bad"),
        ("gauges_working", "invalid", "gauges_not_working"),
        ("no_unsafe_or_biasing_fault", "invalid", "unsafe_or_biasing_fault"),
        ("no_fluid_leak", "invalid", "fluid_leak"),
        ("tyre_pressure_normal", "invalid", "tyre_pressure_off"),
        ("tyres_dry_and_clean", "invalid", "tyres_wet_or_dirty"),
        ("accessories_off", "invalid", "accessories_on"),
        ("traction_functions_off", "invalid", "traction_functions_on"),
        ("tank_and_fuel_normal", "invalid", "tank_or_fuel_not_normal"),
        ("obd_fitted", "pass", "obd_not_fitted"),
    ],
)
def test_a_mark_that_is_not_in_order_does_what_the_data_says(papers: Any, mark: str, outcome: str, reason: str) -> None:
    verdict = decide(papers, **{mark: "no"})
    assert (verdict.outcome, verdict.reasons) == (outcome, (reason,))
    # Each of these effects is a reading that the print has to confirm, and another one would end otherwise.
    named = [(u.figure, u.decisive) for u in verdict.uncertain]
    assert named == ([] if mark in FACTS else [(f"visual_check.rules.{mark}", True)])


@pytest.mark.parametrize("effect", EFFECTS)
def test_what_a_mark_does_is_a_switch_of_the_data(papers: Any, effect: str) -> None:
    other = copy.deepcopy(papers)
    other["gb18285-2018"]["visual_check"]["rules"]["no_fluid_leak"]["value"] = effect
    assert decide(other, no_fluid_leak="no").outcome == {"fail": "fail", "stop": "invalid", "note": "pass"}[effect]


def test_another_mark_that_decides_takes_the_doubt_away(papers: Any) -> None:
    verdict = decide(papers, emission_controls_complete="no", no_fluid_leak="no")
    assert verdict.outcome == "fail"
    assert [(u.figure, u.decisive) for u in verdict.uncertain] == [("visual_check.rules.no_fluid_leak", False)]


@pytest.mark.parametrize("fuel", ["petrol", "diesel"])
def test_no_mark_may_stay_without_an_answer(papers: Any, fuel: str) -> None:
    for mark in marks_for(fuel):
        for answer in (None, "", "perhaps", True, 1, ["yes"]):
            verdict = decide(papers, fuel, **{mark.name: answer})
            assert (verdict.outcome, verdict.reasons) == ("invalid", ("visual_mark_missing",))
            assert verdict.values["marks_missing"] == 1
            missing = [judgement for judgement in verdict.judgements if not judgement.ok]
            assert [(j.quantity, j.value) for j in missing] == [(mark.name, None)]


def test_a_fail_stands_though_marks_are_missing_and_nothing_asked_is_no_pass(papers: Any) -> None:
    verdict = decide(papers, emission_controls_complete="no", gauges_working=None)
    assert (verdict.outcome, verdict.reasons) == ("fail", ("emission_controls_tampered", "visual_mark_missing"))
    assert decide_visual("petrol", {}, section_of(papers, "petrol")).outcome == "invalid"


@pytest.mark.parametrize(
    ("fuel", "mark", "outcome"),
    [
        ("petrol", "emission_controls_complete", "invalid"),
        ("petrol", "evaporative_system_normal", "invalid"),
        ("cng", "evaporative_system_normal", "pass"),
        ("petrol", "accessories_off", "pass"),
        ("petrol", "traction_functions_off", "pass"),
        ("petrol", "tyre_pressure_normal", "invalid"),
        ("diesel", "tyres_dry_and_clean", "invalid"),
        ("petrol", "fit_for_loaded_test", "invalid"),
    ],
)
def test_only_what_a_vehicle_need_not_have_may_not_apply(papers: Any, fuel: str, mark: str, outcome: str) -> None:
    verdict = decide(papers, fuel, **{mark: "not_applicable"})
    assert verdict.outcome == outcome
    assert verdict.values[mark] is None
    assert [j.quantity for j in verdict.judgements if not j.ok] == ([] if outcome == "pass" else [mark])


@pytest.mark.parametrize(("fuel", "method"), [("petrol", "two_speed_idle"), ("diesel", "free_acceleration")])
def test_a_vehicle_unfit_for_the_rollers_changes_its_method_and_not_its_outcome(
    papers: Any, fuel: str, method: str
) -> None:
    verdict = decide(papers, fuel, fit_for_loaded_test="no")
    assert (verdict.outcome, verdict.reasons) == ("pass", ("not_fit_for_loaded_test",))
    assert unloaded_method(fuel) == method


def test_off_the_rollers_its_tyres_and_its_traction_control_stop_nothing(papers: Any) -> None:
    verdict = decide(
        papers,
        fit_for_loaded_test="no",
        traction_functions_off="no",
        tyre_pressure_normal="not_applicable",
        tyres_dry_and_clean="no",
    )
    assert verdict.outcome == "pass"
    assert set(verdict.reasons) == {"not_fit_for_loaded_test", "traction_functions_on", "tyres_wet_or_dirty"}
    assert verdict.uncertain == ()
    assert decide(papers, fit_for_loaded_test="no", tyre_pressure_normal=None).outcome == "invalid"


def test_a_mechanical_pump_of_a_diesel_is_recorded(papers: Any) -> None:
    verdict = decide(papers, "diesel", electronic_fuel_pump="no")
    assert (verdict.outcome, verdict.reasons, verdict.values["electronic_fuel_pump"]) == (
        "pass",
        ("mechanical_fuel_pump",),
        0.0,
    )


def test_an_unknown_fuel_and_missing_data_are_refused_by_name(papers: Any) -> None:
    with pytest.raises(VehicleFactMissing, match="fuel"):
        decide_visual("steam", {}, section_of(papers, "petrol"))
    poor = copy.deepcopy(section_of(papers, "petrol"))
    del poor["rules"]["gauges_working"]
    with pytest.raises(LimitsMissing, match=r"visual_check\.rules\.gauges_working"):
        decide_visual("petrol", {}, poor)
    with pytest.raises(LimitsMissing, match=r"visual_check\.rules"):
        decide_visual("petrol", {}, {})


@given(st.sampled_from(FUELS), st.data())
def test_a_pass_has_every_mark_answered_and_a_worse_answer_never_helps(
    papers: Any, fuel: str, data: st.DataObject
) -> None:
    words = st.sampled_from(["yes", "yes", "yes", "no", "not_applicable", None])
    answers = {mark.name: data.draw(words) for mark in marks_for(fuel)}
    verdict = decide_visual(fuel, answers, section_of(papers, fuel))
    if verdict.outcome == "pass":
        assert None not in answers.values()
    worse = dict(answers, **{data.draw(st.sampled_from(sorted(set(answers) - set(FACTS)))): "no"})
    again = decide_visual(fuel, worse, section_of(papers, fuel))
    assert not (verdict.outcome == "fail" and again.outcome != "fail")


# -- visible smoke


def smoke(papers: Any, limit_set: Any = "a", **observed: Any) -> Any:
    return decide_visible_smoke(observed, papers["gb3847-2018"]["visible_smoke"], limit_set)


@pytest.mark.parametrize(
    ("grade", "outcome"), [(0, "pass"), (0.5, "pass"), (1, "pass"), (1.25, "fail"), (2, "fail"), (5, "fail")]
)
def test_smoke_above_ringelmann_one_fails(papers: Any, grade: float, outcome: str) -> None:
    verdict = smoke(papers, smoke_seen="yes", ringelmann_grade=grade)
    assert (verdict.outcome, verdict.method, verdict.limits) == (outcome, "visible_smoke", "a")
    assert verdict.reasons == (() if outcome == "pass" else ("over_limit",))
    assert [(j.value, j.limit, j.ok) for j in verdict.judgements] == [(grade, 1.0, outcome == "pass")]
    assert verdict.uncertain == ()


def test_the_limit_of_set_b_is_not_confirmed(papers: Any) -> None:
    failed, passed = smoke(papers, "b", ringelmann_grade=2), smoke(papers, "b", ringelmann_grade=1)
    assert [(u.figure, u.decisive) for u in failed.uncertain] == [("visible_smoke.sets.b", True)]
    assert [(u.figure, u.decisive) for u in passed.uncertain] == [("visible_smoke.sets.b", False)]


def test_no_smoke_seen_is_grade_nought(papers: Any) -> None:
    verdict = smoke(papers, smoke_seen="no")
    assert (verdict.outcome, verdict.values["ringelmann_grade"]) == ("pass", 0.0)
    assert smoke(papers, smoke_seen="no", ringelmann_grade=0).outcome == "pass"


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        ({}, "ringelmann_missing"),
        ({"smoke_seen": "yes"}, "ringelmann_missing"),
        ({"smoke_seen": "no", "ringelmann_grade": 1}, "ringelmann_implausible"),
        ({"ringelmann_grade": -1}, "ringelmann_implausible"),
        ({"ringelmann_grade": 5.5}, "ringelmann_implausible"),
        ({"ringelmann_grade": float("nan")}, "ringelmann_implausible"),
        ({"ringelmann_grade": "1"}, "ringelmann_implausible"),
        ({"ringelmann_grade": True}, "ringelmann_implausible"),
    ],
)
def test_what_is_no_observation_is_no_pass(papers: Any, observed: dict[str, object], reason: str) -> None:
    verdict = smoke(papers, **observed)
    assert (verdict.outcome, verdict.reasons, verdict.judgements) == ("invalid", (reason,), ())
