"""What load the rollers have to show: ASM by reference mass, VMAS by class, and what part of it the brake takes.

Power is always the total at the roller: indicated power of the brake (IHP) plus parasitic loss of the bench (PLHP).
Knows no brake and no vehicle file. Outside its domain a formula has no value.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lanectl.core.equipment.result import is_number
from lanectl.core.equipment.sheet import Sheet
from lanectl.core.figures import LimitsMissing
from lanectl.core.formulas import asm_total_power_kw, force_from_power, power_from_force

CUBIC, CONSTANT_FORCE = "cubic", "constant_force"
CLASS_TABLE, REFERENCE_MASS = "class_table", "reference_mass"
REFERENCE_KMH = 50.0
"""The speed at which the absorbed power of VMAS is given."""


@dataclass(frozen=True, slots=True)
class AsmLoad:
    """Load of one ASM mode: the force is held constant, so the power follows the speed."""

    power_kw: float
    force_n: float


def asm_load(reference_mass_kg: float, divisor: float, speed_kmh: float) -> AsmLoad | None:
    """Return total power P = RM / divisor in kW and force F = 3600 P / v in N; divisor 148 at 25, 185 at 40 km/h [A].

    None unless all three are positive numbers.
    """
    if not all(value > 0.0 and is_number(value) for value in (reference_mass_kg, divisor, speed_kmh)):
        return None
    power_kw = asm_total_power_kw(reference_mass_kg, divisor)
    return AsmLoad(power_kw, force_from_power(power_kw, speed_kmh))


def indicated_power_kw(total_kw: float, parasitic_kw: float) -> float | None:
    """Return what the brake has to absorb, IHP = P - PLHP; None where the loss alone is more than the load."""
    indicated = total_kw - parasitic_kw
    return indicated if indicated >= 0.0 and is_number(indicated) else None


def brake_force_n(total_n: float, parasitic_kw: float, speed_kmh: float) -> float | None:
    """Return the force the brake has to show; None at a standstill, or where the loss alone is more than the load."""
    if not speed_kmh > 0.0:
        return None
    indicated = indicated_power_kw(power_from_force(total_n, speed_kmh), parasitic_kw)
    return None if indicated is None else force_from_power(indicated, speed_kmh)


@dataclass(frozen=True, slots=True)
class VmasLoad:
    """Load of a VMAS test: absorbed power at 50 km/h, its shape against speed, and the inertia to simulate."""

    power_50_kw: float
    shape: str
    inertia_kg: float
    uncertain: tuple[str, ...]
    """Names of the [C] figures it stands on."""

    def total_force_n(self, speed_kmh: float) -> float | None:
        """Return the road load at this steady speed in N, brake and parasitic loss together; none below 0 km/h.

        ``cubic``: P = P50 (v/50)^3, so the force grows with the square of the speed. ``constant_force``: the force at
        50 km/h at every speed. At a standstill a cubic load is 0, a constant one is not defined.
        """
        if not (speed_kmh >= 0.0 and is_number(speed_kmh)):
            return None
        at_50 = force_from_power(self.power_50_kw, REFERENCE_KMH)
        if self.shape == CONSTANT_FORCE:
            return at_50 if speed_kmh > 0.0 else None
        share = speed_kmh / REFERENCE_KMH
        return at_50 * share * share

    def inertia_force_n(self, acceleration_m_s2: float) -> float:
        """Return the force that the whole inertia asks for at this acceleration, rollers and simulation together."""
        return self.inertia_kg * acceleration_m_s2

    def simulated_inertia_kg(self, base_inertia_kg: float) -> float:
        """Return what the brake has to simulate beyond the rollers' own inertia; below 0 it would have to drive."""
        return self.inertia_kg - base_inertia_kg


def vmas_load(reference_mass_kg: float, load: Mapping[str, object]) -> VmasLoad:
    """Return the load of a vehicle; ``load`` is the section [vmas.load] of the petrol limits.

    Raises ValueError unless the reference mass is a positive number, LimitsMissing where the section is not whole.
    """
    if not (reference_mass_kg > 0.0 and is_number(reference_mass_kg)):
        raise ValueError(f"reference mass {reference_mass_kg} kg is no positive number")
    sheet = Sheet("vmas.load", load)
    place = _class_of(reference_mass_kg, sheet)
    power = _of_class(sheet, "absorbed_power_50_kw", place)
    shape = sheet.word("shape", (CUBIC, CONSTANT_FORCE))
    by = sheet.word("inertia_from", (CLASS_TABLE, REFERENCE_MASS))
    inertia = reference_mass_kg if by == REFERENCE_MASS else _of_class(sheet, "inertia_kg", place)
    return VmasLoad(power, shape, inertia, sheet.uncertain_names())


def inertia_simulation_error(
    inertia_kg: float, force_n: float, load_n: float, base_kg: float, acceleration_m_s2: float
) -> float | None:
    """Return by which share the inertia shown differs from the one asked for, at this acceleration.

    ``force_n`` is what the roller shows in all without its own inertia, ``load_n`` the road load in it; ``base_kg`` the
    rollers' own inertia. None without acceleration.
    """
    if acceleration_m_s2 == 0.0 or not inertia_kg > 0.0:
        return None
    shown_kg = base_kg + (force_n - load_n) / acceleration_m_s2
    return (shown_kg - inertia_kg) / inertia_kg if is_number(shown_kg) else None


def _class_of(reference_mass_kg: float, sheet: Sheet) -> int:
    """Return the place of the mass class; a class ends with its upper bound, the last one has none."""
    bounds = sheet.numbers("class_up_to_kg")
    if list(bounds) != sorted(set(bounds)):
        raise LimitsMissing(sheet.path("class_up_to_kg"), "the classes do not rise")
    return sum(reference_mass_kg > bound for bound in bounds)


def _of_class(sheet: Sheet, name: str, place: int) -> float:
    values, classes = sheet.numbers(name), len(sheet.numbers("class_up_to_kg")) + 1
    if len(values) != classes or min(values) <= 0.0:
        raise LimitsMissing(sheet.path(name), f"it needs {classes} positive numbers, one a class and one above all")
    return values[place]
