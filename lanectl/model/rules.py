"""The rules of one region as data: what a profile says about retests, and where it says so.

Knows the shapes. Does not know files, signatures or how the gate decides.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Document = Literal["certificate", "settlement_list", "invoice"]
Documents = Annotated[tuple[Document, ...], Field(strict=False)]
Confidence = Literal["A", "B", "C"]


class Rule(BaseModel):
    """Frozen, strict about types, and fatal on unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PhaseRules(Rule):
    """What holds from a day on. The phase is chosen by the day of the retest."""

    phase: Literal["none", "transition", "full"]
    """``none``: retests are not bound to anything yet."""
    starts: date | None = None
    """First day of the phase; None: since always."""
    same_station: bool = True
    """Only the station where the vehicle first failed in this cycle may test it again."""
    upload: bool = True
    """The repair record must be in the bureau's system."""
    listed_m_station: bool = True
    """The M-station must be on the published list on the day of the repair."""
    documents: Documents = ("certificate", "settlement_list", "invoice")
    """The papers without which nobody is tested again."""


class DeadlineRules(Rule):
    """Within how many working days repair and retest should be over; missing it is flagged, not refused."""

    working_days: Annotated[int, Field(ge=1, le=366)]
    """Day 1 is the first working day after the day of the failure."""


class OfflineRules(Rule):
    """What may start while the bureau does not answer and nobody brought a permit."""

    first_tests: bool = False
    """Vehicles of which this lane knows no open failure."""
    known_records: bool = False
    """Retests whose repair record this lane has already got from the bureau."""


class PermitRules(Rule):
    """What a bureau's signed permit replaces in an outage."""

    accepted: bool = True
    while_reachable: bool = False
    """Whether it also counts while the bureau answers."""
    papers_any_of: Documents = ("certificate", "settlement_list")
    """One of these must be on the table when the record cannot be asked for."""


class WorkdayTable(Rule):
    """The official calendar of one year: holidays, and weekend days on which people work."""

    year: Annotated[int, Field(ge=2000, le=2200)]
    source: Annotated[str, Field(min_length=1)]
    """The notice in which the table was published."""
    holidays: Annotated[tuple[date, ...], Field(strict=False)]
    workdays: Annotated[tuple[date, ...], Field(strict=False)]

    @model_validator(mode="after")
    def _stays_in_its_year(self) -> Self:
        strangers = [day for day in (*self.holidays, *self.workdays) if day.year != self.year]
        if strangers:
            raise ValueError(f"{strangers[0]} is not in {self.year}")
        if set(self.holidays) & set(self.workdays):
            raise ValueError("a day is both a holiday and a working day")
        return self


class GateRules(Rule):
    """Everything by which the retest gate decides."""

    phases: Annotated[tuple[PhaseRules, ...], Field(strict=False, min_length=1)]
    """In the order of their first days. Before the first of them: ``none``."""
    failures_from: date | None = None
    """Failures before this day open no repair case; None: every failure does."""
    minimum_interval_min: Annotated[int, Field(ge=1)] | None = None
    """A retest sooner than this after the failure is flagged; needs times, not only dates."""
    deadline: DeadlineRules | None = None
    offline: OfflineRules = Field(default_factory=OfflineRules)
    permit: PermitRules = Field(default_factory=PermitRules)
    calendar: Annotated[tuple[WorkdayTable, ...], Field(strict=False)] = ()
    """Working-day tables that are known; a year without one is counted Monday to Friday and flagged."""

    @model_validator(mode="after")
    def _phases_follow_each_other(self) -> Self:
        days = [phase.starts or date.min for phase in self.phases]
        if days != sorted(set(days)):
            raise ValueError("phases must follow each other, each with its own first day")
        return self

    def phase_on(self, day: date) -> PhaseRules:
        """Return the phase of a day."""
        begun = [phase for phase in self.phases if phase.starts is None or phase.starts <= day]
        return begun[-1] if begun else PhaseRules(phase="none")


class LimitRules(Rule):
    """By which limits vehicles are judged here: a signed choice, never the lane's."""

    petrol: Annotated[str, Field(min_length=1)] = "gb18285-2018"
    """Name of the limits file for spark ignition."""
    diesel: Annotated[str, Field(min_length=1)] = "gb3847-2018"
    """Name of the limits file for compression ignition."""
    set: Literal["a", "b"] = "a"
    """Limit set b may be brought in early by a city [C]."""
    equipment: Annotated[str, Field(min_length=1)] = "equipment-gb"
    """Name of the file with tolerances, windows and gases of the checks of equipment."""
    schedule: Annotated[str, Field(min_length=1)] = "schedule-cn"
    """Name of the file that says when each check is due, and what locks."""
    plausibility: Annotated[str, Field(min_length=1)] = "plausibility"
    """Name of the file by which readings are doubted: how fast a channel may move, how long it may stand still."""


class Source(Rule):
    """Where a rule was read, and how sure that is."""

    key: str
    """The rule, as a key path of the profile, for instance ``gate.deadline``."""
    conf: Confidence
    """A: read in the document; B: inferred from it; C: a decision of this project, to be checked."""
    text: str


class ProfileMeta(Rule):
    """What a profile is and how binding."""

    name: str
    title: str
    region: str
    """Division code or name of the region."""
    division_codes: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """First digits of the division codes where the profile applies; empty: everywhere."""
    draft: bool = False
    """The rules were read in a draft; whether they came into force is not known."""
    effective_from: date | None = None
    sources: Annotated[tuple[Source, ...], Field(strict=False)] = ()


class Profile(Rule):
    """The rules of one region."""

    schema_: Literal["lanectl/profile/1"] = Field(alias="schema")
    meta: ProfileMeta
    gate: GateRules
    limits: LimitRules = Field(default_factory=LimitRules)

    def applies_in(self, division_code: str) -> bool:
        """Say whether the profile is made for this region."""
        codes = self.meta.division_codes
        return not codes or any(division_code.startswith(code) for code in codes)
