"""ASM across traces in NumPy, as well as NumPy can say it: what the compiled loop is measured against.

It says corrections, ten-second means, the quick check and the last valid window of tests in which nothing was out of
tolerance, thin, missing or far above a limit; it sees which those are, and leaves the others open, because it cannot
restart a timer. Counts, sums and rounding are the core's, so that the same numbers come out. Not part of lanectl.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lanectl.core.asm_law import AsmLaw
from lanectl.core.formulas import saturation_pressure_kpa

Doubles = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
SPEED, FORCE, HC, CO, CO2, O2, NO, RPM, AIR_C, RH, KPA, LOW_FLOW = range(12)
"""The lines of the block, as asm_trial.CHANNELS."""
OPEN, PASS, FAIL = 0, 1, 2
GASES = 3
SCALES = (1e9, 1e6, 1e6, 1e9, 1e9, 1e6, 1e9, 1e6)
"""Counts a unit of CO, HC, NO (all corrected), CO2, O2, engine speed, lambda, power."""
PRESET_S, WINDOW_S, MODE_S, HOLD_S = 10, 10, 90, 5
FUEL = ("df_a_petrol", "df_cap", "lambda_hcv_petrol", "lambda_ocv_petrol")
VAPOUR = np.array([saturation_pressure_kpa(float(degree)) for degree in range(31)])
STEADY_KMH, IN_BAND_KMH, SPEEDS_KMH, FORCE_SHARE = 1.0, 2.0, (25.0, 40.0), 0.05
LEAST_CO_AND_CO2_PCT, LEAST_RPM, GROSS = 6.0, 300.0, 5
LAST_FIRST = np.arange(MODE_S, PRESET_S + WINDOW_S - 1, -1)
"""The seconds that a window may end with, the last first."""
PART = 128
"""Tests at a time: their columns and all that is made of them stay in the cache."""


@dataclass(frozen=True, slots=True)
class Found:
    """By test: outcome (0: left open); by test and mode: the last second of its window (0: none), and eight sums."""

    outcome: Counts
    ends: Counts
    sums: Counts


class NumpyAsm:
    """The figures of one law for petrol, as arrays; the rules that are the same everywhere stand above."""

    def __init__(self, law: AsmLaw) -> None:
        rule = law.figures.rule
        self.a, self.cap, self.hcv, self.ocv = (rule(name) for name in FUEL)
        self.units = np.array(law.units, dtype=np.int64)
        limits = np.array([[law.limit(mode, gas) for gas in range(GASES)] for mode in range(2)])
        self.limits = np.rint(limits * SCALES[:GASES]).astype(np.int64)
        self.quick = np.rint(limits * rule("quick_fraction") * SCALES[:GASES]).astype(np.int64)

    def judge(self, block: Doubles, rows: Counts, starts: Counts, forces: Doubles) -> Found:
        """Judge whole tests: ``block`` holds a channel a line, test n from ``starts[n]`` up to ``starts[n + 1]``.

        ``rows`` are the samples of each second, ``forces`` the roller force of each test at 25 and at 40 km/h.
        """
        parts = []
        for first in range(0, len(starts) - 1, PART):
            last = min(first + PART, len(starts) - 1)
            of = slice(starts[first], starts[last])
            parts.append(
                self._judge_part(block[:, of], rows[of], starts[first : last + 1] - starts[first], forces[first:last])
            )
        return Found(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("outcome", "ends", "sums")))

    def _judge_part(self, block: Doubles, rows: Counts, starts: Counts, forces: Doubles) -> Found:
        counts, speed, tests = self._corrected(block), block[SPEED], len(starts) - 1
        totals = np.zeros((8, block.shape[1] + 1), dtype=np.int64)
        np.cumsum(counts, axis=1, out=totals[:, 1:])
        steady = np.abs(speed[WINDOW_S - 1 :] - speed[: 1 - WINDOW_S]) < STEADY_KMH
        odd = self._odd(block, rows, counts)
        found = Found(np.full(tests, OPEN), np.zeros((tests, 2), np.int64), np.zeros((tests, 2, 8), np.int64))
        begins, ends, which = starts[:-1], starts[1:], np.arange(tests)
        for mode in range(2):
            out = _is_out(block, mode, np.repeat(forces[:, mode], np.diff(starts)))
            not_plain = np.zeros(len(speed) + 1, dtype=np.int64)
            np.cumsum(odd | out, out=not_plain[1:])
            which = self._judge_mode(found, steady, not_plain, totals, mode, which, begins, ends)
            if mode == 0:
                begins, ends = _after_hold(speed, starts[which] + MODE_S), starts[which + 1]
        found.outcome[which] = FAIL
        return found

    def _odd(self, block: Doubles, rows: Counts, counts: Counts) -> Any:
        """Tell of each second whether it could end a test, or lacks something."""
        odd = (rows == 0) | (block[LOW_FLOW] > 0.0) | (block[RPM] < LEAST_RPM)
        odd |= block[CO] + block[CO2] < LEAST_CO_AND_CO2_PCT
        for gas in range(GASES):
            odd |= counts[gas] > GROSS * self.limits[:, gas].min()
        return odd | np.isnan(block[:4].sum(axis=0))

    def _judge_mode(
        self, found: Found, steady: Any, not_plain: Counts, totals: Counts, mode: int,
        tests: Counts, begins: Counts, ends: Counts,
    ) -> Counts:  # fmt: skip
        """Judge a mode of some tests, whose timer begins at these seconds; return the tests that it leaves failed."""
        quick_end = begins + PRESET_S + WINDOW_S
        there = quick_end <= ends
        there &= not_plain[np.where(there, quick_end, 0)] == not_plain[np.where(there, begins, 0)]
        sums = _sums(totals, np.where(there, quick_end, WINDOW_S))
        passed = there & steady[np.where(there, quick_end - WINDOW_S, 0)] & self._is_within(sums, self.quick[mode])
        self._take(found, mode, tests[passed], np.full(int(passed.sum()), PRESET_S + WINDOW_S), sums[passed])
        found.outcome[tests[passed]] = PASS

        whole = ~passed & (begins + MODE_S <= ends)
        tests, begins = tests[whole], begins[whole]
        plain = not_plain[begins + MODE_S] == not_plain[begins]
        tests, begins = tests[plain], begins[plain]
        valid = steady[begins[:, None] + LAST_FIRST - WINDOW_S]
        last = LAST_FIRST[np.argmax(valid, axis=1)]
        has = valid.any(axis=1)
        tests, last, begins = tests[has], last[has], begins[has]
        sums = _sums(totals, begins + last)
        passed = self._is_within(sums, self.limits[mode])
        self._take(found, mode, tests, last, sums)
        found.outcome[tests[passed]] = PASS
        failed: Counts = tests[~passed]
        return failed

    def _is_within(self, sums: Counts, limits: Counts) -> Any:
        rounded = np.rint(sums[:, :GASES] / (self.units * WINDOW_S)).astype(np.int64) * self.units
        return (rounded <= limits).all(axis=1)

    def _take(self, found: Found, mode: int, tests: Counts, last: Counts, sums: Counts) -> None:
        found.ends[tests, mode] = last
        found.sums[tests, mode] = sums

    def _corrected(self, block: Doubles) -> Counts:
        """Return the eight channels that windows are made of, second by second, as whole counts."""
        co, co2, no = block[CO], block[CO2], block[NO]
        share = co2 / (co2 + co)
        dilution = np.minimum(100.0 * share / (self.a + 1.88 * share) / co2, self.cap)
        made = np.empty((8, block.shape[1]))
        made[0] = co * dilution
        made[1] = block[HC] * dilution
        made[2] = no * dilution * _humidity_factor(block[AIR_C], block[RH], block[KPA])
        made[3:6] = block[[CO2, O2, RPM]]
        made[6] = self._air_ratio(co, co2, block[O2], block[HC], no)
        made[7] = block[FORCE] * block[SPEED] / 3600.0
        made *= np.array(SCALES)[:, None]
        made += 0.5
        return made.astype(np.int64)

    def _air_ratio(self, co: Doubles, co2: Doubles, o2: Doubles, hc: Doubles, no: Doubles) -> Doubles:
        water = self.hcv / 4.0 * 3.5 / (3.5 + co / co2) - self.ocv / 2.0
        oxygen = co2 + co / 2.0 + o2 + no * 1.0e-4 / 2.0 + water * (co2 + co)
        return oxygen / ((1.0 + self.hcv / 4.0 - self.ocv / 2.0) * (co2 + co + 6.0e-4 * hc))


def _sums(totals: Counts, ends: Counts) -> Counts:
    """Return the eight sums over the window that ends before each place, a test a line."""
    sums: Counts = (totals[:, ends] - totals[:, ends - WINDOW_S]).T
    return sums


def _is_out(block: Doubles, mode: int, force: Doubles) -> Any:
    """Tell of each second whether speed or force is out of a mode's tolerance."""
    speed_out = np.abs(block[SPEED] - SPEEDS_KMH[mode]) > IN_BAND_KMH
    return speed_out | (np.abs(block[FORCE] - force) > FORCE_SHARE * force)


def _after_hold(speed: Doubles, earliest: Counts) -> Counts:
    """Return where the timer at 40 km/h begins: after the first five seconds in the band; the end where never."""
    inside = np.abs(speed - SPEEDS_KMH[1]) <= IN_BAND_KMH
    held = inside[HOLD_S - 1 :].copy()
    for before in range(1, HOLD_S):
        held &= inside[HOLD_S - 1 - before : len(inside) - before]
    places = np.append(np.flatnonzero(held), len(speed))
    return places[np.searchsorted(places, earliest)] + HOLD_S


def _humidity_factor(t_c: Doubles, rh_pct: Doubles, p_kpa: Doubles) -> Doubles:
    """Return kH from 0 degC up; the core has no value below that, this has a wrong one."""
    warm = np.minimum(t_c, 30.0)
    degree = np.minimum(warm.astype(np.int64), 29)
    lower = VAPOUR[degree]
    vapour = lower + (VAPOUR[degree + 1] - lower) * (warm - degree)
    humidity = 43.478 * rh_pct * vapour / (p_kpa - vapour * rh_pct / 100.0)
    factor: Doubles = 1.0 / (1.0 - 0.0047 * (humidity - 75.0))
    return factor
