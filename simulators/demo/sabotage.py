"""One thing broken from outside: in the bureau simulator, or in a lane's files behind its back.

Nothing here asks lanectl to misbehave; each is what somebody with a motive could do, and the demo must notice.
"""

import base64
import hashlib
import json
import sqlite3
from contextlib import closing

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from simulators.bureau import Misdeeds
from simulators.demo.layout import LaneLayout, Layout
from simulators.pki import make_signing_key

KNOWN = ("gate", "signature", "receipt", "verdict")


def misdeeds(sabotage: str | None, layout: Layout) -> Misdeeds:
    """Return how bad the bureau is: it forgets failures (gate), or somebody else signs its receipts (receipt)."""
    if sabotage == "gate":
        return Misdeeds(forgets_failures=True)
    if sabotage == "receipt":
        stranger = make_signing_key(layout.folder / "keys", "stranger")
        return Misdeeds(seals_receipts_with=stranger.private)
    return Misdeeds()


def tamper(sabotage: str | None, lane: LaneLayout) -> None:
    """Edit the lane's ledger behind its back: one byte of a record (signature), or a re-signed verdict (verdict)."""
    if sabotage not in ("signature", "verdict"):
        return
    with closing(sqlite3.connect(lane.ledger)) as db, db:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")  # the names come from the file itself
        sequence, record = db.execute(
            "select sequence, record from records where outcome = 'fail' order by sequence limit 1"
        ).fetchone()
        if sabotage == "signature":
            changed = bytes(record).replace(b"88K21", b"88K22", 1)
            db.execute("update records set record = ? where sequence = ?", (changed, sequence))
        else:
            _flip_verdicts(db, lane, sequence)


def _flip_verdicts(db: sqlite3.Connection, lane: LaneLayout, failed: int) -> None:
    """Turn the fail into a pass and sign it and everything after it anew: only the trace can tell."""
    key = load_pem_private_key(lane.signing_key.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    previous = ""
    rows = db.execute("select sequence, record, signature from records order by sequence").fetchall()
    for sequence, stored, signed in rows:
        record, signature = json.loads(stored), json.loads(signed)
        if sequence == failed:
            record["outcome"] = "pass"
            record["judgements"] = [{**judgement, "ok": True} for judgement in record["judgements"]]
        if sequence >= failed:
            record["previous"] = signature["previous"] = previous or record["previous"]
            stored = rfc8785.dumps(record)
            signature["signature"] = base64.b64encode(key.sign(stored)).decode()
            values = (stored, rfc8785.dumps(signature), sequence)
            db.execute("update records set record = ?, signature = ? where sequence = ?", values)
        previous = hashlib.sha256(bytes(stored)).hexdigest()
