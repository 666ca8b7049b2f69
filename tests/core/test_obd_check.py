"""The OBD check's decision."""

import copy
from typing import Any

import pytest

from lanectl.core.figures import LimitsMissing
from lanectl.core.obd_check import decide_obd, is_binding, known_problem

FACTS: dict[str, Any] = {
    "communication": True,
    "mil_on": False,
    "stored_codes": [],
    "pending_codes": [],
    "readiness": {"catalyst": True, "o2_sensor": True, "egr": None},
}
ANSWERS = {"connector": "ok", "lamp_key_on": "lit", "lamp_running": "dark"}


def decide(
    limits: Any, facts: dict[str, Any] | None = None, answers: dict[str, str] | None = None, binding: bool = True
) -> Any:
    return decide_obd({**FACTS, **(facts or {})}, {**ANSWERS, **(answers or {})}, binding, limits["obd_check"])


def test_a_sound_car_passes(limits: Any) -> None:
    verdict = decide(limits)
    assert (verdict.outcome, verdict.reasons, verdict.judgements) == ("pass", (), ())


FINDINGS = [
    ({"mil_on": True}, {"lamp_running": "lit"}, "mil_on"),
    ({"stored_codes": ["P0420"]}, {}, "stored_codes"),
    ({}, {"lamp_key_on": "dark"}, "lamp_does_not_light"),
    ({}, {"lamp_running": "lit"}, "lamp_differs"),
    ({"mil_on": True}, {}, "lamp_differs"),
    ({"communication": False}, {}, "no_communication"),
    ({"communication": False}, {"connector": "missing"}, "connector_missing"),
    ({"communication": False}, {"connector": "damaged"}, "connector_damaged"),
]


@pytest.mark.parametrize(("facts", "answers", "reason"), FINDINGS)
def test_each_finding_fails_where_the_check_binds_and_is_recorded_where_not(
    limits: Any, facts: dict[str, Any], answers: dict[str, str], reason: str
) -> None:
    binding, free = decide(limits, facts, answers), decide(limits, facts, answers, binding=False)
    assert (binding.outcome, free.outcome) == ("fail", "pass")
    assert reason in binding.reasons
    assert reason in free.reasons
    assert "not_binding" in free.reasons
    assert not [j for j in free.judgements if not j.ok]


def test_open_monitors_are_recorded_and_fail_nothing(limits: Any) -> None:
    verdict = decide(limits, {"readiness": {"catalyst": False, "o2_sensor": True, "egr": None}})
    assert (verdict.outcome, verdict.reasons) == ("pass", ("readiness_incomplete",))
    assert [(u.figure, u.decisive) for u in verdict.uncertain] == [("obd_check.rules.readiness_incomplete_fails", True)]


def test_more_than_two_open_monitors_ask_for_a_drive(limits: Any) -> None:
    verdict = decide(limits, {"readiness": {"catalyst": False, "o2_sensor": False, "egr": False}})
    assert verdict.outcome == "pass"
    assert "drive_and_come_back" in verdict.reasons


def test_by_a_switch_open_monitors_fail(limits: Any) -> None:
    strict = copy.deepcopy(limits)
    strict["obd_check"]["rules"]["readiness_incomplete_fails"]["value"] = "yes"
    assert decide(strict, {"readiness": {"catalyst": False}}).outcome == "fail"


def test_pending_codes_are_recorded(limits: Any) -> None:
    assert decide(limits, {"pending_codes": ["P0171"]}).reasons == ("pending_codes",)


@pytest.mark.parametrize(
    ("vehicle", "binding"),
    [
        ({"built": "2011-07-01"}, True),
        ({"built": "2011-06-30"}, False),
        ({"built": "2013-06-30", "gross_mass_kg": 3500.0}, True),
        ({"built": "2013-06-30", "gross_mass_kg": 3501.0}, False),
        ({"built": "2013-07-01", "gross_mass_kg": 3501.0}, True),
        ({"first_registered": "2010-01-01"}, False),
        ({}, True),
    ],
)
def test_the_check_binds_from_a_build_date_on(limits: Any, vehicle: dict[str, Any], binding: bool) -> None:
    assert is_binding(vehicle, limits["obd_check"]) is binding


