# cython: annotation_typing=False
"""VMAS, the simplified transient method: the legal state machine, one push() a legal second.

Knows the delays of the readings, the mass of each second and the decision; what is driven is vmas_drive.py's. Knows no
figure of the law: cycle, limits, tolerances and switches come in as whole counts (see vmas_trial.py). Counts: gases in
% as 1e-9 %, masses 1e-12 g, everything else 1e-6. A missing value is NaN. Types: vmas.pxd.

A reading of the analyzer shows exhaust that left the engine some seconds ago. Second n of the cycle is therefore
measured once the longest delay has passed, from its speed, and from each reading of second n + its own delay. Whatever
is missing in a second of the cycle makes the test void: a mass cannot be summed around a hole.
"""

from collections.abc import Sequence

from lanectl.core.formulas import dilution_factor, half_even, is_missing, no_humidity_factor, to_nearest
from lanectl.core.vmas_drive import VmasDrive
from lanectl.core.vmas_formulas import exhaust_flow_l_s, exhaust_share, gas_mass_g, standard_flow_l_s

# Codes that vmas_trial.py spells out: phases, outcomes, causes.
IDLE: int = 0
CYCLE: int = 1
DONE: int = 2

OPEN: int = 0
PASS: int = 1
FAIL: int = 2
INVALID: int = 3

INCOMPLETE: int = 1
ENGINE_STALL: int = 2
NO_ENGINE_SPEED: int = 3
GAP_IN_WINDOW: int = 4
VALUE_MISSING: int = 5
LOW_FLOW: int = 6
CO_PLUS_CO2_LOW: int = 7
NO_HUMIDITY: int = 8
O2_AS_IN_AIR: int = 9
SHARE_OUTSIDE: int = 10
AIR_O2_OUTSIDE: int = 11
METER_FLOW_LOW: int = 12
OUT_TOO_LONG: int = 13
OUT_IN_TOTAL: int = 14
DISTANCE_OFF: int = 15
READING_BELOW_ZERO: int = 16
EXHAUST_NOT_CAPTURED: int = 17

# What the drive says of a second.
LEFT_TOO_LONG: int = 1
LEFT_IN_TOTAL: int = 2

# What NOx is made of in this test.
NOX_MEASURED: int = 1
NOX_SUM: int = 2
NOX_IS_NO: int = 3

# Places in a row of the ring.
ROW: int = 15
RING_S: int = 64

# A second of pure CO at the full flow of a flow meter weighs less; sums of counts stay whole below it.
MOST_MASS_G: float = 200.0


