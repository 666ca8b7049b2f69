"""Drivers of weather stations."""