def test_a_vehicle_of_unknown_age_is_bound_whatever_the_data_says_of_dates(limits: Any) -> None:
    section = copy.deepcopy(limits["obd_check"])
    del section["rules"]["binding_from_light"], section["rules"]["binding_from_heavy"]
    assert is_binding({"gross_mass_kg": 1900.0}, section) is True
    with pytest.raises(LimitsMissing, match="binding_from_light"):
        is_binding({"built": "2011-07-01"}, section)


@pytest.mark.parametrize("word", [1, 0, "yes", "", 1.0, [True]])
def test_what_is_neither_true_nor_false_is_not_told(limits: Any, word: object) -> None:
    verdict = decide(limits, {"mil_on": word, "communication": word})
    assert (verdict.values["mil_on"], verdict.values["communication"]) == (None, None)
    assert "no_communication" in verdict.reasons
    assert "mil_on" not in verdict.reasons


def test_a_finding_that_fails_is_one_where_none_is_allowed(limits: Any) -> None:
    verdict = decide(limits, {"stored_codes": ["P0420", "P0430"]})
    (finding,) = verdict.judgements
    assert (finding.quantity, finding.value, finding.value_raw, finding.limit) == ("stored_codes", 1.0, 1.0, 0.0)


# -- with the vehicle at hand: diesel, dates, models with a known trouble

CAR = {"fuel": "petrol", "vin": "LSVAA4182E2184847", "built": "2018-03-01", "gross_mass_kg": 1900.0}
TRUCK = {**CAR, "fuel": "diesel", "vin": "LGAX2A138H1012345"}
UNITS = [{"ecu": "7E8", "cal_ids": ["EDC17C53P1234"], "cvns": ["1A2B3C4D"]}, {"ecu": "7E9", "cal_ids": ["TCU1"]}]
DIESEL_FACTS: dict[str, Any] = {
    **FACTS,
    "ignition": "compression",
    "dtc_count": 0,
    "readiness": {"nmhc_catalyst": True, "nox_scr": True, "pm_filter": True, "egr_vvt": True, "misfire": True},
    "ecus": UNITS,
}
PETROL_FACTS = {
    **DIESEL_FACTS,
    "ignition": "spark",
    "readiness": {"catalyst": True, "o2_sensor": True, "misfire": True},
}


def decide_with(
    papers: Any,
    vehicle: dict[str, object],
    facts: dict[str, Any] | None = None,
    answers: dict[str, Any] | None = None,
    binding: bool = True,
) -> Any:
    diesel = vehicle["fuel"] == "diesel"
    told = {**(DIESEL_FACTS if diesel else PETROL_FACTS), **(facts or {})}
    section = papers["gb3847-2018" if diesel else "gb18285-2018"]["obd_check"]
    return decide_obd(told, {**ANSWERS, **(answers or {})}, binding, section, vehicle)


@pytest.mark.parametrize("vehicle", [CAR, TRUCK])
def test_a_sound_vehicle_passes_and_its_calibrations_are_counted(papers: Any, vehicle: dict[str, object]) -> None:
    verdict = decide_with(papers, vehicle)
    assert (verdict.outcome, verdict.reasons, verdict.uncertain) == ("pass", (), ())
    values = verdict.values
    assert (values["control_units"], values["cal_ids"], values["cvns"]) == (2.0, 2.0, 1.0)
    assert values["monitors_told"] == len((DIESEL_FACTS if vehicle is TRUCK else PETROL_FACTS)["readiness"])


@pytest.mark.parametrize(("facts", "answers", "reason"), FINDINGS)
def test_each_finding_fails_a_diesel_too(
    papers: Any, facts: dict[str, Any], answers: dict[str, str], reason: str
) -> None:
    binding, free = (decide_with(papers, TRUCK, facts, answers, binding=b) for b in (True, False))
    assert (binding.outcome, free.outcome) == ("fail", "pass")
    assert reason in binding.reasons
    assert "not_binding" in free.reasons


