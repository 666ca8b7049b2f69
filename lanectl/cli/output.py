"""How every command speaks: exit codes, one JSON object, and errors that say what, where and what to do."""

import io
import json
import sys
from collections.abc import Mapping
from typing import NoReturn

GOOD, SAYS_NO, UNUSABLE = 0, 1, 2


class UsageError(Exception):
    """Wrong usage or unreadable input (exit 2): what and where, and the remedy."""

    def __init__(self, message: str, remedy: str, error_class: str = "UsageError") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.error_class = error_class


def never_fail_to_speak() -> None:
    """Let a terminal that cannot show a character show its number instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def emit_json(value: Mapping[str, object]) -> None:
    """Print exactly one JSON object on stdout: UTF-8, or plain ASCII where the terminal is set to something else."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(json.dumps(value, ensure_ascii=not utf8, allow_nan=False) + "\n")


def say(line: str) -> None:
    """Print one line for a person on stdout."""
    sys.stdout.write(line + "\n")


def leave(code: int) -> NoReturn:
    """End the command with this exit code."""
    raise SystemExit(code)


def report_error(error: UsageError, as_json: bool) -> None:
    """Say one clear message on stderr, and as JSON on stdout when asked for."""
    if as_json:
        emit_json({"error": {"class": error.error_class, "message": error.message, "remedy": error.remedy}})
    sys.stderr.write(f"lanectl: {error.message}\n  -> {error.remedy}\n")
