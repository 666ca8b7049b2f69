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
AHEAD: int = 8
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


def to_nearest(value: float) -> int:
    """Return the nearest whole number, a tie to the even one, held within +-1e15; 0 where there is no value.

    Beside ROUNDER a double has no place for a fraction, so that adding it rounds, and taking it off leaves the rounded.
    """
    if -COUNT_LIMIT < value < COUNT_LIMIT:
        return int(value + ROUNDER - ROUNDER)
    if value != value:
        return 0
    return 1000000000000000 if value > 0.0 else -1000000000000000


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
    """Give the dilution correction factor DF, at most ``cap``; ``a`` depends on the fuel. A DF below 1 is kept."""
    if not (co2_pct > 0.0) or not (co_pct + co2_pct > 0.0) or is_missing(co_pct + co2_pct):
        return MISSING
    share = co2_pct / (co2_pct + co_pct)
    denominator = a + 1.88 * share
    if not (denominator > 0.0):
        return MISSING
    factor = 100.0 * share / denominator / co2_pct
    if factor > cap:
        return cap
    return factor


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


class CountedSeconds:
    """The last 512 seconds of a petrol test on the rollers, each at its place: as seen, and corrected and counted.

    More than the longest mode has: what stands on its timer is all there. (512 is written out so that it divides fast.)

    Counts are what a state machine compares and adds up: CO 1e-9 %, HC and NO 1e-6, speed 1e-6 km/h, force 1e-6 N. Of a
    whole trace some seconds are counted ahead of the machine: their divisions then run side by side, instead of one
    after the other between its decisions. ``a`` and ``cap`` belong to DF.
    """

    def __init__(self, a: float, cap: float) -> None:
        self.a = a
        self.cap = cap
        # The weather that kH belongs to; it seldom changes from one second to the next.
        self.t_c = self.rh = self.kpa = self.kh = MISSING
        # By place: CO, HC, NO (corrected) and speed as counts; what has no count, as bits; eight values as seen.
        self.counts = [0] * 2048
        self.force = [0] * 512
        self.co_plus_co2 = [0] * 512
        self.lacks = [0] * 512
        self.seen = [0.0] * 4096

    # fmt: off
    def take(
        self, place: int, present: int, speed: float, force: float, hc: float, co: float, co2: float, o2: float,
        no: float, rpm: float, t_c: float, rh: float, kpa: float,
    ) -> None:
        # fmt: on
        """Take what was measured (``present`` 0: nothing was) to a place; ``lacks`` then says what has no count.

        Its bits: 1 CO, 2 HC, 4 NO, 8 speed, 16 force, 32 CO + CO2, 64 kH.
        """
        dilution = dilution_factor(co, co2, self.a, self.cap)
        if t_c != self.t_c or rh != self.rh or kpa != self.kpa:
            self.t_c = t_c
            self.rh = rh
            self.kpa = kpa
            self.kh = no_humidity_factor(t_c, rh, kpa)
        co_c = co * dilution
        hc_c = hc * dilution
        no_c = no * dilution * self.kh
        self.counts[place * 4] = to_nearest(co_c * 1.0e9)
        self.counts[place * 4 + 1] = to_nearest(hc_c * 1.0e6)
        self.counts[place * 4 + 2] = to_nearest(no_c * 1.0e6)
        self.counts[place * 4 + 3] = to_nearest(speed * 1.0e6)
        self.force[place] = to_nearest(force * 1.0e6)
        self.co_plus_co2[place] = to_nearest(co * 1.0e9) + to_nearest(co2 * 1.0e9)
        self.lacks[place] = 0 if present else 8
        if is_missing(co_c + hc_c + no_c + speed + force):
            self.lacks[place] |= (
                (1 if is_missing(co_c) else 0) | (2 if is_missing(hc_c) else 0)
                | (4 if is_missing(no_c) else 0) | (8 if is_missing(speed) else 0)
                | (16 if is_missing(force) else 0) | (32 if is_missing(co) or is_missing(co2) else 0)
                | (64 if is_missing(self.kh) else 0)
            )  # fmt: skip
        self.seen[place * 8] = co
        self.seen[place * 8 + 1] = hc
        self.seen[place * 8 + 2] = no
        self.seen[place * 8 + 3] = co2
        self.seen[place * 8 + 4] = o2
        self.seen[place * 8 + 5] = rpm
        self.seen[place * 8 + 6] = force
        self.seen[place * 8 + 7] = speed

    def take_some(
        self, place: int, rows: Sequence[int], block: "memoryview[float]", first: int, end: int
    ) -> int:  # fmt: skip
        """Take up to AHEAD seconds of columns, from ``first`` on and before ``end``, to places from ``place`` on.

        ``rows`` and the lines of ``block`` as Asm.feed takes them. Returns where it stopped.
        """
        second = first
        while second < end and second < first + AHEAD:
            self.take(
                place, 1 if rows[second] > 0 else 0, block[0, second], block[1, second], block[2, second],
                block[3, second], block[4, second], block[5, second], block[6, second], block[7, second],
                block[8, second], block[9, second], block[10, second],
            )  # fmt: skip
            place = (place + 1) % 512
            second += 1
        return second
