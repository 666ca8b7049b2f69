"""Which method a vehicle gets: a rule with its reason, never the operator's choice (gb_methods 1)."""

from lanectl.model.vehicle import Vehicle

LIGHT_UP_TO_KG = 3_500.0


def method_for(vehicle: Vehicle) -> tuple[str, str]:
    """Return the exhaust method and the reason for it."""
    if vehicle.fuel == "diesel":
        return "lug_down", "diesel"
    if vehicle.gross_mass_kg is not None and vehicle.gross_mass_kg > LIGHT_UP_TO_KG:
        return "two_speed_idle", "gross mass above 3500 kg"
    return "asm", "light vehicle with spark ignition; the lane's loaded method"
