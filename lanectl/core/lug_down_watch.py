"""What else must be seen for a lug-down to be a real one: exhaust at the probe, flow, pedal, engine speed, warmth.

Speed control hides an eased pedal, and clean air is the cleanest exhaust of all; a method that only averages would pass
both. Knows which second shows what, and which of it voids a test. Knows no phase's timing: lug_down.py's. Counts:
1e-9 %, 1e-6 of every other unit.
"""

from lanectl.core.figures import Figures
from lanectl.core.formulas import is_missing, to_nearest
from lanectl.core.second import LegalSecond
from lanectl.core.warmth import TOLD_BY, Warmth

PROBE_OUT, LOW_FLOW, PEDAL_RELEASED, ENGINE_SPEED_IMPLAUSIBLE = 15, 16, 17, 18
FINE, PERCENT = 10**6, 10**9
FULL_PEDAL = 100 * PERCENT
SCAN, SAMPLES, DONE = 2, (5, 8), 9
VOID_OR_NOTE = ("void", "note")


class LugDownWatch:
    """Looks at each second beside the state machine; ``see`` names a cause to void the test for."""

    def __init__(self, figures: Figures) -> None:
        self._least_co2 = to_nearest(figures.rule("co2_low_pct") * PERCENT)
        self._least_nox = to_nearest(figures.rule("nox_low_ppm") * FINE)
        self._probe_out_s = figures.whole("probe_out_s")
        self._low_flow_s = figures.whole("low_flow_s")
        self._voids_by_nox = figures.switch("low_nox_alone", VOID_OR_NOTE) == "void"
        self._pedal_share = figures.rule("pedal_down_share")
        self._least_pedal = to_nearest(figures.rule("pedal_least_pct") * PERCENT)
        self._pedal_of_highest = figures.switch("pedal_reference", ("highest", "full_scale")) == "highest"
        self._voids_pedal = figures.switch("pedal_released", VOID_OR_NOTE) == "void"
        self._deviation = figures.rule("engine_speed_off_obd_share")
        self._voids_deviation = figures.switch("engine_speed_off_obd", VOID_OR_NOTE) == "void"
        self._compared_s = figures.whole("sample_s") // 2 + 1
        self.sampled_s = self.co2_s = self.pedal_s = self.obd_s = 0
        self.no_exhaust_s = self.pinched_s = 0
        self.saw_low_nox_alone = self.saw_released = self.saw_implausible = False
        self.pedal_highest: int | None = None
        self.pedal_lowest: int | None = None
        self.warmth = Warmth(figures.rule("engine_warm_from_c"))
        self._counted = self._told = 0

    def see(self, phase: int, second: LegalSecond, nox: float) -> int:
        """Look at a second of this phase; return the cause that voids the test, or 0."""
        if second.rows == 0 or phase == DONE:
            return 0
        self.warmth.take(*(second.number(name) for name in TOLD_BY))
        released = self._watch_pedal(phase, second)
        if phase not in SAMPLES:
            return released
        self.sampled_s += 1
        return released or self._smell(second, nox) or self._watch_flow(second) or self._compare(second)

    def engine_speed_told(self) -> float | None:
        """Return the mean of the engine speed that the control unit told in the seconds that could be compared."""
        return self._told / (FINE * self.obd_s) if self.obd_s else None

    def is_engine_speed_confirmed(self) -> bool:
        """Tell whether the control unit told the engine's speed in enough of the sampled seconds."""
        return self.obd_s >= self._compared_s

    def is_pedal_short(self) -> bool:
        """Tell whether the pedal never read as far down as a floored one usually does."""
        return self.pedal_highest is not None and self.pedal_highest < self._pedal_share * FULL_PEDAL

    def _watch_pedal(self, phase: int, second: LegalSecond) -> int:
        value = second.values.get("obd_pedal_d_pct")
        if value is None or is_missing(value):
            return 0
        pedal = to_nearest(value * PERCENT)
        if self.pedal_highest is None or pedal > self.pedal_highest:
            self.pedal_highest = pedal
        if phase < SCAN:
            return 0
        self.pedal_s += 1 if phase in SAMPLES else 0
        if self.pedal_lowest is None or pedal < self.pedal_lowest:
            self.pedal_lowest = pedal
        # Many a floored pedal reads no more than 75 or 80 %, so that it is compared with itself.
        full = self.pedal_highest if self._pedal_of_highest else FULL_PEDAL
        if self.pedal_lowest < self._pedal_share * full or self.pedal_lowest < self._least_pedal:
            self.saw_released = True
        return PEDAL_RELEASED if self.saw_released and self._voids_pedal else 0

    def _smell(self, second: LegalSecond, nox: float) -> int:
        """Count sampled seconds in which the analyzer draws no exhaust; without CO2 only NOx can tell."""
        co2 = second.number("co2_pct")
        if not is_missing(co2):
            self.co2_s += 1
            self.no_exhaust_s += 1 if to_nearest(co2 * PERCENT) < self._least_co2 else 0
        elif to_nearest(nox * FINE) < self._least_nox and not is_missing(nox):
            self.saw_low_nox_alone = True
            self.no_exhaust_s += 1 if self._voids_by_nox else 0
        return PROBE_OUT if self.no_exhaust_s >= self._probe_out_s else 0

    def _watch_flow(self, second: LegalSecond) -> int:
        self.pinched_s += 1 if second.number("low_flow") > 0.0 else 0
        return LOW_FLOW if self.pinched_s >= self._low_flow_s else 0

    def _compare(self, second: LegalSecond) -> int:
        """Compare the counted engine speed with the control unit's, on the mean of the seconds that have both."""
        counted, told = second.values.get("engine_rpm"), second.values.get("obd_rpm")
        if counted is None or told is None or is_missing(counted) or is_missing(told):
            return 0
        self._counted += to_nearest(counted * FINE)
        self._told += to_nearest(told * FINE)
        self.obd_s += 1
        off = abs(self._counted - self._told)
        if self.obd_s >= self._compared_s and off > self._deviation * abs(self._told):
            self.saw_implausible = True
        return ENGINE_SPEED_IMPLAUSIBLE if self.saw_implausible and self._voids_deviation else 0
