"""Simulated devices, vehicles, bureau and M-station. They know the wire, never our drivers, and never run on a lane."""
