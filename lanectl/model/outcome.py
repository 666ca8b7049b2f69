"""How a test ends. Four outcomes that never mix, though load drops alike in all of them."""

from enum import StrEnum


class Outcome(StrEnum):
    """The terminal outcome of a test."""

    PASS = "pass"  # noqa: S105 - the verdict, not a password
    FAIL = "fail"
    ABORTED = "aborted"
    """Somebody or a safety interlock stopped it; always with an AbortCause."""
    INVALID = "invalid"
    """Data, device, cable or host trouble; always with a reason code. Not a fail: the vehicle is tested again."""


class AbortCause(StrEnum):
    """Who or what stopped an aborted test."""

    OPERATOR = "operator"
    BUREAU = "bureau"
    SAFETY = "safety"
    FORCED_EXIT = "forced_exit"
    CRASH = "crash"
