"""The law as plain Python: formulas, windows, methods, limits, verdicts."""
