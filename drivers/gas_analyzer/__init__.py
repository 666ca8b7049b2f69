"""Drivers of exhaust gas analyzers."""
