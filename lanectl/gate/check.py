"""The retest gate: may this vehicle be tested here and now, and if not, why not.

Knows the order of the reasons and what opens the gate. Pure: the same case, rules and moment give the same decision.
Does not know where the history came from; whoever asks has joined the bureau's answer with the lane's own ledger.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lanectl.gate.calendar import DueDate, due_date
from lanectl.gate.moments import day_of, local, order
from lanectl.gate.permit import Permit, PermitDesk, PermitError, open_permit
from lanectl.gate.repairs import Route, open_repair, refusals
from lanectl.gate.same_vehicle import same_vehicle, touches
from lanectl.model.case import Failure, GateCase, GateDecision, Moment, Repair
from lanectl.model.rules import GateRules, PhaseRules

REFUSING = (
    "PERMIT_INVALID",
    "BUREAU_UNREACHABLE",
    "UNREPAIRABLE",
    "VEHICLE_MISMATCH",
    "GO_BACK_TO_ORIGINAL",
    "NO_REPAIR_RECORD",
    "NOT_UPLOADED",
    "RECORD_BEFORE_FAILURE",
    "RECORD_ALREADY_USED",
    "M_STATION_NOT_LISTED",
    "DOCUMENTS_MISSING",
)
"""In the order in which they become ``code``."""
ALLOWING = ("FIRST_TEST", "SYSTEM_RECORD", "TRANSITION_DOCUMENTS", "PAPER_WITH_PERMIT")
NO_PERMITS = PermitDesk()


def check(case: GateCase, rules: GateRules, at: Moment, permits: PermitDesk = NO_PERMITS) -> GateDecision:
    """Decide about a case as of a moment. Without a desk that can verify, no permit counts."""
    asked = _Asked(case, rules, at, rules.phase_on(day_of(at)), open_failures(case, rules, at))
    permit, faulty = _present_permit(asked, permits)
    if not asked.failures:
        return _first_test(asked, permit, faulty)
    return _retest(asked, permit, faulty)


def open_failures(case: GateCase, rules: GateRules, at: Moment) -> tuple[Failure, ...]:
    """Return this vehicle's failures that no pass has closed, oldest first; none while retests are not bound."""
    if rules.phase_on(day_of(at)).phase == "none":
        return ()
    still_open = (failure for failure in case.failures if not failure.closed_by and _counts(failure, case, rules))
    return tuple(sorted(still_open, key=lambda failure: (order(failure.failed_on), failure.report)))


