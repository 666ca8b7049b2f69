"""What a lane is made of, joined once by the composition root and handed to the shell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lanectl.lane.acquisition import Acquisition
from lanectl.lane.board import Board
from lanectl.lane.clock import Clock
from lanectl.lane.equipment import Equipment
from lanectl.lane.guard import Guard
from lanectl.lane.ports import BureauPort, CameraPort, NoCameras
from lanectl.lane.raw_ring import RawRings
from lanectl.ledger.writer import LedgerCaller
from lanectl.model.case import GateCase, GateDecision, Moment
from lanectl.model.record import LaneIdentity, RecordLimits, RecordProfile, RecordSoftware
from lanectl.model.vehicle import Vehicle
from lanectl.model.words.text import Text


@dataclass(frozen=True, slots=True)
class LimitsBook:
    """One file of limits, as it was read and by whom it was signed."""

    name: str
    sha256: str
    signed_by: str | None
    data: Mapping[str, object]
    core_digest: str
    """Digest of the core's sources together with this file: who has both can judge again."""


@dataclass(frozen=True, slots=True)
class Law:
    """The rules in force on this lane, as signed data, with what a record says of them."""

    petrol: LimitsBook
    diesel: LimitsBook
    limit_set: str
    profile: RecordProfile
    ask_gate: Callable[[GateCase, Moment, frozenset[str]], GateDecision]
    """The gate over a case, as of a moment; the set holds the permits that were used."""
    explain: Callable[[GateDecision, GateCase, Moment], tuple[Text, ...]]

    def book(self, vehicle: Vehicle) -> LimitsBook:
        """Return the file by which a vehicle is judged."""
        return self.diesel if vehicle.fuel == "diesel" else self.petrol

    def section(self, method: str, vehicle: Vehicle) -> RecordLimits:
        """Return the limits of one method for a vehicle, whole, as a record keeps them."""
        book = self.book(vehicle)
        data = book.data[method]
        assert isinstance(data, dict)  # the loader has checked the sections
        return RecordLimits(name=book.name, set=self.limit_set, sha256=book.sha256, signed_by=book.signed_by, data=data)


@dataclass(frozen=True, slots=True)
class LaneParts:
    """Everything that a test needs of its lane."""

    identity: LaneIdentity
    name: str
    clock: Clock
    equipment: Equipment
    board: Board
    acquisition: Acquisition
    parasitic_n: Callable[[float], float]
    ledger: LedgerCaller
    bureau: BureauPort
    law: Law
    software: RecordSoftware
    calibration: Mapping[str, object]
    operators: Mapping[str, str]
    cameras: CameraPort = field(default_factory=NoCameras)
    raw: RawRings = field(default_factory=RawRings)
    """What goes over the wires of the devices, for the test under way."""
    guard: Guard | None = None
    """Keeper of the dynamometer's enable circuit, where the lane has a lane I/O module."""
