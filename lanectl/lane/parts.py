"""What a lane is made of, joined once by the composition root and handed to the shell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lanectl.lane.acquisition import Acquisition
from lanectl.lane.board import Board
from lanectl.lane.clock import Clock
from lanectl.lane.equipment import Equipment
from lanectl.lane.guard import Guard
from lanectl.lane.ports import BureauPort, CameraPort, NoCameras
from lanectl.ledger.writer import LedgerCaller
from lanectl.model.case import GateCase, GateDecision, Moment
from lanectl.model.record import LaneIdentity, RecordLimits, RecordProfile, RecordSoftware
from lanectl.model.words.text import Text


@dataclass(frozen=True, slots=True)
class Law:
    """The rules in force on this lane, as signed data, with what a record says of them."""

    limits_name: str
    limits_sha256: str
    limits_signed_by: str | None
    limits: Mapping[str, object]
    limit_set: str
    profile: RecordProfile
    ask_gate: Callable[[GateCase, Moment, frozenset[str]], GateDecision]
    """The gate over a case, as of a moment; the set holds the permits that were used."""
    explain: Callable[[GateDecision, GateCase, Moment], tuple[Text, ...]]

    def section(self, method: str) -> RecordLimits:
        """Return the limits of one method, whole, as a record keeps them."""
        data = self.limits[method]
        assert isinstance(data, dict)  # the loader has checked the sections
        return RecordLimits(
            name=self.limits_name,
            set=self.limit_set,
            sha256=self.limits_sha256,
            signed_by=self.limits_signed_by,
            data=data,
        )


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
    guard: Guard | None = None
    """Keeper of the dynamometer's enable circuit, where the lane has a lane I/O module."""