def original_station(failures: Sequence[Failure]) -> str:
    """Return where the vehicle failed first in the cycle of its last failure: it goes back there."""
    cycle = failures[-1].cycle
    return next(failure.station for failure in failures if failure.cycle == cycle)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question, with what follows from it at once."""

    case: GateCase
    rules: GateRules
    at: Moment
    phase: PhaseRules
    failures: tuple[Failure, ...]

    @property
    def reachable(self) -> bool:
        return self.case.bureau == "reachable"


def _counts(failure: Failure, case: GateCase, rules: GateRules) -> bool:
    too_early = rules.failures_from is not None and day_of(failure.failed_on) < rules.failures_from
    return not too_early and touches(failure.plate, failure.vin, case.vehicle)


def _present_permit(asked: _Asked, permits: PermitDesk) -> tuple[Permit | None, bool]:
    """Return the permit that counts now, and whether one was shown that never counts."""
    token, rules = asked.case.permit, asked.rules.permit
    if token is None:
        return None, False
    if not rules.accepted:
        return None, True
    try:
        permit = open_permit(token, permits, asked.case.vehicle, asked.case.station, asked.at)
    except PermitError:
        return None, True
    return (permit, False) if rules.while_reachable or not asked.reachable else (None, False)


def _first_test(asked: _Asked, permit: Permit | None, faulty: bool) -> GateDecision:
    flags = _permit_flags(asked, permit, faulty)
    if asked.reachable:
        return GateDecision(decision="allow", code="FIRST_TEST", flags=flags)
    if asked.rules.offline.first_tests:
        return GateDecision(decision="allow", code="FIRST_TEST", flags=(*flags, "back_check"))
    if permit:
        used = (*flags, "permit_used", "back_check")
        return GateDecision(decision="allow", code="FIRST_TEST", flags=used, permit=permit.id)
    return _refuse({"BUREAU_UNREACHABLE", *_faulty(faulty)}, ())


def _retest(asked: _Asked, permit: Permit | None, faulty: bool) -> GateDecision:
    due = _due(asked)
    barriers = set(_barriers(asked))
    for route in _routes(asked, permit):
        repair = open_repair(asked.case, asked.failures, asked.at, route)
        if repair and not barriers:
            return _allow(asked, route, repair, due, faulty, permit)
    reasons = refusals(asked.case, asked.failures, asked.at, _told_route(asked, permit))
    unreachable = {"BUREAU_UNREACHABLE"} if not asked.reachable and permit is None else set()
    decision = _refuse(barriers | unreachable | set(reasons.codes) | _faulty(faulty), reasons.documents)
    flags = (*_time_flags(asked, due, None), *reasons.flags)
    return decision.model_copy(update={**_dates(asked, due), "flags": flags})


def _barriers(asked: _Asked) -> Iterable[str]:
    """Yield what no repair record and no permit opens."""
    vehicle = asked.case.vehicle
    if any(failure.unrepairable for failure in asked.failures):
        yield "UNREPAIRABLE"
    if not all(same_vehicle(failure.plate, failure.vin, vehicle) for failure in asked.failures):
        yield "VEHICLE_MISMATCH"
    if asked.phase.same_station and original_station(asked.failures) != asked.case.station:
        yield "GO_BACK_TO_ORIGINAL"


def _routes(asked: _Asked, permit: Permit | None) -> Iterable[Route]:
    """Yield the ways that are open now, the best one first."""
    if asked.reachable:
        yield Route.by_record(asked.phase)
    elif asked.rules.offline.known_records:
        yield Route.by_record(asked.phase.model_copy(update={"upload": True}))
    if permit:
        yield Route.by_paper(asked.phase, asked.rules.permit)


def _told_route(asked: _Asked, permit: Permit | None) -> Route:
    """Return the route by which a refusal is explained."""
    return Route.by_paper(asked.phase, asked.rules.permit) if permit else Route.by_record(asked.phase)


def _allow(
    asked: _Asked, route: Route, repair: Repair, due: DueDate | None, faulty: bool, permit: Permit | None
) -> GateDecision:
    by_permit = permit if route.paper else None
    paper_flags = ("permit_used", "back_check") if by_permit else ()
    offline = ("back_check",) if not asked.reachable and not by_permit else ()
    unchecked = ("m_station_unchecked",) if route.skips_list(asked.case) else ()
    flags = (*_time_flags(asked, due, repair), *_permit_flags(asked, by_permit, faulty), *paper_flags, *offline)
    decision = GateDecision(
        decision="allow",
        code="PAPER_WITH_PERMIT" if by_permit else "SYSTEM_RECORD" if repair.uploaded else "TRANSITION_DOCUMENTS",
        flags=(*flags, *unchecked),
        repair=repair.record,
        permit=by_permit.id if by_permit else None,
    )
    return decision.model_copy(update=_dates(asked, due))


def _refuse(codes: set[str], documents: tuple[str, ...]) -> GateDecision:
    missing = tuple(code for code in REFUSING if code in codes)
    return GateDecision(decision="refuse", code=missing[0], missing=missing, missing_documents=documents)


def _faulty(faulty: bool) -> set[str]:
    return {"PERMIT_INVALID"} if faulty else set()


def _due(asked: _Asked) -> DueDate | None:
    deadline = asked.rules.deadline
    if deadline is None:
        return None
    return due_date(day_of(asked.failures[-1].failed_on), deadline.working_days, asked.rules.calendar)


def _dates(asked: _Asked, due: DueDate | None) -> dict[str, object]:
    overdue = due is not None and day_of(asked.at) > due.day
    return {"due": due.day if due else None, "overdue": overdue, "failure": asked.failures[-1].report}


def _time_flags(asked: _Asked, due: DueDate | None, repair: Repair | None) -> tuple[str, ...]:
    flags = []
    if due and day_of(asked.at) > due.day:
        flags.append("overdue")
    if due and not due.verified:
        flags.append("calendar_unverified")
    if repair and _too_soon(asked):
        flags.append("interval_below_minimum")
    return tuple(flags)


def _too_soon(asked: _Asked) -> bool:
    minutes, failed_on, at = asked.rules.minimum_interval_min, asked.failures[-1].failed_on, asked.at
    if minutes is None or not isinstance(failed_on, datetime) or not isinstance(at, datetime):
        return False
    return local(at) - local(failed_on) < timedelta(minutes=minutes)


def _permit_flags(asked: _Asked, used: Permit | None, faulty: bool) -> tuple[str, ...]:
    if asked.case.permit is None or used:
        return ()
    return ("permit_invalid",) if faulty else ("permit_not_needed",)
