"""Data that ships with lanectl: limits, profiles, example lane files. Read through importlib.resources."""
