"""The OBD check's decision."""

import copy
from typing import Any

import pytest

from lanectl.core.obd_check import decide_obd, is_binding

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
        ({"built": "2013-06-30", "gross_mass_kg": 3501.0}, False),
        ({"built": "2013-07-01", "gross_mass_kg": 3501.0}, True),
        ({"first_registered": "2010-01-01"}, False),
        ({}, True),
    ],
)
def test_the_check_binds_from_a_build_date_on(limits: Any, vehicle: dict[str, Any], binding: bool) -> None:
    assert is_binding(vehicle, limits["obd_check"]) is binding
