"""Opacimeters."""
