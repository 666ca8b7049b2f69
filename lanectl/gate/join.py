"""One history from two: the bureau's answer joined with what this lane's own ledger remembers.

Knows that the lane may be ahead of the bureau (a result not yet received there) and that a record used on either
side is used. Does not ask anybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from lanectl.gate.moments import before, order
from lanectl.gate.same_vehicle import same_vehicle
from lanectl.model.case import CaseVehicle, Failure, GateCase, MStation, Repair, RepairDocuments

LOCAL = "local:"
"""A report that has no number from the bureau yet is called ``local:<test id>``."""


class BureauHistory(Protocol):
    """The bureau's signed answer about one vehicle."""

    @property
    def failures(self) -> Sequence[Failure]:
        """Failed tests at any station."""

    @property
    def repairs(self) -> Sequence[Repair]:
        """Repair records of M-stations."""

    @property
    def m_stations(self) -> Sequence[MStation]:
        """The published list."""


def join(
    vehicle: CaseVehicle,
    station: str,
    bureau: BureauHistory | None,
    local_failures: Iterable[Failure] = (),
    used_repairs: Mapping[str, str] | None = None,
    *,
    reports: Mapping[str, str] | None = None,
    closed: Mapping[str, str] | None = None,
    papers: Iterable[Repair] = (),
    permit: str | None = None,
) -> GateCase:
    """Return the case for the gate; ``bureau`` None means that it did not answer.

    ``used_repairs``: record → report that used it here. ``reports``: test id → report number, from receipts.
    ``closed``: report → report of the pass that closed it here. ``papers``: repairs that the owner shows on paper.
    """
    numbers, closings = reports or {}, closed or {}
    own = [_numbered(failure, numbers) for failure in local_failures]
    theirs = list(bureau.failures) if bureau else []
    own = [_known_there(failure, theirs) for failure in own]
    failures = _merge_failures(_closed(failure, closings, numbers) for failure in [*theirs, *own])
    repairs = _merge_repairs([*(bureau.repairs if bureau else ()), *papers], used_repairs or {}, numbers)
    return GateCase(
        vehicle=vehicle,
        station=station,
        failures=tuple(sorted(failures, key=lambda failure: (order(failure.failed_on), failure.report))),
        repairs=tuple(repairs),
        m_stations=tuple(bureau.m_stations) if bureau else (),
        bureau="reachable" if bureau else "unreachable",
        permit=permit,
    )


def _number(report: str, numbers: Mapping[str, str]) -> str:
    """Return the bureau's number of a local report, as soon as there is one."""
    return numbers.get(report.removeprefix(LOCAL), report) if report.startswith(LOCAL) else report


def _numbered(failure: Failure, numbers: Mapping[str, str]) -> Failure:
    return failure.model_copy(update={"report": _number(failure.report, numbers)})


def _known_there(failure: Failure, theirs: Sequence[Failure]) -> Failure:
    """Give a failure without a number the bureau's, if it has that test already (receipt on its way)."""
    if failure.report.startswith(LOCAL):
        for other in theirs:
            if _same_test(failure, other):
                return failure.model_copy(update={"report": other.report})
    return failure


def _same_test(first: Failure, second: Failure) -> bool:
    vehicle = CaseVehicle(plate=first.plate, vin=first.vin)
    at_once = not before(first.failed_on, second.failed_on) and not before(second.failed_on, first.failed_on)
    return at_once and first.station == second.station and same_vehicle(second.plate, second.vin, vehicle)


def _closed(failure: Failure, closings: Mapping[str, str], numbers: Mapping[str, str]) -> Failure:
    by_number = {_number(report, numbers): closed_by for report, closed_by in closings.items()}
    return failure.model_copy(update={"closed_by": failure.closed_by or by_number.get(failure.report)})


def _merge_failures(failures: Iterable[Failure]) -> list[Failure]:
    """Keep one entry for each report; a pass or an unrepairable known to either side holds."""
    merged: dict[tuple[str, str], Failure] = {}
    for failure in failures:
        key = (failure.report, failure.station)
        first = merged.get(key)
        if first is None:
            merged[key] = failure
            continue
        known = {
            "closed_by": first.closed_by or failure.closed_by,
            "unrepairable": first.unrepairable or failure.unrepairable,
        }
        merged[key] = first.model_copy(update=known)
    return list(merged.values())


def _merge_repairs(repairs: Iterable[Repair], used: Mapping[str, str], numbers: Mapping[str, str]) -> list[Repair]:
    """Keep one entry for each record: what the bureau says of it, the papers of both, used if either side says so."""
    merged: dict[str, Repair] = {}
    for repair in repairs:
        first = merged.get(repair.record)
        if first is None:
            by = repair.used_by if repair.used_by is not None else used.get(repair.record)
            merged[repair.record] = repair.model_copy(update={"used_by": by if by is None else _number(by, numbers)})
        else:
            by = first.used_by if first.used_by is not None else repair.used_by
            joined = {"documents": _papers(first.documents, repair.documents), "used_by": by}
            merged[repair.record] = first.model_copy(update=joined)
    return list(merged.values())


def _papers(first: RepairDocuments, second: RepairDocuments) -> RepairDocuments:
    shown = {name: value for name, value in second if value}
    return RepairDocuments(**{**shown, **{name: value for name, value in first if value}})
