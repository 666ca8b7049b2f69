# cython: annotation_typing=False
"""The formulas of GB 3847-2018 that a diesel test needs: opacity and smoke density, power correction, altitude.

Knows logarithm and exponential by + - * / alone, so that interpreted and compiled, on every IEEE-754 machine, the bits
are the same; a library's functions differ from one machine to the next. Knows no timer, limit or method. A missing
value is NaN. Outside its domain a formula has no value: full opacity has no density, and none is made up for it.
"""

from lanectl.core.formulas import is_missing, to_nearest

NO_NUMBER: float = float("nan")
# ln 2 in two parts: the first has so few bits that its whole multiples up to 2**20 are exact.
LN2_HIGH: float = 6.93147180369123816490e-01
LN2_LOW: float = 1.90821492927058770002e-10
SQRT_HALF: float = 0.7071067811865476
LARGEST_POWER: float = 709.0
SMALLEST_POWER: float = -708.0


def det_log(x: float) -> float:
    """Give the natural logarithm, within 2 units of the last place; no value for x <= 0."""
    if not (x > 0.0) or is_missing(x):
        return NO_NUMBER
    twos = 0
    while x >= 4294967296.0:
        x = x / 4294967296.0
        twos += 32
    while x < 2.3283064365386963e-10:
        x = x * 4294967296.0
        twos -= 32
    while x >= 2.0 * SQRT_HALF:
        x = x / 2.0
        twos += 1
    while x < SQRT_HALF:
        x = x * 2.0
        twos -= 1
    # ln x = 2 (s + s^3/3 + s^5/5 + ...), s = (x - 1)/(x + 1), |s| < 0.172
    s = (x - 1.0) / (x + 1.0)
    square = s * s
    series = 0.0
    odd = 23
    while odd >= 3:
        series = (series + 1.0 / odd) * square
        odd -= 2
    return twos * LN2_HIGH + (2.0 * s + (2.0 * s * series + twos * LN2_LOW))


def det_exp(x: float) -> float:
    """Give e to the power of x, within 2 units of the last place; no value above 709, zero below -708."""
    if is_missing(x) or x > LARGEST_POWER:
        return NO_NUMBER
    if x < SMALLEST_POWER:
        return 0.0
    twos = to_nearest(x / 0.6931471805599453)
    rest = (x - twos * LN2_HIGH) - twos * LN2_LOW
    series = 0.0
    step = 16
    while step >= 1:
        series = (series + 1.0) * rest / step
        step -= 1
    value = 1.0 + series
    while twos > 0:
        value = value * 2.0
        twos -= 1
    while twos < 0:
        value = value / 2.0
        twos += 1
    return value


def det_power(base: float, exponent: float) -> float:
    """Give a positive base to any power."""
    return det_exp(exponent * det_log(base))


def smoke_density_per_m(n_pct: float, path_m: float) -> float:
    """Give the smoke density k in 1/m of an opacity N in % over a path; full opacity (100 %) has none."""
    if not (n_pct < 100.0) or not (path_m > 0.0) or is_missing(n_pct):
        return NO_NUMBER
    return -det_log(1.0 - n_pct / 100.0) / path_m


def opacity_pct(k_per_m: float, path_m: float) -> float:
    """Give the opacity N in % that a smoke density k in 1/m makes over a path."""
    if not (path_m > 0.0):
        return NO_NUMBER
    return 100.0 * (1.0 - det_exp(-k_per_m * path_m))


def opacity_over_path_pct(n_pct: float, from_m: float, to_m: float) -> float:
    """Restate an opacity that was measured over one path as if measured over another."""
    if not (n_pct < 100.0) or not (from_m > 0.0) or not (to_m > 0.0) or is_missing(n_pct):
        return NO_NUMBER
    return 100.0 * (1.0 - det_power(1.0 - n_pct / 100.0, to_m / from_m))


def atmospheric_factor(turbo: int, t_c: float, p_kpa: float) -> float:
    """Give fa of the power correction from dry-bulb temperature and total barometric pressure."""
    if not (p_kpa > 0.0) or not (t_c > -273.0):
        return NO_NUMBER
    air = 99.0 / p_kpa
    warmth = (t_c + 273.0) / 298.0
    if turbo:
        return det_power(air, 0.7) * det_power(warmth, 1.5)
    return air * det_power(warmth, 0.7)


def power_correction(turbo: int, t_c: float, p_kpa: float, fm: float) -> float:
    """Give the factor fa^fm, applied once, by which a measured engine power is multiplied."""
    return det_power(atmospheric_factor(turbo, t_c, p_kpa), fm)


def altitude_allowance_per_m(
    altitude_m: float, above_m: float, per_1000_m: float, at_most: float, stepped: int
) -> float:
    """Give what the altitude of the station adds to the lug-down limit of k: by proportion, or by whole thousands."""
    if is_missing(altitude_m) or is_missing(above_m):
        return NO_NUMBER
    if not (altitude_m > above_m):
        return 0.0
    thousands = (altitude_m - above_m) / 1000.0
    if thousands > 100.0:
        thousands = 100.0
    if stepped:
        whole = int(thousands)
        thousands = 1.0 * whole
    allowance = thousands * per_1000_m
    if allowance > at_most:
        return at_most
    return allowance
