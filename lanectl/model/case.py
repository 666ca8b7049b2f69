"""The retest gate's question and answer, as the command line and the bureau exchange them."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


def read_moment(value: object) -> date:
    """Read text as a date or a date with time; a date alone stays a date, and a number is no moment."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        return date.fromisoformat(value)
    if isinstance(value, str) and _DATE_TIME.match(value):
        return datetime.fromisoformat(value)
    if isinstance(value, date):
        return value
    raise ValueError("a date is text: YYYY-MM-DD, or with time YYYY-MM-DDThh:mm")


Moment = Annotated[datetime | date, BeforeValidator(read_moment)]
"""A date, or a date with time; local time of Asia/Shanghai. By date alone the same day counts as allowed."""


class Strict(BaseModel):
    """Frozen, and fatal on unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseVehicle(Strict):
    """The vehicle that asks to be tested."""

    plate: str
    vin: str


class Failure(Strict):
    """A failed test, at any station."""

    report: str
    station: str
    failed_on: Moment
    cycle: str
    plate: str
    vin: str
    closed_by: str | None = None
    unrepairable: bool = False


class RepairDocuments(Strict):
    """Numbers of the papers that an M-station hands to the owner; None where one is missing."""

    certificate: str | None = None
    settlement_list: str | None = None
    invoice: str | None = None


class Repair(Strict):
    """A repair record of an M-station."""

    record: str
    m_station: str
    settled_on: Moment
    uploaded: bool
    plate: str
    vin: str
    documents: RepairDocuments = Field(default_factory=RepairDocuments)
    used_by: str | None = None


class MStation(Strict):
    """An M-station of the published list, with the days on which it is valid."""

    code: str
    valid_from: date
    valid_to: date | None = None


class GateCase(Strict):
    """Everything the gate looks at: the bureau's answer joined with the lane's own ledger."""

    vehicle: CaseVehicle
    station: str
    failures: tuple[Failure, ...] = ()
    repairs: tuple[Repair, ...] = ()
    m_stations: tuple[MStation, ...] = ()
    bureau: str = Field(default="reachable", pattern="^(reachable|unreachable)$")
    permit: str | None = None


class GateDecision(Strict):
    """The gate's answer. ``code`` is the first in the contract's order, all refusing codes are in ``missing``."""

    decision: str = Field(pattern="^(allow|refuse)$")
    code: str
    missing: tuple[str, ...] = ()
    missing_documents: tuple[str, ...] = ()
    due: date | None = None
    overdue: bool = False
    flags: tuple[str, ...] = ()
    failure: str | None = None
    """Report of the open failure that the decision is about."""
    repair: str | None = None
    """Repair record that opened the gate, and is thereby used."""
    permit: str | None = None
    """Permit that opened the gate, and is thereby used."""
