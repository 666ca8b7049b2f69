# cython: annotation_typing=False
"""The formulas of the simplified transient method (VMAS): from two oxygen readings and a flow to the mass of a second.

Knows the arithmetic of one second. Knows no delay, limit or cycle. Written as formulas.py is: + - * / and comparisons
only, no value outside a formula's domain. Types: vmas_formulas.pxd.
"""

from lanectl.core.formulas import half_even, is_missing

MISSING: float = float("nan")
STANDARD_KPA: float = 101.325
STANDARD_K: float = 273.15


def exhaust_share(ambient_o2_pct: float, dilute_o2_pct: float, raw_o2_pct: float) -> float:
    """Give the dilution ratio K: the share of exhaust in the diluted stream, from O2 of air, mixture and exhaust.

    No value where exhaust and air have the same O2: the probe is not in the exhaust. K may be zero or negative, or
    above 1, where the readings contradict each other; that is for the method to judge.
    """
    between_o2 = ambient_o2_pct - raw_o2_pct
    if between_o2 == 0.0 or is_missing(between_o2) or is_missing(dilute_o2_pct):
        return MISSING
    return (ambient_o2_pct - dilute_o2_pct) / between_o2


def standard_flow_l_s(flow_l_s: float, temp_c: float, pressure_kpa: float) -> float:
    """Give the flow at 0 degC and 101.325 kPa; no value at or below absolute zero."""
    kelvin = temp_c + STANDARD_K
    if not (kelvin > 0.0):
        return MISSING
    return flow_l_s * (pressure_kpa / STANDARD_KPA) * (STANDARD_K / kelvin)


def exhaust_flow_l_s(flow_l_s: float, share: float, sample_l_s: float) -> float:
    """Give the exhaust's own standard flow: its share of the mixture, and what the analyzer takes before that."""
    return flow_l_s * share + sample_l_s


def gas_mass_g(volume_share: float, exhaust_l_s: float, density_g_l: float, factor: float) -> float:
    """Give the mass of a gas in one second of exhaust; ``factor`` is DF, for NOx DF times kH."""
    return volume_share * exhaust_l_s * density_g_l * factor


def molar_density_g_l(molar_mass_g: float, molar_volume_l: float) -> float:
    """Give the density of an ideal gas from its molar mass and the volume of a mole."""
    if not (molar_volume_l > 0.0):
        return MISSING
    return molar_mass_g / molar_volume_l


def count_between(start: int, end: int, part: int, whole: int) -> int:
    """Return the count that is ``part`` of ``whole`` steps on the straight way from start to end, ties to even."""
    return start + half_even((end - start) * part, whole)
