# cython: annotation_typing=False
"""The formulas of GB 18285-2018 that a petrol test needs, each a few lines of arithmetic.

Knows physics and rounding, and the value that stands for "no value" (MISSING, a NaN). Knows no timer, limit or method.
Plain Python that imports one name for types; C types stand in formulas.pxd. Only + - * / and comparisons are used, so
that every IEEE-754 machine, interpreted or compiled, gives the same bits. Outside its domain a formula has no value;
nothing is clamped but what the standard itself clamps (DF at its cap, vapour pressure above 30 degC at 30 degC).
"""

from collections.abc import Sequence

MISSING: float = float("nan")
COUNT_LIMIT: float = 1.0e15
ROUNDER: float = 6755399441055744.0  # 1.5 * 2**52
AHEAD: int = 16
VAPOUR_KPA: list[float] = [
    0.61129, 0.65716, 0.70605, 0.75813, 0.81359, 0.87260, 0.93537, 1.0021,
    1.0730, 1.1482, 1.2281, 1.3129, 1.4027, 1.4979, 1.5988, 1.7056,
    1.8185, 1.9380, 2.0644, 2.1978, 2.3388, 2.4877, 2.6447, 2.8104,
    2.9850, 3.1690, 3.3629, 3.5670, 3.7818, 4.0078, 4.2455,
]  # fmt: skip
"""Saturation pressure of water vapour at 0, 1 .. 30 degC in kPa."""


def is_missing(value: float) -> bool:
    """Tell whether there is no usable value: NaN, or an infinity."""
    return value - value != 0.0


def whole(value: float) -> float:
    """Return the nearest whole number, a tie to the even one, held within +-1e15; 0 where there is no value.

    Beside ROUNDER a double has no place for a fraction, so that adding it rounds, and taking it off leaves the rounded.
    One way through for every value: a compiler does two of them in one instruction.
    """
    held = COUNT_LIMIT if value > COUNT_LIMIT else value
    held = -COUNT_LIMIT if held < -COUNT_LIMIT else held
    held = 0.0 if held != held else held
    return held + ROUNDER - ROUNDER


def to_nearest(value: float) -> int:
    """Return what whole() returns, as a count that can be added up without end."""
    return int(whole(value))


