"""Engine tachometers."""