@pytest.mark.parametrize(
    ("readiness", "open_listed", "other", "reasons"),
    [
        ({"nmhc_catalyst": False, "nox_scr": False, "pm_filter": True}, 2, 0, {"readiness_incomplete"}),
        (
            {"nmhc_catalyst": False, "nox_scr": False, "pm_filter": False},
            3,
            0,
            {"readiness_incomplete", "drive_and_come_back"},
        ),
        (
            {"egr_vvt": True, "boost_pressure": False, "misfire": False, "components": False},
            0,
            3,
            {"other_monitors_open"},
        ),
        ({"misfire": True, "pm_filter": None}, 0, 0, {"no_monitors_told"}),
        ({}, 0, 0, {"no_monitors_told"}),
    ],
)
def test_readiness_of_a_diesel_is_counted_over_its_own_monitors(
    papers: Any, readiness: dict[str, Any], open_listed: int, other: int, reasons: set[str]
) -> None:
    verdict = decide_with(papers, TRUCK, {"readiness": readiness})
    assert (verdict.outcome, set(verdict.reasons)) == ("pass", reasons)
    assert (verdict.values["open_monitors"], verdict.values["other_open_monitors"]) == (open_listed, other)
    assert [u.decisive for u in verdict.uncertain] == ([True] if open_listed else [])


def test_open_monitors_decide_nothing_beside_a_lamp_that_fails(papers: Any) -> None:
    facts = {"mil_on": True, "readiness": {"nox_scr": False}}
    verdict = decide_with(papers, TRUCK, facts, {"lamp_running": "lit"})
    assert (verdict.outcome, [u.decisive for u in verdict.uncertain]) == ("fail", [False])


@pytest.mark.parametrize(
    ("facts", "answers", "reason"),
    [
        ({"mil_on": None}, {}, "mil_unknown"),
        ({"stored_codes": None}, {}, "codes_unknown"),
        ({}, {"lamp_key_on": None}, "lamp_not_asked"),
        ({}, {"lamp_running": "perhaps"}, "lamp_not_asked"),
    ],
)
def test_what_was_not_told_or_asked_is_no_pass_where_the_check_binds(
    papers: Any, facts: dict[str, Any], answers: dict[str, Any], reason: str
) -> None:
    verdict = decide_with(papers, TRUCK, facts, answers)
    assert (verdict.outcome, verdict.reasons) == ("invalid", (reason,))
    assert decide_with(papers, TRUCK, facts, answers, binding=False).outcome == "pass"
    assert (
        decide_with(papers, TRUCK, {**facts, "pending_codes": []}, {**answers, "connector": "damaged"}).outcome
        == "fail"
    )


def test_a_count_of_codes_without_the_codes_is_a_stored_code(papers: Any) -> None:
    verdict = decide_with(papers, TRUCK, {"dtc_count": 2})
    assert (verdict.outcome, verdict.reasons, verdict.values["stored_codes"]) == ("fail", ("stored_codes",), 2.0)
    assert decide_with(papers, TRUCK, {"dtc_count": None}).outcome == "pass"
    whole = decide_with(papers, TRUCK, {"dtc_count": 3.0})
    assert (whole.reasons, whole.values["stored_codes"]) == (("stored_codes",), 3.0)
    for nonsense in (True, 2.5, -1, "3", float("nan")):
        told = decide_with(papers, TRUCK, {"dtc_count": nonsense})
        assert (told.outcome, told.reasons) == ("invalid", ("codes_unknown",))


@pytest.mark.parametrize("codes", ["P0300", "", {"P0300": 1}, [None], [300], {"P0300"}])
def test_codes_that_came_as_no_list_of_texts_are_not_told(papers: Any, codes: object) -> None:
    verdict = decide_with(papers, TRUCK, {"stored_codes": codes})
    assert verdict.outcome in ("invalid", "fail")
    assert "codes_unknown" in verdict.reasons
    assert decide_with(papers, TRUCK, {"stored_codes": ("P0300",)}).reasons == ("stored_codes",)


@pytest.mark.parametrize("word", [None, "", "perhaps"])
def test_a_connector_that_nobody_asked_for_stands_in_the_verdict(papers: Any, word: object) -> None:
    verdict = decide_with(papers, CAR, {}, {"connector": word})
    assert (verdict.outcome, verdict.reasons) == ("pass", ("connector_not_asked",))


