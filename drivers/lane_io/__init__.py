"""Drivers of lane I/O modules."""
