"""Ends of a wire: real serial ports and in-memory pipes, with the same bytes."""
