"""Meters of the diluted exhaust. Knows makers; does not know lanes."""
