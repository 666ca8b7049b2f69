"""Permits: what opens the gate in an outage, and every forgery that does not."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanectl.gate.check import check
from lanectl.gate.permit import PermitError, open_permit, read_permit
from lanectl.model.case import CaseVehicle, GateCase, GateDecision
from lanectl.model.rules import GateRules

Ask = Callable[..., GateDecision]
MakeCase = Callable[..., GateCase]
NOON = datetime(2026, 3, 5, 12, 0, tzinfo=timezone(timedelta(hours=8)))
PAPER = {"uploaded": False, "documents": {"settlement_list": "L-1"}}


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_paper_and_a_permit_open_the_gate_in_an_outage(ask: Ask, case: MakeCase, repair: Any, bureau: Any) -> None:
    told = case(bureau="unreachable", repairs=[repair(**PAPER)], permit=bureau.token())
    decision = ask(told, NOON, permits=bureau.desk())
    assert (decision.code, decision.permit, decision.repair) == ("PAPER_WITH_PERMIT", "PERMIT-0001", "W1")
    assert {"permit_used", "back_check"} <= set(decision.flags)


def test_paper_without_a_permit_does_not(ask: Ask, case: MakeCase, repair: Any, bureau: Any) -> None:
    told = case(bureau="unreachable", repairs=[repair(**PAPER)])
    assert ask(told, NOON, permits=bureau.desk()).code == "BUREAU_UNREACHABLE"


def test_a_permit_without_paper_does_not(ask: Ask, case: MakeCase, repair: Any, bureau: Any) -> None:
    told = case(
        bureau="unreachable", repairs=[repair(uploaded=False, documents={"invoice": "F"})], permit=bureau.token()
    )
    decision = ask(told, NOON, permits=bureau.desk())
    assert (decision.code, decision.missing_documents) == ("DOCUMENTS_MISSING", ("certificate", "settlement_list"))


def test_a_permit_without_any_repair_does_not(ask: Ask, case: MakeCase, bureau: Any) -> None:
    told = case(bureau="unreachable", repairs=[], permit=bureau.token())
    assert ask(told, NOON, permits=bureau.desk()).code == "NO_REPAIR_RECORD"


def test_a_permit_opens_no_other_barrier(ask: Ask, case: MakeCase, failure: Any, repair: Any, bureau: Any) -> None:
    told = {"bureau": "unreachable", "repairs": [repair(**PAPER)], "permit": bureau.token()}
    away = ask(case(**told, failures=[failure(station="44010699")]), NOON, permits=bureau.desk())
    assert away.missing == ("GO_BACK_TO_ORIGINAL",)
    hopeless = ask(case(**told, failures=[failure(unrepairable=True)]), NOON, permits=bureau.desk())
    assert hopeless.missing == ("UNREPAIRABLE",)


def test_in_the_outage_an_m_station_counts_while_nobody_has_the_list(
    ask: Ask, case: MakeCase, repair: Any, bureau: Any
) -> None:
    told = {"bureau": "unreachable", "repairs": [repair(**PAPER)], "permit": bureau.token()}
    assert "m_station_unchecked" in ask(case(**told, m_stations=[]), NOON, permits=bureau.desk()).flags
    others = [{"code": "M2", "valid_from": "2020-01-01", "valid_to": None}]
    assert ask(case(**told, m_stations=others), NOON, permits=bureau.desk()).code == "M_STATION_NOT_LISTED"


def test_a_permit_lets_a_vehicle_without_known_failure_start(ask: Ask, case: MakeCase, bureau: Any) -> None:
    told = case(bureau="unreachable", failures=[], repairs=[], permit=bureau.token())
    decision = ask(told, NOON, permits=bureau.desk())
    assert (decision.code, decision.permit) == ("FIRST_TEST", "PERMIT-0001")


def test_while_the_bureau_answers_a_permit_opens_nothing_and_is_not_used_up(
    ask: Ask, case: MakeCase, repair: Any, bureau: Any
) -> None:
    token = bureau.token()
    refused = ask(case(repairs=[repair(uploaded=False)], permit=token), NOON, permits=bureau.desk())
    assert refused.missing == ("NOT_UPLOADED",)
    allowed = ask(case(permit=token), NOON, permits=bureau.desk())
    assert (allowed.code, allowed.permit, allowed.flags[-1]) == ("SYSTEM_RECORD", None, "permit_not_needed")


def test_a_bad_permit_never_shuts_a_gate_that_a_record_opens(ask: Ask, case: MakeCase, bureau: Any) -> None:
    decision = ask(case(permit="x.y"), NOON, permits=bureau.desk())
    assert (decision.code, decision.flags[-1]) == ("SYSTEM_RECORD", "permit_invalid")


def test_a_profile_may_take_no_permits_or_take_them_always(
    case: MakeCase, repair: Any, bureau: Any, rules: dict[str, GateRules]
) -> None:
    default = rules["default"]
    never = default.model_copy(update={"permit": default.permit.model_copy(update={"accepted": False})})
    always = default.model_copy(update={"permit": default.permit.model_copy(update={"while_reachable": True})})
    told = {"repairs": [repair(**PAPER)], "permit": bureau.token()}
    assert check(case(**told, bureau="unreachable"), never, NOON, bureau.desk()).code == "PERMIT_INVALID"
    assert check(case(**told), always, NOON, bureau.desk()).code == "PAPER_WITH_PERMIT"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"vin": "LSVAA4182E2184848"}, "other_vehicle"),
        ({"plate": "粤A99999"}, "other_vehicle"),
        ({"station": "44010699"}, "other_place"),
        ({"lane": "02"}, "other_place"),
        ({"scope": "parameter_change"}, "other_scope"),
        ({"expires_at": datetime(2026, 3, 5, 3, 59, tzinfo=UTC)}, "not_in_force"),
        ({"issued_at": datetime(2026, 3, 5, 4, 1, tzinfo=UTC)}, "not_in_force"),
        ({"id": "PERMIT-USED"}, "used"),
        ({"key_id": "ffffffffffffffff"}, "bad_signature"),
    ],
)
def test_a_true_permit_for_something_else_is_refused_by_name(
    ask: Ask, case: MakeCase, repair: Any, bureau: Any, changes: dict[str, Any], fault: str
) -> None:
    token, desk = bureau.token(**changes), bureau.desk("PERMIT-USED", lane="01")
    told = case(bureau="unreachable", repairs=[repair(**PAPER)], permit=token)
    with pytest.raises(PermitError) as refused:
        open_permit(token, desk, told.vehicle, told.station, NOON)
    assert refused.value.fault == fault
    assert ask(told, NOON, permits=desk).missing == (
        "PERMIT_INVALID",
        "BUREAU_UNREACHABLE",
        "NOT_UPLOADED",
        "DOCUMENTS_MISSING",
    )


def test_a_permit_counts_from_its_first_moment_to_just_before_its_last(bureau: Any) -> None:
    car, desk = CaseVehicle(plate="粤A12345", vin="LSVAA4182E2184847"), bureau.desk()
    first, last = datetime(2026, 3, 5, 1, 0, tzinfo=UTC), datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    assert open_permit(bureau.token(), desk, car, "44010625", first).id == "PERMIT-0001"
    assert open_permit(bureau.token(), desk, car, "44010625", date(2026, 3, 5)).id == "PERMIT-0001"
    for late in (last, date(2026, 3, 6), date(2026, 3, 4)):
        with pytest.raises(PermitError, match="not_in_force"):
            open_permit(bureau.token(), desk, car, "44010625", late)


def test_no_desk_no_permit(ask: Ask, case: MakeCase, repair: Any, bureau: Any) -> None:
    told = case(bureau="unreachable", repairs=[repair(**PAPER)], permit=bureau.token())
    assert ask(told, NOON).code == "PERMIT_INVALID"


def test_every_single_changed_character_is_a_forgery(bureau: Any) -> None:
    token = bureau.token()
    for index, char in enumerate(token):
        forged = token[:index] + ("A" if char != "A" else "B") + token[index + 1 :]
        with pytest.raises(PermitError):
            read_permit(forged, bureau.verify)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda head, tail: f"{head}={chr(0x2E)}{tail}",
        lambda head, tail: f"{head}.{tail}=",
        lambda head, tail: f"{head}.{tail}.",
        lambda head, tail: f" {head}.{tail}",
        lambda head, tail: f"{head}.{tail}\n",
        lambda head, tail: f"{head}.",
        lambda head, tail: f".{tail}",
        lambda head, tail: head,
        lambda head, tail: "",
        lambda head, tail: f"{head}.{encoded(bytes(64))}",
        lambda head, tail: f"{head * 20}.{tail}",
        lambda head, tail: f"{encoded(b'{}')}.{tail}",
        lambda head, tail: f"{encoded(b'[' * 900)}.{tail}",
        lambda head, tail: f"{encoded(bytes([0xFF, 0xFE]))}.{tail}",
    ],
)
def test_a_permit_has_exactly_one_spelling(bureau: Any, spoil: Callable[[str, str], str]) -> None:
    head, _, tail = bureau.token().partition(".")
    with pytest.raises(PermitError):
        read_permit(spoil(head, tail), bureau.verify)


def test_signed_bytes_that_are_not_canonical_are_refused_even_with_a_true_signature(bureau: Any) -> None:
    head = bureau.token().partition(".")[0]
    message = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).replace(b'","', b'", "')
    with pytest.raises(PermitError, match="malformed"):
        read_permit(f"{encoded(message)}.{encoded(bureau.key.sign(message))}", bureau.verify)


def test_another_key_signs_nothing_here(bureau: Any) -> None:
    stranger = type(bureau)(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(PermitError, match="bad_signature"):
        read_permit(stranger.token(), bureau.verify)


def test_stray_bits_at_the_end_of_the_signature_are_another_spelling_and_refused(bureau: Any) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = bureau.token()
    twin = token[:-1] + letters[letters.index(token[-1]) + 1]  # 64 bytes leave four unused bits in the last letter
    assert base64.urlsafe_b64decode(twin.partition(".")[2] + "==") == base64.urlsafe_b64decode(
        token.partition(".")[2] + "=="
    )
    with pytest.raises(PermitError, match="malformed"):
        read_permit(twin, bureau.verify)
