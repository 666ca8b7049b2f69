"""What comes out of a petrol engine: five gases that belong together.

Knows the atom balances of burnt petrol and the water-gas equilibrium. Does not know engines, catalysts or analysers.
"""

from typing import NamedTuple

HYDROGEN_PER_CARBON = 1.7261
OXYGEN_PER_CARBON = 0.0175
NITROGEN_PER_OXYGEN = 3.774
WATER_GAS_CONSTANT = 3.5
HC_CARBON = 6
"""An analyser counts hydrocarbons as hexane: six carbon atoms each."""

MIN_BURNT_CARBON_PCT = 2.0

BALANCE_ROUNDS = 4
"""The total settles by about a factor of twenty in each round."""


class Gas(NamedTuple):
    """A dry gas mixture, as an analyser reads it. HC as hexane."""

    hc_ppm: float
    co_pct: float
    co2_pct: float
    o2_pct: float
    no_ppm: float


AIR = Gas(hc_ppm=2.0, co_pct=0.0, co2_pct=0.04, o2_pct=20.9, no_ppm=1.0)
"""Air of a test hall."""

ZERO_GAS = Gas(hc_ppm=0.0, co_pct=0.0, co2_pct=0.0, o2_pct=20.9, no_ppm=0.0)
"""Air behind the charcoal filter of an analyser."""


def burnt(air_ratio: float, co_pct: float, hc_ppm: float, no_ppm: float) -> Gas:
    """Return the exhaust of petrol burnt at this air ratio that still holds this much CO, HC and NO.

    Counted per carbon atom of the fuel: carbon gives CO2, nitrogen the bulk, oxygen what is left of O2.
    """
    co, hc, no = co_pct / 100.0, hc_ppm * 1e-6, no_ppm * 1e-6
    oxygen = air_ratio * (1.0 + HYDROGEN_PER_CARBON / 4.0 - OXYGEN_PER_CARBON / 2.0)
    total, co2, o2 = 5.4 * air_ratio + 1.0, 1.0, 0.0
    for _ in range(BALANCE_ROUNDS):
        co2 = 1.0 - total * (co + HC_CARBON * hc)
        hydrogen = HYDROGEN_PER_CARBON / 2.0 * (1.0 - total * HC_CARBON * hc)
        h2 = hydrogen * _hydrogen_share(total * co, co2)
        spent = 2.0 * co2 + total * (co + no) + hydrogen - h2
        o2 = max(0.0, oxygen + (OXYGEN_PER_CARBON - spent) / 2.0)
        total = co2 + h2 + o2 + NITROGEN_PER_OXYGEN * oxygen + total * (co + hc + no / 2.0)
    return Gas(hc_ppm, co_pct, 100.0 * co2 / total, 100.0 * o2 / total, no_ppm)


def _hydrogen_share(co: float, co2: float) -> float:
    """Share of the hydrogen that left as H2 instead of water."""
    return co / (WATER_GAS_CONSTANT * co2 + co)


def air_ratio(gas: Gas) -> float | None:
    """Return lambda of this exhaust by Brettschneider's formula, as an analyser works it out; None without exhaust."""
    burnt_carbon = gas.co2_pct + gas.co_pct
    if burnt_carbon < MIN_BURNT_CARBON_PCT or gas.co2_pct <= 0.0:
        return None
    steam = HYDROGEN_PER_CARBON / 4.0 * WATER_GAS_CONSTANT / (WATER_GAS_CONSTANT + gas.co_pct / gas.co2_pct)
    oxygen = gas.co2_pct + gas.co_pct / 2.0 + gas.o2_pct + gas.no_ppm * 0.5e-4
    oxygen += (steam - OXYGEN_PER_CARBON / 2.0) * burnt_carbon
    carbon = burnt_carbon + HC_CARBON * gas.hc_ppm * 1e-4
    return oxygen / ((1.0 + HYDROGEN_PER_CARBON / 4.0 - OXYGEN_PER_CARBON / 2.0) * carbon)


def mix(first: Gas, second: Gas, share: float) -> Gas:
    """Return the first gas with this share of it replaced by the second."""
    return Gas(*(a + (b - a) * share for a, b in zip(first, second, strict=True)))
