"""Edge controller of a vehicle-emission inspection lane."""
