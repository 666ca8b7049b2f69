"""The tube behind the tail pipe: exhaust and hall air, drawn by a blower, past oxygen cell, thermometer and manometer.

Knows mixing, heat and the blower's pull. Does not know command bytes, engines or limits.
"""

from random import Random

from simulators.sample_line import Air

BLOWER_L_S = 108.0
"""What the blower draws, at the conditions of the hall."""
SUCTION_KPA = 0.45
BLOWER_LAG_S = 2.0
OXYGEN_LAG_S = 0.8
AIR_O2_PCT = 20.9
EXHAUST_C = 140.0
WARM_UP_S = 300.0
NOISE_O2_PCT, NOISE_L_S = 0.02, 0.15


class FlowTube:
    """Everything between funnel and reading. Warm, blower off, funnel behind the pipe."""

    def __init__(self, air: Air, seed: int = 0) -> None:
        self.air = air
        self.blower_on = False
        self.at_pipe = True
        """False when the funnel stands beside the pipe."""
        self.warm_up_left_s = 0.0
        self.pressure_fault = False
        self.flow_l_s = 0.0
        self.o2_pct = AIR_O2_PCT
        self.temp_c = air.temp_c
        self._random = Random(seed)  # noqa: S311 - noise, not a secret

    @property
    def warming(self) -> bool:
        """Whether the zirconia cell still heats up."""
        return self.warm_up_left_s > 0.0

    @property
    def pressure_kpa(self) -> float:
        """What the manometer shows."""
        return self.air.pressure_kpa - SUCTION_KPA * self.flow_l_s / BLOWER_L_S

    def power_cut(self) -> None:
        """Begin again from cold, as after a loss of power."""
        self.warm_up_left_s, self.blower_on = WARM_UP_S, False

    def step(self, dt_s: float, exhaust_l_s: float, exhaust_o2_pct: float) -> None:
        """Let the gas move on; this is what the tail pipe gives now, at the conditions of the hall."""
        self.warm_up_left_s = max(0.0, self.warm_up_left_s - dt_s)
        drawn = BLOWER_L_S if self.blower_on else 0.0
        self.flow_l_s += (drawn - self.flow_l_s) * min(1.0, dt_s / BLOWER_LAG_S)
        share = min(1.0, exhaust_l_s / self.flow_l_s) if self.at_pipe and self.flow_l_s > 1.0 else 0.0
        o2 = AIR_O2_PCT + (exhaust_o2_pct - AIR_O2_PCT) * share
        self.o2_pct += (o2 - self.o2_pct) * min(1.0, dt_s / OXYGEN_LAG_S)
        warm = self.air.temp_c + (EXHAUST_C - self.air.temp_c) * share
        self.temp_c += (warm - self.temp_c) * min(1.0, dt_s / BLOWER_LAG_S)

    def reading(self) -> tuple[float, float]:
        """Return oxygen and flow with their noise."""
        flow = max(0.0, self.flow_l_s + self._random.gauss(0.0, NOISE_L_S))
        return self.o2_pct + self._random.gauss(0.0, NOISE_O2_PCT), flow
