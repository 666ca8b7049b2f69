"""An opacimeter's measuring chamber: probe, smoke column, light beam, windows, and the filter behind them.

Knows light in smoke and the delays of a partial-flow opacimeter. Does not know command bytes, engines or limits.
"""

from math import exp, log
from random import Random

PATH_M = 0.430
PHYSICAL_RESPONSE_S = 0.4
"""Ten to ninety percent, for smoke to fill the chamber."""
WHOLE_RESPONSE_S = 1.0
"""Ten to ninety percent, for all of the instrument."""
_FIRST_ORDER, _SECOND_ORDER = 2.197, 3.358
"""Ten-to-ninety time of one lag, and of two equal ones in a row, in time constants."""
CHAMBER_LAG_S = PHYSICAL_RESPONSE_S / _FIRST_ORDER
FILTER_LAG_S = (WHOLE_RESPONSE_S**2 - PHYSICAL_RESPONSE_S**2) ** 0.5 / _SECOND_ORDER
WARM_UP_S = 300.0
ZERO_S = 3.0
N_NOISE_PCT = 0.06
HIGHEST_N_PCT = 99.9
SOILING_PER_S = 2e-5
"""How fast smoke of 1 1/m soils the windows, in 1/m of their own."""

DRIFT_PER_S = 0.005
"""How fast a lamp that ages in minutes looks like smoke, in 1/m."""


class SmokeMeter:
    """Everything between tail pipe and reading. Warm, measuring, probe out."""

    def __init__(self, seed: int = 0) -> None:
        self.probe_in = False
        self.warm_up_left_s = 0.0
        self.zero_left_s = 0.0
        self.zeroing_for_ever = False
        self.window_k_per_m = 0.0
        """Dirt on the windows, as if it were smoke."""
        self.stuck = False
        self.drifting = False
        self.n_pct = 0.0
        self.k_per_m = 0.0
        self.engine_rpm = 0.0
        self.n_max_pct = self.k_max_per_m = self.rpm_max = 0.0
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._chamber = self._filter_1 = self._filter_2 = 0.0
        self._zero_k_per_m = 0.0

    @property
    def warming(self) -> bool:
        """Whether the tube still heats up."""
        return self.warm_up_left_s > 0.0

    @property
    def zeroing(self) -> bool:
        """Whether it takes the beam of this moment for clear."""
        return self.zero_left_s > 0.0

    def power_cut(self) -> None:
        """Begin again from cold, as after a loss of power."""
        self.warm_up_left_s, self.zero_left_s = WARM_UP_S, 0.0

    def start_zero(self) -> None:
        """Begin to set zero; smoke that is in the beam then will be missing later."""
        self.zero_left_s = ZERO_S

    def clear_maxima(self) -> None:
        """Forget the highest values."""
        self.n_max_pct = self.k_max_per_m = self.rpm_max = 0.0

    def step(self, dt_s: float, exhaust_k_per_m: float, engine_rpm: float) -> None:
        """Let the smoke move on; this is what the tail pipe gives now."""
        self.warm_up_left_s = max(0.0, self.warm_up_left_s - dt_s)
        smoke = exhaust_k_per_m if self.probe_in else 0.0
        self._chamber += (smoke - self._chamber) * min(1.0, dt_s / CHAMBER_LAG_S)
        self.window_k_per_m += (SOILING_PER_S * self._chamber + (DRIFT_PER_S if self.drifting else 0.0)) * dt_s
        self._filter_1 += (self._chamber - self._filter_1) * min(1.0, dt_s / FILTER_LAG_S)
        self._filter_2 += (self._filter_1 - self._filter_2) * min(1.0, dt_s / FILTER_LAG_S)
        if self.zeroing:
            self._set_zero(dt_s)
        if not self.stuck:
            self._show(engine_rpm)

    def _set_zero(self, dt_s: float) -> None:
        if not self.zeroing_for_ever:
            self.zero_left_s = max(0.0, self.zero_left_s - dt_s)
        self._zero_k_per_m = self._filter_2 + self.window_k_per_m

    def _show(self, engine_rpm: float) -> None:
        k = self._filter_2 + self.window_k_per_m - self._zero_k_per_m
        n = 100.0 * (1.0 - exp(-k * PATH_M)) + self._random.gauss(0.0, N_NOISE_PCT)
        self.n_pct = min(HIGHEST_N_PCT, n)
        self.k_per_m = -log(1.0 - self.n_pct / 100.0) / PATH_M
        self.engine_rpm = engine_rpm
        self.n_max_pct = max(self.n_max_pct, self.n_pct)
        self.k_max_per_m = max(self.k_max_per_m, self.k_per_m)
        self.rpm_max = max(self.rpm_max, engine_rpm)
