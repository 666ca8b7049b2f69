"""One thing broken from outside: in the bureau simulator, on its line, or in a lane's files behind its back.

Nothing here asks lanectl to misbehave; each is what somebody with a motive could do, and the demo must notice.
"""

import base64
import contextlib
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as paho
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from paho.mqtt.enums import CallbackAPIVersion

from simulators.broker import HOST
from simulators.bureau import Misdeeds
from simulators.demo.layout import LaneLayout, Layout
from simulators.pki import make_signing_key

KNOWN = ("gate", "signature", "receipt", "camera", "verdict")
LIE_EVERY_S = 0.5
LIE_LASTS = timedelta(seconds=30)


def misdeeds(sabotage: str | None, layout: Layout) -> Misdeeds:
    """Return how bad the bureau is: it forgets failures (gate), or somebody else signs its receipts (receipt)."""
    if sabotage == "gate":
        return Misdeeds(forgets_failures=True)
    if sabotage == "receipt":
        stranger = make_signing_key(layout.folder / "keys", "stranger")
        return Misdeeds(seals_receipts_with=stranger.private)
    return Misdeeds()


@contextlib.contextmanager
def forger(sabotage: str | None, layout: Layout) -> Iterator[None]:
    """Have somebody with the lanes' certificates tell the bureau, over and over, that every camera is well (camera)."""
    if sabotage != "camera":
        yield
        return
    over = threading.Event()
    liars = [threading.Thread(target=_lie, args=(layout, lane, over)) for lane in layout.lanes.values() if lane.camera]
    for liar in liars:
        liar.start()
    try:
        yield
    finally:
        over.set()
        for liar in liars:
            liar.join()


def _lie(layout: Layout, lane: LaneLayout, over: threading.Event) -> None:
    """Send forged heartbeats until told to end."""
    assert lane.camera is not None
    line, topic = layout.files.lanes[lane.path].line, f"lanectl/v1/{lane.path}/camera/{lane.camera.id}"
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.tls_set(str(line.ca), str(line.cert), str(line.key))
    client.connect(HOST, layout.broker_port)
    client.loop_start()
    count = 0
    while not over.wait(LIE_EVERY_S):
        count += 1
        client.publish(topic, _all_is_well(lane.camera.id, count), qos=1, retain=True)
    client.disconnect()
    client.loop_stop()


def _all_is_well(camera: str, count: int) -> bytes:
    """Return a heartbeat as a lane would send it."""
    now = datetime.now(UTC)
    message = {
        "schema": "lanectl/camera/1",
        "id": f"camera-{camera}-0f1e2d3c-{count}",
        "seq": count,
        "camera": camera,
        "required": True,
        "state": "online",
        "trouble": None,
        "last_frame_at": now.isoformat(),
        "clock_offset_s": -0.1,
        "expires_at": (now + LIE_LASTS).isoformat(),
    }
    return json.dumps(message).encode()


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
