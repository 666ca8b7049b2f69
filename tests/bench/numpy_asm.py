"""ASM across traces in NumPy, as well as NumPy can say it: what the compiled loop is measured against.

It says corrections, every ten-second mean, the quick check and the last valid window of tests in which nothing was out
of tolerance, thin, missing or far above a limit; it sees which those are, and leaves the others open, because it cannot
restart a timer. Counts, sums and rounding are the core's, so that the same numbers come out. Not part of lanectl.
"""

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from lanectl.core.asm_law import AsmLaw, largest_sum
from lanectl.core.asm_verdict import TOLD, AsmTold
from lanectl.core.formulas import saturation_pressure_kpa

Doubles = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
SPEED, FORCE, HC, CO, CO2, O2, NO, RPM, AIR_C, RH, KPA, LOW_FLOW = range(12)
"""The lines of the block, as asm_trial.CHANNELS."""
PASS, FAIL, QUICK_CHECK = 1, 2, 8
OUTCOME, CAUSE, MODE, WENT_ON, ROUNDING, QUICK_OTHERWISE, DECIDING, SAW_RPM = (
    AsmTold._fields.index(name)
    for name in (
        "outcome", "cause", "mode", "went_on", "rounding_matters", "quick_otherwise", "deciding_matters", "saw_rpm",
    )
)  # fmt: skip
ENDS, SUMS = 16, 20
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
PARTS = (64, 128, 256, 512)
"""Tests at a time: their columns, and all that is made of them, should stay in the cache; which do, is tried."""


