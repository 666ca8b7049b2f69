"""Moments as messages write them: ISO 8601 with an offset. Nothing without an offset counts as a moment."""

from datetime import datetime

from lanectl.lane.clock import stamp
from lanectl.uplink.signed import NotTrustedError

__all__ = ["read_moment", "stamp"]


def read_moment(text: str) -> int:
    """Return UTC in ms since 1970; a text that names no single moment is not trusted."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotTrustedError("bad_time") from None
    if moment.utcoffset() is None:
        raise NotTrustedError("bad_time")
    return round(moment.timestamp() * 1000.0)
