"""Admission: asks bureau and ledger about a vehicle, joins the answers, and lets the gate decide.

Knows whom to ask. The rules are the gate's; what a refusal means to the owner is in model.words.gate.
"""

from dataclasses import dataclass

from lanectl.gate.join import join
from lanectl.lane.clock import local_moment
from lanectl.lane.locks import words
from lanectl.lane.parts import LaneParts
from lanectl.lane.ports import BureauUnreachableError, VehicleHistory
from lanectl.model.case import CaseVehicle, GateDecision
from lanectl.model.vehicle import Vehicle
from lanectl.model.view import RefusalView
from lanectl.model.words.gate import CODES
from lanectl.model.words.text import Text


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate said, ready for queue and record."""

    decision: GateDecision
    bureau: str
    retest: bool
    refusal: RefusalView | None
    undecided: int
    """Tests of this vehicle here since its last pass or fail that ended without either."""


class Admission:
    """Decides whether a vehicle may be tested here and now."""

    def __init__(self, parts: LaneParts) -> None:
        self._parts = parts

    async def ask(self, vehicle: Vehicle, permit: str | None) -> Answer:
        """Ask bureau and ledger, join, decide. An unreachable bureau is a fact of the case, not an error."""
        parts = self._parts
        plate, vin = vehicle.plate or "", vehicle.vin or ""
        history = await self._bureau_history(plate, vin)
        local = await parts.ledger.call(parts.ledger.ledger.history, plate, vin)
        closed = {failure.report: failure.closed_by for failure in local.failures if failure.closed_by}
        case = join(
            CaseVehicle(plate=plate, vin=vin),
            parts.identity.station,
            history,
            local.failures,
            local.used_repairs,
            closed=closed,
            permit=permit,
        )
        at = local_moment(parts.clock.wall_ms())
        used = await parts.ledger.call(parts.ledger.ledger.used_permits) if permit else frozenset[str]()
        decision = parts.law.ask_gate(case, at, used)
        details = parts.law.explain(decision, case, at)
        return Answer(decision, case.bureau, decision.failure is not None, _refusal(decision, details), local.undecided)

    async def _bureau_history(self, plate: str, vin: str) -> VehicleHistory | None:
        try:
            return await self._parts.bureau.ask_vehicle(plate, vin)
        except BureauUnreachableError:
            return None


def _refusal(decision: GateDecision, details: tuple[Text, ...]) -> RefusalView | None:
    if decision.decision == "allow":
        return None
    return RefusalView(
        code=decision.code,
        codes=decision.missing,
        message=words(CODES[decision.code]),
        details=tuple(words(text) for text in details),
    )
