"""Each code of the gate as a sentence."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from lanectl.gate.check import ALLOWING, REFUSING, check
from lanectl.gate.explain import explain, headline
from lanectl.model.case import GateCase, GateDecision
from lanectl.model.rules import GateRules
from lanectl.model.words.gate import CODES

Make = Callable[..., Any]
Ask = Callable[..., GateDecision]
MakeCase = Callable[..., GateCase]


def test_a_vehicle_without_open_failure_is_tested(ask: Ask, case: MakeCase) -> None:
    decision = ask(case(failures=[], repairs=[]))
    assert (decision.decision, decision.code, decision.missing) == ("allow", "FIRST_TEST", ())


def test_a_failure_that_a_pass_has_closed_is_history(ask: Ask, case: MakeCase, failure: Make) -> None:
    assert ask(case(failures=[failure(closed_by="R2", station="elsewhere")], repairs=[])).code == "FIRST_TEST"


def test_an_uploaded_record_opens_the_gate_and_is_named(ask: Ask, case: MakeCase) -> None:
    decision = ask(case())
    assert (decision.decision, decision.code, decision.repair) == ("allow", "SYSTEM_RECORD", "W1")
    assert decision.failure == "R1"


def test_no_repair_no_retest(ask: Ask, case: MakeCase) -> None:
    decision = ask(case(repairs=[]))
    assert (decision.decision, decision.code) == ("refuse", "NO_REPAIR_RECORD")


def test_a_record_that_is_not_uploaded_refuses_until_the_m_station_uploads_it(
    ask: Ask, case: MakeCase, repair: Make
) -> None:
    assert ask(case(repairs=[repair(uploaded=False)])).code == "NOT_UPLOADED"
    assert ask(case(repairs=[repair(uploaded=True)])).code == "SYSTEM_RECORD"


def test_another_station_sends_the_vehicle_back(ask: Ask, case: MakeCase) -> None:
    assert ask(case(station="44010699")).code == "GO_BACK_TO_ORIGINAL"


def test_the_original_is_where_the_vehicle_failed_first_in_its_last_cycle(
    ask: Ask, case: MakeCase, failure: Make
) -> None:
    older = failure(report="R0", failed_on="2025-03-02", cycle="2025", station="44010699")
    assert ask(case(failures=[older, failure()])).code == "SYSTEM_RECORD"
    same_cycle = failure(report="R0", failed_on="2026-03-01", station="44010699")
    assert ask(case(failures=[failure(), same_cycle])).code == "GO_BACK_TO_ORIGINAL"


def test_a_record_older_than_the_failure_refuses(ask: Ask, case: MakeCase, repair: Make) -> None:
    assert ask(case(repairs=[repair(settled_on="2026-03-01")])).code == "RECORD_BEFORE_FAILURE"


def test_a_record_of_the_same_day_is_enough_when_only_dates_are_known(ask: Ask, case: MakeCase, repair: Make) -> None:
    assert ask(case(repairs=[repair(settled_on="2026-03-02")])).code == "SYSTEM_RECORD"


@pytest.mark.parametrize(("settled", "code"), [("09:59", "RECORD_BEFORE_FAILURE"), ("10:00", "SYSTEM_RECORD")])
def test_with_times_the_times_are_compared(
    ask: Ask, case: MakeCase, failure: Make, repair: Make, settled: str, code: str
) -> None:
    failed = failure(failed_on="2026-03-02T02:00:00Z")  # ten o'clock in Shanghai
    assert ask(case(failures=[failed], repairs=[repair(settled_on=f"2026-03-02T{settled}")])).code == code


def test_a_utc_evening_is_the_next_day_in_shanghai(ask: Ask, case: MakeCase, failure: Make, repair: Make) -> None:
    failed = failure(failed_on="2026-03-02T23:00:00Z")
    assert ask(case(failures=[failed], repairs=[repair(settled_on="2026-03-02")])).code == "RECORD_BEFORE_FAILURE"


def test_a_record_used_before_refuses(ask: Ask, case: MakeCase, repair: Make) -> None:
    assert ask(case(repairs=[repair(used_by="R0")])).code == "RECORD_ALREADY_USED"


def test_a_record_is_used_if_any_entry_of_it_says_so(ask: Ask, case: MakeCase, repair: Make) -> None:
    assert ask(case(repairs=[repair(), repair(used_by="R0")])).code == "RECORD_ALREADY_USED"


def test_every_failed_retest_asks_for_a_new_repair(ask: Ask, case: MakeCase, failure: Make, repair: Make) -> None:
    failures = [failure(), failure(report="R2", failed_on="2026-03-05T15:00")]
    first = repair(used_by="R2")
    after = date(2026, 3, 9)
    refused = ask(case(failures=failures, repairs=[first]), after)
    assert refused.missing == ("RECORD_BEFORE_FAILURE", "RECORD_ALREADY_USED")
    allowed = ask(case(failures=failures, repairs=[first, repair(record="W2", settled_on="2026-03-06")]), after)
    assert (allowed.code, allowed.repair, allowed.failure) == ("SYSTEM_RECORD", "W2", "R2")


def test_old_records_do_not_hide_what_the_new_one_lacks(ask: Ask, case: MakeCase, repair: Make) -> None:
    old = repair(record="W0", settled_on="2025-03-04", used_by="R0")
    assert ask(case(repairs=[old, repair(m_station="M9")])).missing == ("M_STATION_NOT_LISTED",)


@pytest.mark.parametrize(("day", "code"), [("2026-03-03", "M_STATION_NOT_LISTED"), ("2026-03-04", "SYSTEM_RECORD")])
def test_the_m_station_must_be_listed_on_the_day_of_the_repair(
    ask: Ask, case: MakeCase, repair: Make, day: str, code: str
) -> None:
    listed = [{"code": "M1", "valid_from": "2026-03-04", "valid_to": "2026-03-04"}]
    assert ask(case(repairs=[repair(settled_on=day)], m_stations=listed)).code == code


def test_a_list_without_end_is_valid_on(ask: Ask, case: MakeCase) -> None:
    assert ask(case(m_stations=[{"code": "M1", "valid_from": "2020-01-01", "valid_to": None}])).code == "SYSTEM_RECORD"


def test_missing_papers_are_named(ask: Ask, case: MakeCase, repair: Make) -> None:
    decision = ask(case(repairs=[repair(documents={"certificate": "C-1", "settlement_list": " ", "invoice": None})]))
    assert decision.code == "DOCUMENTS_MISSING"
    assert decision.missing_documents == ("settlement_list", "invoice")


def test_a_vehicle_that_cannot_be_repaired_is_not_tested_again(ask: Ask, case: MakeCase, failure: Make) -> None:
    assert ask(case(failures=[failure(unrepairable=True)])).missing == ("UNREPAIRABLE",)


@pytest.mark.parametrize("typo", [{"plate": "粤A12346"}, {"vin": "LSVAA4182E2184848"}])
def test_a_failure_that_fits_by_half_is_a_mismatch(ask: Ask, case: MakeCase, failure: Make, typo: Any) -> None:
    assert ask(case(failures=[failure(**typo)])).code == "VEHICLE_MISMATCH"


@pytest.mark.parametrize("typo", [{"plate": "粤A12346"}, {"vin": "LSVAA4182E2184848"}, {"plate": "粤B1", "vin": "L1"}])
def test_a_record_of_another_vehicle_is_a_mismatch(ask: Ask, case: MakeCase, repair: Make, typo: Any) -> None:
    assert ask(case(repairs=[repair(**typo)])).code == "VEHICLE_MISMATCH"


def test_a_failure_of_a_wholly_different_vehicle_binds_nobody_here(ask: Ask, case: MakeCase, failure: Make) -> None:
    assert ask(case(failures=[failure(plate="粤B1", vin="L1")], repairs=[])).code == "FIRST_TEST"


def test_plates_may_be_typed_with_dots_blanks_and_small_letters(ask: Ask, case: MakeCase, repair: Make) -> None:
    assert ask(case(repairs=[repair(plate="粤a·12345", vin=" lsvaa4182e2184847 ")])).code == "SYSTEM_RECORD"


def test_a_record_dated_ahead_does_not_count_yet(ask: Ask, case: MakeCase, repair: Make) -> None:
    decision = ask(case(repairs=[repair(settled_on="2026-03-06")]))
    assert (decision.code, decision.flags[-1]) == ("NO_REPAIR_RECORD", "record_dated_ahead")


def test_several_reasons_come_in_the_order_of_the_contract(
    ask: Ask, case: MakeCase, failure: Make, repair: Make
) -> None:
    bad = repair(settled_on="2026-03-01", uploaded=False, used_by="R0", m_station="M9", documents={}, plate="粤B1")
    decision = ask(
        case(failures=[failure(station="x", unrepairable=True)], repairs=[bad], bureau="unreachable", permit="?")
    )
    assert decision.missing == tuple(code for code in REFUSING if code != "NO_REPAIR_RECORD")
    assert decision.code == "PERMIT_INVALID"


def test_an_unreachable_bureau_refuses_first_tests_unless_the_profile_allows_them(
    ask: Ask, case: MakeCase, rules: dict[str, GateRules]
) -> None:
    unknown = case(failures=[], repairs=[], bureau="unreachable")
    assert ask(unknown).missing == ("BUREAU_UNREACHABLE",)
    offline = rules["default"].offline.model_copy(update={"first_tests": True})
    decision = check(unknown, rules["default"].model_copy(update={"offline": offline}), date(2026, 3, 5))
    assert (decision.code, decision.flags) == ("FIRST_TEST", ("back_check",))


def test_an_unreachable_bureau_refuses_retests_even_with_a_record_seen_before(
    ask: Ask, case: MakeCase, rules: dict[str, GateRules]
) -> None:
    known = case(bureau="unreachable")
    assert ask(known).missing == ("BUREAU_UNREACHABLE",)
    offline = rules["default"].offline.model_copy(update={"known_records": True})
    assert (
        check(known, rules["default"].model_copy(update={"offline": offline}), date(2026, 3, 5)).code == "SYSTEM_RECORD"
    )


def test_a_record_known_before_the_outage_opens_only_if_it_was_uploaded(
    case: MakeCase, failure: Make, repair: Make, rules: dict[str, GateRules]
) -> None:
    offline = rules["liuzhou"].offline.model_copy(update={"known_records": True})
    mild, day = rules["liuzhou"].model_copy(update={"offline": offline}), date(2026, 2, 10)
    told = {"failures": [failure(failed_on="2026-02-02")], "bureau": "unreachable"}
    seen, paper = repair(settled_on="2026-02-04"), repair(settled_on="2026-02-04", uploaded=False)
    assert check(case(**told, repairs=[seen]), mild, day).code == "SYSTEM_RECORD"
    assert check(case(**told, repairs=[paper]), mild, day).code == "BUREAU_UNREACHABLE"


@pytest.mark.parametrize(
    ("at", "overdue"),
    [(date(2026, 3, 23), False), (datetime(2026, 3, 23, 23, 59), False), (date(2026, 3, 24), True)],  # noqa: DTZ001
)
def test_fifteen_working_days_from_the_day_after_the_failure(ask: Ask, case: MakeCase, at: Any, overdue: bool) -> None:
    decision = ask(case(), at)
    assert decision.due == date(2026, 3, 23)
    assert (decision.decision, decision.overdue, "overdue" in decision.flags) == ("allow", overdue, overdue)
    assert "calendar_unverified" in decision.flags


def test_a_retest_sooner_than_the_profile_finds_plausible_is_flagged(
    case: MakeCase, failure: Make, repair: Make, rules: dict[str, GateRules]
) -> None:
    told = case(failures=[failure(failed_on="2026-03-02T10:00")], repairs=[repair(settled_on="2026-03-02T10:10")])
    strict = rules["default"].model_copy(update={"minimum_interval_min": 60})
    soon, later = datetime(2026, 3, 2, 10, 20), datetime(2026, 3, 2, 11, 0)  # noqa: DTZ001 - local by contract
    assert "interval_below_minimum" in check(told, strict, soon).flags
    assert "interval_below_minimum" not in check(told, strict, later).flags


def test_liuzhou_before_its_transition_binds_nobody(ask: Ask, case: MakeCase, failure: Make) -> None:
    told = case(failures=[failure(failed_on="2025-09-29")], repairs=[])
    assert ask(told, date(2025, 9, 30), "liuzhou").code == "FIRST_TEST"
    assert ask(told, date(2025, 10, 1), "liuzhou").decision == "refuse"


def test_liuzhou_in_its_transition_takes_invoice_and_list_of_any_repairer(
    ask: Ask, case: MakeCase, failure: Make, repair: Make
) -> None:
    failed, day = failure(failed_on="2026-02-02"), date(2026, 2, 28)
    paper = {"settled_on": "2026-02-04", "uploaded": False, "m_station": "any"}
    good = repair(**paper, documents={"settlement_list": "L", "invoice": "F"})
    assert ask(case(failures=[failed], repairs=[good]), day, "liuzhou").code == "TRANSITION_DOCUMENTS"
    short = repair(**paper, documents={"settlement_list": "L"})
    decision = ask(case(failures=[failed], repairs=[short]), day, "liuzhou")
    assert (decision.code, decision.missing_documents) == ("DOCUMENTS_MISSING", ("invoice",))
    assert (
        ask(case(failures=[failed], repairs=[repair(settled_on="2026-02-04")]), day, "liuzhou").code == "SYSTEM_RECORD"
    )


def test_liuzhou_in_full_asks_for_the_record_even_after_a_failure_in_the_transition(
    ask: Ask, case: MakeCase, failure: Make, repair: Make
) -> None:
    told = case(failures=[failure(failed_on="2026-02-27")], repairs=[repair(settled_on="2026-02-28", uploaded=False)])
    assert ask(told, date(2026, 2, 28), "liuzhou").code == "TRANSITION_DOCUMENTS"
    assert ask(told, date(2026, 3, 1), "liuzhou").code == "NOT_UPLOADED"


def test_in_the_transition_with_nothing_at_all_the_papers_are_named_too(
    ask: Ask, case: MakeCase, failure: Make
) -> None:
    decision = ask(case(failures=[failure(failed_on="2026-02-02")], repairs=[]), date(2026, 2, 10), "liuzhou")
    assert decision.missing == ("NO_REPAIR_RECORD", "DOCUMENTS_MISSING")
    assert decision.missing_documents == ("settlement_list", "invoice")


def test_mangshi_asks_for_the_certificate_and_forgets_failures_before_its_first_day(
    ask: Ask, case: MakeCase, failure: Make, repair: Make
) -> None:
    assert ask(case(repairs=[repair(documents={"certificate": "C"})]), profile="mangshi").code == "SYSTEM_RECORD"
    assert ask(case(repairs=[repair(documents={"invoice": "F"})]), profile="mangshi").missing_documents == (
        "certificate",
    )
    before = case(failures=[failure(failed_on="2024-07-04")], repairs=[])
    assert ask(before, date(2024, 7, 20), "mangshi").code == "FIRST_TEST"
    assert ask(case(repairs=[]), profile="mangshi").due is None


def test_every_code_has_words_and_every_decision_its_sentences(
    ask: Ask, case: MakeCase, rules: dict[str, GateRules]
) -> None:
    assert set(CODES) == {*ALLOWING, *REFUSING}
    told = case(station="44010699", repairs=[])
    decision = ask(told)
    details = explain(decision, told, rules["default"], date(2026, 3, 5))
    assert "回原检验机构" in headline(decision).zh
    assert any("44010625" in text.en for text in details)
    assert any("2026-03-23" in text.zh for text in details)
