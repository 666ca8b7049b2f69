"""Admission: asks bureau and ledger about a vehicle, joins the answers, and lets the gate decide.

Knows whom to ask. The rules are the gate's; what a refusal means to the owner is in model.words.gate.
"""

from dataclasses import dataclass

from lanectl.gate.join import join
from lanectl.lane.choice import method_for
from lanectl.lane.clock import local_moment
from lanectl.lane.locks import words
from lanectl.lane.parts import LaneParts
from lanectl.lane.ports import BureauUnreachableError, VehicleHistory
from lanectl.ledger.values import LastTest
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
    changed: tuple[str, ...] = ()
    """What differs from the last test of this VIN here, as flags for the record."""


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
        refusal, retest = _refusal(decision, details), decision.failure is not None
        return Answer(decision, case.bureau, retest, refusal, local.undecided, changes(local.last, vehicle))

    async def _bureau_history(self, plate: str, vin: str) -> VehicleHistory | None:
        try:
            return await self._parts.bureau.ask_vehicle(plate, vin)
        except BureauUnreachableError:
            return None


def changes(last: LastTest | None, vehicle: Vehicle) -> tuple[str, ...]:
    """Return flags for another method, or other facts of the same vehicle, than the last time: they must be seen."""
    if last is None:
        return ()
    before, now = last.vehicle.model_dump(), vehicle.model_dump()
    facts = [name for name, value in now.items() if name != "plate" and before[name] not in (None, value)]
    method = method_for(vehicle)[0]
    found = [f"method_changed:{last.method}"] if method != last.method else []
    return (*found, *([f"facts_changed:{','.join(sorted(facts))}"] if facts else []))


def _refusal(decision: GateDecision, details: tuple[Text, ...]) -> RefusalView | None:
    if decision.decision == "allow":
        return None
    return RefusalView(
        code=decision.code,
        codes=decision.missing,
        message=words(CODES[decision.code]),
        details=tuple(words(text) for text in details),
    )