def half_even(total: int, unit: int) -> int:
    """Divide and round to a whole number, ties to the even one (GB/T 8170); 0 unless ``unit`` is positive."""
    if unit <= 0:
        return 0
    size = total
    if total < 0:
        size = -total
    whole = size // unit
    twice = (size - whole * unit) * 2
    if twice > unit or (twice == unit and whole - (whole // 2) * 2 == 1):
        whole += 1
    if total < 0:
        whole = -whole
    return whole


def saturation_pressure_kpa(t_c: float) -> float:
    """Give the saturation pressure Pd of water at air temperature, between whole degrees by the straight line.

    Above 30 degC the standard takes the value at 30 degC. Below 0 degC there is no value.
    """
    if not (t_c >= 0.0):
        return MISSING
    if t_c >= 30.0:
        return VAPOUR_KPA[30]
    degree = int(t_c)
    lower = VAPOUR_KPA[degree]
    return lower + (VAPOUR_KPA[degree + 1] - lower) * (t_c - degree)


def humidity_grains_per_lb(t_c: float, rh_pct: float, p_kpa: float) -> float:
    """Give the absolute humidity H in grains of water per pound of dry air."""
    vapour = saturation_pressure_kpa(t_c)
    if not (rh_pct >= 0.0 and rh_pct <= 100.0) or is_missing(vapour) or is_missing(p_kpa):
        return MISSING
    dry = p_kpa - vapour * rh_pct / 100.0
    if not (dry > 0.0):
        return MISSING
    return 43.478 * rh_pct * vapour / dry


def no_humidity_factor(t_c: float, rh_pct: float, p_kpa: float) -> float:
    """Give the humidity correction factor kH of NO; no value from H = 287.8 on, where the denominator is used up."""
    humidity = humidity_grains_per_lb(t_c, rh_pct, p_kpa)
    denominator = 1.0 - 0.0047 * (humidity - 75.0)
    if not (denominator > 0.0):
        return MISSING
    return 1.0 / denominator


def dilution_factor(co_pct: float, co2_pct: float, a: float, cap: float) -> float:
    """Give the dilution correction factor DF, at most ``cap``; ``a`` depends on the fuel. A DF below 1 is kept.

    What is not positive is missing, and makes missing what it goes into: one way through for every value, as whole().
    """
    carbon = co2_pct if co2_pct > 0.0 else MISSING
    total = carbon + co_pct
    total = total if total > 0.0 else MISSING
    total = MISSING if is_missing(total) else total
    share = carbon / total
    denominator = a + 1.88 * share
    denominator = denominator if denominator > 0.0 else MISSING
    factor = 100.0 * share / denominator / carbon
    return cap if factor > cap else factor


def air_ratio_lambda(co: float, co2: float, o2: float, hc_ppm: float, no_ppm: float, hcv: float, ocv: float) -> float:
    """Give the excess-air ratio after Brettschneider; gases in % vol, HC as 1e-6 hexane, NO in 1e-6."""
    if not (co2 > 0.0):
        return MISSING
    no = no_ppm * 1.0e-4
    water = hcv / 4.0 * 3.5 / (3.5 + co / co2) - ocv / 2.0
    oxygen = co2 + co / 2.0 + o2 + no / 2.0 + water * (co2 + co)
    needed = (1.0 + hcv / 4.0 - ocv / 2.0) * (co2 + co + 6.0e-4 * hc_ppm)
    if not (needed > 0.0) or is_missing(oxygen) or is_missing(needed):
        return MISSING
    return oxygen / needed


def asm_total_power_kw(rm_kg: float, divisor: float) -> float:
    """Give the total roller power of an ASM mode from the reference mass (divisor 148 at 25, 185 at 40 km/h)."""
    if not (divisor > 0.0):
        return MISSING
    return rm_kg / divisor


def force_from_power(power_kw: float, speed_kmh: float) -> float:
    """Give the roller force in N that is this power at this speed; no value at a standstill."""
    if not (speed_kmh > 0.0):
        return MISSING
    return 3600.0 * power_kw / speed_kmh


def power_from_force(force_n: float, speed_kmh: float) -> float:
    """Give the roller power in kW of this force at this speed."""
    return force_n * speed_kmh / 3600.0


def total_force_n(brake_force_n: float, parasitic_kw: float, speed_kmh: float) -> float:
    """Give the total roller force: what the brake holds, and the parasitic loss of the bench at this speed."""
    if not (speed_kmh > 0.0):
        return MISSING
    return brake_force_n + 3600.0 * parasitic_kw / speed_kmh


def ring() -> list[float]:
    """Return a value for each of 512 places.

    Behind them are eight more, which nobody uses: equal places of arrays that stand 4096 bytes apart would push one
    another out of a processor's cache.
    """
    return [0.0] * 520


class CountedSeconds:
    """The last 512 seconds of a petrol test on the rollers, each at its place: as seen, and corrected and counted.

    More than the longest mode has: what stands on its timer is all there.

    Counts are whole numbers that a state machine compares: CO 1e-9 %, HC and NO 1e-6, speed 1e-6 km/h, force 1e-6 N.
    Of a whole trace some seconds are counted ahead of the machine, column by column: their arithmetic runs side by
    side, instead of one after the other between its decisions. ``a`` and ``cap`` belong to DF, ``hcv`` and ``ocv`` to
    lambda.
    """

    def __init__(self, a: float, cap: float, hcv: float, ocv: float) -> None:
        self.a = a
        self.cap = cap
        self.hcv = hcv
        self.ocv = ocv
        # The weather that kH belongs to; it seldom changes from one second to the next.
        self.t_c = self.rh = self.kpa = self.kh = MISSING
        # By place: what was seen, and what a second lacks, as bits.
        self.co = ring()
        self.hc = ring()
        self.no = ring()
        self.co2 = ring()
        self.o2 = ring()
        self.rpm = ring()
        self.force = ring()
        self.speed = ring()
        self.lacks = [0] * 512
        # By place: the factors, and the counts; whether any of them is missing.
        self.df = ring()
        self.kh_at = ring()
        self.co_count = ring()
        self.hc_count = ring()
        self.no_count = ring()
        self.co_plus_co2 = ring()
        self.force_count = ring()
        self.speed_count = ring()
        self.complete = ring()
        # By place: CO, HC and NO added up since the first second; the fourth is nothing.
        self.sums = [0] * 2048
        # Of one second: CO2, O2, engine speed, lambda and power as counts, and what of them is missing.
        self.rest = [0, 0, 0, 0, 0]
        self.rest_lacks = 0
        self.begin()

    def begin(self) -> None:
        """Begin a test, or the next one."""
        self.sum = [0, 0, 0]
        self.sums[2044] = self.sums[2045] = self.sums[2046] = 0  # before the first second

    # fmt: off
    def take(
        self, place: int, present: int, speed: float, force: float, hc: float, co: float, co2: float, o2: float,
        no: float, rpm: float, t_c: float, rh: float, kpa: float,
    ) -> None:
        # fmt: on
        """Take what was measured (``present`` 0: nothing was) to a place; ``lacks`` then says what has no count.

        Its bits: 1 CO, 2 HC, 4 NO, 8 speed, 16 force, 32 CO + CO2, 64 kH.
        """
        self.speed[place] = speed
        self.force[place] = force
        self.hc[place] = hc
        self.co[place] = co
        self.co2[place] = co2
        self.o2[place] = o2
        self.no[place] = no
        self.rpm[place] = rpm
        self.lacks[place] = 0 if present else 8
        self.kh_at[place] = self._kh_in(t_c, rh, kpa)
        self._count(place, place + 1)

    def take_some(
        self, place: int, rows: Sequence[int], block: "memoryview[float]", first: int, end: int
    ) -> int:  # fmt: skip
        """Take up to AHEAD seconds of columns, from ``first`` on and before ``end``, to places from ``place`` on.

        ``rows`` and the lines of ``block`` as Asm.feed takes them. Returns where it stopped.
        """
        some = min(AHEAD, end - first, 512 - place)
        n = 0
        while n < some:
            self.speed[place + n] = block[0, first + n]
            self.force[place + n] = block[1, first + n]
            self.hc[place + n] = block[2, first + n]
            self.co[place + n] = block[3, first + n]
            self.co2[place + n] = block[4, first + n]
            self.o2[place + n] = block[5, first + n]
            self.no[place + n] = block[6, first + n]
            self.rpm[place + n] = block[7, first + n]
            self.lacks[place + n] = 0 if rows[first + n] > 0 else 8
            self.kh_at[place + n] = self._kh_in(block[8, first + n], block[9, first + n], block[10, first + n])
            n += 1
        self._count(place, place + some)
        return first + some

    def _kh_in(self, t_c: float, rh: float, kpa: float) -> float:
        if t_c != self.t_c or rh != self.rh or kpa != self.kpa:
            self.t_c = t_c
            self.rh = rh
            self.kpa = kpa
            self.kh = no_humidity_factor(t_c, rh, kpa)
        return self.kh

    def _count(self, first: int, end: int) -> None:
        """Correct and count the places from ``first`` up to ``end``; each loop does one thing for all of them."""
        place = first
        while place < end:
            self.df[place] = dilution_factor(self.co[place], self.co2[place], self.a, self.cap)
            place += 1
        place = first
        while place < end:
            co = self.co[place] * self.df[place]
            hc = self.hc[place] * self.df[place]
            no = self.no[place] * self.df[place] * self.kh_at[place]
            self.complete[place] = co + hc + no + self.speed[place] + self.force[place]
            self.co_count[place] = whole(co * 1.0e9)
            self.hc_count[place] = whole(hc * 1.0e6)
            self.no_count[place] = whole(no * 1.0e6)
            self.co_plus_co2[place] = whole((self.co[place] + self.co2[place]) * 1.0e9)
            self.speed_count[place] = whole(self.speed[place] * 1.0e6)
            self.force_count[place] = whole(self.force[place] * 1.0e6)
            place += 1
        place = first
        while place < end:
            co_count = int(self.co_count[place])
            hc_count = int(self.hc_count[place])
            no_count = int(self.no_count[place])
            self.sum[0] += co_count
            self.sum[1] += hc_count
            self.sum[2] += no_count
            self.sums[place * 4] = self.sum[0]
            self.sums[place * 4 + 1] = self.sum[1]
            self.sums[place * 4 + 2] = self.sum[2]
            if is_missing(self.complete[place]):
                self._say_what_lacks(place)
            place += 1

    def _say_what_lacks(self, place: int) -> None:
        df = self.df[place]
        kh = self.kh_at[place]
        self.lacks[place] |= (
            (1 if is_missing(self.co[place] * df) else 0) | (2 if is_missing(self.hc[place] * df) else 0)
            | (4 if is_missing(self.no[place] * df * kh) else 0) | (8 if is_missing(self.speed[place]) else 0)
            | (16 if is_missing(self.force[place]) else 0)
            | (32 if is_missing(self.co[place]) or is_missing(self.co2[place]) else 0) | (64 if is_missing(kh) else 0)
        )  # fmt: skip

    def count_rest(self, place: int) -> None:
        """Count what is told beside the gases of a second: CO2, O2 (1e-9 %), engine speed, lambda (1e-9), power (1e-6).

        Only seconds of judged windows are asked for: it judges nothing, and few seconds are in such a window.
        ``rest_lacks`` then says what has no count. Its bits: 16 CO2, 32 O2, 64 engine speed, 128 lambda, 256 power.
        """
        co2 = self.co2[place]
        o2 = self.o2[place]
        rpm = self.rpm[place]
        air = air_ratio_lambda(self.co[place], co2, o2, self.hc[place], self.no[place], self.hcv, self.ocv)
        power = power_from_force(self.force[place], self.speed[place])
        self.rest[0] = to_nearest(co2 * 1.0e9)
        self.rest[1] = to_nearest(o2 * 1.0e9)
        self.rest[2] = to_nearest(rpm * 1.0e6)
        self.rest[3] = to_nearest(air * 1.0e9)
        self.rest[4] = to_nearest(power * 1.0e6)
        self.rest_lacks = (
            (16 if is_missing(co2) else 0) | (32 if is_missing(o2) else 0) | (64 if is_missing(rpm) else 0)
            | (128 if is_missing(air) else 0) | (256 if is_missing(power) else 0)
        )  # fmt: skip