class Vmas:
    """One VMAS test. ``figures`` are counts by name, ``a`` and ``cap`` belong to DF, ``densities`` to CO, HC, NOx."""

    def __init__(
        self, figures: dict[str, int], a: float, cap: float, sample_l_s: float, densities: list[float]
    ) -> None:
        self.a = a
        self.cap = cap
        self.sample_l_s = sample_l_s
        self.density = [densities[0], densities[1], densities[2]]
        self._set_figures(figures)
        self.phase = figures["phase"]
        self.outcome = OPEN
        self.cause = 0
        self.drive = VmasDrive(figures)
        self.idle_s = self.timer_s = 0
        self.judged_distance = 0
        self.low_gas_s = self.low_gas_sum = self.low_flow_run = self.low_flow_sum = 0
        # Readings that wait for those that come later, and what was summed up.
        self.ring = [0.0] * 960
        self.measured_s = self.nox_from = 0
        self.sums = [0, 0, 0, 0, 0, 0]
        self.captured = 0
        self.share_lowest = self.share_highest = self.air_o2_lowest = self.air_o2_highest = 0.0
        # What the verdict has to tell beside its values.
        self.has_turned = self.saw_rpm = self.saw_gap = self.hc_lacks = 0
        # Gases that read below zero, 1 CO, 2 HC, 4 NOx, and the one that did so too far.
        self.below_zero, self.void_gas = 0, -1
        # The second measured last.
        self.df = self.kh = self.share = self.standard_l_s = self.exhaust_l_s = 0.0
        self.mass = [0.0] * 3

    def _set_figures(self, figures: dict[str, int]) -> None:
        self.idle_whole_s = figures["idle_s"]
        self.gas_delay_s = figures["delay_co_hc_co2_s"]
        self.no_delay_s = figures["delay_no_s"]
        self.o2_delay_s = figures["delay_o2_s"]
        self.flow_delay_s = figures["delay_flow_s"]
        self.dilute_delay_s = figures["delay_dilute_o2_s"]
        self.longest_delay_s = figures["longest_delay_s"]
        self.by_nominal = figures["by_nominal"]
        self.co_plus_co2_min = figures["co_plus_co2_min"]
        self.co_plus_co2_s = figures["co_plus_co2_s"]
        self.co_plus_co2_total_s = figures["co_plus_co2_total_s"]
        self.low_flow_s = figures["low_flow_s"]
        self.low_flow_total_s = figures["low_flow_total_s"]
        self.stall_below = figures["stall_below"]
        self.air_o2_from = figures["air_o2_from"]
        self.air_o2_to = figures["air_o2_to"]
        self.meter_flow_from = figures["meter_flow_from"]
        self.least = [figures["co_least"], figures["hc_least"], figures["no_least"]]
        self.exhaust_least = figures["exhaust_least"]
        self.hc_judged = figures["hc_judged"]
        self.compare_full = figures["compare_full"]
        self.unit = figures["unit"]
        self.limit = [figures["limit_co"], figures["limit_hc"], figures["limit_nox"]]

    # fmt: off
    def push(
        self, present: int, speed: float, rpm: float, co: float, co2: float, hc: float, nox: float, no: float,
        no2: float, o2: float, flow: float, flow_c: float, flow_kpa: float, dilute_o2: float, air_o2: float,
        t_c: float, rh: float, kpa: float, flow_is_low: float,
    ) -> int:
        # fmt: on
        """Take one legal second (``present`` 0: nothing was recorded in it) and return the phase it leads to."""
        if self.outcome != OPEN:
            return self.phase
        if self.timer_s < self.drive.cycle_s and self._engine_is_off(rpm):
            return self._finish(INVALID, ENGINE_STALL if self.has_turned else NO_ENGINE_SPEED)
        if self.phase == IDLE:
            return self._idle(present)
        if present == 0:
            return self._finish(INVALID, GAP_IN_WINDOW)
        self._keep(co, co2, hc, o2, flow, flow_c, flow_kpa, dilute_o2, air_o2, t_c, rh, kpa)
        self._keep_nox(nox, no, no2)
        if self._flow_is_void(flow_is_low):
            return self._finish(INVALID, LOW_FLOW)
        if self.timer_s < self.drive.cycle_s:
            self._drive(speed)
        if self.outcome == OPEN and self.timer_s >= self.longest_delay_s:
            self._measure(self.timer_s - self.longest_delay_s)
        if self.outcome != OPEN:
            return self.phase
        self.timer_s += 1
        if self.timer_s >= self.drive.cycle_s + self.longest_delay_s:
            return self._decide()
        return self.phase

    def feed(self, rows: Sequence[int], block: "memoryview[float]") -> int:
        """Push every second of a trace: the rows that each was made from, and its channels, a channel a line."""
        second = 0
        while second < len(rows):
            self.push(
                1 if rows[second] > 0 else 0, block[0, second], block[1, second], block[2, second], block[3, second],
                block[4, second], block[5, second], block[6, second], block[7, second], block[8, second],
                block[9, second], block[10, second], block[11, second], block[12, second], block[13, second],
                block[14, second], block[15, second], block[16, second], block[17, second],
            )  # fmt: skip
            second += 1
        return self.phase

    def end(self) -> int:
        """Say that the trace is over."""
        if self.outcome == OPEN:
            self._finish(INVALID, INCOMPLETE)
        return self.outcome

    def sum_of(self, channel: int) -> int:
        """Return a sum over the cycle: masses of CO, HC, NOx, litres of exhaust in 1e-6, DF and kH in 1e-9."""
        return self.sums[channel]

    def mass_of(self, gas: int) -> float:
        """Return the mass in g of the second measured last."""
        return self.mass[gas]

    def limit_of(self, gas: int) -> int:
        """Return the limit in 1e-4 g/km."""
        return self.limit[gas]

    def rounded(self, mass: int) -> int:
        """Return mass over the distance that is judged by, in rounded steps of ``unit`` 1e-4 g/km."""
        return half_even(mass * 36, self.unit * self.judged_distance)

    def holds(self, mass: int, limit: int, full: int) -> int:
        """Tell whether mass over the distance that is judged by is within a limit in 1e-4 g/km."""
        if full:
            return 1 if mass * 36 <= limit * self.judged_distance else 0
        return 1 if self.rounded(mass) * self.unit <= limit else 0

    # -- before the cycle

    def _engine_is_off(self, rpm: float) -> int:
        if rpm == rpm:
            self.saw_rpm = 1
        if rpm * 1.0e6 < self.stall_below:
            return 1
        if not is_missing(rpm):
            self.has_turned = 1
        return 0

    def _idle(self, present: int) -> int:
        if present == 0:
            self.saw_gap = 1
        self.idle_s += 1
        if self.idle_s >= self.idle_whole_s:
            self.phase = CYCLE
        return self.phase

    def _drive(self, speed: float) -> None:
        if is_missing(speed):
            self._finish(INVALID, VALUE_MISSING)
            return
        found = self.drive.follow(self.timer_s, to_nearest(speed * 1.0e6))
        if found == LEFT_TOO_LONG:
            self._finish(INVALID, OUT_TOO_LONG)
        elif found == LEFT_IN_TOTAL:
            self._finish(INVALID, OUT_IN_TOTAL)
        elif self.timer_s == self.drive.cycle_s - 1 and self.drive.is_distance_off():
            self._finish(INVALID, DISTANCE_OFF)

    # -- what is measured

    # fmt: off
    def _keep(
        self, co: float, co2: float, hc: float, o2: float, flow: float, flow_c: float, flow_kpa: float,
        dilute_o2: float, air_o2: float, t_c: float, rh: float, kpa: float,
    ) -> None:
        # fmt: on
        place = (self.timer_s % RING_S) * ROW
        self.ring[place] = co
        self.ring[place + 1] = co2
        self.ring[place + 2] = hc
        self.ring[place + 3] = o2
        self.ring[place + 4] = flow
        self.ring[place + 5] = flow_c
        self.ring[place + 6] = flow_kpa
        self.ring[place + 7] = dilute_o2
        self.ring[place + 8] = air_o2
        self.ring[place + 9] = t_c
        self.ring[place + 10] = rh
        self.ring[place + 11] = kpa

    def _keep_nox(self, nox: float, no: float, no2: float) -> None:
        """Keep the best word on NOx: as measured, else NO and NO2 together, else NO alone."""
        best = lowest = nox
        origin = NOX_MEASURED
        if is_missing(nox):
            best = lowest = no
            origin = NOX_IS_NO
            if not is_missing(no2):
                best = no + no2
                # In the sum one of them could hide how far the other is below zero.
                lowest = no2 if no2 < no else no
                origin = NOX_SUM
        place = (self.timer_s % RING_S) * ROW
        self.ring[place + 12] = best
        self.ring[place + 13] = origin
        self.ring[place + 14] = lowest

    def _at(self, second: int, channel: int) -> float:
        return self.ring[(second % RING_S) * ROW + channel]

    def _flow_is_void(self, flow_is_low: float) -> int:
        if flow_is_low > 0.0:
            self.low_flow_run += 1
            self.low_flow_sum += 1
        elif flow_is_low == 0.0:
            self.low_flow_run = 0
        return 1 if self.low_flow_run >= self.low_flow_s or self.low_flow_sum >= self.low_flow_total_s else 0

    def _measure(self, second: int) -> None:
        """Measure a second of the cycle from the readings that belong to it, and add its masses."""
        gas, no, meter = second + self.gas_delay_s, second + self.no_delay_s, second + self.flow_delay_s
        co = self._at(gas, 0)
        co2 = self._at(gas, 1)
        air_o2 = self._at(second, 8)
        self.df = dilution_factor(co, co2, self.a, self.cap)
        self.kh = no_humidity_factor(self._at(second, 9), self._at(second, 10), self._at(second, 11))
        self.share = exhaust_share(
            air_o2, self._at(second + self.dilute_delay_s, 7), self._at(second + self.o2_delay_s, 3)
        )
        self.standard_l_s = standard_flow_l_s(self._at(meter, 4), self._at(meter, 5), self._at(meter, 6))
        self.exhaust_l_s = exhaust_flow_l_s(self.standard_l_s, self.share, self.sample_l_s)
        self._weigh(co, self._at(gas, 2), self._at(no, 12))
        cause = self._lacks(second)
        if cause == 0 and self._is_below_zero(co, self._at(gas, 2), self._at(no, 14)):
            cause = READING_BELOW_ZERO
        if cause == 0:
            cause = self._is_void(co, co2, air_o2, to_nearest(self._at(no, 13)))
        if cause:
            self._finish(INVALID, cause)
            return
        self._add(air_o2)

    def _weigh(self, co: float, hc: float, nox: float) -> None:
        self.mass[0] = gas_mass_g(co / 100.0, self.exhaust_l_s, self.density[0], self.df)
        self.mass[1] = gas_mass_g(hc * 1.0e-6, self.exhaust_l_s, self.density[1], self.df)
        self.mass[2] = gas_mass_g(nox * 1.0e-6, self.exhaust_l_s, self.density[2], self.df * self.kh)
        if is_missing(hc) and not self.hc_judged:
            self.mass[1] = 0.0
            self.hc_lacks = 1

    def _lacks(self, second: int) -> int:
        """Tell whether a reading is missing that the second cannot be measured without."""
        gas = second + self.gas_delay_s
        if is_missing(self._at(gas, 0)) or is_missing(self._at(gas, 1)) or is_missing(self._at(second, 8)):
            return VALUE_MISSING
        if is_missing(self._at(gas, 2)) and self.hc_judged:
            return VALUE_MISSING
        if is_missing(self._at(second + self.no_delay_s, 12)) or is_missing(self._at(second + self.o2_delay_s, 3)):
            return VALUE_MISSING
        # The standard flow is missing where flow, temperature or pressure of the meter is.
        if is_missing(self._at(second + self.dilute_delay_s, 7)) or is_missing(self.standard_l_s):
            return VALUE_MISSING
        if is_missing(self._at(second, 9)) or is_missing(self._at(second, 10)) or is_missing(self._at(second, 11)):
            return VALUE_MISSING
        return 0

    def _is_below_zero(self, co: float, hc: float, nox: float) -> int:
        """Tell whether a gas reads further below zero than an analyzer errs: it would take from the sum."""
        co_void = self._takes_away(0, to_nearest(co * 1.0e9))
        hc_void = self._takes_away(1, to_nearest(hc * 1.0e6))
        nox_void = self._takes_away(2, to_nearest(nox * 1.0e6))
        return 1 if co_void or hc_void or nox_void else 0

    def _takes_away(self, gas: int, reading: int) -> int:
        if reading < 0:
            self.below_zero |= 1 << gas
        if reading >= self.least[gas]:
            return 0
        self.void_gas = gas
        return 1

    def _gas_is_low(self, co: float, co2: float) -> int:
        """Tell whether seconds that are air and no exhaust are too many, in a row or in all."""
        if to_nearest(co * 1.0e9) + to_nearest(co2 * 1.0e9) >= self.co_plus_co2_min:
            self.low_gas_s = 0
            return 0
        self.low_gas_s += 1
        self.low_gas_sum += 1
        # Without DF the second has no mass: that cannot wait for the next ones.
        if is_missing(self.df) or self.low_gas_s >= self.co_plus_co2_s:
            return 1
        return 1 if self.low_gas_sum >= self.co_plus_co2_total_s else 0

    def _is_void(self, co: float, co2: float, air_o2: float, origin: int) -> int:
        """Return the cause that makes a second void whose readings are all there, or 0."""
        if self._gas_is_low(co, co2):
            return CO_PLUS_CO2_LOW
        oxygen = to_nearest(air_o2 * 1.0e9)
        if oxygen < self.air_o2_from or oxygen > self.air_o2_to:
            return AIR_O2_OUTSIDE
        if is_missing(self.share):
            return O2_AS_IN_AIR
        if self.share <= 0.0 or self.share > 1.0:
            return SHARE_OUTSIDE
        if to_nearest(self.standard_l_s * 1.0e6) < self.meter_flow_from:
            return METER_FLOW_LOW
        if is_missing(self.kh):
            return NO_HUMIDITY
        if self.nox_from == 0:
            self.nox_from = origin
        # NOx of another kind from one second to the next is not one quantity.
        return VALUE_MISSING if self.nox_from != origin or self._has_no_mass() else 0

    def _has_no_mass(self) -> int:
        gas = 0
        while gas < 3:
            if not (self.mass[gas] > -MOST_MASS_G and self.mass[gas] < MOST_MASS_G):
                return 1
            gas += 1
        return 0

    def _add(self, air_o2: float) -> None:
        if self.measured_s == 0:
            self.share_lowest = self.share_highest = self.share
            self.air_o2_lowest = self.air_o2_highest = air_o2
        if self.share < self.share_lowest:
            self.share_lowest = self.share
        if self.share > self.share_highest:
            self.share_highest = self.share
        if air_o2 < self.air_o2_lowest:
            self.air_o2_lowest = air_o2
        if air_o2 > self.air_o2_highest:
            self.air_o2_highest = air_o2
        self.sums[0] += to_nearest(self.mass[0] * 1.0e12)
        self.sums[1] += to_nearest(self.mass[1] * 1.0e12)
        self.sums[2] += to_nearest(self.mass[2] * 1.0e12)
        self.sums[3] += to_nearest(self.exhaust_l_s * 1.0e6)
        self.captured += to_nearest(self.standard_l_s * self.share * 1.0e6)
        self.sums[4] += to_nearest(self.df * 1.0e9)
        self.sums[5] += to_nearest(self.kh * 1.0e9)
        self.measured_s += 1

    # -- decision

    def _decide(self) -> int:
        self.judged_distance = self.drive.nominal if self.by_nominal else self.drive.distance
        # Without the analyzer's own sample: that is there, whatever becomes of the exhaust.
        if self.captured < self.exhaust_least * self.measured_s:
            return self._finish(INVALID, EXHAUST_NOT_CAPTURED)
        if self.sums[0] < 0 or (self.hc_judged and self.sums[1] < 0) or self.sums[2] < 0:
            return self._finish(INVALID, READING_BELOW_ZERO)
        gas = 0
        while gas < 3:
            judged = 1 if gas != 1 or self.hc_judged else 0
            if judged and not self.holds(self.sums[gas], self.limit[gas], self.compare_full):
                return self._finish(FAIL, 0)
            gas += 1
        return self._finish(PASS, 0)

    def _finish(self, outcome: int, cause: int) -> int:
        self.outcome = outcome
        self.cause = cause
        self.phase = DONE
        return self.phase
