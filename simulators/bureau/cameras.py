"""Cameras of the lanes as the bureau sees them: their last word, and who has fallen silent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.bureau.seals import Json
from simulators.bureau.store import Store

HEARTBEAT_S = 10.0
MISSED = 3
"""Heartbeats that may stay away before the bureau alarms."""
STATES = ("online", "frozen", "dark", "covered", "moved", "offline")


@dataclass(frozen=True, slots=True)
class CameraRow:
    """One camera as of now. ``silent``: three heartbeats were missed; its state is then ``unknown``."""

    lane: str
    camera: str
    state: str
    last_frame_at: str | None
    clock_offset_s: float | None
    silent: bool


def read_camera(message: Json, topic_id: str, now: datetime) -> tuple[object, ...]:
    """Return what is kept of a camera's message; raises ValueError, KeyError or TypeError for a wrong one."""
    if message.get("schema") != "lanectl/camera/1" or message["camera"] != topic_id or message["state"] not in STATES:
        raise ValueError("no message of this camera")
    offset, frame = message["clock_offset_s"], message["last_frame_at"]
    expires = _moment(message["expires_at"])
    last = None if frame is None else _moment(frame).isoformat()
    return (
        message["state"],
        last,
        None if offset is None else float(str(offset)),
        expires.isoformat(),
        now.isoformat(),
    )


def rows(store: Store, now: datetime) -> list[CameraRow]:
    """Return every camera as of now. An expiry far in the future keeps nobody alive: heartbeats count."""
    longest = timedelta(seconds=HEARTBEAT_S * MISSED)
    found = []
    for lane, camera, state, frame, offset, expires, heard in store.cameras():
        until = min(datetime.fromisoformat(expires), datetime.fromisoformat(heard) + longest)
        silent = now > until
        found.append(CameraRow(lane, camera, "unknown" if silent else state, frame, offset, silent))
    return found


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.utcoffset() is None:
        raise ValueError("a moment without an offset")
    return moment
