"""The retest gate's question and answer, as the command line and the bureau exchange them."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

Moment = datetime | date
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
