"""Motors that turn the bare rollers. Knows makers; does not know lanes."""
