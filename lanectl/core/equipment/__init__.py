"""The law about equipment: loads, checks of devices with their tolerances, and when each check is due."""
