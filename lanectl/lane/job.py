"""One accepted vehicle on its way to a test: what is known before the first beat."""

from dataclasses import dataclass

from lanectl.core.methods import open_trial
from lanectl.core.trial import Trial
from lanectl.lane.parts import Law
from lanectl.model.case import GateDecision
from lanectl.model.vehicle import Vehicle
from lanectl.procedures.asm_stage import Mode
from lanectl.procedures.inspection import InspectionPlan
from lanectl.procedures.stage import Plan

MODES = {"asm": (Mode("asm5025", 25.0, 2.0), Mode("asm2540", 40.0, 2.0))}
"""Names, speeds (km/h) and bands for prompts alone: 25 and 40 km/h +/- 2 (gb_methods 4.2 [A]); core.asm judges."""


@dataclass(frozen=True, slots=True)
class Job:
    """A vehicle, the method that the rules give it, and what the gate said."""

    ticket: str
    test_id: str
    operator: str
    vehicle: Vehicle
    method: str
    gate: GateDecision
    bureau: str
    """``reachable`` or ``unreachable`` when the gate was asked."""
    undecided: int = 0
    """Tests of this vehicle here since its last pass or fail that ended without either."""

    def open_trial(self, law: Law, start_phase: str) -> Trial:
        """Open the method's legal state machine; VehicleFactMissing names what it lacks."""
        section = law.section(self.method)
        return open_trial(self.method, self.vehicle.model_dump(mode="json"), section.data, section.set, start_phase)

    def plan(self) -> InspectionPlan:
        """Return the plan of the test."""
        return InspectionPlan(Plan(self.method, obd=True), MODES[self.method])