def test_a_day_before_vehicles_in_use_were_judged_stands_in_the_verdict(papers: Any) -> None:
    section = papers["gb3847-2018"]["obd_check"]

    def on(day: str | None, vehicle: dict[str, Any], section: Any = section) -> tuple[str, ...]:
        binding = is_binding(vehicle, section, day)
        return tuple(decide_obd(DIESEL_FACTS, ANSWERS, binding, section, vehicle, day).reasons)

    young, old = {**TRUCK, "built": "2018-01-01"}, {**TRUCK, "built": "2017-12-31"}
    assert on("2019-10-31", young) == ("before_obd_in_use", "not_binding")
    assert on("2019-10-31", old) == ("not_binding",)
    assert on("2019-11-01", young) == on(None, young) == ()
    assert on("2019-10-31", young, before(section)) == ()


@pytest.mark.parametrize(
    ("vehicle", "ignition", "differs"),
    [(TRUCK, "spark", True), (CAR, "compression", True), (TRUCK, "compression", False), (CAR, None, False)],
)
def test_an_engine_of_another_kind_is_recorded(
    papers: Any, vehicle: dict[str, object], ignition: str | None, differs: bool
) -> None:
    verdict = decide_with(papers, vehicle, {"ignition": ignition})
    assert (verdict.outcome, "engine_type_differs" in verdict.reasons) == ("pass", differs)


@pytest.mark.parametrize(
    ("ecus", "reasons"),
    [
        ([{"cal_ids": ["A"], "cvns": []}], ("cvn_missing",)),
        ([{"cal_ids": "A", "cvns": ["0"]}], ("cal_id_missing",)),
        ([], ("cal_id_missing", "cvn_missing")),
        (None, ("cal_id_missing", "cvn_missing")),
        (["7E8"], ("cal_id_missing", "cvn_missing")),
    ],
)
def test_missing_calibrations_are_recorded(papers: Any, ecus: object, reasons: tuple[str, ...]) -> None:
    verdict = decide_with(papers, TRUCK, {"ecus": ecus})
    assert (verdict.outcome, verdict.reasons) == ("pass", reasons)


def listed(papers: Any, beginnings: object = ("LGAX2A138",)) -> Any:
    """Return the papers with one model on the list of known troubles."""
    signed = copy.deepcopy(papers)
    signed["gb3847-2018"]["obd_check"]["known_problem_models"] = {
        "2020-17": {"vin_begins": beginnings, "source": "notice"}
    }
    return signed


def test_a_silent_model_on_the_signed_list_is_excused_and_its_id_is_known(papers: Any) -> None:
    silent: dict[str, Any] = {"communication": False, "mil_on": None, "stored_codes": [], "readiness": {}, "ecus": []}
    assert decide_with(papers, TRUCK, silent).outcome == "fail"
    signed = listed(papers)
    verdict = decide_with(signed, TRUCK, silent)
    assert (verdict.outcome, verdict.judgements) == ("pass", ())
    assert verdict.reasons == ("no_communication", "known_problem_model")
    assert known_problem(TRUCK, signed["gb3847-2018"]["obd_check"]) == "2020-17"
    # The list excuses silence, and nothing else.
    assert decide_with(signed, TRUCK, silent, {"lamp_key_on": "dark"}).outcome == "fail"
    assert decide_with(signed, TRUCK, silent, {"lamp_key_on": None}).outcome == "invalid"
    assert decide_with(signed, TRUCK, {"mil_on": True}, {"lamp_running": "lit"}).outcome == "fail"


@pytest.mark.parametrize("vin", ["LGAX2A999H1012345", None, ""])
def test_another_model_is_not_excused(papers: Any, vin: str | None) -> None:
    assert decide_with(listed(papers), {**TRUCK, "vin": vin}, {"communication": False}).outcome == "fail"


@pytest.mark.parametrize("beginnings", [(), ("LGA",), "LGAX2A138", ("LGAX2A138H10123456",), (1,), None])
def test_a_list_that_would_excuse_more_than_models_is_refused(papers: Any, beginnings: object) -> None:
    with pytest.raises(LimitsMissing, match=r"known_problem_models\.2020-17"):
        decide_with(listed(papers, beginnings), TRUCK)


