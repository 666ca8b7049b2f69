"""Analyzers of a diesel's nitrogen oxides."""
