"""Drivers of OBD scan tools."""
