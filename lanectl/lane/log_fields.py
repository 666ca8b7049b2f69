"""What every log record of a task says beside its message: which test, which device.

Knows context variables: what a task notes here, all that it starts inherits. Does not know where logs go; whoever
writes them asks ``noted``.
"""

from collections.abc import Mapping
from contextvars import ContextVar

_NOTED: ContextVar[Mapping[str, str]] = ContextVar("lanectl_log_fields")


def note(**fields: str) -> None:
    """Let every log record of this task, and of what it starts from now on, carry these fields (``test_id=...``)."""
    _NOTED.set({**noted(), **fields})


def noted() -> Mapping[str, str]:
    """Return the fields noted for the task that asks."""
    return _NOTED.get({})
