"""What this program can drive, role by role. Does not know lanes."""
