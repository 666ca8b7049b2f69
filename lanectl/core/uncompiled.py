"""What the sources ask of the compiler, where neither it nor compiled modules are installed: it does nothing."""

from contextlib import nullcontext

nogil = nullcontext()
"""Interpreted code cannot let go of the interpreter's lock."""
