"""Displays for the driver."""
