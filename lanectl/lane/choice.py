"""Which method a vehicle gets: a rule with its reason, never the operator's choice (gb_methods 1)."""

from lanectl.model.vehicle import Vehicle

LIGHT_UP_TO_KG = 3_500.0


def method_for(vehicle: Vehicle) -> tuple[str, str]:
    """Return the exhaust method and the reason for it."""
    off_rollers = vehicle.drive == "four_wheel_full_time"
    if vehicle.fuel == "diesel":
        if off_rollers:
            return "free_acceleration", "diesel that cannot be driven on one axle"
        return "lug_down", "diesel"
    if off_rollers:
        return "two_speed_idle", "cannot be driven on one axle"
    if vehicle.gross_mass_kg is not None and vehicle.gross_mass_kg > LIGHT_UP_TO_KG:
        return "two_speed_idle", "gross mass above 3500 kg"
    return "asm", "light vehicle with spark ignition; the lane's loaded method"
