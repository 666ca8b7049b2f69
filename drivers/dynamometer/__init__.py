"""Drivers of chassis dynamometer controllers."""
