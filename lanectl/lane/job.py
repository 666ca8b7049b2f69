"""One accepted vehicle on its way to a test: what is known before the first beat."""

from dataclasses import dataclass

from lanectl.core.figures import Figures
from lanectl.core.methods import open_trial
from lanectl.core.trial import Trial
from lanectl.lane.parts import Law
from lanectl.model.case import GateDecision
from lanectl.model.vehicle import Vehicle
from lanectl.procedures import free_acceleration_stage, lug_down_stage, two_speed_stage
from lanectl.procedures.asm_stage import AsmPlan, Mode
from lanectl.procedures.free_acceleration_stage import SnapPlan
from lanectl.procedures.inspection import InspectionPlan, MethodPlan
from lanectl.procedures.lug_down_stage import LugDownPlan
from lanectl.procedures.stage import Plan
from lanectl.procedures.two_speed_stage import TwoSpeedPlan

MODES = (Mode("asm5025", 25.0, 2.0), Mode("asm2540", 40.0, 2.0))
"""Names, speeds (km/h) and bands for prompts alone: 25 and 40 km/h +/- 2 (gb_methods 4.2 [A]); core.asm judges."""
FIRST_PHASE = {
    "asm": f"{MODES[0].name}_hold",
    "two_speed_idle": two_speed_stage.START,
    "free_acceleration": free_acceleration_stage.START,
    "lug_down": lug_down_stage.START,
}
"""The phase in which a lane begins to measure."""


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
    method_reason: str | None = None
    changed: tuple[str, ...] = ()
    """What differs from the last test of this vehicle here."""

    def open_trial(self, law: Law, start_phase: str) -> Trial:
        """Open the method's legal state machine; VehicleFactMissing names what it lacks."""
        section = law.section(self.method, self.vehicle)
        return open_trial(self.method, self.vehicle.model_dump(mode="json"), section.data, section.set, start_phase)

    def plan(self, law: Law) -> InspectionPlan:
        """Return the plan of the test; the figures that guide the driver are those of the limits data."""
        section = law.section(self.method, self.vehicle)
        figures = Figures(self.method, section.data, section.set)
        return InspectionPlan(Plan(self.method, obd=True), _method_plan(self.method, figures, self.vehicle.rated_rpm))


def _method_plan(method: str, figures: Figures, rated_rpm: float | None) -> MethodPlan:
    rule = figures.rule
    if method == "two_speed_idle":
        return TwoSpeedPlan(None if rated_rpm is None else rated_rpm * rule("precondition_fraction_of_rated"))
    if method == "free_acceleration":
        governed = None if rated_rpm is None else rated_rpm * rule("governed_fraction_of_rated")
        return SnapPlan(rule("idle_up_to_rpm"), governed, _ms(rule("hold_s")), _ms(rule("idle_between_s")))
    if method == "lug_down":
        return LugDownPlan(rule("idle_up_to_rpm"), rule("scan_rate_kmh_per_s"))
    return AsmPlan(MODES)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
