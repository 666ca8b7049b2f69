"""Wire protocols as pure functions: bytes, frames, values. No port, no clock, no log."""
