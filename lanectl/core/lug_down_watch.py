# cython: annotation_typing=False
"""What else must be seen for a lug-down to be a real one: exhaust at the probe, flow, pedal, engine speed, warmth.

Speed control hides an eased pedal, and clean air is the cleanest exhaust of all; a method that only averages would pass
both. Knows which second shows what, and which of it voids a test. Knows no phase's timing: lug_down.py's. Counts:
1e-9 %, 1e-6 of every other unit. A missing value is NaN. Types: lug_down_watch.pxd.
"""

from lanectl.core.formulas import is_missing, to_nearest
from lanectl.core.warmth import Warmth

# Causes, as lug_down_trial.py spells them out.
PROBE_OUT: int = 15
LOW_FLOW: int = 16
PEDAL_RELEASED: int = 17
ENGINE_SPEED_IMPLAUSIBLE: int = 18

FULL_PEDAL: int = 100_000_000_000


class LugDownWatch:
    """Looks at each second beside the state machine; ``see`` names a cause to void the test for."""

    def __init__(self, figures: dict[str, int], pedal_share: float, deviation: float, warm_from_c: float) -> None:
        self.pedal_share = pedal_share
        self.deviation = deviation
        self.warmth = Warmth(warm_from_c)
        self.least_co2 = figures["least_co2"]
        self.least_nox = figures["least_nox"]
        self.least_pedal = figures["least_pedal"]
        self.probe_out_s = figures["probe_out_s"]
        self.low_flow_s = figures["low_flow_s"]
        self.compared_s = figures["compared_s"]
        self.voids_by_nox = figures["voids_by_nox"]
        self.pedal_of_highest = figures["pedal_of_highest"]
        self.voids_pedal = figures["voids_pedal"]
        self.voids_deviation = figures["voids_deviation"]
        self.sampled_s = self.co2_s = self.pedal_s = self.obd_s = 0
        self.no_exhaust_s = self.pinched_s = 0
        self.saw_low_nox_alone = self.saw_released = self.saw_implausible = 0
        # The pedal's highest reading so far, and its lowest since it has to be on the floor.
        self.knows_pedal = self.knows_lowest = 0
        self.pedal_highest = self.pedal_lowest = 0
        self.counted = self.told = 0

    def see(
        self, floored: int, sampling: int, co2: float, nox: float, low_flow: float, rpm: float, told_rpm: float,
        pedal: float, oil_c: float, coolant_c: float,
    ) -> int:  # fmt: skip
        """Look at a second that was recorded; return the cause that voids the test, or 0.

        ``floored``: the pedal has to be on the floor (from the scan on). ``sampling``: the second is one of a point's.
        """
        self.warmth.take(oil_c, coolant_c)
        released = self._watch_pedal(floored, sampling, pedal)
        if not sampling:
            return released
        self.sampled_s += 1
        if released:
            return released
        if self._is_without_exhaust(co2, nox):
            return PROBE_OUT
        if low_flow > 0.0:
            self.pinched_s += 1
        if self.pinched_s >= self.low_flow_s:
            return LOW_FLOW
        return self._compare(rpm, told_rpm)

    def _watch_pedal(self, floored: int, sampling: int, value: float) -> int:
        if is_missing(value):
            return 0
        pedal = to_nearest(value * 1.0e9)
        if not self.knows_pedal or pedal > self.pedal_highest:
            self.pedal_highest = pedal
        self.knows_pedal = 1
        if not floored:
            return 0
        if sampling:
            self.pedal_s += 1
        if not self.knows_lowest or pedal < self.pedal_lowest:
            self.pedal_lowest = pedal
        self.knows_lowest = 1
        # Many a floored pedal reads no more than 75 or 80 %, so that it is compared with itself.
        full = self.pedal_highest if self.pedal_of_highest else FULL_PEDAL
        if self.pedal_lowest < self.pedal_share * full or self.pedal_lowest < self.least_pedal:
            self.saw_released = 1
        return PEDAL_RELEASED if self.saw_released and self.voids_pedal else 0

    def _is_without_exhaust(self, co2: float, nox: float) -> int:
        """Count sampled seconds in which the analyzer draws no exhaust; without CO2 only NOx can tell."""
        if not is_missing(co2):
            self.co2_s += 1
            if to_nearest(co2 * 1.0e9) < self.least_co2:
                self.no_exhaust_s += 1
        elif not is_missing(nox) and to_nearest(nox * 1.0e6) < self.least_nox:
            self.saw_low_nox_alone = 1
            if self.voids_by_nox:
                self.no_exhaust_s += 1
        return 1 if self.no_exhaust_s >= self.probe_out_s else 0

    def _compare(self, rpm: float, told_rpm: float) -> int:
        """Compare the counted engine speed with the control unit's, on the mean of the seconds that have both."""
        if is_missing(rpm) or is_missing(told_rpm):
            return 0
        self.counted += to_nearest(rpm * 1.0e6)
        self.told += to_nearest(told_rpm * 1.0e6)
        self.obd_s += 1
        # As doubles, so that the comparison is the same one compiled and interpreted.
        off = 1.0 * (self.counted - self.told)
        told = 1.0 * self.told
        if off < 0.0:
            off = -off
        if told < 0.0:
            told = -told
        if self.obd_s >= self.compared_s and off > self.deviation * told:
            self.saw_implausible = 1
        return ENGINE_SPEED_IMPLAUSIBLE if self.saw_implausible and self.voids_deviation else 0