def test_a_list_that_is_no_table_is_refused(papers: Any) -> None:
    signed = copy.deepcopy(papers)
    signed["gb3847-2018"]["obd_check"]["known_problem_models"] = ["2020-17"]
    with pytest.raises(LimitsMissing, match="known_problem_models"):
        decide_with(signed, TRUCK)


@pytest.mark.parametrize("paper", ["gb3847-2018", "gb18285-2018"])
def test_no_model_is_on_the_list_as_delivered(papers: Any, paper: str) -> None:
    assert papers[paper]["obd_check"]["known_problem_models"] == {}


@pytest.mark.parametrize(
    ("paper", "vehicle", "at", "binding"),
    [
        ("gb3847-2018", {"built": "2018-01-01"}, "2019-11-01", True),
        ("gb3847-2018", {"built": "2018-01-01"}, "2019-10-31", False),
        ("gb3847-2018", {"built": "2018-01-01", "gross_mass_kg": 18000.0}, "2019-11-01T08:00:00+08:00", True),
        ("gb3847-2018", {"built": "2017-12-31"}, "2026-01-01", False),
        ("gb3847-2018", {}, "2019-10-31", False),
        ("gb3847-2018", {}, None, True),
        ("gb18285-2018", {"built": "2013-07-01"}, "2019-10-31", False),
        ("gb18285-2018", {"built": "2013-07-01"}, "2019-11-01", True),
    ],
)
def test_the_check_binds_by_fuel_and_mass_and_by_the_day_of_the_test(
    papers: Any, paper: str, vehicle: dict[str, Any], at: str | None, binding: bool
) -> None:
    assert is_binding(vehicle, papers[paper]["obd_check"], at) is binding
    assert papers[paper]["obd_check"]["rules"]["enforced_from"]["value"] == papers[paper]["meta"]["obd_in_use_enforced"]


def test_a_day_that_is_none_is_refused(papers: Any) -> None:
    for wrong in (20191101, "2019-11", "2019/11/01", "yesterday!"):
        section = copy.deepcopy(papers["gb3847-2018"]["obd_check"])
        section["rules"]["enforced_from"]["value"] = wrong
        with pytest.raises(LimitsMissing, match=r"obd_check\.rules\.enforced_from"):
            is_binding(TRUCK, section, "2026-01-01")


def before(section: Any) -> Any:
    """Return a section as it was before monitors, days and models were written down, as older records keep it."""
    old = copy.deepcopy(section)
    del old["known_problem_models"]
    for name in ("enforced_from", "readiness_monitors"):
        del old["rules"][name]
    return old


@pytest.mark.parametrize("paper", ["gb3847-2018", "gb18285-2018"])
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"readiness": {"misfire": False}},
        {"mil_on": None},
        {"dtc_count": 3},
        {"communication": False},
        {"stored_codes": "P0300"},
        {"dtc_count": 3.0},
    ],
)
def test_records_from_before_replay_as_they_were_judged(papers: Any, paper: str, facts: dict[str, Any]) -> None:
    section, told = papers[paper]["obd_check"], {**DIESEL_FACTS, **facts}
    kept = decide_obd(told, ANSWERS, True, section)
    assert decide_obd(told, ANSWERS, True, before(section), TRUCK) == kept
    assert set(kept.values) == {"communication", "mil_on", "stored_codes", "pending_codes", "open_monitors"}
    assert is_binding({"built": "2018-01-01"}, before(section), "2019-10-31") is True


def test_a_list_of_monitors_that_is_none_is_refused(papers: Any) -> None:
    for wrong in ("egr_vvt", 4, ["egr_vvt", 1]):
        poor = copy.deepcopy(papers)
        poor["gb3847-2018"]["obd_check"]["rules"]["readiness_monitors"]["value"] = wrong
        with pytest.raises(LimitsMissing, match="readiness_monitors"):
            decide_with(poor, TRUCK)


@pytest.mark.parametrize("word", [None, 1, ["spark"], {"spark": True}, "steam"])
def test_an_ignition_that_is_none_we_know_differs_from_no_engine(papers: Any, word: object) -> None:
    assert decide_with(papers, TRUCK, {"ignition": word}).reasons == ()
