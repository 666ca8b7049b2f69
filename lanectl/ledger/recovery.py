"""What to say of a test in which the machine died.

Knows how an opening becomes a record body with outcome aborted, cause crash. Does not judge: nothing was decided.
"""

from datetime import datetime

from lanectl.ledger.values import Unfinished
from lanectl.model.outcome import AbortCause, Outcome


def crash_body(test: Unfinished, at: datetime) -> dict[str, object]:
    """Return the body to seal an unfinished test with; ``at`` is when the lane found it."""
    reasons = ["lane_restarted"]
    if test.kept.damaged:
        reasons.append("journal_damaged")
    return {
        "values": {},
        **test.opening.body,
        "test_id": test.opening.test_id,
        "outcome": Outcome.ABORTED.value,
        "cause": AbortCause.CRASH.value,
        "reasons": reasons,
        "ended_at": at.isoformat(),
    }
