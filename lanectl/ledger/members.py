"""The members of an evidence bundle that are not the record: trace, samples, events, devices, raw bytes.

Knows their names, their order and how each is made. Does not know where they are stored.
"""

import re
from collections.abc import Mapping

from lanectl.ledger.canonical import canonical_bytes
from lanectl.ledger.errors import BodyInvalidError
from lanectl.ledger.gz import gzip_bytes
from lanectl.ledger.tables import samples_csv, trace_csv
from lanectl.ledger.values import Kept
from lanectl.model.sample import LaneEvent

RECORD, SIGNATURE, CHECKPOINT = "record.json", "signature.json", "checkpoint"
TRACE, SAMPLES, EVENTS, DEVICES = "trace.csv.gz", "samples.csv.gz", "events.json", "devices.json"
ALWAYS = (TRACE, SAMPLES, EVENTS, DEVICES)
_RAW = re.compile(r"raw/[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def is_member_name(name: str) -> bool:
    """Say whether a record may name a member like this."""
    return name in ALWAYS or _RAW.fullmatch(name) is not None


def member_order(name: str) -> tuple[int, str]:
    """Return a sort key: the fixed order of members in a bundle."""
    return (ALWAYS.index(name), name) if name in ALWAYS else (len(ALWAYS), name)


def make_members(kept: Kept, devices: Mapping[str, object], raw: Mapping[str, bytes]) -> dict[str, bytes]:
    """Make every member of a record from what the journal holds, in their order."""
    events = list(kept.events)
    if kept.damaged:
        last = kept.samples[-1] if kept.samples else None
        moment = (last.t_ms, last.wall_ms) if last else (0, 0)
        events.append(LaneEvent(*moment, "journal_damaged", {"what": kept.damaged}))
    members = {
        TRACE: gzip_bytes(trace_csv(kept.seconds)),
        SAMPLES: gzip_bytes(samples_csv(kept.samples)),
        EVENTS: canonical_bytes(
            [{"t_ms": e.t_ms, "wall_ms": e.wall_ms, "kind": e.kind, "detail": e.detail} for e in events]
        ),
        DEVICES: canonical_bytes(devices),
    }
    for name, data in sorted(raw.items()):
        if not is_member_name(f"raw/{name}"):
            raise BodyInvalidError(f"raw/{name}: not a name for a member")
        members[f"raw/{name}"] = bytes(data)
    return members
