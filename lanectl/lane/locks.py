"""Named reasons for which nothing may be tested, with who can release them.

Device locks come and go with the devices. A lock of the bureau outlives a restart: it is kept beside the ledger.
"""

import json
import os
import shutil
from pathlib import Path

from lanectl.lane.equipment import Equipment
from lanectl.lane.guard import Guard
from lanectl.lane.ports import CameraPort
from lanectl.model.view import LockView, TextView
from lanectl.model.words.cameras import camera_text
from lanectl.model.words.refusals import LOCKS
from lanectl.model.words.text import Text

RESERVE_MB = 64


def words(text: Text) -> TextView:
    """Return a message in the shape that a screen takes."""
    return TextView(zh=text.zh, en=text.en)


class Locks:
    """All locks of a lane as of now."""

    def __init__(self, equipment: Equipment, cameras: CameraPort, folder: Path, guard: Guard | None = None) -> None:
        self._equipment, self._cameras = equipment, cameras
        self._guard = guard
        self._file = folder / "bureau_lock.json"
        self._folder = folder
        self._ledger_trouble: str | None = None
        self._bureau: str | None = None
        if self._file.exists():
            self._bureau = _read_why(self._file)

    def lock_by_bureau(self, why: str) -> None:
        """Lock until the bureau unlocks; durable."""
        self._bureau = why
        fresh = self._file.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            json.dump({"why": why}, out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)

    def unlock_by_bureau(self) -> None:
        """Release the bureau's lock; nobody else can."""
        self._bureau = None
        self._file.unlink(missing_ok=True)

    def ledger_failed(self, why: str) -> None:
        """Lock for storage trouble until the program is started again and finds the ledger sound."""
        self._ledger_trouble = why

    def view(self) -> tuple[LockView, ...]:
        """Return every lock that holds now."""
        found = []
        for slot in self._equipment.not_usable():
            found.append(("device", LOCKS["device"].fill(name=slot.name, state=slot.state)))
        for camera in self._cameras.cameras():
            if camera.stops_tests:
                what = camera_text(camera.state, camera.trouble)
                text = Text(
                    LOCKS["camera"].zh.format(name=camera.name, what=what.zh),
                    LOCKS["camera"].en.format(name=camera.name, what=what.en),
                )
                found.append(("camera", text))
        if self._guard is not None and not self._guard.closed:
            found.append(("estop", LOCKS["estop"]) if self._guard.estop else ("enable_open", LOCKS["enable_open"]))
        if self._bureau is not None:
            found.append(("bureau", LOCKS["bureau"].fill(why=self._bureau)))
        if self._ledger_trouble is not None:
            found.append(("ledger", LOCKS["ledger"].fill(why=self._ledger_trouble)))
        free_mb = shutil.disk_usage(self._folder).free // 1_000_000
        if free_mb < RESERVE_MB:
            found.append(("disk", LOCKS["disk"].fill(free_mb=free_mb)))
        return tuple(LockView(code=code, message=words(text)) for code, text in found)


def _read_why(file: Path) -> str:
    """Return why the bureau locked; a file that cannot be read locks too, for nobody knows that it was unlocked."""
    try:
        return str(json.loads(file.read_text("utf-8"))["why"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"{file.name} cannot be read"