class NumpyAsm:
    """The figures of one law for petrol, as arrays; the rules that are the same everywhere stand above."""

    def __init__(self, law: AsmLaw) -> None:
        rule = law.figures.rule
        self.a, self.cap, self.hcv, self.ocv = (rule(name) for name in FUEL)
        limits = np.array([[law.limit(mode, gas) for gas in range(GASES)] for mode in range(2)])
        shares = np.array([1.0, rule("quick_fraction")])
        bounds = np.rint(limits[:, None] * shares[:, None] * SCALES[:GASES]).astype(np.int64)
        self.gross = GROSS * bounds[:, 0].min(axis=0)
        # By mode, check (whole limits, quick check) and gas: the largest sums within, of means rounded and full.
        rounded = [
            largest_sum(int(bound), law.units[place % GASES], WINDOW_S)
            for place, bound in enumerate(bounds.reshape(-1))
        ]
        self.most = np.array(rounded).reshape(bounds.shape)
        self.most_otherwise = bounds * WINDOW_S
        self.part = PARTS[0]

    def try_parts(self, block: Doubles, rows: Counts, starts: Counts, forces: Doubles) -> None:
        """Keep to the number of tests at a time that is fastest on this machine."""
        taken = {}
        for self.part in PARTS:
            begin = time.perf_counter()
            self.judge(block, rows, starts, forces)
            taken[self.part] = time.perf_counter() - begin
        self.part = min(PARTS, key=taken.__getitem__)

    def judge(self, block: Doubles, rows: Counts, starts: Counts, forces: Doubles) -> Counts:
        """Judge whole tests: ``block`` holds a channel a line, test n from ``starts[n]`` up to ``starts[n + 1]``.

        ``rows`` are the samples of each second, ``forces`` the roller force of each test at 25 and at 40 km/h. Returned
        are the numbers that a machine would tell, a test a line; outcome 0 where the test is left open.
        """
        parts = []
        for first in range(0, len(starts) - 1, self.part):
            last = min(first + self.part, len(starts) - 1)
            of = slice(starts[first], starts[last])
            parts.append(
                self._judge_part(block[:, of], rows[of], starts[first : last + 1] - starts[first], forces[first:last])
            )
        return np.concatenate(parts)

    def _judge_part(self, block: Doubles, rows: Counts, starts: Counts, forces: Doubles) -> Counts:
        counts, speed, tests = self._corrected(block), block[SPEED], len(starts) - 1
        totals = np.zeros((8, block.shape[1] + 1), dtype=np.int64)
        np.cumsum(counts, axis=1, out=totals[:, 1:])
        steady = np.abs(speed[WINDOW_S - 1 :] - speed[: 1 - WINDOW_S]) < STEADY_KMH
        odd = self._odd(block, rows, counts)
        told = np.zeros((tests, TOLD), dtype=np.int64)
        begins, ends, which = starts[:-1], starts[1:], np.arange(tests)
        for mode in range(2):
            out = _is_out(block, mode, np.repeat(forces[:, mode], np.diff(starts)))
            not_plain = np.zeros(len(speed) + 1, dtype=np.int64)
            np.cumsum(odd | out, out=not_plain[1:])
            which = self._judge_mode(told, steady, not_plain, totals, mode, which, begins, ends)
            if mode == 0:
                begins, ends = _after_hold(speed, starts[which] + MODE_S), starts[which + 1]
        told[which, OUTCOME] = FAIL
        return told

    def _odd(self, block: Doubles, rows: Counts, counts: Counts) -> Any:
        """Tell of each second whether it could end a test, or lacks something."""
        odd = (rows == 0) | (block[LOW_FLOW] > 0.0) | (block[RPM] < LEAST_RPM)
        odd |= block[CO] + block[CO2] < LEAST_CO_AND_CO2_PCT
        for gas in range(GASES):
            odd |= counts[gas] > self.gross[gas]
        return odd | np.isnan(block[:RPM].sum(axis=0) + block[RPM])

    def _judge_mode(
        self, told: Counts, steady: Any, not_plain: Counts, totals: Counts, mode: int,
        tests: Counts, begins: Counts, ends: Counts,
    ) -> Counts:  # fmt: skip
        """Judge a mode of some tests, whose timer begins at these seconds; return the tests that it leaves failed."""
        quick_end = begins + PRESET_S + WINDOW_S
        there = quick_end <= ends
        there &= not_plain[np.where(there, quick_end, 0)] == not_plain[np.where(there, begins, 0)]
        looked = np.flatnonzero(there & steady[np.where(there, quick_end - WINDOW_S, 0)])
        passed = self._look(told, mode, 1, tests[looked], _sums(totals, quick_end[looked]), PRESET_S + WINDOW_S)
        told[tests[looked[passed]], CAUSE] = QUICK_CHECK

        left = begins + MODE_S <= ends
        left[looked[passed]] = False
        tests, begins = tests[left], begins[left]
        plain = not_plain[begins + MODE_S] == not_plain[begins]
        tests, begins = tests[plain], begins[plain]
        valid = steady[begins[:, None] + LAST_FIRST - WINDOW_S]
        last = LAST_FIRST[np.argmax(valid, axis=1)]
        has = valid.any(axis=1)
        tests, last, begins = tests[has], last[has], begins[has]
        told[tests, DECIDING] |= self._windows_differ(totals, steady, mode, begins)
        passed = self._look(told, mode, 0, tests, _sums(totals, begins + last), last)
        failed: Counts = tests[~passed]
        told[failed, WENT_ON] = told[failed, MODE] = 1
        return failed

    def _look(self, told: Counts, mode: int, quick: int, tests: Counts, sums: Counts, ends: Any) -> Any:
        """Compare a window of each test; write down what passes, or is judged at the end of its mode."""
        passed = (sums[:, :GASES] <= self.most[mode, quick]).all(axis=1)
        otherwise = (sums[:, :GASES] <= self.most_otherwise[mode, quick]).all(axis=1)
        told[tests, ROUNDING] |= (passed != otherwise) & (passed | (quick == 0))
        told[tests, QUICK_OTHERWISE] |= (passed != otherwise) & ~passed & (quick == 1)
        taken = passed | (quick == 0)
        told[tests[taken], ENDS + mode] = ends if quick else ends[taken]
        told[tests[taken], SUMS + 8 * mode : SUMS + 8 * mode + 8] = sums[taken]
        told[tests[passed], OUTCOME] = PASS
        told[tests, SAW_RPM] = 1
        return passed

    def _windows_differ(self, totals: Counts, steady: Any, mode: int, begins: Counts) -> Any:
        """Tell where some valid windows of a mode are within the limits, and some are not."""
        within = np.ones(totals.shape[1] - WINDOW_S, dtype=bool)
        for gas in range(GASES):
            within &= totals[gas, WINDOW_S:] - totals[gas, :-WINDOW_S] <= self.most[mode, 0, gas]
        differ = []
        for kind in (steady & within, steady & ~within):
            so_far = np.zeros(len(kind) + 1, dtype=np.int64)
            np.cumsum(kind, out=so_far[1:])
            differ.append(so_far[begins + MODE_S - WINDOW_S + 1] > so_far[begins + PRESET_S])
        return differ[0] & differ[1]

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
