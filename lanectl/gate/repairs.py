"""Which repair record opens the gate, and what is wrong with those that do not.

Knows what a record and its papers must be on each route. Does not know permits or failures at other stations.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lanectl.gate.moments import before, day_of, order
from lanectl.gate.same_vehicle import same_vehicle
from lanectl.model.case import Failure, GateCase, Moment, Repair
from lanectl.model.rules import Document, PermitRules, PhaseRules


@dataclass(frozen=True, slots=True)
class Route:
    """What a repair must show on this way through the gate."""

    upload: bool
    listed: bool
    documents: tuple[Document, ...]
    any_document: bool = False
    """One of the documents is enough."""
    paper: bool = False
    """Paper in an outage, under a permit."""

    @classmethod
    def by_record(cls, phase: PhaseRules) -> "Route":
        """Return the usual way: the phase's own rules."""
        return cls(phase.upload, phase.listed_m_station, phase.documents)

    @classmethod
    def by_paper(cls, phase: PhaseRules, permit: PermitRules) -> "Route":
        """Return the way of an outage: the paper stands for the record until the bureau can be asked again."""
        return cls(False, phase.listed_m_station, permit.papers_any_of, any_document=True, paper=True)

    def skips_list(self, case: GateCase) -> bool:
        """Say whether the M-station's listing stays open, because in the outage nobody has the list."""
        return self.paper and self.listed and not case.m_stations


@dataclass(frozen=True, slots=True)
class Refusals:
    """Why no record opens the gate."""

    codes: tuple[str, ...]
    documents: tuple[str, ...]
    flags: tuple[str, ...]


def open_repair(case: GateCase, failures: Sequence[Failure], at: Moment, route: Route) -> Repair | None:
    """Return the newest repair with which nothing is wrong."""
    sound = [repair for repair in _present(case, at) if not set(_faults(repair, case, failures, route))]
    return max(sound, key=_age, default=None)


def refusals(case: GateCase, failures: Sequence[Failure], at: Moment, route: Route) -> Refusals:
    """Return every reason of every record that can be meant, and the papers that the best of them lacks.

    Records from before the failures are history as soon as there is a newer one. One sound record leaves no reason.
    """
    present = _present(case, at)
    flags = ("record_dated_ahead",) if len(present) < len(case.repairs) else ()
    present = [repair for repair in present if not _too_old(repair, failures)] or present
    if not present:
        papers = () if route.upload else tuple(route.documents)
        return Refusals(("NO_REPAIR_RECORD", *(["DOCUMENTS_MISSING"] if papers else [])), papers, flags)
    faults = {index: set(_faults(repair, case, failures, route)) for index, repair in enumerate(present)}
    if not all(faults.values()):
        return Refusals((), (), flags)
    lacking = [index for index, found in faults.items() if "DOCUMENTS_MISSING" in found]
    documents: tuple[str, ...] = ()
    if lacking:
        best = min(lacking, key=lambda index: (len(faults[index]), [-part for part in _newness(present[index])]))
        documents = _missing(present[best], route)
    return Refusals(tuple(set().union(*faults.values())), documents, flags)


def _present(case: GateCase, at: Moment) -> list[Repair]:
    """Return the records that exist as of this moment; one dated ahead of it does not."""
    return [repair for repair in case.repairs if not before(at, repair.settled_on)]


def _faults(repair: Repair, case: GateCase, failures: Sequence[Failure], route: Route) -> Iterable[str]:
    if not same_vehicle(repair.plate, repair.vin, case.vehicle):
        yield "VEHICLE_MISMATCH"
    if route.upload and not repair.uploaded:
        yield "NOT_UPLOADED"
    if _too_old(repair, failures):
        yield "RECORD_BEFORE_FAILURE"
    if any(other.used_by is not None for other in case.repairs if other.record == repair.record):
        yield "RECORD_ALREADY_USED"
    if route.listed and not route.skips_list(case) and not _listed(repair, case):
        yield "M_STATION_NOT_LISTED"
    if _missing(repair, route):
        yield "DOCUMENTS_MISSING"


def _too_old(repair: Repair, failures: Sequence[Failure]) -> bool:
    return any(before(repair.settled_on, failure.failed_on) for failure in failures)


def _listed(repair: Repair, case: GateCase) -> bool:
    day = day_of(repair.settled_on)
    return any(
        station.code == repair.m_station
        and station.valid_from <= day
        and (not station.valid_to or day <= station.valid_to)
        for station in case.m_stations
    )


def _missing(repair: Repair, route: Route) -> tuple[str, ...]:
    lacking = tuple(name for name in route.documents if not (getattr(repair.documents, name) or "").strip())
    return () if route.any_document and len(lacking) < len(route.documents) else lacking


def _age(repair: Repair) -> tuple[object, str]:
    return order(repair.settled_on), repair.record


def _newness(repair: Repair) -> tuple[float, ...]:
    day, moment = order(repair.settled_on)
    return day.toordinal(), moment.timestamp()
