"""What the ledger knows of a vehicle: its failures, what closed them, and repair records already used.

Read from the sealed records alone. Does not know the rules; the gate does.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lanectl.ledger.values import LastTest, LocalHistory
from lanectl.model.case import Failure
from lanectl.model.outcome import Outcome
from lanectl.model.record import Record

_OF_VEHICLE = (
    "select r.record, p.receipt from records r "
    "left join receipts p on p.sequence = r.sequence and p.kind = 'record' "
    "where r.plate = ?1 or r.vin = ?2 order by r.sequence"
)
_USED_REPAIRS = (
    "select r.record, p.receipt from records r "
    "left join receipts p on p.sequence = r.sequence and p.kind = 'record' "
    "where r.repair is not null and r.outcome in ('pass', 'fail') and (r.plate = ?1 or r.vin = ?2) order by r.sequence"
)

_USED_PERMITS = (
    "select permit from (select json_extract(cast(record as text), '$.gate.permit') as permit from records) "
    "where permit is not null"
)


@dataclass(frozen=True, slots=True)
class _Told:
    record: Record
    report: str


def of_vehicle(db: sqlite3.Connection, plate: str, vin: str) -> LocalHistory:
    """Return the history of a vehicle by plate or VIN; a repair counts as used by a pass or a fail, not by an abort."""
    failures: list[Failure] = []
    undecided, last = 0, None
    for told in _told(db, _OF_VEHICLE, plate, vin):
        undecided = 0 if told.record.outcome in (Outcome.PASS, Outcome.FAIL) else undecided + 1
        if vin and told.record.vehicle.vin == vin:
            last = LastTest(told.record.method, told.record.vehicle)
        if told.record.outcome is Outcome.PASS:
            failures = [_closed(failure, told) for failure in failures]
        elif told.record.outcome is Outcome.FAIL:
            failures.append(_failure(told))
    used = {t.record.gate.repair: t.report for t in _told(db, _USED_REPAIRS, plate, vin) if t.record.gate.repair}
    return LocalHistory(tuple(failures), used, undecided, last)


def used_permits(db: sqlite3.Connection) -> frozenset[str]:
    """Return the ids of all permits that opened the gate for a test that was begun, however it ended."""
    return frozenset(str(row[0]) for row in db.execute(_USED_PERMITS))


def report_number(test_id: str, receipt: bytes | None) -> str:
    """Return the bureau's report number of a test, or ``local:`` and the test id until it has given one."""
    number = json.loads(receipt).get("report") if receipt else None
    return str(number) if number else f"local:{test_id}"


def _told(db: sqlite3.Connection, query: str, plate: str, vin: str) -> Iterator[_Told]:
    for record, receipt in db.execute(query, (plate, vin)):
        value = Record.model_validate_json(record)
        yield _Told(value, report_number(value.test_id, receipt))


def _closed(failure: Failure, passed: _Told) -> Failure:
    vehicle = passed.record.vehicle
    # A plate can move to another vehicle; where both tests name a VIN, the VIN decides.
    same = failure.vin == vehicle.vin if failure.vin and vehicle.vin else failure.plate == vehicle.plate
    return failure.model_copy(update={"closed_by": passed.report}) if same and not failure.closed_by else failure


def _failure(told: _Told) -> Failure:
    record = told.record
    failed_on: datetime = record.ended_at
    return Failure(
        report=told.report,
        station=record.lane.station,
        failed_on=failed_on,
        cycle=record.gate.cycle or str(failed_on.year),
        plate=record.vehicle.plate or "",
        vin=record.vehicle.vin or "",
    )
