"""Whether the limits in a record are limits that this program has: a record is judged again by what it brings along.

A lane that signs limits of its own making comes out the same by them. So the digest that a record names is looked up
among the files installed here, and what it keeps is compared with what that file says. Does not know how to judge.
"""

from collections.abc import Mapping
from functools import cache

from lanectl.model.record import Record
from lanectl.settings.data_files import load_signed, names_of

_KIND = "limits"


@cache
def known_limits() -> Mapping[str, Mapping[str, object]]:
    """Return the limits files installed with this program by the SHA-256 of their bytes."""
    files = (load_signed(name, _KIND) for name in names_of(_KIND))
    return {file.sha256: file.data for file in files}


def knows_limits(record: Record) -> bool:
    """Whether the record names an installed file, and keeps for method and OBD check exactly what stands there."""
    file = known_limits().get(record.limits.sha256, {})
    rules = None if record.obd is None else record.obd.rules
    return file.get(record.method) == record.limits.data and rules in (None, file.get("obd_check"))
