"""Many ASM tests as a year leaves them, by columns: clean cars, cars that need the whole mode, and cars that fail it.

Every test goes as a good driver holds it, without a reset and without a gap, so that what cannot restart may judge it.
"""

import random
from array import array
from collections.abc import Sequence

from lanectl.core.columns import Columns

MASSES_KG = (1020.0, 1270.0, 1480.0, 1930.0)
KINDS = ((0.25, 0.0), (0.8, 0.0), (0.8, 0.0), (1.25, 0.25), (1.25, 0.8), (1.5, 1.5))
"""Shares of the limits at 25 and at 40 km/h: quick passes, passes at 90 s, failures."""
LIMITS = {"co_pct": (0.5, 0.4), "hc_ppm": (90.0, 80.0), "no_ppm": (700.0, 650.0)}
MODE_S, QUICK_S, HOLD_S, AFTER_S = 90, 20, 5, 3
"""A lane goes on for a little after the decision."""


def archive(tests: int, seed: int = 1) -> tuple[list[float], list[Columns]]:
    """Return reference masses and traces."""
    chance = random.Random(seed)
    masses = [chance.choice(MASSES_KG) for _ in range(tests)]
    return masses, [_trace(chance, mass, KINDS[number % len(KINDS)]) for number, mass in enumerate(masses)]


def _trace(chance: random.Random, mass: float, shares: Sequence[float]) -> Columns:
    at_25 = QUICK_S if shares[0] < 0.5 else MODE_S
    faster = chance.randrange(6, 15) if shares[0] > 1.0 else 0
    at_40 = 0 if not faster else HOLD_S + (QUICK_S if shares[1] < 0.5 else MODE_S)
    modes = [0] * (at_25 + faster) + [1] * at_40
    modes += modes[-1:] * AFTER_S
    ramp = [25.0 + 15.0 * second / (faster + 1) for second in range(1, faster + 1)]
    aims = [25.0] * at_25 + ramp + [40.0] * (len(modes) - at_25 - faster)
    weather = {"ambient_temp_c": chance.uniform(20, 24), "humidity_pct": chance.uniform(40, 60), "pressure_kpa": 100.4}
    columns = {
        "speed_kmh": [
            chance.uniform(-0.3, 0.3) + (aim if aim != 25.0 or second < at_25 else 25.0)
            for second, aim in enumerate(aims)
        ],
        "force_n": [
            mass * (3600.0 / 7400.0 if mode else 3600.0 / 3700.0) * chance.uniform(0.98, 1.02) for mode in modes
        ],
        **{
            name: [shares[mode] * of[mode] * chance.uniform(0.95, 1.05) for mode in modes]
            for name, of in LIMITS.items()
        },
        "co2_pct": [chance.uniform(14.2, 14.9) for _ in modes],
        "o2_pct": [chance.uniform(0.3, 0.7) for _ in modes],
        "engine_rpm": [chance.uniform(1700.0, 1900.0) for _ in modes],
        **{name: [value] * len(modes) for name, value in weather.items()},
        "low_flow": [0.0] * len(modes),
    }
    made = {name: array("d", values) for name, values in columns.items()}
    return Columns(array("q", range(0, 1000 * len(modes), 1000)), array("i", [10]) * len(modes), made)
