"""Two memories of one vehicle become one case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lanectl.gate.join import join
from lanectl.model.case import CaseVehicle, Failure, GateDecision, MStation, Repair

CAR = CaseVehicle(plate="粤A12345", vin="LSVAA4182E2184847")
HERE = "44010625"
Make = Callable[..., dict[str, Any]]
Ask = Callable[..., GateDecision]


@dataclass(frozen=True)
class Said:
    """What a bureau answers."""

    failures: tuple[Failure, ...] = ()
    repairs: tuple[Repair, ...] = ()
    m_stations: tuple[MStation, ...] = (MStation.model_validate({"code": "M1", "valid_from": "2026-01-01"}),)


def test_a_failure_that_the_bureau_has_not_received_yet_counts(ask: Ask, failure: Make) -> None:
    own = Failure(**failure(report="local:t1"))
    assert ask(join(CAR, HERE, Said(), [own])).code == "NO_REPAIR_RECORD"


def test_a_failure_that_only_the_bureau_knows_counts_on_a_lane_that_has_never_seen_the_car(
    ask: Ask, failure: Make
) -> None:
    assert ask(join(CAR, HERE, Said(failures=(Failure(**failure()),)))).code == "NO_REPAIR_RECORD"


def test_without_an_answer_the_lane_knows_what_it_knows(ask: Ask, failure: Make) -> None:
    case = join(CAR, HERE, None, [Failure(**failure(report="local:t1"))])
    assert case.bureau == "unreachable"
    assert ask(case).missing == ("BUREAU_UNREACHABLE", "NO_REPAIR_RECORD")


def test_the_same_test_is_counted_once_when_its_receipt_has_come(failure: Make) -> None:
    theirs, own = Failure(**failure(report="R1")), Failure(**failure(report="local:t1"))
    case = join(CAR, HERE, Said(failures=(theirs,)), [own], reports={"t1": "R1"})
    assert [entry.report for entry in case.failures] == ["R1"]


def test_the_same_test_is_counted_once_while_its_receipt_is_on_its_way(failure: Make) -> None:
    theirs = Failure(**failure(report="R1", failed_on="2026-03-02T10:00+08:00", closed_by="R2"))
    own = Failure(**failure(report="local:t1", failed_on="2026-03-02T02:00Z"))
    case = join(CAR, HERE, Said(failures=(theirs,)), [own])
    assert [(entry.report, entry.closed_by) for entry in case.failures] == [("R1", "R2")]


def test_another_test_of_the_same_day_stays_another_test(failure: Make) -> None:
    theirs = Failure(**failure(report="R1", failed_on="2026-03-02T10:00"))
    own = Failure(**failure(report="local:t1", failed_on="2026-03-02T15:00"))
    assert len(join(CAR, HERE, Said(failures=(theirs,)), [own]).failures) == 2


def test_a_pass_here_closes_a_failure_that_is_still_open_there(ask: Ask, failure: Make) -> None:
    case = join(
        CAR, HERE, Said(failures=(Failure(**failure()),)), closed={"local:t1": "local:t2"}, reports={"t1": "R1"}
    )
    assert case.failures[0].closed_by == "local:t2"
    assert ask(case).code == "FIRST_TEST"


def test_a_repair_used_here_is_used_though_the_bureau_does_not_know_yet(ask: Ask, failure: Make, repair: Make) -> None:
    said = Said((Failure(**failure()),), (Repair(**repair()),))
    assert ask(join(CAR, HERE, said)).code == "SYSTEM_RECORD"
    assert ask(join(CAR, HERE, said, used_repairs={"W1": "local:t9"})).code == "RECORD_ALREADY_USED"


def test_papers_on_the_desk_complete_the_record(ask: Ask, failure: Make, repair: Make) -> None:
    bare = Repair(**repair(documents={"certificate": "C-1"}))
    shown = Repair(**repair(uploaded=False, documents={"settlement_list": "L-1", "invoice": "F-1"}))
    said = Said((Failure(**failure()),), (bare,))
    assert ask(join(CAR, HERE, said)).code == "DOCUMENTS_MISSING"
    joined = join(CAR, HERE, said, papers=[shown])
    assert (len(joined.repairs), joined.repairs[0].uploaded) == (1, True)
    assert ask(joined).code == "SYSTEM_RECORD"


def test_a_repair_seen_only_on_paper_is_not_uploaded_by_being_shown(ask: Ask, failure: Make, repair: Make) -> None:
    case = join(CAR, HERE, Said((Failure(**failure()),)), papers=[Repair(**repair(uploaded=False))])
    assert ask(case).code == "NOT_UPLOADED"


def test_what_this_lane_knows_of_a_shared_failure_is_added_to_what_the_bureau_knows(failure: Make) -> None:
    theirs = Failure(**failure())
    own = Failure(**failure(report="local:t1", closed_by="local:t2", unrepairable=True))
    [joined] = join(CAR, HERE, Said(failures=(theirs,)), [own], reports={"t1": "R1"}).failures
    assert (joined.report, joined.closed_by, joined.unrepairable) == ("R1", "local:t2", True)
